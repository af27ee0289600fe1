# SPDX-License-Identifier: GPL-2.0-or-later
"""The named kernel configurations of ``qemu/configs.toml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import msgspec

from refseries.errors import SeriesError
from refseries.model import Config
from refseries.toml import line_of, load


class _ConfigTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    arch: str
    fragments: tuple[str, ...]
    boot: bool
    targets: tuple[str, ...] = ()
    about: str = ""
    case_seconds: float = 60.0


class _MachineTable(msgspec.Struct, frozen=True, kw_only=True):
    """What a build needs of ``[machine.ARCH]``; ``guest.qemu`` reads the rest, strictly."""

    image: str
    image_path: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    config: dict[str, _ConfigTable]
    machine: dict[str, _MachineTable] = {}


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
    text = load(path, _File)
    if text.schema != 1:
        raise SeriesError(
            f"schema {text.schema} is not known.",
            where=f"{path}: schema",
            hint="This refseries reads schema 1; take a newer one.",
        )
    return {
        name: _config(path, root, name, table, text.machine) for name, table in text.config.items()
    }


def select(configs: Mapping[str, Config], names: Iterable[str]) -> tuple[Config, ...]:
    """The configs of these names, each once, in the order asked for.

    Raises:
        SeriesError: a name that is not there; the hint lists those that are.
    """
    chosen: dict[str, Config] = {}
    for name in names:
        if name not in configs:
            raise SeriesError(
                f"there is no config `{name}`.", hint=f"The configs are: {', '.join(configs)}."
            )
        chosen[name] = configs[name]
    return tuple(chosen.values())


def _config(
    path: Path, root: Path, name: str, table: _ConfigTable, machines: Mapping[str, _MachineTable]
) -> Config:
    machine = machines.get(table.arch)
    if table.boot and machine is None:
        raise _wrong(path, name, "arch", f"there is no [machine.{table.arch}] to boot it on.")
    if table.boot and table.targets:
        raise _wrong(path, name, "targets", "a config that boots builds its machine's image alone.")
    if not table.boot and not table.targets:
        raise _wrong(path, name, "boot", "a config that does not boot needs `targets` for make.")
    fragments = tuple(_fragment(path, root, name, each) for each in table.fragments)
    boots = machine if table.boot else None
    return Config(
        name=name,
        arch=table.arch,
        fragments=fragments,
        boot=table.boot,
        targets=(boots.image,) if boots else table.targets,
        about=table.about,
        case_seconds=table.case_seconds,
        image_path=boots.image_path if boots else "",
    )


def _fragment(path: Path, root: Path, name: str, written: str) -> Path:
    parts = PurePosixPath(written).parts
    if not parts or written.startswith("/") or ".." in parts:
        raise _wrong(path, name, "fragments", f"`{written}` is not a path inside the project.")
    # An installed wheel keeps qemu/ inside the package, far from the user's series.
    found = path.parent.joinpath(*parts[1:]) if parts[0] == "qemu" else root.joinpath(*parts)
    if not found.is_file():
        raise _wrong(path, name, "fragments", f"the fragment `{written}` is not at {found}.")
    return found


def _wrong(path: Path, name: str, key: str, what: str) -> SeriesError:
    line = line_of(path.read_text(encoding="utf-8"), ["config", name, key])
    return SeriesError(what, where=f"{path}:{line}: config.{name}.{key}", hint="Mend that line.")
