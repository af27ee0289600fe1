# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries check`` as a user sees it, with the toy kernel and the checks that need no kernel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import toy as toys

from refseries.host import proc

Run = Callable[..., proc.Completed]
QUICK = ("--only", "message", "--only", "codespell", "--only", "selftests")


def test_a_clean_version(refseries: Run) -> None:
    done = refseries("check", "v1", *QUICK)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "check      v1",
        "applies    ok",
        "message    ok",
        "codespell  ok",
        "selftests  ok",
        "",
        "v1 was never tested patch by patch in default.",
        "See it with: refseries test v1 --by-patch",
        "",
        "Clean: every check asked for was run, and nothing is new.",
    ]
    assert "v1: codespell" in done.stderr
    assert refseries("check", "v1", *QUICK, "--quiet").stderr == ""


def test_findings_stand_below_the_table(refseries: Run, toy: toys.Toy) -> None:
    toy.version_of(
        (toys.ADA, "introduce \x1b[31mtoys.\n\nTitel toy.\n", {"mm/toy.c": b"int toy;\n"})
    )
    done = refseries("check", "--all-versions", *QUICK)
    assert done.returncode == 1
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert lines[0].split() == ["check", "v1", "v2", "v9"]
    assert lines[2].split() == ["message", "ok", "ok", "2", "findings"]
    assert "v9 message, 0001-introduce-31mtoys.patch" in lines
    assert "  message:1: the subject ends in a full stop" in lines
    assert "  message:3: Titel ==> Title" in lines
    assert lines[-1] == "Not clean: 3 new findings."
    assert "\x1b" not in done.stdout
    assert max(map(len, lines)) <= 80


def test_json_has_every_finding(refseries: Run, toy: toys.Toy) -> None:
    toy.version_of((toys.ADA, "mm: toys\n\nTitel toy.\n", {"mm/toy.c": b"int toy; // debgu\n"}))
    done = refseries("check", "v9", *QUICK, "--json", "-")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["schema"], found["series"], found["clean"]) == (1, "toy", False)
    assert [(each["check"], each["state"], each["new"]) for each in found["checks"]] == [
        ("applies", "ok", 0),
        ("message", "ok", 0),
        ("codespell", "findings", 2),
        ("selftests", "ok", 0),
    ]
    assert found["findings"][1] == {
        "check": "codespell",
        "version": "v9",
        "patch": "0001-mm-toys.patch",
        "file": "mm/toy.c",
        "line": 1,
        "text": "debgu ==> debug",
        "new": True,
    }


def test_a_missing_tool_is_named_and_leaves_with_3(
    refseries: Run, toy: toys.Toy, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(proc.which("git"))
    path = {"PATH": str(tmp_path / "bin")}
    done = refseries("check", "v1", *QUICK, env=path)
    assert done.returncode == 3, done.stderr
    assert "codespell  missing" in done.stdout
    assert "codespell: not installed (Debian, Ubuntu: apt-get install codespell)" in done.stdout
    assert done.stdout.endswith("Not clean: 1 check lacks a tool.\n")


def test_a_tool_that_crashes_leaves_with_1(refseries: Run, toy: toys.Toy, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(proc.which("git"))
    fake = tmp_path / "bin/codespell"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo 9 && exit\nkill -SEGV $$\n')
    fake.chmod(0o755)
    (tmp_path / "bin/sh").symlink_to("/bin/sh")
    done = refseries("check", "v1", *QUICK, env={"PATH": str(tmp_path / "bin")})
    assert done.returncode == 1
    assert "codespell  failed" in done.stdout
    assert "the tool failed, not the patch" in done.stdout.lower()


def test_a_version_that_does_not_apply(refseries: Run, toy: toys.Toy) -> None:
    (path,) = toy.version_of((toys.ADA, "mm: odd\n\nx\n", {"mm/memory.c": b"int other;\n"}))
    path.write_text(path.read_text().replace("-int line_1;", "-int never;"))
    done = refseries("check", "v9", *QUICK)
    assert done.returncode == 1
    assert "applies    1 finding" in done.stdout
    assert "message    not-run" in done.stdout
    assert "its context is not in the tree" in done.stdout


def test_wrong_use(refseries: Run) -> None:
    for words, text in (
        (("check",), "say which versions"),
        (("check", "v7"), "no version `v7`"),
        (("check", "v1", "--only", "lint"), "mails of a version, `refseries export` says"),
        (("check", "base"), "`base` has no patches of its own"),
        (("check", "v2:small-toy"), "`v2:small-toy` has no patches of its own"),
    ):
        done = refseries(*words)
        assert done.returncode == 2, words
        assert text in done.stderr
