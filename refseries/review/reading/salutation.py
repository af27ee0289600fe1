# SPDX-License-Identifier: GPL-2.0-or-later
"""How a mail begins and ends: greetings, and what stands in front of a name; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from refseries.model import Identity
from refseries.review.reading import courtesy

_GREETING = re.compile(
    r"(?:(?i:hi|hello|hey|dear|moin|hallo|salut|bonjour|hola|ciao|hej|ahoj"
    r"|good (?:morning|evening|day))"
    r"(?:,? (?:all|there|everyone|folks|and|&|[A-Z][\w.'-]*)){0,5}|[A-Z]\w{1,20}(?=,))\s*[,.!:;-]?"
)
_SIGN_OFF = re.compile(
    r"(?:many |best |kind |warm )*(?:thanks|thank you|thx|cheers|regards|best|br|hth|bye"
    r"|sincerely|mfg)\b(?: (?:in advance|again|a lot|and \w+|(?P<cause>for [\w ]{1,40})))?[,.!]*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[-–—~]*\s*[^\W\d_a-z][\w.'-]*(?: [^\W\d_a-z][\w.'-]*){0,2}")
_DASHED = re.compile(r"(?:-{2,3}|[–—~]) ?[^\W\d_a-z]\w{0,20}(?: [^\W\d_a-z][\w.'-]{0,20}){0,2}")
# Words in front of a name, in whatever language: few, a comma, and nothing that says something.
_VALEDICTION = re.compile(r"[^\s?!.]+(?: [^\s?!.]+){0,2},")
_SAYS = re.compile(
    r"\b(?:is|are|was|be|use|uses|make|add|drop|remove|no|nope|nit|not|why|how|what|wrong|missing"
    r"|better|needs?|must|should|please|fix)\b|n't\b",
    re.IGNORECASE,
)
_LAST_LINES = 3
_LONGEST = 300  # characters of a greeting or a name
_NICKNAME = 4  # letters of a name that are taken for it


def is_greeting(line: str, names: frozenset[str] = frozenset()) -> bool:
    """Whether a mail's first line greets, and says nothing else.

    Args:
        names: words of the names of those who take part, in lower case: "Ada King," greets one.
    """
    text = line.strip()
    if len(text) > _LONGEST:
        return False
    if text.endswith(",") and set(text.lower().removesuffix(",").split()) <= names:
        return True
    return _GREETING.fullmatch(text) is not None and _SAYS.search(text) is None


class Above(Enum):
    """What stands above a paragraph: his own text, a quote alone, or one below points of his."""

    TEXT = "text"
    POINT = "point"
    QUOTE = "quote"


def sign_off(
    lines: Sequence[str], who: Identity, following: Sequence[str], above: Above, *, last: bool
) -> int:
    """Where the sign-off at the end of a paragraph begins; the number of lines if there is none.

    Args:
        lines: of the paragraph.
        following: the lines of the paragraph below it, up to the next quote.
        above: right below a quote, words in front of a name may be all that he says of it:
            "Dead code," and his name.
        last: whether no paragraph of his follows, up to the next quote.
    """
    stripped = [line.strip() for line in lines]
    for number in range(max(0, len(lines) - _LAST_LINES), len(lines)):
        first, *names = stripped[number:]
        if signed := _SIGN_OFF.match(first):
            if signed["cause"] and courtesy.courtesy_of(first) is None:
                continue  # "Thanks for the patch but it leaks."
            names = [name for name in (first[signed.end() :].strip(), *names) if name]
            if all(_NAME.fullmatch(name) or _is_name(name, who) for name in names):
                return number
        elif not names and (
            _is_name(first, who)
            or (last and (above is not Above.QUOTE or number) and _DASHED.fullmatch(first))
        ):
            return number - 1 if number == 1 and _is_valediction(stripped[0], above) else number
    named = len(following) == 1 and _is_name(following[0].strip(), who)
    if named and len(lines) == 1 and _is_valediction(stripped[0], above):
        return 0
    return len(lines)


def _is_valediction(line: str, above: Above) -> bool:
    """One word, where he has made his points; more below what he says here; none of our words."""
    enough = above is Above.TEXT or (above is Above.POINT and " " not in line)
    return enough and _VALEDICTION.fullmatch(line) is not None and _SAYS.search(line) is None


def _is_name(line: str, who: Identity) -> bool:
    if len(line) > _LONGEST:
        return False
    words = re.findall(r"\w+", line.lower())
    own = re.findall(r"\w+", f"{who.name} {who.email}".lower())
    if not words or set(words) <= set(own):
        return bool(words)
    # "ada k-l" of an Ada King-Love.
    if words[0] in own and all(any(o.startswith(w) for o in own) for w in words):
        return True
    # "Steve" of a Steven, "--D" of a Dora.
    short = len(words) == 1 and (len(words[0]) >= _NICKNAME or line.startswith("-"))
    return short and _NAME.fullmatch(line) is not None and any(o.startswith(words[0]) for o in own)
