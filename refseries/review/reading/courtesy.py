# SPDX-License-Identifier: GPL-2.0-or-later
"""What asks for nothing: thanks, praise, agreement, and the word that a patch was taken; pure.

A text asks for nothing only if every clause of it is known to: a word that is not in these tables
makes a task. So what is missing here costs somebody a task too many, and never one too few.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from refseries.review.reading import phrases
from refseries.review.reading.phrases import PhraseBook
from refseries.review.reading.speakers import Company


class Courtesy(StrEnum):
    """What a text that asks for nothing says instead."""

    TAKEN = "says that it was taken"
    AGREEMENT = "agrees"
    THANKS = "thanks or praises"
    REMINDS = "reminds of the mail"
    ANNOUNCES = "announces what follows"
    WAITS = "says what it waits for"


_LONGEST = 500
"""Characters; what is longer says more than thanks."""

# The lists of courtesy.phrases in the order in which they are tried.
_KINDS = {
    "taken": Courtesy.TAKEN,
    "agreement": Courtesy.AGREEMENT,
    "thanks": Courtesy.THANKS,
    "praise": Courtesy.THANKS,
    "reminder": Courtesy.REMINDS,
    "promise": Courtesy.AGREEMENT,
    "announced": Courtesy.ANNOUNCES,
}
_SENTENCES = re.compile(r"(?<=[.!])[\s)]+|[.!]+\)?\Z|\s+[-–—]+\s+|\s*[;:]\s+|\s*:\Z")
_COMMAS = re.compile(r"\s*[,()!]\s*")
_ANDS = re.compile(r"\s+(?:and|so|then|while|as)\s+")
_SMILE = re.compile(
    r"(?:^|\s)[:;8][-^']?[)D(Pp|](?=\s|$|[.,])|[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]"
)
_NAME = re.compile(r"(?=[A-Z]+[a-z])[A-Z]\w{1,20}(?: [A-Z][\w.'-]{0,20}){0,2}")
_COPYING = re.compile(
    r"(?:\+\s?|adding |cc['’]?ing )(?:(?-i:[A-Z][a-z]+)|linux-[\w-]+|[\w-]+-(?:devel|dev|list))"
    r"(?:(?:,| and|,? \+) ?(?-i:[A-Z][a-z]+)){0,5}(?:,? who [^?.,;]{1,60})?[.,]?"
    r"|(?:\+\s?)?cc:? .*<[^<>\s]+>\s*|\+\s?(?:cc\b.*|.*<[^<>\s]+>\s*|[A-Z]\w+, who [^?]{1,80})"
    r"|\(?adding .{1,80} to cc\)?\.?",
    re.IGNORECASE,
)
NOBODY = Company()


@cache
def _book() -> PhraseBook:
    return phrases.read(Path(__file__).with_name("courtesy.phrases"))


def courtesy_of(text: str, company: Company = NOBODY) -> Courtesy | None:
    """What a paragraph says that asks for nothing; None where it may ask for something.

    Args:
        text: its lines, joined or not.
        company: who takes part; "Ada, thanks" greets, and "Changelog, thanks" asks.
    """
    if len(text) > 4 * _LONGEST:
        return None
    text = phrases.plain(_SMILE.sub(" ", text))
    if not text or len(text) > _LONGEST:
        return None
    book, said = _book(), phrases.words(text)
    if book["waits"].are(said) and not book["wants"].within(said):
        return Courtesy.WAITS
    if book["doubt"].within(book["harmless"].without(said)):
        return None
    kinds: set[Courtesy] = set()
    for sentence in filter(None, (part.strip(" .!)(") for part in _SENTENCES.split(text))):
        if not _says(sentence, kinds, said, company):
            return None
    return next((kind for kind in Courtesy if kind in kinds), None)


def tells_who_is_copied(line: str) -> bool:
    """Whether a line says whom its writer made a recipient: "+ linux-mm", "Adding Ada"."""
    return _COPYING.fullmatch(line.strip()) is not None


def _says(sentence: str, kinds: set[Courtesy], text: str, company: Company) -> bool:
    """Whether each clause of ``sentence`` asks for nothing; puts what they say into ``kinds``."""
    if kind := _clause(sentence, text):
        kinds.add(kind)
        return True
    clauses = [clause.strip(" .!") for clause in _COMMAS.split(sentence)]
    before = len(kinds)
    for clause in filter(None, clauses):
        parts = [clause] if _clause(clause, text) else _ANDS.split(clause)
        for part in filter(None, parts):
            kind = _clause(part, text)
            if kind:
                kinds.add(kind)
            elif not _goes_with(part, company, bool(kinds)):
                return False
    return len(kinds) > before


def _goes_with(part: str, company: Company, behind: bool) -> bool:
    """Whether a part asks for nothing beside others that do not: "thanks, Ada" and "Ada, thanks".

    Args:
        behind: it stands behind one of them.
    """
    if _NAME.fullmatch(part):
        return behind or set(part.lower().split()) <= company.names
    return behind and _book()["along"].are(phrases.words(part))


def _clause(clause: str, text: str) -> Courtesy | None:
    book, said = _book(), phrases.words(clause)
    bare = book["filler"].after(said)
    for candidate in (said, bare):
        for name, kind in _KINDS.items():
            if book[name].are(candidate) and (name != "taken" or _is_taken(candidate, text)):
                return kind
    return Courtesy.AGREEMENT if not bare or _only_tells(bare) else None


def _only_tells(said: str) -> bool:
    """Whether it tells of its writer, of mails or of people, and has no word that says more."""
    book = _book()
    if not book["telling"].within(said):
        return False
    return all(book["plain"].are(f"{word} ") for word in said.split())


def _is_taken(said: str, text: str) -> bool:
    """Whether it is the patch that was taken: "this is queued in reverse order" says otherwise."""
    book = _book()
    if book["long-since"].within(said) and not book["by-himself"].within(text):
        return False
    tree = book["tree"].within(said)
    if book["surely-taken"].are(said):
        return True
    if tree and not ("." in tree and book["said-of-more"].within(said)):
        return True
    return book["thanked"].within(text) != ""
