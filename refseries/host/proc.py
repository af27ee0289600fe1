# SPDX-License-Identifier: GPL-2.0-or-later
"""The only place that starts a process.

Every child gets a process group of its own and is killed with all of that group when its deadline
passes, when the caller leaves early, or when refseries itself dies: a small guard process holds
the other end of a pipe and kills what is registered once the pipe closes, so that even ``kill -9``
leaves no make or QEMU behind. A child could end us before it is registered; each therefore has a
mark of ours in its environment, by which the guard finds it and whatever it started.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from refseries.errors import HostError, Stopped
from refseries.host import failures, scopes
from refseries.host.disk import is_full
from refseries.host.packages import PACKAGES

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
Argv = Sequence[str | os.PathLike[str]]
Env = Mapping[str, str | None] | None
Stream = int | IO[bytes] | None
Tick = Callable[[], None] | None

_MARK = "REFSERIES_RUN"
"""Variable of the environment of every child; each run has a value of its own."""

_GUARD = Path(__file__).with_name("guard.py")
_GRACE_SECONDS = 3.0  # as in the guard
_POLL_SECONDS = 0.02
_TAIL = 4096  # bytes of a log that an error shows


@dataclass(frozen=True)
class Completed:
    """A process that ended by itself; ``seconds`` is wall-clock time."""

    argv: tuple[str, ...]
    returncode: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def stdout(self) -> str:
        """What it printed, undecodable bytes replaced."""
        return self.out.decode("utf-8", "replace")

    @property
    def stderr(self) -> str:
        """What it printed as errors, undecodable bytes replaced."""
        return self.err.decode("utf-8", "replace")


class _Registry:
    """What is alive (as kill(2) takes it), told to the guard, and whether the user asked to stop.

    A signal handler runs in the middle of any of these methods, hence the re-entrant lock.
    """

    def __init__(self) -> None:
        self.mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        self._lock = threading.RLock()
        self._alive: set[int] = set()
        self._gentle: set[int] = set()
        self._guard: subprocess.Popen[bytes] | None = None
        self._starting = False
        self.stopping = self.by_user = False

    def start(
        self, make: Callable[[], subprocess.Popen[bytes]], foreground: bool, gentle: bool
    ) -> subprocess.Popen[bytes]:
        """Call ``make`` and register what it started; no stop can come between the two."""
        with self._lock:
            self._start_guard()
            self._starting = True
            try:
                popen = make()
                self._alive.add(target := popen.pid if foreground else -popen.pid)
                if gentle:
                    self._gentle.add(target)
                self._tell(f"{'~' if gentle else '+'}{target}")
                scopes.note(target)
            finally:
                self._starting = False
            if self.stopping or scopes.is_stopped():
                _kill(target)
                popen.wait()
                self.discard(target)
                _close_pipes(popen)
                raise Stopped("stopped.", hint=Stopped.KEPT)
        return popen

    def discard(self, target: int) -> None:
        with self._lock:
            self._alive.discard(target)
            self._gentle.discard(target)
            scopes.forget(target)
            self._tell(f"-{target}")

    def stop_all(self) -> bool:
        """Whether the caller may leave at once: it is not a signal in the middle of a start."""
        with self._lock:
            self.stopping = True
            for target in self._alive:
                _kill(target, signal.SIGTERM if target in self._gentle else signal.SIGKILL)
            return not self._starting

    def _start_guard(self) -> None:
        if self._guard is None:
            # Without the mark of a refseries that may have started us, whose guard would end it.
            env = {name: value for name, value in os.environ.items() if name != _MARK}
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", _GUARD, f"{_MARK}={self.mark}"], bufsize=0,
                cwd="/", env=env,
                stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True,
            )  # fmt: skip
            atexit.register(self._guard.__exit__, None, None, None)  # ends its input and waits
            atexit.register(self._tell, ".")  # before that

    def _tell(self, line: str) -> None:
        assert self._guard is not None
        assert self._guard.stdin is not None
        # A guard that somebody killed must not take the run with it.
        with contextlib.suppress(OSError):
            self._guard.stdin.write(f"{line}\n".encode())


_registry = _Registry()


def _kill(target: int, number: int = signal.SIGKILL) -> bool:
    """Whether there was somebody to get the signal."""
    try:
        os.kill(target, number)
    except ProcessLookupError:
        return False
    return True


def _close_pipes(popen: subprocess.Popen[bytes]) -> None:
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what is still buffered has no reader
                pipe.close()


def stop_all() -> None:
    """End every process started here and refuse new ones; for Ctrl-C while threads are at work."""
    _registry.stop_all()


def interrupt(error: Stopped) -> None:
    """``stop_all`` for a signal handler: raises ``error``.

    In the middle of a start, ``start`` itself does: nobody else knows the new process yet.
    """
    _registry.by_user = True
    if _registry.stop_all():
        raise error


def allow_again() -> None:
    """Let processes start again after ``stop_all`` (for a program that goes on, such as a test)."""
    _registry.stopping = _registry.by_user = False


def is_interrupted() -> bool:
    """Whether it was ``interrupt`` that stopped everything."""
    return _registry.by_user


def is_stopped() -> bool:
    """Whether the user has asked to stop, or what this thread does is to end."""
    return _registry.stopping or scopes.is_stopped()


def check_stopped() -> None:
    """Raise Stopped if the work is to end; for loops that wait without a process."""
    if is_stopped():
        raise Stopped("stopped.", hint=Stopped.KEPT)


def which(tool: str) -> Path:
    """Path of ``tool``; HostError with the package to install when it is not there."""
    found = shutil.which(tool)
    if found is None:
        package = PACKAGES.get(tool, tool)
        raise HostError(
            f"the program `{tool}` is not installed.",
            hint=f"Install it (Debian, Ubuntu: `apt-get install {package}`); "
            "`refseries doctor` lists all that is missing.",
        )
    return Path(found)


class Process:
    """A running child; made by ``start``. Kills its whole group when it is left early."""

    def __init__(
        self, argv: tuple[str, ...], popen: subprocess.Popen[bytes], *,
        foreground: bool = False, gentle: bool = False,
    ) -> None:  # fmt: skip
        self.argv = argv
        self.popen = popen
        self.started = time.monotonic()
        self._target = popen.pid if foreground else -popen.pid
        self._gentle = gentle

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too unless it is in the foreground."""
        return self.popen.pid

    @property
    def seconds(self) -> float:
        """Wall-clock seconds since the start."""
        return time.monotonic() - self.started

    def poll(self) -> int | None:
        """Exit status (negative: killed by that signal), or None while it runs."""
        return self.popen.poll()

    def wait(self, timeout: float) -> int | None:
        """Wait at most ``timeout`` seconds for the end; the exit status or None."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """Kill the process and everything it started (in the foreground: it alone), and reap it."""
        if self._gentle:
            self._ask()
        if self._target < 0 or self.popen.poll() is None:
            _kill(self._target)
        self.popen.wait()

    def _ask(self) -> None:
        """Have it end by itself, with all that it has started, if it does so in time."""
        end = time.monotonic() + _GRACE_SECONDS
        number: int = signal.SIGTERM
        while _kill(self._target, number) and time.monotonic() < end:
            number = 0
            self.popen.poll()
            time.sleep(_POLL_SECONDS)

    def _end(self) -> None:
        self.kill()
        _registry.discard(self._target)
        _close_pipes(self.popen)


@contextlib.contextmanager
def start(
    argv: Argv,
    *,
    cwd: Path | None = None,
    env: Env = None,
    stdin: Stream = None,
    stdout: Stream = None,
    stderr: Stream = None,
    foreground: bool = False,
    gentle: bool = False,
) -> Iterator[Process]:
    """Start ``argv`` and yield it; when the block is left it is dead and reaped.

    Args:
        argv: program and arguments; never goes through a shell.
        cwd: working directory.
        env: added to our own environment; None takes a variable away.
        stdin, stdout, stderr: as for ``subprocess.Popen``; ``None`` is /dev/null, and for
            ``stderr`` wherever ``stdout`` goes.
        foreground: keep the terminal's process group, for an interactive child.
        gentle: it has something to put away: SIGTERM comes a few seconds before SIGKILL.

    Raises:
        HostError: the program is missing or cannot be executed.
        Stopped: the user has asked to stop.
    """
    words = tuple(os.fspath(word) for word in argv)
    check_stopped()
    which(words[0])
    given = {**os.environ, **(env or {}), _MARK: _registry.mark}

    def make() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            words,
            cwd=cwd,
            env={name: value for name, value in given.items() if value is not None},
            stdin=DEVNULL if stdin is None else stdin,
            stdout=DEVNULL if stdout is None else stdout,
            stderr=subprocess.STDOUT if stderr is None else stderr,
            start_new_session=not foreground,
        )

    try:
        popen = _registry.start(make, foreground, gentle)
    except OSError as error:
        raise HostError(
            f"cannot run `{words[0]}`: {error.strerror}.",
            where=str(error.filename or cwd or ""),
            hint="Fix that and run it again.",
        ) from error
    process = Process(words, popen, foreground=foreground, gentle=gentle)
    try:
        yield process
    finally:
        process._end()


def run(
    argv: Argv,
    *,
    cwd: Path | None = None,
    env: Env = None,
    stdin: bytes | None = None,
    deadline: float = 600.0,
    log: Path | None = None,
    check: bool = True,
    tick: Tick = None,
) -> Completed:
    """Run ``argv`` to its end.

    Args:
        stdin: bytes for its standard input.
        deadline: seconds after which the whole process group is killed.
        log: file that stdout and stderr are appended to; ``out`` and ``err`` are empty then.
        check: raise when the exit status is not 0.
        tick: called about ten times a second while it runs (progress); only with ``log``.

    Raises:
        StageError: deadline passed, or a non-zero exit with ``check``; ``detail`` has its end.
        HostError: the program is missing, or says that the disk is full.
        Stopped: the user asked to stop.
    """
    if log is None:
        completed = _run_captured(argv, cwd, env, stdin, deadline)
    else:
        completed = _run_logged(argv, cwd, env, deadline, log, tick)
    check_stopped()
    if completed.returncode != 0:
        said = completed.stderr or completed.stdout or _tail(log)
        where = str(log or cwd or "")
        given = filter(None, (env or {}).values())
        places = (str(Path(cwd or "").absolute()), *completed.argv, *given)
        if completed.returncode == -signal.SIGXFSZ:
            raise failures.file_too_large(completed.argv, where)
        if is_full(said, places):
            raise failures.disk_full(completed.argv, where, said)
        if check:
            raise failures.bad_status(completed.argv, completed.returncode, where, said)
    return completed


def _run_captured(
    argv: Argv, cwd: Path | None, env: Env, stdin: bytes | None, deadline: float
) -> Completed:
    feed = None if stdin is None else PIPE
    with start(argv, cwd=cwd, env=env, stdin=feed, stdout=PIPE, stderr=PIPE) as process:
        try:
            out, err = process.popen.communicate(stdin, deadline)
        except subprocess.TimeoutExpired:
            raise failures.too_slow(process.argv, deadline) from None
        return Completed(process.argv, process.popen.returncode, out, err, process.seconds)


def _run_logged(
    argv: Argv, cwd: Path | None, env: Env, deadline: float, log: Path, tick: Tick
) -> Completed:
    with log.open("ab") as stream, start(argv, cwd=cwd, env=env, stdout=stream) as process:
        while (status := process.wait(0.1)) is None:
            if process.seconds > deadline:
                raise failures.too_slow(process.argv, deadline)
            if tick:
                tick()
        return Completed(process.argv, status, b"", b"", process.seconds)


def _tail(log: Path | None) -> str:
    if log is None:
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
        return stream.read().decode("utf-8", "replace")
