# SPDX-License-Identifier: GPL-2.0-or-later
"""A matrix for people: test cases down, versions across, and what changed between them."""

from __future__ import annotations

import html
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from refseries.cli.matrix_words import CHANGES, key, letter, stage_letter, stage_word
from refseries.cli.screen import printable
from refseries.host.text import counted
from refseries.model import BaseInfo, StageOutcome
from refseries.testing import example
from refseries.testing.changes import Changes, through
from refseries.testing.model import STAGES, CaseResult, Matrix, Outcome, Run, failed_stage, tally
from refseries.testing.report import own_bases
from refseries.testing.touched import TouchedFile, complaints, lacks_sources

# With more versions than this, or longer names, a cell is one letter and a version is a number, so
# that the table stays within 80 columns.
_WIDE_COLUMNS = 5
_WIDE_NAMES = 50

_STYLES = {
    "pass": "green",
    "skip": "yellow",
    "xfail": "red",
    "not-run": "dim",
    "stopped": "yellow",
}
_UNEXPECTED = "bold red"


def show(
    console: Console, matrix: Matrix, touched: Sequence[TouchedFile] = (), *, full: bool = False
) -> None:
    """Print a matrix: a table a config, the changes, the verdict.

    Args:
        touched: what the targets touch; what nothing compiles is told.
        full: a row for every case; otherwise the cases of a fixture that pass in all runs share
            one, and so do those that skip in all.
    """
    bases = on_bases(matrix)
    for config in dict.fromkeys(run.config for run in matrix.runs):
        runs = [run for run in matrix.runs if run.config == config]
        # Not as the table's own title, which would be folded to the width of a narrow table.
        console.print(f"{config} ({runs[0].arch})", style="bold")
        if bases:
            console.print(Text(bases, style="dim"), soft_wrap=True)
        console.print(_table(runs, full))
        for line in _legend(runs):
            console.print(line, soft_wrap=isinstance(line, Text) and line.no_wrap is True)
    if told := list(key(_parts(matrix))):
        console.print(Text("\n".join(told) + "\n", style="dim"))
    changes = through(matrix)
    if changes:
        console.print("What changed", style="bold")
        for entry in changes:
            console.print(what_changed(entry))
    for line in complaints(touched):
        console.print(Text(printable(line), style="yellow"))
    console.print(_verdict(matrix, touched))


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
{{stylesheet}}
body {{{{ color: {{foreground}}; background-color: {{background}}; }}}}
</style>
</head>
<body>
<pre style="font-family: monospace"><code>{{code}}</code></pre>
</body>
</html>
"""


def as_html(matrix: Matrix, touched: Sequence[TouchedFile] = ()) -> str:
    """The whole matrix as a page of its own: what ``show`` prints, with a row for every case."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=100,
        color_system="truecolor",
        force_terminal=True,
        highlight=False,
        markup=False,
    )
    show(console, matrix, touched, full=True)
    versions = dict.fromkeys(str(run.target) for run in matrix.runs)
    on = on_bases(matrix) or f"on Linux {matrix.base.release}"
    title = f"{matrix.series} {' '.join(versions)} {on}"
    return console.export_html(code_format=_PAGE.format(title=html.escape(title)))


def on_bases(matrix: Matrix) -> str:
    """``v1, v2 on Linux 6.12.117; v3 on Linux 6.13``; empty where all stand on one base."""
    own = own_bases(matrix)
    if not own:
        return ""
    found: dict[BaseInfo, list[str]] = {}
    for run in matrix.runs:
        names = found.setdefault(own.get(run.target.stands_on, matrix.base), [])
        if str(run.target) not in names:
            names.append(str(run.target))
    told = Counter(base.release for base in found)
    parts = (
        f"{', '.join(names)} on Linux {base.release}"
        + (f" ({base.commit[:12]})" if told[base.release] > 1 else "")
        for base, names in found.items()
    )
    return "; ".join(parts)


