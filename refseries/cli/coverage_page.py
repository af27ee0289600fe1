# SPDX-License-Identifier: GPL-2.0-or-later
"""Which lines the cases ran, as a page that needs no other file; pure."""

from __future__ import annotations

import html
from collections.abc import Iterator
from itertools import groupby

from refseries.cli.coverage_view import summary
from refseries.cli.screen import printable
from refseries.coverage.model import CoverageReport, ReportLine
from refseries.host.text import counted

_STYLE = """
body { font: 14px/1.4 sans-serif; margin: 2em; color: #222; background: #fff; }
table { border-collapse: collapse; }
td, th { padding: 0 .6em; text-align: left; vertical-align: top; }
td.n { text-align: right; color: #666; }
td.code { font-family: monospace; white-space: pre; tab-size: 8; }
tr.run td.code { background: #dff5dd; }
tr.not-run td.code { background: #f9d4d0; }
tr.boot td.code, tr.partly td.code { background: #fcf0c2; }
tr.not-compiled td.code { background: #ead9f2; }
td.who { font-size: 12px; color: #555; }
summary { cursor: pointer; }
.key span { padding: 0 .5em; margin-right: .5em; }
"""
_KEY = (
    ("#dff5dd", "a case runs it"),
    ("#f9d4d0", "no case runs it"),
    ("#fcf0c2", "no case takes every way out of it, or it runs as the kernel starts alone"),
    ("#ead9f2", "not compiled"),
)


def as_html(report: CoverageReport) -> str:
    """The page: a table of files and patches, and each added line with its cases."""
    return "\n".join(_page(report)) + "\n"


def _text(text: str) -> str:
    return html.escape(printable(text))


def _page(report: CoverageReport) -> Iterator[str]:
    title = _text(f"Lines of {report.target} that its cases run")
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><p>{_text(summary(report))}</p>"
    for text in (*report.problems, *report.red, *report.stale):
        yield f"<p><strong>{_text(text)}</strong></p>"
    yield "<table><tr><th>file<th>patch<th>added<th>code<th>run</tr>"
    for file, patch, tally in report.by_place():
        subject = _text(report.patches[patch - 1])
        yield (
            f'<tr><td><a href="#{_text(file)}">{_text(file)}</a><td>{patch} {subject}'
            f'<td class="n">{tally.added}<td class="n">{tally.compiled}<td class="n">{tally.run}'
            "</tr>"
        )
    key = "".join(f'<span style="background:{colour}">{what}</span>' for colour, what in _KEY)
    yield f'</table><p class="key">{key}</p>'
    for file, of in groupby(report.lines, key=lambda line: line.added.file):
        yield f'<h2 id="{_text(file)}">{_text(file)}</h2><table>'
        yield from map(_row, of)
        yield "</table>"
    yield "</body></html>"


def _row(line: ReportLine) -> str:
    return (
        f'<tr class="{"partly" if line.partly else line.state}"><td class="n">{line.added.number}'
        f'<td class="code">{_text(line.added.text)}<td class="who">{_who(line)}</tr>'
    )


def _who(line: ReportLine) -> str:
    ways = f"{line.taken} of {line.ways} ways out are taken. " if line.partly else ""
    return f"{ways}{_text(line.reason)} {_cases(line)}".strip()


def _cases(line: ReportLine) -> str:
    count = sum(len(cases) for _config, cases in line.cases)
    names = "<br>".join(
        _text(f"{config}: {', '.join(cases)}") for config, cases in line.cases if cases
    )
    told = counted(count, "case")
    return f"<details><summary>{told}</summary>{names}</details>" if count else ""
