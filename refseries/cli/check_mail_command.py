# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries check-mail``."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from refseries.cli import findings_view, screen
from refseries.cli.context import load
from refseries.errors import SeriesError
from refseries.host import settings
from refseries.kernel import base as bases
from refseries.model import BaseInfo
from refseries.posting import examine_file
from refseries.posting.lint.model import Severity
from refseries.series import store


def check_mail(
    directory: Path | None,
    file: Path,
    tree: Path | None,
    base_ref: str | None,
    json: str | None,
    quiet: bool,
) -> None:
    """Look over a mailbox and show what is wrong with it; leave with 1 if something is."""
    info, cache = _base(directory, tree, base_ref)
    with screen.progress(quiet) as progress:
        report = examine_file.mailbox(file, info, cache / "mail", progress)
    if json is not None:
        screen.show_json({"schema": 1, "mails": report.mails, "findings": report.findings}, json)
    if json != "-":
        console = screen.out()
        if report.findings:
            findings_view.show(console, report)
        counts = Counter(one.severity for one in report.findings)
        said = ", ".join(_count(counts[kind], kind) for kind in Severity)
        console.print(f"{_count(report.mails, 'mail')}: {said}", soft_wrap=True)
    if report.errors:
        sys.exit(1)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _base(
    directory: Path | None, tree: Path | None, base_ref: str | None
) -> tuple[BaseInfo | None, Path]:
    """The base kernel if it is at hand: a mailbox can be looked at without a series."""
    if directory is None and tree is None:
        try:
            store.find_root(Path().resolve())
        except SeriesError:
            return None, settings.resolve().cache
    context = load(directory, tree=tree, base_ref=base_ref)
    return bases.ready_for(context.series, context.settings), context.settings.cache
