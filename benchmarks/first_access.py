# SPDX-License-Identifier: GPL-2.0-or-later
"""How real programs come to their anonymous memory: by a load or by a store, and what comes then.

    ./setup python benchmarks/first_access.py -- gcc -O2 -c file.c
    ./setup python benchmarks/first_access.py -- git log -p -200

Runs the command below perf(1), which writes down each page fault and each mapping of it and its
children, and counts pages: stored to at once; loaded from first and stored to later; only loaded
from. Needs root (or ``perf_event_paranoid`` of -1), and x86_64, where the kernel tells what a fault
was for. Faults that the kernel has for a program count, pages that it pins without a fault do not,
nor does what is faulted in by huge pages: run it where they are off, or ``madvise``. A page that
was given back and is used again counts again.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from refseries.errors import HostError, RefseriesError, StageError
from refseries.host import proc

EVENTS = "exceptions:page_fault_user,exceptions:page_fault_kernel"
PRESENT, WRITE = 1, 2  # bits of a fault's error code on x86
PAGE = 4096

_ID = r"^ *(\d+)/\d+ +[\d.]+: +"
_FAULT = re.compile(_ID + r"exceptions:page_fault_\w+: address=(0x\w+) .*error_code=(0x\w+)")
_MAPPING = re.compile(
    _ID + r"PERF_RECORD_MMAP2 \d+/\d+: \[(0x\w+)\((0x\w+)\) @ [^]]*\]: (\S{4}) (.*)$"
)
_FORK = re.compile(_ID + r"PERF_RECORD_FORK\((\d+):\d+\):\((\d+):\d+\)")
_EXEC = re.compile(_ID + r"PERF_RECORD_COMM exec: ")
_LOST = re.compile(r"PERF_RECORD_LOST")
_ANONYMOUS = re.compile(r"//anon|\[heap\]|\[stack\]|\[anon:.*\]")


class Process:
    """The anonymous pages of a process, and which of them were loaded from and not stored to."""

    def __init__(self, parent: Process | None = None) -> None:
        self.mappings: list[tuple[int, int, bool]] = parent.mappings[:] if parent else []
        self.loaded: set[int] = set(parent.loaded) if parent else set()

    def map(self, start: int, end: int, anonymous: bool) -> None:
        """Pages from ``start`` to before ``end``: those below what is new are gone."""
        self.mappings = [old for old in self.mappings if old[0] < start or old[1] > end]
        self.mappings.append((start, end, anonymous))

    def _is_anonymous(self, page: int) -> bool:
        newest = (how for start, end, how in reversed(self.mappings) if start <= page < end)
        return next(newest, False)

    def fault(self, page: int, code: int) -> str | None:
        """What this fault adds to the counts."""
        if not self._is_anonymous(page):
            return None
        if not code & PRESENT:
            self.loaded.discard(page)
            if code & WRITE:
                return "stored at once"
            self.loaded.add(page)
            return "loaded first"
        if code & WRITE and page in self.loaded:
            self.loaded.discard(page)
            return "stored later"
        return None


def count(lines: Iterable[str]) -> Counter[str]:
    """The faults of all processes, by what they were for."""
    processes: dict[int, Process] = {}
    counts: Counter[str] = Counter()
    for line in lines:
        if found := _FAULT.match(line):
            process = processes.setdefault(int(found[1]), Process())
            if what := process.fault(int(found[2], 16) // PAGE, int(found[3], 16)):
                counts[what] += 1
        elif found := _MAPPING.match(line):
            process = processes.setdefault(int(found[1]), Process())
            start, size = int(found[2], 16), int(found[3], 16)
            anonymous = bool(_ANONYMOUS.fullmatch(found[5].strip()))
            process.map(start // PAGE, (start + size) // PAGE, anonymous)
        elif found := _FORK.match(line):
            child, parent = int(found[2]), int(found[3])
            if child != parent:  # no thread
                processes[child] = Process(processes.get(parent))
        elif found := _EXEC.match(line):
            processes[int(found[1])] = Process()
        elif _LOST.search(line):
            raise StageError("perf lost events.", hint="Run it on a quieter machine.")
    return counts


def main() -> int:
    """Count for the command given; print one line of a table."""
    command = sys.argv[2:]
    if sys.argv[1:2] != ["--"] or not command:
        raise SystemExit(__doc__)
    with tempfile.TemporaryDirectory(prefix="first-access-", dir="/var/tmp") as name:
        data, log = Path(name) / "perf.data", Path(name) / "log"
        proc.run(
            ["perf", "record", "-q", "-m", "8M", "-d", "-e", EVENTS, "-c", "1", "-o", data, "--",
             *command],
            log=log, deadline=3600,
        )  # fmt: skip
        proc.run(
            ["perf", "script", "-i", data, "--show-mmap-events", "--show-task-events",
             "--show-lost-events", "-F", "pid,tid,time,event,trace"],
            log=(script := Path(name) / "script"), deadline=3600,
        )  # fmt: skip
        with script.open(errors="replace") as lines:
            counts = count(lines)
    first = counts["loaded first"]
    pages = first + counts["stored at once"]
    if not pages:
        raise HostError("no page fault was seen.", hint="It needs x86_64 and root.")
    print(f"{' '.join(command)}: {pages} pages, {100 * first / pages:.2f} % loaded from first;")
    share = f"{100 * counts['stored later'] / first:.1f} %" if first else "none"
    print(f"    of these {first}, {share} stored to later")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RefseriesError as error:
        sys.exit(f"{error}")
