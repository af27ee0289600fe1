# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commits, or which of their files, each patch of a new version is made of.

A plan is kept beside the version that it made, as ``reroll.toml``, so that anybody can make the
version again and compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
import tomlkit
from msgspec import structs

from refseries.errors import SeriesError
from refseries.host import toml, toml_edit
from refseries.model import Series
from refseries.review.model import Anchor

FILE = "reroll.toml"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Common to our tables."""


class Piece(_Table, frozen=True):
    """All of a commit, or what it does to some files.

    Attributes:
        of: the name of a patch of the version before, or of a fixup.
        paths: files and directories of the kernel tree; empty for all that it touches.
    """

    of: str
    paths: tuple[Annotated[str, msgspec.Meta(pattern=r"^[^/:][^:\x00-\x1f]*\Z")], ...] = ()


class Planned(_Table, frozen=True):
    """One patch of the new version.

    Attributes:
        name: of its file.
        takes: its pieces, in the order in which they are put together.
        text: whose author, date and message it gets: the ``of`` of a piece; a file that leaves it
            out means the first.
    """

    name: str
    takes: Annotated[tuple[Piece, ...], msgspec.Meta(min_length=1)]
    text: str = ""


class Fate(_Table, frozen=True, omit_defaults=True):
    """What became of what an open task is about.

    Attributes:
        became: ``untouched``, ``touched`` or ``vanished``.
        patch, file, line, text: as in an Anchor, in the new version; empty when it vanished.
    """

    task: str
    became: str
    patch: str = ""
    file: str = ""
    line: int = 0
    text: str = ""

    @property
    def anchor(self) -> Anchor:
        """Where the task is anchored now."""
        return Anchor(self.patch, self.file, self.line, self.text)


@dataclass(frozen=True)
class Plan:
    """How a version is made.

    Attributes:
        onto: the version before.
        open: open tasks of earlier versions, and where they are anchored in the new one.
    """

    onto: str
    patches: tuple[Planned, ...]
    open: tuple[Fate, ...] = ()


class _File(_Table, frozen=True):
    schema: int
    onto: str
    patch: Annotated[tuple[Planned, ...], msgspec.Meta(min_length=1)]
    open: tuple[Fate, ...] = ()


def load(path: Path) -> Plan:
    """Read a plan.

    Raises:
        SeriesError: it is missing or wrong; names file, line and key.
    """
    data = toml.load(path, _File)
    text = path.read_text(encoding="utf-8")
    patches = []
    for number, planned in enumerate(data.patch):
        pieces = [piece.of for piece in planned.takes]
        wanted = planned.text or pieces[0]
        if wanted not in pieces:
            raise SeriesError(
                f"`{wanted}` is none of the pieces of `{planned.name}`.",
                where=toml.place(path, text, ("patch", f"[{number}]", "text")),
                hint=f"Its pieces are of {', '.join(pieces)}.",
            )
        patches.append(structs.replace(planned, text=wanted))
    return Plan(data.onto, tuple(patches), data.open)


def carried(series: Series, task_id: str) -> tuple[str, Fate] | None:
    """The newest version that says where an open task is anchored now, and what it says.

    Raises:
        SeriesError: a plan is wrong.
    """
    for version in reversed(series.versions):
        path = version.path / FILE
        for fate in load(path).open if path.is_file() else ():
            if fate.task == task_id:
                return version.name, fate
    return None


def dump(plan: Plan) -> str:
    """The text of a plan's file."""
    document = toml_edit.new("What this version is made of; see docs/feedback.md.")
    document.add("onto", tomlkit.item(plan.onto))
    patches = tomlkit.aot()
    for planned in plan.patches:
        table = tomlkit.table()
        table.add("name", planned.name)
        if planned.text != planned.takes[0].of:
            table.add("text", planned.text)
        table.add("takes", _takes(planned.takes))
        patches.append(table)
    document.add("patch", patches)
    if plan.open:
        fates = tomlkit.aot()
        for fate in plan.open:
            table = tomlkit.table()
            for key, value in msgspec.to_builtins(fate).items():
                table.add(key, value)
            fates.append(table)
        document.add("open", fates)
    return tomlkit.dumps(document)


def _takes(pieces: Sequence[Piece]) -> tomlkit.items.Array:
    array = tomlkit.array().multiline(True)
    for piece in pieces:
        table = tomlkit.inline_table()
        table.append("of", piece.of)
        if piece.paths:
            table.append("paths", list(piece.paths))
        array.append(table)
    return array


def named(plan: Plan, names: Sequence[str]) -> Plan:
    """``plan`` with the files of its patches called ``names``."""
    pairs = zip(plan.patches, names, strict=True)
    patches = tuple(structs.replace(planned, name=name) for planned, name in pairs)
    return replace(plan, patches=patches)
