# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest version made anew, while nobody else has it: what of it goes, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from refseries.errors import SeriesError
from refseries.model import BaseInfo, Series, Version
from refseries.reroll import fold, plan, reproduce
from refseries.reroll.fold import PatchText
from refseries.reroll.plan import Plan
from refseries.review.model import Review, State
from refseries.series import cover as covers
from refseries.series import patches, published, store, trailers


def seen(version: Version, reviews: Sequence[Review]) -> str:
    """Why others may have ``version``; empty where nothing tells of that."""
    if version.sent is not None or version.message_id is not None:
        return "was sent"
    if published.find(version) is not None:
        return "was published"
    return "was reviewed" if any(each.version == version.name for each in reviews) else ""


def why_not(series: Series, version: Version, reviews: Sequence[Review]) -> str:
    """Why ``version``, the newest, stays as it is; empty where it can be made anew."""
    if why := seen(version, reviews):
        return why
    if store.previous(series, version) is None or not version.fixups:
        return "was not made by `reroll`"
    return "" if (version.path / plan.FILE).is_file() else f"has no {plan.FILE}"


def made_of(series: Series, version: Version, reviews: Sequence[Review]) -> Version:
    """The version that ``version``, the newest, can be made of once more.

    Raises:
        SeriesError: others have it, no reroll made it, or it was put on something else since.
    """
    if why := why_not(series, version, reviews):
        raise SeriesError(
            f"{version.name} is there already, and {why}, so it does not change.",
            where=str(version.path),
            hint=f"The next one is v{version.number + 1}. To make a version again and compare:"
            f" `refseries reroll {version.name} --again`.",
        )
    before = store.previous(series, version)
    assert before is not None
    if (version.base, version.depends) != (before.base, before.depends):
        raise SeriesError(
            f"{version.name} stands on something else than {before.name}, of which it was made.",
            where=str(version.path / "version.toml"),
            hint=f"Make it what it was, or go on with v{version.number + 1}.",
        )
    return before


def without(
    series: Series, reviews: Sequence[Review], version: Version
) -> tuple[Series, tuple[Review, ...]]:
    """The series before ``version`` was made, and tasks as open as before its fixups."""
    kept = tuple(each for each in series.versions if each.name != version.name)
    names = {fixup.task for fixup in version.fixups}
    opened = tuple(
        structs.replace(
            review,
            tasks=tuple(
                structs.replace(task, state=State.OPEN, settled_in="", fixup="", answer="")
                if task.settled_in == version.name and task.fixup in names
                else task
                for task in review.tasks
            ),
        )
        for review in reviews
    )
    return replace(series, versions=kept), opened


@dataclass(frozen=True)
class _Edited:
    """The text of a patch as a reroll had made it, and as it stands there."""

    name: str
    made: PatchText
    now: PatchText


def keep_texts(
    series: Series,
    base: BaseInfo,
    cache: Path,
    version: Version,
    planned: Plan,
    texts: Sequence[PatchText],
) -> tuple[PatchText, ...]:
    """``texts`` of a new plan, with those instead that were edited in ``version``.

    Raises:
        SeriesError: what was edited is made of something else now; names the patch.
    """
    edited = _edited(series, base, cache, version)
    found = list(texts)
    for at, (each, text) in enumerate(zip(planned.patches, texts, strict=True)):
        one = edited.pop((each.takes[0].of, each.text), None)
        if one is None or _own(one.now) == _own(text):
            continue
        if _own(one.made) != _own(text):
            raise _lost(version, one)
        found[at] = one.now
    for one in edited.values():
        raise _lost(version, one)
    return tuple(found)


def _edited(
    series: Series, base: BaseInfo, cache: Path, version: Version
) -> dict[tuple[str, str], _Edited]:
    it = reproduce.read(series, base, cache, version.name)
    made = fold.texts(it.plan, it.sources)
    found: dict[tuple[str, str], _Edited] = {}
    for planned, path, text in zip(it.plan.patches, version.patches, made, strict=True):
        read = patches.read(path)
        now = PatchText(read.author, read.date, read.message)
        if _own(now) != _own(text):
            found[planned.takes[0].of, planned.text] = _Edited(path.name, text, now)
    return found


def _own(text: PatchText) -> tuple[object, str]:
    """What an author wrote: tags that others gave come and go with each reroll."""
    return text.author, trailers.without_given(text.message).strip()


def _lost(version: Version, one: _Edited) -> SeriesError:
    return SeriesError(
        f"its message was edited in {version.name}, and the branch has another one for it now.",
        where=str(version.path / one.name),
        hint="Nothing was written. Put the text into the branch (`git commit --fixup=amend:…`)"
        " and that of the branch into the file, then run it again.",
    )


def cover(made: str, changes: str, version: Version) -> tuple[str, bool]:
    """The cover letter of ``version`` with a new changelog of it.

    Args:
        made: as a reroll would write it.
        changes: its section of the version.

    Returns:
        The text, and whether an edited changelog stayed as it was.
    """
    old = covers.read(version.cover)
    section, older = old.changes_of(version.number)
    if not set(filter(None, section.splitlines())) <= set(changes.splitlines()) or not section:
        return version.cover.read_text(encoding="utf-8"), True
    parts = (f"# {old.title}", old.text, changes.strip(), older)
    text = "\n\n".join(part for part in parts if part) + "\n"
    return (made if text == made else text), False
