# SPDX-License-Identifier: GPL-2.0-or-later
"""``kernel-tests/bench/bench.toml``: what the figures of a series mean, and what was published."""

from __future__ import annotations

from pathlib import Path

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml
from refseries.model import Series


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table that was published, in a unit and on hardware of its own.

    Attributes:
        about: the hardware and the method.
        message_id: of the mail that it stands in.
        ours: the operation that does the same here.
        rival: the memory that the subject was compared with.
        rows: pattern, figure of the rival, figure of the subject.
    """

    title: str
    about: str
    message_id: str
    unit: str
    ours: str
    rival: str
    rows: tuple[tuple[str, float, float], ...]


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How figures are presented.

    Attributes:
        subject: the memory that the series adds.
        operations, memories, patterns: what each part of a name stands for, in order.
        bars: what is drawn, each an ``OPERATION.PATTERN``.
    """

    schema: int
    subject: str
    operations: dict[str, str]
    memories: dict[str, str]
    patterns: dict[str, str]
    bars: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()


def sources(series: Series) -> Path:
    """Where a series has its bench program, which is listed and run as its selftests are."""
    return series.root / "kernel-tests" / "bench"


def load(place: Path) -> Description:
    """Read the description that lies with the sources of a bench program.

    Raises:
        SeriesError: it is missing or wrong.
    """
    path = place / "bench.toml"
    if not path.exists():
        raise SeriesError(
            "this series has no bench program.",
            where=str(path),
            hint="kernel-tests/README.md of refseries, `A new figure`, says what one is made of.",
        )
    return toml.load(path, Description)
