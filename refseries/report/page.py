# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of a series as one HTML file that asks for nothing else.

Whatever comes from mails, patches and guests is text: the template escapes each value, and what the
script shows comes out of a block of JSON and is put in place as text. The page forbids everything
but its own style and script, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refseries.host.text import printable
from refseries.report import bars, folder, lines, results
from refseries.report.model import (
    CaseStory,
    CheckStory,
    ConfigResults,
    DiffLine,
    Kept,
    ResultColumn,
    SeriesReport,
    TaskStory,
)
from refseries.testing.model import Outcome

if TYPE_CHECKING:
    from markupsafe import Markup

_HERE = Path(__file__).parent
_ORDER = tuple(Outcome)


@dataclass(frozen=True)
class MatrixRow:
    """One case: its name below its fixture, and a word for each version; empty where it was not."""

    case: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class MatrixFixture:
    """The cases of one fixture, and what they come to for each version."""

    name: str
    sums: tuple[tuple[str, str], ...]
    rows: tuple[MatrixRow, ...]


def render(report: SeriesReport, *, stamp: str = "", home: str = "", apart: bool = False) -> str:
    """The page.

    Args:
        home: the page that this one, with range-diffs or lines alone, belongs to.
        apart: range-diffs and lines stand in pages of their own; see ``folder``.
        stamp: for a page that is served: it asks its server for the stamp of the newest one, and
            loads itself again when that is another. Empty for a file, which asks nobody.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters["parts"] = _parts
    style, script = ((_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    columns = "".join(f".h{n} .c{n}{{display:none}}" for n in range(len(report.versions)))
    style += columns + "\n"
    return environment.get_template("page.html").render(
        report=report,
        policy=_policy(style, script, served=bool(stamp)),
        stamp=stamp,
        # Our own files, and JSON without a character that could end its element.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        cells=Markup("" if home else _embedded(_cells(report.results))),  # noqa: S704
        home=home,
        apart=folder.name if apart else None,
        fixtures=_fixtures,
        outcomes=_ORDER,
        kind=kind,
        bars=bars.bar_picture,
        blocks=_blocks,
        whole=_whole,
        checks=_checks(report),
        counted=lines.words,
        line_word=lines.word,
        line_class=_covered,
        line_places=lines.shown,
    )


def _finalize(value: object) -> object:
    """What the template shows: no character that turns text round or is none at all."""
    return printable(value) if type(value) is str else value


def _parts(name: str) -> Markup:
    """The name of a case, which a narrow screen may break between its words and not within."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"(?<=[_.])(?=\w)", "<wbr>", escape(printable(name))))  # noqa: S704


def _policy(style: str, script: str, *, served: bool) -> str:
    """The Content-Security-Policy: nothing but this style and this script."""
    hashes = []
    for text in (style, script):
        digest = hashlib.sha256(text.encode()).digest()
        hashes.append(f"'sha256-{base64.b64encode(digest).decode()}'")
    connect = "; connect-src 'self'" if served else ""
    return (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}{connect}; "
        "base-uri 'none'; form-action 'none'"
    )


