# SPDX-License-Identifier: GPL-2.0-or-later
"""What each kind of evidence comes to, as a table: before, after, verdict, what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from given_knowledge import Given
from msgspec import structs
from sample_measurements import figure, measurement

from refseries.check.model import CheckOutcome, CheckState, Finding
from refseries.check.results import LatestCheck
from refseries.model import StageOutcome
from refseries.review.evidence.build import BuildEvidence
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.check import CheckEvidence
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.evidence.kind import Pair, Proof, Verdict, overall
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.evidence.measure import MeasureEvidence
from refseries.review.evidence.text import TextEvidence
from refseries.testing.model import STAGES, CaseResult, Outcome
from refseries.testing.runs import LatestRun

PAIR = Pair("v3", "v4", "v3-jannh-7")
PASSED = dict.fromkeys(STAGES, StageOutcome.PASS)


def latest(*results: CaseResult, initramfs: str = "a.cpio", **stages: StageOutcome) -> LatestRun:
    return LatestRun(
        tree="tree",
        when="2026-11-24T06:00:00+00:00",
        as_expected=True,
        stages={**PASSED, **stages},
        counts={},
        log="",
        splats=(),
        message="",
        initramfs=initramfs,
        results=results,
    )


def case(outcome: Outcome, name: str = "toy.one", expected: Outcome = Outcome.PASS) -> CaseResult:
    return CaseResult(name, outcome, expected)


def test_evidence_without_a_config_is_of_the_first_of_the_series() -> None:
    class Asked(Given):
        def latest(self, version: str, config: str) -> None:
            raise LookupError(config)

    for config, meant in ((None, "x86_64"), ("debug", "debug")):
        evidence = CaseEvidence(("toy.one",), config)
        rests = evidence.rests("x86_64")
        assert rests is not None
        assert rests.config == meant
        with pytest.raises(LookupError, match=meant):
            evidence.judge(PAIR, Asked(None, None, config="x86_64"))
    assert CaseEvidence(("toy.one",)).detail() == "toy.one"
    assert CaseEvidence(("toy.one",), "default").detail() == "toy.one in default"


def one(before: Outcome | None, after: Outcome | None) -> Proof:
    old, new = (latest(case(o)) if o else latest(case(Outcome.PASS, "x")) for o in (before, after))
    return CaseEvidence(("toy.one",)).judge(PAIR, Given(old, new))


@pytest.mark.parametrize(
    ("before", "after", "verdict", "seen"),
    [
        ("fail", "pass", "proven", "fail on v3, pass on v4"),
        ("crash", "pass", "proven", "crash on v3, pass on v4"),
        ("timeout", "pass", "proven", "timeout on v3, pass on v4"),
        (None, "pass", "proven", "absent on v3, pass on v4"),
        ("fail", "xpass", "proven", "fail on v3, pass on v4"),
        ("pass", "pass", "broken", "pass on v3, pass on v4"),
        ("xpass", "pass", "broken", "pass on v3, pass on v4"),
        ("fail", "fail", "broken", "fail on v3, fail on v4"),
        ("fail", "crash", "broken", "fail on v3, crash on v4"),
        ("fail", "timeout", "broken", "fail on v3, timeout on v4"),
        ("fail", "vanished", "broken", "fail on v3, vanished on v4"),
        ("fail", None, "broken", "fail on v3, absent on v4"),
        ("fail", "skip", "untested", "fail on v3, skip on v4"),
        ("skip", "pass", "untested", "skip on v3, pass on v4"),
        ("vanished", "pass", "untested", "vanished on v3, pass on v4"),
        ("fail", "no-console", "untested", "fail on v3, no-console on v4"),
        ("no-console", "pass", "untested", "no-console on v3, pass on v4"),
        ("skip", "fail", "broken", "skip on v3, fail on v4"),
    ],
)
def test_a_case_fails_before_and_passes_after(
    before: str | None, after: str | None, verdict: str, seen: str
) -> None:
    proof = one(Outcome(before) if before else None, Outcome(after) if after else None)
    assert proof == Proof(Verdict(verdict), f"toy.one: {seen}")


@pytest.mark.parametrize("expected", [Outcome.FAIL, Outcome.CRASH, Outcome.TIMEOUT])
def test_an_expected_failure_is_shown_as_what_happened(expected: Outcome) -> None:
    before = latest(case(Outcome.XFAIL, expected=expected))
    proof = CaseEvidence(("toy.one",)).judge(PAIR, Given(before, latest(case(Outcome.PASS))))
    assert proof == Proof(Verdict.PROVEN, f"toy.one: {expected} on v3, pass on v4")


def test_a_failure_that_a_case_itself_calls_expected_is_shown_as_that() -> None:
    before = latest(case(Outcome.XFAIL))
    proof = CaseEvidence(("toy.one",)).judge(PAIR, Given(before, latest(case(Outcome.PASS))))
    assert proof == Proof(Verdict.PROVEN, "toy.one: xfail on v3, pass on v4")


def test_of_cases_named_one_by_one_each_has_to_be_proof() -> None:
    before = latest(case(Outcome.FAIL), case(Outcome.PASS, "toy.two"))
    after = latest(case(Outcome.PASS), case(Outcome.PASS, "toy.two"))
    proof = CaseEvidence(("toy.one", "toy.two")).judge(PAIR, Given(before, after))
    assert proof == Proof(Verdict.BROKEN, "toy.two: pass on v3, pass on v4 (1 of 2 broken)")


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_pattern_the_worst_counts_in_any_order(order: int) -> None:
    before = latest(*[case(Outcome.FAIL), case(Outcome.FAIL, "toy.two")][::order])
    after = latest(*[case(Outcome.SKIP), case(Outcome.FAIL, "toy.two")][::order])
    proof = CaseEvidence(("toy.*",)).judge(PAIR, Given(before, after))
    assert proof == Proof(Verdict.BROKEN, "toy.*: toy.two: fail on v3, fail on v4")
    before = latest(*[case(Outcome.PASS), case(Outcome.SKIP, "toy.two")][::order])
    after = latest(*[case(Outcome.PASS), case(Outcome.PASS, "toy.two")][::order])
    proof = CaseEvidence(("toy.*",)).judge(PAIR, Given(before, after))
    assert proof == Proof(Verdict.UNTESTED, "toy.*: toy.two: skip on v3, pass on v4")


@pytest.mark.parametrize("lost", ["case 7", "x"])
def test_a_case_that_a_dead_guest_could_not_name_is_not_absent(lost: str) -> None:
    before = latest(case(Outcome.PASS, "a"), case(Outcome.VANISHED, lost))
    proof = CaseEvidence(("toy.one",)).judge(PAIR, Given(before, latest(case(Outcome.PASS))))
    assert proof.verdict is (Verdict.UNTESTED if lost == "case 7" else Verdict.PROVEN)


def test_of_a_pattern_all_pass_after_and_one_failed_before() -> None:
    evidence = CaseEvidence(("toy.*",))
    before = latest(case(Outcome.FAIL), case(Outcome.PASS, "toy.two"))
    after = latest(case(Outcome.PASS), case(Outcome.PASS, "toy.two"))
    seen = "toy.one: fail on v3, pass on v4 (2 cases fit toy.*)"
    assert evidence.judge(PAIR, Given(before, after)) == Proof(Verdict.PROVEN, seen)
    worse = latest(case(Outcome.PASS), case(Outcome.FAIL, "toy.two"))
    assert evidence.judge(PAIR, Given(before, worse)).verdict is Verdict.BROKEN
    assert evidence.judge(PAIR, Given(after, after)).verdict is Verdict.BROKEN
    skips = latest(case(Outcome.PASS), case(Outcome.SKIP, "toy.two"))
    assert evidence.judge(PAIR, Given(before, skips)).verdict is Verdict.UNTESTED


def test_a_case_that_nobody_has_is_no_evidence() -> None:
    there = latest(case(Outcome.PASS))
    proof = CaseEvidence(("toy.renamed",)).judge(PAIR, Given(there, there))
    assert proof.verdict is Verdict.BROKEN
    assert "there is no such case" in proof.seen


@pytest.mark.parametrize(
    ("stages", "before", "after"),
    [
        ({"build": StageOutcome.BUILD_FAILED}, Verdict.UNTESTED, Verdict.BROKEN),
        ({"boot": StageOutcome.PANIC}, Verdict.UNTESTED, Verdict.BROKEN),
        ({"boot": StageOutcome.NOT_RUN}, Verdict.UNTESTED, Verdict.UNTESTED),
    ],
)
def test_cases_that_never_ran_are_not_absent(
    stages: dict[str, StageOutcome], before: Verdict, after: Verdict
) -> None:
    evidence, good = CaseEvidence(("toy.one",)), latest(case(Outcome.PASS))
    failed = latest(case(Outcome.FAIL))
    assert evidence.judge(PAIR, Given(latest(**stages), good)).verdict is before
    assert evidence.judge(PAIR, Given(failed, latest(**stages))).verdict is after
    assert evidence.judge(PAIR, Given(None, good)).verdict is Verdict.UNTESTED
    assert evidence.judge(PAIR, Given(failed, None)).verdict is Verdict.UNTESTED


def test_a_case_absent_from_older_selftests_proves_nothing() -> None:
    before, after = latest(initramfs="old.cpio"), latest(case(Outcome.PASS))
    proof = CaseEvidence(("toy.one",)).judge(PAIR, Given(before, after))
    assert proof.verdict is Verdict.UNTESTED
    assert "different selftests" in proof.seen


BUILDS = latest(boot=StageOutcome.NOT_RUN, test=StageOutcome.NOT_RUN)
BREAKS = replace(BUILDS, stages={**BUILDS.stages, "build": StageOutcome.BUILD_FAILED})
NO_APPLY = replace(
    BUILDS,
    stages={
        **BUILDS.stages,
        "apply": StageOutcome.APPLY_FAILED,
        "build": StageOutcome.NOT_RUN,
    },
)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (BREAKS, BUILDS, Verdict.PROVEN),
        (BUILDS, BUILDS, Verdict.BROKEN),
        (BREAKS, BREAKS, Verdict.BROKEN),
        (BUILDS, BREAKS, Verdict.BROKEN),
        (None, BUILDS, Verdict.UNTESTED),
        (BREAKS, None, Verdict.UNTESTED),
        (NO_APPLY, BUILDS, Verdict.UNTESTED),
    ],
)
def test_a_config_breaks_before_and_builds_after(
    before: LatestRun | None, after: LatestRun | None, verdict: Verdict
) -> None:
    proof = BuildEvidence("sparsemem").judge(PAIR, Given(before, after))
    assert proof.verdict is verdict
    if verdict is Verdict.PROVEN:
        assert proof.seen == "sparsemem: build-failed on v3, builds on v4"


V3_FILE = ("page = alloc_page(GFP_KERNEL);", "return page;")
V4_FILE = ("page = alloc_page(GFP_USER);", "return page;")


@pytest.mark.parametrize(
    ("evidence", "verdict", "seen"),
    [
        (
            DiffEvidence("a.c", added=("GFP_USER",)),
            Verdict.PROVEN,
            "`GFP_USER` in a.c: absent on v3, line 1 on v4",
        ),
        (
            DiffEvidence("a.c", gone=("GFP_KERNEL",)),
            Verdict.PROVEN,
            "`GFP_KERNEL` in a.c: line 1 on v3, absent on v4",
        ),
        (
            DiffEvidence("a.c", added=("return",)),
            Verdict.BROKEN,
            "`return` in a.c: line 2 on v3, line 2 on v4",
        ),
        (
            DiffEvidence("a.c", gone=("return",)),
            Verdict.BROKEN,
            "`return` in a.c: line 2 on v3, line 2 on v4",
        ),
        (
            DiffEvidence("a.c", added=("GFP_USER",), gone=("GFP_ATOMIC",)),
            Verdict.BROKEN,
            "`GFP_ATOMIC` in a.c: absent on v3, absent on v4",
        ),
        (DiffEvidence("a.c"), Verdict.BROKEN, "names no pattern for a.c"),
    ],
)
def test_a_pattern_comes_or_goes(evidence: DiffEvidence, verdict: Verdict, seen: str) -> None:
    assert evidence.judge(PAIR, Given(V3_FILE, V4_FILE)) == Proof(verdict, seen)


def test_a_new_file_had_nothing_in_it() -> None:
    evidence = DiffEvidence("a.c", added=("GFP_USER", "return"))
    proof = evidence.judge(PAIR, Given((), V4_FILE))
    seen = "`GFP_USER` in a.c: absent on v3, line 1 on v4 (and 1 more)"
    assert proof == Proof(Verdict.PROVEN, seen)


def test_a_text_is_searched_across_its_lines() -> None:
    evidence = TextEvidence("cover", added=("charged to the memory cgroup",), gone=("userfaultfd",))
    old, new = "about\nuserfaultfd", "It is charged to\nthe memory cgroup."
    assert evidence.judge(PAIR, Given(old, new)).verdict is Verdict.PROVEN
    assert evidence.judge(PAIR, Given(new, old)).verdict is Verdict.BROKEN


def test_a_word_is_a_claim() -> None:
    proof = ManualEvidence("Tried on a board.", "https://example.org/1").judge(
        PAIR, Given(None, None)
    )
    assert proof == Proof(Verdict.CLAIMED, "Tried on a board.")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], None),
        (["claimed"], "claimed"),
        (["proven", "claimed"], "proven"),
        (["proven", "untested"], "untested"),
        (["proven", "untested", "broken", "claimed"], "broken"),
    ],
)
def test_the_worst_counts_but_a_word_takes_nothing_away(
    verdicts: list[str], expected: str | None
) -> None:
    found = overall([Proof(Verdict(verdict), "") for verdict in verdicts])
    assert found == (Verdict(expected) if expected else None)


def test_a_figure_is_proven_up_to_its_limit() -> None:
    v3, v4 = measurement("v3", read_toy_dense=1000), measurement("v4", read_toy_dense=1020)
    proof = MeasureEvidence("read.toy.dense", 1.02).judge(PAIR, Given(v3, v4))
    assert (proof.verdict, proof.seen) == (
        Verdict.PROVEN,
        "read.toy.dense: 1,000.0 on v3, 1,020.0 instructions/page on v4, at most 1.02 times",
    )
    proof = MeasureEvidence("read.toy.dense", 1.019).judge(PAIR, Given(v3, v4))
    assert proof.verdict is Verdict.BROKEN


def test_nothing_may_become_of_nothing() -> None:
    none, some = measurement("v3", rss_toy_dense=0), measurement("v4", rss_toy_dense=4)
    evidence = MeasureEvidence("rss.toy.dense", 1.02)
    assert evidence.judge(PAIR, Given(none, none)).verdict is Verdict.PROVEN
    assert evidence.judge(PAIR, Given(none, some)).verdict is Verdict.BROKEN


def test_what_is_not_saved_is_untested() -> None:
    v3 = measurement("v3", read_toy_dense=1000)
    evidence = MeasureEvidence("read.toy.dense", 1.02)
    proof = evidence.judge(PAIR, Given(v3, None))
    assert (proof.verdict, proof.seen) == (
        Verdict.UNTESTED,
        "no read.toy.dense of v4 as it stands is saved",
    )
    assert evidence.judge(PAIR, Given(None, v3)).verdict is Verdict.UNTESTED
    lacking = measurement("v4", read_anon_dense=1)
    assert evidence.judge(PAIR, Given(v3, lacking)).verdict is Verdict.UNTESTED


def test_figures_counted_in_different_ways_prove_nothing() -> None:
    v3, v4 = measurement("v3", read_toy_dense=1000), measurement("v4", read_toy_dense=10)
    other = replace(v4, origin=structs.replace(v4.origin, qemu="QEMU 9"))
    evidence = MeasureEvidence("read.toy.dense", 1.02)
    proof = evidence.judge(PAIR, Given(v3, other))
    assert (proof.verdict, proof.seen) == (
        Verdict.UNTESTED,
        "read.toy.dense was measured with another qemu",
    )
    assert evidence.judge(PAIR, Given(v3, v4)).verdict is Verdict.PROVEN
    shaky = replace(v4, figures=(figure("read.toy.dense", 10, spread=0.1),))
    assert evidence.judge(PAIR, Given(v3, shaky)).verdict is Verdict.UNTESTED


def checked(*texts: str, state: CheckState = CheckState.OK, new: bool = True) -> LatestCheck:
    findings = tuple(Finding("sparse", "v3", "0001-a.patch", "mm/a.c", 7, t, new) for t in texts)
    outcome = CheckOutcome("sparse", "v3", state, "", findings)
    return LatestCheck(commit="commit", outcomes={"sparse": outcome})


ASKED = CheckEvidence("sparse", r"mm/a\.c:.*wrong address space")
BAD = "incorrect type: wrong address space"


@pytest.mark.parametrize(
    ("before", "after", "verdict", "seen"),
    [
        (checked(BAD), checked(), "proven", f"mm/a.c:7: {BAD} on v3, nothing on v4"),
        (checked("x", BAD), checked("x"), "proven", f"mm/a.c:7: {BAD} on v3, nothing on v4"),
        (checked(), checked(), "broken", "nothing on v3, nothing on v4"),
        (checked(BAD), checked(BAD), "broken", f"mm/a.c:7: {BAD} on v3, mm/a.c:7: {BAD} on v4"),
        (checked(BAD, new=False), checked(), "broken", "nothing on v3, nothing on v4"),
        (checked(BAD), checked(BAD, new=False), "proven", f"mm/a.c:7: {BAD} on v3, nothing on v4"),
    ],
)
def test_a_check_finds_it_before_and_not_after(
    before: LatestCheck, after: LatestCheck, verdict: str, seen: str
) -> None:
    assert ASKED.judge(PAIR, Given(before, after)) == Proof(Verdict(verdict), f"sparse: {seen}")


@pytest.mark.parametrize("state", [CheckState.MISSING, CheckState.FAILED, CheckState.NOT_RUN])
def test_a_check_that_did_not_run_proves_nothing(state: CheckState) -> None:
    for before, after in (
        (None, checked()),
        (checked(BAD), None),
        (checked(state=state), checked()),
        (checked(BAD), checked(state=state)),
    ):
        assert ASKED.judge(PAIR, Given(before, after)).verdict is Verdict.UNTESTED
    other = CheckEvidence("codespell", "x")
    assert other.judge(PAIR, Given(checked(BAD), checked())).verdict is Verdict.UNTESTED


def test_recipients_are_claimed_at_most() -> None:
    now = "linux-mm@example.org\nLinux API <linux-api@example.org>"
    wanted = TextEvidence("recipients", added=("linux-api@",))
    assert wanted.judge(PAIR, Given(None, now)) == Proof(
        Verdict.CLAIMED, "`linux-api@` in recipients: not kept on v3, there on v4"
    )
    assert wanted.judge(PAIR, Given(None, "")).verdict is Verdict.BROKEN
    unwanted = TextEvidence("recipients", added=("linux-mm@",), gone=("linux-api@",))
    assert unwanted.judge(PAIR, Given(None, now)) == Proof(
        Verdict.BROKEN, "`linux-api@` in recipients: not kept on v3, there on v4"
    )
