# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel and a case itself said while the case ran, out of the files that a run left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from refseries.guest import console, ktap

MOST_LINES = 120
"""Of one excerpt; whoever wants more has the file."""
_MOST_BYTES = 64 << 20

_NUMBERED = re.compile(r"console(-[1-9][0-9]{0,3})?\.log")


@dataclass(frozen=True)
class Excerpts:
    """Texts by the name of the case; a case that said nothing has none."""

    console: dict[str, str]
    output: dict[str, str]


def excerpts_of(place: Path, wanted: frozenset[str]) -> Excerpts:
    """What is in the folder of a run; nothing where it is gone, or cannot be read.

    Args:
        wanted: the cases whose own output is asked for; the console's is given of all.
    """
    said: dict[str, list[str]] = {}
    output: dict[str, list[str]] = {}
    try:
        found = filter(None, (_NUMBERED.fullmatch(path.name) for path in place.iterdir()))
        for name, suffix in sorted(((one[0], one[1] or "") for one in found), key=_number):
            _read_boot(place / name, place / f"results{suffix}.ktap", said, output)
    except OSError:
        return Excerpts({}, {})
    return Excerpts(
        {case: _text(lines) for case, lines in said.items() if lines},
        {case: _text(lines) for case, lines in output.items() if lines and case in wanted},
    )


def _number(boot: tuple[str, str]) -> int:
    return int(boot[1].removeprefix("-") or 1)


def _read_boot(
    console_log: Path, results: Path, said: dict[str, list[str]], output: dict[str, list[str]]
) -> None:
    with results.open("rb") as stream:
        data = stream.read(_MOST_BYTES)
    for line in console.lines(console.read(console_log), ktap.parse(data, guest=True).marks):
        if line.case and not line.mark:
            said.setdefault(line.case, []).append(line.text)
    for case, text in _own(data.decode("utf-8", "replace").split("\n")):
        output.setdefault(case, []).append(text)


def _own(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The lines of each case: init indents them, and its own words stand around."""
    case = ""
    for line in lines:
        if line.startswith("# refseries: start "):
            case = line.split(" ")[3]
        elif line.startswith("# refseries: end "):
            case = ""
        elif case and line.startswith("  "):
            yield case, line[2:]


def _text(lines: list[str]) -> str:
    """The first of the lines, and how many more there are."""
    more = len(lines) - MOST_LINES
    return "\n".join(lines[:MOST_LINES]) + (f"\n… and {more} lines more" if more > 0 else "")
