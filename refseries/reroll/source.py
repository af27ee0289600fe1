# SPDX-License-Identifier: GPL-2.0-or-later
"""The commits that a new version is made of: the patches of the version before, and the fixups."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refseries import git
from refseries.model import Applied, Identity, Version
from refseries.review.work_branch import WorkCommit
from refseries.series import trailers
from refseries.series.patches import AMEND_MARK, FOLD_MARK

_LENGTH = 32
_TRAILER = re.compile(r"^Addresses:[^\n]*(?:\n[ \t][^\n]*)*\n?", re.M | re.I)


@dataclass(frozen=True)
class Source:
    """One commit.

    Attributes:
        name: of the patch's file in the version before, or of the fixup (a ``task`` of
            version.toml).
        date: the author's, in git's raw form.
        addresses: tasks that it settles; empty for a patch of the version before.
    """

    name: str
    commit: str
    parent: str
    subject: str
    message: str
    author: Identity
    date: str
    addresses: tuple[str, ...] = ()

    @property
    def aim(self) -> str:
        """The subject that a ``fixup!``, ``squash!`` or ``amend!`` commit names; else empty."""
        found = FOLD_MARK.match(self.subject)
        return self.subject[found.end() :] if found else ""

    @property
    def rewords(self) -> bool:
        """Whether it gives its patch a new message."""
        return self.subject.startswith(AMEND_MARK)

    @property
    def added(self) -> str:
        """What a ``squash!`` commit adds to the message of its patch; empty of any other."""
        if not self.subject.startswith("squash! "):
            return ""
        return trailers.without_any(self.text).partition("\n")[2].strip()

    @property
    def text(self) -> str:
        """The message that a patch gets from it: without the trailers that name tasks."""
        message = _TRAILER.sub("", self.message)
        if self.rewords:
            message = message.partition("\n")[2].lstrip("\n")
        return message.rstrip("\n") + "\n"


def of_version(applied: Applied, version: Version, base: str) -> tuple[Source, ...]:
    """The patches of ``version``, applied over the commit ``base``."""
    parents = [base, *(commit.commit for commit in applied.commits)]
    return tuple(
        read(applied.repo, commit.commit, parent, patch.name)
        for commit, parent, patch in zip(applied.commits, parents, version.patches, strict=False)
    )


def of_branch(applied: Applied, commits: Sequence[WorkCommit]) -> tuple[Source, ...]:
    """The commits on top of ``applied`` as fixups with names that they are given."""
    parents = [applied.commit, *(commit.commit for commit in commits)]
    unnamed = [
        read(applied.repo, commit.commit, parent, "", commit.addresses)
        for commit, parent in zip(commits, parents, strict=False)
    ]
    return tuple(
        replace(each, name=name) for each, name in zip(unnamed, names(unnamed), strict=True)
    )


def read(
    repo: Path, commit: str, parent: str, name: str, addresses: tuple[str, ...] = ()
) -> Source:
    """The commit ``commit`` of ``repo`` as a source called ``name``."""
    shown = git.git(
        repo, "log", "-1", "--no-show-signature", "--date=raw",
        "--format=%an%n%ae%n%ad%n%s%n%B", commit, "--",
    ).stdout  # fmt: skip
    who, email, date, subject, message = shown.split("\n", 4)
    return Source(
        name=name,
        commit=commit,
        parent=parent,
        subject=subject,
        message=message.rstrip("\n") + "\n",
        author=Identity(who, email),
        date=f"@{date}",
        addresses=addresses,
    )


def names(fixups: Sequence[Source]) -> tuple[str, ...]:
    """A short name for each fixup, made of its subject, or of the task it settles; no two alike."""
    taken: list[str] = []
    for fixup in fixups:
        stem = _stem(fixup)
        numbered = (f"{stem}-{number}" for number in itertools.count(2))
        free = itertools.chain((stem,), numbered)
        taken.append(next(name for name in free if name not in taken))
    return tuple(taken)


def _stem(fixup: Source) -> str:
    subject = fixup.subject
    if FOLD_MARK.match(subject):
        # The subject is the patch's own; what was done to it may stand below.
        said = trailers.without_any(_TRAILER.sub("", fixup.message))
        body = said.partition("\n")[2].strip()
        subject = "" if fixup.rewords else body.partition("\n")[0]
        subject = subject or (fixup.addresses[0] if fixup.addresses else "fixup")
    # "mm: refpage: allocate the page with GFP_USER": what stands before the last colon is place.
    words = re.sub(r"[^a-z0-9]+", "-", subject.rpartition(": ")[2].lower()).strip("-")
    # Cut between words where there are some.
    short = words if len(words) <= _LENGTH else words[: _LENGTH + 1].rpartition("-")[0]
    return short or words[:_LENGTH] or "fixup"
