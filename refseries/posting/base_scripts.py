# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts of the base tree, run on patches: only the files that they read, out of git.

Their answers are kept in the cache under a key of all that they depend on.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from refseries import git
from refseries.host.files import write_atomically
from refseries.model import BaseInfo

MAINTAINERS = (
    "scripts/get_maintainer.pl", "MAINTAINERS", ".mailmap", ".get_maintainer.ignore",
)  # fmt: skip
"""get_maintainer.pl, and what it reads."""

CHECKPATCH = (
    "scripts/checkpatch.pl", "scripts/spelling.txt", "scripts/const_structs.checkpatch",
)  # fmt: skip
"""checkpatch.pl, and what it reads."""


def blobs(base: BaseInfo, names: Iterable[str], cache: Path) -> Mapping[str, str]:
    """Ids of those of the files ``names`` (of the two scripts) that the base tree has, by name.

    Args:
        cache: folder in which they are kept.
    """
    there = _blobs(base, cache)
    return {name: there[name] for name in names if name in there}


@functools.cache
def _blobs(base: BaseInfo, cache: Path) -> Mapping[str, str]:
    """Of both scripts at once: an export asks for both."""
    names = (*MAINTAINERS, *CHECKPATCH)

    def ask() -> list[str]:
        return git.git(base.repo, "ls-tree", "-z", base.commit, "--", *names).stdout.split("\0")

    listed = remembered(cache / f"{key('blobs', base.commit, names)}.json", ask)
    # "100644 blob ID", a tab, the path
    return {entry.partition("\t")[2]: entry.split()[2] for entry in listed if entry}


def lay_out(base: BaseInfo, files: Iterable[str], top: Path) -> None:
    """Write ``files`` of the base tree below ``top``."""
    for name, content in git.read_files(base.repo, base.commit, files).items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def key(*parts: object, contents: Iterable[bytes] = ()) -> str:
    """A name for an answer that follows from ``parts`` and ``contents``."""
    digest = hashlib.sha256(repr(parts).encode())
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:32]


def remembered(path: Path, ask: Callable[[], list[str]]) -> list[str]:
    """The lines that ``path`` keeps; else those that ``ask`` gives, which are kept there."""
    try:
        return [str(line) for line in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        answer = ask()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(answer))
    return answer
