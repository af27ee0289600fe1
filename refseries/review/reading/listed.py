# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists in a review: several remarks, or the steps of one; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

ITEM = re.compile(r"\(?\d{1,2}[.)]\s+\S|[*•]\s+\S|- \S")
"""How an item of a list begins."""
_MARK = re.compile(r"\s*(?:\(?\d{1,2}[.)]|[*•-])\s+")
_GOES_ON = re.compile(
    r"(?:and )?(?:then\b(?! there\b)|after (?:that|this)\b|afterwards\b|subsequently\b"
    r"|once (?:that|this) is\b|as a (?:next|second) step\b)",
    re.IGNORECASE,
)
_OPEN = re.compile(r"(?:[,;]|\b(?:and|or|then))\s*\Z", re.IGNORECASE)
# The last sentence in front of a list, where that is none of remarks.
_OF_STEPS = re.compile(
    r"\b(?:steps?|stages?|phases?|patches|commits|reproduc(?:e|es|er|ed)|rac(?:e|es|y)|sequence"
    r"|scenario|interleaving|plan|recipe|procedure|order|(?:way|path) forward|following way"
    r"|(?:two|three|several|other|following|the|some|these) (?:options|alternatives|choices|ways)"
    r"|as follows|like this|this instead|how about)\b[^.!?]{0,80}:\s*\Z"
    r"|\b(?:if|when|either|or|and|to|that|by|like|then|(?:we|you|i) (?:could|should|would|can|must)"
    r"|(?:could|should|would|can) (?:we|you|i))(?: either)?\s*\Z",
    re.IGNORECASE,
)
_OF_REMARKS = re.compile(
    r"\b(?:comments?|remarks?|nits?|questions?|issues?|concerns?|suggestions?|notes?|points?|things?"
    r"|observations?|thoughts?|feedback|problems?|requests?)\b[^.!?]{0,80}\Z",
    re.IGNORECASE,
)


def steps(paragraphs: Sequence[Sequence[str]]) -> frozenset[int]:
    """Which paragraphs go on with what stands above them, as they are steps of it.

    A list is of steps, and no list of remarks, if the sentence in front of it says so or is not at
    its end, or if an item goes on with the one before it: "2. then make the callers take it".

    Args:
        paragraphs: of one block, as lines.
    """
    items = [at for at, lines in enumerate(paragraphs) if ITEM.match(lines[0].lstrip())]
    if len(items) < 2:
        return frozenset()
    lead = " ".join(paragraphs[items[0] - 1]).rstrip() if items[0] else ""
    if _OF_STEPS.search(lead) and not _OF_REMARKS.search(lead):
        return frozenset(items)
    texts = [_MARK.sub("", " ".join(paragraphs[at]), count=1) for at in items]
    if any(map(_GOES_ON.match, texts[1:])) or any(map(_OPEN.search, texts[:-1])):
        return frozenset(items[1:])
    return frozenset()
