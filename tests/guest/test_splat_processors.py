# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports whose lines stand between each other, and whose wording only their callers tell apart."""

from itertools import chain, zip_longest

import pytest

from refseries.guest import splat

CUT = "------------[ cut here ]------------"
END = "---[ end trace 0000000000000000 ]---"


def warning(function: str, *said: str) -> list[str]:
    place = f"WARNING: CPU: 0 PID: 70 at mm/lab.c:7 {function}+0x4/0x8"
    return [CUT, *said, place, "Modules linked in:", "Call trace:", f" {function}+0x4/0x8", END]


KASAN = [
    "==================================================================",
    "BUG: KASAN: slab-use-after-free in lab_get+0x10/0x20",
    "Read of size 8 at addr ffff000003a1b210 by task lab_test/70",
    "",
    "Call trace:",
    " lab_get+0x10/0x20",
    "==================================================================",
]
OOPS = [
    "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010",
    "Mem abort info:",
    "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP",
    "pc : lab_get+0x10/0x20",
    "Call trace:",
    " lab_get+0x10/0x20",
    END,
]


def console(*reports: list[str], callers: bool = True) -> str:
    """Lines of all reports in turn, each printed by a processor of its own, in one case."""
    lines = [("    T1", "refseries: start lab.a")]
    for turn in zip_longest(*reports):
        lines += [(f"   T7{at}", line) for at, line in enumerate(turn) if line is not None]
    lines.append(("    T1", "refseries: end lab.a"))
    return "".join(
        f"[    1.{number:06d}]{f'[{who}]' if callers else ''} {line}\n"
        for number, (who, line) in enumerate(lines)
    )


def titles(text: str) -> set[tuple[str, str | None]]:
    return {(each.title, each.case) for each in splat.find(text)}


def alone(*reports: list[str]) -> set[tuple[str, str | None]]:
    return set(chain.from_iterable(titles(console(report)) for report in reports))


@pytest.mark.parametrize(
    "reports",
    [
        (warning("lab_put"), warning("lab_get")),
        (warning("lab_put", "lab: one page too many"), warning("lab_get", "lab: none left")),
        (KASAN, warning("lab_put", "lab: one page too many")),
        (OOPS, warning("lab_put")),
        (KASAN, OOPS, warning("lab_put")),
        (warning("lab_put")[:-1], KASAN[:3], OOPS[:4]),
    ],
    ids=["warnings", "words", "kasan", "oops", "three", "cut-short"],
)
def test_callers_tell_reports_apart_that_are_printed_at_once(
    reports: tuple[list[str], ...],
) -> None:
    assert titles(console(*reports)) == alone(*reports)
    assert len(alone(*reports)) == len(reports)


def test_without_callers_none_of_them_is_lost_and_none_made_up() -> None:
    for reports in ((warning("lab_put"), warning("lab_get")), (KASAN, warning("lab_put"))):
        found = {title.split(": Read")[0] for title, _ in titles(console(*reports, callers=False))}
        assert found == {title for title, _ in alone(*reports)}


def test_a_cut_whose_report_never_came_is_a_splat() -> None:
    text = console([CUT, *warning("lab_put")], callers=False)
    assert titles(text) == {("cut here", "lab.a"), ("WARNING: mm/lab.c lab_put", "lab.a")}


def test_a_report_without_its_cut_is_the_same() -> None:
    assert titles(console(warning("lab_put")[1:])) == alone(warning("lab_put"))


