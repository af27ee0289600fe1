# SPDX-License-Identifier: GPL-2.0-or-later
"""A work tree for a person to look at what was applied.

It holds the files of the directories that the patches touch, and of those above, so that it is
there at once and takes few megabytes; ``git sparse-checkout disable`` in it brings the rest. No
build uses it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

from refseries import git
from refseries.errors import HostError, StageError
from refseries.git.identity import committer_of
from refseries.host import lock
from refseries.host.progress import Say, silent
from refseries.model import Applied, BaseInfo, Identity, Series

# Read for this call only: nothing is written to the configuration of a repository of the user's.
_SPARSE = {"core.sparseCheckout": "true", "core.sparseCheckoutCone": "true"}


def checkout(
    series: Series,
    base: BaseInfo,
    applied: Applied,
    cache: Path,
    say: Say = silent,
) -> Applied:
    """``applied`` with a work tree at its commit, made or moved there.

    Args:
        say: told when another run has to be waited for.

    Raises:
        StageError: the work tree holds changes or commits of the user's that moving it would lose.
    """
    name = str(applied.branch or applied.target).replace("/", "-").replace(":", "-")
    path = cache / series.home / "look" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # There while the tree is being made or moved: after a kill, its files are nobody's changes.
    moving = path.with_name(f"{name}.moving")
    waiting = f"Waiting for another refseries that looks at {applied.target}"
    with lock.held(path.with_name(f"{name}.lock"), say, waiting):
        at = _head(path)
        touched = git.changed_paths(base.repo, base.commit, applied.commit)
        if at is not None and not moving.exists():
            if at == applied.commit and _belongs(path, base.repo):
                return replace(applied, worktree=path)
            _refuse_loss(path, at, base, series.identity, touched)
        moving.touch()
        if at is None or not _belongs(path, base.repo):
            _create(path, base)
        _move(path, applied.commit, touched)
        moving.unlink()
    return replace(applied, worktree=path)


def _head(path: Path) -> str | None:
    """The commit that the work tree is at, None when there is no work tree or git lost it."""
    if not (path / ".git").is_file():
        return None
    try:
        return git.resolve(path, "HEAD")
    except HostError:
        return None


def _belongs(path: Path, repo: Path) -> bool:
    return git.git_dir(path) == repo.resolve()


def _create(path: Path, base: BaseInfo) -> None:
    if path.exists():
        shutil.rmtree(path)
    # -ff: git may still know a tree at this path, when somebody removed its directory alone; after
    # a kill while git made it, it is locked as well.
    git.git(
        base.repo, "worktree", "add", "--quiet", "-ff", "--no-checkout", "--detach",
        str(path), base.commit,
    )  # fmt: skip


def _move(path: Path, commit: str, touched: tuple[str, ...]) -> None:
    # git answers relative to where it ran, or absolute.
    admin = path / git.git(path, "rev-parse", "--git-dir").stdout.strip()
    for stale in (admin / "index.lock", admin / "HEAD.lock"):
        stale.unlink(missing_ok=True)  # of a git that was killed; we hold the lock
    sparse = admin / "info" / "sparse-checkout"
    sparse.parent.mkdir(exist_ok=True)
    sparse.write_text("\n".join(patterns(touched)) + "\n", encoding="utf-8")
    # A checkout would do the same, but it heeds the patterns only for files that change.
    git.git(path, "read-tree", "--reset", "-u", commit, config=_SPARSE)
    git.git(path, "update-ref", "--no-deref", "-m", "refseries apply", "HEAD", commit)


def patterns(touched: tuple[str, ...]) -> tuple[str, ...]:
    """Sparse-checkout patterns (cone mode): the files of the directories that hold ``touched``.

    Those of the directories above come too, the directories in them do not.
    """
    directories = {above for name in touched for above in PurePosixPath(name).parents}
    lines = ["/*", "!/*/"]
    for directory in sorted(directories - {PurePosixPath()}):
        plain = re.sub(r"([*?\[\\])", r"\\\1", str(directory))
        lines += [f"/{plain}/", f"!/{plain}/*/"]
    return tuple(lines)


def _refuse_loss(
    path: Path, at: str, base: BaseInfo, ours: Identity, touched: tuple[str, ...]
) -> None:
    """Refuse to move a tree at ``at`` if that loses work; ``touched`` is what the move brings."""
    # The words that git has for each file: "XY path", "??" is untracked.
    status = git.git(
        path, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all",
        config=_SPARSE,
    ).stdout.split("\0")[:-1]  # fmt: skip
    lost = [word for word in status if not word.startswith("??") or word[3:] in touched]
    detached = git.git(path, "symbolic-ref", "--quiet", "HEAD", check=False).returncode != 0
    if lost:
        what = "changes that are not committed"
        hint = (
            f"Commit them on a branch there, or put them aside: `git -C {shlex.quote(str(path))} "
            "stash --include-untracked`."
        )
    elif detached and at != base.commit and committer_of(path, at) != ours:
        what = "a commit that is on no branch"
        hint = "Make a branch of it there (`git switch -c NAME`), or throw it away."
    else:
        return
    raise StageError(
        f"the work tree holds {what}, and moving it would lose that.",
        where=str(path),
        hint=hint,
        detail="\n".join(lost),
    )
