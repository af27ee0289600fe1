# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong with workers, schedulers, clients: what is finished stays, nothing lives on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cluster_series
import clusters
import pytest
import relay
from cluster_series import IN_BUILD, IN_GUEST, PASS, Ground, kill, worker_of
from waiting import SECONDS, lives, until

STAGES = pytest.mark.parametrize("version", [IN_GUEST, IN_BUILD])


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = cluster_series.Ground(tmp_path)
    yield ground
    ground.close()


def test_a_guest_is_booted_while_builds_wait_for_another(ground: Ground) -> None:
    built = ("v1", "v2", "v4", "v5", "v6", "v7", "v8")  # so many keep their order
    configs = ("--config", "default", "--config", "mm")
    with clusters.started(ground.played, ground.directory, 1) as cluster:
        process = ground.start(cluster, "test", *built, IN_BUILD, *configs)
        ground.wait()
        latest = ground.played.directory / "cache/toy/latest"
        until(lambda: list(latest.glob("*-default.json")))
        ground.gate.touch()
        assert ground.ended(process) == 1, ground.err


def test_a_worker_that_comes_later_is_asked(ground: Ground) -> None:
    configs = ("--config", "default", "--config", "mm")
    with clusters.started(ground.played, ground.directory, 1) as cluster:
        process = ground.start(cluster, "build", "v5", "v1", IN_BUILD, *configs)
        ground.wait()
        with clusters.joined(cluster, ground.played, "late", {}):
            until(lambda: list(cluster.cache.glob("workers/late/toy/images/*/image.json")))
            ground.gate.touch()
            assert ground.ended(process) == 0, ground.err


@STAGES
def test_what_a_killed_worker_did_is_done_again(ground: Ground, version: str) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", version)
        waiting = ground.wait()
        kill(worker_of(cluster, waiting))
        until(lambda: not lives(waiting))
        ground.wait(2)
        ground.gate.touch()
        assert ground.ended(process) == 0, ground.err
        assert ground.outcomes() == {"v5": PASS, version: PASS}


@STAGES
def test_a_job_that_kills_three_workers_has_failed(ground: Ground, version: str) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", version)
        for number in (1, 2, 3):
            kill(worker_of(cluster, ground.wait(number)))
        assert ground.ended(process) == 1, ground.err
    found = ground.outcomes()
    assert found["v5"] == PASS
    boot = version == IN_GUEST
    assert "no-results" in found[version] if boot else "build-failed" in found[version]
    assert "3 workers died" in (ground.directory / "out").read_text()
    # On a busy machine a fourth may begin before the scheduler hears of the third death.
    assert len(ground.waiting()) in (3, 4)


def test_ctrl_c_ends_the_jobs_on_the_workers(ground: Ground) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", IN_GUEST, IN_BUILD)
        ground.wait(2)  # a guest and a build, on two workers
        os.kill(process.pid, signal.SIGINT)
        # How fast is for benchmarks/cluster.py to say: here, that nothing lives on behind it.
        assert ground.ended(process) == 130, ground.err
        until(lambda: not any(map(lives, ground.waiting())))
        assert len(cluster.workers()) == 2


def test_who_kills_the_client_ends_its_jobs_and_the_workers_go_on(ground: Ground) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", IN_GUEST)
        waiting = ground.wait()
        kill(process.pid)
        until(lambda: not lives(waiting))
        ground.gate.touch()
        again = ground.start(cluster, "test", "v5", IN_GUEST)
        assert ground.ended(again) == 0, ground.err
        assert ground.outcomes() == {"v5": PASS, IN_GUEST: PASS}


def test_a_scheduler_that_dies_leaves_what_is_finished_and_no_process(ground: Ground) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", IN_GUEST)
        waiting = ground.wait()
        finished = ground.played.directory / "cache/toy/latest/v5-default.json"
        until(finished.is_file)
        kill(cluster.scheduler())
        assert ground.ended(process) == 3, ground.err
        assert "the scheduler does not answer any more" in ground.err.replace("\n", " ")
        until(lambda: not lives(waiting))
    assert finished.is_file()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_a_cluster_leaves_nothing(ground: Ground, number: signal.Signals) -> None:
    with clusters.started(ground.played, ground.directory) as cluster:
        os.kill(cluster.process.pid, number)
        assert cluster.process.wait(SECONDS) is not None


def test_a_worker_that_hangs_is_given_up(ground: Ground) -> None:
    ttl = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s"}
    with clusters.started(ground.played, ground.directory, 2, ttl) as cluster:
        process = ground.start(cluster, "test", "v5", IN_GUEST)
        waiting = ground.wait()
        hanging = worker_of(cluster, waiting)
        os.kill(hanging, signal.SIGSTOP)
        ground.wait(2)
        until(lambda: not lives(hanging) and not lives(waiting))
        ground.gate.touch()
        assert ground.ended(process) == 0, ground.err
    assert ground.outcomes() == {"v5": PASS, IN_GUEST: PASS}


def test_a_worker_whose_network_is_cut_ends_what_another_does_again(ground: Ground) -> None:
    with (
        clusters.started(ground.played, ground.directory, 0) as cluster,
        relay.relayed(int(cluster.address.rpartition(":")[2])) as line,
    ):
        far = replace(cluster, address=f"tcp://127.0.0.1:{line.port}")
        with clusters.joined(far, ground.played, "far", {}):
            process = ground.start(cluster, "test", "v5", IN_GUEST)
            waiting = ground.wait()
            with clusters.joined(cluster, ground.played, "near", {}):
                line.cut()
                until(lambda: not lives(waiting))
                ground.wait(2)
                ground.gate.touch()
                assert ground.ended(process) == 0, ground.err
    assert ground.outcomes() == {"v5": PASS, IN_GUEST: PASS}


def test_a_scheduler_that_is_silent_ends_the_run(ground: Ground) -> None:
    """It hangs, or the network is cut: no connection is closed."""
    with clusters.started(ground.played, ground.directory) as cluster:
        process = ground.start(cluster, "test", "v5", IN_GUEST)
        ground.wait()
        os.kill(cluster.scheduler(), signal.SIGSTOP)
        assert ground.ended(process) == 3, ground.err
        assert "the scheduler does not answer any more" in ground.err.replace("\n", " ")
