# SPDX-License-Identifier: GPL-2.0-or-later
"""Show the workers of a cluster: what each compiles and boots, and what differs.

Example: refseries cluster status --cluster tcp://127.0.0.1:8786
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.errors import SeriesError

if TYPE_CHECKING:
    from refseries.testing.cluster.facts import WorkerFacts


@dataclass(frozen=True, kw_only=True)
class ClusterStatusOptions(SeriesOptions, JsonOptions):
    """Which cluster."""

    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", envvar="REFSERIES_CLUSTER", help="Its scheduler."
        ),
    ] = None


def main(options: ClusterStatusOptions) -> None:
    """Show them; leave with 3 where one can do nothing."""
    if not options.cluster:
        raise SeriesError(
            "which cluster?", hint="Name its scheduler: --cluster, or REFSERIES_CLUSTER."
        )
    from refseries.cli.commands.cluster.start import missing

    try:
        from refseries.testing.cluster import facts, link
    except ImportError as error:
        raise missing() from error

    line = link.Link(options.cluster, lambda _kind, _what: None)
    try:
        workers = line.workers()
    finally:
        line.close()
    said = facts.differences(workers)
    listed = sorted(workers.values(), key=lambda each: each.name)
    if options.json is not None:
        every = [asdict(each) for each in listed]
        for each in every:
            del each["images"]  # for placing jobs: keys, by the hundred
        found = {"schema": 1, "workers": every, "differences": said}
        screen.show_json(found, options.json)
    if options.json != "-":
        _show(listed)
        for sentence in said:
            screen.out().print(Text(screen.printable(sentence), style="yellow"))
    if not all(any(tool.compiler for tool in each.tools) for each in listed):
        sys.exit(3)


def _show(workers: list[WorkerFacts]) -> None:
    for worker in workers:
        cores = f"{worker.machine}, {worker.jobs} processor{'s' if worker.jobs > 1 else ''}, "
        title = f"{worker.name}: {cores if worker.machine else ''}refseries {worker.version}"
        screen.out().print(Text(screen.printable(title), style="bold"))
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for tool in worker.tools:
            for what in filter(None, (tool.compiler, tool.linker, tool.qemu)):
                table.add_row(tool.arch, Text(screen.printable(what)))
        if worker.lacks:
            lacks = screen.printable(", ".join(worker.lacks))
            table.add_row(Text("lacks", style="red"), Text(lacks))
        screen.out().print(table)
