# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers at the end of a commit message; pure.

Where a message ends in trailers, the rules are those of git (find_trailer_block_start() in its
trailer.c), so that a sign-off goes where `git commit --signoff` puts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_TRAILER = re.compile(r"[A-Za-z0-9-]+[ \t]*:")
_GITS_OWN = re.compile(r"Signed-off-by: |\(cherry picked from commit ")
# Whom git send-email copies (its categories bodycc, sob and misc-by), and who is asked for as To.
_FOLDED = re.compile(r",[ \t]*\n[ \t]+")
_ANGLED = re.compile(r"<([^<>\s]+)>")
_BARE = re.compile(r"[^\s<>,;@\"]+@[^\s<>,;@\"]+")
_APART = re.compile(r"[,;]")
_SPECIAL = re.compile(r"[,;:@]")
_NOTES = re.compile(r"\([^()]*\)")
_NOTE = re.compile(r"\A\s*\([^()]*\)\s*[,;]?\s*")  # of the address before it
_COPIED = re.compile(
    r"^(?P<name>To|Cc|[A-Z][a-z]*(?:-[a-z]+)*-by): *(?P<who>[^#\n]*)(?:#.*)?$",
    re.M | re.I,
)
_BRACKETS = re.compile(r"\[[^][\n]*\]\s*\Z")  # "[v5.4]" at the end of a line
# A statement on the code itself, which holds for the code that its giver saw.
_VOUCHING = re.compile(
    r"(?P<name>(?:[a-z]+-)*(?:reviewed|acked|tested)(?:-[a-z]+)*-by)[ \t]*:[ \t]*\S.*", re.I
)
# Where a patch comes from, and what it fixes or refers to: true of it however its code changes.
_ABOUT = re.compile(
    r"(?:(?:suggested|reported|debugged)-by[ \t]*:[ \t]*\S.*"
    r"|(?P<fact>fixes:[ \t]+[0-9a-f]{6,}\s.*|(?:link|buglink|closes):[ \t]+https?://\S.*))",
    re.I,
)
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_CONTINUED = re.compile(r"[ \t]+\S|\[.*\]$")


def add(message: str, lines: Iterable[str], last: str = "") -> str:
    """``message`` with ``lines`` behind its trailers, but for those that are there already.

    One that the text speaks of is not there: the sign-off of a patch that quotes it would be lost.

    Args:
        last: a trailer that stays the last where lines are added and it is there: what b4 does
            with the sign-off of whoever works with it.
    """
    there = message.rstrip("\n").split("\n")
    seen = {bare(line) for line in there[_first(there) :]}
    new: list[str] = []
    for line in lines:
        if bare(line) not in seen:
            seen.add(bare(line))
            new.append(line)
    if not new:
        return message
    at = _start(there)
    mine = [line for line in there[at:] if last and bare(line) == bare(last)]
    there = [*there[:at], *(line for line in there[at:] if line not in mine)]
    gap = [""] if at == len(there) + len(mine) else []
    return "\n".join([*there, *gap, *new, *mine]) + "\n"


def vouching(message: str) -> tuple[str, ...]:
    """The lines at the end of ``message`` that say that somebody reviewed, acked or tested it.

    A note in brackets below one is part of it.
    """
    lines = message.rstrip("\n").split("\n")
    found: list[str] = []
    goes_on = False
    for line in lines[_start(lines) :]:
        if _VOUCHING.fullmatch(line):
            found.append(line)
        elif goes_on and _CONTINUED.match(line):
            found[-1] += f"\n{line}"
        goes_on = bool(found) and found[-1].endswith(line)
    return tuple(found)


def vouches(line: str) -> bool:
    """Whether a trailer says that somebody reviewed, acked or tested the patch."""
    return _VOUCHING.fullmatch(line.partition("\n")[0]) is not None


def tells(line: str) -> bool:
    """Whether a trailer says where a patch comes from, or what it fixes or refers to."""
    return _ABOUT.fullmatch(line.partition("\n")[0]) is not None


def names_nobody(line: str) -> bool:
    """Whether it is one of those that anybody may give: ``Fixes:``, ``Closes:`` or a link."""
    found = _ABOUT.fullmatch(line.partition("\n")[0])
    return found is not None and found["fact"] is not None


def remove(message: str, lines: Iterable[str]) -> str:
    """``message`` without those of ``lines``, as ``vouching`` gives them, that are trailers."""
    text = f"\n{message}"
    for line in lines:
        at = text.rfind(f"\n{line}\n")
        if at >= 0:
            text = text[:at] + text[at + len(line) + 1 :]
    return text[1:].rstrip("\n") + "\n"


