# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in the guest of each tree, as suites.toml says: real git, make and compilers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import suite_project
from played_project import Project

from refseries.errors import SeriesError, StageError
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.model import BootRequest, OnCase
from refseries.kernel.model import Config
from refseries.model import StageOutcome, Target
from refseries.series import apply
from refseries.testing import matrix, runs
from refseries.testing.model import Outcome
from refseries.testing.suites import guest, load, options
from refseries.testing.suites.kinds.tree import TreeCase, TreeSuite

COMMAND = """\
schema = 1
[suite.smoke]
kind = "command"
files = ["kernel-tests/smoke.sh"]
case_seconds = 70
[[suite.smoke.case]]
test = "script"
words = ["smoke.sh", "two words"]
[[suite.smoke.case]]
test = "quick"
words = ["true"]
seconds = 2
"""
KUNIT = """\
schema = 1
[suite.lists]
kind = "kunit"
suites = ["list-*"]
options = ["CONFIG_TOY_KUNIT_TEST=y"]
"""
TREE = """\
schema = 1
[suite.toys]
kind = "tree"
directory = "toy"
"""
PROGRAMS = """\
schema = 1
[suite.own]
kind = "programs"
[[suite.own.case]]
test = "plain"
words = ["toy_test", "-x"]
"""
SELFTEST = "tools/testing/selftests/toy/"
MAKEFILE = """\
$(OUTPUT)/%: %.c
\t$(CROSS_COMPILE)gcc -static -I$(CURDIR)/../../../../usr/include $(CFLAGS) $(USERCFLAGS) -o $@ $<
# TEST_GEN_PROGS := toy_alone toy_listed
"""
TOP = "headers:\n\tmkdir -p usr/include && cp include/toy.h usr/include/\n"
ALONE = "#include <toy.h>\nint main(void) { return TOY; }\n"
LISTED = '#include "../kselftest_harness.h"\n' + ALONE


def suites(project: Project, text: str) -> None:
    (project.directory / "kernel-tests" / "suites.toml").write_text(text)
    (project.directory / "kernel-tests" / "smoke.sh").write_text("#!/bin/sh\nexit 0\n")


def prepared(project: Project, version: str) -> tuple[guest.Guest, bytes]:
    request = project.request()
    lab = request.lab
    applied = apply.apply(lab.series, lab.base, Target(version), lab.cache)
    found = guest.prepare(lab, load.load(project.directory), applied, request.configs[0])
    return found, lab.programs(found.programs).read_bytes() if found.programs else b""


@pytest.fixture(autouse=True)
def _busybox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Any static program of the guest's kind will do where none is booted.
    place = tmp_path / "busybox"
    place.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(11) + (183).to_bytes(2, "little") + bytes(44))
    monkeypatch.setenv("REFSERIES_BUSYBOX", str(place))


