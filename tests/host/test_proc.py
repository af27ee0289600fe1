# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from waiting import SECONDS, deadlines, lives, until

from refseries.errors import HostError, StageError, Stopped
from refseries.host import proc

# Writes the process ids of itself and of a child that holds the same pipes, then both sleep, for
# longer than anybody waits for their end.
FAMILY = """
echo $$ >"$1/parent"
sleep 600 & echo $! >"$1/child"
wait
"""

# A program like refseries: handles signals in the way of refseries.cli and runs a family.
PROGRAM = """
import signal, sys
from refseries.host import proc
from refseries.errors import Stopped

def stop(number, frame):
    proc.interrupt(Stopped("stopped."))

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, stop)
with proc.start(
    ["sh", "-c", sys.argv[2], "sh", sys.argv[1]], foreground="fg" in sys.argv,
    gentle="gentle" in sys.argv,
) as child:
    print("started", flush=True)
    child.wait(600)
"""


def family(directory: Path) -> tuple[list[str], Callable[[], list[int]]]:
    """A command that starts a family, and a function that gives those of it that live."""

    def alive() -> list[int]:
        pids = [int(path.read_text()) for path in sorted(directory.iterdir()) if path.read_text()]
        return [pid for pid in pids if lives(pid)]

    return ["sh", "-c", FAMILY, "sh", str(directory)], alive


