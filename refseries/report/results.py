# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest kept results of each version, in each config that has any or is to have some."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.homes import at_home
from refseries.kernel import configs as kernel_configs
from refseries.kernel.model import Config
from refseries.model import Series, StageOutcome, Target
from refseries.report import excerpts
from refseries.report.model import CaseStory, ConfigResults, Kept, ResultColumn
from refseries.report.sources import ReportSources
from refseries.testing import changes, runs
from refseries.testing.expectations import Expectations
from refseries.testing.judges import Judges
from refseries.testing.model import CaseResult, Matrix, Outcome, Run, failed_stage, tally
from refseries.testing.runs import LatestRun

_FINE = (StageOutcome.PASS, StageOutcome.NOT_RUN)


def config_results(sources: ReportSources) -> tuple[ConfigResults, ...]:
    """What is kept, with the configs of the series first; nothing is run for it.

    Raises:
        SeriesError: expectations.toml is wrong.
    """
    series = sources.series
    known = _configs(series)
    expectations, judges = _expectations(series), Judges.load(series.root)
    names = dict.fromkeys((*series.configs, *_with_results(series, known, sources.cache)))
    return tuple(_config(sources, name, known.get(name), expectations, judges) for name in names)


def _configs(series: Series) -> dict[str, Config]:
    """All there are; none where a file about them is wrong, which `refseries test` tells.

    What is kept can be shown without: only its architecture is not known then.
    """
    try:
        return kernel_configs.of_project(series.root)
    except SeriesError:
        return {}


def _expectations(series: Series) -> Expectations:
    path = series.root / "kernel-tests" / "expectations.toml"
    return Expectations.load(series.root) if path.is_file() else Expectations()


def _with_results(series: Series, known: Mapping[str, Config], cache: Path) -> Iterator[str]:
    for name in known:  # a config that is gone has no name any more
        targets = (Target(version.name) for version in series.versions)
        if any(runs.latest(cache, series.home, target, name) for target in targets):
            yield name


def _config(
    sources: ReportSources,
    name: str,
    config: Config | None,
    expectations: Expectations,
    judges: Judges,
) -> ConfigResults:
    series, base, problems = sources.series, sources.base, sources.problems
    columns, current = [], []
    for version in series.versions:
        target = Target(version.name)
        found = runs.latest(sources.cache, series.home, target, name)
        again = f"refseries test {version.name} --config {name}"
        if version.name in problems:
            columns.append(_refused(target, name, problems[version.name], again, expectations))
            current.append(Run(target, name, "", {"apply": StageOutcome.APPLY_FAILED}))
        elif found is None:
            words = f"never run here: {again}"
            columns.append(ResultColumn(version.name, Kept.NEVER, words, again=again))
        elif outdated := judges.outdated(found, target, name, sources.tree(version.name)):
            words = f"run with {outdated} only: {again}"
            columns.append(
                ResultColumn(version.name, Kept.STALE, words, when=found.when, again=again)
            )
        else:
            columns.append(_column(version.name, name, found, again, expectations))
            current.append(found.as_run(target, name))
    told = changes.through(Matrix(series.name, base, tuple(current))) if base else ()
    return ConfigResults(
        name, config.arch if config else "", config.about if config else "", tuple(columns), told
    )


def _column(
    version: str, config: str, found: LatestRun, again: str, expectations: Expectations
) -> ResultColumn:
    place = Path(found.log) if found.log else Path("/nonexistent")
    is_kept = place.is_dir()
    telling = frozenset(r.name for r in found.results if not _is_plain_pass(r))
    texts = excerpts.excerpts_of(place, telling) if is_kept else excerpts.Excerpts({}, {})
    return ResultColumn(
        version=version,
        kept=Kept.CURRENT,
        words=_words(found),
        good=found.as_expected,
        stages=tuple((s, str(o)) for s, o in found.stages.items() if o not in _FINE),
        when=found.when,
        again=again,
        log=at_home(place) if is_kept or (found.log and place.exists()) else "",
        message=found.message,
        splats=found.splats,
        cases=tuple(
            CaseStory(
                each,
                _why(expectations, version, config, each.name),
                texts.console.get(each.name, ""),
                texts.output.get(each.name, ""),
            )
            for each in found.results
        ),
    )


def _refused(
    target: Target, config: str, why: str, again: str, expectations: Expectations
) -> ResultColumn:
    """A version that does not apply, which the report finds out for itself."""
    good = expectations.stage(target, config, "apply") is not None
    outcome = str(StageOutcome.APPLY_FAILED)
    words = f"apply: {outcome} ({_verdict(good)})"
    stages = (("apply", outcome),)
    return ResultColumn(
        target.version, Kept.CURRENT, words, good=good, stages=stages, again=again, message=why
    )


def _is_plain_pass(result: CaseResult) -> bool:
    return result.outcome is Outcome.PASS and result.as_expected


def _why(expectations: Expectations, version: str, config: str, case: str) -> str:
    found = expectations.case(Target(version), config, case)
    return found.why if found else ""


def _words(found: LatestRun) -> str:
    """``115 pass, 8 skip, 17 xfail, 1 splat (as expected)``."""
    failed = failed_stage(found.stages)
    if found.results:
        text = tally(found.results)
    elif failed:
        text = f"{failed}: {found.stages[failed]}"
    else:
        text = "built, not booted" if found.stages.get("build") is StageOutcome.PASS else "not run"
    if found.splats:
        text += f", {len(found.splats)} splat{'s' if len(found.splats) > 1 else ''}"
    return f"{text} ({_verdict(found.as_expected)})"


def _verdict(good: bool) -> str:
    return "as expected" if good else "NOT as expected"


def only(case: str) -> str:
    """What behind the command of a column runs one case alone."""
    return f"--only {shlex.quote(case)}"
