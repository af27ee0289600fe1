# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled v4 for real: each line of it is run by a case, or the reason stands beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# As the user has it, with the cache of the main job.
ENVIRON = dict(os.environ)

pytestmark = pytest.mark.main_job


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``refseries coverage v4`` writes as JSON."""
    path = tmp_path_factory.mktemp("coverage") / "v4.json"
    words = ("coverage", "v4", "--at-least", "100", "--json", str(path), "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "refseries", *words],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_every_line_of_code_is_run_or_has_a_reason(document: dict[str, Any]) -> None:
    lines = document["lines"]
    assert sum(line["state"] == "run" for line in lines) > 50
    silent = [
        f"{line['file']}:{line['line']}"
        for line in lines
        if line["state"] in ("not-run", "boot", "not-compiled") or line["taken"] < line["ways"]
        if not line["reason"]
    ]
    assert silent == []


def test_lines_have_the_cases_that_must_run_them(document: dict[str, Any]) -> None:
    def cases(text: str) -> list[str]:
        (line,) = (each for each in document["lines"] if each["text"].strip() == text)
        return [name for each in line["cases"] for name in each["cases"]]

    assert "refpage_map.first_write_copies" in cases(
        "return finish_fault(vmf) ?: VM_FAULT_DONE_COW;"
    )
    full = cases("zap_page_range_single(vma_lookup(from, vma->vm_start),")
    assert full
    assert all(name.startswith(("refpage_limit.", "refpage_full.")) for name in full)
