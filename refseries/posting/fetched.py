# SPDX-License-Identifier: GPL-2.0-or-later
"""What the mails of a version say of where it can be fetched from: never of other commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refseries.model import Applied, BaseInfo, Identity, Series, Version
from refseries.posting import own_commits
from refseries.series import published
from refseries.series.patches import Patch


def told(
    series: Series,
    base: BaseInfo,
    version: Version,
    text: str,
    read: Sequence[Patch],
    applied: Applied,
    sender: Identity,
) -> tuple[str, tuple[str, ...]]:
    """The command that fetches what the mails hold, and what is wrong about it, in words.

    The command is empty where nothing of the version is published, where that are other commits,
    and where ``text``, of the cover letter, names the tag itself.

    Args:
        base: of the version.
        read: its patches.

    Raises:
        SeriesError: a file is wrong.
    """
    wrong = list(_others(series, version, text))
    known = published.find(version)
    if known is None:
        return "", tuple(wrong)
    if base.source != "tree":
        wrong.append(
            f"whether the tag `{known.tag}` is the same as these mails is not known without the "
            "git tree that it was made in; name that with --tree."
        )
    elif own_commits.as_mailed(series, base, version, read, applied, sender) != known.commit:
        wrong.append(
            f"the tag `{known.tag}` that was published has other commits than these mails."
        )
    elif known.tag not in text.split():
        return published.fetch_line(known.url, known.tag), tuple(wrong)
    return "", tuple(wrong)


def _others(series: Series, version: Version, text: str) -> Iterator[str]:
    """Tags of other versions that the cover letter names."""
    words = set(text.split())
    for other in series.versions:
        known = published.find(other) if other != version else None
        if known and known.tag in words:
            yield f"the cover letter names the tag `{known.tag}`, which is {other.name}."
