# SPDX-License-Identifier: GPL-2.0-or-later
"""The real QEMU, with a few instructions in place of a kernel: our command line is one it takes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_guest import LATE, GuestClock, request

from refseries.errors import HostError
from refseries.guest import qemu
from refseries.guest.boot import boot
from refseries.guest.model import BootRequest
from refseries.host import proc
from refseries.kernel import toolchain
from refseries.model import StageOutcome

# Prints a text on the pl011 of QEMU's machine "virt", then calls PSCI's SYSTEM_OFF, or hangs.
PROGRAM = """
.global _start
_start:
	ldr	x1, =0x09000000
	adr	x2, text
1:	ldrb	w3, [x2], #1
	cbz	w3, 2f
	str	w3, [x1]
	b	1b
2:	ldr	w0, =0x84000008
	%s
3:	wfi
	b	3b
	.ltorg
text:	.asciz	"%s"
"""

Guest = Callable[..., BootRequest]


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    """Makes a request for a guest that prints and then ends or hangs."""
    cross = toolchain.find("arm64").cross_compile

    def make(text: str, end: str = "hvc #0") -> BootRequest:
        asked = request(tmp_path, "")
        asked.initramfs.write_bytes(b"not looked at")
        source, linked = tmp_path / "guest.S", tmp_path / "guest.elf"
        source.write_text(PROGRAM % (end, text))
        proc.run([f"{cross}gcc", "-nostdlib", "-static", "-Ttext=0x40080000", "-o", linked, source])
        proc.run([f"{cross}objcopy", "-O", "binary", "-j", ".text", linked, asked.image])
        return asked

    return make


def test_the_console_arrives_and_power_off_ends_it(guest: Guest) -> None:
    done = boot(guest("hello, world\\n"))
    assert done.console.read_bytes() == b"hello, world\n"
    assert (done.outcome, done.exit_status) == (StageOutcome.NO_RESULTS, None)
    assert "powered off without saying" in done.reason


def test_a_panic_is_seen(guest: Guest) -> None:
    done = boot(guest("[    1.000000] Kernel panic - not syncing: no init\\n"))
    assert done.outcome is StageOutcome.PANIC
    assert done.reason == "Kernel panic - not syncing: no init"


def test_a_hang_is_ended(guest: Guest, guest_clock: GuestClock) -> None:
    done = boot(guest(f"{LATE}\\n", end="nop"), on_console=guest_clock.hear)
    assert done.outcome is StageOutcome.BOOT_TIMEOUT
    assert done.console.read_bytes() == f"{LATE}\n".encode()


def test_a_missing_image_is_told_by_qemu(guest: Guest) -> None:
    asked = guest("never\\n")
    asked.image.unlink()
    with pytest.raises(HostError, match="does not start") as caught:
        boot(asked)
    assert "Image" in caught.value.detail


def test_its_version_can_be_told(guest: Guest) -> None:
    assert qemu.version(guest("").machine.qemu).startswith("QEMU emulator version ")
