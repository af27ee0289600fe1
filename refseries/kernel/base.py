# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the base kernel comes from: the user's git tree, the distribution's package, a tarball.

A tree of the user's is used as it is. The other two are imported once, straight from the tarball
into a bare repository in the cache, through ``git fast-import`` and without unpacking; it is made
in a directory of its own and renamed when it is whole, so a kill leaves nothing half-made.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.errors import HostError, IncompleteSeriesError, SeriesError, StageError
from refseries.git import alternates
from refseries.host import lock
from refseries.host.homes import expanded
from refseries.host.progress import Say, silent
from refseries.host.scratch import scratch_folder
from refseries.host.settings import Settings
from refseries.kernel import depended
from refseries.model import BaseInfo, BaseSpec, Identity, OwnBase, Series

PACKAGE_DIR = Path("/usr/src")
_VERSION_LINE = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d*)$", re.M)
_RECORD = "base.json"


@dataclass(frozen=True)
class _Archive:
    """A kernel tarball on this machine; ``key`` changes when its content may have."""

    path: Path
    source: str
    key: str


def find(
    spec: BaseSpec,
    settings: Settings,
    identity: Identity,
    *,
    say: Say = silent,
    package_dir: Path = PACKAGE_DIR,
) -> BaseInfo:
    """The base kernel, imported first when it has to be.

    Args:
        identity: author and committer of the commit that an imported base becomes.
        package_dir: where the distribution's source package puts its tarball.

    Raises:
        SeriesError: the user's tree is not a kernel, or has no such commit; or the series names
            no source at all.
        HostError: none of the three sources can be had.
        StageError: a tarball is damaged, or a download is not the one that the series names.
    """
    if settings.tree is not None:
        return _from_tree(spec, settings)
    directory = settings.cache / "base"
    archive = _package(spec, package_dir) or _tarball(spec, directory)
    if archive is None:
        raise _nowhere(spec)
    if info := _recall(archive, directory):
        return info
    return _make(spec, archive, directory, identity, say)


def ready_for(series: Series, settings: Settings) -> BaseInfo | None:
    """As ``ready``, with the bases that versions have of their own."""
    info = ready(series.base, settings)
    return of_series(series, info, settings.cache) if info else None


def of_series(series: Series, info: BaseInfo, cache: Path) -> BaseInfo:
    """``info`` with the bases that versions have of their own, where its repository has them.

    Args:
        cache: as for ``apply``.
    """
    own: list[tuple[str, BaseInfo]] = []
    lacking: list[tuple[str, type[StageError], str, str, str]] = []
    for version in series.versions:
        ground = info
        if (wanted := version.base) is not None:
            if not _there(series, info, wanted):
                lacking.append((version.name, StageError, *_not_here(version.name, wanted)))
                continue
            ground = describe(info.repo, wanted.commit, info.source)
            ground = replace(ground, work_tree=info.work_tree)
        try:
            ground = depended.over(series, ground, version.depends, cache)
        except (SeriesError, StageError) as error:
            kind = IncompleteSeriesError if isinstance(error, SeriesError) else StageError
            lacking.append((version.name, kind, error.what, error.where, error.hint))
            continue
        if ground is not info:
            own.append((version.name, ground))
    return replace(info, own=tuple(own), lacking=tuple(lacking))


def _not_here(name: str, wanted: OwnBase) -> tuple[str, str, str]:
    named = f" ({wanted.ref})" if wanted.ref else ""
    named += f", of {wanted.tree}" if wanted.tree else ""
    what = f"Linux {wanted.release}, commit {wanted.commit[:12]}{named}"
    return (
        f"the base of {name} is not here: {what}.",
        "",
        "Fetch that commit into it, or name a kernel tree that has it with --tree.",
    )


def _there(series: Series, info: BaseInfo, wanted: OwnBase) -> bool:
    """Whether the repository of ``info`` has the commit of a version's own base.

    One in the cache, which came from a package or a tarball, is shown the version's tree for it.
    """
    if git.resolve(info.repo, wanted.commit) == wanted.commit:
        return True
    tree = series.root / expanded(wanted.tree)
    if not wanted.tree or info.source == "tree" or not tree.is_dir():
        return False
    if git.resolve(tree, wanted.commit) != wanted.commit:
        return False
    alternates.link(info.repo, git.git_dir(tree))
    return git.resolve(info.repo, wanted.commit) == wanted.commit


def _make(
    spec: BaseSpec, archive: _Archive, directory: Path, identity: Identity, say: Say
) -> BaseInfo:
    from refseries.kernel import tarball

    directory.mkdir(parents=True, exist_ok=True)
    waiting = "Waiting for another run to import the base kernel"
    with lock.held(directory / f"{archive.key}.lock", say, waiting):
        if info := _recall(archive, directory):
            return info  # another run made it while we waited
        with scratch_folder(directory) as scratch:
            if archive.source == "tarball" and not archive.path.is_file():
                tarball.download(spec, archive.path, scratch / "part", say)
            return _import(archive, scratch, directory / archive.key, identity, say)


def ready(
    spec: BaseSpec, settings: Settings, *, package_dir: Path = PACKAGE_DIR
) -> BaseInfo | None:
    """The base kernel if it is there without any work, else None.

    Raises:
        SeriesError: the user's tree is not a kernel, or has no such commit.
    """
    if settings.tree is not None:
        return _from_tree(spec, settings)
    directory = settings.cache / "base"
    for archive in (_package(spec, package_dir), _tarball(spec, directory)):
        if archive is not None and (info := _recall(archive, directory)):
            return info
    return None


