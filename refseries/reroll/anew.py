# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest version made anew, while nobody else has it: what of it goes, and what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from refseries.errors import SeriesError
from refseries.host.transaction import Change
from refseries.model import Series, Version
from refseries.reroll import files, fold, plan
from refseries.reroll.fold import PatchText
from refseries.reroll.plan import Plan
from refseries.reroll.reproduce import MadeOf
from refseries.review import store as tasks
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
    before = store.previous(series, version)
    if before is None or not version.fixups:
        return "was not made by `reroll`"
    if _apart(version, before):
        return f"stands on something else than {before.name}, of which it was made"
    return "" if (version.path / plan.FILE).is_file() else f"has no {plan.FILE}"


def _apart(version: Version, before: Version) -> bool:
    """Whether they stand on two bases, or on other series."""
    return (version.base, version.depends) != (before.base, before.depends)


def replaceable(series: Series, name: str | None, reviews: Sequence[Review]) -> Version:
    """The version called ``name``, in whose place what is imported may go.

    Raises:
        SeriesError: it is not named, not the newest one or not there; or others have it.
    """
    if name is None:
        raise SeriesError(
            "--replace does not say which version.", hint="Name it: --as vN --replace."
        )
    version = store.version(series, name)
    why = seen(version, reviews)
    if version != store.newest(series):
        why = f"is older than {store.newest(series).name}"
    if why:
        raise SeriesError(
            f"{name} {why}, so it does not change.",
            where=str(version.path),
            hint=f"The next one is v{store.newest(series).number + 1}.",
        )
    return version


def by_all_of_it(version: Version, before: Series, after: Series, change: Change) -> None:
    """Have tasks settled by ``version`` and no more by its fixups, which it has no longer.

    Args:
        before, after: the series with ``version`` as it was, and without its fixups.
        change: of which this becomes a part.

    Raises:
        SeriesError: a review does not fit the series as it is going to be.
    """
    reviews = tasks.load(before)
    loose = tuple(_by_no_fixup(review, version.name) for review in reviews)
    tasks.put(change, after, [new for old, new in zip(reviews, loose, strict=True) if old != new])
    if (record := version.path / plan.FILE).is_file():
        change.remove(record)


def _by_no_fixup(review: Review, version: str) -> Review:
    free = (
        structs.replace(task, fixup="") if task.settled_in == version else task
        for task in review.tasks
    )
    return structs.replace(review, tasks=tuple(free))


def made_of(
    series: Series,
    version: Version,
    reviews: Sequence[Review],
    instead: Callable[[], str] = str,
) -> Version:
    """The version that ``version``, the newest, can be made of once more.

    Args:
        instead: what to do where others do not have it, and yet it cannot be made so.

    Raises:
        SeriesError: others have it, no reroll made it, or it was put on something else since.
    """
    before = store.previous(series, version)
    if why := why_not(series, version, reviews):
        again = ""
        if before is not None and not _apart(version, before):
            again = (
                f" To make a version again and compare: `refseries reroll {version.name} --again`."
            )
        raise SeriesError(
            f"{version.name} is there already, and {why}, so it does not change.",
            where=str(version.path),
            hint=f"The next one is v{version.number + 1}.{again}"
            f"{'' if seen(version, reviews) else instead()}",
        )
    assert before is not None
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


def keep_texts(old: MadeOf, planned: Plan, texts: Sequence[PatchText]) -> tuple[PatchText, ...]:
    """``texts`` of a new plan, with those instead that were edited in the ``old`` version.

    Raises:
        SeriesError: what was edited is made of something else now; names the patch.
    """
    edited = _edited(old)
    found = list(texts)
    for at, (each, text) in enumerate(zip(planned.patches, texts, strict=True)):
        one = edited.pop((each.takes[0].of, each.text), None)
        if one is None or _own(one.now) == _own(text):
            continue
        if _own(one.made) != _own(text):
            raise _lost(old.version, one)
        found[at] = one.now
    for one in edited.values():
        raise _lost(old.version, one)
    return tuple(found)


def _edited(old: MadeOf) -> dict[tuple[str, str], _Edited]:
    found: dict[tuple[str, str], _Edited] = {}
    made = fold.texts(old.plan, old.sources)
    for planned, path, text in zip(old.plan.patches, old.version.patches, made, strict=True):
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


@dataclass(frozen=True)
class Former:
    """What is known of the version in whose place another goes; empty where there is none.

    Attributes:
        told: what reviewers were told of tasks that it settles, by their ids.
        changes: the section of its cover letter, as its reroll would write it.
    """

    told: Mapping[str, str]
    changes: str = ""


def former(series: Series, reviews: Sequence[Review], old: MadeOf | None) -> Former:
    """As the version stands there, in ``series`` and with the tasks as they are."""
    if old is None:
        return Former({})
    name = old.version.name
    every = (task for review in reviews for task in review.tasks)
    told = {task.id: task.answer for task in every if task.settled_in == name}
    fixups = [old.sources[fixup.task] for fixup in old.version.fixups]
    texts = fold.texts(old.plan, old.sources)
    return Former(told, files.changes(series, reviews, name, old.plan, fixups, texts))


def cover(old: Version, was: Former, changes: str) -> tuple[str, bool]:
    """The cover letter of the ``old`` version with the new section ``changes``.

    Returns:
        The text, and whether a changelog that was edited stayed as it was.
    """
    letter = covers.read(old.cover)
    section, older = letter.changes_of(old.number)
    ours = {*was.changes.splitlines(), *changes.splitlines()}
    if not section or not ours.issuperset(section.splitlines()):
        return old.cover.read_text(encoding="utf-8"), True
    parts = (f"# {letter.title}", letter.text, changes.strip(), older)
    return "\n\n".join(part for part in parts if part) + "\n", False
