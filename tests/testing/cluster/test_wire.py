# SPDX-License-Identifier: GPL-2.0-or-later
"""Only known values are made of what comes over the wire."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec._utils import rebuild as msgspec_rebuild  # type: ignore[attr-defined]

from refseries.errors import SeriesError
from refseries.guest.accel import Accel
from refseries.kernel.model import Config, Fragment
from refseries.model import Identity
from refseries.testing.cluster import wire
from refseries.testing.expectations import Expectation
from refseries.testing.jobs import BootJob, BuildJob, Step
from refseries.testing.model import Outcome

CONFIG = Config("default", "arm64", (Fragment("a.config", "CONFIG_A=y\n"),), boot=True)
VALUES = (
    BuildJob("v1-default", "c" * 40, "t" * 40, CONFIG),
    BootJob("v1-default", "arm64", "k" * 32, "p" * 32, ("a.*",)),
    Step("build", "mm/toy.o", 1, 2),
    Identity("Ada", "ada@example.org"),
    Expectation(versions=("v1",), configs=("*",), outcome=Outcome.SKIP, why="It lacks it."),
    (Accel.KVM, Outcome.PASS, Path("/a"), datetime(2026, 11, 20, tzinfo=UTC), frozenset({"a"})),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_of_ours_comes_as_it_went(value: object) -> None:
    assert wire.from_bytes(wire.to_bytes(value)) == value


class Evil:
    """What pickle runs when it is read."""

    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call[0], tuple(self.call[1:])


def test_code_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for evil in (
        Evil(os.system, f"touch {mark}"),
        Evil(eval, f"open({str(mark)!r}, 'w')"),
        Evil(getattr, Path, "home"),
        Evil(msgspec_rebuild, Path, {}),
    ):
        with pytest.raises(SeriesError, match="no value of refseries"):
            wire.from_bytes(pickle.dumps(evil))
    assert not mark.exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x05", b"crefseries.host.proc\nrun\n.", b"crefseries.no\nx\n."]
)
def test_what_is_cut_short_or_a_function_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(SeriesError, match="no value of refseries"):
        wire.from_bytes(data)
