# SPDX-License-Identifier: GPL-2.0-or-later
"""A repository without its own info/attributes, which no setting of git's overrules.

They could turn line ends, run filters, expand ``$Id$``, merge by ``union`` or leave files out of an
archive. Git looks for them where the things are that work trees share; so for one command that is a
folder of ours, in which all but them is a symbolic link to what the repository has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from refseries.host.scratch import scratch_folder

# Others either look at no file, or tell or keep the paths of the repository.
_HEED = frozenset({
    "add", "am", "apply", "archive", "blame", "checkout", "cherry-pick", "commit", "diff",
    "diff-files", "diff-index", "diff-tree", "format-patch", "grep", "hash-object", "log",
    "ls-files", "merge-tree", "range-diff", "read-tree", "rebase", "reset", "restore", "show",
    "stash", "status", "switch", "update-index",
})  # fmt: skip
_WITH_VALUE = frozenset({"--git-dir", "--work-tree", "-C", "-c"})


@contextlib.contextmanager
def hidden(repo: Path, args: Sequence[str]) -> Iterator[dict[str, str]]:
    """Variables by which ``git ARGS`` in ``repo`` does without info/attributes.

    There are none where the repository has no such file, or the command heeds none.

    Args:
        repo: a work tree, a folder in one, or a git directory.
    """
    common = _common(repo) if _command(args) in _HEED else None
    if common is None or not (common / "info/attributes").is_file():
        yield {}
        return
    with scratch_folder() as view:
        (view / "info").mkdir()
        for entry in (*common.iterdir(), *(common / "info").iterdir()):
            name = entry.relative_to(common)
            if str(name) not in ("info", "info/attributes"):
                (view / name).symlink_to(entry)
        yield {"GIT_COMMON_DIR": str(view)}


def _command(args: Sequence[str]) -> str:
    words = iter(args)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def _common(path: Path) -> Path | None:
    """Where git keeps what the work trees of the repository that ``path`` is in share."""
    path = path.resolve()
    with contextlib.suppress(OSError):  # git says what it cannot read
        for place in (path, *path.parents):
            found = place / ".git"
            if found.is_file():  # of a linked work tree
                found = place / _text(found).removeprefix("gitdir:").strip()
            elif not found.is_dir():
                found = place
            if (found / "HEAD").exists():
                shared = found / "commondir"
                return (found / _text(shared).strip() if shared.is_file() else found).resolve()
    return None


def _text(path: Path) -> str:
    return path.read_text("utf-8", "surrogateescape")
