# SPDX-License-Identifier: GPL-2.0-or-later
"""Who wrote which line of a mail: the reviewer, or somebody whom he quotes; pure.

Nothing is thrown away: the lines of a parsed mail, put together, are its text again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class LineKind(StrEnum):
    """What a line is in its mail.

    ``own`` is the reviewer's, ``cut`` stands where he left something of the quote out,
    ``attribution`` says whom he quotes, ``signature`` and ``footer`` (of the list) say nothing.
    """

    OWN = "own"
    BLANK = "blank"
    QUOTE = "quote"
    CUT = "cut"
    ATTRIBUTION = "attribution"
    SIGNATURE = "signature"
    FOOTER = "footer"


@dataclass(frozen=True, slots=True)
class MailLine:
    """One line: ``mark`` (``> > ``) and ``text`` together are what stands in the mail.

    Attributes:
        depth: how often it is quoted; 0 for what is not.
    """

    part: LineKind
    text: str
    mark: str = ""
    depth: int = 0


# "> > ", ">> ", " > ", and the initials that some programs put in front ("JH> "); not ">= 4".
_MARK = re.compile(r" ?(?:[A-Z]{2,4}(?=> ))?(?:>(?!=) ?){1,500}")
# "Jane Doe> ", of programs that put the whole name in front.
_NAMED = re.compile(r" {0,4}(?P<name>[^\s<>|:][^<>|\n]{1,60})(?:>(?!=)(?: |\Z)|>(?=>)){1,500}")
_CUT = re.compile(r"\.{3,}|…|-*\s*(?:8<|>8)\s*-*")
_CUT_WORD = re.compile(r"\.{2,}|…|(?:snip|trim|cut|skip)(?:ped|med)?", re.IGNORECASE)
_MAX_CUT = 60
_WROTE = (
    r"(?:wrote|writes|said|schrieb|schreibt|hat geschrieben|a écrit|escribió|ha scritto|schreef"
    r"|skrev"
    r"|escreveu|napisał\(?a?\)?|pisze|napsal\(?a?\)?|napísal\(?a?\)?|napisal\(?a?\)?|napisao"
    r"|kirjoitti"
    r"|írta|yazdı|a scris|rašė|написал\(?а?\)?|пишет|написав|пише|写道|寫道|写到|さんは書きました"
    r"|が書きました|のメール|님이 작성|đã viết)"
)
# A word of Chinese, Japanese or Korean stands right behind what is in front of it.
_WHEN_AND_WHO = re.compile(rf".{{1,300}}(?:(?<!\w)|(?=[\u3040-\uffff])){_WROTE}.{{0,40}}[:：]")
_DIRECTION = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069"))
# Some versions of Thunderbird leave the end of the line out in front of the quote.
_GLUED = re.compile(r"(?<=[:：])> ?(?!=).*\Z")
_PREPOSITION = re.compile(r"(?:On|Am|Le|El|Il|Op|Em|Den)\b")
# A language that is not in the table: somebody's date with its clock time, and a colon.
_DATE = re.compile(
    r"(?<![\w.-])(?:19|20)\d\d\b|(?:19|20)\d\d[年년]|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"
)
_CLOCK = re.compile(r"\d{1,2}[:時点시h.]\s?\d\d")
_SENTENCE = re.compile(r"[?!]|[a-z]{3}\. +[A-Z]|\. [A-Z]")
_MAX_ATTRIBUTION = 400
_WHO = re.compile(
    rf"[^.!?<]{{1,100}}(?:<[^<>]{{1,100}}>|\S@\S).{{0,80}}:"
    rf"|[\w .,'-]{{1,60}} {_WROTE}:"
    r"|Quoting .{1,200}(?::|\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\))"
)
_ATTRIBUTION_LINES = 4
_ORIGINAL = re.compile(r"\s*-{2,}\s*(?:Original|Forwarded) Message\s*-{2,}\s*", re.IGNORECASE)
# "[Jane] No.", "[JD]: No.", "[Jane >] No."
_ANSWER = re.compile(
    r"\[(?!PATCH|RFC)(?P<name>[A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,2}) ?[:>]{0,3}\]:?\s*\S"
)
_OUTLOOK = re.compile(r"\*?(?:From|Sent|Date|To|Cc|Subject):\*? ", re.IGNORECASE)
# The same in other languages: who sent it, and lines of the kind, one with the date.
_SENDER = re.compile(
    r"\*?(?:From|Von|De|Da|Van|Från|Fra|Frå|Lähettäjä|Od|Feladó|Kimden|Kimdən|От|Від|Από"
    r"|发件人|寄件者|寄件人|差出人|보낸 ?사람)\s?[:：]\*?\s?\S",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\*?[^\W\d_][^\W\d_' ]{0,25}(?: [^\W\d_]{1,20})?\s?[:：]\*?(?: |\s?\S)")
_OUTLOOK_LINES = 3
# The same on one line, or on two or three right above a quote with marks.
_SENT = re.compile(
    r"\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Inviato|To|Cc|Subject)\s?:", re.I
)
_RULED = re.compile(r"_{5,}\s*|\s*-{3,}[^-\d]{0,40}-{3,}\s*")
_SIGNATURE = re.compile(r"--\s?")
_SIGNATURE_LINES = 12
_RULE = re.compile(r"_{20,}\s*")
_LIST = re.compile(r"mailing list|https?://|unsubscribe", re.IGNORECASE)
_SCRUBBED = re.compile(r"-+ next part -+\s*")
_PGP_START = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\s*")
_PGP_END = re.compile(r"-----BEGIN PGP SIGNATURE-----\s*")

HEAD = 100_000
"""Characters of a mail that tell whether it is a patch, and whom it answers."""

MAX_LINES = 200_000
"""More lines than these are no review that a person wrote; sorting them out takes much memory."""

Continues = Callable[[str, str], bool]
"""Whether the second text is the rest of the first, a quoted line that a mail program broke."""


def _never(_line: str, _rest: str) -> bool:
    return False


def parse(
    body: str, continues: Continues = _never, names: Container[str] = ()
) -> tuple[MailLine, ...]:
    """Sort out the lines of a mail's body.

    Args:
        continues: asked about a line without mark right between two quoted ones.
        names: what people may be called in front of what they are quoted with.
    """
    lines = [_marked(line, names) for line in body.split("\n")]
    _mend_broken_quotes(lines, continues)
    _find_original(lines, names)
    _find_ends(lines)
    _find_attributions(lines)
    _keep_dots_of_code(lines)
    return tuple(lines)


def _marked(line: str, names: Container[str]) -> MailLine:
    mark = _MARK.match(line)
    if mark is None and (named := _NAMED.match(line)) and named["name"] in names:
        mark = named
    if mark and ">" in mark.group():
        return MailLine(LineKind.QUOTE, line[mark.end() :], mark.group(), mark.group().count(">"))
    if not line.strip():
        return MailLine(LineKind.BLANK, line)
    return MailLine(LineKind.CUT if _is_cut(line.strip()) else LineKind.OWN, line)


def _is_cut(text: str) -> bool:
    if len(text) > _MAX_CUT:
        return False
    if text[0] not in "[(<{" or text[-1] not in "])>}":
        return _CUT.fullmatch(text) is not None
    words = text[1:-1].split()
    rest = [word for word in words if not _CUT_WORD.fullmatch(word)]
    return len(rest) < len(words) and all(
        word.isdigit() or word.lower() in ("line", "lines") for word in rest
    )


def _mend_broken_quotes(lines: list[MailLine], continues: Continues) -> None:
    for number in range(1, len(lines) - 1):
        before, line, after = lines[number - 1 : number + 2]
        quoted = before.part is after.part is LineKind.QUOTE
        if quoted and line.part is LineKind.OWN and continues(before.text, line.text):
            lines[number] = replace(line, part=LineKind.QUOTE, depth=before.depth)


def _find_original(lines: list[MailLine], names: Container[str]) -> None:
    """Mark what a program that quotes without marks put below the reviewer's text.

    A paragraph in it that a name in brackets begins is an answer; his, if not of one of ``names``.
    """
    wrote = False
    for number, line in enumerate(lines):
        if not wrote or line.part is not LineKind.OWN:
            wrote = wrote or line.part is LineKind.OWN
            continue
        if header := _is_header([one.text for one in lines[number : number + _OUTLOOK_LINES]]):
            while number and _RULED.fullmatch(lines[number - 1].text):
                number -= 1
        if header or _ORIGINAL.fullmatch(line.text):
            if (end := _above_marked(lines, number)) is not None:
                _mark(lines, number, end, LineKind.ATTRIBUTION)
                return
            answers = False
            for rest in range(number, len(lines)):
                answer = _ANSWER.match(lines[rest].text)
                answers = (answers or answer is not None) and lines[rest].part is LineKind.OWN
                if answer and answer["name"] in names:
                    answers = False
                if not answers and lines[rest].part in (LineKind.OWN, LineKind.CUT):
                    lines[rest] = replace(lines[rest], part=LineKind.QUOTE, depth=1)
            return


def _above_marked(lines: list[MailLine], start: int) -> int | None:
    """Where the head of a mail ends whose text is quoted with marks; None where it is without."""
    blank = next((n for n in range(start, len(lines)) if lines[n].part is LineKind.BLANK), None)
    if blank is None or any(line.part is not LineKind.OWN for line in lines[start:blank]):
        return None
    below = next((n for n in range(blank, len(lines)) if lines[n].part is not LineKind.BLANK), None)
    return blank if below is not None and lines[below].part is LineKind.QUOTE else None


def _is_header(block: Sequence[str]) -> bool:
    """Whether lines are the head of a mail, as such a program shows it."""
    if len(block) < _OUTLOOK_LINES or not _SENDER.match(block[0]):
        return len(block) == _OUTLOOK_LINES and all(map(_OUTLOOK.match, block))
    dated = any(_DATE.search(one) for one in block)
    return all(map(_OUTLOOK.match, block)) or (dated and all(map(_FIELD.match, block)))


def _find_ends(lines: list[MailLine]) -> None:
    """Mark signatures, and what list software put behind the mail."""
    footer = _start_of_footer(lines)
    for number, line in enumerate(lines):
        if line.part is not LineKind.OWN:
            continue
        if number == footer:
            _mark(lines, number, len(lines), LineKind.FOOTER)
        elif line.text[:1] != "-":
            continue
        elif _PGP_START.fullmatch(line.text):
            _mark(lines, number, _until_blank(lines, number), LineKind.SIGNATURE)
        elif _PGP_END.fullmatch(line.text):
            _mark(lines, number, _until_quote(lines, number, len(lines)) or 0, LineKind.SIGNATURE)
        elif _SCRUBBED.fullmatch(line.text):
            _mark(lines, number, _until_blank(lines, number), LineKind.FOOTER)
        elif _SIGNATURE.fullmatch(line.text):
            end = _until_quote(lines, number, _SIGNATURE_LINES)
            if end is not None:
                _mark(lines, number, end, LineKind.SIGNATURE)


def _start_of_footer(lines: list[MailLine]) -> int | None:
    """The rule over the last few lines, if they are the list's."""
    said = [n for n, line in enumerate(lines) if line.part is not LineKind.BLANK]
    for number in reversed(said[-_SIGNATURE_LINES:]):
        if _RULE.fullmatch(lines[number].text):
            below = lines[number + 1 :]
            return number if any(_LIST.search(line.text) for line in below) else None
    return None


