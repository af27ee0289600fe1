# SPDX-License-Identifier: GPL-2.0-or-later
"""From options to a matrix of results, which ``test`` and ``build`` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from refseries.cli import live, targets
from refseries.cli.context import find_configs, find_lab, load
from refseries.cli.options import BuildOptions
from refseries.errors import SeriesError, Stopped
from refseries.series import naming
from refseries.testing.model import Matrix

if TYPE_CHECKING:
    from refseries.testing.repeat import Repeat
    from refseries.testing.touched import TouchedFile


def run(
    options: BuildOptions,
    *,
    by_task: bool = False,
    by_patch: bool = False,
    onto: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    boot: bool = True,
    repeat: Repeat | None = None,
) -> tuple[Matrix, tuple[TouchedFile, ...]]:
    """Build, and test if asked to, and say meanwhile how far it is.

    Args:
        by_task: through the fixups of the version that ``options`` names.
        by_patch: through the patches of that version.
        onto: commits; each version is tested over these as well.
        only: names or globs of the cases to run; empty for all.
        boot: False to stop behind the builds.
        repeat: how often the cases run; None: once, as it is.

    Returns:
        The runs, and what the targets touch.
    """
    from refseries.testing import matrix, remaining, touched

    context = load(options)
    names, every = options.versions, options.all_versions
    stepwise = by_task or by_patch
    if stepwise:
        _refuse(onto)
        found = naming.targets(
            context.series, names, every=every, by_task=by_task, by_patch=by_patch
        )
    else:
        found = targets.states(context, names, every=every)
    configs = find_configs(context, options.config)
    if stepwise:
        lab = find_lab(context, options.quiet, rebuild=options.rebuild)
    else:
        lab, found = targets.lab_and_targets(
            context, names, options.quiet, every=every, onto=onto, rebuild=options.rebuild
        )
    request = matrix.MatrixRequest(
        lab=lab,
        targets=found,
        configs=configs,
        chain=found[-1].version if stepwise else None,
        by_patch=by_patch,
        only=only,
        boot=boot,
        repeat=repeat,
    )
    took = (
        None
        if options.quiet or only
        else remaining.expected(lab, found, configs, repeat.rounds if repeat else 1)
    )
    with live.board(options.quiet, took, lab.jobs) as board:
        result = matrix.run(request, board.put)
    return result, touched.of_matrix(lab, result)


def _refuse(onto: tuple[str, ...]) -> None:
    if onto:
        raise SeriesError(
            "--onto goes with neither --by-task nor --by-patch.",
            where="--onto",
            hint="Name one state, as in `refseries test v4:2 --onto v6.13`.",
        )


def leave(found: Matrix) -> None:
    """End the command as ``found`` came out: with 1 if it is not as expected.

    Raises:
        Stopped: it is not complete.
    """
    if found.stopped:
        raise Stopped("stopped.", hint=Stopped.KEPT)
    if not found.as_expected:
        sys.exit(1)
