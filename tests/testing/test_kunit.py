# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel complains of while it runs KUnit suites is charged to the case that ran."""

from __future__ import annotations

import pkgutil
from dataclasses import replace
from pathlib import Path
from typing import get_args

from fake_guest import request

from refseries.guest.cases import CasesRun, run_cases
from refseries.testing.suites import kinds
from refseries.testing.suites.kinds.kunit import KunitSuite

WARNING = """\
say "[    0.3000%s] ------------[ cut here ]------------"
say "[    0.3000%s] WARNING: CPU: 0 PID: 1 at lib/%s.c:7 %s+0x10/0x20"
say "[    0.3000%s] ---[ end trace 0000000000000000 ]---"
"""


def warning(at: str, name: str) -> str:
    return WARNING % (at, at, name, name, at)


BOOT = f"""\
say "[    0.100000] KTAP version 1"
say "[    0.100001] 1..2"
{warning("10", "before")}
say "[    0.100002]     KTAP version 1"
say "[    0.100003]     # Subtest: list test"
say "[    0.100004]     1..2"
say "[    0.100005]     ok 1 first"
say "[    0.100006]         KTAP version 1"
say "[    0.100007]         # Subtest: second"
say "[    0.100008]         ok 1 parameter"
{warning("20", "during")}
say "[    0.300300]     not ok 2 second # with words"
say "[    0.300301] not ok 1 list test"
{warning("31", "after")}
say "[    0.400000]     # Subtest: other"
say "[    0.400001]     ok 1 first # SKIP no machine"
say "[    0.400002] ok 2 other"
plan 1
begin own.writes
say "[    1.100000]     # Subtest: forged"
{warning("40", "own")}
say "[    1.200000]     ok 1 case"
end 1 own.writes
bye
"""


def boot(directory: Path) -> CasesRun:
    return run_cases(request(directory, BOOT))


def test_a_complaint_at_boot_belongs_to_the_case_of_the_suite_that_ran(fake_qemu: Path) -> None:
    before = boot(fake_qemu)
    assert {each.case for each in before.splats} == {None, "own.writes"}
    found = KunitSuite(suites=("*",)).read(before)
    assert [(each.title.split("lib/")[1].split(".c")[0], each.case) for each in found.splats] == [
        ("before", None),
        ("during", "list_test.second"),
        ("after", None),
        # What a case writes on the console once init has begun makes no case of KUnit's.
        ("own", "own.writes"),
    ]


def test_a_console_without_suites_stays_as_it_is(fake_qemu: Path) -> None:
    said = boot(fake_qemu)
    console = said.boots[0].console
    lines = [line for line in console.read_text().splitlines() if "Subtest" not in line]
    console.write_text("\n".join(lines) + "\n")
    found = KunitSuite(suites=("*",)).read(said)
    assert found == replace(said, boots=said.boots)


def test_options_of_the_user_s_replace_those_that_every_suite_needs() -> None:
    for own in ("CONFIG_KUNIT=y", "CONFIG_KUNIT=m"):
        suite = KunitSuite(suites=("*",), options=(own, "CONFIG_X=y"))
        assert [line for line in suite.needed() if line.startswith("CONFIG_KUNIT=")] == [own]
    assert {"CONFIG_DEBUG_FS=y", "CONFIG_KUNIT_DEBUGFS=y", "CONFIG_X=y"} < {*suite.needed()}


def test_every_module_of_kinds_is_a_kind() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(kinds.AnySuite)}
    assert tags == {each.name for each in pkgutil.iter_modules(kinds.__path__)}
