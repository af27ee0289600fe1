# SPDX-License-Identifier: GPL-2.0-or-later
"""Counters as they come on their port, also from a case that writes there itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.guest import counters
from refseries.guest.counters import CaseCounters
from refseries.guest.results import CaseMarks

ONE = CaseMarks("toy.one", "1" * 16, "2" * 16, ended=True)
TWO = CaseMarks("toy.two", "3" * 16, "4" * 16, ended=True)


def record(case: str, token: str, *files: tuple[str, bytes]) -> bytes:
    """What init sends of a case."""
    sent = b"".join(f"file {len(data)} {path}\n".encode() + data for path, data in files)
    return f"\n# refseries: counters {case} {token}\n".encode() + sent + b"done %d\n" % len(files)


BOOT = record("boot", "0" * 16, ("/o/mm/toy.gcda", b"\0"))
A, B = ("/o/mm/toy.gcda", b"a\nb"), ("/o/mm/two.gcda", b"done 1\n")


def test_each_case_has_its_own_files() -> None:
    data = BOOT + record("toy.one", ONE.ends, A, B) + record("toy.two", TWO.ends)
    assert list(counters.read(data, [ONE, TWO])) == [
        CaseCounters("boot", (("/o/mm/toy.gcda", b"\0"),)),
        CaseCounters("toy.one", (A, B)),
        CaseCounters("toy.two", ()),
    ]


def test_what_a_case_writes_itself_is_passed_over() -> None:
    forged = record("toy.one", "9" * 16, ("/o/mm/toy.gcda", b"forged")) + b"file 999 /x\n"
    data = BOOT + forged + record("toy.one", ONE.ends, A) + forged + record("toy.two", TWO.ends, B)
    assert [each.files for each in counters.read(data, [ONE, TWO])][1:] == [(A,), (B,)]


def test_only_what_comes_first_of_all_is_of_booting() -> None:
    boot, one = counters.read(b"x" + BOOT + record("toy.one", ONE.ends, A), [ONE])
    assert boot.wrong
    assert one.files == (A,)


def test_a_case_that_took_the_guest_down_has_none() -> None:
    dead = CaseMarks("toy.two", "3" * 16, "4" * 16)
    *_, two = counters.read(BOOT + record("toy.one", ONE.ends, A), [ONE, dead])
    assert (two.files, two.wrong) == ((), "the guest sent no counters of it")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"done 1", b"done 2"),
        (b"done 1\n", b""),
        (b"file 3", b"file 4"),
        (b"file 3", b"file 9999999"),
        (b"file 3", b"file -3"),
        (b"/o/mm", b"o/mm"),
        (b"a\nb", b"a\n"),
    ],
)
def test_what_is_not_whole_is_not_believed(right: bytes, wrong: bytes) -> None:
    data = BOOT + record("toy.one", ONE.ends, A).replace(right, wrong)
    _boot, one = counters.read(data, [ONE])
    assert (one.files, one.wrong) == ((), "its counters did not arrive whole")


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd(noise: bytes) -> None:
    data = BOOT + noise + record("toy.one", ONE.ends, A)
    *_, one = counters.read(data, [ONE])
    assert one.files == (A,) or ONE.ends.encode() in noise
