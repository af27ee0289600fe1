# SPDX-License-Identifier: GPL-2.0-or-later
"""What checks work with: the kernel's own scripts, files of a state, what is known already."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.check import results
from refseries.check.model import Diagnostic
from refseries.errors import StageError
from refseries.git.unpack import present, unpack
from refseries.host import homes, proc
from refseries.host.packages import PACKAGES
from refseries.host.progress import Say, silent
from refseries.host.scratch import scratch_folder
from refseries.kernel.model import Config
from refseries.model import BaseInfo
from refseries.testing.lab import Lab
from refseries.testing.runner import Runner

# The kernel's scripts and what they read: checkpatch looks headers up, get_maintainer MAINTAINERS.
_SCRIPTS = (
    "scripts", "include/linux", "COPYING", "CREDITS", "Kbuild", "Kconfig", "MAINTAINERS",
    "Makefile", "README",
)  # fmt: skip
# They take a directory for a kernel only if these are there as well.
_FOLDERS = ("Documentation", "arch", "drivers", "fs", "init", "ipc", "kernel", "lib")


DEADLINE = 300.0
"""Seconds that one run of a tool may take."""


def directory(lab: Lab) -> Path:
    """The checks' own part of the cache."""
    return lab.directory / "check"


@dataclass(frozen=True)
class CheckContext:
    """What the checks of a series work with.

    Attributes:
        configs: the compile matrix.
        runner: compiles for them.
        deadline: seconds that one run of a tool may take; a make may take five times as long.
        say: is told what is being done.
    """

    lab: Lab
    configs: Mapping[str, Config]
    runner: Runner
    deadline: float = DEADLINE
    say: Say = silent

    @property
    def jobs(self) -> int:
        """How many programs run at once."""
        return self.lab.jobs

    @property
    def directory(self) -> Path:
        """The checks' own part of the cache."""
        return directory(self.lab)

    def said(
        self, parts: Sequence[object], ask: Callable[[], Iterable[Diagnostic]]
    ) -> tuple[Diagnostic, ...]:
        """What a tool says, from the store or by ``ask``.

        Args:
            parts: everything that the answer depends on: the check and its version, the tool's
                version, ids of what it reads.
        """
        known = self.known(parts)
        return known if known is not None else self.keep(parts, ask())

    def known(self, parts: Sequence[object]) -> tuple[Diagnostic, ...] | None:
        """What a tool has said before; None where it was not asked."""
        return self._store.load(results.key(*parts))

    def keep(self, parts: Sequence[object], said: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Keep what a tool says, and give it back."""
        return self._store.keep(results.key(*parts), said)

    @property
    def _store(self) -> results.Store:
        return results.Store(self.directory / "said")

    def script_ids(self, base: BaseInfo) -> dict[str, str]:
        """Ids of all that ``scripts`` has, for what a script says depends on more than the script:
        on lists of words, on headers, on code that it loads.
        """
        return blobs(base.repo, base.tree, _SCRIPTS)

    def scripts(self, base: BaseInfo) -> Path:
        """A directory with the scripts of ``base``, which they take for a kernel tree."""
        place = self.directory / "scripts" / base.tree
        if place.is_dir():
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(place.parent) as scratch:
            made = scratch / "tree"
            unpack(base.repo, base.commit, present(base.repo, base.commit, _SCRIPTS), made)
            for name in _FOLDERS:
                (made / name).mkdir(exist_ok=True)
            # Another run may have made it meanwhile; a directory that is not empty stays.
            with contextlib.suppress(OSError):
                made.rename(place)
        return place

    @contextlib.contextmanager
    def files(self, repo: Path, commit: str, names: Sequence[str]) -> Iterator[Path]:
        """A directory with those of ``names`` that ``commit`` has, for the length of a block."""
        with scratch_folder() as place:
            unpack(repo, commit, present(repo, commit, names), place)
            yield place


def blobs(repo: Path, tree: str, names: Sequence[str]) -> dict[str, str]:
    """Git object id of each of ``names`` that ``tree`` has: files, or whole folders."""
    if not names:
        return {}
    listed = git.git(repo, "ls-tree", "-z", tree, "--", *names).stdout
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    return {name: words.split()[2] for words, _tab, name in entries}


def missing(programs: Iterable[str]) -> str:
    """What to say of those of ``programs`` that are not installed; empty when all are."""
    lacking = [name for name in programs if shutil.which(name) is None]
    if not lacking:
        return ""
    packages = " ".join(dict.fromkeys(PACKAGES.get(name, name) for name in lacking))
    return f"{', '.join(lacking)}: not installed (Debian, Ubuntu: apt-get install {packages})"


def answer(
    argv: Sequence[str | Path],
    read: Callable[[str], Sequence[Diagnostic]],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    deadline: float = 300.0,
    fine: tuple[int, ...] = (0,),
) -> tuple[Diagnostic, ...]:
    """Run a tool and read what it printed, on either stream.

    Args:
        read: finds the diagnostics in its output.
        cwd: where it runs: never where the user is, whose settings may lie there, no more than at
            home.
        fine: exit statuses that it may end with when it has something to say; with nothing to say
            only 0 will do.

    Raises:
        StageError: it hung, crashed, or failed without a word that can be read.
    """
    done = proc.run(
        argv,
        cwd=cwd,
        env={**git.environment(), **homes.NOBODY, "LC_ALL": "C.UTF-8", **(env or {})},
        stdin=stdin,
        deadline=deadline,
        check=False,
    )
    found = tuple(read(f"{done.stdout}\n{done.stderr}"))
    if done.returncode == 0 or (found and done.returncode in fine):
        return found
    said = (done.stderr or done.stdout).strip().splitlines()
    raise StageError(
        f"{Path(argv[0]).name} ended with exit status {done.returncode}: "
        f"{said[-1] if said else 'it said nothing'}",
        hint="The tool failed, not the patch.",
        detail="\n".join(said[-20:]),
    )
