# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: parse, call one core function, show what it returns. Nothing decides here."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from refseries.errors import HostError, RefseriesError, SeriesChangedError, Stopped
from refseries.host.scratch import sweep, temporary
from refseries.host.starting import SIGNALS, stop_at_once, use_utf_8

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_TRIES = 5
_SOON = 0.002  # seconds
_LOOP = "Symlink loop from "  # what Path.resolve() says up to Python 3.12, and does not as OSError


def main() -> NoReturn:
    """Run the command line and leave with its exit code; the only handler of errors.

    0: as expected. 1: a stage or a test is not, or whoever read our output has gone. 2: wrong use
    or wrong data. 3: the machine lacks something. 130: stopped by the user, as shells have it.
    """
    # While modules load, nothing is garbage; to look for it takes a tenth of the time.
    gc.set_threshold(50_000)
    stop_at_once()
    os.umask(os.umask(0o077) & 0o077)  # what we make is ours to read, write and enter
    told = _prepare_output(use_utf_8())
    try:
        code = _run()
    except Stopped as error:  # while another error was handled
        code = _report(error)
    if told is not None and told.lost and not code:
        code = HostError.exit_code
    for number in (*SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(HostError):  # there is none
        sweep(temporary())
    gc.freeze()  # or Python looks through all that is left before it goes with the process
    sys.exit(code)


def _run() -> int:
    try:
        from refseries import git
        from refseries.cli.app import app

        git.forget_caller()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _stop)
        code = _whole(app)
        sys.stdout.flush()
    except RefseriesError as error:
        return _report(error)
    except BrokenPipeError:
        _drop_output()
        return 1
    except OSError as error:
        _drop_output()
        return _report(_from_os(error))
    except Exception as error:
        if isinstance(error, RuntimeError) and _LOOP in str(error):
            return _report(_from_os(OSError(errno.ELOOP, os.strerror(errno.ELOOP), _loop(error))))
        if _is_stopped():  # somebody else's code made another error of it
            return _report(_stopped())
        return _report(_unforeseen())
    return code


def _whole(app: Callable[..., object]) -> int:
    """Run the command, from its beginning again where the series changed under its hands."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(SeriesChangedError):
            return _once(app)
        if "-" in sys.argv:  # standard input can be read once
            break
    return _once(app)


def _once(app: Callable[..., object]) -> int:
    try:
        app(prog_name="refseries")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


class _Told(io.FileIO):
    """Standard error; a full disk below it ends no work, and leaves no run as expected.

    Attributes:
        lost: whether something could not be told.
    """

    lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write ``data``, or lose it."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            self.lost = True
            return memoryview(data).nbytes


def _prepare_output(encoding: str | None) -> _Told | None:
    """Let no closed stream and no character that the terminal lacks stop us.

    Args:
        encoding: of the terminal, where it is not that of the streams.

    Returns:
        What standard error writes to; None where it is closed, or a caller's own.
    """
    told = None
    if sys.stdin is None:  # the first: what is opened gets the lowest number that is free
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    elif isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr is sys.__stderr__:
        told = _Told(sys.stderr.fileno(), "wb", closefd=False)
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(told), encoding=sys.stderr.encoding, line_buffering=True
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors="replace")
    return told


def _drop_output() -> None:
    """What is still buffered has nowhere to go; python would complain about it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(_number: int, frame: FrameType | None) -> None:
    if _is_importing(frame):  # and would make anything of what is raised here
        signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, _SOON)
        return
    from refseries.host import proc

    proc.interrupt(_stopped())


def _stopped() -> Stopped:
    return Stopped("stopped.", hint=Stopped.KEPT)


def _is_stopped() -> bool:
    proc = sys.modules.get("refseries.host.proc")  # to load it may be what failed
    return proc is not None and proc.is_stopped()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _report(error: RefseriesError) -> int:
    with contextlib.suppress(OSError):
        try:
            from refseries.cli import screen

            screen.show_error(error)
        except OSError:  # no file can be opened, so that nothing more can be loaded
            os.write(2, f"refseries: {error}\n".encode(errors="replace"))
    return error.exit_code


def _loop(error: RuntimeError) -> str:
    """The link that leads to itself."""
    return str(error).partition(_LOOP)[2].strip("'\"")


def _from_os(error: OSError) -> RefseriesError:
    where = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HostError(
            "the disk is full.",
            where=where,
            hint="Free some space, or move the cache with REFSERIES_CACHE; nothing was lost.",
        )
    return HostError(f"{error.strerror or error}.", where=where, hint="Fix that and run it again.")


def _unforeseen() -> RefseriesError:
    text = traceback.format_exc()
    hint = "Please report it."
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="refseries-bug-", suffix=".txt", text=True)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
        hint = f"Please report it with the file {name}."
    return HostError(
        "refseries itself has a bug that stopped it.", hint=hint, detail=text.splitlines()[-1]
    )