def without_tail(lines: Sequence[MailLine]) -> tuple[MailLine, ...]:
    """``lines`` of a mail that a program sent: what stands below its last rule is about itself."""
    rule = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].part is LineKind.QUOTE), -1)
    ends = [n for n in range(rule + 1, len(lines)) if re.fullmatch(r"-{3,}\s*", lines[n].text)]
    changed = list(lines)
    if ends:
        _mark(changed, ends[0], len(changed), LineKind.FOOTER)
    return tuple(changed)


def _until_blank(lines: list[MailLine], start: int) -> int:
    ends = (n for n in range(start + 1, len(lines)) if lines[n].part is not LineKind.OWN)
    return next(ends, len(lines))


def _until_quote(lines: list[MailLine], start: int, most: int) -> int | None:
    """Where the reviewer's block ends: at a quote, or at the attribution in front of it.

    None when more than ``most`` lines with words come before that.
    """
    said = 0
    for number in range(start + 1, len(lines)):
        if lines[number].part in (LineKind.QUOTE, LineKind.CUT):
            first = _attribution_above(lines, number)
            return number if first is None else max(first, start + 1)
        said += lines[number].part is not LineKind.BLANK
        if said > most + _ATTRIBUTION_LINES:
            return None
    return len(lines) if said <= most else None