def test_without_a_file_there_is_one_initramfs_for_all(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    found, _ = prepared(project, "v1")
    lab = project.request().lab
    assert (found.programs, found.suites) == (lab.initramfs("arm64").stem, ())
    assert guest.selftests(lab, "arm64") == f"{found.programs}.cpio"


def test_commands_are_a_table_and_files(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, COMMAND)
    found, archive = prepared(project, "v1")
    row = 'run\tsmoke\tscript\t70\t/bin/sh\t-c\texec "$@"\tsh\t/suites/smoke/smoke.sh\ttwo words\n'
    assert row.encode() in archive
    assert b"run\tsmoke\tquick\t2\t" in archive
    assert b"suites/smoke/smoke.sh\0" in archive
    assert found.case_seconds == 70


def test_a_script_that_changes_makes_other_tests_and_another_tree_does_not(
    project: Project,
) -> None:
    project.add({"lib/string.c": "int string;\n"})
    project.add({"lib/string.c": "int other;\n"})
    suites(project, COMMAND)
    lab = project.request().lab
    before = guest.selftests(lab, "arm64")
    names = [
        runs.selftests_name(lab.programs(prepared(project, version)[0].programs))
        for version in ("v1", "v2")
    ]
    assert names == [before, before]
    (project.directory / "kernel-tests" / "smoke.sh").write_text("#!/bin/sh\nexit 1\n")
    assert guest.selftests(lab, "arm64") != before


def test_a_selftest_that_only_one_version_adds_is_absent_elsewhere(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CFLAGS", "--no-such-option")  # the user's, of other programs
    project.add({"lib/string.c": "int string;\n"})
    project.add(
        {
            "lib/string.c": "int string;\n",
            "Makefile": TOP,
            "include/toy.h": "#define TOY 7\n",
            f"{SELFTEST}Makefile": MAKEFILE,
            f"{SELFTEST}toy_alone.c": ALONE,
            f"{SELFTEST}toy_listed.c": LISTED,
            f"{SELFTEST}not_built.c": "#error\n",
        }
    )
    suites(project, TREE)
    assert prepared(project, "v1")[0].programs == ""
    found, archive = prepared(project, "v2")
    assert found.suites == ("toys",)
    assert b"run\ttoys\ttoy_alone\t60\t/suites/toys/toy_alone\n" in archive
    # Init lists one with the harness itself.
    assert b"tests/toy_listed\0" in archive
    assert b"run\ttoys\ttoy_listed" not in archive


def test_a_selftest_of_the_tree_that_does_not_compile_is_an_error_with_its_folder(
    project: Project,
) -> None:
    files = {"Makefile": TOP, f"{SELFTEST}Makefile": MAKEFILE, f"{SELFTEST}toy_alone.c": ALONE}
    project.add({**files, "include/toy.h": "\n"})
    suites(project, TREE)
    with pytest.raises(StageError) as error:
        prepared(project, "v1")
    assert error.value.where == SELFTEST.rstrip("/")
    assert "TOY" in error.value.detail


def test_a_selftest_that_does_not_compile_costs_its_own_version_alone(project: Project) -> None:
    files = {"Makefile": TOP, f"{SELFTEST}Makefile": MAKEFILE, f"{SELFTEST}toy_alone.c": ALONE}
    project.add({"lib/string.c": "int string;\n"})
    project.add({**files, "include/toy.h": "\n"})
    suites(project, TREE)
    good, bad = matrix.run(project.request(), lambda _event: None).runs
    assert (good.stages["build"], good.as_expected) == (StageOutcome.PASS, True)
    assert (bad.stages["build"], bad.as_expected) == (StageOutcome.BUILD_FAILED, False)
    assert SELFTEST.rstrip("/") in bad.message


def test_programs_without_the_harness_are_not_left_to_init(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, PROGRAMS)
    _, archive = prepared(project, "v1")
    assert b"run\town\tplain\t60\t/suites/own/toy_test\t-x\n" in archive
    assert b"tests/toy_test\0" not in archive


def test_a_program_that_make_does_not_leave_is_named(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, PROGRAMS.replace("toy_test", "toy_tset"))
    with pytest.raises(SeriesError, match="no program toy_tset"):
        prepared(project, "v1")


def test_options_of_kunit_are_asked_for_where_the_tree_knows_them(project: Project) -> None:
    known = "config KUNIT\nconfig DEBUG_FS\nconfig KUNIT_DEBUGFS\n"
    project.add({"lib/string.c": "int string;\n"})
    project.add({"lib/Kconfig.toy": f"{known}config TOY_KUNIT_TEST\n\tbool\n"})
    suites(project, KUNIT)
    found = load.load(project.directory)
    lab, config = project.request().lab, project.kernel.config()
    v1, v2 = (apply.apply(lab.series, lab.base, Target(v), lab.cache) for v in ("v1", "v2"))
    assert options.asked(config, found, v1) == config
    asked = options.asked(config, found, v2).fragments[-1]
    assert asked.text.splitlines() == [
        "CONFIG_KUNIT=y", "CONFIG_DEBUG_FS=y", "CONFIG_KUNIT_DEBUGFS=y", "CONFIG_TOY_KUNIT_TEST=y",
    ]  # fmt: skip
    assert prepared(project, "v1")[0].programs == ""
    assert b"kunit\tlists\tlist-*\n" in prepared(project, "v2")[1]


def test_a_suite_that_not_even_the_newest_version_has_is_refused(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, TREE)
    with pytest.raises(SeriesError, match="no tree has anything of the suite `toys`") as caught:
        matrix.run(project.request(), lambda _event: None)
    assert "Name each other one of that folder in a [[suite.toys.case]]" in caught.value.hint
    assert "has no gone.c, lost.c" in TreeSuite(
        directory="toys", case=(TreeCase(program="gone"), TreeCase(program="lost"))
    ).advice("toys")


def test_a_tree_with_nothing_to_run_is_built_and_not_booted(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, COMMAND)
    project.add({"lib/string.c": "int other;\n"})
    suites(project, TREE)
    request = replace(project.request(), targets=(Target("v1"),))
    (run,) = matrix.run(request, lambda _event: None).runs
    assert run.stages["build"] is StageOutcome.PASS
    assert run.stages["boot"] is StageOutcome.NOT_RUN
    assert run.as_expected


def test_cases_of_suites_are_judged_as_any(project: Project) -> None:
    project.add({"guest.sh": "plan 1\nbegin smoke.quick\nreport 'not ok 1 smoke.quick'\nbye\n"})
    suites(project, COMMAND)
    (run,) = matrix.run(project.request(), lambda _event: None).runs
    assert [(each.name, each.outcome) for each in run.results] == [("smoke.quick", Outcome.FAIL)]
    kept = runs.latest(project.request().lab.cache, "toy", Target("v1"), "default")
    assert kept is not None
    assert kept.initramfs == guest.selftests(project.request().lab, "arm64")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (COMMAND.replace('"command"', '"commandx"'), "suite.smoke"),
        (COMMAND.replace("seconds = 2", "secondsx = 2"), "suite.smoke"),
        (COMMAND.replace("suite.smoke", 'suite."a b"'), "no name of a suite"),
    ],
)
def test_a_wrong_file_is_told_with_its_key(project: Project, text: str, what: str) -> None:
    suites(project, text)
    with pytest.raises(SeriesError) as error:
        load.load(project.directory)
    assert what in str(error.value.what) + str(error.value.where)


