# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the series stands, and what is to be done next: the same for the screen and the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from refseries.model import BaseInfo, Series
from refseries.reroll import rebase_state
from refseries.review import status
from refseries.review.model import Review
from refseries.series import store


def standing(
    series: Series,
    base: BaseInfo | None,
    cache: Path,
    *,
    reviews: Sequence[Review],
    broken: Sequence[str],
) -> status.SeriesStatus:
    """The state of every version and task; what was begun and did not end is the next step.

    Args:
        base, reviews, broken: as for ``status.status_of``.
    """
    half_sent = _half_sent(series)
    found = status.status_of(
        series, base, series.configs, cache, reviews=reviews, broken=broken, half_sent=half_sent
    )
    for command in [*half_sent.values()][:1]:
        return replace(found, next_step=f"{command}: a sending of it began and did not end.")
    for name in rebase_state.all_under_way(series.root)[:1]:
        step = f"refseries rebase {name} --continue (or --abort): a rebase of it is under way."
        return replace(found, next_step=step)
    return found


def _half_sent(series: Series) -> Mapping[str, str]:
    if not (series.root / store.OWN / "send").is_dir():
        return {}
    from refseries.posting.sending import send  # takes a fifth of what all of status takes

    return send.unfinished(series)
