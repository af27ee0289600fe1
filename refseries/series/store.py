# SPDX-License-Identifier: GPL-2.0-or-later
"""``series/`` on disk: found, read strictly, checked."""

from __future__ import annotations

import contextlib
import hashlib
import re
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec

from refseries.errors import SeriesChangedError, SeriesError
from refseries.host import scratch, toml, transaction
from refseries.host.files import write_atomically
from refseries.host.homes import expanded
from refseries.host.progress import Say
from refseries.host.transaction import Change
from refseries.mail import address, subjects
from refseries.model import (
    BASE,
    BaseSpec,
    Fixup,
    Identity,
    OwnBase,
    Release,
    Series,
    Version,
    number_of,
)

if TYPE_CHECKING:
    from tomlkit.items import Table

# \Z: "$" would let a line feed at the end through. These names become parts of paths and branches.
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]*\Z")]
_Person = Annotated[str, msgspec.Meta(pattern=r"^[^<>\x00-\x1f]+\Z")]
OWN = ".refseries"
"""Beside ``series/``: what is in the making, such as a working branch or a sending."""

_BRING = "Bring one: refseries import COMMIT..BRANCH --as v1"
_VERSION = re.compile(r"v([1-9][0-9]*)")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Common to our file types: no key is optional by accident, none is ignored."""


class _Identity(_File, frozen=True):
    name: _Person
    email: _Person


class _Tarball(_File, frozen=True):
    url: str
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class _Base(_File, frozen=True):
    release: Release
    package: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.+-]*\Z")] | None = None
    tarball: _Tarball | None = None
    tree: str | None = None
    ref: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    leave_out: tuple[str, ...] = ()


_Depends = tuple[Annotated[str, msgspec.Meta(pattern=r"^[!-~]+( [!-~]+)*\Z")], ...]


class _Recipients(_File, frozen=True):
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


class _SeriesFile(_File, frozen=True):
    schema: int
    name: _Name
    title: str
    configs: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    identity: _Identity
    base: _Base
    recipients: _Recipients = _Recipients()
    depends: _Depends = ()
    prefixes: tuple[Annotated[str, msgspec.Meta(pattern=subjects.TREE)], ...] = ()
    # b4's form: a date, a name, and something random.
    change_id: (
        Annotated[str, msgspec.Meta(pattern=r"^[0-9]{8}-[a-z0-9-]+-[0-9a-f]{12}\Z")] | None
    ) = None


class _Fixup(_File, frozen=True):
    task: _Name
    patch: str
    addresses: tuple[str, ...] = ()


class _Sent(_File, frozen=True):
    when: datetime
    message_ids: tuple[str, ...]
    digest: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    also: tuple[str, ...] = ()


class _VersionFile(_File, frozen=True):
    schema: int
    version: Annotated[str, msgspec.Meta(pattern=r"^v[1-9][0-9]*\Z")]
    date: datetime
    patches: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    reconstruction: bool = False
    message_id: str | None = None
    change_id: str = ""
    tracking: str = ""
    sent: _Sent | None = None
    fixups: tuple[_Fixup, ...] = ()
    base: OwnBase | None = None
    depends: _Depends | None = None


@contextlib.contextmanager
def changing(series: Series, say: Say | None = None) -> Iterator[tuple[Series, Change]]:
    """Nobody else changes the series for the length of a block.

    Gives the series as it is by then, and what is to become of it.

    Args:
        say: as for ``transaction.changing``.
    """
    with transaction.changing(series.root, say) as change:
        yield load(series.root), change


def own_directory(root: Path) -> Path:
    """The folder ``OWN`` beside ``series/``, made; no git sees what is in it."""
    directory = root / OWN
    directory.mkdir(exist_ok=True)
    if not (ignored := directory / ".gitignore").is_file():
        write_atomically(ignored, "*\n")
    return directory


def find_root(start: Path) -> Path:
    """The directory that holds ``series/series.toml``: ``start`` or the nearest one above it.

    Raises:
        SeriesError: there is none.
    """
    for directory in (start, *start.parents):
        if (directory / "series" / "series.toml").is_file() or transaction.is_pending(directory):
            return directory
    scratch.sweep(start / "series")  # of an `init` that was killed
    raise SeriesError(
        "there is no series here: no `series/series.toml` in this directory or above it.",
        where=str(start),
        hint="Go to a checkout that has one, name it with `--series DIR`, or begin one: "
        "`refseries init`.",
    )


def load(root: Path) -> Series:
    """Read ``root/series``; one that has just been begun has no version.

    Raises:
        SeriesError: a file is missing or wrong; names file, line and key.
        HostError: what a killed run had decided cannot be finished.
    """
    with transaction.reading(root):
        return _load(root)


def _load(root: Path) -> Series:
    path = root / "series" / "series.toml"
    data = toml.load(path, _SeriesFile)
    if data.name == BASE:
        raise SeriesError(
            "no series can be called `base`: that is the kernel without one.",
            where=f"{path}: name",
            hint="Rename it.",
        )
    versions = tuple(
        sorted(
            (load_version(directory, data.depends) for directory in _folders(root)),
            key=lambda version: version.number,
        )
    )
    base = data.base
    return Series(
        name=data.name,
        title=data.title,
        root=root,
        identity=Identity(data.identity.name, data.identity.email),
        base=BaseSpec(
            release=base.release,
            package=base.package or "",
            tarball_url=base.tarball.url if base.tarball else "",
            tarball_sha256=base.tarball.sha256 if base.tarball else "",
            leave_out=base.leave_out,
            tree=_relative_tree(root, base.tree),
            ref=base.ref or "",
        ),
        versions=versions,
        configs=data.configs,
        to=_people(path, "recipients.to", data.recipients.to),
        cc=_people(path, "recipients.cc", data.recipients.cc),
        change_id=data.change_id or "",
        depends=data.depends,
        prefixes=data.prefixes,
    )


def _folders(root: Path) -> Iterator[Path]:
    """Those of the versions."""
    for directory in (root / "series").iterdir():
        if _VERSION.fullmatch(directory.name) and directory.is_dir():
            yield directory


def check_unchanged(series: Series) -> None:
    """Make sure that the versions of ``series`` are still those on disk.

    Raises:
        SeriesChangedError: they are not.
    """
    if {each.name for each in _folders(series.root)} != {each.name for each in series.versions}:
        raise SeriesChangedError(str(series.root / "series"))


def _people(path: Path, key: str, texts: Sequence[str]) -> tuple[Identity, ...]:
    return tuple(address.person(text, f"{path}: {key}") for text in texts)


def _relative_tree(root: Path, tree: str | None) -> Path | None:
    return (root / expanded(tree)).resolve() if tree else None


def load_version(directory: Path, depends: tuple[str, ...] = ()) -> Version:
    """Read a version; ``directory`` is called after it.

    Args:
        depends: what it stands on if it does not say so: of the series.

    Raises:
        SeriesError: a file is missing or wrong; names file, line and key.
    """
    path = directory / "version.toml"
    data = toml.load(path, _VersionFile)
    if data.version != directory.name:
        raise SeriesError(
            f"says `{data.version}` but stands in `{directory.name}/`.",
            where=f"{path}: version",
            hint="Make them the same.",
        )
    if data.date.tzinfo is None:
        raise SeriesError(
            "the date has no time zone, so commit ids would differ between machines.",
            where=f"{path}: date",
            hint="Write it with an offset, as in 2026-11-20T12:00:00Z.",
        )
    if not 1 < data.date.year < 9999:  # where another zone, or a second later, may be no date
        raise SeriesError(
            f"no version is of the year {data.date.year}.",
            where=f"{path}: date",
            hint="Write when the version was made.",
        )
    _check_fixups(path, [fixup.task for fixup in data.fixups])
    found = Version(
        name=data.version,
        number=number_of(data.version),
        path=directory,
        date=data.date,
        patches=tuple(_inside(directory, name, path, "patches") for name in data.patches),
        cover=_inside(directory, "cover.md", path, "cover.md"),
        reconstruction=data.reconstruction,
        message_id=data.message_id,
        change_id=data.change_id,
        tracking=data.tracking,
        sent=data.sent.when if data.sent else None,
        sent_to=_people(path, "sent.also", data.sent.also) if data.sent else (),
        message_ids=data.sent.message_ids if data.sent else (),
        base=data.base,
        depends=depends if data.depends is None else data.depends,
        fixups=tuple(
            Fixup(f.task, _inside(directory, f.patch, path, "fixups"), f.addresses)
            for f in data.fixups
        ),
    )
    if data.sent and data.sent.digest != digest(found):
        raise SeriesError(
            f"{found.name} was sent, and is not what was sent any more.",
            where=str(directory),
            hint="Put its cover letter and patches back; what is new belongs in the next version.",
        )
    return found


def _check_fixups(path: Path, tasks: Sequence[str]) -> None:
    """Raise SeriesError unless each name of a fixup names that one state and no other."""
    if doubled := {task for task in tasks if tasks.count(task) > 1}:
        raise SeriesError(
            f"two fixups are named `{min(doubled)}`.", where=f"{path}: fixups", hint="Rename one."
        )
    if numbers := [task for task in tasks if task.isdecimal()]:
        raise SeriesError(
            f"a fixup is named `{numbers[0]}`, which is how a patch of the version is named.",
            where=f"{path}: fixups",
            hint="Give it a name with a letter.",
        )


def base_table(base: OwnBase) -> Table:
    """The table ``[base]`` of a version.toml."""
    import tomlkit

    table = tomlkit.table()
    for key, value in msgspec.structs.asdict(base).items():
        if value:
            table.add(key, value)
    return table


def digest(version: Version) -> str:
    """SHA-256 of what a version says: its cover letter and its patches in their order."""
    found = hashlib.sha256()
    for path in (version.cover, *version.patches):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _inside(directory: Path, name: str, source: Path, key: str) -> Path:
    path = directory / name
    if _is_own(path, name):
        return path
    if not path.resolve().is_relative_to(directory.resolve()):
        raise SeriesError(
            f"`{name}` leads out of `{directory.name}/`.",
            where=f"{source}: {key}",
            hint="Keep the files of a version in its directory.",
        )
    if not path.is_file():
        raise SeriesError(
            f"there is no file `{name}`.",
            where=f"{source}: {key}",
            hint=f"Add it to `{directory.name}/`, or fix the name.",
        )
    return path


def _is_own(path: Path, name: str) -> bool:
    """Whether ``path`` is a file right there and no link; to resolve hundreds takes its time."""
    try:
        return "/" not in name and stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def version(series: Series, name: str) -> Version:
    """The version called ``name`` (``v3``).

    Raises:
        SeriesError: there is none; lists those there are.
    """
    for candidate in series.versions:
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in series.versions)
    raise SeriesError(
        f"the series `{series.name}` has no version `{name}`.",
        hint=f"It has {names}." if names else _BRING,
    )


def newest(series: Series) -> Version:
    """The newest version.

    Raises:
        SeriesError: the series has none yet.
    """
    if not series.versions:
        raise SeriesError(
            f"the series `{series.name}` has no version yet.",
            where=str(series.root / "series"),
            hint=_BRING,
        )
    return series.versions[-1]


def previous(series: Series, current: Version) -> Version | None:
    """The version before ``current``, None for the first."""
    before = series.before(current.number)
    return before[-1] if before else None
