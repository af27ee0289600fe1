# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import toy as toys

from refseries.host import proc

Run = Callable[..., proc.Completed]
WIDE = "--creation-factor=200"  # the toy's patches are small


def test_the_screen(refseries: Run) -> None:
    done = refseries("diff", "v1", "v2", WIDE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0] == "v1 → v2"
    assert " ".join(lines[1].split()) == "1 → 1 changed (message, code) mm: introduce toys"
    assert "Patch 1 → 1: mm: introduce toys" in lines
    assert "Cover letter" in lines
    assert "Difference of the trees" in lines


def test_nothing_is_different(refseries: Run) -> None:
    assert refseries("diff", "v1", "v1").stdout == "v1 → v1\nNothing is different.\n"


def test_json_for_programs(refseries: Run) -> None:
    done = refseries("diff", "v1", "v2", WIDE, "--json", "-")
    found = json.loads(done.stdout)
    assert found["schema"] == 1
    assert found["differs"] is True
    assert [patch["status"] for patch in found["patches"]] == ["changed", "unchanged"]
    assert found["files"][1] == {"path": "mm/toy.c", "added": 1, "removed": 1}


def test_mail_is_plain_text(refseries: Run) -> None:
    assert refseries("diff", "v1", "v2", "--mail").stdout.startswith("Patches from v1 to v2:\n")


def test_creation_factor_is_hinted_at_and_heeded(toy: toys.Toy, refseries: Run) -> None:
    first: toys.Change = (toys.ADA, "mm: first\n", {"mm/first.c": b"int first;\n"})
    last: toys.Change = (toys.ADA, "mm: last\n", {"mm/last.c": b"int last;\n"})
    other = toys.lines(*((n, b"static const char *name_%d;" % n) for n in range(40, 52)))
    for name, body, text in (
        ("v3", "It had no name.", toys.lines((20, b"int key;"))),
        ("v4", "Entirely different words about the thing.", other),
    ):
        between: toys.Change = (toys.ADA, f"mm: toys\n\n{body}\n", {"mm/memory.c": text})
        toy.version_of(first, between, last, name=name)
    assert "--creation-factor=999 compares" in refseries("diff", "v3", "v4").stdout
    hint = refseries("diff", "v3", "v4", "--creation-factor=100").stdout
    assert "--creation-factor=999 compares" in hint
    assert "--creation-factor=100" not in hint
    assert "creation-factor" not in refseries("diff", "v3", "v4", "--creation-factor=999").stdout
    done = refseries("diff", "v3", "v4", "--creation-factor=1000", "--json", "-")
    assert json.loads(done.stdout)["patches"][1]["parts"][:2] == ["message", "code"]


@pytest.mark.parametrize("name", ["v9", "--tree", "nothing"])
def test_wrong_names(refseries: Run, name: str) -> None:
    done = refseries("diff", "v1", "--", name)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_no_escape_sequence_reaches_the_screen(toy: toys.Toy, refseries: Run) -> None:
    files: toys.Files = {"mm/t.c": b"int \x1b]0;owned\x07t;\n"}
    toy.version_of((toys.ADA, "mm: \x1b[2Jtoys\n", files), name="v3")
    for words in (("v1", "v3"), ("v1", "v3", "--mail"), ("v3", "v2")):
        done = refseries("diff", *words)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout
