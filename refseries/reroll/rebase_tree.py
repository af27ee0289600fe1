# SPDX-License-Identifier: GPL-2.0-or-later
"""The work tree in which a person resolves what a rebase could not."""

from __future__ import annotations

import shutil
from pathlib import Path

from refseries import git
from refseries.errors import StageError
from refseries.git import identity
from refseries.model import Identity
from refseries.reroll.source import Source
from refseries.review import work_branch, work_tree
from refseries.review.work_tree import Workplace

_PICKED = "CHERRY_PICK_HEAD"


def show(place: Workplace, patch: Source, committer: Identity) -> tuple[str, ...] | None:
    """Make the work tree at the tip of ``place`` and put ``patch`` onto it.

    Returns:
        The files in which git left marks; None where it found how the patch goes after all.

    Raises:
        StageError: the work tree holds what is in no commit, or is no work tree.
    """
    path = place.worktree
    if path.exists() and not _half_made(path) and git.resolve(path, _PICKED) == patch.commit:
        return _unmerged(path)
    _bring_to_tip(place)
    words = ("cherry-pick", "--allow-empty", "--keep-redundant-commits", patch.commit)
    picked = git.git(path, *words, env=identity.as_committer(committer), check=False)
    return None if picked.returncode == 0 else _unmerged(path)


def resolved(place: Workplace, patch: Source, committer: Identity) -> str | None:
    """The commit that the user made of ``patch`` over the tip of ``place``.

    None where he was not shown it yet: a kill came between.

    Raises:
        StageError: it is not resolved yet, or not clear; says what is missing.
    """
    path = place.worktree
    if not path.exists() or _half_made(path):
        return None
    head, picking = git.resolve(path, "HEAD"), git.resolve(path, _PICKED) == patch.commit
    if head is None or (not picking and head != place.tip and not _is_next(place, head)):
        return None
    if files := _unmerged(path):
        raise _not_yet(path, "git still sees a conflict in it", files, "Resolve it, `git add` it,")
    if files := _not_added(path):
        raise _not_yet(path, "it holds changes that are not added", files, "`git add` them,")
    made = tree(path)
    if files := _marked(path, place.tip, made):
        raise _not_yet(path, "marks of a conflict are left in it", files, "Take them out,")
    if head != place.tip:
        if made != git.tree_of(path, head):
            raise _not_yet(path, "what is added is not committed", (), "Commit it,")
        return head
    if not picking and not git.changed_paths(path, place.tip, made):
        return None
    if not git.changed_paths(path, place.tip, made):
        raise _not_yet(path, "nothing is left of the patch", (), "Leave it out with --skip, or")
    return commit(place.base.repo, made, place.tip, patch, committer)


def throw_away(place: Workplace) -> None:
    """Let the work tree forget the patch that it shows."""
    if place.worktree.exists() and not _half_made(place.worktree):
        git.git(place.worktree, "reset", "--quiet", "--hard", place.tip)


def remove(place: Workplace) -> None:
    """Remove work tree and branch, and what a kill left of them."""
    shutil.rmtree(place.worktree, ignore_errors=True)
    git.git(place.base.repo, "worktree", "prune")
    git.git(place.base.repo, "update-ref", "-d", f"refs/heads/{place.branch}")
    _mark(place.worktree).unlink(missing_ok=True)
    place.worktree.with_name(f"{place.worktree.name}.lock").unlink(missing_ok=True)


def tree(path: Path) -> str:
    """The tree of what is added in a work tree."""
    return git.git(path, "write-tree").stdout.strip()


def commit(repo: Path, made: str, parent: str, patch: Source, committer: Identity) -> str:
    """``patch`` with the tree that it has over another base."""
    author = identity.as_author(patch.author, patch.date)
    who = author | identity.as_committer(committer, patch.date)
    return git.commit_tree(repo, made, parent, patch.message, who)


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.making")  # as work_tree.start leaves it


def _half_made(path: Path) -> bool:
    return _mark(path).exists()


def _bring_to_tip(place: Workplace) -> None:
    """The work tree at the tip, made or moved there; what it holds has to be in the tip then."""
    path = place.worktree
    if not path.exists() or _half_made(path):
        work_tree.start(place)
        return
    if git.resolve(path, "HEAD") == place.tip and not work_branch.changed(path):
        return
    lost = _unmerged(path) or _not_added(path)
    if lost or git.changed_paths(path, place.tip, tree(path)):
        raise StageError(
            "the work tree holds what is in no patch, and moving it would lose that.",
            where=str(path),
            hint="Commit or remove it there; --abort throws all of the rebase away.",
            detail="\n".join(lost),
        )
    git.git(path, "reset", "--quiet", "--hard", place.tip)


def _is_next(place: Workplace, head: str) -> bool:
    """Whether ``head`` is one commit on top of the tip."""
    shown = git.git(place.worktree, "log", "-1", "--no-show-signature", "--format=%P", head, "--")
    return shown.stdout.split() == [place.tip]


def _unmerged(path: Path) -> tuple[str, ...]:
    listed = git.git(path, "diff", "--name-only", "-z", "--diff-filter=U").stdout
    return tuple(dict.fromkeys(name for name in listed.split("\0") if name))


def _not_added(path: Path) -> tuple[str, ...]:
    changed = git.git(path, "diff", "--name-only", "-z").stdout.split("\0")
    new = git.git(path, "ls-files", "--others", "--exclude-standard", "-z").stdout.split("\0")
    return tuple(name for name in (*changed, *new) if name)


def _marked(path: Path, old: str, new: str) -> tuple[str, ...]:
    """Files that have marks of a conflict in lines that are new."""
    told = git.on_objects(
        git.git_dir(path), old, "diff-tree", "-r", "--check", old, new, "--", check=False
    ).stdout
    ends = ": leftover conflict marker"
    lines = (line.removesuffix(ends) for line in told.splitlines() if line.endswith(ends))
    return tuple(dict.fromkeys(line.rpartition(":")[0] for line in lines))


def _not_yet(path: Path, what: str, files: tuple[str, ...], hint: str) -> StageError:
    return StageError(
        f"the patch is not resolved: {what}.",
        where=str(path),
        hint=f"{hint} then go on with --continue; --abort throws all of the rebase away.",
        detail="\n".join(files),
    )
