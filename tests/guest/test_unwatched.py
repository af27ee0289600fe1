# SPDX-License-Identifier: GPL-2.0-or-later
"""A check of the kernel that turned itself off vouches for no case behind it."""

import functools
import itertools
import re
import tracemalloc
from pathlib import Path

import pytest
from fake_guest import request

from refseries.guest import cases
from refseries.guest.boot import boot
from refseries.guest.cases import CasesRun, run_cases
from refseries.guest.results import CaseStatus
from refseries.guest.unwatched import MULTI_SHOT, Listener, find, parameters

LOCKDEP = "Lock dependency validator: on"
TAINT = "Disabling lock debugging due to kernel taint"
RECURSION = "WARNING: possible recursive locking detected"
KASAN = "BUG: KASAN: slab-use-after-free in lab_put+0x10/0x20"
ODEBUG = "ODEBUG: free active (active state 0) object: ffff00000038 object type: toy hint: lab"
ON_STACK = "ODEBUG: object ffff80008000bd is NOT on stack ffff800080008000, but annotated."
BAD_PAGE = "BUG: Bad page state in process lab  pfn:3a1b2"


def times(number: int, line: str) -> str:
    return "\n[    1.100000] ".join([line] * number)


def played(early: str, second: str, pause: str = "") -> str:
    """Four cases; the kernel says ``early`` before the first, ``second`` while the second runs."""
    return f"""say '[    0.100000] {early}'
plan 4
wanted 1 && pass 1 a.one
wanted 2 && {{ begin a.two; say '[    1.100000] {second}'; {pause} end 2 a.two; {pause} }}
wanted 3 && pass 3 a.three
wanted 4 && pass 4 a.four
bye
"""


def lines(run: CasesRun) -> list[str]:
    return [f"{result.number} {result.name}" for result in run.results]


ALL = ["1 a.one", "2 a.two", "3 a.three", "4 a.four"]


@pytest.mark.parametrize("pause", ["", "sleep 0.3;"], ids=["found-late", "found-at-once"])
@pytest.mark.parametrize(
    ("early", "second"),
    [
        (LOCKDEP, RECURSION),
        (LOCKDEP, "WARNING: a.two/70 still has locks held!"),
        (LOCKDEP, "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected"),
        (LOCKDEP, "WARNING: Nested lock was not taken"),
        (LOCKDEP, "INFO: trying to register non-static key."),
        (LOCKDEP, "[ BUG: Invalid wait context ]"),
        (LOCKDEP, "BUG: spinlock bad magic on CPU#0, a.two/70"),
        (LOCKDEP, "DEBUG_LOCKS_WARN_ON(lock->magic != lock)"),
        (LOCKDEP, "BUG: MAX_LOCKDEP_KEYS too low! turning off the locking correctness validator."),
        (LOCKDEP, TAINT),
        ("", KASAN),
        ("", "kmemleak: Kernel memory leak detector disabled"),
        ("", "ODEBUG: Out of memory. ODEBUG disabled"),
        ("", "Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings"),
        ("", "BUG: sleeping function called from invalid context at mm/toy.c:12"),
        ("", "BUG: assuming atomic context at mm/toy.c:12"),
        ("", "BUG: assuming non migratable context at mm/toy.c:12"),
        ("", "DMA-API: lab 0000:00:01.0: device driver frees DMA memory it did not map"),
        ("", "DMA-API: debugging out of memory - disabling"),
        ("", times(5, ODEBUG)),
        ("", times(5, ON_STACK)),
        ("", times(60, BAD_PAGE)),
        ("", times(60, "BUG: Bad page map in process lab  pte:00e8000042 pmd:42")),
        (times(3, ODEBUG), times(2, ODEBUG)),
    ],
)
def test_the_guest_is_booted_again_behind_a_case_that_turns_a_check_off(
    fake_qemu: Path, early: str, second: str, pause: str
) -> None:
    told: list[str] = []
    run = run_cases(
        request(fake_qemu, played(early, second, pause)),
        on_case=lambda result, _: told.append(result.name),
    )
    assert len(run.boots) == 2
    assert "start=3" in " ".join(run.boots[1].argv)
    assert lines(run) == ALL
    assert {result.status for result in run.results} == {CaseStatus.PASS}
    assert told == ["a.one", "a.two", "a.three", "a.four"]
    assert run.complete, run.reason
    assert run.gaps == ()