def test_a_stalled_processor_shows_by_itself_where_it_is() -> None:
    said = [
        ("    C0", "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
        ("    C0", "Sending NMI from CPU 0 to CPUs 1:"),
        ("   T70", "NMI backtrace for cpu 1"),
        ("   T70", "pc : lab_spin+0x10/0x20"),
        ("   T70", "Call trace:"),
        ("   T70", " lab_spin+0x10/0x20"),
    ]
    text = "".join(f"[   30.000000][{who}] {line}\n" for who, line in said)
    assert titles(text) == {
        ("rcu: INFO: rcu_preempt detected stalls on CPUs/tasks in lab_spin", None)
    }


def test_callers_without_end_take_no_memory_without_end() -> None:
    text = "".join(f"[    1.000000][T{number}] {CUT}\n" for number in range(20_000))
    assert titles(text) == {("cut here", None)}


def test_a_circle_of_locks_is_told_by_both_whichever_processor_finds_it() -> None:
    def of(wanted: str, held: str) -> str:
        report = [
            "WARNING: possible circular locking dependency detected",
            "lab_test/70 is trying to acquire lock:",
            f"ffff000003a1b210 ({wanted}){{+.+.}}-{{3:3}}, at: lab_get+0x1/0x2",
            "but task is already holding lock:",
            f"ffff000003a1b290 ({held}){{+.+.}}-{{3:3}}, at: lab_put+0x1/0x2",
            "Call trace:",
            " lab_get+0x1/0x2",
        ]
        (found,) = splat.find("".join(f"[    1.000000] {line}\n" for line in report))
        return found.title

    assert of("&lab->a", "lab_b") == of("lab_b", "&lab->a")
    assert of("&lab->a", "lab_b") != of("&lab->a", "lab_c")


TRACE = ["Call trace:", " dump_stack+0x1/0x2"]


@pytest.mark.parametrize(
    ("head", "trace"),
    [
        (
            [CUT, "refcount_t: underflow; use-after-free.",
             "WARNING: CPU: 0 PID: 70 at lib/refcount.c:28 refcount_warn_saturate+0x4/0x8"],
            [" refcount_warn_saturate+0x4/0x8"],
        ),
        (
            [CUT, "list_del corruption. prev->next should be ffff000003a1b210, but was 0",
             "WARNING: CPU: 0 PID: 7 at lib/list_debug.c:62 __list_del_entry_valid+0x4/0x8"],
            [" __list_del_entry_valid+0x4/0x8"],
        ),
        (
            [CUT, "WARNING: lib/list_debug.c:35 at __list_add_valid+0x4/0x8, CPU#0: t/70"],
            ["RIP: 0010:__list_add_valid+0x4/0x8", " ? __warn+0x1/0x2"],
        ),
        (
            ["list_add double add: new=ffff000003a1b210, prev=ffff000003a1b210, next=0.", CUT,
             "kernel BUG at lib/list_debug.c:37!"],
            ["pc : __list_add_valid_or_report+0x4/0x8", " __list_add_valid_or_report+0x4/0x8"],
        ),
        (
            [CUT, "ODEBUG: free active (active state 0) object: ffff000003a1b210 type: t",
             "WARNING: CPU: 0 PID: 70 at lib/debugobjects.c:615 debug_print_object+0x4/0x8"],
            [" debug_print_object+0x4/0x8"],
        ),
        (
            [KASAN[0], "BUG: KASAN: slab-out-of-bounds in memcpy+0x4/0x8", KASAN[2]],
            [" print_report+0x1/0x2", " kasan_report+0x1/0x2", " __asan_memcpy+0x1/0x2"],
        ),
        (OOPS[:3], ["pc : _raw_spin_lock+0x4/0x8", " _raw_spin_lock+0x4/0x8 (P)"]),
        (OOPS[:3], ["pc : __pi_memcpy+0x4/0x8", " __pi_memcpy+0x4/0x8"]),
    ],
    ids=["refcount", "list-del", "list-new", "list-bug", "odebug", "memcpy", "lock", "copy"],
)  # fmt: skip
def test_what_checks_for_others_is_told_apart_by_who_called_it(
    head: list[str], trace: list[str]
) -> None:
    def of(caller: str) -> str:
        rest = [line for line in trace if line.startswith(" ")]
        first = [line for line in trace if not line.startswith(" ")]
        report = [*head, *first, *TRACE, *rest, f" {caller}+0x10/0x20", END]
        (found,) = splat.find("".join(f"[    1.000000] {line}\n" for line in report))
        return found.title

    assert of("lab_put").endswith(" in lab_put")
    assert of("lab_get") == of("lab_put").replace("lab_put", "lab_get")
