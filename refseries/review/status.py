# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the series stands: each version, what was built and tested, what is open, what is next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from refseries.errors import RefseriesError
from refseries.model import BaseInfo, Series, Target, Version
from refseries.review import listing
from refseries.review.evidence.kind import listed
from refseries.review.model import Review
from refseries.series import apply
from refseries.testing import example, runs
from refseries.testing.judges import Judges
from refseries.testing.runs import LatestRun

if TYPE_CHECKING:
    from refseries.testing.touched import TouchedFile


@dataclass(frozen=True)
class Cell:
    """The newest result of a version in a config.

    Attributes:
        outdated: what it is of instead of the version as it stands; empty where it is of that.
    """

    config: str
    latest: LatestRun | None
    outdated: str = ""

    @property
    def stale(self) -> bool:
        """It says nothing of the version as it stands."""
        return bool(self.outdated)


@dataclass(frozen=True)
class VersionRow:
    """One version.

    Attributes:
        problem: why it does not apply; empty when it does or was not tried.
        taken: the mails that say that a tree took it.
        touched: its files, and which configs compile them.
        half_sent: a sending of it began and did not end.
        reviewed: somebody answered it, however it was sent.
    """

    version: Version
    problem: str
    cells: tuple[Cell, ...]
    taken: tuple[Review, ...] = ()
    touched: tuple[TouchedFile, ...] = ()
    half_sent: bool = False
    reviewed: bool = False


@dataclass(frozen=True)
class SeriesStatus:
    """The whole screen.

    Attributes:
        tasks: how many there are, in words; empty when there is none.
        unfinished: ids of the tasks that are open or started, by the name of the reviewer.
        broken: ids of tasks that are not what they are said to be.
        next_step: a command with its reason.
    """

    rows: tuple[VersionRow, ...]
    tasks: str
    unfinished: dict[str, tuple[str, ...]]
    broken: tuple[str, ...]
    next_step: str


def status_of(
    series: Series,
    base: BaseInfo | None,
    configs: Sequence[str],
    cache: Path,
    *,
    reviews: Sequence[Review] = (),
    broken: Sequence[str] = (),
    half_sent: Collection[str] = (),
) -> SeriesStatus:
    """Gather the state of every version and task.

    Args:
        base: the base kernel; None when it has not been imported yet.
        configs: names of the configs to show.
        reviews: of the series.
        broken: ids of tasks whose evidence says otherwise.
        half_sent: names of the versions of which a sending began and did not end.
    """
    judges = Judges.load(series.root)
    rows = tuple(
        replace(
            _row(series, base, version, configs, cache, judges),
            taken=tuple(one for one in reviews if one.taken and one.version == version.name),
            half_sent=version.name in half_sent,
            reviewed=any(one.version == version.name for one in reviews),
        )
        for version in series.versions
    )
    unfinished = listing.unfinished_by_reviewer(reviews)
    tasks = [task for review in reviews for task in review.tasks]
    return SeriesStatus(
        rows=rows,
        tasks=listing.count(tasks) if tasks else "",
        unfinished=unfinished,
        broken=tuple(broken),
        next_step=_next_step(rows, base, unfinished, broken) if rows else _first(series),
    )


def _row(
    series: Series,
    base: BaseInfo | None,
    version: Version,
    configs: Sequence[str],
    cache: Path,
    judges: Judges,
) -> VersionRow:
    target = Target(version.name)
    problem, tree = "", None
    if base is not None:
        try:
            tree = apply.apply(series, base, target, cache).tree
        except RefseriesError as error:
            problem = str(error)
    cells = []
    for config in configs:
        latest = runs.latest(cache, series.home, target, config)
        outdated = judges.outdated(latest, target, config, tree) if latest else ""
        cells.append(Cell(config, latest, outdated))
    files: tuple[TouchedFile, ...] = ()
    if base is not None and any(cell.latest and cell.latest.image for cell in cells):
        from refseries.testing import touched
        from refseries.testing.lab import Lab

        files = touched.files_touched(Lab(series, base, cache, jobs=1), target)
    return VersionRow(version, problem, tuple(cells), touched=files)


