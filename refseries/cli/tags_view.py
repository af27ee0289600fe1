# SPDX-License-Identifier: GPL-2.0-or-later
"""How the screen has what became of the tags that reviewers gave."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.cli import screen
from refseries.host.text import counted
from refseries.model import number_of
from refseries.review.model import COVER
from refseries.series import store

if TYPE_CHECKING:
    from refseries.review.given_tags import TagFate

_SHOWN = 8  # lines of a change; JSON has more
_TOLD = "told-tags"  # in the project's own folder: those that were named as dropped, one a line
_WORDS = {
    "added": ("+ ", "green"),
    "dropped": ("dropped: ", "yellow"),
    "stale": ("stands there still: ", "yellow"),
}


def show(fates: Iterable[TagFate], number: int, root: Path | None = None, indent: str = "") -> None:
    """A line for each tag, with where it came from, where it went, and why.

    Then what changed, of one that was given to the version right before: of an older one, that was
    shown for the version between.

    Args:
        number: of the version that it is about.
        root: of the project: one that is dropped is named once there, and counted from then on.
            Without, all are named.
    """
    fates = tuple(fates)
    told = _told(root, fates, number) if root is not None else set()
    if told:
        again = f"{indent}dropped as before: {counted(len(told), 'tag')}; --json - names all"
        screen.say((again, "dim"))
    for fate in fates:
        if fate in told:
            continue
        mark, style = _WORDS[fate.outcome]
        tag = fate.tag.replace("\n", " ")
        given_to = {"": "", COVER: ", all patches"}.get(fate.given_to, f" `{fate.given_to}`")
        at = "" if fate.patch in ("", fate.given_to) else f", for `{fate.patch}`"
        why = f": {fate.why}" if fate.why else ""
        text = f"{indent}{mark}{tag} (given to {fate.version}{given_to}){at}{why}"
        screen.say((text, style))
        change = fate.change if number_of(fate.version) == number - 1 else ()
        for line in change[:_SHOWN]:
            screen.say((f"{indent}    {line}", "dim"))
        if (more := len(change) - _SHOWN) > 0:
            screen.say((f"{indent}    … and {more} more lines", "dim"))


def _told(root: Path, fates: Iterable[TagFate], number: int) -> set[TagFate]:
    """Those of ``fates`` that were named as dropped before; the rest is kept as named now.

    What was given to an older version only, of a tag that was named as given since, is no news.
    """
    path, before = root / store.OWN / _TOLD, ""
    with contextlib.suppress(OSError):
        before = path.read_text(encoding="utf-8", errors="replace")
    lines = set(before.splitlines())
    dropped = [fate for fate in fates if fate.outcome == "dropped"]
    told = {
        fate
        for fate in dropped
        for version in range(number_of(fate.version), number + 1)
        if _line(fate, f"v{version}") in lines
    }
    if new := [fate for fate in dropped if fate not in told]:
        with contextlib.suppress(OSError):  # named once more, then
            store.own_directory(root)
            with path.open("a", encoding="utf-8", errors="replace") as stream:
                stream.write("".join(f"{_line(fate, fate.version)}\n" for fate in new))
    return told


def _line(fate: TagFate, version: str) -> str:
    said = (version, fate.tag, fate.patch, fate.why)
    return " | ".join(" ".join(part.split()) for part in said)
