# SPDX-License-Identifier: GPL-2.0-or-later
"""The only place that starts a process.

Every child gets a process group of its own and is killed with all of that group when its deadline
passes, when the caller leaves early, or when refseries itself dies: a small guard process holds
the other end of a pipe and kills what is registered once the pipe closes, so that even ``kill -9``
leaves no make or QEMU behind.
"""

from __future__ import annotations

import contextlib
import os
import re
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

from refseries.errors import HostError, StageError, Stopped

PIPE = subprocess.PIPE
Argv = Sequence[str | os.PathLike[str]]

# Which Debian package brings a tool that we call; for the hint when it is missing.
PACKAGES = {
    "git": "git",
    "make": "make",
    "xz": "xz-utils",
    "ccache": "ccache",
    "qemu-system-aarch64": "qemu-system-arm",
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "x86_64-linux-gnu-gcc": "gcc-x86-64-linux-gnu",
    "gcc": "gcc",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
}

# Reads "+PGID" and "-PGID" lines; at end of file (our death) kills every group still registered.
_GUARD = """
import os, signal, sys
for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try: os.killpg(group, signal.SIGKILL)
    except OSError: pass
"""


@dataclass(frozen=True)
class Completed:
    """A process that ended by itself. ``seconds`` is wall-clock time."""

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
    """The process groups that are alive, told to the guard, and whether the user asked to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self._guard: subprocess.Popen[str] | None = None
        self.stopping = False

    def _tell(self, line: str) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _GUARD],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                text=True, start_new_session=True,
            )  # fmt: skip
        assert self._guard.stdin is not None
        # A guard that somebody killed must not take the run with it.
        with contextlib.suppress(OSError):
            self._guard.stdin.write(line + "\n")
            self._guard.stdin.flush()

    def add(self, group: int) -> None:
        with self._lock:
            self._groups.add(group)
            self._tell(f"+{group}")

    def discard(self, group: int) -> None:
        with self._lock:
            self._groups.discard(group)
            self._tell(f"-{group}")

    def stop_all(self) -> None:
        with self._lock:
            self.stopping = True
            for group in self._groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)

    def resume(self) -> None:
        self.stopping = False


_registry = _Registry()


def stop_all() -> None:
    """Kill every process started here and refuse new ones; for Ctrl-C while threads are at work."""
    _registry.stop_all()


def allow_again() -> None:
    """Let processes start again after ``stop_all`` (for a program that goes on, such as a test)."""
    _registry.resume()


def check_stopped() -> None:
    """Raise Stopped if the user has asked to stop; for loops that wait without a process."""
    if _registry.stopping:
        raise Stopped("stopped.")


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

    def __init__(self, argv: tuple[str, ...], popen: subprocess.Popen[bytes]) -> None:
        self.argv = argv
        self.popen = popen
        self.started = time.monotonic()

    @property
    def pid(self) -> int:
        """Its process id, which is its process group's too."""
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
        """Kill the process and everything it started, and reap it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()


@contextlib.contextmanager
def start(
    argv: Argv,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    foreground: bool = False,
) -> Iterator[Process]:
    """Start ``argv`` and yield it; when the block is left it is dead and reaped.

    Args:
        argv: program and arguments; never goes through a shell.
        cwd: working directory.
        env: added to our own environment.
        stdin, stdout, stderr: as for ``subprocess.Popen``; ``None`` is /dev/null, and for
            ``stderr`` wherever ``stdout`` goes.
        foreground: keep the terminal's process group, for an interactive child.

    Raises:
        HostError: the program is missing or cannot be executed.
        Stopped: the user has asked to stop.
    """
    words = tuple(os.fspath(word) for word in argv)
    if _registry.stopping:
        raise Stopped("stopped.")
    which(words[0])
    try:
        popen = subprocess.Popen(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL if stdout is None else stdout,
            stderr=subprocess.STDOUT if stderr is None else stderr,
            start_new_session=not foreground,
        )
    except OSError as error:
        raise HostError(
            f"cannot run `{words[0]}`: {error.strerror}.", where=str(cwd or "")
        ) from error
    process = Process(words, popen)
    if not foreground:
        _registry.add(popen.pid)
    try:
        yield process
    finally:
        if foreground:
            if popen.poll() is None:
                popen.kill()
            popen.wait()
        else:
            process.kill()
            _registry.discard(popen.pid)


def run(
    argv: Argv,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    deadline: float = 600.0,
    log: Path | None = None,
    check: bool = True,
    tick: Callable[[], None] | None = None,
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
        HostError: the program is missing.
        Stopped: the user asked to stop.
    """
    if log is None:
        completed = _run_captured(argv, cwd, env, stdin, deadline)
    else:
        completed = _run_logged(argv, cwd, env, deadline, log, tick)
    if _registry.stopping:
        raise Stopped("stopped.")
    if check and completed.returncode != 0:
        text = completed.stderr or completed.stdout or _tail(log)
        raise StageError(
            f"`{_brief(completed.argv)}` failed with {_status(completed.returncode)}.",
            where=str(log or ""),
            detail="\n".join(text.strip().splitlines()[-20:]),
        )
    return completed


def _run_captured(
    argv: Argv,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    stdin: bytes | None,
    deadline: float,
) -> Completed:
    pipe = subprocess.PIPE
    with start(
        argv, cwd=cwd, env=env, stdin=pipe if stdin is not None else None, stdout=pipe, stderr=pipe
    ) as process:
        try:
            out, err = process.popen.communicate(stdin, deadline)
        except subprocess.TimeoutExpired:
            raise _too_slow(process, deadline) from None
        return Completed(process.argv, process.popen.returncode, out, err, process.seconds)


def _run_logged(
    argv: Argv,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    deadline: float,
    log: Path,
    tick: Callable[[], None] | None,
) -> Completed:
    with log.open("ab") as stream, start(argv, cwd=cwd, env=env, stdout=stream) as process:
        while (status := process.wait(0.1)) is None:
            if process.seconds > deadline:
                raise _too_slow(process, deadline)
            if tick:
                tick()
        return Completed(process.argv, status, b"", b"", process.seconds)


def _too_slow(process: Process, deadline: float) -> StageError:
    return StageError(
        f"`{_brief(process.argv)}` was killed after its deadline of {deadline:.0f} s.",
        hint="Look at what it printed; a larger deadline helps only if it was still at work.",
    )


def _tail(log: Path | None, size: int = 4096) -> str:
    if log is None:
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - size))
        return stream.read().decode("utf-8", "replace")


def _brief(argv: Sequence[str]) -> str:
    words = re.sub(r"( -c \S+=\S*)+", "", " ".join(argv))
    return words if len(words) <= 70 else words[:67] + "..."


def _status(returncode: int) -> str:
    if returncode >= 0:
        return f"exit status {returncode}"
    return f"signal {signal.Signals(-returncode).name}"