def _first(series: Series) -> str:
    since = series.base.ref or "COMMIT"
    return f"refseries import {since}..BRANCH --as v1: it has no version yet."


def _next_step(
    rows: Sequence[VersionRow],
    base: BaseInfo | None,
    unfinished: Mapping[str, Sequence[str]],
    broken: Sequence[str],
) -> str:
    if broken:
        return f"refseries feedback verify {broken[0]}: it is called settled, and is not."
    return _untested(rows, base) or _unanswered(unfinished) or _all_done(rows)


def _untested(rows: Sequence[VersionRow], base: BaseInfo | None) -> str:
    if base is None:
        return "refseries test --all-versions: nothing has been built here yet."
    for row in rows:
        if row.problem:
            return f"refseries apply {row.version.name}: it does not apply."
    left = [row for row in rows if any(cell.latest is None or cell.stale for cell in row.cells)]
    if len(left) > 1:
        versions = f"{len(left)} versions have not been tested as they stand"
        return f"refseries test --all-versions: {versions}."
    for row in left:
        return f"refseries test {row.version.name}: it has not been tested as it stands."
    for row in rows:
        if any(cell.latest is not None and not cell.latest.as_expected for cell in row.cells):
            return f"refseries test {row.version.name}: its last result is not as expected."
    return ""


def _unanswered(unfinished: Mapping[str, Sequence[str]]) -> str:
    for name, ids in unfinished.items():
        return f"refseries feedback show {ids[0]}: {name} waits for it."
    return ""


def _all_done(rows: Sequence[VersionRow]) -> str:
    newest = rows[-1]
    if _tests_nothing(newest):
        return f"{example.ADVICE}: init's example tests nothing of the series."
    done = "every version was tested as it stands and came out as expected"
    if newest.reviewed or newest.version.sent or newest.version.message_id:
        return f"nothing: {done}."
    name = newest.version.name
    return f"refseries export {name}: {done}, and {name} is not sent yet."


def _tests_nothing(row: VersionRow) -> bool:
    found = [result for cell in row.cells if cell.latest for result in cell.latest.results]
    return example.is_all(found)


def sentence(found: SeriesStatus) -> str:
    """Where the series stands, in one sentence about its newest version; pure."""
    if not found.rows:
        return "It has no version yet."
    row = found.rows[-1]
    still = f"; {_still_open(found)}" if found.tasks else ""
    return f"{row.version.name} {_sent(row)} and {_tested(row)}{still}."


def _sent(row: VersionRow) -> str:
    if row.taken:
        return f"was taken ({row.taken[-1].reviewer.name}, {row.taken[-1].date:%Y-%m-%d})"
    if row.version.sent:
        return f"was sent on {row.version.sent:%Y-%m-%d}"
    if row.version.message_id:
        return "was posted"
    if row.half_sent:
        return "is half sent"
    return "was reviewed" if row.reviewed else "is not sent yet"


def _tested(row: VersionRow) -> str:
    if row.problem:
        return "does not apply"
    wrong = [c.config for c in row.cells if c.latest and not c.stale and not c.latest.as_expected]
    unknown = [cell.config for cell in row.cells if cell.latest is None or cell.stale]
    if wrong:
        return f"did NOT come out as expected in {listed(wrong)}"
    if len(unknown) == len(row.cells):
        return "has not been tested as it stands"
    if unknown:
        return f"has not been tested as it stands in {listed(unknown)}"
    configs = listed([cell.config for cell in row.cells])
    if _tests_nothing(row):
        return f"boots in {configs}, where init's example alone was run"
    return f"came out as expected in {configs}"


def _still_open(found: SeriesStatus) -> str:
    count = sum(map(len, found.unfinished.values()))
    told = {0: "no task is open", 1: "1 task is open"}.get(count, f"{count} tasks are open")
    if not found.broken:
        return told
    broken = len(found.broken)
    what = "1 is" if broken == 1 else f"{broken} are"
    return f"{told}, and {what} called settled and {'is' if broken == 1 else 'are'} not"
