# SPDX-License-Identifier: GPL-2.0-or-later
"""Which line of a version a reviewer's point is about; pure.

The quote above the point is compared with the version line by line, without regard to space, as
mail programs wrap and mangle it. Where a line stands at several places, its neighbours in the quote
tell them apart; where the version has it otherwise, as a reconstruction may, the line that is most
like it is taken, if it is like it enough.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from refseries.review.model import COVER, Anchor
from refseries.review.reading.points import Point
from refseries.review.reading.quotes import LineKind, MailLine
from refseries.review.reading.version_lines import Place, Places, key

_FILE = re.compile(r"(?:diff --git .*\sb/|\+\+\+ b/|--- a/)(?P<path>\S+)\s*")
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(?P<line>\d+)(?:,\d+)? @@ ?(?P<section>.*)")
_HEADER = re.compile(r"diff --git |index [0-9a-f]|(?:\+\+\+|---) (?:[ab]/|/dev/null)|@@ -")
_CODE = re.compile(r"\s*(?:if|for|while|switch) ?\(.*|.*\S[;{]\s*|\s*[{}]\s*|[+-]\t.*")
# A line that a diff adds or takes away; not one of a list, nor the rule below a message.
_CHANGED = re.compile(r"\+|-(?! \S|-|\s*\Z)")

# What stands in a mail between message and diff; words of it look like many a line of the patch.
_STAT = re.compile(
    r"\s*\S.{0,200} \|\s+(?:\d+(?: [+-]*)?|Bin\b.*)|\s*\d+ files? changed\b.*"
    r"|\s*(?:create|delete|rename|copy|mode change)\b.{0,300}|---\s*|.{1,80} \(\d+\):\s*"
)
_TAG = re.compile(
    r"(?:[A-Z][A-Za-z]*(?:-[A-Za-z]+)*-by|Cc|CC|Link|Closes|Fixes|Change-Id|base-commit|prerequisite-\S+)"
    r": .*"
)
_VERSION_OF_GIT = re.compile(r"-- ?|\d+(?:\.\d+){1,3}\S*\s*")

_LIKE = 0.6  # how much of a line must be the same, where its surroundings speak for it
_ALIKE = 0.8  # and where they do not
_LONG = 12  # a line whose key is shorter stands in many functions
_TRIES = 15  # lines of a quote that are looked for
_CONTEXT = 8  # neighbours that are compared
_SKIP = 4  # lines that the version may have between two of the quote
_MISSED = 0.25  # what a neighbour counts, for each nearer one that is not there
_MOST_ALIKE = 200  # places of one line that are weighed
_COMPARED = 500  # near misses that are looked at in one mail
_SEARCHED = 300  # quotes of one mail that are looked for in the texts
_LINE = 300  # characters of a line that are compared
_WORDS = 40  # of the end of a quoted text that are looked for


class Certainty(StrEnum):
    """How well a point was placed: ``line`` is the line itself, ``near`` one that is like it.

    ``file``: only the file is known; ``text``: the message or the cover, not where in it;
    ``none``: no place was found for what is quoted, or too many.
    """

    LINE = "line"
    NEAR = "near"
    FILE = "file"
    TEXT = "text"
    NONE = "none"


@dataclass(frozen=True)
class Found:
    """An anchor, and how sure it is."""

    anchor: Anchor
    certainty: Certainty


@dataclass(frozen=True)
class _Quoted:
    """A quoted line and where in the patch the quote itself says it is.

    Attributes:
        at: its number in the mail.
        file, section: of the headers last quoted; empty while there was none.
        line: counted from the hunk's header; 0 when lines were left out since.
        group: lines of one group follow one another in the patch.
    """

    at: int
    text: str
    depth: int
    file: str
    section: str
    line: int
    group: int

    @property
    def code(self) -> str:
        """The line without the mark of the diff, if it still has one."""
        return self.text[1:] if self.text[:1] in "+- " else self.text

    @property
    def header(self) -> bool:
        return _HEADER.match(self.text) is not None


class Anchorer:
    """Places the points of one mail.

    Args:
        places: the version that it reviews.
        lines: the mail's.
        patch: what the mail answers, as far as its subject tells: the name of a patch file,
            ``cover``, or empty.
    """

    def __init__(self, places: Places, lines: Sequence[MailLine], patch: str) -> None:
        self._places = places
        self._lines = lines
        self._patch = patch
        self._quoted = list(_read_quotes(lines))
        self._at = [line.at for line in self._quoted]
        self._index = {line.at: position for position, line in enumerate(self._quoted)}
        self._files = {place.file for place in places.diff}
        self._compared = self._searched = 0
        self._last = -1  # where the point before was placed; a mail goes through a patch in order

    def find(self, point: Point) -> Found:
        """What ``point`` is about."""
        first, last = (bisect_left(self._at, at) for at in (point.first, point.last))
        run = self._quoted[first:last]
        if found := self._in_tail(run):
            return found
        if found := self._in_head(run):
            return found
        looks_like_diff = any(line.file for line in run) or any(
            _CHANGED.match(line.text) for line in run
        )
        if not looks_like_diff and (found := self._in_text(run)):
            return found
        tried = self._to_try(run, point)
        for line in tried:
            if found := self._in_diff(line):
                return found
        if looks_like_diff and (found := self._in_text(run)):
            return found
        return self._somewhere(run, looks_like_diff or any(map(self._exact, tried)))

    def _in_tail(self, run: Sequence[_Quoted]) -> Found | None:
        """The message or cover, if the comment stands under its tags or its diffstat."""
        said = [line for line in run if line.text.strip()]
        while said and not said[-1].file and _VERSION_OF_GIT.fullmatch(said[-1].text):
            said.pop()
        if not said or said[-1].file:
            return None
        last = said[-1]
        tag = _TAG.fullmatch(last.text) is not None
        if not tag and not _STAT.fullmatch(last.text):
            return None
        found = self._somewhere(run, code=False)
        text = self._places.texts.get(found.anchor.patch)
        for number, line in enumerate(text.lines if text and tag else (), 1):
            if key(line) == key(last.text):
                return Found(Anchor(found.anchor.patch, "", number, line), Certainty.LINE)
        return found

    def _in_head(self, run: Sequence[_Quoted]) -> Found | None:
        """The file, if the comment stands right under the lines that name it."""
        said = next((line for line in reversed(run) if line.text.strip()), None)
        if not said or not said.header or said.file not in self._files:
            return None
        return self._somewhere([said], code=True)

    def _to_try(self, run: Sequence[_Quoted], point: Point) -> list[_Quoted]:
        """The lines of the quote that may be meant, the likeliest first.

        The patch is what is quoted deepest; what is less deep are answers to it. A comment is
        about the line above it; but one that offers other code is about all the code above it,
        which starts with its first line.
        """
        deepest = max((line.depth for line in run), default=0)
        telling = [
            line
            for line in run
            if line.depth == deepest and not line.header and re.search(r"\w", line.code)
        ]
        last_part = [line for line in telling if line.group == telling[-1].group]
        blanks = [
            n for n in range(point.first, point.last) if self._lines[n].part is LineKind.BLANK
        ]
        last_part = [line for line in last_part if not blanks or line.at > blanks[-1]] or last_part
        offers_code = any(map(_CODE.fullmatch, point.comment.split("\n")))
        if offers_code and len(last_part) <= _TRIES:
            return last_part
        return telling[: -_TRIES - 1 : -1]

    def _in_diff(self, line: _Quoted) -> Found | None:
        exact = self._exact(line)
        if len(exact) > _MOST_ALIKE:
            exact = [place for place in exact if place.file == line.file][:_MOST_ALIKE]
        known = {line.file} & self._files
        if within := [place for place in exact if place.file in known]:
            exact = within
        if exact:
            scores = {place: self._score(line, place) for place in exact}
            best = max(scores.values())
            top = [place for place, score in scores.items() if score == best]
            if len(top) > 1 and not self._supported(line, top[0]):
                if len({place.file for place in top}) == 1:
                    return Found(Anchor(top[0].patch, top[0].file), Certainty.FILE)
                return None
            chosen = next((place for place in top if place.number > self._last), top[0])
            if len(key(line.code)) >= _LONG or len(exact) == 1 or self._supported(line, chosen):
                return self._take(chosen, Certainty.LINE if len(top) == 1 else Certainty.NEAR)
        return self._in_diff_nearly(line, known)

    def _in_diff_nearly(self, line: _Quoted, known: set[str]) -> Found | None:
        """The line of the diff that is most like the quoted one, if it is like it enough."""
        best_place, best_score = None, 0.0
        self._compared += 1
        if self._compared > _COMPARED:
            return None
        for place in self._places.similar(line.code[:_LINE], known):
            like = _likeness(line.code, place.text)
            if like < _LIKE:
                continue
            enough = _LIKE if known or self._supported(line, place) else _ALIKE
            score = like + self._score(line, place)
            if like >= enough and score > best_score:
                best_place, best_score = place, score
        return self._take(best_place, Certainty.NEAR) if best_place else None

    def _take(self, place: Place, certainty: Certainty) -> Found:
        self._last = place.number
        return Found(place.anchor, certainty)

    def _exact(self, line: _Quoted) -> list[Place]:
        """Places of a line, also when a mail program has broken it in two."""
        if not key(line.code):
            return []
        found = [*self._places.exact(line.code)]
        if not found and line.text != line.code:
            found += self._places.exact(line.text)  # the mark of the diff was lost
        position = self._index[line.at]
        if not found and position + 1 < len(self._quoted):
            found += self._places.exact(line.code + self._quoted[position + 1].text)
        if not found and position:
            found += self._places.exact(self._quoted[position - 1].code + line.text)
        return found

    def _score(self, line: _Quoted, place: Place) -> float:
        """How much speaks for it that ``line`` is the one at ``place``, but for its text."""
        score = 0.15 * self._neighbours(line, place)
        score += 0.5 * (place.patch == self._patch)
        score += 0.3 * (bool(line.section) and line.section.strip() == place.section.strip())
        score += 0.1 * (line.text[:1] == place.mark)
        if line.line and line.file == place.file:
            score += 0.4 / (1 + abs(line.line - place.line))
        return score

    def _supported(self, line: _Quoted, place: Place) -> bool:
        named = bool(line.section) and line.section.strip() == place.section.strip()
        counted = line.line == place.line and line.file == place.file
        return named or counted or self._neighbours(line, place) > 0

    def _neighbours(self, line: _Quoted, place: Place) -> float:
        """How many lines around ``line`` are around ``place`` as well, in the same order.

        What stands behind one that is not there counts for little: it may have been quoted for
        another point, and the lines between cut without a mark.
        """
        position = self._index[line.at]
        count = 0.0
        for step in (-1, 1):
            at, weight = place.number, 1.0
            for offset in range(1, _CONTEXT + 1):
                there = position + step * offset
                if not 0 <= there < len(self._quoted):
                    break
                other = self._quoted[there]
                if other.group != line.group or other.header:
                    break
                wanted = key(other.code)
                if not wanted:
                    continue
                for ahead in range(1, _SKIP + 1):
                    number = at + step * ahead
                    if not 0 <= number < len(self._places.diff):
                        break
                    if key(self._places.diff[number].text) == wanted:
                        at, count = number, count + weight
                        break
                else:
                    weight *= _MISSED
        return count

    def _in_text(self, run: Sequence[_Quoted]) -> Found | None:
        """The line of a commit message or the cover in which the quoted text ends."""
        self._searched += 1
        if self._searched > _SEARCHED:
            return None
        tail = (line.text[: 4 * _LINE] for line in run[-_WORDS:])
        words = [word for text in tail for word in text.split()][-_WORDS:]
        names = [self._patch, *(name for name in self._places.texts if name != self._patch)]
        best, best_size = None, 0
        for text in (self._places.texts[name] for name in names if name in self._places.texts):
            there = [(word, n) for n, line in enumerate(text.lines, 1) for word in line.split()]
            match = SequenceMatcher(
                None, [word for word, _n in there], words, autojunk=False
            ).find_longest_match()
            if match.size > best_size:
                number = there[match.a + match.size - 1][1]
                best = Anchor(text.patch, "", number, text.lines[number - 1])
                best_size = match.size
            if best and best.patch == self._patch and best_size >= len(words) // 2:
                break
        if best and best_size >= max(min(4, len(words)), len(words) // 4, 2):
            return Found(best, Certainty.LINE)
        return None

    def _somewhere(self, run: Sequence[_Quoted], code: bool) -> Found:
        """What is left when no line of the quote has a place of its own."""
        if code:
            for line in reversed(run):
                patch = next((p.patch for p in self._places.diff if p.file == line.file), "")
                if line.file and patch:
                    return Found(Anchor(patch, line.file), Certainty.FILE)
            return Found(Anchor(self._patch), Certainty.NONE)
        patch = self._patch or (COVER if len(self._places.subjects) != 1 else "")
        patch = patch or next(iter(self._places.subjects))
        return Found(Anchor(patch), Certainty.TEXT)


def _read_quotes(lines: Sequence[MailLine]) -> Iterator[_Quoted]:
    file = section = ""
    number = group = 0
    for at, line in enumerate(lines):
        if line.part is LineKind.CUT:
            number, group = 0, group + 1
        if line.part is not LineKind.QUOTE:
            continue
        if header := _FILE.fullmatch(line.text):
            file, section, number = header["path"], "", 0
            group += 1
        elif hunk := _HUNK.match(line.text):
            section, number = hunk["section"], int(hunk["line"])
            group += 1
        yield _Quoted(at, line.text, line.depth, file, section, number, group)
        if number and not _HEADER.match(line.text) and line.text[:1] != "-":
            number += 1


def _likeness(one: str, other: str) -> float:
    """From 0 to 1; a line that was cut counts as far as it goes."""
    a, b = key(one[:_LINE]), key(other[:_LINE])
    if len(a) >= _LONG and b.startswith(a):
        return 1.0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.real_quick_ratio() < _LIKE or matcher.quick_ratio() < _LIKE:
        return 0.0
    return matcher.ratio()
