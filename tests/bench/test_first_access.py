# SPDX-License-Identifier: GPL-2.0-or-later
"""What benchmarks/first_access.py makes of the faults that perf has written down."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import first_access

from refseries.errors import StageError

SEEN = """\
 7/7 1.0: PERF_RECORD_COMM exec: prog:7/7
 7/7 1.1: PERF_RECORD_MMAP2 7/7: [0x10000(0x4000) @ 0x10000 00:00 0 0]: rw-p //anon
 7/7 1.2: PERF_RECORD_MMAP2 7/7: [0x12000(0x1000) @ 0 fe:00 12 0]: rw-p /usr/lib/x.so
 7/7 1.3:   exceptions:page_fault_user: address=0x10008 ip=0x400000 error_code=0x4
 7/7 1.4:   exceptions:page_fault_user: address=0x10010 ip=0x400000 error_code=0x7
 7/7 1.5:   exceptions:page_fault_user: address=0x11000 ip=0x400000 error_code=0x6
 7/7 1.6:   exceptions:page_fault_user: address=0x12000 ip=0x400000 error_code=0x4
 7/7 1.7: exceptions:page_fault_kernel: address=0x13000 ip=copy error_code=0x0
 7/7 1.8: PERF_RECORD_FORK(8:8):(7:7)
 8/8 1.9:   exceptions:page_fault_user: address=0x11000 ip=0x400000 error_code=0x7
 8/8 2.0:   exceptions:page_fault_user: address=0x13000 ip=0x400000 error_code=0x7
"""


def test_the_first_access_of_each_anonymous_page_counts() -> None:
    assert first_access.count(SEEN.splitlines()) == {
        "loaded first": 2,  # one by the kernel; a file's page does not count
        "stored at once": 1,
        "stored later": 2,  # the second by a child, not that of what its parent had stored to
    }


def test_what_perf_lost_is_not_counted_over() -> None:
    with pytest.raises(StageError, match="lost"):
        first_access.count([*SEEN.splitlines(), " 7/7 2.1: PERF_RECORD_LOST lost 3"])
