# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches to commits: a version, or the fixups on the way to it, over the base.

The commits are made in a scratch index, without any work tree, so that applying costs well under
a second and leaves the user's tree alone; ids are the same on every machine because authors and
their dates come from the patches, the committer and his dates from the series.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError, StageError
from refseries.git.identity import as_author, as_committer, committer_of
from refseries.host.files import write_atomically
from refseries.host.scratch import scratch_folder
from refseries.model import BASE, Applied, BaseInfo, Commit, Identity, Series, Target
from refseries.series import home, naming, patches, rejected, store

# Part of the key of a record: raise it when the same patches come to other commits than before.
_FORMAT = 1

MOST_COMMITS = 1000
"""A commit that is further from the base than this is no series, but another kernel."""

_MADE = "refseries apply of "  # in the reflog of a branch, before the path of the project


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
        SeriesError: a patch reaches where it must not, or ``branch`` is no name for one.
    """
    if target.version == BASE:
        own = base.of(target.stands_on)
        return Applied(target, own.repo, None, own.commit, own.tree, base=own.commit)
    if target.commit:
        return _picked(base.of(target.stands_on), target)
    by_task = by_task or target.task is not None
    chained = by_task and not target.onto
    base = _of_chain(series, base, target.version) if chained else base.of(target.stands_on)
    steps = _steps(series, target, by_task)
    commits, error = _commits(series, base, cache, steps)
    if error is not None:
        raise error
    tip = commits[-1]
    if branch is not None:
        _point(base, branch, tip.commit, series)
    return Applied(target, base.repo, branch, tip.commit, tip.tree, commits, base=base.commit)


def commit(
    series: Series, base: BaseInfo, read: Sequence[patches.Patch], date: datetime
) -> tuple[Commit, ...]:
    """Make commits of patches that are in no version yet, as ``apply`` would of a version.

    Args:
        date: the committer's, of the first; each later one is a second younger.

    Raises:
        StageError: a patch does not apply; names patch, file and hunk. Nothing is changed.
        SeriesError: a patch reaches where it must not.
    """
    steps = _dated(date, ((patch.path, None) for patch in read))
    commits, error = _make(series, base, zip(read, steps, strict=True))
    if error is not None:
        raise error
    return commits


def commit_files(
    series: Series, base: BaseInfo, files: Sequence[Path], date: datetime, cache: Path
) -> tuple[tuple[Commit, ...], StageError | None]:
    """As ``commit``, of files, or found where they were made before; and why one is not made."""
    return _commits(series, base, cache, _dated(date, ((path, None) for path in files)))


def chain(
    series: Series, base: BaseInfo, name: str, cache: Path
) -> tuple[dict[Target, Applied], StageError | None]:
    """The states of the fixup chain to version ``name``, applied; the first is the version before.

    Returns:
        The states in their order, up to the first patch that does not apply, and why it does not;
        None when all of them apply. No patch is tried twice.

    Raises:
        SeriesError: the version has no fixups, or a patch reaches where it must not.
    """
    home, base = base, _of_chain(series, base, name)
    steps = _steps(series, Target(name), by_task=True)
    made, error = _commits(series, base, cache, steps)
    # The version before ends at its last patch; the version itself is the whole chain.
    ends = {step.task: position for position, step in enumerate(steps, 1)}
    result = {}
    for state in naming.chain(series, name):
        count = len(steps) if state == Target(name) else ends[state.task]
        if count <= len(made):
            tip = made[count - 1]
            result[state] = Applied(
                state, base.repo, None, tip.commit, tip.tree, made[:count], base=base.commit
            )
    if error is None and base.commit != home.of(name).commit:  # it moved since
        result[Target(name)] = apply(series, home, Target(name), cache)
    return result, error


def _of_chain(series: Series, base: BaseInfo, name: str) -> BaseInfo:
    """What the fixups to version ``name`` are made over: the base of the version before."""
    before = store.previous(series, store.version(series, name))
    return base.of(before.name if before else name)


def patch_by_patch(
    series: Series, base: BaseInfo, name: str, cache: Path
) -> tuple[dict[Target, Applied], StageError | None]:
    """The states of version ``name`` behind each of its patches, applied.

    Returns:
        As ``chain``.

    Raises:
        SeriesError: no such version, or a patch reaches where it must not.
    """
    base = base.of(name)
    made, error = _commits(series, base, cache, _steps(series, Target(name), by_task=False))
    result = {}
    for state, tip, count in zip(
        naming.patch_by_patch(series, name), made, range(1, len(made) + 1), strict=False
    ):
        result[state] = Applied(
            state, base.repo, None, tip.commit, tip.tree, made[:count], base=base.commit
        )
    return result, error


def _picked(base: BaseInfo, target: Target) -> Applied:
    """A commit that is there as it is, with the others over ``base``; a merge is none of them."""
    tip = git.tree_of(base.repo, target.commit)
    listed = git.git(
        base.repo, "log", "--reverse", "--no-merges", "--no-show-signature", "--format=%H %T %s",
        f"--max-count={MOST_COMMITS}", f"{base.commit}..{target.commit}", "--",
    ).stdout.split("\n")[:-1]  # fmt: skip
    commits = tuple(Commit(*line.split(" ", 2)) for line in listed)
    return Applied(target, base.repo, None, target.commit, tip, commits, base=base.commit)


def default_branch(series: Series, target: Target, by_task: bool) -> str:
    """The branch that ``target`` gets unless the user names one."""
    suffix = f"-{target.within}" if target.within else "-by-task" if by_task else ""
    return f"refseries/{series.home}/{target.version}{suffix}"


def files_of(series: Series, target: Target) -> tuple[Path, ...]:
    """The patches that ``target`` is made of, in their order; none for base.

    Raises:
        SeriesError: there is no such target.
    """
    if target.version == BASE:
        return ()
    return tuple(step.patch for step in _steps(series, target, target.task is not None))


def _steps(series: Series, target: Target, by_task: bool) -> tuple[_Step, ...]:
    version = store.version(series, target.version)
    if not by_task:
        return _dated(version.date, ((patch, None) for patch in version.patches[: target.patch]))
    before = store.previous(series, version)
    naming.chain(series, version.name)  # refuses a version without fixups
    assert before is not None
    tasks = [fixup.task for fixup in version.fixups]
    upto = tasks.index(target.task) + 1 if target.task else len(tasks)
    first = _dated(before.date, ((patch, None) for patch in before.patches))
    fixups = ((fixup.patch, fixup.task) for fixup in version.fixups[:upto])
    return first + _dated(version.date, fixups)


def _dated(date: datetime, items: Iterable[tuple[Path, str | None]]) -> tuple[_Step, ...]:
    return tuple(
        _Step(patch, f"{int((date + timedelta(seconds=i)).timestamp())} +0000", task)
        for i, (patch, task) in enumerate(items)
    )


def _key(base: BaseInfo, identity: Identity, steps: tuple[_Step, ...]) -> str:
    start = f"{_FORMAT}\0{base.commit}\0{identity.name}\0{identity.email}"
    digest = hashlib.sha256(start.encode())
    for step in steps:
        digest.update(f"\0{step.date}\0{step.task}\0".encode())
        digest.update(hashlib.sha256(step.patch.read_bytes()).digest())
    return digest.hexdigest()


def _recall(record: Path, base: BaseInfo, steps: tuple[_Step, ...]) -> tuple[Commit, ...] | None:
    """The commits that ``record`` names, if the repository holds just those over the base."""
    try:
        commits = tuple(Commit(**entry) for entry in json.loads(record.read_text()))
        recorded = [f"{commit.commit} {commit.tree}" for commit in commits]
    except (OSError, ValueError, TypeError):
        return None
    if len(commits) != len(steps) or not re.fullmatch("[0-9a-f]{40,64}", commits[-1].commit):
        return None
    shown = git.git(
        base.repo, "log", "--reverse", "--no-show-signature", "--format=%H %T",
        f"{base.commit}..{commits[-1].commit}", "--", check=False,
    )  # fmt: skip
    return commits if shown.stdout.splitlines() == recorded else None


def _commits(
    series: Series, base: BaseInfo, cache: Path, steps: tuple[_Step, ...]
) -> tuple[tuple[Commit, ...], StageError | None]:
    """As ``_make``; made before or made now."""
    record = cache / series.name / "applied" / f"{_key(base, series.identity, steps)}.json"
    recalled = _recall(record, base, steps)
    if recalled is not None:
        return recalled, None
    made, error = _make(series, base, ((patches.read(step.patch), step) for step in steps))
    if error is None:
        record.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(record, json.dumps([asdict(commit) for commit in made]))
    return made, error


def _make(
    series: Series, base: BaseInfo, steps: Iterable[tuple[patches.Patch, _Step]]
) -> tuple[tuple[Commit, ...], StageError | None]:
    """The commits of ``steps``, up to the first that does not apply, and why it does not."""
    with scratch_folder() as scratch:
        env = {
            "GIT_INDEX_FILE": str(scratch / "index"),
            **as_committer(series.identity),
        }
        git.git(base.repo, "read-tree", base.commit, env=env)
        commits: list[Commit] = []
        for patch, step in steps:
            parent = commits[-1].commit if commits else base.commit
            tree = commits[-1].tree if commits else base.tree
            try:
                commits.append(_commit(base.repo, patch, step, (parent, tree), env))
            except StageError as error:
                return tuple(commits), error
        return tuple(commits), None


def _commit(
    repo: Path,
    patch: patches.Patch,
    step: _Step,
    parent: tuple[str, str],
    env: dict[str, str],
) -> Commit:
    """Apply one patch over ``parent`` (commit and tree), which the index of ``env`` holds."""
    patches.refuse_outside(patch)
    words = ("apply", "--cached", "--whitespace=nowarn", "-")
    applied = git.git(repo, *words, env=env, stdin=patch.diff, check=False)
    if applied.returncode != 0 and patch.diff:  # git refuses a patch that changes nothing
        git.refuse_unwritable(repo, applied.stderr)
        raise rejected.rejection(patch, applied.stderr, repo, env)
    written = git.git(repo, "write-tree", env=env, check=False)
    if written.returncode != 0:
        git.refuse_unwritable(repo, written.stderr)
        raise rejected.rejection(patch, written.stderr, repo, env)
    tree = written.stdout.strip()
    patches.refuse_modes(patch, git.changed_modes(repo, parent[1], tree))
    author = as_author(patch.author, patch.date)
    made = git.git(
        repo, "commit-tree", tree, "-p", parent[0], "-F", "-",
        env={**env, **author, "GIT_COMMITTER_DATE": f"@{step.date}"},  # so also before 1973
        stdin=patch.message.encode(), check=False,
    )  # fmt: skip
    if made.returncode != 0:
        git.refuse_unwritable(repo, made.stderr)
        raise SeriesError(
            f"git makes no commit of it: {made.stderr.strip().removeprefix('fatal: ')}.",
            where=str(patch.path),
            hint="Fix its header, or make it with `git format-patch`.",
        )
    return Commit(made.stdout.strip(), tree, patch.subject, step.task)


def branch_ref(base: BaseInfo, branch: str) -> str:
    """The full name of ``branch``.

    Raises:
        SeriesError: no branch can have that name.
    """
    ref = f"refs/heads/{branch}"
    bad = git.git(base.repo, "check-ref-format", ref, check=False).returncode
    if branch.startswith("-") or bad:
        raise SeriesError(
            f"`{branch}` cannot be the name of a branch.",
            where="--branch",
            hint="See git-check-ref-format(1) for what can.",
        )
    return ref


def _maker(repo: Path, ref: str) -> str:
    """The project that moved a branch last, by its reflog; empty where that does not say."""
    words = ("log", "--walk-reflogs", "-1", "--format=%gs", ref, "--")
    said = git.git(repo, *words, check=False).stdout.rstrip("\n")
    return said.removeprefix(_MADE) if said.startswith(_MADE) else ""


def _point(base: BaseInfo, branch: str, commit: str, series: Series) -> None:
    """Move ``branch`` to ``commit``, unless something of the user's would be lost by it.

    A branch outside ``refseries/`` is only made, never moved; neither is one with commits of the
    user's on it, one that a work tree of his is on, or one that another project made.
    """
    ref = branch_ref(base, branch)
    now, root = git.resolve(base.repo, ref), str(series.root)
    if now == commit:
        return
    if now is not None:
        where = git.git(base.repo, "for-each-ref", "--format=%(worktreepath)", ref).stdout.strip()
        if not branch.startswith("refseries/"):
            why = "exists and is not ours"
        elif where:
            why = f"is checked out in {where}"
        elif now != base.commit and committer_of(base.repo, now) != series.identity:
            why = "ends in a commit that refseries did not make"
        elif (by := _maker(base.repo, ref)) and by != root and home.stands(by, series.name):
            why = f"was made by the series in {by}"
        else:
            why = ""
        if why:
            raise StageError(
                f"the branch `{branch}` {why}, so it was not moved.",
                where=str(base.repo),
                hint="Name another one with --branch, or move or delete it yourself.",
            )
    # A bare repository keeps no log unless it is told to.
    words = ("--create-reflog", "-m", f"{_MADE}{root}", ref, commit, now or "0" * len(commit))
    try:
        git.git(base.repo, "update-ref", *words)
    except StageError as error:
        # It fails also when another refseries has moved it meanwhile, most likely to the same.
        if git.resolve(base.repo, ref) == commit:
            return
        git.refuse_in_the_way(base.repo, error.detail)
        said = error.detail.strip().removeprefix("fatal: ")
        raise StageError(
            f"git did not move the branch `{branch}`: {said}.",
            where=str(base.repo),
            hint="The commits were made; if something else was at work on it, do the same again.",
        ) from error
