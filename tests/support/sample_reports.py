# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs leave behind, made up: hostile results of the toy, and a large report."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import reviews
from msgspec.structs import replace
from sample_measurements import V1, V2
from toy import Toy

from refseries.bench import measurements
from refseries.check import results as checks
from refseries.check.model import CheckOutcome, CheckState, Finding
from refseries.coverage import keeping
from refseries.coverage.model import AddedSource, CompiledLine, ConfigCoverage, CoveredCase
from refseries.git.rangediff import PairStatus, PatchPair, PatchPart
from refseries.model import Splat, StageOutcome, Target
from refseries.mutate import kept
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport
from refseries.report.model import (
    CaseStory,
    ConfigResults,
    DiffLine,
    Kept,
    PairStory,
    RangeStory,
    ResultColumn,
    ReviewStory,
    SeriesReport,
    TaskStory,
    VersionStory,
)
from refseries.review import store as review_store
from refseries.review.evidence.kind import Proof, Verdict
from refseries.review.model import Anchor, Kind, State, Task
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.model import CaseResult, Outcome, Run

S = StageOutcome
FINE = {"apply": S.PASS, "build": S.PASS, "boot": S.PASS, "test": S.PASS}

MARKUP = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
)
HOSTILE_CASE = f"toy.{MARKUP.replace(' ', '')}&amp;"
TURNED = "\u202egpj.exe\x1b[31m"

BEGINS, ENDS = "0123456789abcdef", "fedcba9876543210"


def keep_run(toy: Toy, version: str, *results: CaseResult, splats: tuple[Splat, ...] = ()) -> Path:
    """The newest results of a version of the toy in ``default``; gives the folder of the run."""
    series = toy.series()
    target = Target(version)
    tree = apply.apply(series, toy.base(), target, toy.cache).tree
    place = toy.cache / "toy" / "runs" / "20261120-120000-1-made" / f"{version}-default"
    place.mkdir(parents=True, exist_ok=True)
    good = all(each.as_expected for each in results)
    stages = {**FINE, "test": S.PASS if good else S.FAIL}
    run = Run(
        target,
        "default",
        "arm64",
        stages,
        log=place,
        results=results,
        splats=splats,
        as_expected=good,
    )
    runs.remember(toy.cache, series.home, run, tree)
    return place


def keep_coverage(toy: Toy, version: str, *, tree: str = "") -> None:
    """Counted lines of a version: one was run, one not, one not compiled, one is no code."""
    series, target = toy.series(), Target(version)
    tree = tree or apply.apply(series, toy.base(), target, toy.cache).tree
    texts = ("int toy[2];", "short toy_create;", f"odd({MARKUP}{TURNED});", "}")
    files = ("mm/memory.c", "mm/toy.c", "mm/toy.c", "mm/toy.c")
    numbers = (10, 1, 2, 3)
    added = tuple(
        AddedSource(file, number, 1, text)
        for file, number, text in zip(files, numbers, texts, strict=True)
    )
    found = ConfigCoverage(
        version,
        "default",
        tree,
        "image",
        "programs",
        "2026-11-21T10:00:00+00:00",
        added,
        (CoveredCase("toy.small", Outcome.PASS, True, 0.1),),
        (
            CompiledLine("mm/memory.c", 10, "toy", False, (0,)),
            CompiledLine("mm/toy.c", 1, "toy", False, ()),
        ),
        (("mm/toy.c", 2),),
    )
    keeping.save(toy.cache, series.home, target, found)


def says(place: Path, case: str, console: str, output: str) -> None:
    """What kernel and case said while ``case`` ran, as a guest's files have it."""
    (place / "console.log").write_text(
        "[    0.100000] booting\n"
        f"[    1.000000] refseries: start {case} {BEGINS}\n"
        f"[    1.100000] {console}\n"
        f"[    1.200000] refseries: end {case} {ENDS}\n"
        "[    1.300000] powering off\n"
    )
    (place / "results.ktap").write_text(
        f"KTAP version 1\n1..1\n# refseries: start {case} {BEGINS} {ENDS}\n"
        f"  {output}\n# refseries: end {case} {ENDS}\nnot ok 1 {case}\n# refseries: exit 1\n"
    )


def keep_findings(toy: Toy, version: str, text: str) -> None:
    """A finding of a check, a mutant that survived, and figures of v1 and v2; ``text`` in each."""
    series, base = toy.series(), toy.base()
    applied = apply.apply(series, base, Target(version), toy.cache)
    tree = applied.tree
    finding = Finding("spelling", version, "0001-mm-introduce-toys.patch", "mm/toy.c", 1, text)
    outcome = CheckOutcome("spelling", version, CheckState.FINDINGS, findings=(finding,))
    checks.remember(toy.cache, series.home, version, applied.commit, [outcome])
    survivor = MutantResult(Mutant("mm/a.c:f:1", text, "-a\n"), MutantFate.SURVIVED)
    report = MutationReport(Target(version), (survivor,), 1)
    kept.remember(toy.cache, series.home, "default", tree, report)
    bench = toy.project / "kernel-tests" / "bench"
    bench.mkdir(parents=True)
    (bench / "bench.toml").write_text(
        'schema = 1\nsubject = "toy"\nbars = ["read.dense"]\n'
        '[operations]\nread = "first load"\n[memories]\nanon = "plain"\ntoy = "ours"\n'
        '[patterns]\ndense = "all"\n'
    )
    measurements.save(series, V1, V2)


