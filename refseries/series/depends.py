# SPDX-License-Identifier: GPL-2.0-or-later
"""Series that this one depends on, as they are kept beside its versions: ``series/depends/``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from refseries.errors import SeriesError
from refseries.host import toml

FOLDER = "depends"
FILE = "dependency.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PatchId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}\Z")]
_File = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[\w.,+-]+\.patch\Z")]


class DependencyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``dependency.toml``; see docs/architecture.md."""

    schema: int
    title: str
    date: datetime
    patches: Annotated[tuple[_File, ...], msgspec.Meta(min_length=1)]
    patch_ids: tuple[_PatchId, ...]
    version: int = 0
    message_id: str = ""
    change_id: str = ""
    source: str = ""


@dataclass(frozen=True)
class Dependency:
    """A series whose patches are applied below those of a version.

    Attributes:
        name: of its folder.
        date: the committer's, of its first patch.
        patch_ids: as ``git patch-id --stable`` gives them of the patches as they came.
        version: its number; 0 where it has none.
        message_id, change_id: empty where it came without.
        source: the branch or range that it was made of; empty for mails.
    """

    name: str
    path: Path
    title: str
    date: datetime
    patches: tuple[Path, ...]
    patch_ids: tuple[str, ...]
    version: int = 0
    message_id: str = ""
    change_id: str = ""
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called by."""
        numbered = f"{self.change_id}:v{self.version}" if self.change_id else ""
        known = (self.name, self.message_id, self.change_id, numbered, self.source)
        return tuple(filter(None, known))


def folder(root: Path) -> Path:
    """Where the project ``root`` keeps them."""
    return root / "series" / FOLDER


def load(root: Path) -> tuple[Dependency, ...]:
    """All that the project has, by their names.

    Raises:
        SeriesError: a file is missing or wrong; names file, line and key.
    """
    place = folder(root)
    found = sorted(place.iterdir()) if place.is_dir() else ()
    return tuple(_load(path) for path in found if path.is_dir() and _NAME.fullmatch(path.name))


def _load(path: Path) -> Dependency:
    file = path / FILE
    data = toml.load(file, DependencyFile)
    if data.date.tzinfo is None or not 1 < data.date.year < 9999:
        raise SeriesError(
            "the date is none that a commit can have.",
            where=f"{file}: date",
            hint="Write it with an offset, as in 2026-11-20T12:00:00Z.",
        )
    patches = tuple(path / name for name in data.patches)
    if lost := [each.name for each in patches if not each.is_file() or each.is_symlink()]:
        raise SeriesError(
            f"there is no file `{lost[0]}`.",
            where=f"{file}: patches",
            hint="Bring the dependency once more: remove its folder, and `refseries depend`.",
        )
    return Dependency(
        path.name,
        path,
        data.title,
        data.date,
        patches,
        data.patch_ids,
        data.version,
        data.message_id,
        data.change_id,
        data.source,
    )


def find(root: Path, wanted: Sequence[str]) -> tuple[Dependency, ...]:
    """What ``depends = […]`` names, in that order: folders, message ids, change-ids, branches.

    Raises:
        SeriesError: one of them is not there, or several are called so.
    """
    known = load(root) if wanted else ()
    return tuple(_find(root, known, name) for name in wanted)


def _find(root: Path, known: Sequence[Dependency], wanted: str) -> Dependency:
    name = re.sub(r"^(?:change-id|message-id): *", "", wanted).removeprefix("<").removesuffix(">")
    found = [each for each in known if each.name == name]
    found = found or [each for each in known if name in each.names]
    if len(found) == 1:
        return found[0]
    if found:
        raise SeriesError(
            f"`{name}` is {' and '.join(each.name for each in found)}.",
            where=str(folder(root)),
            hint="Name the one that is meant in `depends`.",
        )
    raise SeriesError(
        f"the series depends on `{name}`, which is not there.",
        where=str(folder(root)),
        hint="Bring it: refseries depend SOURCE, with its mails, message id, branch or range.",
    )
