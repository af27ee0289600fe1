# SPDX-License-Identifier: GPL-2.0-or-later
"""A first guess at a task's kind and summary, for a person to correct; pure."""

from __future__ import annotations

import re

from refseries.review.model import Kind

# The first pattern that is found decides; what fits none is a question if it ends like one.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Kind.PROCESS,
            r"\bcc(?:['’]?(?:ing|ed)|:)?\b|\blinux-api\b|get_maintainer|signed-off-by|\bfixes: tag"
            r"|\bsplit (?:this|the|it|up)\b|\brebase\b|\bresend\b|checkpatch|\bbase-commit\b",
        ),
        (Kind.DOCS, r"\bman[ -]?pages?\b|Documentation/|\bkernel-?doc\b|\bdocument(?:ed|ation)\b"),
        (
            Kind.BUG,
            r"\bbugs?\b|\bcrash|\boops\b|\bdeadlock|\brac(?:e|es|y)\b|\bleaks?\b"
            r"|\buse[- ]after[- ]free\b|\bUAF\b|\boverflow|\bBUG_ON\b|\bNULL (?:pointer|deref)"
            r"|\bbroken\b|\bbreaks\b|\bregress|\bam I missing\b|\bdouble[- ]free"
            r"|\buninitiali[sz]ed\b",
        ),
        (
            Kind.CHANGE,
            r"\A\s*(?:why not|how about|what about|maybe|perhaps|please|nit\b)"
            r"|\b(?:maybe|perhaps)\s*\?\s*\Z",
        ),
    )
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z\"'(])")
_MAX_SUMMARY = 100


def one_line(text: str, most: int = 300) -> str:
    """``text`` on one line, without what is no text, such as a terminal's escape.

    Args:
        most: characters of it that are looked at.
    """
    plain = "".join(c if c.isprintable() else " " for c in text[:most])
    return " ".join(plain.split())


def kind(comment: str) -> Kind:
    """What the reviewer seems to want."""
    for candidate, pattern in _KINDS:
        if pattern.search(comment):
            return candidate
    return Kind.QUESTION if comment.rstrip().endswith("?") else Kind.CHANGE


def summary(comment: str) -> str:
    """The first sentence, on one line, cut where it is long."""
    start = comment.strip().partition("\n\n")[0]
    text = _SENTENCE.split(one_line(start, 4 * _MAX_SUMMARY))[0]
    if len(text) <= _MAX_SUMMARY:
        return text or "(a comment without words)"
    return text[:_MAX_SUMMARY].rpartition(" ")[0].rstrip(",;:") + " …"
