# SPDX-License-Identifier: GPL-2.0-or-later
"""Bars of figures as an SVG; pure. Light and dark pages show it as well: the ground is its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from refseries.bench.report import Chart

_WIDTH = 720
_LABEL = 90
_VALUE = 110
_LINE = 22
_BAR = 14
_HEAD = 34
_RIVAL, _OURS = "#8c959f", "#0969da"


def svg(charts: Sequence[Chart], title: str, rivals: Iterable[str]) -> str:
    """One picture of all charts below each other, each with a scale of its own.

    Args:
        title: stands at the top, and is what a screen reader says.
        rivals: labels of the bars to be drawn in grey.
    """
    grey = frozenset(rivals)
    parts, y = [], 40
    for chart in charts:
        parts.append(_text(12, y + 16, f"{chart.title} ({chart.unit})", "bold"))
        y += _HEAD - 8
        longest = max((max(0.0, figure.value) for _label, figure in chart.bars), default=0.0)
        for label, figure in chart.bars:
            room = _WIDTH - _LABEL - _VALUE - 24
            width = room * max(0.0, figure.value) / longest if longest else 0.0
            colour = _RIVAL if label in grey else _OURS
            parts.append(_text(_LABEL, y + 12, label, anchor="end"))
            parts.append(
                f'<rect x="{_LABEL + 8}" y="{y}" width="{width:.1f}" height="{_BAR}" '
                f'fill="{colour}"/>'
            )
            parts.append(_text(_LABEL + 14 + width, y + 12, f"{figure.value:,.0f}"))
            y += _LINE
        y += 12
    body = "\n".join(parts)
    return (
        "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" '
        f'viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{escape(title)}" '
        'font-family="sans-serif" font-size="13">\n'
        f'<rect width="{_WIDTH}" height="{y}" fill="#ffffff"/>\n'
        f"{_text(12, 24, title, 'bold')}\n{body}\n</svg>\n"
    )


def _text(x: float, y: float, text: str, weight: str = "normal", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="#1f2328">{escape(text)}</text>'
    )
