# SPDX-License-Identifier: GPL-2.0-or-later
"""What refseries runs with: defaults, then ``series.toml``, then the environment, then flags.

Resolved once, at the start of a command; ``origin`` remembers where each value came from, so that
``refseries doctor`` and errors can name it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import platformdirs

from refseries.errors import SeriesError
from refseries.host import homes

_JOBS_DIGITS = 4
_SHOWN = 40


@dataclass(frozen=True)
class Settings:
    """The resolved settings.

    Attributes:
        cache: directory of everything that can be made again.
        tree: the user's own kernel git tree, or None.
        base_ref: what to apply over in ``tree``; None lets ``refseries.kernel.base`` choose.
        jobs: processors to use for make and for parallel boots.
        origin: for each name above, ``default``, ``series.toml``, ``environment`` or ``flag``.
    """

    cache: Path
    tree: Path | None
    base_ref: str | None
    jobs: int
    origin: Mapping[str, str] = field(default_factory=dict)


def resolve(
    *,
    series_tree: Path | None = None,
    series_ref: str = "",
    tree: Path | None = None,
    base_ref: str | None = None,
    jobs: int | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settle every setting.

    Args:
        series_tree, series_ref: ``[base] tree`` and ``ref`` of series.toml.
        tree: ``--tree``.
        base_ref: ``--base-ref``.
        jobs: ``--jobs``.
        environ: read for REFSERIES_CACHE, REFSERIES_TREE, REFSERIES_BASE_REF and REFSERIES_JOBS.

    Raises:
        SeriesError: a value cannot be used.
    """
    default_jobs = str(len(os.sched_getaffinity(0)))
    candidates: dict[str, list[tuple[str, str | None]]] = {
        "cache": [
            ("environment", environ.get("REFSERIES_CACHE")),
        ],
        "tree": [
            ("flag", str(tree) if tree else None),
            ("environment", environ.get("REFSERIES_TREE")),
            ("series.toml", str(series_tree) if series_tree else None),
        ],
        "base_ref": [
            ("flag", base_ref),
            ("environment", environ.get("REFSERIES_BASE_REF")),
            ("series.toml", series_ref),
        ],
        "jobs": [
            ("flag", str(jobs) if jobs is not None else None),
            ("environment", environ.get("REFSERIES_JOBS")),
            ("default", default_jobs),
        ],
    }
    values: dict[str, str | None] = {}
    origin: dict[str, str] = {}
    for name, tried in candidates.items():
        source, value = next(((s, v) for s, v in tried if v), ("default", None))
        values[name], origin[name] = value, source
    named = values["tree"]
    return Settings(
        cache=in_utf8(_cache(values["cache"]).resolve()),
        tree=in_utf8(homes.expanded(named).resolve()) if named else None,
        base_ref=values["base_ref"],
        jobs=_count(values["jobs"] or default_jobs, origin["jobs"]),
        origin=origin,
    )


def _cache(named: str | None) -> Path:
    if named:
        return homes.expanded(named)
    find = partial(platformdirs.user_cache_dir, "refseries", appauthor=False)
    return homes.own(find, "REFSERIES_CACHE")


def in_utf8(path: Path) -> Path:
    """``path``, which goes into files of the series, into JSON and to other programs.

    Raises:
        SeriesError: its name is in another encoding.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise SeriesError(
            "the path is not UTF-8, as files of a series and JSON are.",
            where=str(path),
            hint="Rename the folder, or work in another one.",
        ) from error
    return path


def _count(text: str, origin: str) -> int:
    # Looked at as a text first: a number of thousands of digits is none that int() reads.
    if not text.isdecimal() or len(text) > _JOBS_DIGITS or int(text) < 1:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise SeriesError(
            f"the number of jobs is `{shown}`.",
            where="REFSERIES_JOBS" if origin == "environment" else "--jobs",
            hint=f"Give a whole number from 1 to {'9' * _JOBS_DIGITS}.",
        )
    return int(text)
