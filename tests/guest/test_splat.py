# SPDX-License-Identifier: GPL-2.0-or-later
"""Splats on golden consoles: all found, charged to the right case, comparable between boots."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.guest import console, splat, splat_title

DATA = Path(__file__).resolve().parents[1] / "data" / "console"
GOLDEN = sorted(DATA.glob("*.log"))


@pytest.mark.parametrize("log", GOLDEN, ids=lambda log: log.stem)
def test_golden_console_reads_as_written_down(log: Path) -> None:
    found = [
        {"kind": s.kind, "title": s.title, "case": s.case, "lines": len(s.text.splitlines())}
        for s in splat.find(log.read_text(encoding="utf-8"))
    ]
    assert found == json.loads(log.with_suffix(".json").read_text(encoding="utf-8"))


def test_golden_consoles_are_all_there() -> None:
    assert len(GOLDEN) >= 19
    assert {log.stem for log in GOLDEN} == {log.stem for log in DATA.glob("*.json")}


def another_boot(text: str) -> str:
    """The same complaints from another build on another day, and of another process."""
    text = re.sub(
        r"\[ *(\d+\.\d{6})\](?:\[ *[CT]\d+\])?",
        lambda m: f"[{float(m.group(1)) + 3.5:12.6f}][  T207]",
        text,
    )
    text = re.sub(r"\+0x[0-9a-f]+/0x[0-9a-f]+", "+0x1234/0x5678", text)
    text = re.sub(r"\bCPU: \d+", "CPU: 7", text)
    text = re.sub(r"CPU(#?)\d+", r"CPU\g<1>7", text)
    text = re.sub(r"on cpu \d+", "on cpu 7", text)
    text = re.sub(r"\bPID: \d+", "PID: 4321", text)
    text = re.sub(r"\b(refpage_test|lab_test)([:/])\d+", r"(sd pam), CPU/u8:1\g<2>4321", text)
    text = re.sub(r"((?:in process|Comm:) ?)\w+", r"\g<1>kworker/u8:1-a b", text)
    text = re.sub(r"(\.[ch]):\d+", r"\1:9999", text)
    text = re.sub(r"\b(0x)?ffff[0-9a-f]{12}\b", r"\g<1>ffff800081234567", text)
    text = re.sub(r"(\[#\d+)\] PREEMPT SMP", r"\g<1>1] SMP", text)
    text = text.replace("Not tainted", "Tainted: G        W  O      ")
    return re.sub(r"pfn:[0-9a-f]+", "pfn:abcde", text)


@pytest.mark.parametrize("log", GOLDEN, ids=lambda log: log.stem)
def test_titles_are_the_same_over_boots_and_builds(log: Path) -> None:
    text = log.read_text(encoding="utf-8")
    assert another_boot(text) != text
    titles = [(s.title, s.case) for s in splat.find(text)]
    assert [(s.title, s.case) for s in splat.find(another_boot(text))] == titles


def test_new_leaves_out_what_base_says_too() -> None:
    text = (DATA / "warning.log").read_text(encoding="utf-8")
    aging, refcount = splat.find(text)
    assert splat.new((aging, refcount), splat.find(another_boot(text))) == ()
    assert splat.new((aging, refcount), [refcount]) == (aging,)


def test_a_warning_has_one_title_from_linux_6_1_to_today() -> None:
    forms = (
        "WARNING: CPU: 0 PID: 55 at mm/lab.c:40 lab_put+0x10/0x20",
        "WARNING: CPU: 3 PID: 9 at mm/lab.c:41 lab_put+0x10/0x20 [lab]",
        "WARNING: mm/lab.c:40 at lab_put+0x10/0x20, CPU#0: lab_test/55",
        "WARNING: mm/lab.c:40 at lab_put+0x10/0x20, CPU#1: kswapd0/55",
        "WARNING: mm/lab.c:40 at lab_put+0x10/0x20, CPU#0: a, CPU#3: b/55",
        "WARNING: [x[0] at y, CPU#1] mm/lab.c:4 at lab_put.isra.0+0x1/0x2 [lab], CPU#1: a: b/c/7",
    )
    cut = "------------[ cut here ]------------\n"
    end = "\n---[ end trace 0000000000000000 ]---\n"
    for form in forms:
        assert [s.title for s in splat.find(cut + form + end)] == ["WARNING: mm/lab.c lab_put"]


def test_a_trap_of_ubsan_is_one_splat_with_what_dies_of_it() -> None:
    text = (
        "[    1.100000] UBSAN: array index out of bounds at lab_put+0x1a/0x30\n"
        "[    1.100000] Oops: invalid opcode: 0000 [#1] SMP NOPTI\n"
        "[    1.100000] RIP: 0010:lab_put+0x1a/0x30\n"
        "[    1.100000] ---[ end trace 0000000000000000 ]---\n"
    )
    assert [s.title for s in splat.find(text)] == ["UBSAN: array index out of bounds at lab_put"]


def test_an_address_in_front_of_an_arrow_is_left_out() -> None:
    titles = {
        splat_title.normalise(
            f"list_del corruption, {address}->next is LIST_POISON1 (dead000000000100)"
        )
        for address in ("ffff888003a1c010", "ffff88810a2b3010")
    }
    assert titles == {"list_del corruption, ->next is LIST_POISON1 ()"}


def test_a_stall_names_what_was_interrupted_not_what_printed_the_trace() -> None:
    """Up to 5.15, and where a processor finds its own stall, x86 shows it within the trace."""
    text = (
        "rcu: INFO: rcu_sched self-detected stall on CPU\nrcu: \t1-....: (20999 ticks this GP)\n"
        "NMI backtrace for cpu 1\nCall Trace:\n <IRQ>\n rcu_dump_cpu_stacks+0xbf/0xf1\n </IRQ>\n"
        "RIP: 0010:lab_spin+0x10/0x20\nCode: 90 90\nRSP: 0018:ffffc90000b3be60 EFLAGS: 00000246\n"
        "RAX: 0000000000000000 RBX: ffff888003a1c000\n lab_put+0x10/0x20\n done\n"
    )
    (found,) = splat.find(text)
    assert found.title == "rcu: INFO: rcu_sched self-detected stall on CPU in lab_spin"
    assert found.text.endswith(" lab_put+0x10/0x20")


def test_a_fault_without_memory_is_no_splat() -> None:
    """The kernel says this whenever a fault finds no memory, as where a case injects failures."""
    text = "[    5.1] Huh VM_FAULT_OOM leaked out to the #PF handler. Retrying PF\n"
    assert splat.find(text) == ()


def test_a_flood_of_one_warning_is_one_splat_a_case() -> None:
    text = (DATA / "warning.log").read_text(encoding="utf-8")
    report = text[text.index("[    1.250001]") : text.index("[    1.300000]")]
    assert len(splat.find(report * 1000)) == 1


def test_a_splat_that_lost_its_end_hides_no_other_case() -> None:
    text = (
        "[    1.000000] refseries: start a.one\n"
        "[    1.100000] ------------[ cut here ]------------\n"
        "[    1.100001] WARNING: CPU: 0 PID: 1 at mm/a.c:1 one+0x0/0x1\n"
        "[    1.200000] refseries: start a.two\n"
        "[    1.300000] BUG: KASAN: wild-memory-access in two+0x0/0x1\n"
    )
    assert [(s.title, s.case) for s in splat.find(text)] == [
        ("WARNING: mm/a.c one", "a.one"),
        ("BUG: KASAN: wild-memory-access in two", "a.two"),
    ]


def test_escapes_in_a_splat_do_not_reach_the_screen() -> None:
    (found,) = splat.find("BUG: Bad page state in process \033[2Jevil  pfn:0\n")
    assert "\033" not in found.title + found.text


def test_durations_come_from_the_marks() -> None:
    text = (DATA / "warning.log").read_text(encoding="utf-8")
    took = console.durations(text)
    assert took == pytest.approx(
        {"reclaim.aging": 0.3, "reclaim.swap": 0.09, "charge.memcg": 0.01}, abs=1e-6
    )
    cut = (DATA / "cut-short.log").read_text(encoding="utf-8")
    assert console.durations(cut) == {}


PIECES = st.sampled_from(
    sorted({line for log in GOLDEN for line in log.read_text(encoding="utf-8").splitlines()})
)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("\n".join)))
def test_anything_can_be_read(text: str) -> None:
    for found in splat.find(text):
        assert found.title
        assert found.text


def test_hostile_megabytes_are_read_in_linear_time() -> None:
    for line in (
        "WARNING: " + "possible " * 100,
        "BUG: " + "[" * 900,
        "[ 1.000000] " * 80,
        " " * 900,
    ):
        text = (line + "\n") * (1_000_000 // len(line))
        start = time.process_time()
        splat.find(text)
        assert time.process_time() - start < 60


def traced(said: str, *trace: str) -> str:
    return "".join(f"[    1.000000] {line}\n" for line in (said, *trace, "lab: behind"))


def test_who_leaked_and_who_received_is_in_the_title() -> None:
    leak = "ref_tracker: lab@00000000a1b2c3d4 leaked reference."
    one = traced(leak, " lab_hold+0x10/0x20", " lab_open+0x10/0x20")
    two = traced(leak, " lab_take+0x10/0x20", " lab_open+0x10/0x20")
    first, second = splat.find(one + two)
    assert first.title == "ref_tracker: lab@ leaked reference. in lab_hold"
    assert second.title == "ref_tracker: lab@ leaked reference. in lab_take"
    assert second.text.endswith(" lab_open+0x10/0x20")
    dump = (" dump_stack+0x1/0x2", " netdev_rx_csum_fault+0x1/0x2", " __skb_checksum+0x1/0x2")
    (sum_,) = splat.find(traced("lo: hw csum failure", "Call trace:", *dump, " lab_rx+0x1/0x2"))
    assert sum_.title == "lo: hw csum failure in lab_rx"


@pytest.mark.parametrize("said", ["lab@00000000a1b2c3d4 leaked reference.", "leaked reference."])
def test_a_leaked_reference_is_one_splat_with_the_warning_behind_it(said: str) -> None:
    warning = "WARNING: lib/ref_tracker.c:38 at ref_tracker_dir_exit+0x1/0x2, CPU#0: lab_test/70"
    cut = "------------[ cut here ]------------"
    text = traced(f"ref_tracker: {said}", " lab_hold+0x10/0x20", cut, warning, "Call trace:")
    (found,) = splat.find(text)
    assert found.title.endswith("leaked reference. in lab_hold")
