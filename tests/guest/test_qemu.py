# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's command line."""

import itertools
import shlex
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from fake_guest import machine
from hypothesis import given
from hypothesis import strategies as st

from refseries.errors import SeriesError
from refseries.guest import qemu
from refseries.guest.qemu import Mode
from refseries.kernel import arch

IMAGE, ARCHIVE = Path("/cache/Image"), Path("/cache/initramfs.cpio")


def line(*words: str, mode: Mode = Mode.TCG, interactive: bool = False) -> list[str]:
    return qemu.command(machine(), IMAGE, ARCHIVE, words, mode=mode, interactive=interactive)


def option(argv: list[str], name: str) -> list[str]:
    return [value for key, value in itertools.pairwise(argv) if key == name]


def test_tcg_has_cheap_pointer_authentication_and_tags() -> None:
    argv = line("test")
    assert argv[0] == "qemu-system-aarch64"
    assert option(argv, "-cpu") == ["max,pauth-impdef=on"]
    assert option(argv, "-accel") == ["tcg,thread=multi"]
    assert option(argv, "-M") == ["virt,mte=on"]


def test_kvm_has_neither() -> None:
    argv = line("test", mode=Mode.KVM)
    assert option(argv, "-cpu") == ["host"]
    assert option(argv, "-accel") == ["kvm"]
    assert "mte" not in option(argv, "-M")[0]


def test_instructions_are_counted_on_one_processor_at_a_tick_each() -> None:
    argv = line("test", mode=Mode.ICOUNT)
    assert option(argv, "-icount") == ["shift=0,sleep=off"]
    assert option(argv, "-smp") == ["1"]
    assert option(argv, "-accel") == ["tcg,thread=single"]
    assert option(argv, "-cpu") == ["max,pauth-impdef=on,cntfrq=1000000000"]
    assert "-icount" not in line("test")


def test_a_mode_that_the_machine_lacks_is_named() -> None:
    lacking = replace(machine(), icount=None)
    with pytest.raises(SeriesError, match="icount"):
        qemu.command(lacking, IMAGE, ARCHIVE, ["test"], mode=Mode.ICOUNT)


def test_a_guest_has_no_network_and_ends_instead_of_booting_again() -> None:
    argv = line("test")
    assert {"-nodefaults", "-no-user-config", "-no-reboot"} <= set(argv)
    assert not any("net" in word for word in argv)
    assert "panic=-1" in option(argv, "-append")[0]


def test_results_have_a_port_of_their_own() -> None:
    argv = line("test")
    assert "virtserialport,chardev=results,name=refseries.results" in option(argv, "-device")
    assert "file,id=results,path=results.ktap" in option(argv, "-chardev")
    assert option(argv, "-serial") == ["chardev:console"]


def test_an_interactive_console_is_the_terminal_and_kept() -> None:
    (console, _) = option(line("shell", interactive=True), "-chardev")
    assert console == "stdio,id=console,mux=on,signal=off,logfile=console.log"


def test_commas_in_a_path_stay_in_it() -> None:
    argv = qemu.command(machine(), IMAGE, ARCHIVE, ["test"], mode=Mode.TCG, results="a,b")
    assert "file,id=results,path=a,,b" in argv


def test_words_stand_behind_two_dashes() -> None:
    (append,) = option(line(*qemu.words_for_tests(["a.*", "b?"], 3, 29.5)), "-append")
    assert append == "console=ttyAMA0 panic=-1 -- test only=a.* only=b? start=3 timeout=30"
    assert qemu.words_for_tests([], 1, 9, ptrace=True) == ("test", "timeout=9", "ptrace")
    assert qemu.words_for_tests([], 1, 9, rounds=10, seed=11) == (
        "test", "timeout=9", "rounds=10", "seed=11",
    )  # fmt: skip


def test_a_command_keeps_its_words_apart() -> None:
    (word,) = qemu.words_for_command(["ls", "-l", "a b", ""])
    assert word.removeprefix("run=").split("\0")[-4:] == ["ls", "-l", "a b", ""]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_an_encoded_word_is_one_plain_word(word: str) -> None:
    encoded = qemu.encode(word)
    assert unquote(encoded, errors="strict") == word
    assert encoded.isascii()
    assert not set(encoded) & set(" \t\n\"'\0")
    assert encoded.count("%") == sum(encoded.count(f"%{byte:02X}") for byte in range(256))


def test_too_many_words_are_refused_and_not_cut() -> None:
    with pytest.raises(SeriesError, match="command line"):
        line("test", *(f"only=fixture_{n}.case" for n in range(40)))
    with pytest.raises(SeriesError, match="command line"):
        line("run=" + "x" * 3000)


def test_an_architecture_that_is_unknown_or_not_booted_is_named() -> None:
    with pytest.raises(SeriesError, match="`pdp11` is not known"):
        arch.bootable("pdp11")
    with pytest.raises(SeriesError, match="arm are compiled only"):
        arch.bootable("arm")


def test_kvm_is_for_the_same_architecture_with_the_device(tmp_path: Path) -> None:
    device = tmp_path / "kvm"
    arm64 = arch.bootable("arm64")
    assert not qemu.can_use_kvm(arm64, "aarch64", device)
    device.touch()
    assert qemu.can_use_kvm(arm64, "aarch64", device)
    assert not qemu.can_use_kvm(arm64, "x86_64", device)
    assert qemu.can_use_kvm(arch.bootable("riscv"), "riscv64", device)
    assert not qemu.can_use_kvm(replace(arm64, kvm=None), "aarch64", device)


def test_the_script_quotes_every_word() -> None:
    argv = ["qemu", "a b", "$(touch /tmp/x)", "it's"]
    last = qemu.rerun_script(argv).strip().splitlines()[-1]
    assert shlex.split(last) == ["exec", *argv]


def test_counters_have_a_port_only_where_they_are_asked_for() -> None:
    argv = qemu.command(machine(), IMAGE, ARCHIVE, ["test"], mode=Mode.TCG, counters="a,b.bin")
    assert "file,id=coverage,path=a,,b.bin" in option(argv, "-chardev")
    assert "virtserialport,chardev=coverage,name=refseries.coverage" in option(argv, "-device")
    assert not any("coverage" in word for word in line("test"))
    assert qemu.words_for_tests((), 1, 60, coverage=True)[-1] == "coverage"
