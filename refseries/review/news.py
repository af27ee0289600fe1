# SPDX-License-Identifier: GPL-2.0-or-later
"""The changelog of a version of the series: gathers what ``review.changelog`` needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from refseries.model import Series, Version
from refseries.review import changelog
from refseries.review import store as reviews
from refseries.review.changelog import Changelog
from refseries.review.model import Task
from refseries.series import patches, store


def news_of(series: Series, name: str) -> Changelog:
    """The changelog of the version called ``name``.

    Raises:
        SeriesError: there is no such version, or a file of the series is wrong.
    """
    version = store.version(series, name)
    read = {patch.path.name: patch for patch in patches.read_all(version.patches)}
    files = {patch: frozenset(patches.touched(content)) for patch, content in read.items()}
    changes = patches.read_all([fixup.patch for fixup in version.fixups])
    fixups = {fixup.task: change for fixup, change in zip(version.fixups, changes, strict=True)}
    found = reviews.load(series)
    patch_of: dict[str, str] = {}
    for review in found:
        for task in review.tasks:
            fixup = fixups.get(task.fixup) if task.settled_in == name else None
            wanted = patches.touched(fixup) if fixup else _files(task)
            if patch := _nearest(wanted, files, version):
                patch_of[task.id] = patch
    made = changelog.changelog_of(
        series,
        found,
        name,
        {fixup: patch.subject for fixup, patch in fixups.items()},
        patch_of,
        {patch: content.subject for patch, content in read.items()},
    )
    return replace(made, rebased=_rebased(series, version))


def text(series: Series, name: str) -> str:
    """The changelog as a cover letter has it; empty where no task and no base has changed anything.

    Raises:
        SeriesError: as ``news_of``.
    """
    found = news_of(series, name)
    return changelog.as_mail(found) if found.entries or found.rebased else ""


def _rebased(series: Series, version: Version) -> str:
    """What ``version`` stands on, in words, where the one before does not; else empty."""
    before = store.previous(series, version)
    if before is None or _under(before) == _under(version):
        return ""
    own = version.base.in_words if version.base else f"Linux {series.base.release}"
    return f"{own} with {', '.join(version.depends)}" if version.depends else own


def _under(version: Version) -> tuple[str, tuple[str, ...]]:
    return version.base.commit if version.base else "", version.depends


def _files(task: Task) -> tuple[str, ...]:
    """Files that a task without a fixup is about: those of its evidence, else of its anchor."""
    evidence = tuple(name for entry in task.evidence for name in entry.files())
    return evidence or ((task.anchor.file,) if task.anchor.file else ())


def _nearest(wanted: Sequence[str], files: dict[str, frozenset[str]], version: Version) -> str:
    """The patch that touches most of the files; empty when none touches any."""
    counts = Counter({path.name: len(files[path.name] & set(wanted)) for path in version.patches})
    name, count = counts.most_common(1)[0]
    return name if count else ""
