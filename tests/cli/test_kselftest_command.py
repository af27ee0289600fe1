# SPDX-License-Identifier: GPL-2.0-or-later
"""The screen of ``refseries kselftest``; what it compares: tests/kselftest/."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_guest import as_init_says
from rich.console import Console
from toy import Toy

from refseries.cli.commands import kselftest
from refseries.guest import ktap
from refseries.host import proc
from refseries.model import Target
from refseries.testing.kselftest.compare import Heard, KselftestReport
from refseries.testing.kselftest.suite import Case, Suite

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = dict(os.environ)

SUITE = Suite("mm", (), "", (Case("cow", ("cow",)), Case("talk", ("talk",))), {"hmm": "a module"})
SAID = """\
KTAP version 1
1..2
  1..1
    1..2
    ok 1 page
    ok 2 huge # SKIP
  ok 1 cow
ok 1 mm.cow
ok 2 mm.talk # SKIP exit=4
# refseries: exit 0
"""


def heard(target: str, said: str, reason: str = "") -> Heard:
    results = ktap.parse(as_init_says(said), guest=True).results
    return Heard(Target(target), {each.name: each for each in results}, (), reason, Path("log"))


def report(said: str = SAID) -> KselftestReport:
    names = ("mm.cow", "mm.talk")
    return KselftestReport(SUITE, "default", names, heard("base", SAID), (heard("v4", said),), ())


def shown(report: KselftestReport) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    kselftest._show(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_is_the_same_is_said_in_one_row() -> None:
    lines = [line.rstrip() for line in shown(report()).splitlines()]
    assert lines[0] == "tools/testing/selftests/mm of the base kernel, config default"
    assert ["mm.cow", "pass", "1", "pass,", "1", "skip", "the", "same"] in map(str.split, lines)
    assert ["mm.talk", "skip", "the", "same"] in map(str.split, lines)
    assert lines[-1] == "2 cases; left out, for the reasons in suite.toml: 1 program."


def test_what_differs_is_told_below_without_escapes() -> None:
    text = shown(report(SAID.replace("ok 1 page", "not ok 1 page\x1b[2J")))
    assert "differs" in text
    assert "v4: mm.cow: 1 page" in text
    assert "pass on base, fail here" in text
    assert "\x1b" not in text


def test_what_is_not_known_and_what_was_not_said_is_told() -> None:
    text = shown(replace(report(), unlisted=("new",), base=heard("base", "", "it died")))
    assert "Not in suite.toml: new" in text
    assert "base: it died" in text
    assert "no result" in text


def test_json_has_every_part() -> None:
    data = json.loads(json.dumps(kselftest._as_json(report()), default=str))
    assert data["good"] is True
    (cow, talk) = data["base"]["cases"]
    assert [part["status"] for part in cow["parts"]] == ["pass", "skip"]
    assert (talk["status"], talk["parts"]) == ("skip", [])
    assert data["versions"][0]["differences"] == []
    assert data["left_out"] == {"hmm": "a module"}


def test_wrong_uses_are_told(toy: Toy, refseries: Callable[..., proc.Completed]) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    for words, what in (
        ([], "say which versions"),
        (["v7"], "no version `v7`"),
        (["v1", "--config", "x86_64-sparsemem"], "for compiling only"),
        (["v1"], "Copy kernel-tests/kselftest/ from the series that comes with refseries."),
    ):
        done = refseries("kselftest", *words)
        assert (done.returncode, what in done.stderr) == (2, True), (words, done.stderr)


@pytest.mark.main_job
def test_real_selftests_of_the_base_say_the_same_on_v4() -> None:
    only = [word for name in ("mkdirty", "mdwe_test") for word in ("--only", f"mm.{name}")]
    done = subprocess.run(
        [sys.executable, "-m", "refseries", "kselftest", "v4", *only, "--json", "-", "--quiet"],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    data = json.loads(done.stdout)
    said = {case["name"]: case for case in data["base"]["cases"]}
    assert said["mm.mdwe_test"]["status"] == "pass"
    assert len(said["mm.mkdirty"]["parts"]) > 3
