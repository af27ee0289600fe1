# SPDX-License-Identifier: GPL-2.0-or-later
"""The archive's bytes, the manifest, and the compiled programs in it."""

import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cpio_archive import unpacked
from hypothesis import given
from hypothesis import strategies as st

from refseries.errors import HostError, SeriesError, StageError
from refseries.guest import busybox, initramfs
from refseries.guest.initramfs import Member, cpio, entries

QEMU = Path(__file__).resolve().parents[2] / "qemu"

NODE, DIR, FILE, LINK = stat.S_IFCHR, stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK


def test_an_archive_can_be_read_back() -> None:
    members = [
        Member("/dev", DIR | 0o755),
        Member("/dev/console", NODE | 0o600, device=(5, 1)),
        Member("/init", FILE | 0o755, b"\x7fELF!"),
        Member("/sh", LINK | 0o777, b"busybox"),
    ]
    assert unpacked(cpio(members)) == members


NAMES = st.lists(
    st.lists(st.sampled_from(["a", "b", "a.b", "a-b"]), min_size=1, max_size=3).map("/".join),
    unique=True,
    max_size=8,
)


@given(names=NAMES, seed=st.randoms(use_true_random=False), data=st.binary(max_size=9))
def test_the_order_of_entries_changes_nothing_and_parents_come_first(
    names: list[str], seed: object, data: bytes
) -> None:
    members = [Member("/" + name, FILE | 0o644, data) for name in names]
    shuffled = sorted(members, key=lambda _: seed.random())  # type: ignore[attr-defined]
    assert cpio(shuffled) == cpio(members)
    order = [entry.path for entry in unpacked(cpio(members))]
    for position, path in enumerate(order):
        assert not any(path.startswith(later + "/") for later in order[position:])


def test_two_entries_of_one_path_are_refused() -> None:
    with pytest.raises(SeriesError, match="two entries"):
        cpio([Member("/a", FILE), Member("/b", FILE), Member("/a", DIR)])


SOURCES = {"init": {"init": b"I"}, "tests": {"one": b"1", "two": b"2"}}


def test_our_manifest_gives_what_a_guest_needs() -> None:
    by_path = {entry.path: entry for entry in entries(QEMU / "initramfs.toml", SOURCES)}
    assert by_path["/init"] == Member("/init", FILE | 0o755, b"I")
    assert by_path["/dev/console"] == Member("/dev/console", NODE | 0o600, device=(5, 1))
    assert by_path["/tests/two"] == Member("/tests/two", FILE | 0o755, b"2")
    assert "/bin/busybox" not in by_path
    assert "/bin/sh" not in by_path


def test_a_busybox_brings_the_shell() -> None:
    made = entries(QEMU / "initramfs.toml", {**SOURCES, "busybox": {"busybox": b"B"}})
    by_path = {entry.path: entry for entry in made}
    assert by_path["/bin/busybox"].data == b"B"
    assert by_path["/bin/sh"] == Member("/bin/sh", LINK | 0o777, b"busybox")


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ('kind = "pipe"\npath = "/p"', "no kind"),
        ('kind = "dir"\npath = "/p"\nmode = "rwx"', "not octal"),
        ('kind = "file"\npath = "/p"\nsource = "kernel"', "no source"),
        ('kind = "dir"\npath = "/p"\ncolour = "red"', "unknown field"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path: Path, entry: str, what: str) -> None:
    manifest = tmp_path / "initramfs.toml"
    manifest.write_text(f"schema = 1\n[[entry]]\n{entry}\n")
    with pytest.raises(SeriesError, match=what) as caught:
        entries(manifest, SOURCES)
    assert "initramfs.toml" in caught.value.where


@pytest.fixture
def recipe(tmp_path: Path) -> initramfs.Recipe:
    """A small init and one small test, for the host's own compiler."""
    qemu, tests = tmp_path / "qemu", tmp_path / "kernel-tests"
    (tests / "build").mkdir(parents=True)
    (tests / "build" / "old").write_text("left behind by hand")
    (qemu / "init").mkdir(parents=True)
    shutil.copy(QEMU / "initramfs.toml", qemu)
    (qemu / "init" / "main.c").write_text('#include "init.h"\nint main(void) { return CODE; }\n')
    (qemu / "init" / "init.h").write_text("#define CODE 0\n")
    (tests / "one.c").write_text("#include <kselftest.h>\nint main(void) { return CODE; }\n")
    (tests / "Makefile").write_text(
        "build/one: one.c\n\tmkdir -p build\n\t$(CROSS_COMPILE)gcc -I$(KSELFTEST) -o $@ $<\n"
    )
    return initramfs.Recipe(qemu, tests, {"kselftest.h": b"#define CODE 4\n"}, "")


def test_programs_are_compiled_into_the_archive(recipe: initramfs.Recipe, tmp_path: Path) -> None:
    archive = initramfs.build(recipe, tmp_path / "store")
    by_path = {entry.path: entry for entry in unpacked(archive.read_bytes())}
    assert by_path["/init"].data.startswith(b"\x7fELF")
    assert by_path["/tests/one"].data.startswith(b"\x7fELF")
    assert "/tests/old" not in by_path
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_a_finished_archive_is_found_again(recipe: initramfs.Recipe, tmp_path: Path) -> None:
    archive = initramfs.build(recipe, tmp_path / "store")
    before = archive.stat()
    assert initramfs.build(recipe, tmp_path / "store") == archive
    assert archive.stat().st_ino == before.st_ino
    assert initramfs.build(recipe, tmp_path / "other").read_bytes() == archive.read_bytes()