def _mark(lines: list[MailLine], start: int, end: int, part: LineKind) -> None:
    for number in range(start, end):
        if lines[number].part in (LineKind.OWN, LineKind.BLANK):
            lines[number] = replace(lines[number], part=part)


def _find_attributions(lines: list[MailLine]) -> None:
    for number, line in enumerate(lines):
        above = lines[number - 1].part if number else None
        if line.part in (LineKind.QUOTE, LineKind.CUT) and above in (LineKind.OWN, LineKind.BLANK):
            first = _attribution_above(lines, number)
            if first is not None:
                _mark(lines, first, number, LineKind.ATTRIBUTION)


def _attribution_above(lines: list[MailLine], quote: int) -> int | None:
    """The first line of the attribution right above line ``quote``; None when there is none."""
    last = quote - 1
    while last >= 0 and lines[last].part is LineKind.BLANK:
        last -= 1
    found = None
    for first in range(last, max(last - _ATTRIBUTION_LINES, -1), -1):
        if lines[first].part is not LineKind.OWN:
            break
        text = " ".join(line.text[:_MAX_ATTRIBUTION].strip() for line in lines[first : last + 1])
        text = _GLUED.sub("", text.translate(_DIRECTION).strip())
        above = [line.text for line in lines[first : last + 1]]
        if _is_when_and_who(text) or _is_short_header(above):
            ruled = first > 0 and _ORIGINAL.fullmatch(lines[first - 1].text)
            return first - bool(ruled)
        if found is None and (_WHO.fullmatch(text) or _is_wrote(text)):
            found = first
    return found


