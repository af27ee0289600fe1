# SPDX-License-Identifier: GPL-2.0-or-later
"""What people write about mutants: ``kernel-tests/mutants/*.patch`` and ``survivors.toml``.

A mutant written by hand is a patch with a few lines before it::

    The contents are copied to the wrong end of the page.
    Case: refpage_args.contents
    Versions: v4

    --- a/mm/refpage.c
    …
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.model import Target
from refseries.mutate.model import Mutant, MutantResult, Reason

DIRECTORY = Path("kernel-tests", "mutants")
SURVIVORS = "survivors.toml"
_DIFF = re.compile(r"^(?:diff --git|--- )", re.M)
_KEYS = frozenset({"Case", "Versions"})


def load(root: Path, target: Target) -> list[Mutant]:
    """The mutants written for ``target``, by name.

    Args:
        root: the project.

    Raises:
        SeriesError: a file is not as described above.
    """
    found = []
    for path in sorted((root / DIRECTORY).glob("*.patch")):
        mutant, versions = _read(path)
        if any(fnmatchcase(str(target), glob) for glob in versions):
            found.append(mutant)
    return found


def _read(path: Path) -> tuple[Mutant, list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(path, "is not UTF-8.") from error
    start = _DIFF.search(text)
    if start is None:
        raise _wrong(path, "holds no diff.")
    about, *rest = text[: start.start()].strip().splitlines() or [""]
    keys = dict(line.split(": ", 1) for line in rest if ": " in line)
    if not about or ": " in about or not keys.get("Versions") or set(keys) - _KEYS:
        raise _wrong(path, "does not begin with a sentence, and lines `Case:` and `Versions:`.")
    mutant = Mutant(path.stem, about, text[start.start() :], keys.get("Case", ""), written=True)
    return mutant, keys["Versions"].split()


def _wrong(path: Path, what: str) -> SeriesError:
    return SeriesError(what, where=str(path), hint="See kernel-tests/README.md for the form.")


class _Survivor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    mutant: str
    versions: tuple[str, ...]
    configs: tuple[str, ...] = ("*",)
    reason: Reason
    why: str

    def is_about(self, target: Target) -> bool:
        return any(fnmatchcase(str(target), glob) for glob in self.versions)

    def fits(self, target: Target, config: str, name: str) -> bool:
        return (
            self.is_about(target)
            and any(fnmatchcase(config, glob) for glob in self.configs)
            and fnmatchcase(name, self.mutant)
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    survivor: tuple[_Survivor, ...] = ()


@dataclass(frozen=True)
class Survivors:
    """Mutants that no case catches, each with the reason.

    Attributes:
        places: file, line and key of the name in each entry.
    """

    entries: tuple[_Survivor, ...] = ()
    places: tuple[str, ...] = ()

    @classmethod
    def load(cls, root: Path) -> Survivors:
        """Read ``survivors.toml``; a project may have none.

        Raises:
            SeriesError: it is wrong; file, line and key are named.
        """
        path = root / DIRECTORY / SURVIVORS
        if not path.exists():
            return cls()
        entries = toml.load(path, _File).survivor
        text = path.read_text(encoding="utf-8")
        keys = (("survivor", f"[{number}]", "mutant") for number in range(len(entries)))
        return cls(entries, tuple(toml.place(path, text, each) for each in keys))

    def explain(self, target: Target, config: str, result: MutantResult) -> MutantResult:
        """``result`` with the reason that stands in the file, if there is one."""
        for entry in self.entries:
            if entry.fits(target, config, result.mutant.name):
                return replace(result, reason=entry.reason, why=entry.why)
        return result

    def stale(self, target: Target, names: Collection[str]) -> tuple[str, ...]:
        """Places of the entries about ``target`` that fit none of its mutants.

        Such an entry was left behind by a patch that changed: what it says of the tests is untrue.

        Args:
            names: of all of them.
        """
        return tuple(
            place
            for entry, place in zip(self.entries, self.places, strict=True)
            if entry.is_about(target) and not any(fnmatchcase(name, entry.mutant) for name in names)
        )
