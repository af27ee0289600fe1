# SPDX-License-Identifier: GPL-2.0-or-later
"""Gathering: what is known of a version, read once; nothing is built, booted or measured here."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache as memoized
from pathlib import Path

from refseries import git
from refseries.bench import measurements
from refseries.bench.measurements import Measurement
from refseries.check import results as checks
from refseries.check.results import LatestCheck
from refseries.coverage import added, keeping
from refseries.coverage.model import ConfigCoverage
from refseries.model import Applied, BaseInfo, Series, Target, number_of
from refseries.review.model import COVER, Task
from refseries.series import apply, patches, store
from refseries.testing import runs
from refseries.testing.judges import Judges
from refseries.testing.runs import LatestRun


class Facts:
    """What is known of the versions of a series over a base.

    Args:
        cache: directory of everything that can be made again.

    What a version does (results, files) is that of its present patches, by the present tests and
    options: results of others under the same name are no facts about it.
    """

    def __init__(self, series: Series, base: BaseInfo, cache: Path) -> None:
        self.series = series
        self.base = base
        self.cache = cache
        self.config = series.configs[0]
        self.judges = memoized(self._judges)
        self.applied = memoized(self._applied)
        self.latest = memoized(self._latest)
        self.measured = memoized(self._measured)
        self.text = memoized(self._text)
        self._lines: dict[tuple[str, str], tuple[str, ...]] = {}

    def after(self, task: Task, at: str | None) -> str:
        """The version that ``task`` is looked at on; empty when none came after the criticised one.

        Args:
            at: a version that the user asks about; None for the one that settles it, or, where
                none does, the newest.
        """
        name = at or task.settled_in or store.newest(self.series).name
        return name if number_of(name) > number_of(task.raised_on) else ""

    def _applied(self, version: str) -> Applied:
        """The commits of ``version``.

        Raises:
            StageError: it does not apply.
            SeriesError: there is no such version.
        """
        return apply.apply(self.series, self.base, Target(version), self.cache)

    def _judges(self) -> Judges:
        return Judges.load(self.series.root)

    def _latest(self, version: str, config: str) -> LatestRun | None:
        """The newest results of ``version`` as it stands; None when there are none.

        What is expected of cases may have changed since: a proof rests on what they did.

        Raises:
            StageError: the version does not apply.
        """
        tree = self.applied(version).tree
        found = runs.latest(self.cache, self.series.home, Target(version), config)
        if found is None or found.tree != tree or not self.judges().made(found, config):
            return None
        return found

    def checked(self, version: str) -> LatestCheck | None:
        """What ``refseries check`` last said of ``version`` as it stands; None: it was not asked.

        Raises:
            StageError: the version does not apply.
        """
        tip = self.applied(version).commit
        return checks.latest(self.cache, self.series.home, version, tip)

    def recipients(self) -> str:
        """Who gets the mail of a version from now on, one a line."""
        people = (*self.series.to, *self.series.cc)
        return "\n".join(f"{person.name} <{person.email}>".strip() for person in people)

    def _measured(self, version: str) -> Measurement | None:
        """The saved figures of ``version`` as it stands; None when there are none.

        Raises:
            StageError: the version does not apply.
            SeriesError: the file is wrong.
        """
        kept = measurements.load(self.series, version)
        good = kept is not None and kept.origin.tree == self.applied(version).tree
        return kept if good else None

    def counted(self, version: str, config: str) -> ConfigCoverage | None:
        """Which lines of ``version`` as it stands its cases run; None when nobody counted.

        Raises:
            StageError: the version does not apply.
        """
        found = keeping.load(self.cache, self.series.home, Target(version), config)
        good = found is not None and found.tree == self.applied(version).tree
        return found if good else None

    def fixup_lines(self, version: str, task: str) -> frozenset[tuple[str, int]] | None:
        """File and number of the lines of ``version`` that the fixups of ``task`` brought.

        None when no fixup of the version addresses it.

        Raises:
            StageError: a fixup does not apply.
        """
        fixups = store.version(self.series, version).fixups
        wanted = [fixup.task for fixup in fixups if task in fixup.addresses]
        if not wanted:
            return None
        target = Target(version)
        made = apply.apply(self.series, self.base, target, self.cache, by_task=True)
        files = added.sources(made, self.base.of(version).tree)
        return added.of_fixups(made, wanted, files)

    def lines(self, version: str, name: str) -> tuple[str, ...]:
        """The lines of a file of the kernel as ``version`` leaves it; none where it is not there.

        Raises:
            StageError: the version does not apply.
        """
        if (version, name) not in self._lines:
            self.read_ahead(version, (name,))
        return self._lines[version, name]

    def read_ahead(self, version: str, names: Iterable[str]) -> None:
        """Read files that ``lines`` will be asked for with one call of git.

        Raises:
            StageError: the version does not apply.
        """
        wanted = tuple(name for name in names if (version, name) not in self._lines)
        found = git.read_files(self.base.repo, self.applied(version).commit, wanted)
        for name in wanted:
            text = found.get(name, b"").decode("utf-8", "replace")
            self._lines[version, name] = tuple(text.split("\n")) if name in found else ()

    def _text(self, version: str, where: str) -> str:
        """What ``version`` says in its cover letter, its commit messages or a documentation file.

        Raises:
            SeriesError: a patch cannot be read.
            StageError: the version does not apply.
        """
        found = store.version(self.series, version)
        if where == COVER:
            return found.cover.read_text(encoding="utf-8", errors="replace")
        if where == "message":
            return "\n".join(patches.read(patch).message for patch in found.patches)
        return "\n".join(self.lines(version, where))