def _parts(matrix: Matrix) -> list[tuple[bool, list[Run]]]:
    """The runs of each table, and whether its cells are letters."""
    configs = dict.fromkeys(run.config for run in matrix.runs)
    tables = ([run for run in matrix.runs if run.config == config] for config in configs)
    return [(_is_narrow(runs), runs) for runs in tables]


def _is_narrow(runs: list[Run]) -> bool:
    return len(runs) > _WIDE_COLUMNS or sum(len(str(run.target)) for run in runs) > _WIDE_NAMES


def _table(runs: list[Run], full: bool) -> Table:
    narrow = _is_narrow(runs)
    tasks = _tasks(runs)
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("", overflow="fold", ratio=None)
    for number, run in enumerate(runs):
        header = f"{number}" if narrow else str(run.target)
        table.add_column(header, no_wrap=True, min_width=0 if narrow else 6)
    if tasks:
        table.add_column("task", no_wrap=True, style="cyan")
    for stage in _telling_stages(runs):
        table.add_row(stage, *(_stage_cell(run, stage, narrow) for run in runs))
    for fixture, names in _by_fixture(runs).items():
        same = {} if full else _same_in_all(runs, names)
        telling = [name for name in names if name not in same]
        counts = Counter(same.values())
        if telling or len(counts) > 1:
            table.add_row(Text(fixture))
        for name in telling:
            label = f"  {printable(name.removeprefix(fixture + '.'))}"
            cells = (_case_cell(_find(run, name), narrow) for run in runs)
            table.add_row(label, *cells, *([tasks.get(name, "")] if tasks else []))
        for outcome, count in counts.items():
            # A run that did not get as far as its cases has a gap, as in the row of one case.
            shared = CaseResult(fixture, outcome, outcome)
            cells = (_case_cell(shared if run.results else None, narrow) for run in runs)
            table.add_row(_counted(fixture, count, bool(telling), len(counts)), *cells)
    return table


def _telling_stages(runs: list[Run]) -> list[str]:
    """The stages before the cases that did not go well somewhere; builds without cases."""
    dull = ({StageOutcome.PASS}, {StageOutcome.NOT_RUN})
    found = [
        stage
        for stage in STAGES[:-1]
        if {run.stages.get(stage, StageOutcome.NOT_RUN) for run in runs} not in dull
    ]
    if not any(run.results for run in runs) and all(map(_is_built, runs)):
        found.append("build")
    return found


def _counted(fixture: str, count: int, telling: bool, outcomes: int) -> Text:
    """What the row of the cases is called that came out alike in all runs.

    Args:
        telling: other cases of the fixture have rows of their own.
        outcomes: how many such rows the fixture has.
    """
    if telling:
        return Text(f"  {count} more", style="dim")
    return Text(f"  {count}", style="dim") if outcomes > 1 else Text(f"{fixture} ({count})")


def _same_in_all(runs: Iterable[Run], names: Iterable[str]) -> dict[str, Outcome]:
    """The cases that pass, or skip as expected, in every run that got as far as its cases."""
    tested = [run for run in runs if run.results]
    found: dict[str, Outcome] = {}
    for name in names:
        results = [_find(run, name) for run in tested]
        outcomes = {r.outcome if r and r.as_expected else Outcome.FAIL for r in results}
        if outcomes in ({Outcome.PASS}, {Outcome.SKIP}):
            found[name] = outcomes.pop()
    return found


def _is_built(run: Run) -> bool:
    return run.stages.get("build") is StageOutcome.PASS


def _by_fixture(runs: Iterable[Run]) -> dict[str, list[str]]:
    names = dict.fromkeys(result.name for run in runs for result in run.results)
    fixtures: dict[str, list[str]] = {}
    for name in names:
        fixtures.setdefault(name.partition(".")[0], []).append(name)
    return fixtures


