# SPDX-License-Identifier: GPL-2.0-or-later
"""What two guests said of the same programs, beside each other."""

from __future__ import annotations

from pathlib import Path

from fake_guest import as_init_says

from refseries.guest import ktap
from refseries.guest.results import CaseStatus
from refseries.model import Splat, Target
from refseries.testing.kselftest import compare
from refseries.testing.kselftest.suite import Case, Suite

SUITE = Suite("mm", (), "", (Case("cow", ("cow",)), Case("talk", ("talk",))), {})

SAID = """\
KTAP version 1
1..2
  TAP version 13
  1..1
    TAP version 13
    1..3
    ok 1 page at 0x1000
    ok 2 huge page # SKIP none
    ok 3 no leak
  ok 1 cow
ok 1 mm.cow
  TAP version 13
  1..1
    all is fine in 12 ms
  ok 1 talk
ok 2 mm.talk
# refseries: exit 0
"""
WARNING = Splat("warning", "WARNING in toy_fault", "mm.cow", "")


def heard(target: str, said: str, *splats: Splat, reason: str = "") -> compare.Heard:
    results = ktap.parse(as_init_says(said), guest=True).results
    by_name = {result.name: result for result in results}
    return compare.Heard(Target(target), by_name, splats, reason, Path("log"))


def report(base: compare.Heard, other: compare.Heard) -> compare.KselftestReport:
    return compare.KselftestReport(SUITE, "default", ("mm.cow", "mm.talk"), base, (other,), ())


def differences(said: str, *splats: Splat, reason: str = "") -> list[tuple[str, str]]:
    """What is found when base says SAID."""
    other = heard("v4", said, *splats, reason=reason)
    found = report(heard("base", SAID), other)
    listed = [(each.case, each.text) for each in found.differences(other)]
    assert found.good is not bool(listed)
    return listed


def test_the_parts_are_what_the_program_itself_said() -> None:
    results = heard("base", SAID).results
    assert [part.status for part in compare.parts(results["mm.cow"])] == [
        CaseStatus.PASS,
        CaseStatus.SKIP,
        CaseStatus.PASS,
    ]
    assert compare.counts(results["mm.cow"]) == {CaseStatus.PASS: 2, CaseStatus.SKIP: 1}
    assert compare.parts(results["mm.talk"]) == ()


def test_addresses_and_times_may_differ() -> None:
    assert differences(SAID.replace("0x1000", "0x2000").replace("12 ms", "34 ms")) == []


def test_a_part_that_fails_is_named() -> None:
    said = SAID.replace("ok 3 no leak", "not ok 3 no leak").replace("  ok 1 cow", "  not ok 1 cow")
    assert differences(said.replace("ok 1 mm.cow", "not ok 1 mm.cow")) == [
        ("mm.cow", "3 no leak: pass on base, fail here")
    ]


def test_a_part_that_begins_to_pass_is_a_difference_as_well() -> None:
    assert differences(SAID.replace("huge page # SKIP none", "huge page")) == [
        ("mm.cow", "2 huge page: skip on base, pass here")
    ]


def test_a_part_that_is_gone_is_named() -> None:
    said = SAID.replace("    ok 3 no leak\n", "").replace("1..3", "1..2")
    assert differences(said) == [("mm.cow", "3 no leak: pass on base, no result here")]


def test_a_program_without_parts_is_compared_by_its_exit() -> None:
    said = SAID.replace("  ok 1 talk", "  not ok 1 talk # exit=1").replace(
        "ok 2 mm.talk", "not ok 2 mm.talk # exit=1"
    )
    assert differences(said) == [("mm.talk", "pass on base, fail here")]


def test_a_case_that_was_never_heard_of_is_a_difference() -> None:
    said = SAID[: SAID.index("ok 1 mm.cow")] + "ok 1 mm.cow\n# refseries: exit 0\n"
    assert differences(said, reason="it died") == [
        ("mm.talk", "pass on base, no result here"),
        ("", "it died"),
    ]


def test_a_complaint_of_the_kernel_counts_unless_base_has_it_too() -> None:
    assert differences(SAID, WARNING) == [("mm.cow", "the kernel complains: WARNING in toy_fault")]
    other = heard("v4", SAID, WARNING)
    assert report(heard("base", SAID, WARNING), other).good


def test_silence_on_both_sides_is_no_agreement() -> None:
    said = SAID[: SAID.index("ok 1 mm.cow")] + "ok 1 mm.cow\n# refseries: exit 0\n"
    assert not report(heard("base", said), heard("v4", said)).good
