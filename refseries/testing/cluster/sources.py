# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits of a version from one machine to another, without the kernel that they are over.

Both sides have the base, by whatever way: the same tree id is the same files. Who sends leaves out
all that is in it; who receives puts what comes into a repository beside its own base, which it
never writes to. The commit of the base may be another there (or the same tree have no commit of
that name), so it is sent, too, and stands as the first one of a shallow repository.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

from refseries import git
from refseries.errors import HostError, RefseriesError, StageError, Stopped
from refseries.host import lock, proc
from refseries.host.files import write_atomically
from refseries.host.progress import silent
from refseries.host.settings import Settings
from refseries.kernel import base as bases
from refseries.model import BaseInfo
from refseries.testing.cluster.orders import NOWHERE, LabRecipe, SourcePack


def pack(info: BaseInfo, commit: str) -> SourcePack:
    """What ``commit`` adds to the base that it is over.

    Args:
        info: with the bases that versions have of their own; the nearest one is taken.
    """
    repo = info.repo
    over = next(
        (
            own
            for _name, own in info.own
            if own.commit == commit or _is_over(repo, own.commit, commit)
        ),
        info,
    )
    over = over.under or over  # a worker has a base of its own, but nobody's patches over it
    raw = _commit(repo, over.commit)
    packed = b""
    if commit != over.commit:
        words = ("pack-objects", "--thin", "--revs", "--stdout", "-q", "--delta-base-offset")
        packed = git.git(repo, *words, stdin=f"{commit}\n^{over.commit}\n".encode()).out
    return SourcePack(
        commit, replace(over, repo=NOWHERE, own=(), lacking=(), work_tree=None), raw, packed
    )


@functools.cache
def _commit(repo: Path, name: str) -> bytes:
    return git.git(repo, "cat-file", "commit", name).out


def _is_over(repo: Path, base: str, commit: str) -> bool:
    done = git.git(repo, "merge-base", "--is-ancestor", base, commit, check=False)
    return done.returncode == 0


def base_for(recipe: LabRecipe, wanted: BaseInfo, settings: Settings, worker: str) -> BaseInfo:
    """This machine's own base, whose files are those of ``wanted``.

    Raises:
        HostError: it has another one, or none.
    """
    spec, identity = recipe.series.base, recipe.series.identity
    try:
        found = bases.find(spec, settings, identity)
    except Stopped:
        raise
    except RefseriesError as error:
        raise HostError(
            f"{worker} has no base: {error.what}",
            where=error.where,
            hint=error.hint or "Give it REFSERIES_TREE.",
            detail=error.detail,
        ) from error
    if git.git(found.repo, "cat-file", "-e", f"{wanted.tree}^{{tree}}", check=False).returncode:
        raise HostError(
            f"{worker} has another base: Linux {found.release} (from {found.source}), tree "
            f"{found.tree[:12]}; this run is over Linux {wanted.release}, tree {wanted.tree[:12]}.",
            where=str(found.repo),
            hint="Give the worker the same package, or REFSERIES_TREE with that commit.",
        )
    return found


def receive(sent: SourcePack, base: BaseInfo, repo: Path) -> BaseInfo:
    """Have the commits of ``sent`` in ``repo``, which is made beside ``base`` if it is not there.

    Returns:
        The base as ``repo`` has it.

    Raises:
        StageError: what was sent is not whole.
    """
    repo.parent.mkdir(parents=True, exist_ok=True)
    with lock.held(Path(f"{repo}.lock"), silent, ""):  # nobody looks at a worker
        _prepare(repo, base, sent)
        if git.resolve(repo, sent.commit) != sent.commit:
            git.git(repo, "index-pack", "--stdin", "--fix-thin", stdin=sent.pack)
        if git.resolve(repo, sent.commit) != sent.commit:
            raise StageError(
                f"commit {sent.commit[:12]} did not come with what was sent.",
                where=str(repo),
                hint="Run it again.",
            )
    return replace(sent.base, repo=repo, source=base.source)


def _prepare(repo: Path, base: BaseInfo, sent: SourcePack) -> None:
    if not (repo / "HEAD").is_file():
        git.git(
            repo.parent, "init", "--quiet", "--bare", "--template=", "--object-format=sha1",
            str(repo),
        )  # fmt: skip
    objects = git.git(base.repo, "rev-parse", "--git-path", "objects").stdout.rstrip("\n")
    _keep(repo / "objects/info/alternates", f"{(base.repo / objects).resolve()}\n")
    shallow = repo / "shallow"
    known = shallow.read_text().splitlines() if shallow.is_file() else []
    if sent.base.commit not in known:
        _keep(shallow, "".join(f"{line}\n" for line in (*known, sent.base.commit)))
        words = ("hash-object", "-t", "commit", "-w", "--stdin")
        made = git.git(repo, *words, stdin=sent.base_commit).stdout.strip()
        if made != sent.base.commit:
            proc.check_stopped()
            raise StageError(
                f"the commit of the base came damaged: it is {made[:12]}.",
                where=str(repo),
                hint="Run it again.",
            )


def _keep(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
