# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the key and certificate that the machines of a cluster know each other by.

Whoever has them can run any program on every machine of the cluster.

Example: refseries cluster keys
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import screen
from refseries.cli.options import SeriesOptions


@dataclass(frozen=True, kw_only=True)
class KeysOptions(SeriesOptions):
    """Where they go."""

    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="DIR", help="Where; default: REFSERIES_CLUSTER_KEYS or your settings."
        ),
    ] = None


def main(options: KeysOptions) -> None:
    """Make them, and say what to do with them."""
    from refseries.testing.cluster import keys

    made = keys.find(options.to)
    keys.make(made)
    screen.say(f"Made {made.key} and {made.certificate}.")
    screen.say(
        "Copy both to the same place on each machine of the cluster, by a way that nobody else "
        "reads: who has them can run any program there."
    )
