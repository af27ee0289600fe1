# SPDX-License-Identifier: GPL-2.0-or-later
"""Git: reading with GitPython, everything else through the git command.

Text that came out of a mail or a patch is never an argument here: messages and patches go in by
standard input, and every path is put behind ``--``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from refseries import proc
from refseries.errors import SeriesError

if TYPE_CHECKING:
    from git import Repo

# A user's hooks, signing and background maintenance have no place in what we do in the repository.
_QUIET = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "commit.gpgSign=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "advice.detachedHead=false",
    "-c", "core.fsmonitor=false",
)  # fmt: skip

# Names of the files whose content git itself reads for settings, and of places outside the tree.
_ENV = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}


def git(
    repo: Path,
    *args: str,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    check: bool = True,
    deadline: float = 600.0,
    config: Mapping[str, str] | None = None,
) -> proc.Completed:
    """Run git in ``repo`` (a work tree or a git directory) with our fixed settings.

    Args:
        config: settings for this call alone, as with ``git -c``; nothing is written.

    Raises:
        StageError: it failed (with ``check``) or took longer than ``deadline`` seconds.
        HostError: git is not installed.
    """
    extra = [word for name, value in (config or {}).items() for word in ("-c", f"{name}={value}")]
    return proc.run(
        ["git", *_QUIET, *extra, *args],
        cwd=repo,
        env={**_ENV, **(env or {})},
        stdin=stdin,
        check=check,
        deadline=deadline,
    )


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Repo]:
    """GitPython's view of the repository at ``path``, closed (with its helpers) at the end.

    Raises:
        SeriesError: ``path`` is not a git repository.
    """
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo

    try:
        repo = Repo(path)
    except (InvalidGitRepositoryError, NoSuchPathError) as error:
        raise SeriesError(
            "is not a git repository.", where=str(path), hint="Name a git tree of the kernel."
        ) from error
    try:
        yield repo
    finally:
        repo.close()


def git_dir(path: Path) -> Path:
    """The repository's common git directory, for a work tree, a linked one or a bare repository.

    Raises:
        SeriesError: ``path`` is not a git repository.
    """
    with reading(path) as repo:
        return Path(repo.common_dir).resolve()


def resolve(path: Path, ref: str) -> str | None:
    """Id of the commit that ``ref`` names, None when there is none."""
    completed = git(
        path, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}",
        check=False,
    )  # fmt: skip
    return completed.stdout.strip() or None


def read_file(path: Path, commit: str, name: str) -> bytes:
    """Content of the file ``name`` in ``commit``.

    Raises:
        SeriesError: there is no such file.
    """
    with reading(path) as repo:
        try:
            blob = repo.commit(commit).tree / name
        except KeyError as error:
            raise SeriesError(f"there is no file `{name}` in commit {commit[:12]}.") from error
        data: bytes = blob.data_stream.read()
        return data


def changed_paths(path: Path, old: str, new: str) -> tuple[str, ...]:
    """Paths that differ between two commits or trees."""
    completed = git(path, "diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
    return tuple(name for name in completed.stdout.split("\0") if name)
