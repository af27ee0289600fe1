# SPDX-License-Identifier: GPL-2.0-or-later
"""Where tasks are settled: a branch on top of a version, and a git work tree to commit in.

Both live as long as the user wants. A kernel tree of the user's gets the branch and the work tree's
administrative files, nothing else. A base that was imported into the cache may be deleted with it
at any time, so commits go into a repository of the project's own, which shares its files on disk.
The work tree stands inside the project: refseries finds its series from there.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.errors import RefseriesError, StageError
from refseries.git import alternates
from refseries.host import lock
from refseries.host.progress import Say, silent
from refseries.model import BaseInfo, Series, Target
from refseries.series import apply, store


@dataclass(frozen=True)
class Workplace:
    """A working branch.

    Attributes:
        base: the base kernel, in the repository that holds the branch.
        onto: the version that the branch is on top of.
        tip: that version's last commit.
        worktree: where to edit; not there before ``start`` made it.
    """

    base: BaseInfo
    onto: str
    branch: str
    tip: str
    worktree: Path


def branch_of(series: Series, onto: str) -> str:
    """The branch of work on top of the version called ``onto``, whether there or not."""
    return f"refseries/{series.home}/work/{onto}"


def find(series: Series, base: BaseInfo, cache: Path, onto: str | None = None) -> Workplace:
    """The workplace on top of ``onto`` (default: the newest version), whether started or not.

    Raises:
        SeriesError: there is no such version.
        StageError: it does not apply.
    """
    version = store.version(series, onto) if onto else store.newest(series)
    ours = lasting(series, base.of(version.name), cache)
    applied = apply.apply(series, ours, Target(version.name), cache)
    return Workplace(
        base=ours,
        onto=version.name,
        branch=branch_of(series, version.name),
        tip=applied.commit,
        worktree=series.root / store.OWN / "work" / version.name,
    )


def at(series: Series, directory: Path) -> str | None:
    """The version on top of which the work tree that ``directory`` is in was made; None if none."""
    parent = series.root / store.OWN / "work"
    if not directory.is_relative_to(parent) or directory == parent:
        return None
    return directory.relative_to(parent).parts[0]


def ignored(worktree: Path) -> dict[str, str]:
    """Settings with which our git ignores what the user's does, which is no work of his."""
    return dict(git.settings(worktree, r"^core\.excludesfile$"))


def start(place: Workplace, say: Say = silent) -> None:
    """Make the branch and its work tree, where they are not there yet; what is there stays.

    A kernel takes some 15 seconds and 1.7 GB.

    Args:
        say: told when another run has to be waited for.

    Raises:
        StageError: the branch is there, but not on top of the version any more, or is checked out
            elsewhere; or something else stands where the work tree goes.
    """
    path = place.worktree
    store.own_directory(path.parents[2])
    path.parent.mkdir(exist_ok=True)
    making = path.with_name(f"{path.name}.making")
    waiting = "Waiting for another refseries that makes the work tree"
    with lock.held(path.with_name(f"{path.name}.lock"), say, waiting):
        _make_branch(place)
        if making.exists():
            shutil.rmtree(path, ignore_errors=True)  # half made: nobody has worked there
        if path.exists():
            _check_worktree(place)
            return
        _check_free(place)
        making.touch()
        git.git(
            place.base.repo, "worktree", "add", "--quiet", "--no-checkout", str(path), place.branch
        )
        _take_all(path)
        git.git(path, "reset", "--quiet", "--hard", config={"checkout.workers": "0"})
        _show_new_files(path)
        making.unlink()


def _take_all(worktree: Path) -> None:
    """Have the whole tree in it, also where the user's own is a sparse checkout.

    In a sparse one, git would not see a change to a file that is left out. Only the work tree's own
    list is written; `git sparse-checkout disable` would change settings of the repository.
    """
    listed = git.git(worktree, "rev-parse", "--git-path", "info/sparse-checkout").stdout
    path = worktree / listed.rstrip("\n")
    path.parent.mkdir(exist_ok=True)
    path.write_text("/*\n")


def _show_new_files(worktree: Path) -> None:
    """Let git see files that are added, where its base came from a package of Debian's.

    Debian's source ends its .gitignore with lines for a repository that holds ``debian/`` alone:
    all at the top is ignored, and ``git add --all`` leaves new files out without a word.
    The work tree does without those lines, and git takes its file for the committed one.
    """
    path = worktree / ".gitignore"
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return
    kept = [line for line in lines if line.strip() not in (b"/*", b"!/debian/")]
    if len(kept) != len(lines):
        path.write_bytes(b"".join(kept))
        git.git(worktree, "update-index", "--assume-unchanged", path.name)


