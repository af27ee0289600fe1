# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: parse, call one core function, show what it returns. Nothing decides here."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import tempfile
import traceback
from types import FrameType
from typing import NoReturn

from refseries.errors import HostError, RefseriesError, Stopped


def main() -> NoReturn:
    """Run the command line and leave with its exit code; the only handler of errors.

    0: as expected. 1: a stage or a test is not. 2: wrong use or wrong data. 3: the machine lacks
    something. 130: stopped by the user, as shells have it.
    """
    from refseries.cli.app import app

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        app(prog_name="refseries")
        code = 0
    except RefseriesError as error:
        code = _report(error)
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        code = _report(_from_os(error))
    except Exception:
        code = _report(_unforeseen())
    sys.exit(code)


def _stop(_number: int, _frame: FrameType | None) -> None:
    from refseries import proc

    proc.stop_all()
    raise Stopped("stopped.", hint="What was finished is kept; run it again to go on.")


def _report(error: RefseriesError) -> int:
    from refseries.cli import screen

    with contextlib.suppress(BrokenPipeError):
        screen.show_error(error)
    return error.exit_code


def _from_os(error: OSError) -> RefseriesError:
    where = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HostError(
            "the disk is full.",
            where=where,
            hint="Free some space, or move the cache with REFSERIES_CACHE; nothing was lost.",
        )
    return HostError(f"{error.strerror or error}.", where=where, hint="Mend that and run it again.")


def _unforeseen() -> RefseriesError:
    descriptor, name = tempfile.mkstemp(prefix="refseries-bug-", suffix=".txt", text=True)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        traceback.print_exc(file=stream)
    return HostError(
        "refseries itself has a bug that stopped it.",
        hint=f"Please report it with the file {name}.",
    )
