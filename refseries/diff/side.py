# SPDX-License-Identifier: GPL-2.0-or-later
"""The states of a series that can be compared: versions, fixup states, branches, mailboxes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path

from refseries import git
from refseries.errors import SeriesError
from refseries.git import identity
from refseries.git.rangediff import Range
from refseries.mail import write
from refseries.model import BASE, WORK, BaseInfo, Series, Target, number_of
from refseries.posting import recipients
from refseries.posting.recipients import RecipientSources
from refseries.review import store as reviews
from refseries.series import apply, naming, patches, store, trailers
from refseries.series import cover as letters
from refseries.testing import commits as kernel_commits

_VERSION = re.compile(r"v[1-9][0-9]*")


@dataclass(frozen=True)
class Side:
    """One of the two states that are compared.

    Attributes:
        name: as the user wrote it.
        commits: the patches as commits over the base.
        target: None for a mailbox.
        cover: text of the cover letter; empty when there is none.
        recipients: of a version whom it goes to, but for those whom get_maintainer.pl names; of a
            mailbox and of commits those of the mail, and whom cover and messages name.
        hidden: new sources of the work tree that are not in it, as git ignores them.
    """

    name: str
    commits: Range
    tree: str
    target: Target | None = None
    cover: str = ""
    recipients: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def in_part(self) -> bool:
        """Whether ``recipients`` are but those whom the messages of commits name."""
        return self.target is not None and bool(self.target.commit)


def find(series: Series, base: BaseInfo, name: str, cache: Path) -> Side:
    """The state called ``name``: ``v4``, ``v4:gfp-user``, ``base``, ``work``, a mailbox, a commit.

    A mailbox or maildir with several versions stands for the last, ``FILE:v3`` for that one.

    Raises:
        SeriesError: there is nothing of that name, or it is no series over the base.
        StageError: a patch does not apply.
    """
    if naming.is_state(name):
        return _state(series, base, naming.target(series, name), cache)
    if name == WORK:
        from refseries.review import work_target

        found = work_target.find(series, base, cache, Path.cwd())
        return replace(_target(series, found.base, found.target, cache), hidden=found.hidden)
    file, colon, version = name.rpartition(":")
    if colon and _VERSION.fullmatch(version) and Path(file).exists():
        return _mailbox(series, base, name, Path(file), number_of(version), cache)
    from refseries.importing import branch

    if branch.is_file(base.repo, name):
        return _mailbox(series, base, name, Path(name), None, cache)
    return _commit(series, base, name, cache)


def _mailbox(
    series: Series, base: BaseInfo, name: str, path: Path, number: int | None, cache: Path
) -> Side:
    from refseries.importing import below, mailbox, write
    from refseries.series import letter

    draft = mailbox.drafts(path, name, number)[-1]
    needs = below.below_of(series, base, draft, cache, None)
    base, made = write.applied(series, base, None, draft, draft.number or 1, needs)
    commits = Range(base.commit, made[-1].commit, tuple(commit.subject for commit in made))
    cover = letter.cover_md(draft.title, draft.said)
    named = (*draft.addressed, *_recipients(series, base.repo, commits, cover))
    return Side(name, commits, made[-1].tree, None, cover, named)


def _state(series: Series, base: BaseInfo, target: Target, cache: Path) -> Side:
    applied = apply.apply(series, base, target, cache)
    commits = Range.of(applied)
    if target.version == BASE:
        return Side(str(target), commits, applied.tree, target)
    version = store.version(series, target.version)
    # The cover of a version tells of its end, not of a state on the way there.
    cover = version.cover.read_text(encoding="utf-8", errors="replace") if not target.within else ""
    sources = RecipientSources(
        version=version,
        text=letters.read(version.cover).text if not target.within else "",
        patches=patches.read_all(version.patches),
        reviews=reviews.load(series),
        sender=identity.known_sender(series.root),
    )
    people = recipients.recipients_of(series, sources)
    named = tuple(map(write.recipient, (*people.to, *people.cc)))
    return Side(str(target), commits, applied.tree, target, cover, named)


def _commit(series: Series, base: BaseInfo, name: str, cache: Path) -> Side:
    if git.resolve(base.names, name) is None and ".." not in name and "@" not in name:
        raise SeriesError(
            f"`{name}` is neither a version of the series nor a mailbox nor a commit.",
            where=str(base.repo),
            hint="Name a version (v4), a state (v4:TASK), base, work, a mailbox, or a branch of"
            " --tree.",
        )
    return _target(series, *kernel_commits.find(series, base, cache, name), cache)


def _target(series: Series, base: BaseInfo, target: Target, cache: Path) -> Side:
    if not target.commit:
        return _state(series, base, target, cache)
    applied = apply.apply(series, base, target, cache)
    made = Range.of(applied)
    people = _recipients(series, base.repo, made, "")
    return Side(str(target), made, applied.tree, target, recipients=people)


def _recipients(series: Series, repo: Path, commits: Range, cover: str) -> tuple[str, ...]:
    """Whom cover and messages name, but for who sends."""
    messages = ""
    if commits.subjects:
        messages = git.git(
            repo, "log", "--no-show-signature", "--format=%B", f"{commits.base}..{commits.tip}",
            "--",
        ).stdout  # fmt: skip
    sender = identity.known_sender(series.root)
    named = trailers.copied(f"{cover}\n{messages}")
    return tuple(
        who for who in named if not sender or parseaddr(who)[1].lower() != sender.email.lower()
    )
