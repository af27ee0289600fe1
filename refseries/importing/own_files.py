# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of the project's own files, where series and kernel share a repository.

Whoever keeps `series/` in git commits it beside the kernel, often on the same branch. Such a commit
is nothing for the list: it has reviews and settings in it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.importing.draft import ImportDraft
from refseries.series import patches, store
from refseries.series.patches import Patch


def folders(root: Path, repo: Path) -> tuple[str, ...]:
    """The project's folders as paths of ``repo`` begin there; none where it is not in that."""
    said = git.git(root, "rev-parse", "--show-prefix", check=False)
    if said.returncode != 0 or git.git_dir(root) != repo.resolve():
        return ()
    prefix = said.stdout.rstrip("\n")
    return tuple(f"{prefix}{name}/" for name in ("series", "kernel-tests", store.OWN))


def left_out(draft: ImportDraft, own: tuple[str, ...]) -> ImportDraft:
    """``draft`` without the patches that change files in ``own`` alone, with a remark on each.

    Raises:
        SeriesError: nothing else is in it, or a patch changes files of the kernel as well.
    """
    kept: list[Patch] = []
    gone: list[Patch] = []
    for patch in draft.patches:
        ours = [name.startswith(own) for name in patches.touched(patch)] if own else []
        if any(ours) and not all(ours):
            raise SeriesError(
                f"`{patch.subject}` changes files of the kernel and of this project in one commit.",
                where=draft.source,
                hint="Nothing was written. Make two commits of it: the project's own is left out.",
            )
        (gone if any(ours) else kept).append(patch)
    if not kept:
        raise SeriesError(
            "its commits change files of this project alone.",
            where=draft.source,
            hint="Name the branch or range that has the patches.",
        )
    remarks = (f"left out, files of this project: {patch.subject}" for patch in gone)
    return replace(draft, patches=tuple(kept), remarks=(*draft.remarks, *remarks))