def lasting(series: Series, base: BaseInfo, cache: Path) -> BaseInfo:
    """``base`` in a repository whose commits stay when the cache goes."""
    if not base.repo.resolve().is_relative_to(cache.resolve()):
        return base
    directory = store.own_directory(series.root)
    repo = directory / "linux.git"
    # A clone on the same disk takes a moment: who waits for another one need not be told.
    with lock.held(directory / "linux.lock", silent, ""):
        if not repo.exists():
            new = repo.with_name("linux.git.new")
            shutil.rmtree(new, ignore_errors=True)
            # On the same file system the objects are linked, not copied.
            git.git(
                directory, "clone", "--quiet", "--bare", "--local", "--single-branch",
                "--branch", "base", str(base.repo), str(new),
            )  # fmt: skip
            git.git(new, "remote", "remove", "origin")
            new.rename(repo)
        elif git.resolve(repo, base.commit) is None:
            head = "+refs/heads/base:refs/heads/base"
            # What a version depends on lies over that branch, and no branch has it.
            git.git(repo, "fetch", "--quiet", "--no-tags", str(base.repo), head, base.commit)
        for other in alternates.linked(base.repo):  # of trees that versions have their bases from
            alternates.link(repo, other)
    return replace(base, repo=repo)


def _make_branch(place: Workplace) -> None:
    repo, ref = place.base.repo, f"refs/heads/{place.branch}"
    now = git.resolve(repo, ref)
    if now is None:
        git.git(repo, "update-ref", "-m", "refseries start", ref, place.tip, "0" * len(place.tip))
    elif not is_on_top(place, now):
        raise StageError(
            f"the branch `{place.branch}` is not on top of {place.onto} as it stands.",
            where=str(repo),
            hint=f"Its patches changed. Go on top of them with `{on_top(place, ref)}`.",
        )


def on_top(place: Workplace, ref: str) -> str:
    """The command that puts the user's commits of the branch ``ref`` on top of the version.

    What they stand on are commits of the version as it was, or of another one: by the committer of
    the version's, and no later, as his dates are the version's.
    """
    repo = place.base.repo
    words = ("log", "--no-show-signature", "--format=%H %ct %cn <%ce>")
    said = git.git(repo, *words, "-1", place.tip, "--").stdout
    _tip, latest, ours = said.rstrip("\n").split(" ", 2)
    listed = git.git(repo, *words, f"{place.tip}..{ref}", "--").stdout.splitlines()
    commits = (line.split(" ", 2) for line in listed)
    under = (one for one, when, who in commits if who == ours and int(when) <= int(latest))
    old = next(under, None) or git.merge_base(repo, place.tip, ref)
    onto = ("--onto", place.tip[:12], old[:12]) if old else (place.tip[:12],)
    return rebase(place, ref, *onto)


def rebase(place: Workplace, ref: str, *words: str) -> str:
    """The command line of a ``git rebase`` of the branch ``ref``, where git lets it be done."""
    at = git.git(place.base.repo, "for-each-ref", "--format=%(worktreepath)", ref).stdout.strip()
    branch = () if at else (ref.removeprefix("refs/heads/"),)
    return shlex.join(("git", "-C", at or str(place.base.names), "rebase", *words, *branch))


def is_on_top(place: Workplace, commit: str) -> bool:
    """Whether ``commit`` has the version of ``place`` below it."""
    words = ("merge-base", "--is-ancestor", place.tip, commit)
    return git.git(place.base.repo, *words, check=False).returncode == 0


def _check_worktree(place: Workplace) -> None:
    path = place.worktree
    try:
        known = git.git_dir(path) == place.base.repo.resolve() and git.resolve(path, "HEAD")
    except RefseriesError:
        known = None
    if not known:
        raise StageError(
            "stands where the work tree goes, but git does not know it as one.",
            where=str(path),
            hint="Save what you need of it, remove it, and start again.",
        )


def _check_free(place: Workplace) -> None:
    """No other work tree is on the branch; git forgets those whose directories are gone."""
    git.git(place.base.repo, "worktree", "prune")
    ref = f"refs/heads/{place.branch}"
    where = git.git(place.base.repo, "for-each-ref", "--format=%(worktreepath)", ref).stdout.strip()
    if where:
        remove = shlex.join(("git", "-C", str(place.base.repo), "worktree", "remove", where))
        raise StageError(
            f"the branch `{place.branch}` is checked out already.",
            where=where,
            hint=f"Go on there, or remove that work tree with `{remove}`.",
        )
