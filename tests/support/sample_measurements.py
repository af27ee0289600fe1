# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements made up for tests, and how they are to be presented."""

from __future__ import annotations

import msgspec

from refseries.bench.description import Description
from refseries.bench.figures import Figure, Name
from refseries.bench.measurements import Measurement, Origin

ORIGIN = Origin(
    tree="1" * 40, config="default", toolchain="gcc 12", qemu="QEMU 7", program="2" * 32
)

WORDS = msgspec.convert(
    {
        "schema": 1,
        "subject": "toy",
        "operations": {"read": "first load", "round": "a round"},
        "memories": {"anon": "plain", "toy": "ours"},
        "patterns": {"sparse": "1 page", "dense": "all pages"},
        "bars": ["read.dense", "nothing.dense"],
        "published": [
            {
                "title": "a table",
                "about": "a board",
                "message_id": "1@example.org",
                "unit": "seconds",
                "ours": "round",
                "rival": "anon",
                "rows": [["sparse", 4.0, 1.0], ["dense", 4.0, 5.0]],
            }
        ],
    },
    Description,
)


def figure(name: str, value: float, spread: float = 0.0) -> Figure:
    operation, memory, pattern = name.split(".")
    unit = "KiB" if operation.startswith("rss") else "instructions/page"
    return Figure(Name(operation, memory, pattern), value, unit, spread, 3)


def measurement(version: str, **figures: float) -> Measurement:
    """``read_toy_dense=1`` is the figure ``read.toy.dense``."""
    made = (figure(name.replace("_", "."), value) for name, value in figures.items())
    return Measurement(version, ORIGIN, tuple(made))


V1 = measurement(
    "v1",
    read_anon_sparse=2000, read_anon_dense=1000, read_toy_sparse=2500, read_toy_dense=1100,
    round_anon_sparse=4000, round_anon_dense=4000, round_toy_sparse=100, round_toy_dense=5000,
)  # fmt: skip
V2 = measurement(
    "v2",
    read_anon_sparse=2000, read_anon_dense=1000, read_toy_sparse=2500, read_toy_dense=550,
    round_anon_sparse=4000, round_anon_dense=4000, round_toy_sparse=110, round_toy_dense=5500,
)  # fmt: skip
