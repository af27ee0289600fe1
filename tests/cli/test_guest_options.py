# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user wants to run guests reaches the guests."""

from __future__ import annotations

import platform
from collections.abc import Callable

import pytest
from toy import Toy

from refseries.cli import context
from refseries.cli.options import GuestOptions
from refseries.errors import HostError
from refseries.guest.accel import Accel
from refseries.guest.qemu import Mode
from refseries.host import proc
from refseries.kernel import arch
from refseries.testing.lab import Lab

Refseries = Callable[..., proc.Completed]


@pytest.mark.parametrize("words", ["test", "boot", "kselftest", "mutate", "feedback verify"])
def test_every_command_that_boots_takes_it(refseries: Refseries, words: str) -> None:
    assert "--accel" in refseries(*words.split(), "--help").stdout


def test_the_guests_are_run_as_wished(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in toy.environ.items():
        monkeypatch.setenv(name, value)
    # No host is of two kinds, so one of these has no KVM here.
    foreign = next(
        name for name in ("arm64", "x86_64") if arch.bootable(name).host != platform.machine()
    )

    def lab(accel: Accel) -> Lab:
        options = GuestOptions(directory=toy.project, accel=accel)
        return context.find_lab(context.load(options), quiet=True)

    with pytest.raises(HostError, match="KVM does not run a guest here") as caught:
        lab(Accel.KVM).machine(foreign, toy.project)
    assert caught.value.where == "--accel"
    for accel in (Accel.TCG, Accel.AUTO):
        assert lab(accel).machine(foreign, toy.project).mode is Mode.TCG