def test_a_file_out_of_the_project_is_refused(project: Project) -> None:
    project.add({"lib/string.c": "int string;\n"})
    suites(project, COMMAND.replace("kernel-tests/smoke.sh", "../secret"))
    with pytest.raises(SeriesError, match="no file or folder of this project"):
        prepared(project, "v1")


CONFIG = """\
# What the toys need.
CONFIG_SHMEM=y
CONFIG_SWAP=y
CONFIG_TOY=m
CONFIG_NR_CPUS=4 # a remark
CONFIG_GONE=y
CONFIG_SWAP=y
CONFIG_DRM
"""
FOLDER: dict[str, str | None] = {
    "Makefile": TOP,
    "include/toy.h": "#define TOY 0\n",
    f"{SELFTEST}Makefile": MAKEFILE,
    f"{SELFTEST}toy_alone.c": ALONE,
    f"{SELFTEST}config": CONFIG,
    f"{SELFTEST}settings": "# slow\ntimeout=95\n",
}


def asked(project: Project, config: Config) -> list[str]:
    lab = project.request().lab
    applied = apply.apply(lab.series, lab.base, Target("v1"), lab.cache)
    wanted = options.asked(config, load.load(project.directory), applied)
    more = wanted.fragments[len(config.fragments) :]
    return [
        f"{file.path.rpartition('/')[2]}:{number}: {line}"
        for file in more
        for number, line in enumerate(file.text.splitlines(), start=1)
        if line
    ]


def test_the_config_of_a_folder_of_selftests_is_asked_for(project: Project) -> None:
    known = (project.kernel.work / "Kconfig").read_text() + "\nconfig TOY\n"
    project.add({**FOLDER, "Kconfig": known})
    suites(project, TREE)
    config = project.kernel.config("CONFIG_SHMEM=y\n")
    # Not what the tree does not know, nor what the config says, nor modules where it has none.
    wanted = ["config:5: CONFIG_NR_CPUS=4", "config:7: CONFIG_SWAP=y"]
    assert asked(project, config) == wanted
    assert asked(project, replace(config, modules=True)) == ["config:4: CONFIG_TOY=m", *wanted]
    suites(project, TREE + 'options = ["# CONFIG_SWAP is not set"]\n')
    own = "suites.toml (options of toys):1: # CONFIG_SWAP is not set"
    assert asked(project, config) == [wanted[0], own]


def test_an_option_of_a_folder_s_config_that_gets_lost_is_told_with_its_line(
    project: Project,
) -> None:
    kernel = (project.kernel.work / "Makefile").read_text()
    both = f"ifeq ($(MAKECMDGOALS),headers)\n{TOP}else\n{kernel}endif\n"
    project.add({**FOLDER, "Makefile": both, f"{SELFTEST}config": "\nCONFIG_GCOV_KERNEL=y\n"})
    suites(project, TREE)
    (run,) = matrix.run(project.request(), lambda _event: None).runs
    assert run.stages["build"] is StageOutcome.BUILD_FAILED
    assert f"{SELFTEST}config:2" in run.message
    assert "CONFIG_GCOV_KERNEL did not survive" in run.message


@pytest.mark.parametrize(
    ("settings", "key", "seconds"),
    [
        ("# slow\ntimeout=95\n", "", "95"),
        ("timeout=0\n", "", "1800"),
        ("timeout=95\n", "case_seconds = 7\n", "7"),
        ("timeout=soon\n", "", "60"),
        (None, "", "60"),
    ],
)
def test_the_settings_of_a_folder_of_selftests_limit_its_programs(
    project: Project, settings: str | None, key: str, seconds: str
) -> None:
    listed = {f"{SELFTEST}toy_listed.c": LISTED, f"{SELFTEST}settings": settings}
    files = {path: text for path, text in {**FOLDER, **listed}.items() if text is not None}
    project.add({**files})
    suites(project, TREE + key)
    found, archive = prepared(project, "v1")
    assert f"run\ttoys\ttoy_alone\t{seconds}\t".encode() in archive
    # Init has one limit for all.
    assert found.case_seconds == max(60.0, float(seconds))


def test_kunit_may_take_as_long_as_the_suite_says_before_init_comes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs as the kernel boots: its time is that of booting."""
    suites(project, KUNIT.replace('kind = "kunit"', 'kind = "kunit"\ncase_seconds = 500'))
    project.add(suite_project.KUNIT)
    asked: list[BootRequest] = []

    def ran(request: BootRequest, only: tuple[str, ...], on_case: OnCase) -> CasesRun:
        asked.append(request)
        return run_cases(request, only, on_case)

    monkeypatch.setattr("refseries.testing.jobs.run_cases", ran)
    matrix.run(project.request(), lambda _event: None)
    assert [each.boot_timeout >= 500 for each in asked] == [True]
