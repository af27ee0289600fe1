# SPDX-License-Identifier: GPL-2.0-or-later
"""The main job for real: real kernels, real QEMU, the real selftests, through the command line.

Kernels are built once and kept in the cache of the user (or in REFSERIES_CACHE), so only the first
run takes long. Nothing here is skipped: a machine without compiler or QEMU fails.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import browsers
import golden
import pytest
from git import Repo
from junitparser import JUnitXml

from refseries.series import store
from refseries.testing.expectations import Expectations

ROOT = Path(__file__).resolve().parent.parent
# As the user has it: other tests must not see REFSERIES_CACHE, these are meant to.
ENVIRON = dict(os.environ)
VERSIONS = ("v1", "v2", "v3", "v4")

pytestmark = pytest.mark.main_job


def refseries(*arguments: str, code: int = 0, deadline: float = 3000) -> str:
    """Run the command in the checkout; its standard output."""
    completed = subprocess.run(
        [sys.executable, "-m", "refseries", *arguments],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=deadline, check=False,
    )  # fmt: skip
    assert completed.returncode == code, completed.stdout[-4000:] + completed.stderr[-4000:]
    return completed.stdout


@pytest.fixture(scope="session")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The README's command, once: its JSON, and the JUnit file under ``junit``."""
    place = tmp_path_factory.mktemp("main-job")
    screen = refseries(
        "test", "--all-versions", "--json", str(place / "m.json"), "--junit", str(place / "m.xml")
    )
    result: dict[str, Any] = json.loads((place / "m.json").read_text())
    return {**result, "screen": screen, "junit": place / "m.xml"}


def run_of(matrix: dict[str, Any], version: str, config: str = "default") -> dict[str, Any]:
    runs = [r for r in matrix["runs"] if (r["version"], r["config"]) == (version, config)]
    assert len(runs) == 1
    run: dict[str, Any] = runs[0]
    return run


def outcomes(run: dict[str, Any]) -> dict[str, str]:
    return {result["name"]: result["outcome"] for result in run["results"]}


def failing(run: dict[str, Any], pattern: str = "") -> set[str]:
    return {name for name, o in outcomes(run).items() if o == "xfail" and pattern in name}


def test_every_version_comes_out_as_expected(main_job: dict[str, Any]) -> None:
    assert main_job["as_expected"] is True
    assert main_job["schema"] == 1
    assert {(r["version"], r["config"]) for r in main_job["runs"]} == {
        (version, config) for version in VERSIONS for config in ("default", "x86_64-sparsemem")
    }


def test_the_page_shows_it(main_job: dict[str, Any], tmp_path: Path) -> None:
    """And its picture is that of the README, made anew with REFSERIES_GOLDEN=write."""
    page = tmp_path / "page.html"
    refseries("report", "--output", str(page))
    picture = ROOT / "docs/report.png" if golden.WRITING else tmp_path / "report.png"
    text = browsers.picture(page, picture)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    assert "came out as expected in default and x86_64-sparsemem" in text
    for version in VERSIONS:
        passed = list(outcomes(run_of(main_job, version)).values()).count("pass")
        assert re.search(rf"\b{passed} pass\b", text), version


def test_v4_passes_every_case_without_a_splat(main_job: dict[str, Any]) -> None:
    run = run_of(main_job, "v4")
    debug_only = ("refpage_pin.", "refpage_poison.", "refpage_inject.")
    assert {o for n, o in outcomes(run).items() if not n.startswith(debug_only)} == {"pass"}
    assert len(run["results"]) >= 45
    assert run["splats"] == []


def test_no_case_is_missing_from_any_version(main_job: dict[str, Any]) -> None:
    names = [list(outcomes(run_of(main_job, version))) for version in VERSIONS]
    assert all(each == names[0] for each in names)


def test_v1_is_red_where_huge_pages_break_it_and_v2_is_not(main_job: dict[str, Any]) -> None:
    assert failing(run_of(main_job, "v1"), "huge")
    assert not failing(run_of(main_job, "v2"), "huge")


