# SPDX-License-Identifier: GPL-2.0-or-later
"""What the subject of a mail says about its place in a series; pure.

Read as b4 reads it (LoreSubject in b4/__init__.py), so that both find the same patches in a thread;
but for a list with commas (``[PATCH RFC,v3,2/4]``), in which b4 sees neither version nor counter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LONGEST = 2000  # characters; the loop over nested brackets takes their square
_REPLY = re.compile(r"(?:re|aw|fwd):|\w{2,3}:\s*\[", re.I)
_BRACKET = re.compile(r"\[([^]]*)\]\s*")
_COUNTER = re.compile(r"(\d{1,4})/(\d{1,4})")
_VERSION = re.compile(r"v(\d{1,4})", re.I)


@dataclass(frozen=True)
class Subject:
    """A subject taken apart.

    Attributes:
        title: without any brackets in front.
        reply: it answers another mail, whatever its brackets say.
        patch: a bracket has the word PATCH.
        version: None where none is written; the first version has none.
        number, total: of ``2/4``; None where there is no such counter.
        words: everything in the brackets but PATCH, version and counter.
    """

    title: str
    reply: bool = False
    patch: bool = False
    version: int | None = None
    number: int | None = None
    total: int | None = None
    words: tuple[str, ...] = ()


def parse(text: str) -> Subject:
    """Take a decoded subject apart; anything is one."""
    rest = " ".join(text[:_LONGEST].split())
    reply = _REPLY.match(rest) is not None
    rest = re.sub(r"^(?:\w{2,3}:\s*)+(?=\[)", "", rest)
    found: dict[str, int] = {}
    words: list[str] = []
    patch = False
    while bracket := _BRACKET.match(rest := _flat(rest)):
        inside = re.sub(r"(patch)(v\d+)", r"\1 \2", bracket[1], flags=re.I)
        for chunk in re.split(r"[\s,;]+", inside):
            if counter := _COUNTER.fullmatch(chunk):
                found |= {"number": int(counter[1]), "total": int(counter[2])}
            elif version := _VERSION.fullmatch(chunk):
                found["version"] = int(version[1])
            elif chunk.lower().startswith("patch"):
                patch = True
            elif chunk:
                words.append(chunk)
        rest = rest[bracket.end() :]
    return Subject(rest, reply, patch, words=tuple(words), **found)


def _flat(text: str) -> str:
    """``[PATCH [RFC] 1/2]`` without its inner brackets."""
    while (flat := re.sub(r"^\[([^]\[]*)\[([^]\[]*)\]", r"[\1\2", text)) != text:
        text = flat
    return text
