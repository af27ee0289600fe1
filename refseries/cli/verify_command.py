# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback verify``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from refseries.cli import live, screen
from refseries.cli.context import find_lab, load
from refseries.cli.evidence_view import show_evidence
from refseries.kernel import configs
from refseries.review import store
from refseries.review import verify as core
from refseries.review.evidence.kind import Verdict
from refseries.review.verify import Complaint, Verified

_COMPLAINTS = {
    Complaint.BROKEN: ("The evidence says otherwise", "red"),
    Complaint.UNTESTED: ("Not everything could be looked at", "red"),
    Complaint.UNPROVEN: ("Settled, but nothing proves it", "yellow"),
}

_EXAMPLE = """\
    [[task.evidence]]
    kind = "test"
    cases = ["FIXTURE.CASE"]"""


@dataclass(frozen=True)
class Options:
    """The flags and arguments."""

    directory: Path | None
    ids: tuple[str, ...]
    every: bool
    version: str | None
    tree: Path | None
    base_ref: str | None
    jobs: int | None
    json: str | None
    quiet: bool


def verify(options: Options) -> None:
    """Prove tasks and show how; leave with 1 when a finished one is not."""
    context = load(
        options.directory, tree=options.tree, base_ref=options.base_ref, jobs=options.jobs
    )
    series = context.series
    tasks = core.select(store.load(series), options.ids, every=options.every)
    known = configs.of_project(series.root)
    lab = find_lab(context, options.quiet)
    with live.board(options.quiet) as board:
        found = core.verify(lab, tasks, options.version, known, board.put)
    if options.json is not None:
        screen.show_json(_as_json(series.name, options.version, found), options.json)
    if options.json != "-":
        show(screen.out(), found)
    if any(each.fails for each in found):
        sys.exit(1)


def show(console: Console, found: Sequence[Verified]) -> None:
    """Each task with a line for each evidence, then the counts and what is wrong."""
    for each in found:
        task = each.task
        state = f"{task.state} in {task.settled_in}" if task.settled_in else str(task.state)
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
    console.print(Text(f"\n{len(found)} tasks: {', '.join(counts) or 'no evidence'}"))
    for complaint, (what, style) in _COMPLAINTS.items():
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
