# SPDX-License-Identifier: GPL-2.0-or-later
"""Build kernels; what is built already costs nothing.

Example: refseries build v3 v4 --config debug
"""

from __future__ import annotations

from dataclasses import replace

from refseries.cli import matrix_run, matrix_view, screen
from refseries.cli.options import BuildOptions
from refseries.testing import report


def main(options: BuildOptions) -> None:
    """Build and show what came of it; leave with 1 if it is not as expected."""
    wanted = replace(matrix_run.request(options), boot=False)
    found, touched = matrix_run.run(wanted, quiet=options.quiet)
    if options.json != "-":
        matrix_view.show(screen.out(), found, touched)
    if options.json is not None:
        screen.show_json(report.as_json(found, touched), options.json)
    matrix_run.leave(found)
