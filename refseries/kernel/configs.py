# SPDX-License-Identifier: GPL-2.0-or-later
"""The named kernel configurations: those of ``qemu/configs.toml``, and a project's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from refseries.errors import SeriesError
from refseries.guest.qemu import Machine
from refseries.host import resources
from refseries.host.toml import Seconds, line_of, load
from refseries.kernel import modules
from refseries.kernel.arch import ARCHES
from refseries.kernel.model import Config, Fragment

# What make writes a .config from; anything else is a .config of the project's.
_STARTS = re.compile(r"tinyconfig|allnoconfig|defconfig|\w[\w.-]*_defconfig")
_MINIMAL = ("tinyconfig", "allnoconfig")
# Fragments of refseries turn off what Kconfig shows to experts alone, as in these two everybody is.
_EXPERT = Fragment("configs.toml (start)", "CONFIG_EXPERT=y\n")


class _ConfigTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    arch: str
    fragments: tuple[str, ...]
    boot: bool
    start: str = "tinyconfig"
    targets: tuple[str, ...] = ()
    about: str = ""
    case_seconds: Seconds = 60.0
    case_ptrace: bool = False
    modules: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    config: dict[str, _ConfigTable]


@dataclass(frozen=True)
class _Place:
    """A file of configs, for messages, and where the fragments lie that it names.

    Attributes:
        root: of the project.
        qemu: those written ``qemu/x.config`` lie here.
    """

    path: Path
    root: Path
    qemu: Path


def of_project(root: Path) -> dict[str, Config]:
    """The configs that a project can name: those of refseries, and its own behind them.

    Its own stand in ``kernel-tests/configs.toml``, where it has any; one that is called as one of
    refseries takes its place. All boot on the machines of ``kernel.arch``.

    Args:
        root: directory that holds ``series/`` and ``kernel-tests/``.

    Raises:
        SeriesError: as ``load_configs``, of either file.
        HostError: this installation is incomplete.
    """
    path = resources.qemu_dir() / "configs.toml"
    found = load_configs(path, root)
    own = root / "kernel-tests" / "configs.toml"
    if own.is_file():
        found |= _configs(_Place(own, root, path.parent), load(own, _File))
    return found


def compile_matrix(root: Path) -> dict[str, Config]:
    """The configs in which ``refseries check`` compiles; arguments and errors as ``of_project``."""
    return load_configs(resources.qemu_dir() / "check-configs.toml", root)


def load_configs(path: Path, root: Path) -> dict[str, Config]:
    """Read all configs.

    Args:
        path: ``configs.toml``. Fragments written ``qemu/x.config`` lie beside it.
        root: directory that holds ``series/`` and ``kernel-tests/``; other fragments lie below it.

    Returns:
        The configs by name, in the order of the file.

    Raises:
        SeriesError: the file is wrong, names a fragment that is not there or lies outside of the
            project, or a booted config has no machine to boot on.
    """
    return _configs(_Place(path, root, path.parent), load(path, _File))


def select(
    configs: Mapping[str, Config], names: Iterable[str], where: str = ""
) -> tuple[Config, ...]:
    """The configs of these names, each once, in the order asked for.

    Args:
        where: the file that names them, for errors.

    Raises:
        SeriesError: a name that is not there; the hint lists those that are.
    """
    chosen: dict[str, Config] = {}
    for name in names:
        if name not in configs:
            raise SeriesError(
                f"there is no config `{name}`.",
                where=where,
                hint=f"The configs are: {', '.join(configs)}. "
                "kernel-tests/configs.toml adds others.",
            )
        chosen[name] = configs[name]
    return tuple(chosen.values())


def _configs(place: _Place, text: _File) -> dict[str, Config]:
    return {name: _config(place, name, table) for name, table in text.config.items()}


def _config(place: _Place, name: str, table: _ConfigTable) -> Config:
    path = place.path
    if table.arch not in ARCHES:
        known = ", ".join(ARCHES)
        raise _wrong(path, name, "arch", f"the architecture is not known; known are {known}.")
    machine = ARCHES[table.arch].machine
    if table.boot and machine is None:
        raise _wrong(path, name, "arch", f"kernels of {table.arch} are compiled only, not booted.")
    if table.boot and table.targets:
        raise _wrong(path, name, "targets", "a config that boots builds its machine's image alone.")
    if not table.boot and not table.targets:
        raise _wrong(path, name, "boot", "a config that does not boot needs `targets` for make.")
    if not table.boot and table.modules:
        raise _wrong(path, name, "modules", "modules are loaded in a guest, which it has not.")
    fragments = tuple(_fragment(place, name, "fragments", each) for each in table.fragments)
    more = (modules.FRAGMENT,) if table.modules else ()
    ours = any(each.path.startswith("qemu/") for each in fragments)
    first = (_EXPERT,) if ours and table.start not in _MINIMAL else ()
    from_make = _STARTS.fullmatch(table.start)
    start_file = None if from_make else _fragment(place, name, "start", table.start)
    boots = machine if table.boot else None
    return Config(
        name=name,
        arch=table.arch,
        fragments=(*first, *fragments, *more),
        boot=table.boot,
        targets=_targets(table, boots),
        about=table.about,
        case_seconds=table.case_seconds,
        case_ptrace=table.case_ptrace,
        image_path=boots.image_path if boots else "",
        start=table.start if from_make else "",
        start_file=start_file,
        modules=table.modules,
    )


def _targets(table: _ConfigTable, boots: Machine | None) -> tuple[str, ...]:
    if boots is None:
        return table.targets
    return (boots.image, modules.TARGET) if table.modules else (boots.image,)


def _fragment(place: _Place, name: str, key: str, written: str) -> Fragment:
    path = place.path
    parts = PurePosixPath(written).parts
    if not parts or written.startswith("/") or ".." in parts:
        raise _wrong(path, name, key, f"`{written}` is not a path inside the project.")
    # An installed wheel keeps qemu/ inside the package, far from the user's series.
    inside = parts[0] == "qemu"
    found = place.qemu.joinpath(*parts[1:]) if inside else place.root.joinpath(*parts)
    if not found.is_file():
        what = f"the file `{written}` is not at {found}."
        hint = "Make that file, which may be empty, or fix the line."
        raise _wrong(path, name, key, what, hint)
    return Fragment(written, found.read_text(encoding="utf-8"))


def _wrong(path: Path, name: str, key: str, what: str, hint: str = "Fix that line.") -> SeriesError:
    line = line_of(path.read_text(encoding="utf-8"), ["config", name, key])
    return SeriesError(what, where=f"{path}:{line}: config.{name}.{key}", hint=hint)
