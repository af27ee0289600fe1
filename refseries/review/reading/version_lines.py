# SPDX-License-Identifier: GPL-2.0-or-later
"""Every line that a reviewer of a version can quote: of its diffs, its messages, its cover."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from refseries.model import Version
from refseries.review.model import COVER, Anchor
from refseries.series import patches

_SPACE = re.compile(r"\s+")
# The words that names are made of, as a reconstruction may call get_user_pages() otherwise.
_WORD = re.compile(r"[A-Za-z]{3,}|\d{2,}")
_FEW = 12


def key(text: str) -> str:
    """``text`` without its space: what is left of it after any mail program."""
    return _SPACE.sub("", text)


@dataclass(frozen=True)
class Place:
    """One line of a diff.

    Attributes:
        number: of all lines of the version, from 0; neighbours have neighbouring numbers.
        line: as in an Anchor.
        text: without the mark of the diff, which is ``mark``.
        section: what the hunk's heading says, as a rule the function around it.
    """

    number: int
    patch: str
    file: str
    line: int
    text: str
    mark: str
    section: str

    @property
    def anchor(self) -> Anchor:
        """As a task keeps it."""
        return Anchor(self.patch, self.file, self.line, self.text)


@dataclass(frozen=True)
class VersionText:
    """A commit message or the cover letter; ``patch`` as in an Anchor."""

    patch: str
    lines: tuple[str, ...]


@dataclass
class Places:
    """The lines of one version, found by what stands in them."""

    diff: list[Place] = field(default_factory=list)
    texts: dict[str, VersionText] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)
    authors: set[str] = field(default_factory=set)
    _keys: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    _text_keys: set[str] = field(default_factory=set)
    _words: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def exact(self, text: str) -> Sequence[Place]:
        """The lines that are ``text`` but for space."""
        return self._keys.get(key(text), ())

    def similar(self, text: str, files: Iterable[str]) -> list[Place]:
        """A few lines that have words with ``text`` in common, rare ones first.

        Args:
            files: look in these alone; in all when there is none.
        """
        within = set(files)
        weights: Counter[int] = Counter()
        for word in set(_WORD.findall(text)):
            numbers = self._words.get(word, ())
            for number in numbers:
                if not within or self.diff[number].file in within:
                    weights[number] += 1 + math.log(len(self.diff) / len(numbers))  # type: ignore[assignment]
        return [self.diff[number] for number, _weight in weights.most_common(_FEW)]

    def continues(self, line: str, rest: str) -> bool:
        """Whether ``rest`` is the end of ``line``, a line of the version that somebody broke."""
        whole = key(line + rest)
        return whole in self._keys or whole[1:] in self._keys or whole in self._text_keys

    def add_text(self, name: str, text: str) -> None:
        """Put in a commit message or the cover."""
        lines = tuple(text.split("\n"))
        self.texts[name] = VersionText(name, lines)
        self._text_keys.update(map(key, lines))

    def add(self, place: Place) -> None:
        """Put in one more line of a diff."""
        self.diff.append(place)
        self._keys[key(place.text)].append(place)
        for word in set(_WORD.findall(place.text)):
            self._words[word].add(place.number)


def places_of(version: Version) -> Places:
    """Read the patches and the cover of ``version``.

    Raises:
        SeriesError: one of them cannot be read.
    """
    places = Places()
    for path in version.patches:
        patch = patches.read(path)
        places.subjects[path.name] = patch.subject
        places.authors.add(patch.author.email.lower())
        places.add_text(path.name, patch.message)
        _add_diff(places, path, patch)
    places.add_text(COVER, version.cover.read_text(encoding="utf-8", errors="replace"))
    return places


def _add_diff(places: Places, path: Path, patch: patches.Patch) -> None:
    for file, name in zip(patches.files(patch), patches.touched(patch), strict=True):
        for hunk in file:
            line = hunk.target_start
            for entry in hunk:
                if entry.line_type not in "+- ":
                    continue  # "\ No newline at end of file"
                places.add(
                    Place(
                        number=len(places.diff),
                        patch=path.name,
                        file=name,
                        line=line,
                        text=entry.value.rstrip("\r\n"),
                        mark=entry.line_type,
                        section=hunk.section_header or "",
                    )
                )
                line += entry.line_type != "-"
