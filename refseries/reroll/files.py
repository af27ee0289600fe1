# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder of a version: patches and fixups by git format-patch, and its text files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tomlkit

from refseries.host import toml_edit
from refseries.model import Fixup, Series, Version
from refseries.reroll.fold import PatchText
from refseries.reroll.plan import Plan
from refseries.reroll.source import Source
from refseries.review import changelog
from refseries.review.model import Review
from refseries.series import cover as covers
from refseries.series import format_patch, store


def export_fixups(
    repo: Path, since: str, fixups: Sequence[Source], number: int, directory: Path
) -> tuple[Fixup, ...]:
    """Write the fixups on top of ``since`` as patches that are called after them.

    Args:
        number: of the version that they lead to.
    """
    directory.mkdir()
    made = format_patch.write(repo, since, fixups[-1].commit, directory, number, fixups=True)
    kept = []
    for position, (path, fixup) in enumerate(zip(made, fixups, strict=True), 1):
        new = path.with_name(f"{position:04}-{fixup.name}.patch")
        kept.append(Fixup(fixup.name, path.rename(new), fixup.addresses))
    return tuple(kept)


def write_version(version: Version, *, pinned: bool) -> None:
    """Write the ``version.toml`` of a version whose patches stand in its folder.

    Args:
        pinned: say what it depends on, were it nothing, as the series may name something.
    """
    document = toml_edit.new()
    document.add("version", tomlkit.item(version.name))
    document.add("date", tomlkit.item(version.date))
    document.add("patches", _lines([patch.name for patch in version.patches]))
    if pinned or version.depends:
        document.add("depends", _lines(version.depends))
    if version.base is not None:
        document.add("base", store.base_table(version.base))
    tables = tomlkit.aot()
    for fixup in version.fixups:
        table = tomlkit.table()
        table.add("task", fixup.task)
        table.add("patch", str(fixup.patch.relative_to(version.path)))
        table.add("addresses", list(fixup.addresses))
        tables.append(table)
    if version.fixups:  # tomlkit puts an empty one above all else
        document.add("fixups", tables)
    (version.path / "version.toml").write_text(tomlkit.dumps(document), encoding="utf-8")


def _lines(names: Sequence[str]) -> tomlkit.items.Array:
    array = tomlkit.array().multiline(len(names) > 1)
    array.extend(names)
    return array


def cover(previous: str, changes: str) -> str:
    """A draft of a cover letter: the previous one, with ``changes`` before its older ones."""
    older = covers.CHANGES.search(previous)
    at = older.start() if older else len(previous)
    before, after = previous[:at].rstrip("\n"), previous[at:]
    return f"{before}\n\n{changes.strip()}\n" + (f"\n{after}" if after else "")


def changes(
    series: Series,
    reviews: Sequence[Review],
    version: str,
    plan: Plan,
    fixups: Sequence[Source],
    texts: Sequence[PatchText],
) -> str:
    """The section of the cover letter that says what ``version`` changes.

    Args:
        plan: with the files of its patches, whose ``texts`` stand beside them.
    """
    of_fixup = {
        fixup.name: planned.name
        for planned in plan.patches
        for fixup in fixups
        if fixup.name in {piece.of for piece in planned.takes}
    }
    patch_of = {
        each: of_fixup[fixup.name]
        for fixup in fixups
        for each in fixup.addresses
        if fixup.name in of_fixup
    }
    subjects = [text.message.partition("\n")[0] for text in texts]
    return changelog.as_mail(
        changelog.changelog_of(
            series,
            reviews,
            version,
            {fixup.name: fixup.subject for fixup in fixups},
            patch_of,
            dict(zip((planned.name for planned in plan.patches), subjects, strict=True)),
        )
    )
