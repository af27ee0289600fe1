# SPDX-License-Identifier: GPL-2.0-or-later
"""What came out of mails or a branch, on the screen, and what is in no version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.cli import screen, tags_view

if TYPE_CHECKING:
    from refseries.importing.draft import Intake
    from refseries.importing.write import Brought
    from refseries.review.given_tags import TagFate

_MOST_MAILS = 8  # that are named for one thing left out


def show_version(brought: Brought, fates: Sequence[TagFate] = (), root: Path | None = None) -> None:
    """Name the commits of a version, its tags, and what is unusual about it.

    Args:
        fates: what became of tags that were given to earlier versions.
        root: as for ``tags_view.show``.
    """
    for commit in brought.commits:
        screen.say((f"  {commit.commit[:12]} ", "yellow"), commit.subject)
    for tag in brought.draft.tags:
        screen.say((f"  + {_on_one_line(tag)}", "green"))
    tags_view.show(fates, brought.version.number, root, "  ")
    for tag in brought.draft.doubtful:
        text = f"  not taken, as the address is not the sender's: {_on_one_line(tag)}"
        screen.say((text, "yellow"))
    for remark in brought.draft.remarks:
        screen.say((f"  {_on_one_line(remark)}", "yellow"))


def show_not_taken(found: Intake, source: str) -> None:
    """Name what is in no version, with the mails that it stands in."""
    if found.not_taken:
        screen.say("Left out:")
    for one in found.not_taken:
        mails = [name.removeprefix(f"{source}: ") for name in one.sources[:_MOST_MAILS]]
        more = f", and {len(one.sources) - _MOST_MAILS} more" if one.sources[_MOST_MAILS:] else ""
        listed = f" ({', '.join(mails)}{more})" if mails and one.name not in mails else ""
        name = _on_one_line(one.name).removeprefix(f"{source}: ")
        screen.say((f"  {name}: {one.why.rstrip('.')}{listed}", "yellow"))


def _on_one_line(text: str) -> str:
    return " ".join(text.split("\n"))
