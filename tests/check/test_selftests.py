# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from refseries.check import selftests

MM = "tools/testing/selftests/mm"
FILES = {
    f"{MM}/Makefile": "TEST_GEN_FILES = gup_test\nTEST_GEN_FILES += \\\n\ttoy \\\n\tother\n"
    "$(OUTPUT)/uffd: uffd-common.c\nTEST_PROGS := run_vmtests.sh\n",
    f"{MM}/run_vmtests.sh": 'CATEGORY="toy" run_test ./toy\nrun_test ./toy-big\n',
    f"{MM}/.gitignore": "gup_test\n/toy\n",
}


def said(*added: str, **changed: str) -> list[str]:
    files = FILES | {f"{MM}/{name.replace('_', '.')}": text for name, text in changed.items()}
    return [f"{one.file}: {one.text}" for one in selftests.complaints(added, files.get)]


def test_a_test_that_is_listed_run_and_ignored() -> None:
    assert said(f"{MM}/toy.c") == []


def test_a_test_that_nobody_builds() -> None:
    assert said(f"{MM}/top.c") == [f"{MM}/Makefile: does not list the test `top`"]


def test_a_test_that_is_built_but_neither_run_nor_ignored() -> None:
    assert said(f"{MM}/other.c") == [
        f"{MM}/run_vmtests.sh: does not run the test `other`",
        f"{MM}/.gitignore: does not ignore `other`",
    ]


def test_a_longer_name_does_not_stand_for_a_shorter_one() -> None:
    runner = {f"{MM}/run_vmtests.sh": "run_test ./toy-big\n"}
    found = list(selftests.complaints([f"{MM}/toy.c"], (FILES | runner).get))
    assert [one.text for one in found] == ["does not run the test `toy`"]


def test_a_source_that_several_tests_share_is_no_test() -> None:
    assert said(f"{MM}/uffd-common.c") == []


def test_a_folder_without_a_makefile() -> None:
    (text,) = said("tools/testing/selftests/toys/toy.c")
    assert "there is no tools/testing/selftests/toys/Makefile" in text


def test_other_files_are_none_of_its_business() -> None:
    assert said("mm/toy.c", f"{MM}/toy.h", f"{MM}/config") == []
