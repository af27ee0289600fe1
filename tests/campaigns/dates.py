# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests without kernels at other dates and in other time zones; needs faketime(1) and gcc.

    ./setup python tests/campaigns/dates.py [--only leap-day]... [tests/mail]...

Prints a line for each place and date, with pytest's counts; a report that is not all green stands
below it. Exit status 1 when any is not. All of it takes hours on two cores. faketime also bends
what is no date: timed waits of threads sometimes fail below it ("PyCOND_WAIT failed"), so a
failure counts when it comes again with the place run alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from refseries.host import proc

ROOT = Path(__file__).parents[2]

# Name, date and time there, and time zone. The first is a day before the toy's newest version.
DAYS = {
    "before": ("2026-11-24 15:00:00", "UTC"),
    "month-later": ("2026-12-28 09:00:00", "UTC"),
    "year-later": ("2027-11-28 09:00:00", "UTC"),
    "leap-day": ("2028-02-29 12:00:00", "UTC"),
    "turn-of-the-year": ("2026-12-31 23:59:30", "UTC"),
    "turn-east": ("2026-12-31 23:59:30", "Pacific/Kiritimati"),
    "east": ("2028-02-29 00:30:00", "Pacific/Kiritimati"),
    "west": ("2026-12-31 23:30:00", "Etc/GMT+12"),
}

# faketime counts twice when a program sleeps until a moment of the monotonic clock, which Python
# does, and sleeping fails with EINVAL: past it, straight to the kernel. A thread that waits for one
# with a condition fails so too, which ends Python by a signal: past it, straight to the C library.
# Files that are touched got the time of its clock, those that are written the machine's, and make
# took them for younger: so all have the machine's.
PAST_IT = b"""\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef struct timespec moment;

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const moment *until)
{
	int (*own)(pthread_cond_t *, pthread_mutex_t *, const moment *);

	own = dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD), "pthread_cond_timedwait");
	return own(cond, mutex, until);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *want, struct timespec *left)
{
	return syscall(SYS_clock_nanosleep, clock, flags, want, left) ? errno : 0;
}

int utimensat(int directory, const char *path, const moment times[2], int flags)
{
	return syscall(SYS_utimensat, directory, path, times, flags);
}

int futimens(int file, const moment times[2])
{
	return syscall(SYS_utimensat, file, NULL, times, 0);
}
"""


def places() -> list[str]:
    """Folders with tests, and the modules beside them."""
    found = {path.parent for path in (ROOT / "tests").rglob("test_*.py")} - {ROOT / "tests"}
    single = (ROOT / "tests").glob("test_*.py")
    return [str(path.relative_to(ROOT)) for path in (*sorted(found), *sorted(single))]


def run(day: str, place: str, library: Path) -> bool:
    """Run the tests of a place on a day; whether all are green."""
    when, zone = DAYS[day]
    env = {
        "TZ": zone,
        "LD_PRELOAD": str(library),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        # They weigh the times of files against the clock, and remove or make again what is new.
        "FAKETIME_SKIP_CMDS": "ccache,make",
        "MAN_DISABLE_SECCOMP": "1",  # man's sandbox lets nobody preload
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    words = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"]
    done = proc.run(
        ["faketime", when, *words, "-m", "not main_job", place],
        cwd=ROOT, env=env, check=False, deadline=3600,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines() or [f"nothing, and exit status {done.returncode}"]
    print(f"{day:18} {place:40} {lines[-1]}", flush=True)
    green = done.returncode in (0, 5)  # 5: there is none but with kernels
    if not green:
        print(done.stdout, done.stderr, sep="\n", flush=True)
    return green


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=DAYS, help="this day; may be repeated")
    parser.add_argument("places", nargs="*", help="folders and modules of tests; all without any")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        library = Path(directory) / "past.so"
        words = ["gcc", "-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", str(library)]
        proc.run(words, stdin=PAST_IT)
        outcomes = [
            run(day, place, library)
            for day in wanted.only or DAYS
            for place in wanted.places or places()
        ]
    print(f"{sum(outcomes)} of {len(outcomes)} are green")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
