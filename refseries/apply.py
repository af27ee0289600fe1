# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches to commits: a version, or the fixups on the way to it, over the base.

The commits are made in a scratch index, without any work tree, so that applying costs well under
a second and leaves the user's tree alone; ids are the same on every machine because authors and
their dates come from the patches, the committer and his dates from the series.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from refseries import git, patches, store
from refseries.errors import StageError
from refseries.model import (
    BASE,
    Applied,
    BaseInfo,
    Commit,
    Identity,
    Series,
    Target,
    Version,
)


@dataclass(frozen=True)
class _Step:
    """One commit to make: ``date`` is the committer's, in git's raw form."""

    patch: Path
    date: str
    task: str | None


def apply(
    series: Series,
    base: BaseInfo,
    target: Target,
    cache: Path,
    *,
    branch: str | None = None,
    by_task: bool = False,
) -> Applied:
    """Make the commits of ``target`` over ``base``, or find them where they were made before.

    Args:
        cache: directory for the record of what was applied.
        branch: points at the result; None leaves branches alone.
        by_task: go from the version before over the fixups instead of by the version's patches.

    Raises:
        StageError: a patch does not apply; names patch, file and hunk. Nothing is changed.
        SeriesError: a patch reaches where it must not.
    """
    if target.version == BASE:
        return Applied(target, base.repo, None, base.commit, base.tree)
    steps = _steps(series, target, by_task or target.task is not None)
    record = cache / series.name / "applied" / f"{_key(base, series.identity, steps)}.json"
    commits = _recall(record, base.repo)
    if commits is None:
        commits = _make(series, base, steps)
        record.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(record, json.dumps([asdict(commit) for commit in commits]))
    tip = commits[-1]
    if branch is not None:
        _point(base.repo, branch, tip.commit)
    return Applied(target, base.repo, branch, tip.commit, tip.tree, commits)


def chain(
    series: Series, base: BaseInfo, name: str, cache: Path
) -> tuple[tuple[Target, Applied], ...]:
    """Every state of the fixup chain to version ``name``, applied; the first is the version before.

    Raises:
        SeriesError: the version has no fixups.
        StageError: a patch does not apply.
    """
    states = store.chain(series, name)
    whole = apply(series, base, Target(name), cache, by_task=True)
    ends = {commit.task: position for position, commit in enumerate(whole.commits, 1)}
    result = []
    for state in states:
        # The version before ends at its last patch; the version itself is the whole chain.
        count = ends[state.task if state.version == name else None]
        commits = whole.commits if state == states[-1] else whole.commits[:count]
        tip = commits[-1]
        result.append((state, Applied(state, base.repo, None, tip.commit, tip.tree, commits)))
    return tuple(result)


def default_branch(series: Series, target: Target, by_task: bool) -> str:
    """The branch that ``target`` gets unless the user names one."""
    suffix = "-by-task" if by_task else ""
    return f"refseries/{series.name}/{target.version}{suffix}"


def _steps(series: Series, target: Target, by_task: bool) -> tuple[_Step, ...]:
    version = store.version(series, target.version)
    if not by_task:
        return _dated(version, ((patch, None) for patch in version.patches))
    before = store.previous(series, version)
    store.chain(series, version.name)  # refuses a version without fixups
    assert before is not None
    tasks = [fixup.task for fixup in version.fixups]
    upto = tasks.index(target.task) + 1 if target.task else len(tasks)
    first = _dated(before, ((patch, None) for patch in before.patches))
    fixups = ((fixup.patch, fixup.task) for fixup in version.fixups[:upto])
    return first + _dated(version, fixups)


def _dated(version: Version, items: Iterable[tuple[Path, str | None]]) -> tuple[_Step, ...]:
    return tuple(
        _Step(patch, f"{int((version.date + timedelta(seconds=i)).timestamp())} +0000", task)
        for i, (patch, task) in enumerate(items)
    )


def _key(base: BaseInfo, identity: Identity, steps: tuple[_Step, ...]) -> str:
    digest = hashlib.sha256(f"{base.commit}\0{identity.name}\0{identity.email}".encode())
    for step in steps:
        digest.update(f"\0{step.date}\0{step.task}\0".encode())
        digest.update(hashlib.sha256(step.patch.read_bytes()).digest())
    return digest.hexdigest()


def _recall(record: Path, repo: Path) -> tuple[Commit, ...] | None:
    """The commits that ``record`` names, if it is whole and the repository still holds them."""
    try:
        commits = tuple(Commit(**entry) for entry in json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if not commits or git.resolve(repo, commits[-1].commit) is None:
        return None
    return commits


def _make(series: Series, base: BaseInfo, steps: tuple[_Step, ...]) -> tuple[Commit, ...]:
    with tempfile.TemporaryDirectory(prefix="refseries-apply-") as scratch:
        env = {
            "GIT_INDEX_FILE": str(Path(scratch) / "index"),
            "GIT_COMMITTER_NAME": series.identity.name,
            "GIT_COMMITTER_EMAIL": series.identity.email,
        }
        git.git(base.repo, "read-tree", base.commit, env=env)
        commits: list[Commit] = []
        for step in steps:
            parent = commits[-1].commit if commits else base.commit
            commits.append(_commit(base.repo, step, parent, env))
        return tuple(commits)


def _commit(repo: Path, step: _Step, parent: str, env: dict[str, str]) -> Commit:
    patch = patches.read(step.patch)
    patches.refuse_outside(patch)
    applied = git.git(
        repo, "apply", "--cached", "--whitespace=nowarn", "-", env=env, stdin=patch.diff,
        check=False,
    )  # fmt: skip
    if applied.returncode != 0:
        raise _rejected(patch, applied.stderr)
    tree = git.git(repo, "write-tree", env=env).stdout.strip()
    author = {
        "GIT_AUTHOR_NAME": patch.author.name,
        "GIT_AUTHOR_EMAIL": patch.author.email,
        "GIT_AUTHOR_DATE": patch.date,
        "GIT_COMMITTER_DATE": step.date,
    }
    commit = git.git(
        repo, "commit-tree", tree, "-p", parent, "-F", "-", env={**env, **author},
        stdin=patch.message.encode(),
    ).stdout.strip()  # fmt: skip
    return Commit(commit, tree, patch.subject, step.task)


def _rejected(patch: patches.Patch, stderr: str) -> StageError:
    reject = patches.find_reject(patch, stderr)
    place = f"{patch.path}: {reject.file}" if reject.file else str(patch.path)
    if reject.hunk:
        place += f": hunk {reject.hunk} of {reject.hunks} (at line {reject.line})"
    return StageError(
        f"the patch does not apply: {reject.reason}.",
        where=place,
        hint="Nothing was changed. Apply it over the base that it was made on, or rebase it there.",
        detail=reject.text,
    )


def _point(repo: Path, branch: str, commit: str) -> None:
    """Move ``branch`` to ``commit``; a branch outside ``refseries/`` is only made, never moved."""
    ref = f"refs/heads/{branch}"
    git.git(repo, "check-ref-format", "--branch", branch)
    now = git.resolve(repo, ref)
    if now == commit:
        return
    if now is not None and not branch.startswith("refseries/"):
        raise StageError(
            f"the branch `{branch}` exists and is not ours.",
            where=str(repo),
            hint="Name another one with --branch, or delete it first.",
        )
    git.git(repo, "update-ref", "-m", "refseries apply", ref, commit)


def _write_atomically(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(name).replace(path)