def without_given(message: str) -> str:
    """``message`` without what others gave to the patch, which its author did not write."""
    given = (line for line in message.splitlines() if tells(line))
    return remove(message, (*vouching(message), *given))


def longer(message: str, paragraphs: Iterable[str]) -> str:
    """``message`` with more text in front of its trailers; the same where all of it is empty."""
    if not (more := tuple(filter(None, paragraphs))):
        return message
    lines = message.rstrip("\n").split("\n")
    at = _first(lines)
    said, own = ("\n".join(part).strip("\n") for part in (lines[:at], lines[at:]))
    return "\n\n".join(filter(None, (said, *more, own))) + "\n"


def without_any(message: str) -> str:
    """``message`` without the trailers that it ends with."""
    lines = message.strip().split("\n")
    return "\n".join(lines[: _first(lines)])


def copied(text: str) -> tuple[str, ...]:
    """Whom the trailers in a cover letter or in messages name for a copy, each once, as written.

    A note behind an address (``# 6.1+``) is none of it, nor are the angles of one without a name.
    """
    return tuple(dict.fromkeys(who for _name, who in copied_by(text)))


def copied_by(text: str) -> tuple[tuple[str, str], ...]:
    """As ``copied``, each behind the name of its trailer, in small letters.

    git send-email takes the first address of a line, and b4 the last; here each gets a copy.
    """
    found = _COPIED.finditer(_FOLDED.sub(", ", text))
    lines = ((one["name"].lower(), _BRACKETS.sub("", one["who"]).strip()) for one in found)
    return tuple((name, each) for name, line in lines for each in _each(line))


def _each(who: str) -> Iterator[str]:
    """The addresses in a trailer, each with its name; all of it where there is none."""
    *angled, rest = _ANGLED.split(who)  # what stands before each address, and that
    for before, address in zip(angled[::2], angled[1::2], strict=True):
        yield from _up_to(before, address)
    rest = _NOTES.sub(" ", rest)
    if angled:
        # Words right behind an address are about it; behind a comma, there is somebody else.
        first, *others = _pieces(rest)
        yield from filter(None, (first if _BARE.fullmatch(first) else "", *others))
    else:
        words = _APART.sub(" ", rest).split()
        yield from words if words and _are_bare(words) else filter(None, (who,))


def _up_to(before: str, address: str) -> Iterator[str]:
    """The addresses without angles that stand before one in angles, and that one with its name."""
    *others, name = _pieces(before)
    others = list(filter(None, others))
    if _are_bare(others):
        yield from others
    else:
        name = before.strip(" \t,;")  # which has a comma in it
    name = _NOTE.sub("", name).removeprefix("and ").strip()
    if '"' not in name and _SPECIAL.search(name):
        name = f'"{name}"'
    yield f"{name} <{address}>" if name else address


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in _APART.split(text)]


def _are_bare(pieces: Iterable[str]) -> bool:
    return all(map(_BARE.fullmatch, pieces))


def bare(line: str) -> str:
    """A trailer as it is compared with others: without a note behind or below it, as b4 does.

    Case and white space say nothing. Who vouches does so once, however the name is written.
    """
    text = " ".join(line.partition("\n")[0].partition(" #")[0].split()).casefold()
    name, colon, value = text.partition(":")
    value = value.strip()
    if _VOUCHING.fullmatch(text) and (address := _ADDRESS.search(value)):
        value = address[1]
    return f"{name.strip()}: {value}" if colon else text


def _first(lines: list[str]) -> int:
    """Where the first begins of the paragraphs of trailers that ``lines`` end with."""
    end = len(lines)
    while (at := _start(lines[:end])) < end:
        end = at
        while not lines[end - 1].strip():
            end -= 1
    return end


def _start(lines: list[str]) -> int:
    """Where the trailers begin; behind the last line when there are none.

    They are the last paragraph, which is not the first, if all of it is trailers or a quarter of it
    is: with other lines between them, one must be a trailer that git writes itself.
    """
    last = max((at for at, text in enumerate(lines) if not text.strip()), default=0)
    if not any(text.strip() for text in lines[:last]):
        return len(lines)
    trailers = others = continued = 0
    gits_own = False
    for text in reversed(lines[last + 1 :]):
        own = bool(_GITS_OWN.match(text))
        gits_own = gits_own or own
        if own or _TRAILER.match(text):
            trailers, continued = trailers + 1, 0
        elif text[0].isspace():
            continued += 1  # of the line above, whatever that is
        else:
            others, continued = others + 1 + continued, 0
    others += continued
    found = trailers and (not others or (gits_own and trailers * 3 >= others))
    return last + 1 if found else len(lines)
