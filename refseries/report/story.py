# SPDX-License-Identifier: GPL-2.0-or-later
"""The versions, one after the other: what each is, who said what, and what it settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from refseries.check import results as check_results
from refseries.mail import address
from refseries.model import Series, Version
from refseries.report.model import CheckStory, ReviewStory, TaskStory, VersionStory
from refseries.report.sources import ReportSources
from refseries.review.evidence.kind import Proof, overall
from refseries.review.model import COVER, Review, State, Task
from refseries.series import cover, patches


def tasks(
    reviews: Sequence[Review], proofs: Mapping[str, tuple[Proof, ...]]
) -> dict[str, TaskStory]:
    """Every task by its id, with its proofs."""
    return {
        task.id: _task(task, proofs.get(task.id, ())) for review in reviews for task in review.tasks
    }


def _task(task: Task, proofs: tuple[Proof, ...]) -> TaskStory:
    told = tuple(
        (f"{evidence.kind}: {evidence.detail()}", proof)
        for evidence, proof in zip(task.evidence, proofs, strict=False)
    )
    return TaskStory(task, overall(proofs), told)


def version_stories(
    sources: ReportSources, reviews: Sequence[Review], known: Mapping[str, TaskStory]
) -> tuple[VersionStory, ...]:
    """Every version, the oldest first.

    Args:
        known: what ``tasks`` gives.

    Raises:
        SeriesError: a cover letter or a patch cannot be read.
    """
    return tuple(
        _version(
            sources, version, [each for each in reviews if each.version == version.name], known
        )
        for version in sources.series.versions
    )


def _version(
    sources: ReportSources,
    version: Version,
    reviews: Sequence[Review],
    known: Mapping[str, TaskStory],
) -> VersionStory:
    letter = cover.read(version.cover)
    read = patches.read_all(version.patches)
    return VersionStory(
        name=version.name,
        title=letter.title,
        date=version.date,
        posted=f"{version.sent:%Y-%m-%d}" if version.sent else "",
        link=address.archived(version.message_id) if version.message_id else "",
        base=_base(sources.series, version),
        problem=sources.problems.get(version.name, ""),
        patches=tuple((patch.path.name, patch.subject) for patch in read),
        letter=letter.text,
        changes=letter.changes,
        reviews=tuple(_review(review, known) for review in reviews),
        settled=tuple(
            story
            for story in known.values()
            if story.task.state is State.SETTLED and story.task.settled_in == version.name
        ),
        checks=_checks(sources, version),
    )


def _base(series: Series, version: Version) -> str:
    own = version.base
    name = f"Linux {own.release} ({own.commit[:12]})" if own else f"Linux {series.base.release}"
    name = f"{name}, {own.ref}" if own and own.ref else name
    return " with ".join(filter(None, (name, ", ".join(version.depends))))


def _review(review: Review, known: Mapping[str, TaskStory]) -> ReviewStory:
    trailers = tuple(
        f"{each.name}: {each.value}"
        + ({"": "", COVER: " (to all)"}.get(each.patch, f" ({each.patch})"))
        for each in review.trailers
    )
    link = review.link or (address.archived(review.message_id) if review.message_id else "")
    return ReviewStory(
        who=review.reviewer.name or review.reviewer.email,
        date=review.date,
        link=link if link.startswith(("https://", "http://")) else "",
        tasks=tuple(known[task.id] for task in review.tasks),
        trailers=trailers,
        taken=review.taken,
    )


def _checks(sources: ReportSources, version: Version) -> tuple[CheckStory, ...] | None:
    applied = sources.applied.get(version.name)
    if applied is None:
        return None
    found = check_results.latest(sources.cache, sources.series.home, version.name, applied.commit)
    if found is None:
        return None
    return tuple(
        CheckStory(each.check, each.state, each.message, each.new)
        for each in found.outcomes.values()
    )
