# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that a base has already: looked for among its commits, and among its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from refseries import git
from refseries.git import releases
from refseries.host.scratch import scratch_folder
from refseries.model import BaseInfo
from refseries.series.patches import Patch

_MOST_COMMITS = 2000  # that changed the same files
_PATH = re.compile(rb"^diff --git a/([^\n\"]+) b/\1$", re.M)


def taken(base: BaseInfo, patches: Sequence[Patch]) -> dict[int, str]:
    """Of those of ``patches`` that ``base`` has, by index, a sentence that says since when.

    A commit is found by git's patch id, which heeds neither line numbers nor white space. Where no
    commit of the base is the patch, as in a base without its history, its lines tell.
    """
    ids = [patch_id(base.repo, patch.diff) for patch in patches]
    paths = sorted({path for patch in patches for path in _paths(patch)})
    commits = _commits(base, paths, frozenset(ids)) if paths else {}
    found: dict[int, str] = {}
    for at, (patch, known) in enumerate(zip(patches, ids, strict=True)):
        if commit := commits.get(known):
            found[at] = f"in the base since {_since(base, commit)}"
        elif _has_lines(base, patch):
            found[at] = "in the base already"
    return found


def _paths(patch: Patch) -> list[str]:
    return [found.decode("utf-8", "surrogateescape") for found in _PATH.findall(patch.diff)]


def patch_id(repo: Path, diff: bytes) -> str:
    """Git's own, 40 hex digits, of a diff; empty where git finds none in it."""
    told = git.git(repo, "patch-id", "--stable", stdin=diff, check=False).stdout
    return told.partition(" ")[0].strip()


def _commits(base: BaseInfo, paths: Sequence[str], wanted: frozenset[str]) -> dict[str, str]:
    """By patch id, the commit of ``base``."""
    log = git.on_objects(
        base.repo, base.commit, "log", "-p", "--no-merges", "--no-show-signature", "--no-renames",
        "--full-index", "--no-textconv", "--no-ext-diff", "--full-diff",
        f"--max-count={_MOST_COMMITS}", "--format=commit %H", base.commit, "--",
        *(f":(top,literal){path}" for path in paths),
        check=False,
    ).out  # fmt: skip
    told = git.git(base.repo, "patch-id", "--stable", stdin=log, check=False).stdout
    pairs = (line.split(" ") for line in told.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] in wanted}


def _since(base: BaseInfo, commit: str) -> str:
    """``v6.13-rc1 (1234567890ab)``: the first release that has it, and what it is called."""
    words = ("describe", "--contains", *releases.LASTING, commit)
    told = re.split(r"[~^]", git.git(base.repo, *words, check=False).stdout.strip())[0]
    return f"{told} ({commit[:12]})" if told else commit[:12]


def _has_lines(base: BaseInfo, patch: Patch) -> bool:
    """Whether the patch can be taken back from the base, and not put onto it."""
    with scratch_folder() as scratch:
        env = {"GIT_INDEX_FILE": str(scratch / "index")}
        git.git(base.repo, "read-tree", base.commit, env=env)
        words = ("apply", "--cached", "--check", "--reverse", "-")
        return git.git(base.repo, *words, env=env, stdin=patch.diff, check=False).returncode == 0
