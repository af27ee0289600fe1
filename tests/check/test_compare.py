# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from refseries.check import compare
from refseries.check.model import Diagnostic, Finding

OLD = Diagnostic("mm/memory.c", 10, "warning: old")
NEW = Diagnostic("mm/memory.c", 20, "warning: new")


def new(base: list[Diagnostic], *states: list[Diagnostic]) -> list[tuple[str, int, str]]:
    numbered = [(f"{number}.patch", state) for number, state in enumerate(states, 1)]
    found = compare.through("sparse", "v1", base, numbered)
    return [(each.patch, each.line, each.text) for each in found if each.new]


def test_what_base_says_as_well_is_not_new_but_told() -> None:
    found = compare.through("sparse", "v1", [OLD], [("1.patch", [OLD])])
    assert found == (Finding("sparse", "v1", "", OLD.file, OLD.line, OLD.text, new=False),)


def test_a_line_that_moved_is_not_new() -> None:
    assert new([OLD], [Diagnostic(OLD.file, 99, OLD.text)]) == []


def test_a_diagnostic_belongs_to_the_first_patch_that_shows_it() -> None:
    assert new([OLD], [OLD], [OLD, NEW], [OLD, NEW]) == [("2.patch", 20, "warning: new")]


def test_one_that_a_later_patch_takes_away_is_found_all_the_same() -> None:
    assert new([], [NEW], []) == [("1.patch", 20, "warning: new")]


def test_one_that_comes_goes_and_comes_again_is_told_once() -> None:
    assert new([], [NEW], [], [NEW]) == [("1.patch", 20, "warning: new")]


def test_a_second_of_the_same_kind_in_the_same_file_is_new() -> None:
    second = Diagnostic(OLD.file, 50, OLD.text)
    assert new([OLD], [OLD, second]) == [("1.patch", 50, OLD.text)]


def test_a_header_that_complains_in_many_files_complains_once() -> None:
    assert new([], [NEW, NEW, NEW]) == [("1.patch", 20, "warning: new")]


def test_the_same_text_in_another_file_is_new() -> None:
    assert new([OLD], [OLD, Diagnostic("mm/ksm.c", 10, OLD.text)]) == [("1.patch", 10, OLD.text)]


diagnostics = st.lists(
    st.builds(
        Diagnostic, st.sampled_from(["a.c", "b.h"]), st.integers(1, 4), st.sampled_from("xyz")
    ),
    max_size=8,
)


@given(base=diagnostics, states=st.lists(diagnostics, max_size=4))
def test_nothing_is_new_in_base_itself_and_nothing_gets_lost(
    base: list[Diagnostic], states: list[list[Diagnostic]]
) -> None:
    assert new(base, base) == []
    told = {(line, text) for _patch, line, text in new(base, *states)}
    known = {(one.file, one.text) for one in base}
    for state in states:
        for one in state:
            if (one.file, one.text) not in known:
                texts = {text for _line, text in told}
                assert one.text in texts
