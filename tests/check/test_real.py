# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries check`` for real, on the bundled series: the cheap checks of every version, and as
much of the compile matrix as fits into a few minutes. Nothing is skipped: a missing tool fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from refseries.check import coccinelle
from refseries.check.model import Diagnostic
from refseries.host import settings

ROOT = Path(__file__).parents[2]
# As the user has it: other tests must not see REFSERIES_CACHE, these are meant to.
ENVIRON = dict(os.environ)
CHEAP = ("checkpatch", "message", "codespell", "maintainers", "kernel-doc", "selftests", "tables")

pytestmark = pytest.mark.main_job


def check(place: Path, *words: str, only: tuple[str, ...]) -> dict[str, Any]:
    """Run the command in the checkout; its JSON and, under ``code``, its exit status."""
    result = place / "check.json"
    chosen = [word for name in only for word in ("--only", name)]
    completed = subprocess.run(
        [sys.executable, "-m", "refseries", "check", *words, *chosen, "--json", str(result)],
        cwd=ROOT, env=ENVIRON, capture_output=True, text=True, timeout=3000, check=False,
    )  # fmt: skip
    assert result.exists(), completed.stderr[-4000:]
    found: dict[str, Any] = json.loads(result.read_text())
    return {**found, "code": completed.returncode, "screen": completed.stdout}


def states(found: dict[str, Any], version: str) -> dict[str, str]:
    return {each["check"]: each["state"] for each in found["checks"] if each["version"] == version}


def texts(found: dict[str, Any], version: str, check: str) -> list[str]:
    return [
        f"{each['file']}: {each['text']}"
        for each in found["findings"]
        if (each["version"], each["check"], each["new"]) == (version, check, True)
    ]


def test_the_cheap_checks_of_every_version(tmp_path: Path) -> None:
    found = check(tmp_path, "--all-versions", only=CHEAP)
    for version in ("v1", "v2", "v3"):
        assert states(found, version) == {
            "applies": "ok", **dict.fromkeys(CHEAP, "ok"), "tables": "findings",
        }  # fmt: skip
        said = texts(found, version, "tables")
        assert len(said) == 14
        assert any("arch/s390/kernel/syscalls/syscall.tbl" in each for each in said)
    assert states(found, "v4").items() >= dict.fromkeys(CHEAP[1:], "ok").items()
    assert found["code"] == 1
    table = found["screen"].split("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_v2_breaks_where_there_is_no_virtual_memory_map(tmp_path: Path) -> None:
    found = check(tmp_path, "v2", only=("compile:x86_64-sparsemem",))
    (first, *_others) = texts(found, "v2", "compile:x86_64-sparsemem")
    assert "include/asm-generic/memory_model.h" in first
    assert "page_to_section" in first
    assert found["code"] == 1


def test_v4_is_clean_for_sparse_and_compilers(tmp_path: Path) -> None:
    only = ("sparse", "compile:arm64-bare", "compile:riscv-nommu")
    found = check(tmp_path, "v4", only=only)
    assert states(found, "v4") == dict.fromkeys(("applies", *only), "ok"), found["screen"]
    assert found["code"] == 0
    # It did compile: base complains, too.
    assert any(each["check"] == "sparse" and not each["new"] for each in found["findings"])


def test_v4_is_clean_for_coccinelle(tmp_path: Path) -> None:
    found = check(tmp_path, "v4", only=("coccinelle",))
    assert states(found, "v4") == {"applies": "ok", "coccinelle": "ok"}, found["screen"]
    # And it would say something if there were something to say.
    tree = settings.resolve(environ=ENVIRON).cache / "refpage/check/scripts" / found["base"]["tree"]
    (tmp_path / "odd.c").write_text("int f(int a)\n{\n\tint ret = 0;\n\n\treturn ret;\n}\n")
    script = tree / "scripts/coccinelle/misc/returnvar.cocci"
    assert coccinelle.ask(tree, tmp_path, "odd.c", 100, script) == (
        Diagnostic("odd.c", 3, 'Unneeded variable: "ret". Return "0" on line 5 (returnvar)'),
    )
