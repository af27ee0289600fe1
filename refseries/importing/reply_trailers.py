# SPDX-License-Identifier: GPL-2.0-or-later
"""The trailers that somebody gives in a mail; pure. b4's rules (``find_trailers`` of LoreMessage).

What stands in a patch that is attached or pasted into the mail is part of that patch.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from refseries.importing import tag_scope
from refseries.mail.bodytext import plain_blanks
from refseries.mail.message import Mail
from refseries.model import Identity
from refseries.series.patches import DIFF_START

_LONGEST = 400  # characters of a line; no trailer is longer
_MOST_TEXT = 200_000  # characters of a mail that are looked at
_MOST = 100  # trailers of one mail

_PERSON = re.compile(r"[ \t]*([A-Za-z][A-Za-z-]{0,40}-by):\s+(\S.*)", re.I)
_OTHER = re.compile(
    r"[ \t]*(?:(Fixes):\s+([0-9a-f]{6,}(?:\s.*)?$)|(Link|BugLink|Closes):\s+(https?://\S+.*))", re.I
)
_NOTE = re.compile(r"[ \t]*(\[[^\[\]]+\])[ \t]*")
_BROKEN = re.compile(
    r"^([A-Za-z-]{1,40}-by:[ \t]{1,4}(?=\S)[^<>\n]{1,100}?)[ \t]*\n[ \t]{0,8}(<[^<>\n]{1,200}>)$",
    re.M,
)
_BROKEN_FIXES = re.compile(
    r"^[ \t]{0,8}(Fixes:[ \t]{1,4}[0-9a-f]{6,40} \([^)\n]{1,200})\n"
    r"[ \t]{0,8}([^)\s][^)\n]{0,200}\))$",
    re.M | re.I,
)
# Name <address <mailto:address>>, Name <mailto:address>
_MAILTO = re.compile(r"<([^<>\s]{1,200}) ?<mailto:\1>+|<mailto:([^<>\s]{1,200})>", re.I)
# What a person takes for a trailer, and b4 does not.
_ALMOST = re.compile(
    r"(?![>|]).{0,80}?(?<![\w-])((?:[A-Z][a-z]{2,12}(?:-[a-z]{2,10}){0,3}-by|Fixes|Closes)"
    r"[*_`]{0,2}\s?[:：](?!/).*|(?:Acked|Reviewed|Tested|Reported|Suggested|Signed off)[ _]by\s?:.*"
    r"|Cc:\s{0,4}<?stable@.*)"
)
# Behind such a line, the mail goes on with one that somebody else is to send.
_PASTED = re.compile(
    r"^(?:From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001|[- ]{2,60}(?:>8|8<|>%|%<).*)$", re.M
)
_INDENTED = re.compile(r"^(?: {2}|\t).*", re.M)  # as a message that somebody proposes
_OF_ITS_AUTHOR = frozenset({"signed-off-by", "co-developed-by"})


@dataclass(frozen=True)
class Given:
    """The trailers of a mail.

    Attributes:
        lines: as they go into a message; a note in brackets below one is part of it.
        above: of lines, what says for which patches they are given.
        unvouched: likewise; of somebody who is not the sender, by name and address.
        others: trailers that are part of a patch which the mail shows.
        almost: what a person takes for a trailer, and b4 does not.
    """

    lines: tuple[str, ...] = ()
    unvouched: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    almost: tuple[str, ...] = ()
    above: tuple[tuple[str, str], ...] = ()


def trailers_given(mail: Mail) -> Given:
    """The trailers that ``mail`` gives to what it answers."""
    said, _, rest = mail.inline.partition("\n-- \n")
    pasted = _PASTED.search(said)
    own = said[: pasted.start()] if pasted else said
    others = [*_find(said[pasted.start() :])] if pasted else []
    if mail.inline is not mail.body:
        there = set(_find(f"{said}\n{rest}"))
        others += [line for line in _find(mail.body) if line not in there]
    lines: list[str] = []
    unvouched: list[str] = []
    shows_diff = DIFF_START.search(own) is not None
    proposed = set(_find("\n".join(_INDENTED.findall(own[:_MOST_TEXT]))))
    for line in _find(own):
        name, _, value = line.partition(": ")
        if name.lower() in _OF_ITS_AUTHOR and (shows_diff or line in proposed):
            others.append(line)
        elif not name.lower().endswith("-by") or vouches(mail.author, value):
            lines.append(line)
        else:
            unvouched.append(line)
    read = [None if line.lstrip().startswith(">") else line for line in _lines(own)]
    above = ((line, tag_scope.line_above(read, line)) for line in lines)
    return Given(
        lines=tuple(lines),
        unvouched=tuple(unvouched),
        others=tuple(dict.fromkeys(others)),
        almost=tuple(_almost(own)),
        above=tuple((line, said) for line, said in above if said),
    )


def _find(text: str) -> list[str]:
    """The trailers in ``text``, each once, in order."""
    found: list[str] = []
    follows = False
    for line in _lines(text):
        trailer = _trailer(line) if len(line) <= _LONGEST else None
        if trailer and trailer.isprintable():
            found.append(trailer)
        elif follows and (note := _NOTE.fullmatch(line[:_LONGEST])) and note[1].isprintable():
            found[-1] += f"\n{note[1]}"
        follows = bool(trailer) and bool(found)
    return list(dict.fromkeys(found))[:_MOST]


def _lines(text: str) -> list[str]:
    """The lines of ``text`` without what a program did to their blanks, or broke in two."""
    plain = plain_blanks(text[:_MOST_TEXT])
    joined = _BROKEN_FIXES.sub(r"\1 \2", _BROKEN.sub(r"\1 \2", plain))
    return [line.rstrip() for line in joined.split("\n")]


def _almost(text: str) -> list[str]:
    found = [
        like[1]
        for line in _lines(text)
        if len(line) <= _LONGEST and (like := _ALMOST.match(line)) and not _trailer(line)
    ]
    return list(dict.fromkeys(one for one in found if one.isprintable()))[:_MOST]


def _trailer(line: str) -> str | None:
    if person := _PERSON.match(line):
        return f"{person[1]}: {plain(person[2])}"
    if other := _OTHER.match(line):
        return f"{other[1] or other[3]}: {other[2] or other[4]}"
    return None


def plain(value: str) -> str:
    """A person in a trailer without what programs make of an address for a browser."""
    said = html.unescape(value) if "&lt;" in value else value
    return _MAILTO.sub(lambda found: f"<{found[1] or found[2]}>", said).removesuffix(",")


def vouches(sender: Identity, value: str) -> bool:
    """Whether a trailer names who sent it, by address or by name, as b4 wants it."""
    name, angle, rest = value.partition("<")
    if angle:
        address = rest.partition(">")[0].strip()
    else:
        name, address = "", next((word for word in value.split() if "@" in word), "")
    if "@" not in address:
        return False
    same_name = name.strip('" ').casefold() == sender.name.casefold() != ""
    return same_name or _same_address(address.casefold(), sender.email.casefold())


def _same_address(one: str, other: str) -> bool:
    """Whether two addresses are one person's: but for ``+tag``, and a host below the other's."""
    first, second = (re.sub(r"\+[^@]*@", "@", address) for address in (one, other))
    if first == second:
        return True
    (name, _, host), (their_name, _, their_host) = first.partition("@"), second.partition("@")
    dots = abs(host.count(".") - their_host.count("."))
    below = host.endswith(f".{their_host}") or their_host.endswith(f".{host}")
    return bool(host and their_host) and name == their_name and below and dots == 1
