# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command that takes --cluster writes there what it writes here, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import clusters
import golden
import played_series
import pytest
import toy as toys

from refseries.host import proc

KEYS = {"seconds": 0, "when": "WHEN", "toolchain": "TOOLCHAIN", "program": "PROGRAM"}
EVERY = (
    "base", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "--config", "default", "--config", "mm",
)  # fmt: skip
CASES: dict[str, tuple[int, tuple[str, ...]]] = {
    "test": (1, ("test", *EVERY)),
    "test-only": (0, ("test", "v1", "--only", "toy.two")),
    "test-by-task": (1, ("test", "v2", "--by-task")),
    "build": (1, ("build", "v1", "v3", "--config", "default", "--config", "mm")),
    "bench": (0, ("bench", "v1", "v5")),
    "kselftest": (1, ("kselftest", "v1", "v5")),
    "mutate": (0, ("mutate", "v5")),
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[played_series.Played]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        yield played_series.make(tmp_path_factory.mktemp("played"))


@pytest.fixture(scope="module")
def cluster(
    played: played_series.Played, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[clusters.Cluster]:
    place = tmp_path_factory.mktemp("cluster")
    words = ("--json", str(place / "cluster.json"))
    (place / "tmp").mkdir()
    with clusters.started(played, place, 2, {"TMPDIR": str(place / "tmp")}, *words) as cluster:
        yield cluster


def test_a_program_reads_how_a_cluster_is_reached(cluster: clusters.Cluster) -> None:
    told = json.loads((cluster.cache.parent / "cluster.json").read_text())
    logs = cluster.cache / "cluster"
    assert told == {
        "schema": 1, "address": cluster.address, "elsewhere": "", "workers": 2, "logs": str(logs),
    }  # fmt: skip
    assert (logs / "scheduler.log").is_file()


def test_the_screen_says_what_to_type_where(cluster: clusters.Cluster) -> None:
    assert (cluster.cache.parent / "cluster.out").read_text() == (
        "2 workers are ready, until Ctrl-C. In another shell:\n"
        f"  refseries test --all-versions --cluster {cluster.address}\n"
    )


def test_dask_leaves_nothing_where_all_users_have_their_files(cluster: clusters.Cluster) -> None:
    shared = cluster.cache.parent / "tmp"
    assert not [path.name for path in shared.iterdir() if path.name.startswith("dask")]


@pytest.fixture(scope="module")
def there(played: played_series.Played, cluster: clusters.Cluster) -> played_series.Played:
    """The same series, whose commands let the cluster work."""
    return replace(played, environ={**played.environ, **cluster.environ})


@pytest.mark.parametrize("name", CASES)
def test_the_json_is_that_of_a_local_run(there: played_series.Played, name: str) -> None:
    code, words = CASES[name]
    done = there.run(*words, "--json", "-")
    assert done.returncode == code, done.stderr
    places = {str(there.directory): "{project}"}
    golden.hold(f"json/guest/{name}.json", golden.normal_json(done.stdout, places, KEYS))


def test_evidence_lies_where_a_local_run_puts_it(there: played_series.Played) -> None:
    done = there.run("test", "v5", "--rebuild", "--quiet", "--json", "-")
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    found = sorted(path.name for path in Path(run["log"]).iterdir())
    assert found == ["console.log", "qemu.log", "rerun.sh", "results.ktap"]
    assert str(there.directory / "cache") in (Path(run["log"]) / "rerun.sh").read_text()
    image = Path(run["image"])
    names = {path.name for path in image.parent.iterdir()}
    assert {"image.json", "build.log", "config"} <= names
    assert "Image" not in names


def test_images_are_fetched_when_they_are_wanted(there: played_series.Played) -> None:
    done = there.run("build", "v5", "--fetch-images", "--quiet", "--json", "-")
    assert done.returncode == 0, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert Path(run["image"]).is_file()


def test_no_object_of_the_base_goes_over_the_wire(
    there: played_series.Played, cluster: clusters.Cluster
) -> None:
    assert there.run("test", "v1", "--quiet").returncode == 0
    repos = list(cluster.cache.glob("workers/*/toy/repo.git"))
    assert repos
    own = proc.run(["git", "rev-list", "--objects", "--all"], cwd=there.project.kernel.work)
    base = there.project.kernel.base.commit
    words = ["git", "rev-parse", f"{base}:lib"]
    folder = proc.run(words, cwd=there.project.kernel.work).stdout.strip()
    assert folder in own.stdout
    for repo in repos:
        alternates = repo / "objects/info/alternates"
        alternates.rename(alternates.with_suffix(".off"))
        there_is = proc.run(["git", "cat-file", "-e", folder], cwd=repo, check=False)
        alternates.with_suffix(".off").rename(alternates)
        assert there_is.returncode != 0


def test_status_names_the_workers(there: played_series.Played, cluster: clusters.Cluster) -> None:
    done = there.run("cluster", "status", "--json", "-")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["name"] for each in found["workers"]] == ["worker-1", "worker-2"]
    arm64 = [tool for tool in found["workers"][0]["tools"] if tool["arch"] == "arm64"]
    assert arm64[0]["qemu"] == "QEMU emulator version 0 (played)"
    assert found["differences"] == []
    shown = there.run("cluster", "status")
    assert "worker-2: " in shown.stdout
    assert len(cluster.workers()) == 2


def test_help_does_not_load_distributed() -> None:
    code = "import sys; from refseries.cli.app import app\n" \
        "try: app(['test', '--help'])\nexcept SystemExit: pass\n" \
        "print('distributed' in sys.modules)"  # fmt: skip
    done = proc.run([toys.COMMAND[0], "-c", code], cwd=Path(__file__).parents[3])
    assert done.stdout.splitlines()[-1] == "False"
