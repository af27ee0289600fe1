# SPDX-License-Identifier: GPL-2.0-or-later
"""The subject of a mail taken apart; pure.

``parse`` sees what b4 sees (LoreSubject). ``read`` sees what a person sees as well, in prefixes
that b4 takes for nothing. What a person makes of a reply's is in ``review.reading.version_of``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_LONGEST = 2000  # characters; the loop over nested brackets takes their square
_MOST_BRACKETS = 40
_REPLY = re.compile(r"(?:(?:Re|Aw|Fwd):\s*)+|\w{2,3}:\s*(?=\[)", re.I)
# Behind the brackets of a patch; others are the title's own, as in `[PATCH] mm: [RFC] x`.
_REPLY_TO_PATCH = re.compile(r"(?:(?:Re|Aw|Fwd):\s*)+(?=\[)", re.I)
ANSWER = re.compile(
    r"\s{0,9}(?:re|aw|antw(?:ort)?|sv|vs|svar|odp|ynt|res|enc|rv|r[ée][fp]|tr|fwd?|wg|doorst|atb|vá|ref"
    r"|отв(?:ет)?|απ|σχετ|回复|回覆|回信|答复|答覆|返信|转发|轉寄|답장|회신"
    r"|(?:[ri]|на|external)(?=\s?[:：]\s*(?:\[|re\b)))"
    r"\.?\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]",
    re.I,
)
"""What programs of all languages put in front of the subject of what they answer or pass on."""
GATE = re.compile(
    r"\s{0,9}(?:\*{1,9}\s?[\w-][\w -]{0,30}\*{1,9}|\{[\w-]{1,20}\??\}|<\w{1,20}>"
    r"|\((?:spam|ext(?:ernal)?)\)|(?:spam|ext(?:ernal)?|caution)\s?:)"
    r"(?=(?:\s?\w{2,9}:){0,3}\s{0,9}\[[^]\n]{0,60}\b(?:PATCH|RFC|v\d|\d/\d))",
    re.I,
)
"""What a filter on the way put in front of a subject: ``*** SPAM ***``, ``{Spam?}``, ``EXT:``."""
_ANSWERED = re.compile(rf"(?:{ANSWER.pattern})+(?=\s{{0,9}}\[|{GATE.pattern})", re.I)
# PATCH v2 2/3] mm: …, PATCH 2/3: mm: …, PATCH v2: mm: …: brackets were lost, or are others.
_UNOPENED = re.compile(
    r"\s{0,9}[({<［]?((?:RFC )?PATCH\b[^][\n:]{0,60}?"
    r"(?:\d/\d{1,4}[]:)}>］]?|\bv\d{1,3}[]:)}>］]))(?=\s)",
    re.I,
)
_IN_BRACKETS = re.compile(r"\A\(\w{1,20}\)|\(\w{1,20}\)\Z")
_BRACKETS = re.compile(r"\[([^]]*)\]\s*")
_NUMBER = re.compile(r"(\d{1,4})/(\d{1,4})")
_VERSION = re.compile(r"v(\d{1,6})", re.I)

# What people write and b4 does not read: PATCH-v2, RFCv2, v3:, v6,0/3, v2-RESEND.
_KIND = r"(?:patch(?:es|set)?|series|rfc|rft|resend|repost)"
_APART = re.compile(r"[\s,;:()|]+")
_GLUED = re.compile(rf"(?:{_KIND}|(?:.*[-_/.=]))?v\.?(\d{{1,6}})(?:[-_/]{_KIND})?", re.I)
_COUNTED = re.compile(r"(?:patch(?:es|set)?|rfc)(\d{1,4})", re.I)  # PATCH2; a number alone, maybe
_SPACED = re.compile(
    r"(?<![\w.-])(?:v|rev|revision|take|try|ver|version)[ .#-]?(\d{1,4})(?![\w./])", re.I
)
_IN_TITLE = re.compile(r"v(\d{1,4})[:,;]?\s", re.I)
_NUMBER_IN_TITLE = re.compile(r"\(?(\d{1,4})/(\d{1,4})\)?[:,;]?\s")
# None is a version of a series: v3.1 and v3a of people who sent a piece once more, #3 and r3 of
# those who count otherwise, v6.12 of the kernel.
_FRACTION = re.compile(r"(?:.*[-_/])?v(\d{1,2})\.\d{1,2}", re.I)
_OTHERWISE = re.compile(r"(?:.*[-_/])?v\d{1,4}[a-z]{1,4}|#\d{1,3}|r\d{1,3}", re.I)
_KERNELS = range(4, 8)  # first numbers of the releases that patches are marked with
# v2_1/2, PATCH1/2; 1 of 2, 1 / 2, #1/2.
_NUMBER_GLUED = re.compile(
    rf"((?:{_KIND}|.{{0,40}}[-_/])?v\.?\d{{1,6}}(?=[-_])|{_KIND})[-_]?(\d{{1,4}}/\d{{1,4}})", re.I
)
_NUMBER_APART = re.compile(r"(?<![\w./])#?(\d{1,4})(?: ?/ ?| of )#?(\d{1,4})(?![\w./])", re.I)
_ODD_NUMBER = re.compile(r"(?=.*[.a-z])\d[\d.]*[a-z]?/\d{1,4}", re.I)
TREE = r"^(?![vV][0-9]+\Z)[A-Za-z0-9.-][A-Za-z0-9._-]{0,39}\Z"
"""What may name the tree that a series is for: ``net-next``, ``-next``, ``6.6.y``; no version."""


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
        unread: what stands where a version does and is none, such as ``v3.1``; of ``read`` alone.
        odd_number: what stands where a number does and is none, such as ``1.5/3``; likewise.
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
    unread: str = ""
    odd_number: str = ""

    @property
    def rfc(self) -> bool:
        """Whether it asks for comments only."""
        return any(re.search(r"(?<![a-z])rfc", word, re.I) for word in self.words)

    @property
    def again(self) -> bool:
        """Whether it says that it was sent before."""
        said = (*self.words, *_IN_BRACKETS.findall(self.title))
        return any(re.search(r"(?<![a-z])(?:resend|repost)", word, re.I) for word in said)

    @property
    def text(self) -> str:
        """The subject again, without what stood in front of the brackets."""
        return f"[{' '.join(self.words)}] {self.title}" if self.words else self.title


def parse(subject: str) -> Heading:
    """Take ``subject`` (decoded, unfolded) apart; never fails."""
    title = " ".join(subject[:_LONGEST].split())
    start = _REPLY.match(title)
    title = title[start.end() :] if start else title
    words: list[str] = []
    title = _flat(title)
    for _ in range(_MOST_BRACKETS):
        found = _BRACKETS.match(title)
        if found is None:
            break
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


def read(subject: str) -> Heading:
    """As ``parse``, with versions and numbers that a person reads and b4 does not; never fails."""
    rest, answered = _without_gates(subject[:_LONGEST])
    found = parse(_bracketed(rest))
    words = _NUMBER_APART.sub(r"\1/\2", " ".join(found.words))
    pieces: list[str] = []
    for piece in filter(None, _APART.split(words)):
        glued = _NUMBER_GLUED.fullmatch(piece)
        pieces += glued.groups() if glued else (piece,)
    version = number = unread = odd = None
    for piece in pieces:
        if counted := _NUMBER.fullmatch(piece):
            number = counted
        elif named := _GLUED.fullmatch(piece):
            version = named
        elif _is_unread(piece):
            unread = piece
        elif _ODD_NUMBER.fullmatch(piece):
            odd = piece
    if number and version is None:
        version = next(filter(None, map(_COUNTED.fullmatch, pieces)), None)
    number = number or (_NUMBER_IN_TITLE.match(found.title) if found.words and not odd else None)
    behind = _REPLY_TO_PATCH if found.patch else _REPLY
    version = version or _SPACED.search(" ".join(pieces)) or _IN_TITLE.match(found.title)
    return replace(
        found,
        version=int(version[1]) if version else 1,
        versioned=version is not None,
        number=int(number[1]) if number else 1,
        total=int(number[2]) if number else 1,
        numbered=number is not None,
        # A list's own [name] may stand in front of it.
        reply=answered or found.reply or behind.match(found.title) is not None,
        patch=found.patch or any(re.match(_KIND, piece, re.I) for piece in pieces),
        unread="" if version else unread or "",
        odd_number="" if number else odd or "",
    )


def near(unread: str) -> int:
    """The version that one stands behind which cannot be read: 2 of ``v2.1``; 0 of others."""
    found = re.search(r"v(\d{1,4})", unread, re.I)
    return int(found[1]) if found else 0


def overlooked(subject: str) -> str | None:
    """The title, where ``git mailinfo`` takes a prefix that ``read`` reads for a part of it."""
    rest, _ = _without_gates(subject[:_LONGEST])
    return read(subject).title if GATE.match(subject) or _UNOPENED.match(rest) else None


def trees(subject: str) -> tuple[str, ...]:
    """What stands beside PATCH in its own brackets, and is no version, number or kind of mail."""
    brackets = (parse(f"[{inside}]") for inside in _BRACKETS.findall(_flat(subject[:_LONGEST])))
    words = next((found.words for found in brackets if found.patch), ())
    kept = (
        word
        for word in words
        if re.match(TREE, word) and not _GLUED.fullmatch(word) and not _is_unread(word)
    )
    return tuple(word for word in kept if not re.fullmatch(rf"(?:re)?{_KIND}", word, re.I))


def _without_gates(text: str) -> tuple[str, bool]:
    """What begins with brackets, and whether it stood behind ``Re:`` or the like."""
    answered = False
    while found := GATE.match(text) or _ANSWERED.match(text):
        answered = answered or found.re is _ANSWERED
        text = text[found.end() :]
    return text, answered


def _bracketed(text: str) -> str:
    found = _UNOPENED.match(text)
    return f"[{found[1].rstrip(']:)}>］')}]{text[found.end() :]}" if found else text


def _is_unread(piece: str) -> bool:
    part = _FRACTION.fullmatch(piece)
    return int(part[1]) not in _KERNELS if part else _OTHERWISE.fullmatch(piece) is not None


def _flat(text: str) -> str:
    """``[PATCH [RFC] 1/2]`` without its inner brackets, by the two rules that b4 has for it."""
    while True:
        flat = re.sub(r"\[([^]]*)\[([^\[\]]*)\]", r"[\1\2]", text)
        flat = re.sub(r"\[([^]]*)\]([^\[\]]*)\]", r"[\1\2]", flat)
        if flat == text:
            return text
        text = flat
