# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of a large series as a folder of pages: range-diffs and lines stand apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.host.files import write_atomically
from refseries.host.scratch import PREFIX, sweep
from refseries.report.model import LinesStory, RangeStory, SeriesReport

INDEX = "index.html"

MOST_BYTES = 10_000_000
"""Of the page as one file; a browser of a phone opens no larger one gladly."""

_OURS = re.compile(r"(?:index|diff-v[0-9]+-v[0-9]+|lines-v[0-9]+)\.html")


def name(story: RangeStory | LinesStory) -> str:
    """The file of a page; versions have names that a file may have."""
    if isinstance(story, RangeStory):
        return f"diff-{story.before}-{story.after}.html"
    return f"lines-{story.version}.html"


def pages(report: SeriesReport, render: Callable[..., str]) -> dict[str, str]:
    """Every page by the name of its file.

    Args:
        render: as ``page.render``.
    """
    alone = replace(report, ranges=(), lines=())
    found = {INDEX: render(report, apart=True)}
    for each in report.ranges:
        found[name(each)] = render(replace(alone, ranges=(each,)), home=INDEX)
    for story in report.lines:
        found[name(story)] = render(replace(alone, lines=(story,)), home=INDEX)
    return found


def check_size(text: str) -> None:
    """Refuse a page that is too large for one file.

    Raises:
        SeriesError: it is.
    """
    size = len(text.encode("utf-8", "surrogateescape"))
    if size > MOST_BYTES:
        raise SeriesError(
            f"the page would have {size / 1e6:.1f} MB, and one file has at most "
            f"{MOST_BYTES / 1e6:.0f}.",
            hint="Write a folder of pages: --folder DIR",
        )


def save(found: dict[str, str], path: Path) -> None:
    """Write the pages into the folder ``path``, which is made, or holds nothing but such pages.

    Each is whole at any moment, and the first one comes last; what is left of former ones goes.

    Raises:
        SeriesError: it holds something else, or is a file.
        HostError: there is no folder to write it in, or it cannot be written.
    """
    path = path.absolute()
    if not path.parent.is_dir():
        raise HostError(
            "there is no folder to write it in.", where=str(path), hint="Make the folder first."
        )
    there = [each.name for each in path.iterdir()] if path.is_dir() else []
    kept = [each for each in there if not each.startswith(PREFIX)]  # of a run that was killed
    others = [each for each in kept if not _OURS.fullmatch(each)]
    if others or path.is_symlink() or (path.exists() and not path.is_dir()):
        raise SeriesError(
            f"holds `{others[0]}`, which is no page of ours." if others else "is no folder.",
            where=str(path),
            hint="Name another folder; nothing was written.",
        )
    try:
        path.mkdir(exist_ok=True)
        sweep(path)
        for file in sorted(found, key=lambda file: file == INDEX):
            write_atomically(path / file, found[file])
        for file in set(kept) - set(found):
            (path / file).unlink(missing_ok=True)
    except OSError as error:
        raise HostError(
            f"cannot be written: {error.strerror}.", where=str(path), hint="Name another folder."
        ) from error
