# SPDX-License-Identifier: GPL-2.0-or-later
"""Modules for the guest of a config with ``modules = true``: those that its fragments ask for.

They stand beside the image as one archive, which a boot puts behind the initramfs. The guest's init
loads them, in the order of a list in it, before anything else.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from refseries.errors import StageError
from refseries.guest import initramfs
from refseries.host.files import write_atomically
from refseries.kernel import suggest
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.model import Fragment

ARCHIVE = "modules.cpio"
"""Beside an image whose config has modules."""
FRAGMENT = Fragment("configs.toml (modules = true)", "CONFIG_MODULES=y\n")
TARGET = "modules"
ORDER = "modules.order"
"""What kbuild says it made, a path a line; it ends with ``.o``, in older kernels with ``.ko``."""
# In the guest; the list has the paths of modules, each behind what it needs (qemu/init/modules.c).
_PLACE = "/lib/modules"
_LIST = f"{_PLACE}/load"
_DEPENDS = re.compile(rb"(?:^|\0)depends=([^\0]*)\0")


def keep(directory: Path, out: Path, source: Path, requests: Mapping[str, ConfigRequest]) -> None:
    """Write the archive beside an image.

    Args:
        directory: of the image.
        out: the build directory, where ``make modules`` is done.
        source: the tree.
        requests: what the fragments ask for.

    Raises:
        StageError: no module is made of an option that is asked for, or one needs another that is
            not there.
    """
    built = _built(out)
    wanted = _wanted(built, source, requests)
    order = _ordered(wanted, {name: _depends(out / path) for name, path in built.items()})
    folders = ("/lib", _PLACE)
    files = {f"{_PLACE}/{name}.ko": (out / built[name]).read_bytes() for name in order}
    listed = "".join(f"{path}\n" for path in files).encode()
    data = initramfs.cpio(
        [
            *(initramfs.Member(folder, stat.S_IFDIR | 0o755) for folder in folders),
            *(initramfs.Member(path, stat.S_IFREG | 0o644, data) for path, data in files.items()),
            initramfs.Member(_LIST, stat.S_IFREG | 0o644, listed),
        ]
    )
    write_atomically(directory / ARCHIVE, data)


def joined(archive: Path, image: Path, directory: Path) -> Path:
    """The initramfs to boot ``image`` with: ``archive``, and behind it the image's modules.

    Args:
        archive: the initramfs with init and the cases.
        image: the bootable image.
        directory: where the two are put together, if there are modules.
    """
    more = image.parent / ARCHIVE
    if not more.is_file():
        return archive
    return initramfs.join(directory / "initramfs.cpio", archive, more.read_bytes())


def objects(out: Path) -> tuple[str, ...]:
    """The objects that modules are made of, below ``out``."""
    found: list[str] = []
    for path in _built(out).values():
        parts = out / path.with_suffix(".mod")
        found += parts.read_text().split() if parts.is_file() else ()
    return tuple(found)


def _built(out: Path) -> dict[str, PurePosixPath]:
    """Files of modules below ``out`` by the names that modules have of each other."""
    order = out / ORDER
    lines = order.read_text().split() if order.is_file() else []
    paths = (PurePosixPath(line).with_suffix(".ko") for line in lines)
    return {_name(path.stem): path for path in paths}


def _name(stem: str) -> str:
    return stem.replace("-", "_")


def _wanted(
    built: Mapping[str, PurePosixPath], source: Path, requests: Mapping[str, ConfigRequest]
) -> list[str]:
    asked = {option for option, each in requests.items() if each.value == "m"}
    found: dict[str, None] = {}
    made: set[str] = set()
    for name, path in built.items():
        options = asked & {*_options(source, path)}
        made |= options
        if options:
            found[name] = None
    for option in requests:
        if option in asked - made:
            raise StageError(
                f"no module is made of {option}, which is asked for as one.",
                where=f"{requests[option].path}:{requests[option].line}",
                hint="Ask for it with =y, or for the option whose module is wanted.",
            )
    return [*found]


def _options(source: Path, path: PurePosixPath) -> tuple[str, ...]:
    """The options under which the Makefile of its folder lists a module."""
    for name in ("Kbuild", "Makefile"):
        makefile = source / path.parent / name
        if makefile.is_file():
            text = makefile.read_text(encoding="utf-8", errors="replace")
            return suggest.guards(text, f"{path.stem}.o") or ()
    return ()


def _depends(module: Path) -> tuple[str, ...]:
    found = _DEPENDS.search(module.read_bytes())
    return tuple(_name(each) for each in found[1].decode().split(",") if each) if found else ()


def _ordered(wanted: Iterable[str], depends: Mapping[str, tuple[str, ...]]) -> list[str]:
    """``wanted`` and what they need, each behind what it needs."""
    order: dict[str, None] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name not in depends:
            raise StageError(
                f"the module {above[-1]} needs {name}, which make did not make.",
                where=ORDER,
                hint="Ask for it in a fragment.",
            )
        for each in depends[name]:
            if each not in order and each not in above:
                add(each, (*above, name))
        order[name] = None

    for name in wanted:
        add(name, ())
    return [*order]
