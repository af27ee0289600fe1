# SPDX-License-Identifier: GPL-2.0-or-later
"""Measurements that are kept: ``series/measurements/vN.toml``, to be reviewed and compared with.

Each says what it was made from, so that one that no longer fits the version is called stale.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from refseries.bench.figures import Figure, is_unit, parse_name
from refseries.errors import SeriesError
from refseries.host import toml, transaction
from refseries.kernel import configure
from refseries.kernel.model import Config
from refseries.model import Series


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What figures depend on, as the file says it.

    Attributes:
        tree: git tree id of the version applied.
        config: name of the kernel config.
        options: hash of what that config is made of; empty where a file is older than this key.
        toolchain: the compiler's first line of ``--version``; the kernel was built with it.
        qemu: QEMU's.
        program: hash of the sources of the series' bench program.
    """

    tree: str
    config: str
    toolchain: str
    qemu: str
    program: str
    options: str = ""

    @classmethod
    def in_config(
        cls, tree: str, config: Config, *, toolchain: str, qemu: str, program: str
    ) -> Self:
        """Of a kernel built in ``config``; the other arguments are the attributes."""
        texts = (config.arch, *(f.text for f in (*configure.origin(config), *config.fragments)))
        digest = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogateescape")).hexdigest()
        return cls(tree, config.name, toolchain, qemu, program, options=digest[:32])


@dataclass(frozen=True)
class Measurement:
    """The figures of one version, in the order in which its program measures them."""

    version: str
    origin: Origin
    figures: tuple[Figure, ...]

    def figure(self, name: str) -> Figure | None:
        """The figure of that name (``read.refpage.dense``), None when it was not measured."""
        return next((each for each in self.figures if str(each.name) == name), None)


class _Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    value: float
    unit: str
    spread: float
    repeats: int


class _File(Origin, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    version: str
    figures: dict[str, _Figure]


def path_of(series: Series, version: str) -> Path:
    """Where the measurement of ``version`` is kept."""
    return series.root / "series" / "measurements" / f"{version.replace(':', '-')}.toml"


def load(series: Series, version: str) -> Measurement | None:
    """The measurement kept of ``version`` (``base`` included); None when there is none.

    Raises:
        SeriesError: the file is wrong.
    """
    path = path_of(series, version)
    if not path.is_file():
        return None
    read = toml.load(path, _File)
    if read.version != version:
        raise SeriesError(
            f"it is of version {read.version}, not of {version}.",
            where=str(path),
            hint=f"Make it anew: `refseries bench {version} --save`.",
        )
    origin = Origin(*(getattr(read, name) for name in Origin.__struct_fields__))
    figures = tuple(_figure(path, name, each) for name, each in read.figures.items())
    return Measurement(version, origin, figures)


def _figure(path: Path, text: str, read: _Figure) -> Figure:
    name = parse_name(text)
    if name is None or not is_unit(read.unit):
        raise SeriesError(
            f'"{text}" in {read.unit} is no figure.',
            where=f"{path}: figures",
            hint="A figure is OPERATION.MEMORY.PATTERN in instructions for something, or KiB.",
        )
    return Figure(name, read.value, read.unit, read.spread, read.repeats)


def save(series: Series, *measurements: Measurement) -> tuple[Path, ...]:
    """Keep measurements in place of earlier ones, all of them or none; gives the files."""
    paths = tuple(path_of(series, each.version) for each in measurements)
    with transaction.changing(series.root) as change:
        for path, measurement in zip(paths, measurements, strict=True):
            change.write(path, _text(measurement))
        change.commit()
    return paths


def _text(measurement: Measurement) -> str:
    import tomlkit

    from refseries.host import toml_edit

    document = toml_edit.new("Made by `refseries bench --save`; counted, not timed.")
    document.add("version", tomlkit.item(measurement.version))
    for key, value in msgspec.structs.asdict(measurement.origin).items():
        if value:
            document.add(key, tomlkit.item(value))
    table = tomlkit.table()
    for figure in measurement.figures:
        line = tomlkit.inline_table()
        line["value"] = round(figure.value, 3)
        line["unit"] = figure.unit
        line["spread"] = round(figure.spread, 5)
        line["repeats"] = figure.repeats
        table.add(tomlkit.key(str(figure.name)), line)
    document.add("figures", table)
    return document.as_string()


def stale(kept: Origin, now: Origin) -> tuple[str, ...]:
    """What a measurement was made with that has changed: ``tree``, ``config``, ``qemu``, …

    A config is another one also when its name is the same and what it is made of is not, or is not
    known of one of the two.
    """
    names = Origin.__struct_fields__
    differing = (name for name in names if getattr(kept, name) != getattr(now, name))
    return tuple(dict.fromkeys("config" if name == "options" else name for name in differing))


def differences(before: Measurement, after: Measurement) -> tuple[str, ...]:
    """What two versions were measured with that differs besides their trees; by ``stale``.

    Figures of two such measurements say nothing of what a patch costs.
    """
    return tuple(name for name in stale(before.origin, after.origin) if name != "tree")
