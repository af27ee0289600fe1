# SPDX-License-Identifier: GPL-2.0-or-later
"""Real guests whose cases try to come out better than they are; see the C programs in the data."""

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from refseries.guest import initramfs, ktap

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "guest"
# As the user has it: the kernels of the main job are used again.
ENVIRON = dict(os.environ)

pytestmark = pytest.mark.main_job


def run_on_v4(
    place: Path, programs: str, expectations: str, code: int, words: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Test v4 with other programs in place of its selftests; its run, as JSON has it.

    Args:
        words: more of the command.
    """
    shutil.copytree(ROOT / "series", place / "series")
    shutil.copytree(DATA / programs, place / "kernel-tests")
    shutil.copy(ROOT / "kernel-tests" / "config", place / "kernel-tests")
    (place / "kernel-tests" / "expectations.toml").write_text(f"schema = 1\n{expectations}")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "refseries", "test", "v4"),
            *("--config", "default", "--json", "-", *words),
        ],
        cwd=place, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout[-4000:] + done.stderr[-4000:]
    (run,) = json.loads(done.stdout)["runs"]
    assert isinstance(run, dict)
    return run


def outcomes(run: dict[str, Any]) -> dict[str, str]:
    return {result["name"]: result["outcome"] for result in run["results"]}


def expect(case: str, outcome: str) -> str:
    return (
        f'[[expect]]\ncase = "{case}"\nversions = ["*"]\nconfigs = ["*"]\n'
        f'outcome = "{outcome}"\nwhy = "It is hostile."\n'
    )


def test_no_case_is_better_than_it_is(tmp_path: Path) -> None:
    expected = {
        "console.a_is_calm": "pass",
        "console.b_floods": "no-console",
        "console.c_lowers_the_level": "pass",
        "console.d_complains": "fail",
        "console.e_forges_marks": "fail",
        "console.f_hides_a_line_behind_its_own": "fail",
        "console.g_silences_the_kernel": "no-console",
        "console.h_lets_it_speak_again": "no-console",
        "console.i_is_off_while_it_complains": "no-console",
        "console.j_is_turned_off_by_syslog": "no-console",
        "console.k_turns_the_time_stamps_off": "pass",
        "console.l_turns_them_on_again": "pass",
        "console.m_clears_the_log": "pass",
        "console.n_is_calm": "pass",
        "port.by_pidfd": "pass",
        "port.by_proc": "pass",
        "port.by_ptrace": "pass",
        "port.by_user_namespace": "skip",
        "port.by_core_dump": "pass",
        "port.by_device_node": "pass",
        "port.own_children_can_be_traced": "pass",
    }
    entries = "".join(expect(case, outcome) for case, outcome in expected.items())
    run = run_on_v4(tmp_path, "hostile", entries, 0)
    assert run["as_expected"]
    assert {name: o.replace("xfail", "fail") for name, o in outcomes(run).items()} == expected
    said = {result["name"]: result["message"] for result in run["results"]}
    assert "dropped" in said["console.b_floods"]
    assert "no mark of its end" in said["console.g_silences_the_kernel"]
    for name in ("console.i_is_off_while_it_complains", "console.j_is_turned_off_by_syslog"):
        assert "the console lacks 1 line of the kernel's log, the first: WARNING:" in said[name]
    # What a case says of itself is all that it can forge.
    assert {splat["case"] for splat in run["splats"]} == {
        name for name, outcome in expected.items() if outcome == "fail"
    }


def test_a_case_that_speaks_in_place_of_init_is_not_believed(tmp_path: Path) -> None:
    run = run_on_v4(tmp_path, "thief", "", 1)
    assert outcomes(run) == {"thief.a_takes_the_port": "crash", "thief.b_fails": "fail"}
    assert "thief.a_takes_the_port wrote on the results channel" in run["results"][0]["message"]
    forged = (Path(run["log"]) / "results.ktap").read_text()
    assert "\nok 2 thief.b_fails\n# refseries: exit 0\n" in forged


def test_init_goes_through_the_rounds_with_a_seed_for_each(tmp_path: Path) -> None:
    run = run_on_v4(tmp_path, "rounds", "", 1, ("--repeat", "12"))
    assert run["results"][0]["rounds"] == 12
    found = {result["name"]: (result["outcome"], result["odd"]) for result in run["results"]}
    assert found == {
        "global.is_steady": ("pass", 0),
        "global.fails_in_round_two": ("flaky", 1),
        "global.panics_in_round_three": ("flaky", 1),
        "global.fails_on_one_processor": ("flaky", 2),
    }
    told = {result["name"]: result["message"] for result in run["results"]}
    assert told["global.fails_in_round_two"].startswith("1 of 12 rounds; round 2, seed 2: fail: ")
    assert "round 3, seed 3: crash: " in told["global.panics_in_round_three"]
    assert "round 11, 1 processor, seed 11: " in told["global.fails_on_one_processor"]


def test_a_module_that_does_not_load_is_a_case_that_fails_and_ends_no_other(tmp_path: Path) -> None:
    run = run_on_v4(tmp_path, "rounds", "", 1)
    (command,) = Path(run["log"], "rerun.sh").read_text().splitlines()[-1:]
    words = shlex.split(command.removeprefix("exec "))
    archive = words.index("-initrd") + 1
    # Neither is one that this kernel, which has no modules, can load.
    listed = b"/lib/modules/odd-toy.ko\n/lib/modules/gone.ko\n"
    more = initramfs.cpio(
        [
            *(initramfs.Member(name, stat.S_IFDIR | 0o755) for name in ("/lib", "/lib/modules")),
            initramfs.Member("/lib/modules/odd-toy.ko", stat.S_IFREG | 0o644, b"\x7fELF"),
            initramfs.Member("/lib/modules/load", stat.S_IFREG | 0o644, listed),
        ]
    )
    both = tmp_path / "both.cpio"
    both.write_bytes(Path(words[archive]).read_bytes() + more)
    words[archive] = str(both)
    subprocess.run(words, cwd=tmp_path, timeout=3000, check=True)
    report = ktap.parse((tmp_path / "results.ktap").read_bytes(), guest=True)
    refused = {each.name: each.status for each in report.results[:2]}
    assert refused == {"modules.odd-toy": "fail", "modules.gone": "fail"}
    assert {each.name: each.status for each in report.results[2:]} == outcomes(run)
    assert report.plan == 6
    text = (tmp_path / "results.ktap").read_text()
    assert "  not ok 1 loaded # /lib/modules/gone.ko: No such file or directory\n" in text
    # Whoever asks for one case is told, too, that it ran without them.
    words[words.index("-append") + 1] += " only=global.is_steady"
    subprocess.run(words, cwd=tmp_path, timeout=3000, check=True)
    report = ktap.parse((tmp_path / "results.ktap").read_bytes(), guest=True)
    assert [each.name for each in report.results] == [*refused, "global.is_steady"]
    # A guest that is booted again behind them says that it lacks them still.
    words[words.index("-append") + 1] += " start=3"
    subprocess.run(words, cwd=tmp_path, timeout=3000, check=True)
    report = ktap.parse((tmp_path / "results.ktap").read_bytes(), guest=True, first=3)
    assert report.lacking == tuple(refused)
    assert [each.name for each in report.results] == ["global.is_steady"]
