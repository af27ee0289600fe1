# SPDX-License-Identifier: GPL-2.0-or-later
"""For which patches a tag below a cover letter is given, where its giver says so; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from refseries.series import trailers

# A line with another word is about something else: "One nit on patch 3, otherwise:" is for all.
_SAYS_NO_MORE = re.compile(
    r"(?:[\W\d_]|\b(?:for|on|in|to|of|the|this|these|all|both|only|just|and|so|also|please|with|no|nr"
    r"|patch(?:es)?|series|set|rest|everything|it|is|are|i['’]?m|i|am|feel|free|you|can|may|add|have"
    r"|give|here(?:['’]s)?|my|an?|tags?|[art]-?b|acks?|\w+-by|looks?|looking|good|fine|great|nice"
    r"|correct|me|lgtm|fwiw|thanks|except|excluding|but|other|than|apart|from|besides|without)\b)*",
    re.I,
)
_BETWEEN = r"\s*(?:,|&|-|–|and|to|through|,\s*and)\s*"
_ITEM = r"#?\d{1,4}(?:/\d{1,4})?"
_PATCHES = re.compile(
    rf"\bpatch(?:es)?(?: no\.?| nr\.?)?\s*({_ITEM}(?:{_BETWEEN}{_ITEM}){{0,50}})(?![\w.])", re.I
)
_FRACTION = r"\d{1,4}/\d{1,4}"
_FRACTIONS = re.compile(
    rf"(?<![\w./])({_FRACTION}(?:{_BETWEEN}{_FRACTION}){{0,50}})(?![\w./])", re.I
)
_RANGE = re.compile(rf"({_ITEM})\s*(?:-|–|to|through)\s*({_ITEM})|({_ITEM})")
_OF = re.compile(r"/(\d+)")
_TAG = re.compile(r"[A-Za-z-]+-by:", re.I)
_LONGEST = 200  # characters of such a line
_EXCEPT = re.compile(r"\b(?:except|excluding|but|other than|apart from|besides|without)\b", re.I)


def patches_of(tag: str, above: str, total: int) -> tuple[int, ...] | None:
    """The numbers of the patches that a tag is given for, in order.

    Said it is in the reviewer's own line above the tag, other tags between or none, or behind the
    address: "For patches 1-3:", "# 2/4". What stands elsewhere is about something else.

    Args:
        tag: ``Acked-by: …``.
        above: that line, as ``line_above`` finds it.
        total: how many patches there are.

    Returns:
        None where nothing is said, or a number that no patch of so many has.
    """
    behind = tag.partition("\n")[0].rpartition(">")[2]
    return _numbers(behind, total) or _numbers(above, total)


def line_above(lines: Iterable[str | None], tag: str) -> str:
    """The line above ``tag`` if it says for which patches that is given; else empty.

    Args:
        lines: of the mail; None for one that is not its sender's.
    """
    key = trailers.bare(tag.partition("\n")[0])
    above = ""
    for line in lines:
        text = line.strip() if line is not None else ""
        if line is None:
            above = ""
        elif _TAG.match(text):
            if trailers.bare(text) == key or key.startswith(trailers.bare(text)):
                break
        elif text and "@" not in text:  # the address of a tag that a program broke
            above = text
    else:
        return ""
    names = len(above) <= _LONGEST and (_PATCHES.search(above) or _FRACTIONS.search(above))
    return above if names and _SAYS_NO_MORE.fullmatch(above) else ""


def _numbers(text: str, total: int) -> tuple[int, ...] | None:
    found = _PATCHES.search(text) or _FRACTIONS.search(text)
    if found is None:
        return None
    named = set(_each(found[1]))
    if not all(1 <= number <= total for number in named):
        return None
    if any(int(of) != total for of in _OF.findall(found[1])):  # 1/2 of the boards
        return None
    if _EXCEPT.search(text[: found.start()]):
        named = set(range(1, total + 1)) - named
    return tuple(sorted(named)) or None


def _each(text: str) -> Iterator[int]:
    for first, last, alone in _RANGE.findall(text):
        if alone:
            yield _number(alone)
        else:
            yield from range(_number(first), min(_number(last), 9999) + 1)


def _number(item: str) -> int:
    return int(item.removeprefix("#").partition("/")[0])
