# SPDX-License-Identifier: GPL-2.0-or-later
"""The work tree of ``feedback start`` as a target, with all that is not committed yet.

What is not committed becomes a commit in a scratch index: neither the user's index nor his files
nor his branch change. The same files give the same commit, so nothing is built twice.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import identity
from refseries.host.scratch import scratch_folder
from refseries.model import WORK, WORK_DIRTY, BaseInfo, Series, Target
from refseries.review import hidden, work_tree
from refseries.review.work_tree import Workplace
from refseries.testing import commits

_MESSAGE = "work: what is not committed yet\n"


@dataclass(frozen=True)
class WorkTarget:
    """The work tree as it stands.

    Attributes:
        base: knows what it stands on, and its repository has the commit.
        new: files that git does not know yet, and does not ignore; they are in it.
        hidden: those that it ignores, although they look like sources; they are not.
    """

    target: Target
    base: BaseInfo
    place: Workplace
    new: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def place(series: Series, base: BaseInfo, cache: Path, directory: Path) -> Workplace:
    """The work tree that ``directory`` is in, else that of the newest version.

    Raises:
        SeriesError: it was not started.
        StageError: the version does not apply.
    """
    found = work_tree.find(series, base, cache, work_tree.at(series, directory.resolve()))
    if not (found.worktree / ".git").exists():
        raise SeriesError(
            f"there is no work tree on top of {found.onto}.",
            where=str(found.worktree),
            hint=f"`refseries feedback start --onto {found.onto}` makes it.",
        )
    return found


def find(series: Series, base: BaseInfo, cache: Path, directory: Path) -> WorkTarget:
    """The target that the work tree is now; see ``place``."""
    found = place(series, base, cache, directory)
    head = git.resolve(found.worktree, "HEAD")
    if head is None:
        raise SeriesError(
            "the work tree has no commit.", where=str(found.worktree), hint="Check one out there."
        )
    commit, new = _snapshot(series, found.worktree, head)
    if found.base.repo != base.repo:
        # A base of the cache has no commits of the user's; a kernel is built out of one repository.
        git.git(base.repo, "fetch", "--quiet", "--no-tags", str(found.base.repo), commit)
    name = WORK if commit == head else WORK_DIRTY
    own = base.of(found.onto).commit
    fork = git.merge_base(base.repo, own, commit)
    if not fork:
        raise SeriesError(
            f"the work tree is not over the base of {found.onto}, {own[:12]}.",
            where=str(found.worktree),
            hint=f"Check out `{found.branch}` there.",
        )
    base, target = commits.of_commit(series, base, name, commit, fork, fork[:12])
    target = replace(target, like=found.onto)
    return WorkTarget(target, base, found, new, hidden.sources(found.worktree))


def _snapshot(series: Series, worktree: Path, head: str) -> tuple[str, tuple[str, ...]]:
    """The commit of all files as they are (``head`` where that is it), and which are new."""
    ignored = work_tree.ignored(worktree)
    words = ("rev-parse", "--path-format=absolute", "--git-path", "index")
    index = Path(git.git(worktree, *words).stdout.removesuffix("\n"))
    with scratch_folder() as scratch:
        copy = scratch / "index"
        if index.exists():
            shutil.copyfile(index, copy)
        env = {"GIT_INDEX_FILE": str(copy)}
        listed = git.git(
            worktree, "ls-files", "-z", "--others", "--exclude-standard", env=env, config=ignored
        ).stdout
        git.git(worktree, "add", "--all", "--", ":/", env=env, config=ignored)
        tree = git.git(worktree, "write-tree", env=env).stdout.strip()
    if tree == git.tree_of(worktree, head):
        return head, ()
    when = git.git(worktree, "log", "-1", "--no-show-signature", "--format=%ct", head).stdout
    ours = (series.identity, f"{when.strip()} +0000")
    who = identity.as_author(*ours) | identity.as_committer(*ours)
    made = git.commit_tree(worktree, tree, head, _MESSAGE, who)
    return made, tuple(name for name in listed.split("\0") if name)
