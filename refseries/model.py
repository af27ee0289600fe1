# SPDX-License-Identifier: GPL-2.0-or-later
"""The nouns of the project as frozen values.

They never touch the disk, so that one can be handed to another thread, compared, and written as
JSON. The words are those of docs/architecture.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from refseries.errors import StageError

BASE = "base"
"""Name of the version that is the base tree without the series."""

WORK, WORK_DIRTY = "work", "work+dirty"
"""Names of the work tree of ``feedback start``: as it is committed, and with what is not yet."""

Release = Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+(\.[0-9]+)?\Z")]
"""A kernel's, as a file names it."""


class StageOutcome(StrEnum):
    """How one stage (apply, build, boot, test) of one run came out.

    ``not-run`` is a stage that an earlier one or the config (compile-only) left out, ``stopped``
    one that the user interrupted. Whether that was expected says ``Run.as_expected``.
    """

    PASS = "pass"
    FAIL = "fail"
    APPLY_FAILED = "apply-failed"
    BUILD_FAILED = "build-failed"
    BOOT_TIMEOUT = "boot-timeout"
    PANIC = "panic"
    NO_RESULTS = "no-results"
    NOT_RUN = "not-run"
    STOPPED = "stopped"


class Identity(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person or a list, which has no name; the address of a reviewer need not be known."""

    name: Annotated[str, Meta(pattern=r"^[^<>\x00-\x1f\x7f]+\Z")]
    email: Annotated[str, Meta(pattern=r"^[^<>\s\x00-\x1f\x7f]*\Z")] = ""

    @property
    def key(self) -> str:
        """Equal for one person, who may write his name and the case of his address in many ways.

        It is the address; where none is known, the name.
        """
        return (self.email or self.name).casefold()


@dataclass(frozen=True)
class Fixup:
    """One incremental commit between the previous version and this one.

    Attributes:
        task: short name, the column title in ``--by-task`` (``gfp-user``).
        patch: the patch file.
        addresses: ids of the review tasks that it settles.
    """

    task: str
    patch: Path
    addresses: tuple[str, ...]


class OwnBase(Struct, frozen=True, forbid_unknown_fields=True):
    """What one version was made on, where that is not the base of the series.

    Attributes:
        commit: git id of it, 40 hex digits.
        ref: what it was called when the version came; empty where nobody said.
        tree: a git tree of the user's that has it; empty where that of the series has.
    """

    release: Release
    commit: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}\Z")]
    ref: str = ""
    tree: str = ""

    @property
    def in_words(self) -> str:
        """What it is called, else its release and its commit."""
        return self.ref or f"Linux {self.release}, commit {self.commit[:12]}"


@dataclass(frozen=True)
class Version:
    """One version of the series, as it stands in ``series/vN/``.

    Attributes:
        message_id: of its first mail, without the angle brackets; None when it was not posted.
        message_ids: of all mails that were sent from here, those of later sendings too.
        change_id: what b4 knows the series by, where the version came with one.
        sent: when its last mail went out; None when it was not sent from here.
        sent_to: whom the user named for that, beside those who get every version.
        tracking: b4's own data about the series, JSON, where it came with the version.
        base: its own base; None for that of the series.
        depends: folders of ``series/depends/``, whose patches are applied below its own.
    """

    name: str
    number: int
    path: Path
    date: datetime
    patches: tuple[Path, ...]
    cover: Path
    reconstruction: bool = False
    message_id: str | None = None
    change_id: str = ""
    tracking: str = ""
    sent: datetime | None = None
    sent_to: tuple[Identity, ...] = ()
    fixups: tuple[Fixup, ...] = ()
    base: OwnBase | None = None
    message_ids: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()


def number_of(version: str) -> int:
    """The number of the version of that name: 3 of ``v3``."""
    return int(version.removeprefix("v"))


@dataclass(frozen=True)
class BaseSpec:
    """The kernel release that the series was made on, and where to get it.

    Attributes:
        release: kernel release as in the top Makefile, e.g. ``6.12.117``.
        package: the distribution's source package, e.g. ``linux-source-6.12``; may be empty.
        tarball_url: release tarball, ``tarball_sha256`` its lower-case hex digest; may be empty.
        leave_out: directories that no config needs; work trees have their Kconfig and Makefiles.
        tree, ref: a git tree of the user's, and the commit there; empty: its tag of the release.
    """

    release: str
    package: str = ""
    tarball_url: str = ""
    tarball_sha256: str = ""
    leave_out: tuple[str, ...] = ()
    tree: Path | None = None
    ref: str = ""


@dataclass(frozen=True)
class Series:
    """What ``series/`` holds.

    Attributes:
        root: the directory that holds ``series/``.
        to, cc: who gets the mail of every version; a list has no name.
        change_id: what b4 knows the series by over all its versions; empty where none is kept.
        own: its ``home`` where another project has the series' name; empty where none has.
        depends: as of Version, for those that do not say it themselves.
        prefixes: words in the brackets of each subject, as ``net-next``.
    """

    name: str
    title: str
    root: Path
    identity: Identity
    base: BaseSpec
    versions: tuple[Version, ...]
    configs: tuple[str, ...]
    to: tuple[Identity, ...] = ()
    cc: tuple[Identity, ...] = ()
    change_id: str = ""
    own: str = ""
    depends: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        """The name of what is its own in the cache, and of its branches; see ``home.settled``."""
        return self.own or self.name

    def before(self, number: int) -> tuple[Version, ...]:
        """The versions before that number, the oldest first."""
        return tuple(version for version in self.versions if version.number < number)


@dataclass(frozen=True)
class Target:
    """A state of the tree that can be applied, built and tested.

    ``task`` None: the version itself; else the state on the way there from the version before,
    after the fixup of that name. ``Target("base")`` is the tree without the series, and
    ``Target("base", "v2")`` the own base of a version. ``patch`` N: the version up to its Nth
    patch, counted from 1 and not the last, which is the version itself.

    Attributes:
        commit: of one that is in no version, 40 hex digits; ``version`` is the user's name for it.
        onto: name in ``BaseInfo.own`` of what it stands on, where its version does not say that.
        like: the version whose expectations hold for a commit.
    """

    version: str
    task: str | None = None
    patch: int | None = None
    commit: str = ""
    onto: str = ""
    like: str = ""

    @property
    def within(self) -> str | None:
        """What stands behind the colon: a fixup's name or a patch's number; None: all of it."""
        return self.task if self.patch is None else str(self.patch)

    @property
    def stands_on(self) -> str:
        """The name of what it stands on, for ``BaseInfo.of``."""
        if self.onto or self.commit:
            return self.onto
        return (self.task or "") if self.version == BASE else self.version

    def __str__(self) -> str:
        text = self.version if self.within is None else f"{self.version}:{self.within}"
        return f"{text}@{self.onto}" if self.onto and not self.commit else text


@dataclass(frozen=True)
class Commit:
    """One commit made by ``apply``; ids are 40 hex digits. ``task``: its fixup's name, if any."""

    commit: str
    tree: str
    subject: str
    task: str | None = None


@dataclass(frozen=True)
class Applied:
    """A target as commits over the base in a git repository.

    Attributes:
        repo: the git directory that holds the commits.
        branch: the branch that points at them, ``None`` for base.
        worktree: where the user can look at the files, if asked for.
        base: git id of the commit that they stand on.
    """

    target: Target
    repo: Path
    branch: str | None
    commit: str
    tree: str
    commits: tuple[Commit, ...] = ()
    worktree: Path | None = None
    base: str = ""


@dataclass(frozen=True)
class Splat:
    """A complaint of the kernel found on the console.

    Attributes:
        kind: ``warning``, ``bug``, ``oops``, ``panic``, ``stall``, ``hung-task``, ``leak``,
            ``lockdep`` or ``kasan``.
        title: its first line without time stamp, CPU and addresses; equal titles are one splat.
        case: the test case that ran when it was printed; ``None`` outside of any.
        text: the lines of the report as printed.
    """

    kind: str
    title: str
    case: str | None
    text: str


@dataclass(frozen=True)
class BaseInfo:
    """The base kernel at hand.

    Attributes:
        release: what its Makefile says.
        source: where it came from: ``tree``, ``package`` or ``tarball``.
        repo: git directory (bare repository in the cache, or the user's).
        commit: the commit that versions are applied over.
        own: bases of versions' own, by their names, and what the user asked for, by his.
        lacking: versions whose own base is not there, with the error, what it says, where (empty:
            in ``repo``), and a hint.
        under: where ``depends``, of which this is the end, is applied; None without.
        work_tree: the user's, where ``repo`` is his.
    """

    release: str
    source: str
    repo: Path
    commit: str
    tree: str
    own: tuple[tuple[str, BaseInfo], ...] = ()
    lacking: tuple[tuple[str, type[StageError], str, str, str], ...] = ()
    under: BaseInfo | None = None
    depends: tuple[str, ...] = ()
    work_tree: Path | None = field(default=None, compare=False)

    @property
    def names(self) -> Path:
        """Where to look up what the user calls a commit: each work tree has a HEAD of its own."""
        return self.work_tree or self.repo

    def of(self, version: str) -> BaseInfo:
        """What ``version`` (or ``Target.stands_on``) is applied over: its own base, or this one.

        Raises:
            StageError: it has one, which is not in the repository.
        """
        for name, error, why, where, hint in self.lacking:
            if name == version:
                raise error(why, where=where or str(self.repo), hint=hint)
        return dict(self.own).get(version, self)

    def target(self, version: str) -> Target:
        """The base of ``version`` by itself, named after the first version that stands on it."""
        found = dict(self.own).get(version)
        same = (name for name, base in self.own if found and base.commit == found.commit)
        return Target(BASE, next(same, None))
