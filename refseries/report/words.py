# SPDX-License-Identifier: GPL-2.0-or-later
"""The results of a version in a few plain lines, for its cover letter."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.text import printable
from refseries.model import BaseInfo, Series
from refseries.report import results
from refseries.report.model import ConfigResults, Kept, ResultColumn
from refseries.report.sources import ReportSources
from refseries.series import store

_WIDTH = 72
_MOST_NAMES = 8
_MOST_AT_WORK = 4


def link(text: str) -> str:
    """``text``, which a line of a mail can have as a link.

    Raises:
        SeriesError: it cannot.
    """
    # What RFC 3986 has in an address, so that nothing of it ends the line or looks like a sign.
    if not re.fullmatch(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", text):
        raise SeriesError(
            f"`{text}` is no address that a reader of the mail can open.",
            where="--results-at",
            hint="Give the address of the page on the web, such as https://example.org/toy.html.",
        )
    return text


def block(series: Series, base: BaseInfo, cache: Path, name: str, page: str = "") -> str:
    """How a version came out in each config, from what is kept, and what changed to it.

    What was not run as the version stands is said to be so.

    Args:
        page: a ``link`` to all of it; empty where there is none.

    Raises:
        SeriesError: there is no such version, or expectations.toml is wrong.
    """
    version = store.version(series, name)
    before = store.previous(series, version)
    sources = ReportSources.of(series, base, cache, filter(None, (before, version)))
    found = results.config_results(sources)
    return told(found, name, base.of(name).release, series.configs, page)


def told(
    found: Sequence[ConfigResults],
    version: str,
    release: str,
    configs: Sequence[str],
    page: str = "",
) -> str:
    """The lines, each short enough for a mail but for a link; pure.

    Args:
        configs: those of the series, which are told even when nothing is known of them.
    """
    parts = [f"Tested with refseries: {version} on Linux {release}."]
    if page:
        parts[0] += f"\n{page}"
    for config in found:
        column = next(each for each in config.columns if each.version == version)
        if column.kept is Kept.CURRENT or config.config in configs:
            parts.append("\n".join(_config(config, column)))
    return "\n\n".join(parts)


def _config(config: ConfigResults, column: ResultColumn) -> Iterator[str]:
    arch = f" ({config.arch})" if config.arch else ""
    # No reader of a mail has the command that would run it.
    known = {Kept.NEVER: "not run", Kept.STALE: column.words.partition(":")[0]}
    yield _fill(f"{config.config}{arch}: {known.get(column.kept, column.words)}")
    wrong = [
        f"{each.result.name} ({each.result.outcome})"
        for each in column.cases
        if not each.result.as_expected
    ]
    changes = [each for each in config.changes if each.after == column.version]
    lists: Mapping[str, Sequence[str]] = {
        "not as expected": wrong,
        "complaints of the kernel": [splat.title for splat in column.splats],
    }
    for what, names in lists.items():
        if names:
            yield _fill(f"  {what}: {_some(names)}")
    for change in changes:
        for what, names in change.told:
            yield _fill(f"  {what} since {change.before}: {_some(names)}")


def at_work(names: Sequence[str]) -> str:
    """What is being tested right now: the first few, as a trial of mutants has hundreds.

    How many more there are is left out: a page that is served would be loaded again for each.
    """
    return ", ".join(names[:_MOST_AT_WORK]) + (" and more" if len(names) > _MOST_AT_WORK else "")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _fill(text: str) -> str:
    return textwrap.fill(
        printable(text).replace("\n", " "),
        _WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
