# SPDX-License-Identifier: GPL-2.0-or-later
"""The subject of a mail taken apart, as b4 does it (LoreSubject); pure.

For what b4 will make of a mail. What a person makes of a reply's is in
``review.reading.version_of``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 2000  # characters; the loop over nested brackets takes their square
_REPLY = re.compile(r"(?:(?:Re|Aw|Fwd):\s*)+|\w{2,3}:\s*(?=\[)", re.I)
_BRACKETS = re.compile(r"\[([^]]*)\]\s*")
_NUMBER = re.compile(r"(\d{1,4})/(\d{1,4})")
_VERSION = re.compile(r"v(\d{1,6})", re.I)


@dataclass(frozen=True)
class Heading:
    """A subject.

    Attributes:
        title: without ``Re:`` and brackets.
        words: what stood in the brackets, without commas around it.
        version: 1 where none is named.
        versioned: whether one is named.
        number, total: 1 and 1 where they are not named; 0 is a cover letter.
        numbered: whether they are named.
        reply: whether it starts with ``Re:``.
        patch: whether ``PATCH`` stands there.
    """

    title: str
    words: tuple[str, ...] = ()
    version: int = 1
    number: int = 1
    total: int = 1
    numbered: bool = False
    reply: bool = False
    patch: bool = False
    versioned: bool = False


def parse(subject: str) -> Heading:
    """Take ``subject`` (decoded, unfolded) apart; never fails."""
    title = " ".join(subject[:_LONGEST].split())
    start = _REPLY.match(title)
    title = title[start.end() :] if start else title
    words: list[str] = []
    while found := _BRACKETS.match(title := _flat(title)):
        inside = re.sub(r"(patch)(v\d+)", r"\1 \2", found[1], flags=re.I)
        words += [word.strip(",;") for word in inside.split()]
        title = title[found.end() :]
    version, number, total, numbered, versioned = 1, 1, 1, False, False
    for word in words:
        if counted := _NUMBER.fullmatch(word):
            number, total, numbered = int(counted[1]), int(counted[2]), True
        elif named := _VERSION.fullmatch(word):
            version, versioned = int(named[1]), True
    patch = any(word.lower().startswith("patch") for word in words)
    reply = start is not None
    return Heading(title, tuple(words), version, number, total, numbered, reply, patch, versioned)


def _flat(text: str) -> str:
    """``[PATCH [RFC] 1/2]`` without its inner brackets."""
    while (flat := re.sub(r"^\[([^]\[]*)\[([^]\[]*)\]", r"[\1\2", text)) != text:
        text = flat
    return text
