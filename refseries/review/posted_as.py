# SPDX-License-Identifier: GPL-2.0-or-later
"""Under which message id a version was posted that was sent by other means than ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from refseries.model import Series
from refseries.review.model import Review


def threads(series: Series, reviews: Iterable[Review]) -> dict[str, str]:
    """Of each version that has no message id: the mail with which the thread of its reviews began.

    It is what most of them name first as answered, and may be anything: mails are hostile.
    """
    lacking = {version.name for version in series.versions if version.message_id is None}
    begun: dict[str, Counter[str]] = {}
    for review in reviews:
        if review.version in lacking and review.references:
            begun.setdefault(review.version, Counter())[review.references[0]] += 1
    return {name: found.most_common(1)[0][0] for name, found in sorted(begun.items())}


def hint(series: Series, threads: dict[str, str]) -> str:
    """What to write down for each of ``threads``; empty where there is none."""
    places = {version.name: version.path / "version.toml" for version in series.versions}
    return " ".join(
        f"What was said of {name} answers <{message_id}>: if that is its first mail, write"
        f' `message_id = "{message_id}"` into {places[name]}, above its tables, so that the next'
        " letter links to it, and `refseries feedback fetch` finds the thread."
        for name, message_id in threads.items()
    )
