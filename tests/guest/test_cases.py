# SPDX-License-Identifier: GPL-2.0-or-later
"""All cases of an image: one that takes the guest down costs no other."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_guest import GuestClock, request

from refseries.errors import SeriesError
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.results import CaseStatus
from refseries.model import StageOutcome

END = "bye\n"


def played(script: str) -> str:
    """Four cases, of which ``script`` plays the second, and the fourth is all right."""
    return f"""plan 4
wanted 1 && pass 1 a.one
wanted 2 && {{ begin a.two; {script}
}}
wanted 3 && pass 3 a.three
wanted 4 && pass 4 a.four
{END}"""


def statuses(run: CasesRun) -> dict[str, CaseStatus]:
    return {result.name: result.status for result in run.results}


FINE = {"a.one": CaseStatus.PASS, "a.three": CaseStatus.PASS, "a.four": CaseStatus.PASS}


def test_one_boot_is_enough_when_nothing_dies(fake_qemu: Path) -> None:
    run = run_cases(request(fake_qemu, played("end 2 a.two")))
    assert statuses(run) == {**FINE, "a.two": CaseStatus.PASS}
    assert len(run.boots) == 1
    assert run.complete
    assert run.reason == ""
    assert set(run.durations) == {"a.one", "a.two", "a.three", "a.four"}


@pytest.mark.parametrize(
    ("script", "status", "why"),
    [
        ('panic "sysrq triggered crash"; exit 0', CaseStatus.CRASH, "Kernel panic"),
        ("exit 0", CaseStatus.CRASH, "without saying"),
        ("late; exec sleep 600", CaseStatus.TIMEOUT, "did not end"),
        ("""printf 'ok 2 a.t' >>"$results"; exit 0""", CaseStatus.CRASH, "without saying"),
        (
            'yes "# $words $words $words" | head -c 2000000 >>"$console"; exec sleep 600',
            CaseStatus.CRASH,
            "flooded",
        ),
        (
            'report "Bail out! a process survives SIGKILL"; exit 0',
            CaseStatus.CRASH,
            "survives SIGKILL",
        ),
    ],
    ids=["panic", "quiet-death", "hang", "mid-line", "flood", "cannot-be-killed"],
)
def test_the_guest_goes_on_behind_the_case_that_felled_it(
    fake_qemu: Path, guest_clock: GuestClock, script: str, status: CaseStatus, why: str
) -> None:
    seen: list[str] = []
    asked = request(fake_qemu, played(script))
    run = run_cases(asked, on_case=lambda result, _: seen.append(f"{result.name} {result.status}"))
    assert statuses(run) == {**FINE, "a.two": status}
    assert why in run.results[1].text
    assert [result.number for result in run.results] == [1, 2, 3, 4]
    assert run.complete, run.reason
    assert seen == ["a.one pass", f"a.two {status}", "a.three pass", "a.four pass"]
    assert [boot.console.name for boot in run.boots] == ["console.log", "console-2.log"]
    assert {path.name for path in asked.directory.iterdir()} >= {"rerun.sh", "rerun-2.sh"}
    assert "start=3" in " ".join(run.boots[1].argv)


def test_every_case_may_kill_the_guest(fake_qemu: Path) -> None:
    scenario = """plan 3; for n in 1 2 3; do wanted $n && { begin a.$n; panic $n; exit 0; }; done"""
    run = run_cases(request(fake_qemu, scenario))
    assert statuses(run) == dict.fromkeys(["a.1", "a.2", "a.3"], CaseStatus.CRASH)
    assert len(run.boots) == 3
    assert run.complete, run.reason


def test_a_guest_that_never_gets_to_a_case_is_not_booted_again(fake_qemu: Path) -> None:
    for scenario in ("panic early", "plan 4; panic early", ":", 'report "Bail out! no tests"'):
        run = run_cases(request(fake_qemu, scenario))
        assert len(run.boots) == 1
        assert not run.complete
        assert run.results == ()
        assert run.reason


def test_a_second_boot_that_fails_ends_it(fake_qemu: Path) -> None:
    scenario = """plan 4; [ $start = 2 ] || [ $start = 3 ] && { panic again; exit 0; }
    pass 1 a.one; begin a.two; panic x"""
    run = run_cases(request(fake_qemu, scenario))
    assert len(run.boots) == 2
    assert not run.complete
    assert run.reason == "Kernel panic - not syncing: again"
    assert statuses(run) == {"a.one": CaseStatus.PASS, "a.two": CaseStatus.CRASH}


def test_death_between_cases_goes_on_and_is_not_complete(fake_qemu: Path) -> None:
    script = (
        f"plan 2; [ $start = 1 ] && {{ pass 1 a.one; panic later; exit 0; }}; pass 2 a.two\n{END}"
    )
    run = run_cases(request(fake_qemu, script))
    assert statuses(run) == {"a.one": CaseStatus.PASS, "a.two": CaseStatus.PASS}
    assert not run.complete
    assert "later" in run.reason


def test_a_missing_end_marker_is_never_complete(fake_qemu: Path) -> None:
    run = run_cases(request(fake_qemu, "plan 1; pass 1 a.one"))
    assert statuses(run) == {"a.one": CaseStatus.PASS}
    assert not run.complete


def test_missing_results_are_never_complete(fake_qemu: Path) -> None:
    run = run_cases(request(fake_qemu, f"plan 2; pass 1 a.one; {END}"))
    assert not run.complete
    assert run.plan == 2


def test_a_guest_without_cases_says_why(fake_qemu: Path) -> None:
    nothing = f"plan 0\n{END}"
    assert run_cases(request(fake_qemu, nothing)).reason == "there are no cases"
    run = run_cases(request(fake_qemu, nothing), only=("a.*", "b.one"))
    assert (run.complete, run.reason) == (False, "no case is called a.* or b.one")


def test_each_glob_names_a_case(fake_qemu: Path) -> None:
    """One wrong word among right ones left its cases out, and all was as expected."""
    one = f"plan 1; pass 1 a.one; {END}"
    assert run_cases(request(fake_qemu, one), only=("a.*", "a.one")).complete
    run = run_cases(request(fake_qemu, one), only=("a.*", "b.*"))
    assert (run.complete, run.reason) == (False, "no case is called b.*")


def test_numbers_that_do_not_rise_do_not_boot_for_ever(fake_qemu: Path) -> None:
    run = run_cases(request(fake_qemu, "plan 9; pass 1 a.one; begin a.two; panic x"))
    assert len(run.boots) <= 9
    assert not run.complete


def test_the_deadline_is_for_all_boots_together(fake_qemu: Path, guest_clock: GuestClock) -> None:
    scenario = """plan 500; late; begin a.$start; panic x"""
    run = run_cases(replace(request(fake_qemu, scenario), deadline=400.0, boot_timeout=200.0))
    assert not run.complete
    assert len(run.boots) == 3


def test_globs_reach_the_guest_encoded(fake_qemu: Path) -> None:
    scenario = """plan 1; begin a.b; report "ok 1 a.b # words:$words"; bye"""
    run = run_cases(request(fake_qemu, scenario), ("a.*", 'x y"$(z)'))
    assert run.results[0].text == "words: test only=a.* only=x%20y%22%24%28z%29 timeout=60"
    assert run.boots[0].outcome is StageOutcome.PASS


def test_globs_that_leave_no_word_to_go_on_with_are_refused_at_once(fake_qemu: Path) -> None:
    """Not behind the first case that takes the guest down, with all results lost."""
    many = tuple(f"a.{number}" for number in range(30))
    with pytest.raises(SeriesError, match="32 words"):
        run_cases(request(fake_qemu, "exit 0"), many)
    assert not (fake_qemu / "console.log").exists()
    assert run_cases(request(fake_qemu, "exit 0"), many[:29]).boots


def test_what_runs_without_a_module_that_loaded_before_is_not_vouched_for(fake_qemu: Path) -> None:
    scenario = """plan 5
    wanted 1 && { pass 1 modules.toy; pass 2 modules.ball; begin a.one; panic lab; exit 0; }
    write '# refseries: lacks modules.toy'; wanted 4 && pass 4 a.two; pass 5 a.three; bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert [result.name for result in run.results][:2] == ["modules.toy", "modules.ball"]
    assert [(gap.case, gap.text) for gap in run.gaps] == [
        (name, "it ran without modules.toy, which did not load when the guest was booted again")
        for name in ("a.two", "a.three")
    ]


def test_a_module_that_never_loads_is_told_once(fake_qemu: Path) -> None:
    scenario = """plan 3
    wanted 1 && { begin modules.toy; report 'not ok 1 modules.toy'; begin a.one; panic x; exit 0; }
    write '# refseries: lacks modules.toy'; pass 3 a.two; bye"""
    assert run_cases(request(fake_qemu, scenario)).gaps == ()
