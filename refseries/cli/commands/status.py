# SPDX-License-Identifier: GPL-2.0-or-later
"""Show the versions, what is tested and how it came out, and what to do next.

Example: refseries status --json - | jq .next
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import load
from refseries.cli.options import BaseOptions, JsonOptions
from refseries.kernel import base
from refseries.model import BaseInfo, Series, Version
from refseries.review import listing
from refseries.review import store as reviews
from refseries.testing.model import failed_stage, tally
from refseries.testing.runs import LatestRun
from refseries.testing.touched import complaints

if TYPE_CHECKING:
    from refseries.review import status

# More would not fit on a screen.
_REVIEWERS = 8


@dataclass(frozen=True, kw_only=True)
class StatusOptions(BaseOptions, JsonOptions):
    """Nothing of its own."""


def main(options: StatusOptions) -> None:
    """Show every version with its newest results, what is open, and what to do next.

    Leaves with 1 when a task is called settled while its evidence says otherwise.
    """
    from refseries.report.standing import standing
    from refseries.review.evidence import known

    context = load(options)
    series = context.series
    info = base.ready_for(series, context.settings)
    cache = context.settings.cache
    everything = reviews.load(series)
    tasks = [task for _review, task in listing.select(everything)]
    broken = known.broken(tasks, known.proofs(series, info, cache, tasks))
    found = standing(series, info, cache, reviews=everything, broken=broken)
    if options.json is not None:
        screen.show_json(_as_json(found), options.json)
    if options.json != "-":
        _show(screen.out(), series, info, found)
    if found.broken:
        sys.exit(1)


def _show(
    console: Console, series: Series, info: BaseInfo | None, found: status.SeriesStatus
) -> None:
    from refseries.review import status as stands

    told = f"{series.name}: {stands.sentence(found)}"
    console.print(Text(screen.printable(told), style="bold"))
    base = f"Linux {info.release} from {info.source}" if info else "not imported yet"
    console.print(Text(screen.printable(f"{series.title}, on {series.base.release}: {base}")))
    console.print(_versions(series, found))
    for row in found.rows:
        for one in row.taken[:_REVIEWERS]:
            line = (
                f"{row.version.name} taken ({one.reviewer.name}, {one.date:%Y-%m-%d}): {one.taken}"
            )
            console.print(Text(screen.printable(line), style="green"))
    for line in complaints([file for row in found.rows for file in row.touched]):
        console.print(Text(screen.printable(line), style="yellow"))
    _show_tasks(console, found)
    console.print(Text(screen.printable(f"\nNext: {found.next_step}")))


def _versions(series: Series, found: status.SeriesStatus) -> Table:
    """A row for each version; when it was sent and its base only where one has that."""
    sent = any(row.version.sent for row in found.rows)
    on = any(row.version.base or row.version.depends for row in found.rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    titles = (
        "version",
        *(["base"] if on else []),
        "patches",
        "fixups",
        *(["sent"] if sent else []),
    )
    for title in (*titles, *series.configs):
        table.add_column(title)
    for row in found.rows:
        version = row.version
        shown = [version.name]
        if on:
            shown.append(" + ".join((_ground(series, version), *version.depends)))
        shown += [str(len(version.patches)), str(len(version.fixups) or "")]
        if sent:
            shown.append(f"{version.sent:%Y-%m-%d}" if version.sent else "")
        cells = [_cell(cell) for cell in row.cells]
        if row.problem:
            cells = [Text("does not apply", style="red"), *(Text("") for _ in cells[1:])]
        table.add_row(*shown, *cells)
    return table


def _ground(series: Series, version: Version) -> str:
    """What the version is made on, by its tag where it has one."""
    if version.base is not None:
        return version.base.ref or version.base.release
    home = series.base
    # A package or a tarball is that of the release; a commit of a tree may lie behind it.
    return home.release if home.ref and home.ref != f"v{home.release}" else f"v{home.release}"


def _show_tasks(console: Console, found: status.SeriesStatus) -> None:
    """How many there are, and whose are open: a line a reviewer, as far as it holds."""
    if not found.tasks:
        return
    console.print(Text(f"\n{found.tasks}"))
    for name, ids in itertools.islice(found.unfinished.items(), _REVIEWERS):
        line = f"open from {name}: {screen.some(ids)}"
        console.print(Text(screen.printable(line), style="yellow"))
    if len(found.unfinished) > _REVIEWERS:
        rest = len(found.unfinished) - _REVIEWERS
        console.print(Text(f"and from {rest} more: refseries feedback list --open", style="yellow"))
    if found.broken:
        line = f"called settled, and is not: {screen.some(found.broken)}"
        console.print(Text(screen.printable(line), style="red"))


def _cell(cell: status.Cell) -> Text:
    latest = cell.latest
    if latest is None:
        return Text("not tested", style="dim")
    text = tally(latest.results)
    if not text:
        failed = failed_stage(latest.stages)
        text = f"{failed}: {latest.stages[failed]}" if failed else "built"
    if cell.stale:
        return Text(f"{text}\nof {cell.outdated}", style="yellow")
    verdict = "as expected" if latest.as_expected else "NOT as expected"
    return Text(f"{text}\n{verdict}", style="green" if latest.as_expected else "red")


def _as_json(found: status.SeriesStatus) -> dict[str, object]:
    from refseries.review import status as stands

    return {
        "schema": 1,
        "standing": stands.sentence(found),
        "next": found.next_step,
        "tasks": {"open": found.unfinished, "broken": found.broken},
        "versions": [
            {
                "version": row.version.name,
                "patches": [patch.name for patch in row.version.patches],
                "fixups": [fixup.task for fixup in row.version.fixups],
                "sent": row.version.sent,
                "problem": row.problem,
                "own_base": row.version.base,
                "depends": row.version.depends,
                "taken": [
                    {"reviewer": one.reviewer, "date": one.date, "text": one.taken}
                    for one in row.taken
                ],
                "files": [
                    {"file": file.path, "configs": file.configs, "known": file.known}
                    for file in row.touched
                ],
                "results": [
                    {
                        "config": cell.config,
                        "stale": cell.stale,
                        "outdated": cell.outdated,
                        "latest": None if cell.latest is None else _latest(cell.latest),
                    }
                    for cell in row.cells
                ],
            }
            for row in found.rows
        ],
    }


def _latest(latest: LatestRun) -> dict[str, object]:
    """Of the newest result what says how it went; ``refseries test --json`` has every case."""
    return {
        "tree": latest.tree,
        "when": latest.when,
        "as_expected": latest.as_expected,
        "stages": latest.stages,
        "message": latest.message,
        "counts": latest.counts,
        "log": latest.log,
        "splats": latest.splats,
    }
