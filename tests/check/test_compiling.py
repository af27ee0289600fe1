# SPDX-License-Identifier: GPL-2.0-or-later
"""The compile matrix on the toy kernel, where fake_make.sh stands in for make; see test_real."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import toy as toys
from waiting import SECONDS

from refseries.check import catalogue, run
from refseries.check.model import CheckOutcome, CheckReport, CheckState
from refseries.kernel.model import Config, Fragment
from refseries.model import Target
from refseries.testing.lab import Lab

MAKE = Path(__file__).with_name("fake_make.sh")


@dataclass
class Bench:
    """The toy, a make that is a script, and how to run checks with it."""

    toy: toys.Toy
    fake: Path

    def check(
        self,
        version: str = "v9",
        *,
        deadline: float = SECONDS,
        fragment: str = "",
        start: Fragment | None = None,
    ) -> CheckReport:
        asked = (Fragment("mini.config", fragment),)
        told = ("prepare",)
        config = Config("mini", "x86_64", asked, boot=False, targets=told, start_file=start)
        configs = {"mini": config}
        lab = Lab(self.toy.series(), self.toy.base(), self.toy.cache, jobs=1)
        checks = catalogue.select(catalogue.checks(configs), ["sparse", "compile"])
        return run.run(run.CheckRequest(lab, configs, (Target(version),), checks, deadline), _quiet)

    def calls(self) -> list[str]:
        path = self.fake / "calls"
        return path.read_text().splitlines() if path.exists() else []


def _quiet(_outcome: CheckOutcome) -> None:
    """Nobody looks."""


def outcome(report: CheckReport, check: str = "compile:mini") -> CheckOutcome:
    (found,) = (each for each in report.outcomes if each.check == check)
    return found


def new(report: CheckReport, check: str = "compile:mini") -> list[tuple[str, str, int, str]]:
    found = outcome(report, check).new
    return [(one.patch[:4], one.file, one.line, one.text) for one in found]


@pytest.fixture
def bench(toy: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "make").symlink_to(MAKE)
    (fake / "sparse").write_text("#!/bin/sh\necho 0\n")
    (fake / "sparse").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE", str(fake))
    return Bench(toy, fake)


def patches(bench: Bench, *files: dict[str, bytes]) -> None:
    changes: list[toys.Change] = [
        (toys.ADA, f"mm: change {number}\n", dict(each)) for number, each in enumerate(files)
    ]
    bench.toy.version_of(*changes)


def test_a_new_warning_belongs_to_the_patch_that_brings_it(bench: Bench) -> None:
    bench.toy.at_base()
    old = toys.lines((5, b"int old; /* WARN */"))
    bench.toy.commit((toys.ADA, "base\n", {"mm/memory.c": old}))
    bench.toy.git("tag", "--force", f"v{toys.RELEASE}")
    moved = b"int first;\n" + old
    patches(
        bench,
        {"mm/memory.c": moved},
        {"mm/toy.c": b"int a;\nint b; /* WARN */\n"},
        {"Documentation/toy.rst": b"Toy\n"},
    )
    report = bench.check()
    assert new(report) == [("0002", "mm/toy.c", 2, "warning: odd")]
    assert [one.line for one in outcome(report).findings if not one.new] == [5]
    assert report.exit_code == 1


def test_an_object_that_is_there_does_not_stand_for_a_compiler_that_ran(bench: Bench) -> None:
    patches(bench, {"mm/memory.c": toys.lines((7, b"int new; /* WARN */"))})
    assert new(bench.check()) == [("0001", "mm/memory.c", 7, "warning: odd")]


def test_a_patch_that_breaks_the_build_is_found_though_the_next_one_mends_it(
    bench: Bench,
) -> None:
    patches(bench, {"mm/toy.c": b"int a; /* ERROR */\n"}, {"mm/toy.c": b"int a;\n"})
    assert new(bench.check()) == [("0001", "mm/toy.c", 1, "error: odd")]


def test_sparse_looks_at_what_was_compiled(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a; /* SPARSE */\n"})
    report = bench.check()
    assert new(report, "sparse") == [("0001", "mm/toy.c", 1, "warning: odd")]
    assert new(report) == []


def test_sparse_does_not_pass_over_what_does_not_compile(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a; /* ERROR */\n"}, {"mm/toy.c": b"int a; /* BREAKS */\n"})
    (bench.fake / "breaks").touch()
    assert new(bench.check(), "sparse") == [
        ("0001", "mm/toy.c", 1, "error: odd"),
        ("0002", "include/linux/mm.h", 7, "error: odd"),
    ]


def test_what_was_compiled_before_is_not_compiled_again(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"}, {"Documentation/toy.rst": b"Toy\n"})
    first = bench.check()
    assert first.exit_code == 0
    count = len(bench.calls())
    # Base and one state; the second patch touches nothing that is compiled.
    assert sum("prepare" in call for call in bench.calls()) == 4
    assert bench.check().exit_code == 0
    assert len(bench.calls()) == count
    bench.check(fragment="CONFIG_WANTED=y\n")
    assert len(bench.calls()) > count


def test_another_config_at_the_beginning_is_compiled_anew(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"})
    bench.check(start=Fragment("own.config", "CONFIG_A=y\n"))
    count = len(bench.calls())
    bench.check(start=Fragment("own.config", "CONFIG_B=y\n"))
    assert len(bench.calls()) > count


def test_what_passed_without_an_option_of_a_version_is_asked_again_once_none_adds_it(
    bench: Bench,
) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"})
    kconfig: toys.Files = {"mm/Kconfig.toy": b"config WANTED\n\tbool\n"}
    (adds,) = bench.toy.version_of((toys.ADA, "mm: an option\n", kconfig), name="v8")
    (bench.fake / "lose").touch()
    assert bench.check(fragment="CONFIG_WANTED=y\n").exit_code == 0
    adds.write_text(adds.read_text().replace("config WANTED", "config OTHER"))
    assert outcome(bench.check(fragment="CONFIG_WANTED=y\n")).state is CheckState.FAILED


def test_every_make_has_the_same_flags(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"})
    bench.check()
    building = [call for call in bench.calls() if "config" not in call.split()[-1]]
    assert building
    assert all("W=1" in call for call in building)


@pytest.mark.parametrize(
    ("fault", "text", "words"),
    [
        ("prepare", "make: out of luck\n", "blamed no source file: make: out of luck"),
        (
            "prepare",
            "error: objtool is no program\nmake[1]: *** Deleting file 'a.o'\n"
            "make[1]: *** [../Makefile:7: a.o] Error 1\nmake: *** [Makefile:1: all] Error 2\n",
            "blamed no source file: a.o: error: objtool is no program (Error 1)",
        ),
        ("forget", "", "blamed no source file"),
        ("lose", "", "CONFIG_WANTED did not survive"),
    ],
)
def test_a_fault_of_the_machine_is_no_finding_and_not_kept(
    bench: Bench, fault: str, text: str, words: str
) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"})
    (bench.fake / fault).write_text(text)
    report = bench.check(fragment="CONFIG_WANTED=y\n")
    assert outcome(report).state is CheckState.FAILED
    assert words in outcome(report).message
    assert report.exit_code == 1
    (bench.fake / fault).unlink()
    assert bench.check(fragment="CONFIG_WANTED=y\n").exit_code == 0


def test_an_error_in_prepare_is_a_finding(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a; /* BREAKS */\n"})
    (bench.fake / "breaks").touch()
    assert new(bench.check()) == [("0001", "include/linux/mm.h", 7, "error: odd")]


def test_a_make_that_hangs_ends_by_its_deadline(bench: Bench) -> None:
    patches(bench, {"mm/toy.c": b"int a;\n"})
    (bench.fake / "hang").touch()
    report = bench.check(deadline=0.2)
    assert outcome(report).state is CheckState.FAILED
    assert "deadline" in outcome(report).message