def differs(spec: BaseSpec, info: BaseInfo) -> str | None:
    """How the base at hand differs from the one the series was made on; None if it does not."""
    if info.release == spec.release:
        return None
    return (
        f"The base at hand is Linux {info.release} (from {info.source}); "
        f"the series was made on {spec.release}."
    )


def release_of(makefile: str) -> str | None:
    """``6.12.117`` from the text of the kernel's top Makefile; None if it is not one."""
    parts = dict(_VERSION_LINE.findall(makefile))
    if "VERSION" not in parts or "PATCHLEVEL" not in parts:
        return None
    release = f"{parts['VERSION']}.{parts['PATCHLEVEL']}"
    return release + (
        f".{parts['SUBLEVEL']}" if parts.get("SUBLEVEL", "0") not in ("", "0") else ""
    )


def _from_tree(spec: BaseSpec, settings: Settings) -> BaseInfo:
    assert settings.tree is not None
    try:
        repo = git.git_dir(settings.tree)
    except SeriesError as error:
        hint = "Name a git tree of the kernel: --tree, REFSERIES_TREE or, in series.toml, `tree`."
        raise SeriesError("is not a git repository.", where=error.where, hint=hint) from error
    # A branch may be named like the release and be anywhere.
    tags = [f"refs/tags/v{spec.release}"] if spec.release else []
    wanted = [settings.base_ref] if settings.base_ref else [*tags, "HEAD"]
    commit = next(filter(None, (git.resolve(settings.tree, ref) for ref in wanted)), None)
    if commit is None:
        raise SeriesError(
            f"there is no commit `{wanted[0]}`.",
            where=f"{settings.tree} (from {settings.origin.get('tree', 'a setting')})",
            hint=f"Fetch it, or name {_wanted(spec)} with --base-ref.",
        )
    return replace(describe(repo, commit, "tree"), work_tree=settings.tree)


def _wanted(spec: BaseSpec) -> str:
    return f"the commit of Linux {spec.release}" if spec.release else "another"


def describe(repo: Path, commit: str, source: str) -> BaseInfo:
    """The kernel that ``commit`` is.

    Args:
        source: as of BaseInfo.

    Raises:
        SeriesError: it is none.
    """
    makefile = git.read_files(repo, commit, ["Makefile"]).get("Makefile", b"")
    release = release_of(makefile.decode("utf-8", "replace"))
    if release is None:
        raise SeriesError(
            f"commit {commit[:12]} is not a Linux kernel: its Makefile names no version.",
            where=str(repo),
            hint="Name a kernel tree, and a commit of it with --base-ref.",
        )
    tree = git.tree_of(repo, commit)
    return BaseInfo(release, source, repo, commit, tree)


def _nowhere(spec: BaseSpec) -> HostError | SeriesError:
    hint = 'Name a kernel git tree: --tree DIR, or `tree = "DIR"` below [base] in series.toml.'
    if spec.package:
        return HostError(
            f"the base kernel, Linux {spec.release}, is not here: the package `{spec.package}` is "
            "not installed.",
            hint=f"Install it. Or: {hint[0].lower()}{hint[1:]}",
        )
    return SeriesError(
        f"nothing says where the base kernel, Linux {spec.release}, comes from.", hint=hint
    )


def _package(spec: BaseSpec, directory: Path) -> _Archive | None:
    if not spec.package:
        return None
    path = directory / f"{spec.package}.tar.xz"
    try:
        stat = path.stat()
    except OSError:
        return None
    state = f"{path}:{stat.st_size}:{stat.st_mtime_ns}"
    return _Archive(
        path, "package", f"{spec.package}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"
    )


def _tarball(spec: BaseSpec, directory: Path) -> _Archive | None:
    if not spec.tarball_url:
        return None
    name, digest = Path(spec.tarball_url).name, spec.tarball_sha256[:12]
    return _Archive(directory / f"{digest}-{name}", "tarball", f"{name}-{digest}")


def _recall(archive: _Archive, directory: Path) -> BaseInfo | None:
    """The base that was imported from ``archive`` before, if it is still whole."""
    final = directory / archive.key
    try:
        entry = json.loads((final / _RECORD).read_text())
        info = BaseInfo(
            entry["release"], archive.source, final / "repo.git", entry["commit"], entry["tree"]
        )
        there = git.resolve(info.repo, info.commit)
    except (OSError, ValueError, KeyError, TypeError, HostError):
        return None
    return info if there == info.commit else None


def _import(
    archive: _Archive, scratch: Path, final: Path, identity: Identity, say: Say
) -> BaseInfo:
    """Make the repository below ``scratch`` and rename it to ``final`` when it is whole."""
    from refseries.kernel import tarball

    whole = scratch / "whole"
    repo = whole / "repo.git"
    git.git(
        scratch, "init", "--quiet", "--bare", "--initial-branch=base", "--template=",
        "--object-format=sha1", str(repo),
    )  # fmt: skip
    tarball.commit(archive.path, repo, identity, say)
    commit = git.resolve(repo, tarball.REF)
    if commit is None:
        raise StageError(
            "the import made no commit.", where=str(archive.path), hint="Is it a kernel's?"
        )
    info = replace(describe(repo, commit, archive.source), repo=final / "repo.git")
    entry = {"release": info.release, "commit": commit, "tree": info.tree, "from": archive.key}
    (whole / _RECORD).write_text(json.dumps(entry))
    if final.exists():
        shutil.rmtree(final)  # it was damaged, or it would have been used
    whole.replace(final)
    if archive.source == "tarball":
        archive.path.unlink(missing_ok=True)
    return info