def test_v2_alone_does_not_build_with_classic_sparsemem(main_job: dict[str, Any]) -> None:
    builds = {v: run_of(main_job, v, "x86_64-sparsemem")["stages"]["build"] for v in VERSIONS}
    assert builds == {"v1": "pass", "v2": "build-failed", "v3": "pass", "v4": "pass"}
    assert "page_to_section" in run_of(main_job, "v2", "x86_64-sparsemem")["message"]


@pytest.mark.parametrize("what", ["shared", "dump", "uffd", "aging", "memory_cgroup"])
def test_v3_is_red_where_reviewers_or_we_found_it_wrong(
    main_job: dict[str, Any], what: str
) -> None:
    assert failing(run_of(main_job, "v3"), what)


def test_the_aging_of_v3_fails_by_its_splat(main_job: dict[str, Any]) -> None:
    splats = run_of(main_job, "v3")["splats"]
    assert any("get_pte_pfn" in splat["title"] and "aging" in splat["case"] for splat in splats)


def test_the_screen_shows_the_matrix_in_80_columns(main_job: dict[str, Any]) -> None:
    lines = main_job["screen"].splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "\x1b" not in main_job["screen"]
    assert any(line.split()[:4] == list(VERSIONS) for line in lines)
    assert lines[-1] == "Everything is as expected."


def test_junit_counts_what_the_json_counts(main_job: dict[str, Any]) -> None:
    suites = list(JUnitXml.fromfile(str(main_job["junit"])))
    assert len(suites) == len(main_job["runs"])
    assert sum(suite.failures + suite.errors for suite in suites) == 0


def test_the_evidence_of_a_run_is_kept(main_job: dict[str, Any]) -> None:
    run = run_of(main_job, "v4")
    assert run["qemu"][0] == "qemu-system-aarch64"
    assert not {"-netdev", "-nic", "-net"} & set(run["qemu"])
    assert Path(run["image"]).is_file()
    assert Path(run["initramfs"]).is_file()
    place = Path(run["log"])
    assert {"console.log", "results.ktap", "rerun.sh"} <= {path.name for path in place.iterdir()}


def test_building_again_does_nothing(main_job: dict[str, Any]) -> None:
    image = Path(run_of(main_job, "v4")["image"])
    source = image.parents[2] / "build" / "src" / "Makefile"
    before = (image.stat().st_mtime_ns, source.parent.stat().st_mtime_ns)
    refseries("build", "--all-versions", "--quiet")
    assert (image.stat().st_mtime_ns, source.parent.stat().st_mtime_ns) == before


@pytest.fixture(scope="session")
def by_task(main_job: dict[str, Any]) -> dict[str, Any]:
    """The fixup chain from v3 to v4, every commit built and booted.

    Of the cases those of which anything but a pass is expected in one of its states: all of them in
    each of twenty states take longer than the main job, which runs all on both ends of the chain.
    """
    assert main_job["as_expected"]
    entries = Expectations.load(ROOT).entries
    cases = {each.case for each in entries if any(name.startswith("v4:") for name in each.versions)}
    only = [word for case in sorted(filter(None, cases)) for word in ("--only", case)]
    assert only
    words = ("--by-task", "--config", "default", *only, "--json", "-", "--quiet")
    result: dict[str, Any] = json.loads(refseries("test", "v4", *words))
    return result


def test_two_documents_do_not_share_standard_output() -> None:
    assert not refseries("test", "v4", "--json", "-", "--junit", "-", code=2)


def test_each_fixup_builds_boots_and_comes_out_as_expected(by_task: dict[str, Any]) -> None:
    assert by_task["as_expected"] is True
    assert all(run["stages"]["boot"] == "pass" for run in by_task["runs"])
    fixups = [fixup.task for fixup in store.version(store.load(ROOT), "v4").fixups]
    states = [(run["version"], run["task"]) for run in by_task["runs"]]
    assert states == [("v3", None), *(("v4", task) for task in fixups), ("v4", None)]


