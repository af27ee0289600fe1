# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of the tree a build compiled, from what kbuild itself wrote down.

The archives that a build leaves say which objects are in it; one of an earlier build may still lie
beside them. The command file of an object (``.memory.o.cmd``) names its source and every header
that the compiler read, or the objects that it was made of (``fdt.stub.o`` of ``fdt.o``). What is
linked by itself and carried along as data (a vdso, what unpacks the kernel) is in no archive: there
the command file of the whole names the objects.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from refseries.host.files import write_atomically
from refseries.kernel import kconfig, kconfig_files

NAME = "compiled"
"""The file beside an image: a path of the tree a line."""

SUFFIXES = (".c", ".h", ".S")
"""What is compiled, or read by a compiler."""

# Compiled by other means than a kernel's build, or never.
_ELSEWHERE = ("tools/", "scripts/", "Documentation/", "samples/")
# What no build of a kernel or of its selftests reads. It does read scripts and samples, and of
# tools/ what is not named here: objtool, its libraries, headers.
_TOOLS = ("hv", "iio", "mm", "perf", "power", "tracing", "usb", "verification", "virtio")
_NEVER_READ = ("Documentation/", *(f"tools/{name}/" for name in _TOOLS))
_WORDS = ("MAINTAINERS", "CREDITS", ".mailmap")
# Libraries that kbuild links besides, each where an option is set.
_LIBRARIES = {"drivers/firmware/efi/libstub": "CONFIG_EFI_STUB"}
_THIN = b"!<thin>\n"
_LONG_NAMES = re.compile(rb"//              [ 0-9]{32}(?P<size>[0-9]+) *`\n")


def can_be(paths: Iterable[str]) -> tuple[str, ...]:
    """Those of ``paths`` that a kernel's build may compile."""
    return tuple(
        path for path in paths if path.endswith(SUFFIXES) and not path.startswith(_ELSEWHERE)
    )


def none_of_it(paths: Iterable[str], source: str) -> bool:
    """Whether no kernel, and no selftest, of the architecture is made of any of ``paths``. Pure.

    Args:
        source: the architecture's folder in ``arch/``.
    """
    return not any(
        path not in _WORDS
        and not path.startswith(_NEVER_READ)
        and kconfig_files.folder_of(path) in ("", source)
        for path in paths
    )


def found(out: Path, targets: Sequence[str]) -> tuple[str, ...]:
    """The files of the tree that are in what ``out`` holds; empty where nothing says so.

    Args:
        out: the build directory, a child of the work tree.
        targets: what make built; a folder has an archive of its own.
    """
    from refseries.kernel import modules  # slow to load, and who reads what is kept does without

    folders = [target for target in targets if target.endswith("/")]
    places = [out / folder for folder in folders] if folders else [out, out / "lib"]
    places += [] if folders else [*sorted((out / "arch").glob("*/lib")), *_libraries(out)]
    objects = [out / name for name in modules.objects(out)] if modules.TARGET in targets else []
    objects += [] if folders else _linked(out)
    for place in places:
        for archive in ("built-in.a", "lib.a"):
            for name in _members(place / archive):
                # Names are those that ar was given: of the build directory, or of the archive's.
                objects.append(out / name if _command(out / name) else place / name)
    words: set[bytes] = set()
    seen = {*objects}
    while objects:
        said = _command(objects.pop())
        words.update(said)
        parts = {out / os.fsdecode(word) for word in said if word.endswith(b".o")} - seen
        seen |= parts
        objects += parts
    paths = (os.path.normpath(os.fsdecode(word[3:])) for word in words if word[:3] == b"../")
    return tuple(sorted({path for path in paths if path.endswith(SUFFIXES)}))


def keep(directory: Path, files: Sequence[str]) -> None:
    """Write ``files`` beside an image; nothing where nothing is known."""
    if files:
        write_atomically(directory / NAME, "".join(f"{file}\n" for file in files))


def read(directory: Path) -> frozenset[str] | None:
    """What ``keep`` wrote; None where it did not, as with an image of an older refseries."""
    try:
        return frozenset((directory / NAME).read_text(encoding="utf-8").split("\n")[:-1])
    except (OSError, UnicodeDecodeError):
        return None


def _libraries(out: Path) -> list[Path]:
    try:
        config = kconfig.parse_config((out / ".config").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    return [out / folder for folder, option in _LIBRARIES.items() if option in config]


def _linked(out: Path) -> list[Path]:
    """The objects of what stands in ``arch/`` and is neither an object nor an archive."""
    found: dict[Path, None] = {}
    for file in sorted((out / "arch").rglob(".*.cmd")):
        whole = file.with_name(file.name[1:].removesuffix(".cmd"))
        if whole.suffix not in (".o", ".a") and whole.is_file():
            named = (word for word in _command(whole) if word.endswith(b".o"))
            found |= dict.fromkeys(out / os.fsdecode(word) for word in named)
    return [*found]


def _command(path: Path) -> list[bytes]:
    """The words of an object's command file; none where it has none."""
    try:
        return path.with_name(f".{path.name}.cmd").read_bytes().split()
    except OSError:
        return []


def _members(archive: Path) -> list[str]:
    """The objects that a thin archive, as kbuild makes them, is of."""
    try:
        data = archive.read_bytes()
    except OSError:
        return []
    if not data.startswith(_THIN) or not (table := _LONG_NAMES.search(data)):
        return []
    names = data[table.end() : table.end() + int(table["size"])]
    return [os.fsdecode(name) for name in names.split(b"/\n") if name.endswith(b".o")]
