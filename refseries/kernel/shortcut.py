# SPDX-License-Identifier: GPL-2.0-or-later
"""What make does again when one source changes, recorded, and then done without make.

Of a kernel in which one source has changed, make spends two thirds of its time on finding out that
no other has: it enters each of some hundred folders. Where the same source changes again and again,
as for mutants, the commands that follow from that are recorded once, and run as a script after. It
is used only when what it leaves was seen to be what make leaves, byte for byte; whatever goes wrong
with it is make's to do, and to explain.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries import git
from refseries.errors import StageError
from refseries.host import typed
from refseries.kernel.model import Config
from refseries.kernel.toolchain import honoured

_BUILT = ".refseries-built"
_KNOWN = ".refseries-again.json"
_SCRIPT = ".refseries-again.sh"
_SHELL = ".refseries-shell"
_RECIPES = ".refseries-recipes"

# Stands in for make's shell: notes whose child it is, where, with what, and what it was told.
_RECORDER = r"""#!/bin/sh
if [ -n "$REFSERIES_RECIPES" ] && [ $# = 2 ] && [ -n "${2%:}" ]; then
	{
		printf '%s\0' "$$" "$REFSERIES_PARENT" "$PWD" "$2"
		cat "/proc/$$/environ"
		printf '\0'
	} >>"$REFSERIES_RECIPES"
	export REFSERIES_PARENT=$$
fi
exec /bin/sh "$@"
"""
_OURS = ("REFSERIES_", "_=", "PWD=", "OLDPWD=", "SHLVL=")


OnMake = Callable[[tuple[str, ...], Mapping[str, str]], int]
"""Runs make with these variables on its command line and in its environment; its exit status."""


class _Built(msgspec.Struct, frozen=True):
    """Of what commit a build directory is, by what, and what alone changed before that."""

    commit: str
    key: str
    changed: str = ""


class _Known(msgspec.Struct, frozen=True):
    """What a script was recorded for; one that is not ``sound`` is not to be recorded again."""

    commit: str
    key: str
    source: str
    sound: bool


@dataclass(frozen=True)
class _Recipe:
    """A command of make's, as its shell got it."""

    parent: int | None
    where: str
    command: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Shortcut:
    """One build of a commit, in a directory that may be a single source away from it.

    Attributes:
        out: the build directory, a child of the work tree, which is at ``commit``.
        key: all that the commands depend on beside the tree.
        changed: the one source that differs from what ``out`` was built of; empty for another
            number of them.
        before: the same of the build before.
    """

    repo: Path
    out: Path
    commit: str
    key: str
    changed: str = ""
    before: str = ""

    @classmethod
    def begin(cls, repo: Path, out: Path, commit: str, configured: object) -> Shortcut:
        """See what ``out`` is of, and forget it until ``end``: a build that is killed leaves half.

        Args:
            configured: what make is told, and the stamp of its config.
        """
        key = hashlib.sha256(json.dumps([configured, honoured()]).encode()).hexdigest()
        built = typed.kept(out / _BUILT, _Built)
        forget(out)
        if built is None or built.key != key:
            return cls(repo, out, commit, key)
        return cls(repo, out, commit, key, _alone(repo, built.commit, commit), built.changed)

    def end(self) -> None:
        """It is built."""
        typed.keep(self.out / _BUILT, _Built(self.commit, self.key, self.changed))

    def script(self) -> Path | None:
        """The script that builds it; None where make has to."""
        known = self._known()
        return self.out / _SCRIPT if known is not None and known.sound else None

    @property
    def worth_it(self) -> bool:
        """Whether to record: the same source changed twice, and nothing is known of it."""
        again = bool(self.changed) and self.changed == self.before
        return again and self.changed.endswith(".c") and self._known() is None

    def _known(self) -> _Known | None:
        known = typed.kept(self.out / _KNOWN, _Known)
        if not self.changed or known is None:
            return None
        if (known.key, known.source) != (self.key, self.changed):
            return None
        same = known.commit == self.commit or (
            _alone(self.repo, known.commit, self.commit) == known.source
        )
        return known if same else None

    def restore(self) -> None:
        """Have make do all that follows from the source, whatever was done to that."""
        os.utime(self.out.parent / self.changed)

    def record(self, steps: BuildSteps) -> Path | None:
        """Write the script, of a directory that is built; None where there is nothing to do."""
        shell = self.out / _SHELL
        shell.write_text(_RECORDER)
        shell.chmod(0o755)
        nothing = {(each.where, each.command) for each in self._recorded(steps)}
        self.restore()
        every = self._recorded(steps)
        new = [(each.where, each.command) not in nothing for each in every]
        chosen = [
            each
            for each, is_new in zip(every, new, strict=True)
            # What a command starts by itself comes with that.
            if is_new and not (each.parent is not None and new[each.parent])
        ]
        lines = [
            "#!/bin/sh",
            f"# What make does when {shlex.quote(self.changed)} changes.",
            "set -e",
        ]
        lines += [
            f"(cd {shlex.quote(each.where)} && exec env {shlex.join(each.variables)} "
            f"/bin/sh -c {shlex.quote(each.command)})"
            for each in chosen
        ]
        script = self.out / _SCRIPT
        script.write_text("\n".join(lines) + "\n", errors="surrogateescape")
        return script if chosen else None

    def settle(self, sound: bool) -> None:
        """Say of the script whether it may be used."""
        typed.keep(self.out / _KNOWN, _Known(self.commit, self.key, self.changed, sound))

    def _recorded(self, steps: BuildSteps) -> list[_Recipe]:
        place = self.out / _RECIPES
        place.write_bytes(b"")
        status = steps.make(
            (f"SHELL={self.out / _SHELL}",),
            {"REFSERIES_RECIPES": str(place), "REFSERIES_PARENT": "-"},
        )
        text = place.read_bytes().decode(errors="surrogateescape")
        found = list(_parse(text, {**os.environ, **steps.environment}))
        place.unlink()
        return [] if status else found


@dataclass(frozen=True)
class BuildSteps:
    """What a build has to offer.

    Attributes:
        artifacts: the files below the build directory that it is for.
        environment: what ``make`` and ``run`` add to ours; None takes a variable away.
        make: runs make for them, with these variables on its command line and in its environment.
        compile: the same as a build does it without a shortcut: raises when it fails.
        run: a program, with its output in the build's log.
        All but ``compile`` give an exit status.
    """

    artifacts: tuple[Path, ...]
    environment: Mapping[str, str | None]
    make: OnMake
    compile: Callable[[], None]
    run: Callable[[tuple[str, ...]], int]


def compile_shortly(short: Shortcut, steps: BuildSteps) -> None:
    """``steps.compile``, or what it comes to where one source is another than before.

    Raises:
        StageError, SeriesError, HostError, Stopped: as ``steps.compile``.
    """
    script = short.script()
    if script is None or not _ran(script, steps):
        if script is not None:
            short.restore()
        steps.compile()
        if short.worth_it:
            _record(short, steps)
    short.end()


def _ran(script: Path, steps: BuildSteps) -> bool:
    """Build by ``script``; whether it made what it should."""
    for path in steps.artifacts:
        path.unlink(missing_ok=True)
    return not steps.run(("/bin/sh", str(script))) and all(map(Path.is_file, steps.artifacts))


def _record(short: Shortcut, steps: BuildSteps) -> None:
    """Record a script, and see whether it leaves what make has left."""
    made = [path.read_bytes() for path in steps.artifacts]
    script, sound = short.record(steps), False
    if script is not None:
        short.out.joinpath(short.changed).with_suffix(".o").unlink(missing_ok=True)
        sound = _ran(script, steps) and [path.read_bytes() for path in steps.artifacts] == made
    short.settle(sound)
    if not sound:
        short.restore()
        steps.compile()


def is_possible(config: Config) -> bool:
    """Whether it is known of such a build which files it is for."""
    return config.boot and not config.modules and not config.profiled


def forget(out: Path) -> None:
    """What is in ``out`` is about to change."""
    (out / _BUILT).unlink(missing_ok=True)


def _parse(text: str, given: Mapping[str, str | None]) -> Iterator[_Recipe]:
    """The recorder's notes, in the order in which the commands began. Pure.

    Args:
        given: what make was started with, and the script will be; secrets of the user are in it.
    """
    newest: dict[str, int] = {}
    ours = {f"{name}={value}" for name, value in given.items()}
    for number, record in enumerate(text.split("\0\0")[:-1]):
        process, parent, where, command, *variables = record.split("\0")
        yield _Recipe(
            newest.get(parent),
            where,
            command,
            tuple(v for v in variables if v not in ours and not v.startswith(_OURS)),
        )
        newest[process] = number


def _alone(repo: Path, old: str, new: str) -> str:
    """The one file that differs between two commits; empty for none or more."""
    try:
        names = git.changed_modes(repo, old, new)
    except StageError:  # no branch holds a mutant: `git gc` may have removed the old one
        return ""
    return next(iter(names)) if len(names) == 1 and "000000" not in names.values() else ""
