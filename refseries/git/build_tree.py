# SPDX-License-Identifier: GPL-2.0-or-later
"""The one work tree of a series in which kernels are built, moved from commit to commit.

Moving keeps the modification times of files that do not change, so make rebuilds only what a
version changed. The work tree belongs to a bare repository in the cache or to the user's own kernel
tree; of the latter only the administrative directory of our work tree is ever written: no config,
no branch, and no hook runs.

Directories that no config needs are left out by skip-worktree bits in the work tree's own index. A
sparse checkout proper would do the same, but in 6.12's 87,000 files git spends three seconds on its
patterns every time the tree is moved, where a plain checkout takes half a second.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.errors import HostError, StageError
from refseries.host import lock
from refseries.host.progress import Say

BUILD_DIRS = "o-"
"""Names of build directories (children of the work tree) start with this; moving spares them."""

# kbuild and kconfig read these files in every directory, built or not.
_NEEDED = re.compile(r"(Kconfig|Makefile|Kbuild)[^/]*$")

# The user's settings must not bend the checkout. Workers, one a processor, halve its time.
_SETTINGS = {
    "core.sparseCheckout": "false",
    "core.autocrlf": "false",
    "core.splitIndex": "false",
    "core.untrackedCache": "false",
    "submodule.recurse": "false",
    "checkout.workers": "0",
}

_POLL_SECONDS = 0.5
_LOCK_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Worktree:
    """An opened work tree; made by ``opened``, valid inside its block.

    Attributes:
        path: the directory.
        repo: git directory of the repository that it belongs to.
        leave_out: directories that are not checked out.
    """

    path: Path
    repo: Path
    leave_out: tuple[str, ...]

    def move(self, commit: str) -> None:
        """Make the files those of ``commit``, whatever state they were left in.

        Files that somebody changed, removed or added, and what a killed move left behind, are put
        right; modification times change for no other files.

        Raises:
            StageError: git failed; for example, there is no such commit.
            HostError: the disk is full.
        """
        if not self._usable():
            self._create(commit)
        self._marker.write_text(commit + "\n")
        self._drop_stale_locks()
        self._git("reset", "--quiet", "--hard", commit)
        # -x: a file that git ignores can still be one that kbuild trips over (.config).
        self._git("clean", "-ffdxq", "--exclude", f"/{BUILD_DIRS}*")
        self._marker.unlink()

    def head(self) -> str | None:
        """The commit that the tree is at; None when it has never been there, or half."""
        if self._marker.exists() or not self._usable():
            return None
        return self._git("rev-parse", "HEAD").strip()

    def blobs(self, pattern: re.Pattern[str]) -> list[str]:
        """The files whose path ``pattern`` finds, each as ``mode id stage<TAB>path``, by path.

        They are those of the commit that the tree was moved to, left out or not.
        """
        entries = self._git("ls-files", "--stage", "-z").split("\0")
        return [entry for entry in entries if pattern.search(entry.partition("\t")[2])]

    @property
    def _marker(self) -> Path:
        """There while the tree is being made or moved."""
        return self.path.with_name(self.path.name + ".moving")

    @property
    def _state(self) -> Path:
        """What the tree was made with; there once it is complete."""
        return self.path.with_name(self.path.name + ".json")

    @property
    def _wanted_state(self) -> str:
        return json.dumps({"repo": str(self.repo), "leave_out": sorted(self.leave_out)}) + "\n"

    @property
    def _admin(self) -> Path | None:
        """Administrative directory in the repository; None when git no longer knows the tree."""
        try:
            words = (self.path / ".git").read_text().split(maxsplit=1)
        except OSError:
            return None
        if len(words) != 2 or words[0] != "gitdir:":
            return None
        admin = self.path / words[1].strip()  # relative on the user's wish
        return admin if (admin / "HEAD").is_file() else None

    def _usable(self) -> bool:
        """Whether the tree is complete and made as wanted; its files may still be damaged."""
        try:
            made = self._state.read_text()
        except OSError:
            return False
        admin = self._admin
        return made == self._wanted_state and admin is not None and _readable_index(admin)

    def _create(self, commit: str) -> None:
        """Make the tree anew, without checking anything out: ``move`` does."""
        self._state.unlink(missing_ok=True)
        if self.path.exists():
            shutil.rmtree(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # -ff: the path may still be registered, after somebody removed the directory alone; and
        # locked, as git does while it makes a tree, after a kill. No --lock: once the cache is
        # removed, git's own prune may forget the tree.
        _git(
            self.path.parent, "--git-dir", str(self.repo),
            "worktree", "add", "--quiet", "-ff", "--no-checkout", "--detach",
            str(self.path), commit,
        )  # fmt: skip
        self._git("read-tree", commit)
        names = self._git("ls-files", "-z").split("\0")
        if skipped := left_out(names, self.leave_out):
            self._git("update-index", "-z", "--skip-worktree", "--stdin", stdin="\0".join(skipped))
        temporary = self._state.with_suffix(".new")
        temporary.write_text(self._wanted_state)
        temporary.replace(self._state)

    def _drop_stale_locks(self) -> None:
        """Remove the locks of a git that was killed; a live one gets time to end."""
        assert self._admin is not None
        deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
        for held in (self._admin / "index.lock", self._admin / "HEAD.lock"):
            while held.exists() and _age(held) < _LOCK_PATIENCE_SECONDS:
                if time.monotonic() > deadline:
                    break
                time.sleep(_POLL_SECONDS / 5)
            held.unlink(missing_ok=True)

    def _git(self, *words: str, stdin: str | None = None) -> str:
        admin = self._admin
        if admin is None:
            raise StageError(
                "git no longer knows this work tree.",
                where=str(self.path),
                hint="Somebody removed it from the repository while it was in use; start again.",
            )
        place = ("--git-dir", str(admin), "--work-tree", str(self.path))
        return _git(self.path, *place, *words, index=admin / "index", stdin=stdin)


@contextlib.contextmanager
def opened(repo: Path, path: Path, leave_out: Sequence[str], *, say: Say) -> Iterator[Worktree]:
    """Yield the work tree at ``path``, for this process alone.

    Nothing is created or checked out before ``move``.

    Args:
        repo: git directory: a bare repository, or the ``.git`` of the user's tree.
        path: the work tree; the lock and two small files lie beside it.
        leave_out: directories of the tree that are not checked out, but for their Kconfig, Makefile
            and Kbuild files. A different list, or another repository, makes the tree anew.
        say: is told, once, when another run holds the tree and this one waits.

    Raises:
        HostError: the directory cannot be written.
        Stopped: the user stopped the run while it waited.
    """
    waiting = f"another run of refseries is building in {path}; waiting for it to end"
    with contextlib.ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock.held(path.with_name(path.name + ".lock"), say, waiting))
        except OSError as error:
            raise HostError(
                f"cannot be written: {error.strerror}.",
                where=str(path.parent),
                hint="Fix its permissions, or name another cache directory.",
            ) from error
        yield Worktree(path, repo, tuple(leave_out))


def left_out(paths: Sequence[str], directories: Sequence[str]) -> list[str]:
    """Those of ``paths`` that a tree without ``directories`` does not check out. Pure."""
    prefixes = tuple(directory.strip("/") + "/" for directory in directories)
    return [path for path in paths if path.startswith(prefixes) and not _NEEDED.search(path)]


def _git(where: Path, *words: str, index: Path | None = None, stdin: str | None = None) -> str:
    # An index named in the environment (a git hook does it) would be taken before the tree's own.
    env = {"GIT_OPTIONAL_LOCKS": "0", **({"GIT_INDEX_FILE": str(index)} if index else {})}
    data = stdin.encode("utf-8", "surrogateescape") if stdin is not None else None
    return git.git(where, *words, env=env, stdin=data, config=_SETTINGS).stdout


def _readable_index(admin: Path) -> bool:
    """Whether the index is there and begins as one; power loss can leave it empty."""
    try:
        with (admin / "index").open("rb") as stream:
            return stream.read(4) == b"DIRC"
    except OSError:
        return False


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return _LOCK_PATIENCE_SECONDS