def _is_short_header(block: Sequence[str]) -> bool:
    """Whether lines right above a quote are what some programs leave of a mail's head."""
    first, *rest = block
    if not _SENDER.match(first) or len(first) > _MAX_ATTRIBUTION:
        return False
    if rest:
        return all(map(_SENT.match, rest))
    sent = _SENT.search(first)
    return sent is not None and _DATE.search(first, sent.end()) is not None


def _is_when_and_who(text: str) -> bool:
    """Whether a text says when who wrote what stands below it, in whatever language."""
    if len(text) > _MAX_ATTRIBUTION or not text.endswith((":", "：")) or _SENTENCE.search(text):
        return False
    wrote = _WHEN_AND_WHO.fullmatch(text) is not None
    if _DATE.search(text) and (wrote or _CLOCK.search(text)):
        return True
    return wrote and _PREPOSITION.match(text) is not None


def _is_wrote(text: str) -> bool:
    """Whether a text says who wrote what stands below it, with a date in figures or an address."""
    named = re.search(r"\d|<\S+@", text) is not None
    return named and len(text) <= _MAX_ATTRIBUTION and _WHEN_AND_WHO.fullmatch(text) is not None


def _keep_dots_of_code(lines: list[MailLine]) -> None:
    """Dots between two lines of the reviewer's own stand for code, and leave out no quote."""
    before = LineKind.BLANK
    waiting: list[int] = []
    for number, line in enumerate(lines):
        if line.part is LineKind.CUT and before is LineKind.OWN:
            waiting.append(number)
        elif line.part is not LineKind.BLANK:
            if line.part is LineKind.OWN:
                for cut in waiting:
                    lines[cut] = replace(lines[cut], part=LineKind.OWN)
            waiting, before = [], line.part
