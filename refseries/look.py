# SPDX-License-Identifier: GPL-2.0-or-later
"""A work tree for a person to look at what was applied.

It holds the top directory and the directories that the patches touch, so that it is there at once
and takes few megabytes; ``git sparse-checkout disable`` in it brings the rest. No build uses it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from refseries import git
from refseries.errors import StageError
from refseries.model import Applied, BaseInfo, Series

# Read for this call only: nothing is written to the configuration of a repository of the user's.
_SPARSE = {"core.sparseCheckout": "true", "core.sparseCheckoutCone": "false"}


def checkout(series: Series, base: BaseInfo, applied: Applied, cache: Path) -> Applied:
    """``applied`` with a work tree at its commit, made or moved there.

    Raises:
        StageError: the work tree holds changes of the user's that moving it would lose.
    """
    name = str(applied.branch or applied.target).replace("/", "-").replace(":", "-")
    path = cache / series.name / "look" / name
    done = replace(applied, worktree=path)
    if not (path / ".git").is_file() or git.resolve(path, "HEAD") is None:
        git.git(base.repo, "worktree", "prune")
        path.parent.mkdir(parents=True, exist_ok=True)
        # At the base at first: HEAD moves last, so it never names what is not yet there.
        git.git(
            base.repo, "worktree", "add", "--quiet", "--force", "--no-checkout", "--detach",
            str(path), base.commit,
        )  # fmt: skip
    elif git.resolve(path, "HEAD") == applied.commit:
        return done
    else:
        _refuse_changes(path)
    touched = git.changed_paths(base.repo, base.commit, applied.commit)
    sparse = Path(git.git(path, "rev-parse", "--git-path", "info/sparse-checkout").stdout.strip())
    sparse = path / sparse  # git answers relative to where it ran, or absolute
    sparse.parent.mkdir(parents=True, exist_ok=True)
    sparse.write_text("\n".join(patterns(touched)) + "\n", encoding="utf-8")
    git.git(path, "checkout", "--quiet", "--force", "--detach", applied.commit, config=_SPARSE)
    return done


def patterns(touched: tuple[str, ...]) -> tuple[str, ...]:
    """Sparse-checkout patterns: files of the top directory and of those that hold ``touched``."""
    directories = {PurePosixPath(name).parent for name in touched} - {PurePosixPath()}
    lines = ["/*", "!/*/"]
    for directory in sorted(directories):
        lines += [f"/{directory}/*", f"!/{directory}/*/"]
    # A directory may stand inside another one that was just cut off; later patterns win.
    lines += [f"/{directory}/" for directory in sorted(directories) if directory.parts]
    return tuple(lines)


def _refuse_changes(path: Path) -> None:
    status = git.git(path, "status", "--porcelain", "--untracked-files=no", config=_SPARSE)
    if status.stdout.strip():
        raise StageError(
            "the work tree holds changes that are not committed; moving it would lose them.",
            where=str(path),
            hint="Commit them on a branch there, or throw them away with `git checkout .`.",
            detail=status.stdout.rstrip(),
        )
