# SPDX-License-Identifier: GPL-2.0-or-later
"""Show what this machine lacks, and the command that installs it.

Example: refseries doctor
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions, TreeOption
from refseries.errors import SeriesError
from refseries.host import settings
from refseries.kernel import doctor
from refseries.series import store


@dataclass(frozen=True, kw_only=True)
class DoctorOptions(SeriesOptions, JsonOptions):
    """The kernel tree that is looked at too."""

    tree: TreeOption = None


def main(options: DoctorOptions) -> None:
    """Show what this machine has and lacks; leave with 3 if something needed is missing."""
    checks = _checks(options)
    if options.json is not None:
        screen.show_json({"schema": 1, "checks": checks}, options.json)
    if options.json != "-":
        console = screen.out()
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(overflow="fold")
        for check in checks:
            word, style = ("ok", "green") if check.found else ("missing", "red")
            if not check.found and not check.needed:
                word, style = "without", "yellow"
            name = check.name if len(check.name) <= 40 else f"…{check.name[-39:]}"
            why = check.why
            if check.mend and not doctor.missing_packages((check,)):
                why = f"{why}: {check.mend}"
            table.add_row(Text(word, style=style), name, Text(screen.printable(why)))
        console.print(table)
        if command := doctor.missing_packages(checks):
            console.print(Text(f"\nInstall what is missing:\n  {command}", style="bold"))
    if not all(check.ok for check in checks):
        sys.exit(3)


def _checks(options: DoctorOptions) -> tuple[doctor.Prerequisite, ...]:
    """What is looked for; whoever has no series yet wants to know as well."""
    if options.directory is None:
        try:
            store.find_root(Path().resolve())
        except SeriesError:
            return doctor.examine(None, settings.resolve(tree=options.tree))
    context = load(options)
    return doctor.examine(context.series, context.settings)
