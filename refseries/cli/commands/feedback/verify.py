# SPDX-License-Identifier: GPL-2.0-or-later
"""Prove tasks: what fails on the version criticised, and passes on the one that settles it.

Runs whatever results are missing. Leaves with 1 when the evidence of a
settled or answered task says otherwise, or could not be looked at.

Example: refseries feedback verify --all
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from refseries.cli import complete, live, screen
from refseries.cli.context import find_lab, load
from refseries.cli.evidence_view import show_evidence
from refseries.cli.options import GuestOptions, LabOptions, OutputOptions
from refseries.host.text import counted
from refseries.review import listing, store
from refseries.review.evidence.kind import Verdict

if TYPE_CHECKING:
    from refseries.review.verify import Verified

_EXAMPLE = """\
    [[task.evidence]]
    kind = "test"
    cases = ["FIXTURE.CASE"]"""


@dataclass(frozen=True, kw_only=True)
class VerifyOptions(LabOptions, GuestOptions, OutputOptions):
    """Which tasks are proved, and on which version."""

    ids: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="ID…",
            help="Tasks, such as v3-jannh-7; default: the settled ones.",
            autocompletion=complete.tasks,
        ),
    ] = ()
    every: Annotated[
        bool, typer.Option("--all", "-a", help="Every task that has evidence, settled or not.")
    ] = False
    version: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Hold this one against the version criticised; default: the one that settles.",
            autocompletion=complete.plain_versions,
        ),
    ] = None


def main(options: VerifyOptions) -> None:
    """Prove tasks and show how; leave with 1 when a finished one is not."""
    from refseries.kernel import configs
    from refseries.review import verify

    context = load(options)
    series = context.series
    tasks = verify.select(store.load(series), options.ids, every=options.every)
    known = configs.of_project(series.root)
    lab = find_lab(context, options.quiet)
    with live.board(options.quiet) as board:
        found = verify.verify(lab, tasks, options.version, known, board.put)
    if options.json is not None:
        screen.show_json(_as_json(series.name, options.version, found), options.json)
    if options.json != "-":
        show(screen.out(), found)
    if any(each.fails for each in found):
        sys.exit(1)


def show(console: Console, found: Sequence[Verified]) -> None:
    """Each task with a line for each evidence, then the counts and what is wrong."""
    from refseries.review.verify import Complaint

    complaints = {
        Complaint.BROKEN: ("The evidence says otherwise", "red"),
        Complaint.UNTESTED: ("Not everything could be looked at", "red"),
        Complaint.UNPROVEN: ("Settled, but nothing proves it", "yellow"),
    }
    for each in found:
        task = each.task
        state = listing.standing(task)
        line = Text(screen.printable(task.id), style="bold")
        line.append(f"  {state}  {screen.printable(task.summary)}", style="default")
        console.print(line)
        for evidence, proof in zip(task.evidence, each.proofs, strict=True):
            show_evidence(console, evidence.kind, proof)
        if not task.evidence:
            console.print(Text("  no evidence", style="yellow"))
    counts = [
        f"{sum(each.verdict is verdict for each in found)} {verdict}"
        for verdict in Verdict
        if any(each.verdict is verdict for each in found)
    ]
    console.print(Text(f"\n{counted(len(found), 'task')}: {', '.join(counts) or 'no evidence'}"))
    for complaint, (what, style) in complaints.items():
        if ids := [each.task.id for each in found if each.complaint is complaint]:
            console.print(Text(screen.printable(f"{what}: {', '.join(ids)}"), style=style))
    if any(not each.task.evidence for each in found):
        console.print("What proves a task stands in its file of series/feedback/, for example:")
        console.print(_EXAMPLE)


def _as_json(series: str, version: str | None, found: Sequence[Verified]) -> dict[str, object]:
    return {
        "schema": 1,
        "series": series,
        "version": version,
        "ok": not any(each.fails for each in found),
        "tasks": [
            {
                "id": each.task.id,
                "kind": each.task.kind,
                "state": each.task.state,
                "raised_on": each.task.raised_on,
                "settled_in": each.task.settled_in,
                "looked_at": each.after,
                "verdict": each.verdict,
                "complaint": each.complaint,
                "summary": each.task.summary,
                "evidence": [
                    {
                        "kind": evidence.kind,
                        "detail": evidence.detail(),
                        "verdict": proof.verdict,
                        "seen": proof.seen,
                    }
                    for evidence, proof in zip(each.task.evidence, each.proofs, strict=True)
                ],
            }
            for each in found
        ],
    }