@pytest.mark.parametrize(
    ("early", "second"),
    [
        ("", RECURSION),  # lockdep is not there
        ("", TAINT),
        (LOCKDEP, "WARNING: suspicious RCU usage"),
        (LOCKDEP, "WARNING: CPU: 0 PID: 70 at mm/lab.c:12 lab_put+0x10/0x20"),
        ("kmemleak: Kernel memory leak detector disabled", ""),  # left off by the config
        ("DMA-API: preallocated 65536 debug entries", "DMA-API: debugging enabled by config"),
        ("", times(4, ODEBUG)),  # the next one would be printed, too
        (times(4, ON_STACK), times(4, ODEBUG)),
        ("", times(59, BAD_PAGE)),
        ("", times(9, "ODEBUG: selftest passed")),
    ],
)
def test_one_boot_is_enough_where_no_check_is_turned_off(
    fake_qemu: Path, early: str, second: str
) -> None:
    run = run_cases(request(fake_qemu, played(early, second, "sleep 0.2;")))
    assert len(run.boots) == 1
    assert run.complete, run.reason
    assert run.gaps == ()


def test_the_last_case_asks_for_no_other_boot(fake_qemu: Path) -> None:
    scenario = f"""say '[    0.100000] {LOCKDEP}'; plan 1; begin a.one
    say '[    1.100000] {RECURSION}'; sleep 0.2; end 1 a.one; sleep 0.2; bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert len(run.boots) == 1
    assert run.complete, run.reason


def test_every_case_may_turn_it_off(fake_qemu: Path) -> None:
    scenario = f"""say '[    0.100000] {LOCKDEP}'; plan 3
    for n in 1 2 3; do wanted $n && {{ begin a.$n; say '[    1.100000] {RECURSION}'
    sleep 0.1; end $n a.$n; sleep 0.1; }}; done; bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert lines(run) == ["1 a.1", "2 a.2", "3 a.3"]
    assert len(run.boots) == 3
    assert run.complete, run.reason


@pytest.mark.parametrize(
    "death", ["say '[    1.200000] Kernel panic - not syncing: lab'", "write 'Bail out! no memory'"]
)
def test_a_guest_that_dies_behind_it_costs_nothing_that_is_run_again(
    fake_qemu: Path, death: str
) -> None:
    """It died in a case that had no right to be believed, before anybody could end it."""
    scenario = f"""say '[    0.100000] {LOCKDEP}'; plan 3
    wanted 1 && pass 1 a.one
    wanted 2 && {{ begin a.two; say '[    1.100000] {TAINT}'; end 2 a.two
    begin a.three; {death}; exit 0; }}
    wanted 3 && pass 3 a.three
    bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert len(run.boots) == 2
    assert lines(run) == ["1 a.one", "2 a.two", "3 a.three"]
    assert run.complete, run.reason
    # A complaint is not forgotten.
    assert {splat.case for splat in run.splats} == ({"a.three"} if "panic" in death else set())


@pytest.mark.parametrize("again", ["pass 3 a.three", "skip"])
def test_what_failed_behind_it_has_failed_however_it_comes_out_then(
    fake_qemu: Path, again: str
) -> None:
    once_more = again if again != "skip" else "begin a.three; end 3 'a.three # SKIP no toy'"
    scenario = f"""say '[    0.100000] {LOCKDEP}'; plan 4
    wanted 2 && pass 1 a.one
    wanted 2 && {{ begin a.two; say '[    1.100000] {RECURSION}'; end 2 a.two
    begin a.three; report 'not ok 3 a.three'; pass 4 a.four; }}
    wanted 2 || {{ {once_more}; pass 4 a.four; }}
    bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert len(run.boots) == 2
    assert lines(run) == ALL
    assert [result.number for result in run.results if result.status is CaseStatus.FAIL] == [3]
    assert run.results[2].text == (
        "it failed behind a.two, in which lockdep turned itself off, "
        f"and came out as {again[:4]} when run again"
    )


