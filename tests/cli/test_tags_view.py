# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of reviewers' tags, on the screen."""

from __future__ import annotations

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