def test_whatever_goes_in_changes_the_key(recipe: initramfs.Recipe, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shell = tmp_path / "busybox"
    shell.write_bytes(b"a shell")
    made = [
        initramfs.build(recipe, store),
        initramfs.build(replace(recipe, headers={"kselftest.h": b"#define CODE 5\n"}), store),
        initramfs.build(replace(recipe, busybox=shell), store),
    ]
    with (recipe.tests / "one.c").open("a") as stream:
        stream.write("/* more */\n")
    made.append(initramfs.build(recipe, store))
    for name in ("main.c", "init.h"):
        with (recipe.qemu / "init" / name).open("a") as stream:
            stream.write("/* more */\n")
        made.append(initramfs.build(recipe, store))
    assert len(set(made)) == len(made)


def test_another_libc_makes_another_archive(
    recipe: initramfs.Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libc, gcc = tmp_path / "libc.a", tmp_path / "bin" / "other-gcc"
    gcc.parent.mkdir()
    gcc.write_text(f'#!/bin/sh\ncase $1 in *libc.a) echo {libc};; *) exec gcc "$@";; esac\n')
    gcc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{gcc.parent}:{os.environ['PATH']}")
    made = set()
    for text in ("1", "2", "2"):
        libc.write_text(text)
        made.add(initramfs.build(replace(recipe, cross="other-"), tmp_path / "store"))
    assert len(made) == 2


def test_the_users_environment_does_not_bend_what_is_compiled(
    recipe: initramfs.Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not in the key: another archive would stand under the same name."""
    before = initramfs.build(recipe, tmp_path / "store")
    other = tmp_path / "other"
    other.mkdir()
    (other / "extra.h").write_text("#define EXTRA 1\n")
    (recipe.qemu / "init" / "main.c").write_text(
        '#include "init.h"\n#if __has_include(<extra.h>)\n#error bent\n#endif\n'
        "int main(void) { return CODE; }\n"
    )
    one = (recipe.tests / "one.c").read_text()
    (recipe.tests / "one.c").write_text(f"#if __has_include(<extra.h>)\n#error bent\n#endif\n{one}")
    monkeypatch.setenv("CPATH", str(other))
    monkeypatch.setenv("MAKEFLAGS", "n")
    assert initramfs.build(recipe, tmp_path / "store") != before


def test_a_compile_error_is_shown_and_leaves_nothing(
    recipe: initramfs.Recipe, tmp_path: Path
) -> None:
    (recipe.qemu / "init" / "main.c").write_text("int main(void) { return nothing; }\n")
    with pytest.raises(StageError, match="do not compile") as caught:
        initramfs.build(recipe, tmp_path / "store")
    assert "main.c:1" in caught.value.detail
    assert list((tmp_path / "store").iterdir()) == []


def test_a_makefile_that_makes_nothing_is_refused(recipe: initramfs.Recipe, tmp_path: Path) -> None:
    (recipe.tests / "Makefile").write_text("all:\n")
    with pytest.raises(StageError, match="no program"):
        initramfs.build(recipe, tmp_path / "store")


def test_a_missing_compiler_names_its_package(recipe: initramfs.Recipe, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="s390x-none-gnu-gcc"):
        initramfs.build(replace(recipe, cross="s390x-none-gnu-"), tmp_path / "store")


ARM = busybox.ProgramKind("arm64", 183, "aarch64")


def elf(machine: int, types: list[int]) -> bytes:
    """Just enough of an ELF file: header, and program headers of these types."""
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    head[18:20] = machine.to_bytes(2, "little")
    head[32:40] = (64).to_bytes(8, "little")
    head[54:56] = (56).to_bytes(2, "little")
    head[56:58] = len(types).to_bytes(2, "little")
    return bytes(head) + b"".join(type_.to_bytes(4, "little") + bytes(52) for type_ in types)


def test_a_busybox_of_the_users_own_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "busybox"
    program.write_bytes(elf(183, [1, 1]))
    assert busybox.find(tmp_path / "cache", ARM, program) == program
    monkeypatch.setenv("REFSERIES_BUSYBOX", str(program))
    assert busybox.find(tmp_path / "cache", ARM) == program
    for wrong in (elf(62, [1]), elf(183, [1, 3]), b"#!/bin/sh\n"):
        program.write_bytes(wrong)
        with pytest.raises(HostError, match="no static busybox"):
            busybox.find(tmp_path / "cache", ARM, program)


def test_a_kept_busybox_needs_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    kept = tmp_path / "busybox-static-arm64"
    kept.write_bytes(elf(183, [1]))
    assert busybox.find(tmp_path, ARM) == kept


def test_without_apt_the_user_learns_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HostError, match="apt cannot fetch") as caught:
        busybox.find(tmp_path / "cache", ARM)
    assert "REFSERIES_BUSYBOX" in caught.value.hint
    assert os.listdir(tmp_path / "cache") == []  # noqa: PTH208


def test_ubuntus_sources_are_turned_to_its_ports() -> None:
    assert busybox.ports_sources(
        "deb [arch=amd64] http://de.archive.example.com/ubuntu/ noble main\n"
        "deb [arch=amd64 signed-by=/k] http://security.example.com/ubuntu noble-security main\n"
        "deb https://other.example.org/debian stable main\n"
    ) == (
        "deb http://ports.example.com/ubuntu-ports noble main\n"
        "deb [signed-by=/k] http://ports.example.com/ubuntu-ports noble-security main\n"
        "deb https://other.example.org/debian stable main\n"
    )
    assert (
        busybox.ports_sources(
            "Types: deb\nURIs: http://archive.example.com/ubuntu/\n"
            "Architectures: amd64\nSuites: noble\n"
        )
        == "Types: deb\nURIs: http://ports.example.com/ubuntu-ports\nSuites: noble\n"
    )
