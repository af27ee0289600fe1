# SPDX-License-Identifier: GPL-2.0-or-later
"""The parts of a Markdown file that come from measurements; pure.

They stand between ``<!-- refseries bench: NAME -->`` and ``<!-- end -->`` and are written anew as a
whole; what stands around them is somebody's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from refseries.bench import report
from refseries.bench.description import Description, Published
from refseries.bench.figures import Figure, Name
from refseries.bench.measurements import Measurement
from refseries.errors import SeriesError
from refseries.host.text import percent
from refseries.model import Target
from refseries.testing.expectations import Expectation, Expectations
from refseries.testing.model import Outcome

_BLOCK = re.compile(
    r"(?P<begin><!-- refseries bench: (?P<name>[a-z-]+) -->\n)"
    r"(?P<body>.*?)(?P<end><!-- end -->|\Z)",
    re.DOTALL,
)


def rewrite(text: str, blocks: Mapping[str, str], where: str) -> str:
    """``text`` with the body of every block replaced.

    Args:
        where: the file, for complaints.

    Raises:
        SeriesError: it has no block, one that is not known, or one without an end.
    """
    found = list(_BLOCK.finditer(text))
    if not found:
        raise SeriesError(
            "there is no place for figures.",
            where=where,
            hint="Put `<!-- refseries bench: figures -->` and, below it, `<!-- end -->` there.",
        )
    for each in found:
        line = text.count("\n", 0, each.start()) + 1
        if each["name"] not in blocks:
            raise SeriesError(
                f"`{each['name']}` is nothing that can be put there.",
                where=f"{where}:{line}",
                hint=f"Known are: {', '.join(blocks)}.",
            )
        if not each["end"] or "<!-- refseries bench:" in each["body"]:
            raise SeriesError(
                "this part has no end.",
                where=f"{where}:{line}",
                hint="Put `<!-- end -->` below it.",
            )
    return _BLOCK.sub(lambda each: f"{each['begin']}\n{blocks[each['name']]}\n{each['end']}", text)


def blocks(
    measurements: Sequence[Measurement], words: Description, expectations: Expectations
) -> dict[str, str]:
    """All blocks by name, each with a line feed at its end."""
    versions = report.with_subject(measurements, words)
    return {
        "figures": _figures(versions, words),
        "changes": _changes(measurements),
        "published": "\n".join(_published(each, versions, words) for each in words.published),
        "behaviour": _behaviour(versions, expectations),
        "origin": _origin(measurements),
    }


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """A Markdown table; columns behind the first ``text_columns`` are numbers."""
    rules = ["---" if number < text_columns else "---:" for number in range(len(heads))]
    lines = (heads, rules, *rows)
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def number(value: float) -> str:
    """A figure with as many digits as it means."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def as_published(value: float) -> str:
    """Somebody else's figure with all of its digits."""
    return f"{value:,.0f}" if value.is_integer() else str(value)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return number(figure.value) if figure.settled else f"~{number(figure.value)}"


def _figures(measurements: Sequence[Measurement], words: Description) -> str:
    heads = (*report.rivals(words), *(each.version for each in measurements))
    meanings = table(("pattern", "pages touched"), words.patterns.items(), text_columns=2)
    parts = [meanings]
    for section in report.sections(measurements, words, full=False):
        rows = ((", ".join(row.patterns), *map(_cell, row.figures)) for row in section.rows)
        title = f"{section.title[:1].upper()}{section.title[1:]}: {section.unit}"
        parts.append(f"**{title}**\n\n{table(('', *heads), rows)}")
    return "\n".join(parts)


def _changes(measurements: Sequence[Measurement]) -> str:
    parts = []
    for change in report.changes(measurements, None):
        rows = [
            (
                _joined(names),
                f"{number(first.before.value)} → {number(first.after.value)}",
                "" if first.part is None else f"{percent(first.part, 1, '+')}%",
                str(first.verdict),
            )
            for names, first in report.told(change)
        ]
        heads = (f"{change.before} → {change.after}", "", "", "")
        same = f"No figure differs by more than 1 % from {change.before} to {change.after}.\n"
        parts.append(table(heads, rows) if rows else same)
    return "\n".join(parts)


def _joined(names: Sequence[Name]) -> str:
    patterns = ", ".join(name.pattern for name in names)
    return f"{names[0].operation}, {names[0].memory}: {patterns}"


def published_table(
    published: Published, measurements: Sequence[Measurement], words: Description
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Heads of the columns behind the patterns', and the rows with their patterns."""
    heads = (
        f"{published.rival} ({published.unit})",
        f"{words.subject} ({published.unit})",
        "saved there",
        *(f"saved by {each.version} here" for each in measurements),
    )
    rows = tuple(
        (
            pair.pattern,
            as_published(pair.rival),
            as_published(pair.subject),
            f"{pair.published:.1%}",
            *("–" if part is None else f"{part:.1%}" for part in pair.ours),
        )
        for pair in report.beside(published, measurements, words)
    )
    return heads, rows


def _published(
    published: Published, measurements: Sequence[Measurement], words: Description
) -> str:
    heads, rows = published_table(published, measurements, words)
    written = table((published.title, *heads), rows)
    return f"{written}\n{published.about} ({published.message_id}).\n"


def _behaviour(measurements: Sequence[Measurement], expectations: Expectations) -> str:
    """What the selftests are expected to find wrong, by version; the main job checks that it is."""
    versions = [each.version for each in measurements]
    rows = []
    # A case that skips says something of the kernel's config, and nothing of the version.
    wrong = [entry for entry in expectations.entries if entry.outcome is not Outcome.SKIP]
    for why in dict.fromkeys(entry.why for entry in wrong):
        entries = [entry for entry in wrong if entry.why == why]
        marks = [
            "yes"
            if any(e.fits(Target(name), config) for e in entries for config in e.configs)
            else ""
            for name in versions
        ]
        subjects = dict.fromkeys(_subject(each) for each in entries)
        if any(marks):
            rows.append((why, ", ".join(subjects), *marks))
    return table(("what is wrong", "seen by", *versions), rows, text_columns=2 + len(versions))


def _subject(entry: Expectation) -> str:
    return f"`{entry.case.split('.')[0]}`" if entry.case else f"the {entry.stage}"


def _origin(measurements: Sequence[Measurement]) -> str:
    told = dict.fromkeys(
        f"Kernel config `{m.origin.config}`, built with {m.origin.toolchain}; {m.origin.qemu}."
        for m in measurements
    )
    boots = {figure.repeats for each in measurements for figure in each.figures}
    worst = max((figure.spread for each in measurements for figure in each.figures), default=0.0)
    return (
        "\n".join(told) + f"\nMedians of {' or '.join(map(str, sorted(boots)))} boots, which are "
        f"{worst:.2%} apart at most.\n"
    )
