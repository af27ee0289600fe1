# SPDX-License-Identifier: GPL-2.0-or-later
"""Why no case runs a line, as people said it in ``kernel-tests/coverage.toml``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from refseries.coverage.model import AddedSource, LineState, ReportLine
from refseries.host import toml
from refseries.model import Target

FILE = "kernel-tests/coverage.toml"


class _Unrun(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[unrun]]``."""

    file: str
    line: str
    function: str = "*"
    versions: tuple[str, ...]
    why: str

    def fits(self, added: AddedSource) -> bool:
        return added.file == self.file and added.text.strip() == self.line.strip()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    unrun: tuple[_Unrun, ...] = ()


@dataclass(frozen=True)
class Reasons:
    """The entries, and file, line and key of each for complaints."""

    entries: tuple[_Unrun, ...] = ()
    places: tuple[str, ...] = ()

    @classmethod
    def load(cls, root: Path) -> Reasons:
        """Read the file of a project; it may have none.

        Raises:
            SeriesError: it is wrong; file, line and key are named.
        """
        path = root / FILE
        if not path.exists():
            return cls()
        entries = toml.load(path, _File).unrun
        text = path.read_text(encoding="utf-8")
        keys = (("unrun", f"[{number}]", "line") for number in range(len(entries)))
        return cls(entries, tuple(toml.place(path, text, each) for each in keys))

    def why(self, target: Target, function: str, added: AddedSource) -> str:
        """The reason for a line of ``function``; empty when there is none."""
        for entry in self.entries:
            fits = entry.fits(added) and fnmatchcase(function, entry.function)
            if fits and _is_about(entry, target):
                return entry.why
        return ""

    def stale(self, target: Target, lines: Collection[ReportLine]) -> tuple[str, ...]:
        """Places of the entries about ``target`` that fit none of the lines that it adds."""
        return tuple(place for place, fitting in self._fitting(target, lines) if not fitting)

    def unneeded(self, target: Target, lines: Collection[ReportLine]) -> tuple[str, ...]:
        """Places of those whose lines cases run, and leave by every way.

        They are not wrong for that: a race that is lost once may be won the next time.
        """
        return tuple(
            place
            for place, fitting in self._fitting(target, lines)
            if fitting and all(line.state is LineState.RUN and not line.partly for line in fitting)
        )

    def _fitting(
        self, target: Target, lines: Collection[ReportLine]
    ) -> Iterator[tuple[str, list[ReportLine]]]:
        """Place and lines of each entry about ``target``; one without code is in any function."""
        for entry, place in zip(self.entries, self.places, strict=True):
            if _is_about(entry, target):
                yield (
                    place,
                    [
                        line
                        for line in lines
                        if entry.fits(line.added)
                        and (not line.function or fnmatchcase(line.function, entry.function))
                    ],
                )


def _is_about(entry: _Unrun, target: Target) -> bool:
    return any(fnmatchcase(str(target), glob) for glob in entry.versions)
