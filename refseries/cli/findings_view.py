# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rules about mail found, on the screen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from refseries.cli import screen
from refseries.posting.lint.model import MailFinding, Severity

if TYPE_CHECKING:
    from refseries.posting.examine import MailReport

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def show(report: MailReport, *, to_err: bool) -> None:
    """Every finding; what would happen and what to do once for all that a rule found."""
    order = list(Severity)
    by_rule = sorted(report.findings, key=lambda one: (order.index(one.severity), one.rule))
    margin = max((len(each.severity) for each in by_rule), default=0) + 2
    for _rule, found in groupby(by_rule, key=lambda one: (one.severity, one.rule)):
        findings = list(found)
        for each in findings:
            style = _STYLES[each.severity]
            screen.say_field(each.severity, _line(each), margin, style, to_err=to_err)
        text = f"{findings[0].effect} {findings[0].mend}"
        screen.say_field("", text, margin, to_err=to_err)


def _line(finding: MailFinding) -> str:
    place = finding.mail + (f":{finding.line}" if finding.mail and finding.line else "")
    text = f"{place}: {finding.what}" if place else finding.what
    return f"{text} [{finding.rule}]"