def test_the_fixups_settle_their_cases(by_task: dict[str, Any]) -> None:
    fixed = {entry["to"]: entry["fixed"] for entry in by_task["changes"]}
    assert any("memory_cgroup" in name for name in fixed["v4:charge-memcg"])
    assert any("misaligned" in name for name in fixed["v4:copy-from-user"])
    assert any("dump" in name for name in fixed["v4:vm-ops-faults"])
    assert any("shared" in name for name in fixed["v4:reject-map-shared"])


def test_the_fixups_give_the_tree_of_v4_to_the_byte() -> None:
    whole = json.loads(refseries("apply", "v4", "--json", "-"))
    chain = json.loads(refseries("apply", "v4", "--by-task", "--json", "-"))
    assert chain["tree"] == whole["tree"]
    assert chain["commits"][0]["task"] is None
    assert all(commit["task"] for commit in chain["commits"][1:])


@pytest.mark.parametrize("version", VERSIONS)
def test_plain_git_am_gives_the_same_tree(version: str, tmp_path: Path) -> None:
    base = json.loads(refseries("base", "--json", "-"))
    applied = json.loads(refseries("apply", version, "--json", "-"))
    with Repo(base["repo"]) as repo:
        tree = tmp_path / "am"
        repo.git.worktree("add", "--no-checkout", "--detach", str(tree), base["commit"])
        try:
            # Only what the patches touch: am reads the rest from the index.
            Path(Repo(tree).git_dir, "info").mkdir(exist_ok=True)
            Path(Repo(tree).git_dir, "info", "sparse-checkout").write_text("/mm/\n")
            git = ["git", "-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=false"]
            git += ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
            patches = sorted(str(p) for p in (ROOT / "series" / version).glob("*.patch"))
            subprocess.run([*git, "reset", "-q", "--hard"], cwd=tree, check=True)
            subprocess.run([*git, "am", "-q", *patches], cwd=tree, check=True)
            assert Repo(tree).head.commit.tree.hexsha == applied["tree"]
        finally:
            repo.git.worktree("remove", "--force", str(tree))


@pytest.mark.parametrize("status", [0, 7])
def test_a_command_in_the_guest_gives_its_exit_status(
    main_job: dict[str, Any], status: int
) -> None:
    assert main_job["as_expected"]
    out = refseries("boot", "v4", "--", "sh", "-c", f"uname -m; exit {status}", code=status)
    assert out.split() == ["aarch64"]


def test_a_guest_that_panics_is_told_from_one_that_fails(main_job: dict[str, Any]) -> None:
    assert main_job["as_expected"]
    crash = "echo c > /proc/sysrq-trigger"
    completed = subprocess.run(
        [sys.executable, "-m", "refseries", "boot", "v4", "--", "sh", "-c", crash],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert completed.returncode == 1
    assert "panic" in completed.stderr.lower()


def test_v4_is_clean_under_the_debug_config(main_job: dict[str, Any]) -> None:
    assert main_job["as_expected"]
    text = refseries("test", "v4", "--config", "debug", "--json", "-", "--quiet")
    run = run_of(json.loads(text), "v4", "debug")
    assert run["as_expected"] is True
    assert run["splats"] == []


@pytest.mark.parametrize("config", ["x86_64", "riscv64"])
def test_v4_comes_out_as_expected_on_other_architectures(config: str) -> None:
    text = refseries("test", "v4", "--config", config, "--json", "-", "--quiet")
    run = run_of(json.loads(text), "v4", config)
    assert run["as_expected"] is True
    assert run["splats"] == []


def test_base_skips_everything(main_job: dict[str, Any]) -> None:
    assert main_job["as_expected"]
    text = refseries("test", "base", "--config", "default", "--json", "-", "--quiet")
    assert set(outcomes(run_of(json.loads(text), "base")).values()) == {"skip"}
