# SPDX-License-Identifier: GPL-2.0-or-later
"""A first guess at a task's kind and summary, for a person to correct; pure."""

from __future__ import annotations

import re

from refseries.review.model import Kind
from refseries.review.reading import courtesy

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
_LOOKED_AT = 4000
_ASKS = re.compile(
    r"\?\s*\Z|\bplease\b|\b(?:should|must|ought to|needs? to|has to|have to|let's|why not)\b"
    r"|\b(?:could|can|would) (?:you|we|this|that|it|i)\b|\b(?:i(?:'d| would)"
    r"|better to) (?:rather|prefer|like)\b"
    r"|\A(?:nit\b|use|make|drop|remove|rename|split|move|add|fix|avoid|replace|don't|do not)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\A\s*(?:\(?\d{1,2}[.)]|[*•-])\s+")
_NO_PROSE = re.compile(r"\t| {4}|[+@>]|\[ *\d+\.\d+\]|diff --git |[$#] |-{3}")


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


def asks(text: str) -> bool:
    """Whether a paragraph asks for something, or wonders."""
    return any(
        _ASKS.search(one) for one in _SENTENCE.split(one_line(_BULLET.sub("", text), _LOOKED_AT))
    )


def summary(comment: str) -> str:
    """The sentence that asks, else the first that says something; on one line, cut where long."""
    paragraphs = comment[:_LOOKED_AT].strip().split("\n\n")
    sentences = [one for paragraph in paragraphs for one in _sentences(paragraph)]
    asking = next((one for one in sentences if _ASKS.search(one)), "")
    telling = next((one for one in sentences if courtesy.of(one) is None), "")
    text = asking or telling or one_line(comment.strip(), 4 * _MAX_SUMMARY)
    if len(text) <= _MAX_SUMMARY:
        return text or "(a comment without words)"
    return (text[:_MAX_SUMMARY].rpartition(" ")[0] or text[:_MAX_SUMMARY]).rstrip(",;:") + " …"


def _sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph of prose; none of code, of a log or of a diff."""
    lines = [line for line in paragraph.split("\n") if not _NO_PROSE.match(line)]
    text = one_line(" ".join(lines), _LOOKED_AT)
    return [one for one in _SENTENCE.split(text) if re.search(r"\w", one)]
