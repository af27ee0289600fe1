# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of reviewers' tags, on the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.cli import tags_view
from refseries.review.given_tags import TagFate, TagOutcome


def test_what_changed_is_shown_for_the_version_before_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of an older one it was shown when that was rerolled; the tag is named all the same."""
    why, change = "the patch changed", ("-+int toy;", "++long toy;")
    tags_view.show(
        [
            TagFate(f"Acked-by: {name}", name, "mm: x", "mm: x", TagOutcome.DROPPED, why, change)
            for name in ("v1", "v2")
        ],
        3,
    )
    assert capsys.readouterr().out.splitlines() == [
        "dropped: Acked-by: v1 (given to v1 `mm: x`): the patch changed",
        "dropped: Acked-by: v2 (given to v2 `mm: x`): the patch changed",
        "    -+int toy;",
        "    ++long toy;",
    ]


def test_one_that_was_named_is_no_news_as_given_to_an_older_version(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def told(version: str, number: int) -> bool:
        where, why = ("mm: x", "mm: x", TagOutcome.DROPPED), "the patch changed"
        tags_view.show([TagFate("Acked-by: A", version, *where, why)], number, tmp_path)
        return "dropped: Acked-by" in capsys.readouterr().out

    assert told("v2", 3)
    assert not told("v2", 3)
    assert not told("v1", 4)
    assert told("v3", 4)  # given again, and lost again