def _embedded(data: object) -> str:
    """JSON that stays inside its element, whatever it says."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def kind(word: str) -> str:
    """The class of a word in a cell: its colour. What nobody expected has a ``!`` behind it."""
    if not word:
        return "none"
    if word.endswith("!"):
        return "bad"
    return {"pass": "pass", "skip": "skip", "xpass": "pass"}.get(word, "xfail")


def _whole(column: ResultColumn) -> str:
    """The class of a whole run: what failed as it was expected to is no pass."""
    if column.kept is not Kept.CURRENT:
        return "none"
    if not column.good:
        return "bad"
    return "xfail" if column.stages else "pass"


def _checks(report: SeriesReport) -> dict[str, list[CheckStory | None]]:
    """For each check how it came out for each version; None where it was not run."""
    by_version = [{each.check: each for each in v.checks or ()} for v in report.versions]
    names = dict.fromkeys(name for checks in by_version for name in checks)
    return {name: [checks.get(name) for checks in by_version] for name in names}


def _word(case: CaseStory | None) -> str:
    if case is None:
        return ""
    return f"{case.result.outcome}{'' if case.result.as_expected else '!'}"


def _fixtures(config: ConfigResults) -> Iterator[MatrixFixture]:
    by_column = [{each.result.name: each for each in column.cases} for column in config.columns]
    names = dict.fromkeys(name for cases in by_column for name in cases)
    fixtures: dict[str, list[MatrixRow]] = {}
    for name in names:
        fixture, dot, label = name.partition(".")
        words = tuple(_word(cases.get(name)) for cases in by_column)
        fixtures.setdefault(fixture, []).append(MatrixRow(name, label if dot else name, words))
    for fixture, rows in fixtures.items():
        columns = range(len(config.columns))
        sums = tuple(_sum([row.words[number] for row in rows]) for number in columns)
        yield MatrixFixture(fixture, sums, tuple(rows))


def _sum(words: Sequence[str]) -> tuple[str, str]:
    """The words of one column as a text, what stands out first, and its class."""
    counts = Counter(word for word in words if word)
    if not counts:
        return "", "none"
    rank = {"bad": 0, "xfail": 1, "skip": 2, "pass": 3}
    ordered = sorted(counts, key=lambda word: rank[kind(word)])
    if len(counts) == 1:
        return f"{counts[ordered[0]]} {ordered[0]}", kind(ordered[0])
    telling = [word for word in ordered if word != "pass"]
    text = ", ".join(f"{counts[word]} {word}" for word in telling)
    return f"{text} of {counts.total()}", kind(ordered[0])


def _mark(line: str) -> str:
    """The class of a line of a range-diff: what it does to the patch, and the patch to the code."""
    outer = {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "")
    inner = {"+": "plus", "-": "minus"}.get(line[1:2], "")
    return f"{outer} {inner}".strip() if outer in ("add", "del", "hunk") else "same"


def _covered(word: str) -> str:
    """The class of what became of a line; its colour stands beside the word."""
    if not word:
        return ""
    if word.startswith("run"):
        return "was-run" if word == "run" else "was-partly"
    return word.replace(" ", "-")


def _blocks(lines: Sequence[DiffLine]) -> Iterator[tuple[str, str, tuple[TaskStory, ...]]]:
    """Lines of one class below each other as one text, with its class and the tasks below it."""
    kinds: list[str] = []
    texts: list[str] = []
    for line in lines:
        mark = f"{_mark(line.text)} {_covered(line.covered)}".strip()
        if kinds and kinds[-1] != mark:
            yield kinds[-1], "\n".join(texts), ()
            texts = []
        kinds = [mark]
        texts.append(f"{line.text}  ← {line.covered}" if line.covered else line.text or " ")
        if line.tasks:
            yield kinds[-1], "\n".join(texts), line.tasks
            kinds, texts = [], []
    if texts:
        yield kinds[-1], "\n".join(texts), ()


def _cells(configs: Sequence[ConfigResults]) -> dict[str, Any]:
    """What a cell opens; each text stands once, and is named by its number."""
    texts: dict[str, int] = {"": 0}

    def number(text: str) -> int:
        return texts.setdefault(printable(text), len(texts))

    shown = [_opened(config, number) for config in configs]
    return {"texts": list(texts), "configs": shown}


def _opened(config: ConfigResults, number: Callable[[str], int]) -> dict[str, Any]:
    """A config: of a case what it is called on the command line, and what each cell opens.

    A plain pass of which nothing else is known is 0, and where there is no result stands null.
    """
    cases: dict[str, dict[str, Any]] = {}
    for place, column in enumerate(config.columns):
        for case in column.cases:
            name = case.result.name
            empty = {"only": printable(results.only(name)), "cells": [None] * len(config.columns)}
            row = cases.setdefault(printable(name), empty)
            row["cells"][place] = _cell(case, number)
    return {
        "name": config.config,
        "columns": [_column(column, number) for column in config.columns],
        "cases": cases,
    }


def _cell(case: CaseStory, number: Callable[[str], int]) -> int | list[int]:
    result = case.result
    told = (result.task or "", result.message, case.why, case.console, case.output)
    if result.outcome is result.expected is Outcome.PASS and not any(told):
        return 0
    return [number(text) for text in (str(result.expected), *told)]


def _column(column: ResultColumn, number: Callable[[str], int]) -> dict[str, Any]:
    splats = "\n\n".join(
        f"{splat.title} ({splat.case or 'outside of any case'})\n{splat.text}"
        for splat in column.splats
    )
    return {
        "version": column.version,
        "when": column.when,
        "words": number(column.words),
        "again": number(column.again),
        "log": number(column.log),
        "message": number(column.message),
        "splats": number(splats),
    }
