# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries bench``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import configs, measurements, resources, store
from refseries.bench import description, report, run
from refseries.cli import bench_view, screen
from refseries.cli.context import Context, find_base, load
from refseries.errors import SeriesError
from refseries.measurements import Measurement
from refseries.prepare import Workshop


@dataclass(frozen=True)
class Options:
    """See the help of ``refseries bench``."""

    directory: Path | None
    versions: tuple[str, ...]
    all_versions: bool
    config: str
    against: str | None
    save: bool
    tree: Path | None
    base_ref: str | None
    jobs: int | None
    json: str | None
    quiet: bool


def bench(options: Options) -> None:
    """Measure, show, keep; leave with 1 when something went wrong or did not settle."""
    context = load(
        options.directory, tree=options.tree, base_ref=options.base_ref, jobs=options.jobs
    )
    series = context.series
    targets = store.targets(series, options.versions, every=options.all_versions)
    known = configs.load_configs(resources.qemu_dir() / "configs.toml", series.root)
    (config,) = configs.select(known, [options.config])
    earlier = _against(context, options.against)
    info = find_base(context, options.quiet)
    shop = Workshop(series, info, context.settings.cache, context.settings.jobs)
    words = description.load(shop.bench)
    with screen.progress(options.quiet) as progress:
        outcomes = run.measure(run.Request(shop, targets, config), lambda text: progress(text, 0.0))
    _show(outcomes, words, earlier, options)
    if options.save:
        for outcome in outcomes:
            if outcome.good and outcome.measurement:
                path = measurements.save(series, outcome.measurement)
                screen.err().print(f"Saved {path}", soft_wrap=True)
    if not all(outcome.good for outcome in outcomes):
        sys.exit(1)


def _show(
    outcomes: Sequence[run.Outcome],
    words: description.Description,
    earlier: Measurement | None,
    options: Options,
) -> None:
    measured = [outcome.measurement for outcome in outcomes if outcome.measurement]
    changed = report.changes(measured, earlier)
    if options.json is not None:
        problems = {str(outcome.target): outcome.problems for outcome in outcomes}
        screen.show_json(report.as_json(measured, problems, changed), options.json)
    if options.json != "-":
        bench_view.show(screen.out(), outcomes, words, changed)


def _against(context: Context, name: str | None) -> Measurement | None:
    if name is None:
        return None
    version = store.target(context.series, name)
    kept = measurements.load(context.series, str(version))
    if kept is None:
        raise SeriesError(
            f"no figures of {version} are saved.",
            where=str(measurements.path_of(context.series, str(version))),
            hint=f"Save them first: `refseries bench {version} --save`.",
        )
    return kept
