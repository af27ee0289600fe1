# SPDX-License-Identifier: GPL-2.0-or-later
"""What one version costs more or less than another, from the figures that are kept."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.bench import description, figures, measurements
from refseries.bench.figures import FigureDifference, FigureVerdict
from refseries.diff.side import Side
from refseries.host.text import percent
from refseries.model import Series


@dataclass(frozen=True)
class Cost:
    """The figures of both sides.

    Attributes:
        differences: of every figure that both have.
        missing: the command that makes what is not there; empty when all is.
    """

    differences: tuple[FigureDifference, ...] = ()
    missing: str = ""

    def of(self, verdict: FigureVerdict) -> tuple[FigureDifference, ...]:
        """The figures with this verdict, those that changed most first."""
        found = [each for each in self.differences if each.verdict is verdict]
        return tuple(sorted(found, key=lambda each: -abs(each.part or 0.0)))


def between(series: Series, old: Side, new: Side) -> Cost | None:
    """What the figures kept of both versions say; nothing is measured for it.

    Figures that were taken in another way (config, toolchain, QEMU, program) count as not there.

    None where there is nothing to say: for the same tree, for what is not kept by name (a state
    between versions, a branch, mails), and where the series has no bench program.
    """
    if old.tree == new.tree:
        return None
    kept, lacking = [], []
    for side in (old, new):
        target = side.target
        if target is None or target.within is not None or target.commit or target.onto:
            return None
        found = measurements.load(series, target.version)
        if found is None or found.origin.tree != side.tree:
            lacking.append(side.name)
        else:
            kept.append(found)
    if not lacking and measurements.differences(*kept):
        lacking = [old.name, new.name]
    if lacking and not description.sources(series).is_dir():
        return None
    if lacking:
        return Cost(missing=f"refseries bench {' '.join(lacking)} --save")
    return Cost(figures.compare_all(kept[0].figures, kept[1].figures))


def in_words(difference: FigureDifference) -> str:
    """``read.refpage.dense 1,104 → 220 instructions/page (-80 %)``."""
    before, after = difference.before, difference.after
    part = "" if difference.part is None else f" ({percent(difference.part, 0, '+')} %)"
    return f"{after.name} {before.value:,.0f} → {after.value:,.0f} {after.unit}{part}"
