# SPDX-License-Identifier: GPL-2.0-or-later
"""A difference as text for a cover letter, and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from refseries.bench import figures
from refseries.bench.figures import FigureVerdict
from refseries.coverage.model import LineState
from refseries.diff.behaviour import Behaviour
from refseries.diff.compare import Difference
from refseries.diff.cost import Cost, in_words
from refseries.diff.covered import NewLines
from refseries.git import rangediff
from refseries.git.rangediff import PairStatus, PatchPair
from refseries.review.model import Task

WIDTH = 72
SCHEMA = 1


def what_became(pair: PatchPair) -> str:
    """``changed (message)``, ``new``, …: the fate of a patch in words."""
    if pair.parts:
        return f"{pair.status} ({', '.join(pair.parts)})"
    return str(pair.status)


def what_it_costs(cost: Cost) -> tuple[tuple[FigureVerdict, str], ...]:
    """A verdict and a line for each that there is: how many figures, and which changed most."""
    lines = []
    for verdict in FigureVerdict:
        if found := cost.of(verdict):
            most = "" if verdict is FigureVerdict.SAME else f", most {in_words(found[0])}"
            lines.append((verdict, f"{len(found)} {verdict}{most}"))
    return tuple(lines)


def how_much_is_run(covered: NewLines) -> str:
    """How many of the new lines are code, and are run, in one line."""
    run = covered.count(LineState.RUN)
    code = covered.count(LineState.RUN, LineState.BOOT, LineState.NOT_RUN)
    absent = covered.count(LineState.NOT_COMPILED)
    told = f"{run} of {code} new lines of code are run by a case"
    if absent:
        lines = "line is" if absent == 1 else "lines are"
        told += f"; {absent} more {lines} compiled in none of the configs"
    return told


def as_mail(
    difference: Difference,
    behaviour: Sequence[Behaviour] = (),
    settled: Sequence[Task] = (),
    cost: Cost | None = None,
    covered: NewLines | None = None,
) -> str:
    """Text that a cover letter can take in: plain, 72 columns wide but for quoted code.

    No line begins with ``---`` or ``diff --git``, which would end a letter or begin a patch there.
    """
    old, new = difference.old.name, difference.new.name
    parts = [_patches(difference)]
    if difference.moved:
        moved = difference.moved
        parts.append(f"The base moved from {moved.old} to {moved.new}.\n")
    told = "".join(_behaviour(behaviour, old, new))
    if told:
        parts.append(told)
    if settled:
        items = (_item(f"{task.summary} ({task.reviewer.name})") for task in settled)
        parts.append("Settled of what reviewers asked for:\n\n" + "".join(items))
    if cost is not None and cost.differences:
        items = (_item(line) for _verdict, line in what_it_costs(cost))
        parts.append(f"Cost of {new} against {old}, figures:\n\n" + "".join(items))
    if covered is not None:
        where = ", ".join(covered.configs)
        found = "".join(map(_item, (how_much_is_run(covered), *covered.problems)))
        parts.append(f"Lines of {new} that {old} does not have ({where}):\n\n{found}")
    if any(pair.text for pair in difference.pairs):
        text = rangediff.render(difference.pairs)
        parts.append(f"Range-diff against {old}:\n\n{_trim(text)}")
    if difference.diffstat:
        apart = difference.moved is not None and difference.moved.apart
        there = f" on {difference.moved.new}" if difference.moved and apart else ""
        parts.append(f"{new} differs from {old}{there} in:\n\n{difference.diffstat}")
    return "\n".join(parts)


def _patches(difference: Difference) -> str:
    old, new = difference.old.name, difference.new.name
    lines = [f"Patches from {old} to {new}:\n\n"]
    for pair in difference.pairs:
        number = f"{new} {pair.new}/{len(difference.new.commits.subjects)}"
        if pair.new is None:
            number = f"{old} {pair.old}/{len(difference.old.commits.subjects)}"
        line = f"{number} {pair.subject}: {what_became(pair)}"
        lines.append(_item(line))
    if not difference.pairs:
        lines.append("- none on either side\n")
    return "".join(lines)


def _behaviour(behaviour: Sequence[Behaviour], old: str, new: str) -> Iterator[str]:
    """A paragraph for each config that both sides were tested in."""
    for entry in behaviour:
        if entry.changes is None:
            continue
        yield f"Tests, {entry.config} config, {new} against {old}:\n\n"
        for word, names in entry.changes.told:
            yield _item(f"{word}: {', '.join(names)}")
        if not entry.changes:
            yield _item("no case and no stage came out differently")
        if entry.other_tests:
            yield _item("the two were run with different revisions of the tests")
        if entry.outdated:
            sides = " and ".join(entry.outdated)
            yield _item(f"{sides}: run with other tests or kernel options than those of now")


def _item(line: str) -> str:
    return (
        textwrap.fill(
            line,
            WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "\n"
    )


def _trim(text: str) -> str:
    return re.sub(r"[ \t\r\f]+$", "", text, flags=re.M)


def as_json(
    difference: Difference,
    behaviour: Sequence[Behaviour] = (),
    settled: Sequence[Task] = (),
    cost: Cost | None = None,
    covered: NewLines | None = None,
) -> dict[str, Any]:
    """The documented JSON object; keys are only ever added within one ``schema``."""
    return {
        "schema": SCHEMA,
        "from": difference.old.name,
        "to": difference.new.name,
        "differs": bool(difference),
        "patches": [
            {
                "old": pair.old,
                "new": pair.new,
                "status": pair.status,
                "parts": pair.parts,
                "subject": pair.subject,
                "range_diff": pair.text,
            }
            for pair in difference.pairs
        ],
        "unpaired": difference.unpaired,
        "unchanged": sum(pair.status is PairStatus.UNCHANGED for pair in difference.pairs),
        "files": difference.files,
        **({"moved": difference.moved} if difference.moved else {}),
        "cover": difference.cover,
        "recipients": {
            "added": difference.recipients_added,
            "removed": difference.recipients_removed,
        },
        "behaviour": [
            {
                "config": entry.config,
                "missing": entry.missing,
                "other_tests": entry.other_tests,
                "outdated": entry.outdated,
                "changes": entry.changes,
            }
            for entry in behaviour
        ],
        "settled": [
            {"id": task.id, "reviewer": task.reviewer.name, "summary": task.summary}
            for task in settled
        ],
        "cost": cost and {"missing": cost.missing, "figures": [*map(_figure, cost.differences)]},
        "coverage": covered and _coverage(covered),
    }


def _coverage(covered: NewLines) -> dict[str, Any]:
    return {
        "version": covered.version,
        "configs": covered.configs,
        "problems": covered.problems,
        "lines": [
            {
                "file": line.added.file,
                "line": line.added.number,
                "patch": line.added.patch,
                "text": line.added.text,
                "state": line.state,
                "ways": line.ways,
                "taken": line.taken,
                "reason": line.reason,
            }
            for line in covered.lines
        ],
    }


def _figure(difference: figures.FigureDifference) -> dict[str, Any]:
    return {
        "name": str(difference.after.name),
        "unit": difference.after.unit,
        "before": difference.before.value,
        "after": difference.after.value,
        "verdict": difference.verdict,
    }
