# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether KVM runs a guest here, found by trying: small programs stand in for QEMU."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from refseries.errors import HostError
from refseries.guest import accelerator
from refseries.guest.accel import Accel
from refseries.guest.accelerator import GuestMode, choose
from refseries.guest.qemu import Machine, Mode
from refseries.host import proc
from refseries.kernel import arch

SPEAKS = 'echo "Linux version 6.12" >console.log; exec sleep 600'
# Has half a second's work before it does, on a processor that eight others want as well.
BUSY = """
import os, pathlib, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
while len(sys.argv) > 1 or time.process_time() < 0.5:
    pass
pathlib.Path("console.log").write_text("Linux version 6.12")
time.sleep(600)
"""


def fake(place: Path, what: str) -> Machine:
    """An x86_64 machine whose QEMU does ``what`` and counts how often it was asked."""
    tools = place / "tools"
    tools.mkdir(exist_ok=True)
    program = tools / "qemu-fake"
    program.write_text(
        f"#!/bin/sh\n[ $1 = --version ] && echo QEMU 9 && exit\necho x >>{place}/asked\n{what}\n"
    )
    program.chmod(0o755)
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
    return replace(arch.bootable("x86_64"), qemu="qemu-fake")


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"])


def asked(place: Path) -> int:
    path = place / "asked"
    return len(path.read_text().splitlines()) if path.exists() else 0


def chosen(
    place: Path, machine: Machine, wish: Accel = Accel.AUTO, *, there: bool = True
) -> GuestMode:
    records = place / "records"
    return choose(machine, place / "bzImage", records, wish, available=lambda _machine: there)


def test_a_kernel_that_speaks_is_run_by_kvm_and_asked_once_a_day(tmp_path: Path) -> None:
    machine = fake(tmp_path, SPEAKS)
    assert chosen(tmp_path, machine) == GuestMode(machine, Mode.KVM)
    assert chosen(tmp_path, machine).mode is Mode.KVM
    assert asked(tmp_path) == 1
    record = tmp_path / "records/qemu-fake.json"
    kept = json.loads(record.read_text())
    record.write_text(json.dumps({**kept, "when": kept["when"] - 25 * 3600}))
    assert chosen(tmp_path, machine).mode is Mode.KVM
    assert asked(tmp_path) == 2
    record.write_text(json.dumps({**kept, "host": "another kernel"}))
    chosen(tmp_path, machine)
    assert asked(tmp_path) == 3
    record.write_text("{")
    chosen(tmp_path, machine)
    assert asked(tmp_path) == 4


def test_a_kernel_that_never_speaks_is_emulated_and_it_is_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "PATIENCE", 0.2)
    machine = fake(tmp_path, "echo SeaBIOS >console.log; exec sleep 600")
    found = chosen(tmp_path, machine)
    assert (found.mode, found.why) == (Mode.TCG, "a kernel said nothing in 0.2 s")
    with pytest.raises(HostError, match="said nothing") as caught:
        chosen(tmp_path, machine, Accel.KVM)
    assert caught.value.where == "--accel"


def test_a_busy_machine_is_no_guest_that_never_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "PATIENCE", 1.5)
    (tmp_path / "busy.py").write_text(BUSY)
    program = f"{sys.executable} {tmp_path}/busy.py"
    machine = fake(tmp_path, f"exec {program}")
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(proc.start([*program.split(), "others"]))
        assert chosen(tmp_path, machine) == GuestMode(machine, Mode.KVM)


@pytest.mark.parametrize("silent", [True, False])
def test_silence_is_held_against_kvm_only_where_the_kernel_speaks_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    monkeypatch.setattr(accelerator, "PATIENCE", 0.5)
    emulated = "sleep 20" if silent else SPEAKS
    machine = fake(tmp_path, f'case "$*" in *tcg*) {emulated};; *) sleep 20;; esac')
    assert chosen(tmp_path, machine).mode is Mode.TCG
    fake(tmp_path, SPEAKS)  # another kernel
    assert chosen(tmp_path, machine).mode is (Mode.KVM if silent else Mode.TCG)


def test_a_feature_that_the_host_refuses_is_done_without(tmp_path: Path) -> None:
    refuses = 'case "$*" in *-arch-capabilities*) ;; *) echo "no MSR 0x10a" >&2; exit 1;; esac'
    machine = fake(tmp_path, f"{refuses}\n{SPEAKS}")
    found = chosen(tmp_path, machine)
    assert found.mode is Mode.KVM
    assert found.machine.kvm is not None
    assert found.machine.kvm.cpu == "host,-arch-capabilities"
    assert asked(tmp_path) == 2
    assert chosen(tmp_path, machine) == found


def test_what_qemu_says_is_the_reason(tmp_path: Path) -> None:
    machine = fake(tmp_path, 'echo "no MSR 0x10a" >&2; exit 1')
    assert chosen(tmp_path, machine) == GuestMode(machine, Mode.TCG, "no MSR 0x10a")


def test_without_kvm_nothing_is_tried_nor_said(tmp_path: Path) -> None:
    machine = fake(tmp_path, SPEAKS)
    assert chosen(tmp_path, machine, there=False) == GuestMode(machine, Mode.TCG)
    assert chosen(tmp_path, machine, Accel.TCG) == GuestMode(machine, Mode.TCG)
    with pytest.raises(HostError, match="no KVM for such guests"):
        chosen(tmp_path, machine, Accel.KVM, there=False)
    assert asked(tmp_path) == 0
