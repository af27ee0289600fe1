# SPDX-License-Identifier: GPL-2.0-or-later
"""A first guess at a task's kind and summary, for a person to correct; pure."""

from __future__ import annotations

import re

from refseries.review import taken_back
from refseries.review.model import Kind
from refseries.review.reading import courtesy

# The first pattern that is found decides; what fits none is a question if it ends like one.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Kind.PROCESS,
            r"(?-i:\b[cC]c\b|\bCC:)|\bcc['’]?(?:ing|ed)\b"
            r"|\bcc\b[^.\n]{0,60}(?:@|\blists?\b|\blinux-|maintainer|\bpeople\b)"
            r"|(?:@|\blists?\b|\blinux-\w|maintainer|\bpeople\b)[^.\n]{0,60}\bcc\b"
            r"|\blinux-api\b|get_maintainer|signed-off-by|\bfixes: tag"
            r"|\bsplit (?:this|the|it|up)\b|\brebase\b|\bresend\b|checkpatch|\bbase-commit\b",
        ),
        (Kind.DOCS, r"\bman[ -]?pages?\b|Documentation/|\bkernel-?doc\b|\bdocument(?:ed|ation)\b"),
        (
            Kind.BUG,
            r"\bbugs?\b|\bcrash|\boops\b|\bdeadlock|\brac(?:e|es|y)\b|\bleaks?\b"
            r"|\buse[- ]after[- ]free\b|\bUAF\b|\boverflow|\bBUG_ON\b|\bNULL (?:pointer|deref)"
            r"|\bbroken\b|\bbreaks\b|\bregress|\bam I missing\b|\bdouble[- ]free"
            r"|\buninitiali[sz]ed\b|\bpanics?\b|\bcorrupts\b|\bcorruption\b"
            r"|\bout[- ]of[- ]bounds\b",
        ),
        (
            Kind.CHANGE,
            r"\A\s*(?:why not|how about|what about|maybe|perhaps|please|nit\b)"
            r"|\b(?:maybe|perhaps)\s*\?\s*\Z",
        ),
    )
)
_SENTENCE = re.compile(r"(?<=[.?!])(?<!e\.g\.)(?<!i\.e\.)(?<! vs\.)(?<! cf\.)\s+(?=[A-Z\"'(])")
_MAX_SUMMARY = 100
_LOOKED_AT = 4000
_ASKS = re.compile(
    r"\?\s*\Z|\bplease\b|\b(?:should|must|ought to|needs? to|has to|have to|let's|why not)\b"
    r"|\b(?:could|can|would) (?:you|we|this|that|it|i)\b|\b(?:i(?:'d| would)"
    r"|better to) (?:rather|prefer|like)\b|\bi (?:prefer|don't want|do not want)\b"
    r"|\bi(?:'m| am) opposing\b|\bwould be (?:good|nice|great|better|best|helpful|useful)\b"
    r"|\A(?:nit\b|use|make|drop|remove|rename|split|move|add|fix|avoid|replace|don't|do not)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\A\s*(?:\(?\d{1,2}[.)]|[*•-])\s+")
_NO_PROSE = re.compile(r"\t| {4}|[+@>]|\[ *\d+\.\d+\]|diff --git |[$#] |-{3}")


_LABEL = re.compile(r"\A\s*\[(?:severity|level|priority)\s*:\s*(\w{1,20})\]\s*", re.IGNORECASE)
# Asks for no more than to look at what stands beside it.
_BARE = re.compile(
    r"(?:(?:see|cf\.?) \S+ )?(?:please,? )(?:check|fix|correct|see|look at|resend"
    r"|resubmit|re-submit)"
    r"(?: (?:it|this|that|them|and|accordingly|below|check|fix|resend|resubmit|re-submit))*[.! ]*",
    re.IGNORECASE,
)
_WORDS = 5  # of a sentence that says by itself what is wanted


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
    paragraphs = _LABEL.sub("", comment[:_LOOKED_AT]).strip().split("\n\n")
    sentences = [_sentences(paragraph) for paragraph in paragraphs]
    # Who takes his tag back says why, and that is the point.
    others = [[one for one in found if not taken_back.is_said_in(one)] for found in sentences]
    sentences = others if any(others) else sentences
    every = [one for found in sentences for one in found]
    telling = next((one for one in every if courtesy.courtesy_of(one) is None), "")
    text = next(filter(None, map(_asking, sentences)), "") or telling or next(iter(every), "")
    text = _with_code(text, comment) or one_line(comment.strip(), 4 * _MAX_SUMMARY)
    if len(text) <= _MAX_SUMMARY:
        return text or "(a comment without words)"
    return (text[:_MAX_SUMMARY].rpartition(" ")[0] or text[:_MAX_SUMMARY]).rstrip(",;:") + " …"


def _asking(sentences: list[str]) -> str:
    """The sentence of a paragraph that asks; one of a few words only if no other does."""
    asking = [one for one in sentences if _ASKS.search(one) and not _BARE.fullmatch(one)]
    return next((one for one in asking if len(one.split()) >= _WORDS), next(iter(asking), ""))


def _with_code(text: str, comment: str) -> str:
    """``text`` and the first line of the code that it introduces, where it says no more."""
    if not text.endswith(":"):
        return text
    lines = comment[:_LOOKED_AT].split("\n")
    last = text.split()[-1]
    ends = (n for n, line in enumerate(lines) if line.rstrip().endswith(last))
    below = next((line for line in lines[next(ends, len(lines)) + 1 :] if line.strip()), "")
    return f"{text} {one_line(below)}".rstrip()


def _sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph of prose; none of code, of a log or of a diff."""
    lines = [line for line in paragraph.split("\n") if not _NO_PROSE.match(line)]
    text = one_line(" ".join(lines), _LOOKED_AT)
    found = (_BULLET.sub("", one) for one in _SENTENCE.split(text))
    return [one for one in found if re.search(r"\w", one)]