def _tasks(runs: Iterable[Run]) -> dict[str, str]:
    """For each case the tasks of its expected failures, in the order of the versions."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for result in run.results:
            if result.task:
                found.setdefault(result.name, {})[result.task] = None
    return {name: " ".join(tasks) for name, tasks in found.items()}


def _find(run: Run, name: str) -> CaseResult | None:
    return next((result for result in run.results if result.name == name), None)


def _case_cell(result: CaseResult | None, narrow: bool) -> Text:
    if result is None:
        return Text("" if narrow else "-", style="dim")
    word = letter(result.outcome) if narrow else str(result.outcome)
    if result.outcome is Outcome.FLAKY:
        word = f"~{result.odd}" if narrow else f"{word} {result.odd}/{result.rounds}"
    if result.as_expected:
        return Text(word, style=_STYLES.get(result.outcome, "red"))
    return Text(word + "!", style=_UNEXPECTED)


def _stage_cell(run: Run, stage: str, narrow: bool) -> Text:
    outcome = run.stages.get(stage, StageOutcome.NOT_RUN)
    word = stage_letter(outcome) if narrow else stage_word(outcome)
    if outcome in (StageOutcome.PASS, StageOutcome.NOT_RUN):
        return Text(word, style=_STYLES.get(outcome, ""))
    return Text(word if run.as_expected else word + "!", style="red")


def _legend(runs: list[Run]) -> Iterator[RenderableType]:
    """What became of each run. No path is broken over lines: it is there to be copied."""
    narrow = _is_narrow(runs)
    for number, run in enumerate(runs):
        line = Text(f"{number} {run.target}" if narrow else str(run.target), style="bold")
        line.append(f"  {summary(run)}", style="default")
        yield line
        style = "dim" if run.as_expected else ""
        if run.message:
            yield Padding(Text(printable(run.message), style=style), (0, 0, 0, 4))
        for result in run.results:
            if result.outcome is Outcome.FLAKY:
                task = f" [{result.task}]" if result.task else ""
                text = Text(printable(f"flaky {result.name}: {result.message}{task}"), style="red")
                yield Padding(text, (0, 0, 0, 4))
        for splat in run.splats:
            where = f"in {splat.case}" if splat.case else "outside of any case"
            text = Text(printable(f"splat {where}: {splat.title}"), style=style)
            yield Padding(text, (0, 0, 0, 4))
        if run.log and not run.as_expected:
            path = f"    evidence: {run.log}"
            yield Text(path, style="dim", no_wrap=True)
    yield Text("")


def summary(run: Run) -> str:
    """One line about a run: how far it came, the counts of its cases, whether that was expected."""
    failed = failed_stage(run.stages)
    if StageOutcome.STOPPED in run.stages.values():
        text = "stopped"
    elif failed and not (failed == "test" and run.results):
        text = f"{failed}: {run.stages[failed]}"
    elif run.results:
        text = tally(run.results)
    else:
        text = "built" if _is_built(run) else "not run"
    rounds = max((result.rounds for result in run.results), default=1)
    if rounds > 1:
        text = f"{rounds} rounds: {text}"
    if run.splats:
        text += f", {counted(len(run.splats), 'splat')}"
    return text + (" (as expected)" if run.as_expected else " (NOT as expected)")


def what_changed(changes: Changes) -> RenderableType:
    """From which run to which, and a line for each way in which cases changed."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for word, names in changes.told:
        label = Text(f"    {word} {len(names)}", style=CHANGES.get(word, "red"))
        table.add_row(label, Text(printable(", ".join(names))))
    title = f"  {changes.before} → {changes.after} ({changes.config})"
    return Group(Text(title), table)


def _verdict(matrix: Matrix, touched: Sequence[TouchedFile]) -> Text:
    if matrix.stopped:
        return Text("Stopped; what is shown had finished.", style="yellow")
    if matrix.as_expected:
        if example.is_all(result for run in matrix.runs for result in run.results):
            text = "As expected, but only init's example was run, which tests nothing of the series"
            return Text(f"{text}: {example.ADVICE}.", style="yellow")
        if lacks_sources(touched):
            return Text("What was compiled is as expected; not all of it was.", style="yellow")
        return Text("Everything is as expected.", style="green")
    wrong = [f"{run.target} {run.config}" for run in matrix.runs if not run.as_expected]
    return Text(f"NOT as expected: {', '.join(wrong)}.", style=_UNEXPECTED)
