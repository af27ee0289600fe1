# SPDX-License-Identifier: GPL-2.0-or-later
"""A command, and a shell on our terminal or without one."""

import itertools
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_guest import request
from hypothesis import given
from hypothesis import strategies as st
from waiting import SECONDS

from refseries.guest import terminal
from refseries.guest.terminal import run_command
from refseries.model import StageOutcome

SHELL = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from fake_guest import request
from refseries.guest.terminal import interactive
end = interactive(request(Path(sys.argv[2]), Path(sys.argv[2], "scenario").read_text()))
print(f"ended: {end.exit_status} {end.reason}")
"""


def test_a_commands_status_and_output_are_ours(fake_qemu: Path) -> None:
    text = bytearray()
    asked = request(fake_qemu, 'say "$words"; report "# refseries: exit 3"')
    done = run_command(asked, ["ls", "a b"], text.extend)
    assert done.exit_status == 3
    assert b"sh%00ls%00a%20b" in text
    assert " quiet " in done.argv[-1]
    assert b"echo%205%20%3E/proc/sys/kernel/printk" in text


def test_a_command_that_hangs_ends_by_the_deadline(fake_qemu: Path) -> None:
    asked = replace(request(fake_qemu, "exec sleep 60"), deadline=0.5)
    done = run_command(asked, ["sleep", "inf"], lambda _: None)
    assert done.exit_status is None
    assert done.outcome is StageOutcome.BOOT_TIMEOUT


@pytest.mark.parametrize("terminal", [True, False], ids=["pty", "no-pty"])
def test_a_shell_works_with_and_without_a_terminal(fake_qemu: Path, terminal: bool) -> None:
    (fake_qemu / "scenario").write_text(
        'stty raw 2>/dev/null || :; read -r line; echo "guest read $line"\n'
        'report "# refseries: exit 5"\n'
    )
    argv = [sys.executable, "-c", SHELL, str(Path(__file__).parents[1] / "support"), str(fake_qemu)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    main, side = pty.openpty() if terminal else (-1, subprocess.PIPE)
    with subprocess.Popen(argv, stdin=side, stdout=subprocess.PIPE, env=env) as process:
        if terminal:
            os.write(main, b"hello\n")
            out, _ = process.communicate(timeout=SECONDS)
        else:
            out, _ = process.communicate(b"hello\n", timeout=SECONDS)
    assert b"guest read hello" in out
    assert b"ended: 5" in out
    if terminal:
        assert "-icanon" not in subprocess.run(
            ["stty", "-a"], stdin=side, capture_output=True, text=True, check=True
        ).stdout.replace("\n", " ")
        os.close(main)
        os.close(side)


def test_a_shell_whose_guest_dies_has_no_status(fake_qemu: Path) -> None:
    (fake_qemu / "scenario").write_text("panic x\n")
    argv = [sys.executable, "-c", SHELL, str(Path(__file__).parents[1] / "support"), str(fake_qemu)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, env=env, check=True)
    assert b"ended: None the guest ended without a last word" in done.stdout


@given(st.lists(st.integers(0, 120), max_size=6))
def test_the_kernels_last_line_is_no_output_of_the_command(cuts: list[int]) -> None:
    printed = (
        b"one\r\n[1] two\r\n[    1.1] reboot: three\r\n[    1.2] hrtimer: interrupt took 18 ns\r\n"
        b"four\n[    1.303182] reboot: Power down\r\n"
    )
    given_on: list[bytes] = []
    farewell = terminal._Farewell(given_on.append)
    edges = [0, *sorted(min(cut, len(printed)) for cut in cuts), len(printed)]
    for start, stop in itertools.pairwise(edges):
        farewell.take(printed[start:stop])
    farewell.end()
    assert b"".join(given_on) == b"one\r\n[1] two\r\n[    1.1] reboot: three\r\nfour\n"