def marked(mark: str) -> list[Path]:
    """Living processes whose environment has a word that begins so."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"\0{mark}".encode() in b"\0" + path.read_bytes():
                found.append(path)
    return found


def test_what_it_printed_and_its_status_come_back() -> None:
    done = proc.run(
        ["sh", "-c", 'cat; printf "$WORD" >&2; exit 3'], env={"WORD": "err"}, stdin=b"in",
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.out, done.stderr) == (3, b"in", "err")
    assert done.argv[0] == "sh"
    assert done.seconds > 0


def test_without_input_it_reads_end_of_file() -> None:
    assert proc.run(["cat"], deadline=SECONDS).out == b""


def test_output_that_is_not_utf8_is_replaced_and_kept_raw() -> None:
    done = proc.run(["printf", r"a\377b"])
    assert done.out == b"a\xffb"
    assert done.stdout == "a\ufffdb"


def test_a_failure_says_command_status_and_the_end_of_its_output(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"`sh -c .*` failed with exit status 7") as caught:
        proc.run(["sh", "-c", "seq 100 >&2; exit 7"], cwd=tmp_path)
    assert caught.value.detail.splitlines() == [str(number) for number in range(81, 101)]
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (40, "40")])
def test_a_failure_by_signal_names_it(number: int, name: str) -> None:
    with pytest.raises(StageError, match=f"failed with signal {name}"):
        proc.run(["sh", "-c", f"kill -{number} $$"])


def test_a_failure_for_lack_of_space_is_the_hosts() -> None:
    with pytest.raises(HostError, match="disk is full") as caught:
        proc.run(["sh", "-c", "head -c 1 /dev/zero >/dev/full"], check=False)
    assert "REFSERIES_CACHE" in caught.value.hint


def test_a_failure_for_a_limit_of_file_sizes_is_the_hosts(tmp_path: Path) -> None:
    argv = ["sh", "-c", "ulimit -f 0; exec git init -q ."]
    for check in (True, False):
        with pytest.raises(HostError, match="may not write files of that size"):
            proc.run(argv, cwd=tmp_path, check=check)


def test_with_a_log_all_output_is_appended_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    done = proc.run(["sh", "-c", "echo out; echo err >&2"], log=log)
    assert (done.out, done.err) == (b"", b"")
    assert log.read_text() == "before\nout\nerr\n"


def test_a_failure_with_a_log_names_it_and_shows_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(StageError) as caught:
        proc.run(["sh", "-c", "echo said; exit 1"], log=log)
    assert caught.value.where == str(log)
    assert caught.value.detail == "said"


def test_tick_is_called_while_it_runs(tmp_path: Path) -> None:
    """More than once: the process ends when it was called twice."""
    ticks = tmp_path / "ticks"

    def tick() -> None:
        with ticks.open("a") as stream:
            stream.write(".")

    waits = f'until [ "$(cat {ticks})" = .. ]; do sleep 0.01; done'
    proc.run(["sh", "-c", waits], log=tmp_path / "log", tick=tick, deadline=SECONDS)


@pytest.mark.parametrize("logged", [False, True])
def test_a_deadline_kills_the_whole_group_that_holds_the_pipe(tmp_path: Path, logged: bool) -> None:
    def was_there(deadline: float) -> bool:
        (directory := tmp_path / f"{deadline:g}").mkdir()
        command, alive = family(directory)
        with pytest.raises(StageError, match=rf"killed after its deadline of {deadline:g} s"):
            proc.run(command, deadline=deadline, log=tmp_path / "log" if logged else None)
        until(lambda: not alive())
        return len(list(directory.iterdir())) == 2

    assert any(was_there(deadline) for deadline in deadlines())


def test_what_it_leaves_in_the_background_dies_with_it(tmp_path: Path) -> None:
    proc.run(["sh", "-c", f"sleep 600 >/dev/null 2>&1 & echo $! >{tmp_path}/child"])
    until(lambda: not lives(int((tmp_path / "child").read_text())))


def test_leaving_the_block_early_kills_and_reaps(tmp_path: Path) -> None:
    command, alive = family(tmp_path)
    with contextlib.suppress(ZeroDivisionError), proc.start(command) as process:
        until(lambda: len(alive()) == 2)
        raise ZeroDivisionError
    assert process.poll() == -signal.SIGKILL
    until(lambda: not alive())


def test_pipes_nobody_closed_are_closed_even_with_unread_input() -> None:
    with proc.start(["true"], stdin=proc.PIPE, stdout=proc.PIPE) as process:
        stdin, stdout = process.popen.stdin, process.popen.stdout
        assert stdin is not None
        assert stdout is not None
        process.wait(SECONDS)
        stdin.write(b"nobody reads this")  # stays in the buffer
    assert stdin.closed
    assert stdout.closed


def test_by_default_errors_go_where_output_goes(tmp_path: Path) -> None:
    with (
        (tmp_path / "both").open("wb") as stream,
        proc.start(["sh", "-c", "echo a; echo b >&2"], stdout=stream) as process,
    ):
        assert process.wait(SECONDS) == 0
    assert (tmp_path / "both").read_text() == "a\nb\n"


def test_a_foreground_process_stays_in_our_group_and_dies_alone() -> None:
    with proc.start(["sleep", "60"], foreground=True) as process:
        assert os.getpgid(process.pid) == os.getpgrp()
        assert process.poll() is None
    assert process.poll() == -signal.SIGKILL


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(HostError, match="`qemu-system-aarch64` is not installed") as caught:
        proc.run(["qemu-system-aarch64"])
    assert "apt-get install qemu-system-arm" in caught.value.hint


def test_a_program_that_cannot_run_or_a_directory_that_is_gone(tmp_path: Path) -> None:
    (script := tmp_path / "script").write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(HostError, match="cannot run"):
        proc.run([script])
    with pytest.raises(HostError, match="cannot run `true`") as caught:
        proc.run(["true"], cwd=tmp_path / "gone")
    assert caught.value.where == str(tmp_path / "gone")


def test_stop_all_ends_what_runs_and_refuses_what_comes(tmp_path: Path) -> None:
    command, alive = family(tmp_path)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            proc.run(command, check=False)
        except Stopped as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: len(alive()) == 2)
    proc.stop_all()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert len(raised) == 1
    until(lambda: not alive())  # killed, but the kernel takes its time to bury it
    with pytest.raises(Stopped):
        proc.run(["true"])
    with pytest.raises(Stopped):
        proc.check_stopped()
    proc.allow_again()
    assert proc.run(["true"]).returncode == 0


def test_no_process_survives_a_stop_while_threads_start_many(tmp_path: Path) -> None:
    def work(number: int) -> None:
        while True:
            try:
                proc.run(["sh", "-c", f"echo $$ >>{tmp_path}/{number}; exec sleep 600"])
            except (Stopped, StageError):
                return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.005)
    proc.stop_all()  # in the middle of the starts
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    pids = [int(pid) for path in tmp_path.iterdir() for pid in path.read_text().split()]
    assert not [pid for pid in pids if lives(pid)]


def test_a_stop_that_comes_inside_a_start_does_not_lose_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*args: object, **options: object) -> subprocess.Popen[bytes]:
        process = real(*args, **options)  # type: ignore[call-overload]
        made.append(process)
        # The signal handler runs here, when nobody has heard of the process.
        proc.interrupt(Stopped("by signal."))
        return process  # type: ignore[no-any-return]

    proc.run(["true"])  # the guard is there
    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(Stopped), proc.start(["sleep", "60"]):
        pytest.fail("it must not start")
    assert made[0].poll() == -signal.SIGKILL


def test_interrupt_elsewhere_raises_at_once() -> None:
    with pytest.raises(Stopped, match="as told"):
        proc.interrupt(Stopped("as told."))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_program_leaves_no_child(tmp_path: Path, number: signal.Signals) -> None:
    _command, alive = family(tmp_path)
    program = [sys.executable, "-c", PROGRAM, str(tmp_path), FAMILY]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"started\n"
        until(lambda: len(alive()) == 2)
        running.send_signal(number)
        assert running.wait(SECONDS) != 0
    until(lambda: not alive())


# Has something to put away; its other process does not listen.
TIDY = """
trap 'kill $!; rm "$1/open"; exit 0' TERM
(trap "" TERM; echo >"$1/deaf"; exec sleep 600) &
sleep 600 &
echo >"$1/open"
wait
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_ended_gently_puts_its_things_away(tmp_path: Path, number: signal.Signals) -> None:
    program = [sys.executable, "-c", PROGRAM, str(tmp_path), TIDY, "gentle"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        until(lambda: {path.name for path in tmp_path.iterdir()} == {"deaf", "open"})
        mark = f"REFSERIES_RUN={running.pid}-"
        until(lambda: len(marked(mark)) == 3)
        running.send_signal(number)
        assert running.wait(SECONDS) != 0
    until(lambda: not (tmp_path / "open").exists())
    until(lambda: not marked(mark))


def test_a_block_that_is_left_ends_gently_too(tmp_path: Path) -> None:
    env = {"PROC_TEST": str(tmp_path)}
    with proc.start(["sh", "-c", TIDY, "sh", str(tmp_path)], env=env, gentle=True) as process:
        until(lambda: {path.name for path in tmp_path.iterdir()} == {"deaf", "open"})
    assert process.poll() == 0
    assert not (tmp_path / "open").exists()
    assert process.seconds > 3  # which the deaf one was given
    until(lambda: not marked(f"PROC_TEST={tmp_path}"))


def test_kill_9_of_the_program_takes_its_foreground_child_too(tmp_path: Path) -> None:
    child = "echo $$ >$1/pid; exec sleep 600"
    program = [sys.executable, "-c", PROGRAM, str(tmp_path), child, "fg"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, start_new_session=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"started\n"
        pid = tmp_path / "pid"
        until(lambda: pid.exists() and bool(pid.read_text()))
        running.kill()
    until(lambda: not lives(int(pid.read_text())))


# Kills the one that starts it before that can do anything more, then sleeps, in a session of its
# own as well; both write down who they are.
ASSASSIN = """
kill -KILL $PPID
setsid sh -c 'echo $$ >"$1/grandchild"; exec sleep 600' sh "$1" &
echo $$ >"$1/child"
exec sleep 600
"""


def test_whoever_kills_us_when_it_starts_goes_too(tmp_path: Path) -> None:
    env = {**os.environ, "PROC_TEST": str(tmp_path)}
    for number in range(8):
        (directory := tmp_path / str(number)).mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(directory), ASSASSIN],
            check=False, env=env, timeout=SECONDS,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL
    until(lambda: not marked(f"PROC_TEST={tmp_path}"))


def test_an_orderly_end_kills_nobody_who_was_let_go(tmp_path: Path) -> None:
    """What a program leaves on purpose, in a session of its own, such as an agent of keys."""
    agent = f"echo $$ >{tmp_path}/agent; exec sleep 60"
    waiting = f"until [ -s {tmp_path}/agent ]; do sleep 0.1; done"
    text = f"setsid sh -c '{agent}' >/dev/null 2>&1 & {waiting}"
    program = f'from refseries.host import proc; proc.run(["sh", "-c", """{text}"""])'
    subprocess.run([sys.executable, "-c", program], check=True, timeout=SECONDS)
    pid = int((tmp_path / "agent").read_text())
    time.sleep(0.3)
    try:
        assert lives(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_whichever_place_notices_that_the_user_stopped_says_the_same() -> None:
    proc.stop_all()
    for stopped in (proc.check_stopped, lambda: proc.run(["true"])):
        with pytest.raises(Stopped) as caught:
            stopped()
        assert str(caught.value) == f"stopped. {Stopped.KEPT}"
