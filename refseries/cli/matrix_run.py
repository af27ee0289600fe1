# SPDX-License-Identifier: GPL-2.0-or-later
"""From options to a matrix of results, which ``test`` and ``build`` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from refseries.cli import live
from refseries.cli.context import find_configs, find_lab, load
from refseries.cli.options import BuildOptions
from refseries.errors import Stopped
from refseries.model import Matrix

if TYPE_CHECKING:
    from refseries.testing.repeat import Repeat


def run(
    options: BuildOptions,
    *,
    by_task: bool = False,
    by_patch: bool = False,
    only: tuple[str, ...] = (),
    boot: bool = True,
    repeat: Repeat | None = None,
) -> Matrix:
    """Build, and test if asked to, and say meanwhile how far it is.

    Args:
        by_task: through the fixups of the version that ``options`` names.
        by_patch: through the patches of that version.
        only: names or globs of the cases to run; empty for all.
        boot: False to stop behind the builds.
        repeat: how often the cases run; None: once, as it is.
    """
    from refseries.series import naming
    from refseries.testing import matrix, remaining

    context = load(options)
    targets = naming.targets(
        context.series,
        options.versions,
        every=options.all_versions,
        by_task=by_task,
        by_patch=by_patch,
    )
    configs = find_configs(context, options.config or context.series.configs)
    request = matrix.MatrixRequest(
        lab=find_lab(context, options.quiet, rebuild=options.rebuild),
        targets=targets,
        configs=configs,
        chain=targets[-1].version if by_task or by_patch else None,
        by_patch=by_patch,
        only=only,
        boot=boot,
        repeat=repeat,
    )
    took = None if options.quiet or only else remaining.expected(request.lab, targets, configs)
    with live.board(options.quiet, took, request.lab.jobs) as board:
        return matrix.run(request, board.put)


def leave(found: Matrix) -> None:
    """End the command as ``found`` came out: with 1 if it is not as expected.

    Raises:
        Stopped: it is not complete.
    """
    if found.stopped:
        raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")
    if not found.as_expected:
        sys.exit(1)
