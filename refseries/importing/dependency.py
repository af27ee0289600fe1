# SPDX-License-Identifier: GPL-2.0-or-later
"""A series that this one depends on, brought into ``series/depends/``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refseries.errors import SeriesError
from refseries.importing import below, in_base, write
from refseries.importing.draft import ImportDraft
from refseries.kernel import version_base
from refseries.model import BaseInfo, Commit, Series
from refseries.series import depends, format_patch, store
from refseries.series.depends import Dependency

_LONGEST_NAME = 40


@dataclass(frozen=True)
class KeptDependency:
    """What the project has now.

    Attributes:
        over: what its patches apply over, in words.
        commits: its patches there.
        below: folders of what it depends on itself.
        new: whether it was not there before.
    """

    dependency: Dependency
    over: str
    commits: tuple[Commit, ...]
    below: tuple[str, ...]
    new: bool


def keep(
    series: Series,
    home: BaseInfo,
    cache: Path,
    drafts: Sequence[ImportDraft],
    name: str | None,
    number: int | None,
    told: BaseInfo | None,
) -> KeptDependency:
    """Keep the last of ``drafts``; the same again adds what is known of it since, as its ids.

    Args:
        home: the base of the series, with those of its versions.
        cache: as for ``apply``.
        name: of its folder; None makes one of its change-id or title.
        number: which version it is; None where its source says that, or nobody.
        told: what the user says that it was made on.

    Raises:
        SeriesError: another one has that name, it is another version than ``number``, or it
            depends on what the project does not have.
        StageError: it applies over none of the bases.
    """
    draft = _numbered(drafts[-1], number)
    name = name or _name(draft)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise SeriesError(
            f"`{name}` cannot be the name of a folder of the project.",
            where="--name",
            hint="Take small letters, digits, - and _.",
        )
    needs = below.below_of(series, home, draft, cache, told)
    base, commits = write.applied(series, home, told, draft, draft.number or 1, needs)
    ids = tuple(in_base.patch_id(base.repo, patch.diff) for patch in draft.patches)
    over = version_base.in_words(base)
    with store.changing(series) as (current, change):
        place = depends.folder(series.root) / name
        if there := [each for each in depends.load(current.root) if each.name == name]:
            if there[0].patch_ids == ids:
                known = _more(there[0], draft)
                if known != there[0]:
                    change.write(place / depends.FILE, _text(known).encode())
                    change.commit()
                return KeptDependency(known, over, commits, base.depends, new=False)
            raise SeriesError(
                f"another series is kept as `{name}`: {there[0].title}.",
                where=str(place),
                hint="Nothing was written. Name this one with --name.",
            )
        new = change.folder / name
        new.mkdir()
        tip = commits[-1].commit
        files = format_patch.write(base.repo, base.commit, tip, new, draft.number or 1)
        (new / depends.FILE).write_text(_text(_of(draft, new, files, ids)), encoding="utf-8")
        change.move(new, place)
        change.commit()
        found = next(each for each in depends.load(current.root) if each.name == name)
        return KeptDependency(found, over, commits, base.depends, new=True)


def _name(draft: ImportDraft) -> str:
    said = draft.change_id.partition("-")[2].rpartition("-")[0] or draft.title.lower()
    words = re.findall(r"[a-z0-9]+", said.lower())
    while len(words) > 1 and len("-".join(words)) > _LONGEST_NAME:
        words.pop()
    name = "-".join(words)[:_LONGEST_NAME] or "dependency"
    return f"{name}-v{draft.number}" if draft.number else name


def _numbered(draft: ImportDraft, number: int | None) -> ImportDraft:
    if number is not None and draft.number not in (None, number):
        raise SeriesError(
            f"{draft.source} is v{draft.number}, and not v{number}.",
            where="--take",
            hint="Leave --take out, or name another source.",
        )
    return replace(draft, number=draft.number or number)


def _of(draft: ImportDraft, place: Path, files: Sequence[Path], ids: Sequence[str]) -> Dependency:
    return Dependency(
        name=place.name,
        path=place,
        title=draft.title or draft.patches[0].subject,
        date=draft.date,
        patches=tuple(files),
        patch_ids=tuple(ids),
        version=draft.number or 0,
        message_id=draft.message_id,
        change_id=draft.change_id,
        source="" if draft.posted else draft.source,
    )


def _more(known: Dependency, draft: ImportDraft) -> Dependency:
    """``known`` with what it lacked and ``draft``, of the same patches, has."""
    found = _of(draft, known.path, known.patches, known.patch_ids)
    lacked = ("version", "message_id", "change_id", "source")
    return replace(known, **{key: getattr(known, key) or getattr(found, key) for key in lacked})


def _text(dependency: Dependency) -> str:
    """Its ``dependency.toml``."""
    import tomlkit

    from refseries.host import toml_edit

    document = toml_edit.new()
    for key in ("title", "date", "version", "message_id", "change_id", "source"):
        if value := getattr(dependency, key):
            document.add(key, tomlkit.item(value))
    names = [path.name for path in dependency.patches]
    for key, lines in (("patches", names), ("patch_ids", dependency.patch_ids)):
        array = tomlkit.array()
        array.extend(lines)
        document.add(key, array.multiline(True))
    return tomlkit.dumps(document)
