# SPDX-License-Identifier: GPL-2.0-or-later
r"""Lists of phrases, written down for people and matched as regular expressions; pure.

A file of phrases is UTF-8 text: ``= name`` begins a list, each line of it is a phrase, and a line
that begins with ``#`` a comment. Its notation is that of a regular expression whose letters are
words:

======================  =========================================================================
``look[s]``             letters in brackets may be missing: "look", "looks"
``fail*``, ``*-next``   a word that begins, or ends, like this
``(a lot|again)``       one of them; ``(…)?`` may be missing
``(…)*``                none of them, or as many as eight
``<name>``              a phrase of that list of the file; ``<name>?`` and ``<name>*`` as above
``_``, ``_{1,8}``       any word, and so many of them
``!name``, ``!name{8}`` a word that is not one of that list, and so many at the most
``…``                   any words and marks but "?", and no more than twenty
``\(``, ``\)``          these marks themselves
``^``                   a word that begins with a capital letter
``#``                   a number, or several: "2", "#3", "1-4,6/7"
``%``                   a release: "v6.12", "6.14-rc3"
``@``                   the id of a commit
======================  =========================================================================

Upper and lower case are the same elsewhere. "it's" is two words, "it" and "'s".

Every repetition is bounded, and a word is matched whole: there is no text, however long, on which
matching takes exponential time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_MANY = 8
_TOKEN = re.compile(
    r"(?P<group>\()|(?P<end>\)[?*]?)|<(?P<list>[\w-]+)>(?P<times>[?*]?)"
    r"|!(?P<but>[\w-]+)(?:\{(?P<most>\d+)\})?|_(?:\{(?P<low>\d+),(?P<high>\d+)\})?(?=[\s|)]|\Z)"
    r"|[|^#%@…]|(?P<word>(?:\\.|[^\s()|<>!])+)"
)
_ANY = r"[\w'#@&/+][^\s,;?]* "
_OTHER = r"[^\s,;?]+ "
_REST = r"(?:[^\s?]+ ){0,20}"
_CAPITAL = r"(?-i:[A-Z])[\w'.-]* "
_NUMBER = r"#?\d[\d,/&-]* "
_RELEASE = r"v?\d+\.\d[\w.-]* "
_NUMBERS = re.compile(r"(?<=\d)(?:, (?:and |& )?| (?:and|&) )(?=#?\d)")  # "1, 4, and 5"
_COMMIT = r"[0-9a-f]{7,40} "
_SIGNS = {"|": "|", "^": _CAPITAL, "#": _NUMBER, "%": _RELEASE, "@": _COMMIT, "…": _REST, "_": _ANY}
_SPLIT = re.compile(r"(?<=\w)(?='(?:s|re|m|ll|ve|d)\b)", re.IGNORECASE)
_MARKS = re.compile(r"(?:(?<=\s)|\A)[(\"*]+(?=\w)|[.,!?:;)\"*…]+(?=\s|\Z)")


def plain(text: str) -> str:
    """``text`` on one line, with plain apostrophes, and a list of numbers as one of them."""
    text = " ".join(text.replace("’", "'").replace("\xa0", " ").split())
    return _NUMBERS.sub("-", text)


def words(text: str) -> str:
    """``text`` as phrases are compared with: a space behind each word and each mark."""
    apart = _MARKS.sub(lambda found: " " + " ".join(found[0]) + " ", text)
    return "".join(f"{word} " for word in _SPLIT.sub(" ", apart).split())


@dataclass(frozen=True)
class Phrases:
    """A list of phrases.

    Attributes:
        pattern: of them all, over what `words` gives.
    """

    pattern: str

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def _within(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\S){self.pattern}", re.IGNORECASE)

    def are(self, said: str) -> bool:
        """Whether ``said``, of `words`, is one of the phrases."""
        return self._whole.fullmatch(said) is not None

    def within(self, said: str) -> str:
        """The first of the phrases that stands in ``said``, of `words`; empty if none does."""
        found = self._within.search(said)
        return found[0] if found else ""

    def without(self, said: str) -> str:
        """``said``, of `words`, without these phrases."""
        return self._within.sub("", said)

    def after(self, said: str) -> str:
        """``said``, of `words`, without the phrases that it begins with."""
        while (found := self._whole.match(said)) and found.end():
            said = said[found.end() :]
        return said


@dataclass
class PhraseBook:
    """The lists of one file; each is compiled when it is asked for first.

    Attributes:
        lists: the phrases of each, as they are written.
    """

    lists: Mapping[str, list[str]]
    _made: dict[str, Phrases] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Phrases:
        """A list by its name.

        Raises:
            KeyError: the file has no such list, or a phrase names one that it does not have.
            ValueError: a phrase is not in the notation.
        """
        if name not in self._made:
            self._made[name] = Phrases(self._pattern(name))
        return self._made[name]

    def _pattern(self, name: str) -> str:
        if name in self._made:
            return self._made[name].pattern
        return "(?:" + "|".join("".join(self._parts(one)) for one in self.lists[name]) + ")"

    def _parts(self, phrase: str) -> Iterator[str]:
        if _TOKEN.sub("", phrase).strip():
            raise ValueError(phrase)
        for token in _TOKEN.finditer(_SPLIT.sub(" ", phrase)):
            yield self._part(token)

    def _part(self, token: re.Match[str]) -> str:
        match token.lastgroup:
            case "group":
                return "(?:"
            case "end":
                return ")" + _times(token["end"][1:])
            case "list" | "times":
                return self[token["list"]].pattern + _times(token["times"])
            case "but" | "most":
                most = f"{{0,{token['most']}}}" if token["most"] else ""
                return f"(?:(?!{self[token['but']].pattern}){_OTHER}){most}"
            case "word":
                return _word(token["word"])
            case "low" | "high":
                return f"(?:{_ANY}){{{token['low']},{token['high']}}}"
        return _SIGNS[token[0]]


def _times(mark: str) -> str:
    return f"{{0,{_MANY}}}" if mark == "*" else mark


def _word(word: str) -> str:
    if len(word) > 1 and word.endswith("?"):
        raise ValueError(word)  # "(word)?" is meant
    pattern = re.escape(word.replace("\\", "")).replace(r"\*", r"[^\s,;]*")
    return re.sub(r"\\\[(.+?)\\\]", r"(?:\1)?", pattern) + " "


def read(path: Path) -> PhraseBook:
    """Read a file of phrases.

    Raises:
        KeyError: a phrase stands above the first name of a list.
    """
    lists: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        phrase = line.strip()
        if phrase.startswith("#"):
            continue
        if phrase.startswith("= "):
            name = phrase[2:].strip()
            lists[name] = []
        elif phrase:
            lists[name].append(phrase)
    return PhraseBook(lists)
