# SPDX-License-Identifier: GPL-2.0-or-later
"""What a series can begin with: a kernel tree here, the branch in it, and what that was made on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import releases, revisions
from refseries.importing import base_match, branch, branch_base, mailbox
from refseries.importing.init import nearest_tag
from refseries.kernel import base as bases
from refseries.model import BaseInfo

_TRUNKS = ("master", "main")


@dataclass(frozen=True)
class Beginning:
    """What was found.

    Attributes:
        tree: the kernel tree.
        ref: the commit that the first version was made on.
        source: as ``refseries import`` takes it.
        name: for the series; empty where the source has none.
        number: of the version that it becomes, where the source does not say.
    """

    tree: Path
    ref: str
    source: str
    name: str
    number: int | None


def tree_at(path: Path) -> Path | None:
    """The top of the kernel tree that ``path`` is in; None where it is in none."""
    start = next((each for each in (path, *path.parents) if each.is_dir()), None)
    if start is None:
        return None
    said = git.git(start, "rev-parse", "--show-toplevel", check=False)
    if said.returncode != 0 or _kernel(top := Path(said.stdout.rstrip("\n")), "HEAD") is None:
        return None
    return top


def find(tree: Path, source: str | None, ref: str | None) -> Beginning | None:
    """How to begin from what is in ``tree``, or in the mails of ``source``.

    Args:
        source: what the user names; None for the branch that is checked out.
        ref: what he says that it was made on.

    Returns:
        None where nothing is named and nothing of his own is checked out.

    Raises:
        SeriesError: it holds no version, or nothing tells what it was made on.
    """
    if source is not None and branch.is_file(tree, source):
        return _of_mails(tree, source, ref)
    named = revisions.branch(tree, source or "HEAD") or source
    if not named or (source is None and named in _TRUNKS):
        return None
    first, dots, last = named.partition("..")
    tip = revisions.commit_of(tree, last if dots else revisions.ref(tree, named))
    if tip is None:
        raise SeriesError(
            f"`{named}` is neither a file nor a branch of the tree.",
            where=str(tree),
            hint="Name a mailbox, a branch or A..B with --from.",
        )
    base = _kernel(tree, tip)
    if base is None:
        return None
    if ref is not None and git.resolve(tree, ref) is None:
        raise SeriesError(
            f"there is no commit `{ref}`.",
            where=str(tree),
            hint="Name another one with --base-ref, or fetch it (all of a shallow clone: `git fetch"
            " --unshallow`).",
        )
    since = ref or (first or "HEAD" if dots else branch_base.base_of_branch(base, named, tip))
    if since is None or git.resolve(tree, since) in (None, tip):
        if source is None:
            return None
        raise _no_base(tree, named)
    has_data = not dots and _is_b4(tree, named, since, tip)
    name = _slug(last if dots else named)
    return Beginning(tree, _tag(tree, since), named, name, None if has_data else 1)


def _of_mails(tree: Path, source: str, ref: str | None) -> Beginning:
    draft = mailbox.drafts(Path(source), source)[0]
    base = _kernel(tree, "HEAD")
    found = ref or (base_match.guess(base, draft) if base else None) or nearest_tag(tree)
    if not found:
        raise _no_base(tree, source)
    name = _slug(draft.title.rpartition(":")[2])
    return Beginning(tree, _tag(tree, found), source, name, None if draft.number else 1)


def _is_b4(tree: Path, name: str, since: str, tip: str) -> bool:
    """Whether b4's data about the branch says which version it is."""
    from refseries.mail import tracking

    words = ("log", "-1", "--fixed-strings", f"--grep={tracking.MARKER}", "--format=%H")
    in_commit = git.git(tree, *words, f"{since}~..{tip}", "--", check=False).stdout.strip()
    asked = ("config", "--get", f"branch.{name}.b4-tracking")
    return bool(in_commit) or git.git(tree, *asked, check=False).returncode == 0


def _kernel(tree: Path, ref: str) -> BaseInfo | None:
    commit = git.resolve(tree, ref)
    try:
        found = bases.describe(git.git_dir(tree), commit, "tree") if commit else None
    except SeriesError:
        return None
    return replace(found, work_tree=tree) if found else None


def _tag(tree: Path, ref: str) -> str:
    """The release that ``ref`` is, else ``ref``."""
    words = ("describe", "--tags", "--exact-match", *releases.LASTING, f"{ref}^{{commit}}")
    return git.git(tree, *words, check=False).stdout.strip() or ref


def _slug(text: str) -> str:
    """A name of a series made of that of a branch, or of a title."""
    words = re.sub(r"[^a-z0-9_]+", "-", text.rpartition("/")[2].lower()).strip("-_")
    return words[:40].rstrip("-_") if words != "base" else ""


def _no_base(tree: Path, source: str) -> SeriesError:
    return SeriesError(
        f"nothing tells which commit `{source}` was made on.",
        where=str(tree),
        hint="Name it with --base-ref.",
    )
