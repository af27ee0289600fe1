# SPDX-License-Identifier: GPL-2.0-or-later
"""Scheduling and faults, on the toy series; the tools are functions or small scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from waiting import SECONDS, deadlines, lives, until

from refseries.check import catalogue, context, results, run
from refseries.check.catalogue import Check
from refseries.check.context import CheckContext
from refseries.check.model import CheckedVersion, CheckOutcome, CheckState, Diagnostic, Finding
from refseries.errors import SeriesError, Stopped
from refseries.host import proc
from refseries.model import Target
from refseries.testing.lab import Lab
from refseries.testing.runner import LocalRunner

Find = Callable[[CheckedVersion, CheckContext], tuple[Finding, ...]]


def asked(
    toy: toys.Toy, *checks: Check, versions: tuple[str, ...] = ("v1",), deadline: float = SECONDS
) -> run.CheckRequest:
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=2)
    return run.CheckRequest(lab, {}, tuple(map(Target, versions)), checks, deadline)


def context_of(toy: toys.Toy) -> CheckContext:
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=2)
    return CheckContext(lab, {}, LocalRunner(lab))


def check(name: str, find: Find, *programs: str, arch: str = "") -> Check:
    return Check(name, "", programs, find, arch)


def nothing(_subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
    return ()


def states(outcomes: tuple[CheckOutcome, ...]) -> list[tuple[str, str, str]]:
    return [(each.version, each.check, str(each.state)) for each in outcomes]


def script(place: Path, name: str, text: str) -> Path:
    place.mkdir(exist_ok=True)
    path = place / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def lines(text: str) -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic("f", 1, line[2:]) for line in text.splitlines() if line[:2] == "W:")


def test_every_version_is_asked_everything(toy: toys.Toy) -> None:
    told: list[CheckOutcome] = []

    def one(subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
        last = subject.steps[-1]
        return (Finding("one", subject.version, last.name, last.touched[0], 1, "odd"),)

    request = asked(toy, check("one", one), check("two", nothing), versions=("v1", "v2"))
    report = run.run(request, told.append)
    assert states(report.outcomes) == [
        (version, name, state)
        for version in ("v1", "v2")
        for name, state in (("applies", "ok"), ("one", "findings"), ("two", "ok"))
    ]
    assert tuple(told) == report.outcomes
    assert report.exit_code == 1
    finding = report.outcomes[1].findings[0]
    assert (finding.patch, finding.file) == (
        "0002-mm-tell-what-a-toy-is.patch", "Documentation/mm/toy.rst",
    )  # fmt: skip


def test_a_check_that_finds_nothing_new_is_clean_whatever_base_says(toy: toys.Toy) -> None:
    def old(subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
        return (Finding("old", subject.version, "", "mm/memory.c", 1, "old", new=False),)

    report = run.run(asked(toy, check("old", old)), print)
    assert report.outcomes[1].state is CheckState.OK
    assert len(report.outcomes[1].findings) == 1
    assert report.exit_code == 0


def test_a_missing_tool_is_named_and_the_check_not_clean(toy: toys.Toy) -> None:
    request = asked(
        toy, check("two", nothing, "sh", "spatch-of-nowhere"), check("ok", nothing, "sh")
    )
    report = run.run(request, print)
    assert [outcome.state for outcome in report.outcomes] == [
        CheckState.OK,
        CheckState.MISSING,
        CheckState.OK,
    ]
    assert "spatch-of-nowhere" in report.outcomes[1].message
    assert report.exit_code == 3


def test_a_missing_compiler_is_named_with_its_package(
    toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from refseries.kernel import toolchain

    for name in ("git", "make", "gcc", "flex", "bison", "bc"):
        script(tmp_path / "bin", name, f'exec {proc.which(name)} "$@"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    toolchain.find.cache_clear()
    request = asked(toy, check("compile:x", nothing, "make", arch="riscv"))
    report = run.run(request, print)
    toolchain.find.cache_clear()
    assert report.outcomes[1].state is CheckState.MISSING
    assert "gcc-riscv64-linux-gnu" in report.outcomes[1].message


def test_a_tool_that_hangs_is_ended_by_its_deadline_and_what_it_started_too(
    toy: toys.Toy, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    tool = script(tmp_path / "bin", "hangs", f"sleep 600 & echo $! >{pid}; wait")

    def hangs(_subject: CheckedVersion, where: CheckContext) -> tuple[Finding, ...]:
        context.answer([tool], lines, cwd=tmp_path, deadline=where.deadline)
        return ()

    for deadline in deadlines():
        request = asked(toy, check("h", hangs), check("ok", nothing), deadline=deadline)
        report = run.run(request, print)
        if pid.exists() and pid.read_text():
            break
    assert [outcome.state for outcome in report.outcomes] == [
        CheckState.OK,
        CheckState.FAILED,
        CheckState.OK,
    ]
    assert "deadline" in report.outcomes[1].message
    assert report.exit_code == 1
    until(lambda: not lives(int(pid.read_text())))


@pytest.mark.parametrize("ending", ["kill -SEGV $$", "echo 'Cannot read it' >&2; exit 2"])
def test_a_tool_that_crashes_is_a_failure_and_nothing_of_it_is_kept(
    toy: toys.Toy, tmp_path: Path, ending: str
) -> None:
    tool = script(tmp_path / "bin", "crashes", ending)

    def crashes(_subject: CheckedVersion, where: CheckContext) -> tuple[Finding, ...]:
        where.said(["crashes"], lambda: context.answer([tool], lines, cwd=tmp_path))
        return ()

    request = asked(toy, check("c", crashes))
    report = run.run(request, print)
    assert report.outcomes[1].state is CheckState.FAILED
    assert "crashes ended with exit status" in report.outcomes[1].message
    script(tmp_path / "bin", "crashes", "exit 0")
    assert run.run(request, print).outcomes[1].state is CheckState.OK


def test_a_tool_that_finds_and_then_crashes_is_not_believed(tmp_path: Path) -> None:
    tool = script(tmp_path / "bin", "t", "echo W:something; exit 1")
    assert len(context.answer([tool], lines, cwd=tmp_path, fine=(0, 1))) == 1
    from refseries.errors import StageError

    with pytest.raises(StageError, match="exit status 1"):
        context.answer([tool], lines, cwd=tmp_path)


def test_what_a_tool_said_is_not_asked_twice(toy: toys.Toy, tmp_path: Path) -> None:
    count = tmp_path / "count"
    tool = script(tmp_path / "bin", "t", f"echo x >>{count}; echo W:odd")
    where = context_of(toy)
    for _ in range(3):
        found = where.said(["t", 1], lambda: context.answer([tool], lines, cwd=tmp_path))
        assert [one.text for one in found] == ["odd"]
    where.said(["t", 2], lambda: context.answer([tool], lines, cwd=tmp_path))
    assert count.read_text() == "x\nx\n"


def test_a_version_that_does_not_apply_is_told_and_nothing_else_is_run(toy: toys.Toy) -> None:
    toy.version_of((toys.ADA, "mm: odd\n", {"mm/memory.c": b"int other;\n"}))
    path = toy.project / "series/v9/0001-mm-odd.patch"
    path.write_text(path.read_text().replace("-int line_1;", "-int never;"))
    request = asked(toy, check("two", nothing), versions=("v9", "v1"))
    report = run.run(request, print)
    assert states(report.outcomes) == [
        ("v9", "applies", "findings"),
        ("v9", "two", "not-run"),
        ("v1", "applies", "ok"),
        ("v1", "two", "ok"),
    ]
    assert "0001-mm-odd.patch" in report.outcomes[0].findings[0].file
    assert report.exit_code == 1


def test_a_stop_keeps_what_was_found(toy: toys.Toy) -> None:
    def stop(_subject: CheckedVersion, _context: CheckContext) -> tuple[Finding, ...]:
        raise Stopped("stopped.")

    request = asked(toy, check("ok", nothing), check("stop", stop))
    report = run.run(request, print)
    proc.allow_again()
    assert report.stopped
    assert [outcome.check for outcome in report.outcomes] == ["applies", "ok"]
    assert results.latest(toy.cache, "toy", "v1", toy.git("rev-parse", "HEAD")) is None
    assert '"ok"' in (toy.cache / "toy/check/latest/v1.json").read_text()


def test_select() -> None:
    checks = [check(name, nothing) for name in ("sparse", "compile:a", "compile:b")]

    def names(*wanted: str) -> list[str]:
        return [each.name for each in catalogue.select(checks, wanted)]

    assert names() == ["sparse", "compile:a", "compile:b"]
    assert names("compile") == ["compile:a", "compile:b"]
    assert names("compile:b", "spa*") == ["sparse", "compile:b"]
    assert names("applies") == []
    with pytest.raises(SeriesError, match="no check `comp`") as error:
        names("comp")
    assert "compile:a" in error.value.hint


def test_files_of_a_state_are_those_it_has(toy: toys.Toy) -> None:
    base = toy.base()
    names = ["mm/memory.c", "mm/gone.c", "scripts/check.sh"]
    with context_of(toy).files(base.repo, base.commit, names) as place:
        found = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
        assert found == ["mm/memory.c", "scripts/check.sh"]
        assert os.access(place / "scripts/check.sh", os.X_OK)
    assert not place.exists()
    with context_of(toy).files(base.repo, base.commit, ["gone"]) as place:
        assert list(place.iterdir()) == []


def test_scripts_are_unpacked_once_for_each_base(toy: toys.Toy) -> None:
    where = context_of(toy)
    place = where.scripts(toy.base())
    assert (place / "scripts/check.sh").is_file()
    assert (place / "Documentation").is_dir()
    before = (place / "scripts").stat().st_mtime_ns
    assert where.scripts(toy.base()) == place
    assert (place / "scripts").stat().st_mtime_ns == before
    assert [path.name for path in place.parent.iterdir()] == [toy.base().tree]
