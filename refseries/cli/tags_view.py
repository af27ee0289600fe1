# SPDX-License-Identifier: GPL-2.0-or-later
"""How the screen has what became of the tags that reviewers gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from refseries.cli import screen
from refseries.model import number_of
from refseries.review.model import COVER

if TYPE_CHECKING:
    from refseries.review.given_tags import TagFate

_SHOWN = 8  # lines of a change; JSON has more
_WORDS = {
    "added": ("+ ", "green"),
    "dropped": ("dropped: ", "yellow"),
    "stale": ("stands there still: ", "yellow"),
}


def show(fates: Iterable[TagFate], number: int, indent: str = "") -> None:
    """A line for each tag, with where it came from, where it went, and why.

    Then what changed, of one that was given to the version right before: of an older one, that was
    shown for the version between.

    Args:
        number: of the version that it is about.
    """
    for fate in fates:
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
