# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rules about mail found, on the screen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refseries.cli import screen
from refseries.posting.lint.model import MailFinding, Severity

if TYPE_CHECKING:
    from refseries.posting.examine import MailReport

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def show(console: Console, report: MailReport) -> None:
    """Every finding; what would happen and what to do once for all that a rule found."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    by_rule = sorted(
        report.findings, key=lambda one: (list(Severity).index(one.severity), one.rule)
    )
    for _rule, found in groupby(by_rule, key=lambda one: (one.severity, one.rule)):
        findings = list(found)
        for finding in findings:
            table.add_row(Text(finding.severity, style=_STYLES[finding.severity]), _line(finding))
        text = f"{findings[0].effect} {findings[0].mend}"
        table.add_row("", Text(text, style="dim"))
    console.print(table)


def _line(finding: MailFinding) -> Text:
    place = finding.mail + (f":{finding.line}" if finding.mail and finding.line else "")
    text = f"{place}: {finding.what}" if place else finding.what
    return Text(screen.printable(f"{text} [{finding.rule}]"))
