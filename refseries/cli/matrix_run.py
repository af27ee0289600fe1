# SPDX-License-Identifier: GPL-2.0-or-later
"""From options to a matrix of results, which ``test`` and ``build`` have in common."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from refseries.cli import live, targets
from refseries.cli.context import find_configs, load
from refseries.cli.options import BuildOptions
from refseries.errors import Stopped
from refseries.testing.model import Matrix

if TYPE_CHECKING:
    from refseries.testing.matrix import MatrixRequest
    from refseries.testing.touched import TouchedFile


def request(options: BuildOptions, onto: tuple[str, ...] = ()) -> MatrixRequest:
    """What ``options`` ask for, to be built and tested.

    Args:
        onto: commits; each version is tested over these as well.
    """
    from refseries.testing.matrix import MatrixRequest

    context = load(options)
    names, every = options.versions, options.all_versions
    targets.states(context, names, every=every)  # a wrong version is told before a wrong config
    configs = find_configs(context, options.config)
    lab, found = targets.lab_and_targets(
        context, names, options.quiet, every=every, onto=onto, rebuild=options.rebuild
    )
    return MatrixRequest(lab, found, configs)


def run(wanted: MatrixRequest, *, quiet: bool) -> tuple[Matrix, tuple[TouchedFile, ...]]:
    """Build, and test if asked to, and say meanwhile how far it is.

    Returns:
        The runs, and what the targets touch.
    """
    from refseries.testing import matrix, remaining, touched

    lab, rounds = wanted.lab, wanted.repeat.rounds if wanted.repeat else 1
    took = (
        None
        if quiet or wanted.only
        else remaining.expected(lab, wanted.targets, wanted.configs, rounds)
    )
    with live.board(quiet, took, lab.jobs) as board:
        result = matrix.run(wanted, board.put)
    return result, touched.of_matrix(lab, result)


def leave(found: Matrix) -> None:
    """End the command as ``found`` came out: with 1 if it is not as expected.

    Raises:
        Stopped: it is not complete.
    """
    if found.stopped:
        raise Stopped("stopped.", hint=Stopped.KEPT)
    if not found.as_expected:
        sys.exit(1)
