# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user may name as the source of versions: mails, a thread on a server, commits."""

from __future__ import annotations

from pathlib import Path

from refseries.errors import SeriesError
from refseries.git import revisions
from refseries.importing import branch, mailbox
from refseries.importing.draft import ImportDraft, Intake
from refseries.mail.read import lasting, name_of
from refseries.model import BaseInfo


def drafts(
    base: BaseInfo, source: str, at: Path, number: int | None = None
) -> tuple[ImportDraft, ...]:
    """The versions alone that ``read`` finds."""
    return read(base, source, at, number).drafts


def read(
    base: BaseInfo,
    source: str,
    at: Path,
    number: int | None = None,
    *,
    strict: bool = False,
    asked: str = "",
) -> Intake:
    """The versions in ``source``.

    Args:
        source: a mailbox, a maildir or another folder of mails, a saved mail, ``-`` for one on
            standard input; a branch that b4 prepares, or ``A..B``; a message id or a link that ends
            in one. In this order, the first that there is counts; but a name that is a branch's
            and a folder's is the branch.
        at: directory whose git configuration b4 heeds.
        number: that version alone, where there are several.
        strict: a version or patch in it that cannot be taken is an error.
        asked: the id of a mail, or a link to it; of series that say they are one version, the one
            that holds it is taken. Where ``source`` is an id, that is it.

    Raises:
        SeriesError: it is none of these, or holds no complete version.
        HostError: b4 could not fetch it.
    """
    path = Path(source)
    asked = _id_of(asked) if asked else ""
    with lasting(path) as copy:
        if copy != path:
            name = name_of(path)
            return mailbox.read(copy, name, number, strict=strict, name=name, asked=asked)
    if branch.is_file(base.repo, source):
        return mailbox.read(path, source, number, strict=strict, asked=asked)
    mail = mailbox.message_id(source)
    if revisions.branch(base.names, source) or (mail is None and branch.exists(base, source)):
        return Intake((branch.draft(base, source),))
    if mail is not None:
        with mailbox.fetched(source, at) as thread:
            return mailbox.read(
                thread, source, number, strict=strict, name=source, asked=asked or mail
            )
    raise SeriesError(
        f"`{source}` is neither a file, nor a branch or range of commits, nor a message id.",
        where=str(base.repo),
        hint="Name a mailbox, a maildir, A..B, a branch that b4 prepares, or <id@host>.",
    )


def _id_of(name: str) -> str:
    found = mailbox.message_id(name)
    if found is None:
        raise SeriesError(
            f"`{name}` is no message id.",
            where="--mail",
            hint="Copy it from the header Message-ID of a patch of that series.",
        )
    return found
