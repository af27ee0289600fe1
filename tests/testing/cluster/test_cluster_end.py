# SPDX-License-Identifier: GPL-2.0-or-later
"""How a run leaves its workers; the scheduler is played."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import played_series
import pytest

import refseries
from refseries.testing.cluster import client, link
from refseries.testing.cluster.facts import WorkerFacts
from refseries.testing.cluster.orders import JobOrder, JobReply, LabRecipe
from refseries.testing.jobs import BootJob


class _PlayedLink:
    """One worker, which does what it is asked to."""

    lost = False

    def __init__(self, _address: str, _heard: link.OnHeard) -> None:
        self.asked: list[tuple[object, ...]] = []

    def workers(self, *, wait: bool = True) -> dict[str, WorkerFacts]:
        return {"there": WorkerFacts("w", "x", 1, refseries.__version__, (), (), (), ())}

    def ask(self, *words: object) -> Mapping[str, Any]:
        self.asked.append(words)
        return {"there": 0}

    def cancel(self, _tasks: object) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("stopped", [False, True])
def test_what_came_is_forgotten_also_where_the_user_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    """Else the next run gets the old answer of a guest once more, and boots none."""
    monkeypatch.setattr(link, "Link", _PlayedLink)
    lab = played_series.make(tmp_path).project.request().lab
    runner = client.ClusterRunner(lab)
    job = BootJob("v5-default", "arm64", "0" * 32, "")
    ask = client._Ask(job, JobOrder(runner.run, job, LabRecipe.of(lab)), Future(), {})
    runner._waiting += 1
    list(runner._replied(ask, JobReply("w", (), None, (), "", "", 1.0)))
    if stopped:
        runner.stop()
    runner.close()
    asked = runner._link.asked  # type: ignore[attr-defined]
    assert asked[-1] == ("forget", runner.run, lab.series.home, (ask.order.key,))
    assert (asked[0][0] == "stop") == stopped
