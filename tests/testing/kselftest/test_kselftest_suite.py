# SPDX-License-Identifier: GPL-2.0-or-later
"""The file that says which of the base's selftests are run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from toy import Toy

from refseries.errors import SeriesError
from refseries.series import store
from refseries.testing.kselftest import suite

ROOT = Path(__file__).resolve().parents[3]

HEAD = 'schema = 1\ndirectory = "mm"\nsources = ["mm/gup_test.h"]\n'
TWO = '[[case]]\ntest = "cow"\n\n[[case]]\ntest = "gup-fast"\nwords = ["gup_test", "-u"]\n'

MAKEFILE = """\
TEST_GEN_FILES = cow
TEST_GEN_FILES += gup_test
ifneq ($(ARCH),arm64)
 TEST_GEN_FILES += soft-dirty
endif
TEST_GEN_PROGS := one two
TEST_GEN_FILES += $(BINARIES_32)
TEST_PROGS := run_vmtests.sh
"""


def read(toy: Toy, text: str) -> suite.Suite:
    series = toy.series()
    place = suite.sources(series)
    place.mkdir(parents=True, exist_ok=True)
    (place / "suite.toml").write_text(text)
    return suite.load(series)


def test_a_case_is_a_program_with_its_arguments(toy: Toy) -> None:
    found = read(toy, HEAD + TWO + '[left_out]\nhmm-tests = "needs a module"\n')
    assert [(found.name(case), case.words) for case in found.cases] == [
        ("mm.cow", ("cow",)),
        ("mm.gup-fast", ("gup_test", "-u")),
    ]
    assert found.programs == ("cow", "gup_test")
    assert found.left_out == {"hmm-tests": "needs a module"}


def test_what_the_suite_does_not_know_is_named(toy: Toy) -> None:
    found = read(toy, HEAD + TWO + '[left_out]\nsoft-dirty = "not for arm64"\n')
    assert found.unlisted(MAKEFILE) == ("one", "two")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (HEAD.replace('"mm"', '"../mm"') + TWO, "directory", "no folder of selftests"),
        (HEAD + TWO + '[[case]]\ntest = "cow"\n', ":10: case[2]", "a second case `cow`"),
        (HEAD + "case = []\n", ":4: case", "there is no case"),
        (HEAD + '[[case]]\ntest = "a.b"\n', ":4: case[0]", "a case is a name"),
        (HEAD + '[[case]]\ntest = "a"\nwords = ["../sh"]\n', "case[0]", "a case is a name"),
        (HEAD + '[[case]]\ntest = "a"\nwords = ["a", "b\\tc"]\n', "case[0]", "a case is a name"),
        (HEAD + '[[case]]\ntest = "a"\nword = ["a"]\n', "word", "unknown"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(toy: Toy, text: str, place: str, what: str) -> None:
    with pytest.raises(SeriesError, match=what.replace("`", ".")) as caught:
        read(toy, text)
    assert place in caught.value.where


def test_our_own_knows_each_program_and_gives_a_reason_for_each_left_out() -> None:
    series = store.load(ROOT)
    ours = suite.load(series)
    assert ours.directory == "mm"
    assert not set(ours.programs) & set(ours.left_out)
    assert all(len(reason.split()) > 2 for reason in ours.left_out.values())
    assert replace(ours, cases=()).unlisted("TEST_GEN_FILES = cow\n") == ("cow",)
