# SPDX-License-Identifier: GPL-2.0-or-later
"""Look in any mailbox for what goes wrong with patches, and often silently.

Example: refseries check-mail v4.mbx
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from refseries.cli import findings_view, screen
from refseries.cli.context import load
from refseries.cli.options import BaseOptions, OutputOptions
from refseries.errors import SeriesError
from refseries.host import settings
from refseries.host.text import counted
from refseries.kernel import base
from refseries.model import BaseInfo
from refseries.posting.lint.model import Severity
from refseries.series import store


@dataclass(frozen=True, kw_only=True)
class CheckMailOptions(BaseOptions, OutputOptions):
    """What is looked over."""

    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Mailbox, maildir or mail; - is standard input.")
    ]


def main(options: CheckMailOptions) -> None:
    """Look over a mailbox and show what is wrong with it; leave with 1 if something is."""
    from refseries.posting import examine_file

    info, cache = _base(options)
    with screen.progress(options.quiet) as progress:
        report = examine_file.mailbox(options.file, info, cache / "mail", progress)
    if options.json is not None:
        record = {"schema": 1, "mails": report.mails, "findings": report.findings}
        screen.show_json(record, options.json)
    if options.json != "-":
        console = screen.out()
        if report.findings:
            findings_view.show(report, to_err=False)
        counts = Counter(one.severity for one in report.findings)
        said = ", ".join(counted(counts[kind], kind) for kind in Severity)
        console.print(f"{counted(report.mails, 'mail')}: {said}", soft_wrap=True)
    if report.errors:
        sys.exit(1)


def _base(options: CheckMailOptions) -> tuple[BaseInfo | None, Path]:
    """The base kernel if it is at hand: a mailbox can be looked at without a series."""
    if options.directory is None and options.tree is None:
        try:
            store.find_root(Path().resolve())
        except SeriesError:
            return None, settings.resolve().cache
    context = load(options)
    return base.ready_for(context.series, context.settings), context.settings.cache
