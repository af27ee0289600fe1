# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reviewer says of his own doings, or asks of another maintainer; pure.

"Fixed that up and applied", "I can queue it up tomorrow", "Otto, can you take this?": the words ask
or blame in other places, so `courtesy` leaves them. Here each sentence is of a form known whole.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from refseries.review.reading import courtesy, phrases
from refseries.review.reading.courtesy import Courtesy
from refseries.review.reading.phrases import PhraseBook
from refseries.review.reading.speakers import Company

_LONGEST = 500
"""Characters; what is longer says more than this."""
# The lists of own_doings.phrases in the order in which they are tried.
_KINDS = {
    "taken": Courtesy.TAKEN,
    "agreement": Courtesy.AGREEMENT,
    "thanks": Courtesy.THANKS,
    "announced": Courtesy.ANNOUNCES,
}
_SENTENCES = re.compile(
    r"(?<=[.!?])\s+|,\s+(?=(?:many |and )?(?:thanks|thank you|cheers|thx)\b)", re.IGNORECASE
)


@cache
def _book() -> PhraseBook:
    return phrases.read(Path(__file__).with_name("own_doings.phrases"))


def doings_of(text: str, company: Company = courtesy.NOBODY) -> Courtesy | None:
    """What a paragraph says of its writer's doings; None where it may ask the author for something.

    Args:
        text: its lines, joined by blanks.
        company: who takes part; what an author is asked is for him.
    """
    text = phrases.plain(text) if len(text) <= 4 * _LONGEST else ""
    if not text or len(text) > _LONGEST:
        return None
    said = _book()["harmless"].without(phrases.words(text))
    if _book()["wants"].within(said):
        return None
    kinds: list[Courtesy] = []
    for sentence in _SENTENCES.split(text):
        kind = _form(sentence, company) or courtesy.courtesy_of(sentence, company)
        if kind is None:
            return None
        kinds.append(kind)
    return min(kinds, key=tuple(Courtesy).index)


def _form(sentence: str, company: Company) -> Courtesy | None:
    book, said = _book(), phrases.words(sentence.rstrip(".!:; "))
    if book["asks-another"].are(said):
        called = set(said.casefold().rpartition(",")[0].split()) - {",", "and", "/"}
        known = book["tree"].within(said) or called <= company.names
        return Courtesy.AGREEMENT if known and not called & company.authors else None
    return next((kind for name, kind in _KINDS.items() if book[name].are(said)), None)