def hostile(toy: Toy) -> None:
    """Results, consoles and a review of the toy that try to be more than text."""
    place = keep_run(
        toy,
        "v1",
        CaseResult("toy.small", Outcome.XFAIL, Outcome.FAIL, "v1-ada-1", MARKUP),
        CaseResult(HOSTILE_CASE, Outcome.FAIL, message=f"{MARKUP}{TURNED}"),
        CaseResult("toy.plain", Outcome.PASS),
        splats=(Splat("warning", f"WARNING: {MARKUP}", "toy.plain", MARKUP),),
    )
    says(place, HOSTILE_CASE, f"kernel: {MARKUP}", f"# case: {MARKUP}")
    keep_run(
        toy, "v2", CaseResult("toy.small", Outcome.PASS), CaseResult("toy.plain", Outcome.PASS)
    )
    keep_coverage(toy, "v2")
    keep_findings(toy, "v2", MARKUP)
    cover = toy.project / "series/v2/cover.md"
    cover.write_text(f"{cover.read_text()}\nA letter {MARKUP}\n")
    review = reviews.make()
    first = replace(
        review.tasks[0], summary=f"small {MARKUP}", comment=f"{MARKUP}\n{{{{ 7 * 7 }}}}\n"
    )
    review_store.save(toy.series(), replace(review, tasks=(first, *review.tasks[1:])))


def large(
    *, tasks: int = 300, patches: int = 60, versions: int = 20, configs: int = 3, cases: int = 300
) -> SeriesReport:
    """A series of that size, with results of every case in every version and config."""
    names = [f"v{number}" for number in range(1, versions + 1)]
    stories = [_task(number, names, patches) for number in range(tasks)]
    return SeriesReport(
        name="large",
        title="mm: a large series",
        standing=f"v{versions} is not sent yet; no task is open.",
        next_step="nothing",
        base="Linux 6.12.117",
        versions=tuple(_version(name, patches, stories) for name in names),
        results=tuple(_config(f"config{number}", names, cases) for number in range(configs)),
        ranges=tuple(
            _range(before, after, patches, stories) for before, after in itertools.pairwise(names)
        ),
        costs=None,
        tasks=f"{tasks} tasks",
    )


def _task(number: int, names: list[str], patches: int) -> TaskStory:
    raised, settled = names[number % (len(names) - 1)], names[number % (len(names) - 1) + 1]
    task = Task(
        id=f"{raised}-ada-{number}",
        kind=Kind.CHANGE,
        state=State.SETTLED,
        summary=f"Change number {number}",
        reviewer=reviews.ADA,
        anchor=Anchor(f"{number % patches:04}-patch.patch", "mm/a.c", 1, f"int l_{number};"),
        comment="This should be done in another way.\n" * 4,
        settled_in=settled,
    )
    return TaskStory(task, Verdict.PROVEN, (("test: a.b", Proof(Verdict.PROVEN, "fail, pass")),))


def _version(name: str, patches: int, stories: list[TaskStory]) -> VersionStory:
    raised = tuple(each for each in stories if each.task.raised_on == name)
    when = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    return VersionStory(
        name=name,
        title="mm: a large series",
        date=when,
        posted="2026-11-21",
        link="https://lore.kernel.org/r/1@example.org",
        base="Linux 6.12.117",
        problem="",
        patches=tuple((f"{n:04}-patch.patch", f"mm: patch {n}") for n in range(patches)),
        letter="",
        changes="",
        reviews=(ReviewStory("Ada Löwe", when, "https://lore.kernel.org/r/2@example.org", raised),),
        settled=tuple(each for each in stories if each.task.settled_in == name),
    )


def _config(name: str, names: list[str], cases: int) -> ConfigResults:
    def story(column: int, number: int) -> CaseStory:
        fails = number % 7 == 0 and column < len(names) // 2
        case = f"fixture_{number // 20}.case_{number}"
        if not fails:
            return CaseStory(CaseResult(case, Outcome.PASS))
        text = f"assertion {number} of column {column} failed"
        result = CaseResult(case, Outcome.XFAIL, Outcome.FAIL, "v1-ada-0", text)
        return CaseStory(result, "It is not done yet.", f"{text}\n" * 10, f"# {text}\n" * 10)

    columns = tuple(
        ResultColumn(
            version,
            Kept.CURRENT,
            "as expected",
            good=True,
            when="2026-11-21T10:00:00+00:00",
            again=f"refseries test {version} --config {name}",
            cases=tuple(story(column, number) for number in range(cases)),
        )
        for column, version in enumerate(names)
    )
    return ConfigResults(name, "arm64", "made up", columns)


def _range(before: str, after: str, patches: int, stories: list[TaskStory]) -> RangeStory:
    # As in a real one, a change now and then.
    marks = ("+-", " +", " +", " +", "  ", "  ", "-+", "++", " +", " +", "@@", "  ")
    lines = tuple(DiffLine(f"{marks[n % len(marks)]}\tint line_{n};") for n in range(60))
    about = [each for each in stories if each.task.raised_on == before]
    return RangeStory(
        before,
        after,
        tuple(
            PairStory(
                PatchPair(n + 1, n + 1, PairStatus.CHANGED, f"mm: patch {n}", (PatchPart.CODE,)),
                (DiffLine(" +int x;", tuple(about[n : n + 1])), *lines),
            )
            for n in range(patches)
        ),
    )