def test_what_was_off_before_any_case_ran_is_a_gap_for_all(fake_qemu: Path) -> None:
    scenario = played(f"{LOCKDEP}\n[    0.200000] {RECURSION}", RECURSION, "sleep 0.2;")
    run = run_cases(request(fake_qemu, scenario))
    assert len(run.boots) == 1
    assert [gap.case for gap in run.gaps] == [None, "a.one", "a.two", "a.three", "a.four"]
    assert "lockdep had turned itself off before any case ran" in run.gaps[0].text


def test_a_program_that_says_so_costs_a_boot_at_most(
    fake_qemu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words stand on the console, but the kernel did not say them."""

    def hear(said: bytes) -> None:
        for word in re.findall(rb"heard-[12]", said):
            (fake_qemu / word.decode()).touch()

    monkeypatch.setattr(cases, "boot", functools.partial(boot, on_console=hear))
    scenario = f"""say '[    0.100000] {LOCKDEP}'; plan 3
    heard() {{ say "heard-$1"; until [ -e {fake_qemu}/heard-$1 ]; do sleep 0.02; done; }}
    wanted 1 && {{ pass 1 a.one; heard 1; }}
    wanted 2 && {{ begin a.two; say '{RECURSION}'; heard 2; end 2 a.two; exec sleep 600; }}
    wanted 3 && pass 3 a.three
    bye"""
    run = run_cases(request(fake_qemu, scenario))
    assert lines(run) == ["1 a.one", "2 a.two", "3 a.three"]
    assert len(run.boots) == 2
    assert run.complete, run.reason


def test_kasan_that_goes_on_reporting_asks_for_no_other_boot() -> None:
    console = f"[    0.1] boot\n[    1.100000] refseries: start a.one\n[    1.200000] {KASAN}\n"
    console += "[    1.300000] refseries: end a.one\n[    1.400000] refseries: start a.two\n"
    found = find(console, None, multi_shot=False)
    assert found is not None
    assert (found.check, found.case, found.behind) == ("KASAN", "a.one", ("a.two",))
    assert find(console, None, multi_shot=True) is None
    tags = "[    0.000001] kasan: KernelAddressSanitizer initialized (hw-tags, mode=sync)\n"
    assert find(tags + console, None, multi_shot=True) is not None


def test_a_report_that_is_heard_in_pieces_counts_once() -> None:
    listener = Listener(multi_shot=False)
    said = f"{times(4, ODEBUG)}\n".encode()
    for at in range(0, len(said), 7):
        listener.hear(said[at : at + 7], "a.one", True)
    assert listener.during is None
    listener.hear(ODEBUG.encode(), "a.two", True)
    assert listener.during == "a.two"


def test_words_in_two_pieces_are_heard() -> None:
    listener = Listener(multi_shot=False)
    for piece in (b"BUG: KA", b"SAN: slab"):
        listener.hear(piece, "a.one", True)
    assert listener.during == "a.one"


def test_what_a_config_leaves_off_makes_nobody_deaf() -> None:
    listener = Listener(multi_shot=False)
    listener.hear(b"kmemleak: Kernel memory leak detector disabled\n", None, False)
    listener.hear(b"refseries: start a.one\n", "a.one", True)
    assert listener.during is None
    listener.hear(KASAN.encode(), "a.two", True)
    assert listener.during == "a.two"


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ("CONFIG_A=y\nCONFIG_KASAN=y\n", (MULTI_SHOT,)),
        ("# CONFIG_KASAN is not set\nCONFIG_KASAN_STACK=y\n", ()),
        ("", ()),
    ],
)
def test_only_a_kernel_with_kasan_is_told_to_go_on(
    tmp_path: Path, config: str, asked: tuple[str, ...]
) -> None:
    (tmp_path / "config").write_text(config, encoding="ascii")
    assert parameters(tmp_path / "config") == asked
    assert parameters(tmp_path / "absent") == ()


def test_a_console_that_repeats_itself_takes_no_more_memory() -> None:
    line = f"[    1.000000] {LOCKDEP}\n"
    tracemalloc.start()
    try:
        assert find(itertools.repeat(line, 20_000), None, multi_shot=True) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100_000
