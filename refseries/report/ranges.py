# SPDX-License-Identifier: GPL-2.0-or-later
"""Range-diffs of each version and the one before, with what reviewers said at its line."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from refseries.errors import StageError
from refseries.git import rangediff
from refseries.git.rangediff import PairStatus, PatchPair, Range
from refseries.model import Version
from refseries.report.lines import LineWords
from refseries.report.model import DiffLine, LinesStory, PairStory, RangeStory, TaskStory
from refseries.report.sources import ReportSources

MOST_LINES = 1500
"""Of one patch's range-diff; whoever wants more asks ``refseries diff``."""

_MOST_HEADING = 1000

_SECTION = re.compile(r"[ +-]? ## (?P<name>.*?)(?: \(.*\))? ##")
_HUNK = re.compile(r"@@ ?(?P<name>[^:]+?)(?: \(.*\))?(?::.*)?")


def range_stories(
    sources: ReportSources, known: Mapping[str, TaskStory], counted: Sequence[LinesStory]
) -> tuple[RangeStory, ...]:
    """One for each version but the first.

    Args:
        known: all tasks; shown are those of the older version of the two.
        counted: which lines of versions their cases ran.
    """
    reports = {each.version: each.report for each in counted}
    return tuple(
        _range(sources, before, after, known, LineWords(reports.get(after.name)))
        for before, after in itertools.pairwise(sources.series.versions)
    )


def _range(
    sources: ReportSources,
    before: Version,
    after: Version,
    known: Mapping[str, TaskStory],
    covered: LineWords,
) -> RangeStory:
    if sources.base is None:
        why = "the base kernel is not imported here: refseries base"
        return RangeStory(before.name, after.name, problem=why)
    for version in (before, after):
        if version.name in sources.problems:
            why = f"{version.name}: {sources.problems[version.name]}"
            return RangeStory(before.name, after.name, problem=why)
    old, new = (Range.of(sources.applied[version.name]) for version in (before, after))
    try:
        pairs = rangediff.between(sources.base.repo, old, new, rangediff.SAME_SERIES)
    except StageError as error:
        return RangeStory(before.name, after.name, problem=str(error))
    raised = [story for story in known.values() if story.task.raised_on == before.name]
    told = tuple(_pair(pair, before, raised, covered) for pair in pairs)
    return RangeStory(before.name, after.name, told)


def _pair(
    pair: PatchPair, before: Version, raised: Sequence[TaskStory], covered: LineWords
) -> PairStory:
    name = before.patches[pair.old - 1].name if pair.old else ""
    about = [story for story in raised if name and story.task.anchor.patch == name]
    if pair.status is not PairStatus.CHANGED:
        return PairStory(pair, (), elsewhere=tuple(about))
    texts = pair.text.split("\n")[:-1]
    at = _placed(texts, about)
    words = _covered(texts, pair.new or 0, covered)
    lines = tuple(
        DiffLine(text, tuple(at.get(number, ())), words.get(number, ""))
        for number, text in enumerate(texts)
        if number < MOST_LINES or number in at
    )
    shown = {story.task.id for stories in at.values() for story in stories}
    elsewhere = tuple(story for story in about if story.task.id not in shown)
    return PairStory(pair, lines, len(texts) - len(lines), elsewhere)


def _section(text: str) -> str | None:
    """The file, or the part of the patch, that the lines below this heading are of."""
    if len(text) > _MOST_HEADING:  # hostile: looking for one in it would take its time
        return None
    found = _HUNK.fullmatch(text) if text[:2] == "@@" else _SECTION.fullmatch(text)
    return found["name"].strip() if found else None


def _covered(texts: Sequence[str], patch: int, covered: LineWords) -> dict[int, str]:
    """What became of the lines that the newer patch adds, by their numbers here."""
    found: dict[int, str] = {}
    section = ""
    for number, text in enumerate(texts):
        if (name := _section(text)) is not None:
            section = name
        elif (
            text[:1] in "+ " and text[1:2] == "+" and (word := covered.of(section, patch, text[2:]))
        ):
            found[number] = word
    return found


def _placed(texts: Sequence[str], about: Sequence[TaskStory]) -> dict[int, list[TaskStory]]:
    """The number of the line that each task is about, as far as the range-diff has it.

    A line that was there before has no ``+`` in front; behind that mark and the patch's own stands
    the text by which a task knows its line.
    """
    found: dict[int, list[TaskStory]] = {}
    waiting = [story for story in about if story.task.anchor.text]
    section = ""
    for number, text in enumerate(texts):
        if (name := _section(text)) is not None:
            section = name
            continue
        if text[:1] == "+":
            continue
        for story in list(waiting):
            anchor = story.task.anchor
            # A line of the code has the patch's mark in front; one of the message is indented.
            here = text[2:] if anchor.file else text[1:].strip()
            wanted = anchor.text if anchor.file else anchor.text.strip()
            if here == wanted and section in (anchor.file or "Commit message", ""):
                found.setdefault(number, []).append(story)
                waiting.remove(story)
    return found
