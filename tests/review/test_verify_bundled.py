# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of the bundled series, proven by real boots; cheap once those are in the cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRON = dict(os.environ)  # before a fixture takes the user's REFSERIES_ variables away

pytestmark = pytest.mark.main_job


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    path = tmp_path_factory.mktemp("verify") / "v.json"
    subprocess.run(
        [sys.executable, "-m", "refseries", "feedback", "verify", "--all", "-q", "--json", path],
        cwd=ROOT, env=ENVIRON, timeout=3000, check=True, capture_output=True,
    )  # fmt: skip
    data = json.loads(path.read_text())
    assert data["ok"] is True
    return {task["id"]: task for task in data["tasks"]}


def test_no_task_is_broken_and_every_settled_code_task_is_proven(
    verified: dict[str, dict[str, Any]],
) -> None:
    code = {"bug", "change", "build"}
    settled = [t for t in verified.values() if t["state"] == "settled"]
    assert len(settled) >= 10
    wrong = [t["id"] for t in settled if t["kind"] in code and t["verdict"] != "proven"]
    assert wrong == []


@pytest.mark.parametrize(
    ("task", "kind", "what"),
    [
        ("v3-jannh-7", "diff", "GFP_USER"),
        ("v3-jannh-8", "test", "misaligned"),
        ("v3-jannh-6", "test", "refpage_"),
    ],
)
def test_the_named_tasks_are_red_on_v3_and_green_on_v4(
    verified: dict[str, dict[str, Any]], task: str, kind: str, what: str
) -> None:
    found = verified[task]
    assert (found["raised_on"], found["settled_in"]) == ("v3", "v4")
    (proof,) = [
        e for e in found["evidence"] if e["kind"] == kind and what in e["seen"] + e["detail"]
    ][:1]
    assert proof["verdict"] == "proven"
    before = "absent on v3" if kind == "diff" else "fail on v3"
    assert before in proof["seen"]
    assert "on v4" in proof["seen"]
