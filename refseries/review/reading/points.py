# SPDX-License-Identifier: GPL-2.0-or-later
"""The points that a review mail makes, and what in it is none; pure.

A point is what the reviewer wrote under a quote. Nothing he wrote is lost: what makes no point is
kept as a trailer or an aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from refseries.importing import reply_trailers
from refseries.mail.bodytext import plain_blanks
from refseries.model import Identity
from refseries.review.reading import (
    automatic,
    classify,
    courtesy,
    listed,
    own_doings,
    salutation,
    speakers,
    tag_terms,
    taken_form,
)
from refseries.review.reading.courtesy import Courtesy
from refseries.review.reading.quotes import LineKind, MailLine
from refseries.review.reading.salutation import Above
from refseries.review.reading.speakers import Company

_TRAILER = re.compile(
    r"((?:Reviewed|Acked|Tested|Nacked|NACKed|Reported-and-tested|Reviewed-and-tested"
    r"|Tested-and-reviewed|Acked-and-tested|Suggested|Reported|Debugged)-by"
    r"|Fixes(?=:[ \t]+[0-9a-f]{6,}(?:\s|$))|(?:Link|BugLink|Closes)(?=:[ \t]+https?://\S)"
    r"):[ \t]*(\S.*)",
    re.IGNORECASE,
)
_SIGNED_OFF = re.compile(r"Signed-off-by:[ \t]*(\S.*)", re.IGNORECASE)  # as a co-author does
_ADDRESS = re.compile(r"\s*<")
_TITLE_ENDS = re.compile(r"[^()]{1,200}\)\s*")  # of a commit whose title a program broke
_REFUSAL = re.compile(
    r"(?:(?:oh|hell|well|h?u?m{1,9}|thanks|sorry|uh)[,.]{0,9} ){0,9}(?:no|nope|nah)"
    r"(?:,? (?:thanks|thank you|please))?[.!,\s]*",
    re.I,
)
_DITTO = re.compile(r"same here[.!,\s]*", re.I)
_OF_DIFF = ("+", "-", " ", "\t", "@")
_GOES_ON = re.compile(r"\.{3}|…")
_ENDS_OPEN = re.compile(r"(?:\.{3}|…|:)\s*\Z")
_APART = re.compile(
    r"(?:also|another|second(?:ly)?|third(?:ly)?|further(?:more)?|besides|additionally|separately"
    r"|moreover|finally|lastly|one more|and another)\b[ ,:]"
    rf"|{listed.ITEM.pattern}|\[(?:severity|level|priority)\s*:"
    r"|missing\b|(?:minor |small |tiny )?nit(?:pick)?\b|typo\b|s/[^/]{1,80}/[^/]{0,80}/",
    re.IGNORECASE,
)

MAX_POINTS = 1000
"""What is said behind so many points in one mail belongs to the last of them."""
_MAX_PARAGRAPHS = 2000  # of a mail that are looked at for whether they ask for nothing

_LONGEST_JOINED = 10_000  # characters of a point that goes on below another quote
_LOOKED_ABOVE = 50  # lines of a quote

QUOTE_LINES = 40
"""How many lines of a quote a task keeps; those nearest to the comment."""


@dataclass(frozen=True)
class Point:
    """One thing that the reviewer said.

    Attributes:
        comment: his words, paragraph by paragraph.
        first, last: the lines of the mail (from 0, ``last`` excluded) that it stands under; equal
            when it stands under none.
        also: whose comment, in the quote, he answers.
    """

    comment: str
    first: int
    last: int
    also: tuple[Identity, ...] = ()


@dataclass(frozen=True)
class Aside:
    """Something that asks for nothing, why it is taken for that, and the quote as in a Point."""

    why: str
    text: str
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Reading:
    """All that stands in one mail. ``trailers`` are names and values."""

    lines: tuple[MailLine, ...]
    points: tuple[Point, ...]
    trailers: tuple[tuple[str, str], ...]
    asides: tuple[Aside, ...]

    @property
    def taken(self) -> str:
        """The words in which the mail says that a tree took what it answers; may be empty."""
        said = (aside.text for aside in self.asides if aside.why == Courtesy.TAKEN)
        return " ".join(next(said, "").split())


@dataclass(frozen=True)
class _Block:
    """What the reviewer wrote in one go, as paragraphs, and the quote above it."""

    paragraphs: list[list[str]]
    first: int
    last: int


def read(
    lines: tuple[MailLine, ...], reviewer: Identity, company: Company = courtesy.NOBODY
) -> Reading:
    """Find the points in the lines of a mail.

    Args:
        lines: as ``quote.parse`` gives them.
        reviewer: who wrote the mail.
        company: who else takes part.
    """
    found = _Finder(reviewer, lines, company)
    said = speakers.people_quoted(lines)
    rest: list[str] = []  # what is said behind more points than anybody makes
    for block in _blocks(lines):
        found.first, found.last = block.first, block.last
        groups = found.groups(block.paragraphs)
        if groups and found.points and _goes_on(found.points[-1], groups[0]):
            found.points[-1] = _with(found.points[-1], [_text(groups.pop(0))])
        also = speakers.answered(lines, block.first, block.last, said, reviewer) if groups else ()
        for group in groups:
            comment = _text(group)
            if len(found.points) < MAX_POINTS:
                found.points.append(Point(comment, block.first, block.last, also))
            else:
                rest.append(comment)
    if rest:
        found.points[-1] = _with(found.points[-1], rest)
    if not found.points:
        found.points += _hidden(lines, found.asides)
    return Reading(lines, tuple(found.points), tuple(found.trailers), tuple(found.asides))


def _hidden(lines: Sequence[MailLine], asides: Sequence[Aside]) -> list[Point]:
    """What announces remarks that nothing tells from the mail below it, which has no marks."""
    unmarked = any(line.part is LineKind.QUOTE and not line.mark for line in lines)
    said = [one for one in asides if unmarked and one.why == Courtesy.ANNOUNCES]
    return [Point(one.text, one.first, one.last) for one in said[:1]]


def _text(paragraphs: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(paragraph) for paragraph in paragraphs)


def _with(point: Point, more: Sequence[str]) -> Point:
    return replace(point, comment="\n\n".join([point.comment, *more]))


def _goes_on(point: Point, group: Sequence[Sequence[str]]) -> bool:
    """Whether a remark goes on with the sentence that the one above the quote began."""
    if len(point.comment) > _LONGEST_JOINED:
        return False
    begins = group[0][0].lstrip()
    if _GOES_ON.match(begins):
        return True
    return begins[:1].islower() and _ENDS_OPEN.search(point.comment) is not None


def _blocks(lines: Sequence[MailLine]) -> list[_Block]:
    blocks: list[_Block] = []
    paragraphs: list[list[str]] = []
    fresh = True  # the next line of his begins a paragraph
    first = last = 0  # the quote above
    quoting = False
    for number, line in enumerate(lines):
        if line.part is LineKind.OWN:
            quoting = False
            if fresh:
                paragraphs.append([])
            paragraphs[-1].append(line.text)
            fresh = False
            continue
        fresh = True
        if line.part is LineKind.BLANK:
            continue
        if paragraphs:
            blocks.append(_Block(paragraphs, first, last))
            paragraphs = []
        if line.part is LineKind.QUOTE:
            if not quoting:
                first, quoting = number, True
            last = number + 1
    if paragraphs:
        blocks.append(_Block(paragraphs, first, last))
    return blocks


@dataclass
class _Finder:
    """Takes out of the paragraphs what asks for nothing."""

    reviewer: Identity
    lines: Sequence[MailLine] = ()
    company: Company = courtesy.NOBODY
    points: list[Point] = field(default_factory=list)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    first: int = 0  # of the quote above the block at hand
    last: int = 0
    seen: int = 0  # paragraphs

    def groups(self, paragraphs: list[list[str]]) -> list[list[list[str]]]:
        """The paragraphs of one block that ask for something, those of one point together."""
        groups: list[list[list[str]]] = []
        paragraphs = taken_form.with_place(paragraphs)
        steps = listed.steps(paragraphs)
        shown = 0
        for position, paragraph in enumerate(paragraphs):
            if position < shown:
                continue
            if self._was_taken() and (shown := taken_form.end_of_patch(paragraphs, position)):
                lines = [line for below in paragraphs[position:shown] for line in below]
                self._aside("shows the patch as it was taken", lines)
                continue
            following = paragraphs[position + 1] if position + 1 < len(paragraphs) else []
            preceding = paragraphs[position - 1] if position else []
            rest = self._without_trailers(paragraph, preceding, following)
            last = position + 1 == len(paragraphs)
            above = (
                Above.TEXT if groups or position else Above.POINT if self.points else Above.QUOTE
            )
            rest = self._without_sign_off(rest, following, above, last=last)
            if not self.points and not groups:
                rest = self._without_greeting(rest)
            if not rest or self._is_aside(rest):
                continue
            announced = bool(groups) and groups[-1][-1][-1].rstrip().endswith(":")
            if groups and (announced or position in steps or not _is_apart(rest)):
                groups[-1].append(rest)
            else:
                groups.append([rest])
        return groups

    def _aside(self, why: str, lines: Sequence[str]) -> None:
        self.asides.append(Aside(why, "\n".join(lines), self.first, self.last))

    def _without_trailers(
        self, paragraph: list[str], preceding: list[str], following: list[str]
    ) -> list[str]:
        rest: list[str] = []
        before = len(self.trailers)
        open_tag = False  # the line before was a tag, and a program may have broken it
        for line in paragraph:
            if tag := _TRAILER.fullmatch(plain_blanks(line).rstrip()):
                self.trailers.append((tag.group(1), " ".join(tag.group(2).split())))
                open_tag = not tag_terms.wants_more(tag.group(1), tag.group(2))
                if not open_tag:
                    rest.append(line)
            elif (signed := _SIGNED_OFF.fullmatch(line.rstrip())) and reply_trailers.vouches(
                self.reviewer, signed[1]
            ):
                self._aside("signs it off", [line])
            elif open_tag and self._ends_tag(line):
                name, value = self.trailers[-1]
                self.trailers[-1] = (name, f"{value} {line.strip()}")
                open_tag = False
            else:
                open_tag = False
                rest.append(line)
        tagged = len(self.trailers) > before or any(map(_TRAILER.fullmatch, following[:1]))
        if tagged and len(rest) > 1 and tag_terms.goes_in_front(rest[-1].strip()):
            self._aside("goes with a trailer", [rest.pop()])
        given = len(self.trailers) > before or any(map(_TRAILER.fullmatch, preceding[-1:]))
        text = " ".join(rest)
        if (tagged and tag_terms.goes_in_front(text)) or (given and tag_terms.goes_behind(text)):
            self._aside("goes with a trailer", rest)
            return []
        return rest

    def _ends_tag(self, line: str) -> bool:
        """Whether a line is the address, or the end of the title, of the tag above it."""
        name, value = self.trailers[-1]
        if _ADDRESS.match(line):
            return "<" not in value
        broken = value.count("(") > value.count(")")
        return name.lower() == "fixes" and broken and _TITLE_ENDS.fullmatch(line) is not None

    def _without_greeting(self, lines: list[str]) -> list[str]:
        if lines and salutation.is_greeting(lines[0], self.company.names):
            self._aside("a greeting", lines[:1])
            return lines[1:]
        return lines

    def _without_sign_off(
        self, lines: list[str], following: list[str], above: Above, *, last: bool
    ) -> list[str]:
        number = salutation.sign_off(lines, self.reviewer, following, above, last=last)
        if number < len(lines):
            self._aside("a sign-off", lines[number:])
        return lines[:number]

    def _was_taken(self) -> bool:
        return any(aside.why == Courtesy.TAKEN for aside in self.asides)

    def _courtesy_of(self, text: str) -> Courtesy | None:
        found = courtesy.courtesy_of(text, self.company)
        return found or own_doings.doings_of(text, self.company)

    def _refuses(self, text: str) -> bool:
        """Whether it is a "no" to what no person asked, or blames code with a word of agreement."""
        above = self._last_quoted()
        asked = above.endswith("?") and not above.startswith(("+", "-"))
        if _REFUSAL.fullmatch(text):
            return not asked
        return _DITTO.fullmatch(text) is not None and above.startswith(_OF_DIFF)

    def _last_quoted(self) -> str:
        """The last line of the quote above that is not blank; empty where there is none."""
        for number in range(self.last - 1, max(self.first, self.last - _LOOKED_ABOVE) - 1, -1):
            if self.lines[number].text.strip():
                return self.lines[number].text.rstrip()
        return ""

    def _is_aside(self, lines: list[str]) -> bool:
        self.seen += 1
        if self.seen > _MAX_PARAGRAPHS:
            return False
        text = " ".join(line.strip() for line in lines)
        if self._refuses(text):
            return False
        if text.startswith("[") and text.endswith("]"):
            why = "a remark in brackets"
        elif kind := self._courtesy_of(text):
            why = str(kind)
        elif taken_form.lists_commits("\n".join(lines)):
            why = "lists what was taken"
        elif self._was_taken() and taken_form.is_one("\n".join(lines)):
            why = "tells how the tree is run that took it"
        elif not (why := _empty(lines, text)):
            return False
        self._aside(why, lines)
        return True


def _empty(lines: Sequence[str], text: str) -> str:
    """Why a paragraph asks for nothing, whoever wrote it; empty where it may ask."""
    if tag_terms.are_terms(text):
        return "goes with a trailer"
    if all(map(courtesy.tells_who_is_copied, lines)):
        return "tells who is copied"
    if all(map(automatic.is_command, lines)):
        return "is for a robot"
    return automatic.frame(text) or ("" if re.search(r"\w", text) else "has no words")


def _is_apart(paragraph: Sequence[str]) -> bool:
    """Whether a paragraph begins another point; an item of a list does if it asks by itself."""
    if not _APART.match(paragraph[0]):
        return False
    return not listed.ITEM.match(paragraph[0]) or classify.asks(" ".join(paragraph))


def quoted(lines: Sequence[MailLine], point: Point) -> str:
    """The quote of a point without the reviewer's marks, cut to the lines nearest to it."""
    kept: list[str] = []
    for line in lines[point.first : point.last]:
        # One ">" is his; those of the people whom he quotes stay.
        rest = re.sub(r"\A[^>]*> ?", "", line.mark)
        kept.append(rest + line.text if line.part is not LineKind.ATTRIBUTION else "")
    while kept and not kept[-1].strip():
        kept.pop()
    if len(kept) > QUOTE_LINES:
        kept = ["[...]", *kept[-QUOTE_LINES:]]
    return "\n".join(kept).strip("\n")
