# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks over the mails of a file, of any size: never more than one of them is held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from refseries.host.progress import Say
from refseries.importing import received
from refseries.importing.received import LeftKind, NotTaken, Posted
from refseries.mail import mbox, read
from refseries.model import BaseInfo
from refseries.posting import examine
from refseries.posting.examine import MailReport
from refseries.posting.lint.model import MailFacts, MailFinding, Severity

_SEVERITIES = {
    LeftKind.VERSION: Severity.ERROR,
    LeftKind.PATCH: Severity.ERROR,
    LeftKind.COVER: Severity.WARNING,
}


def mailbox(path: Path, base: BaseInfo | None, cache: Path, say: Say) -> MailReport:
    """Look over the mails of a mailbox, a maildir or a single file.

    Args:
        path: as ``mail.read.read`` takes it.
        base: the tree whose commits and scripts are asked; None: none is.
        cache: folder in which the scripts' answers are kept.

    Raises:
        SeriesError: it cannot be read, or holds no mail.
        StageError: a script failed.
    """
    with read.lasting(path) as file:
        return _mailbox(file, read.name_of(path), base, cache, say)


def _mailbox(path: Path, name: str, base: BaseInfo | None, cache: Path, say: Say) -> MailReport:
    """The same of a file that can be read again; ``name``: what the user knows it by."""
    lost: list[read.Unreadable] = []
    thread = received.look(read.read(path, lambda _mail: None, name), name)
    places: dict[str, tuple[int, int] | None] = {
        source: None
        for one in thread.not_taken
        if one.kind is LeftKind.VERSION
        for source in one.sources
    }
    for posted in thread.posted:
        places.update((source, (posted.version, number)) for number, source in _places(posted))
    whole = frozenset(posted.version for posted in thread.posted)
    facts = MailFacts(bare=tuple(bare_lines(path)), places=places, whole=whole)
    report = examine.look(read.read(path, lost.append, name), facts, base, cache, say)
    broken = tuple(
        MailFinding(
            rule="unreadable",
            severity=Severity.ERROR,
            mail=one.source,
            subject="",
            line=0,
            what=f"it {one.why.rstrip('.')}.",
            effect="No program can do anything with it.",
            mend="Save it again.",
        )
        for one in lost
    )
    told = {one.rule for one in report.findings} & {"patch-missing", "number-twice"}
    left = tuple(
        _left_out(one)
        for one in thread.not_taken
        if one.kind in _SEVERITIES and not (told and one.kind is LeftKind.VERSION)
    )
    odd = tuple(_as_read(posted, remark) for posted in thread.posted for remark in posted.remarks)
    order = list(Severity)
    findings = sorted(
        (*broken, *left, *report.findings, *odd), key=lambda one: order.index(one.severity)
    )
    return replace(report, findings=tuple(findings))


def _places(posted: Posted) -> list[tuple[int, str]]:
    """Number and source of the mails that the version does not have of the one before."""
    cover = [(0, posted.cover)] if posted.cover else []
    numbered = (*cover, *enumerate(posted.sources, 1))
    return [(number, name) for number, name in numbered if number not in posted.borrowed]


def _left_out(one: NotTaken) -> MailFinding:
    whole = one.kind is LeftKind.VERSION
    return MailFinding(
        rule="not-whole" if whole else "not-taken",
        severity=_SEVERITIES[one.kind],
        mail=one.sources[0] if one.sources and not whole else "",
        subject="" if whole else one.name,
        line=0,
        what=one.why if whole else f"{one.why}.",
        effect="refseries import leaves it out; what b4 makes of it cannot be told.",
        mend=one.hint or "Give each patch the version and the number that it has in its series.",
    )


def _as_read(posted: Posted, remark: str) -> MailFinding:
    return MailFinding(
        rule="as-read",
        severity=Severity.NOTE,
        mail="",
        subject="",
        line=0,
        what=f"v{posted.version}: {remark}.",
        effect="refseries import and b4 take it so.",
        mend="Nothing is to be done.",
    )


def bare_lines(path: Path) -> Iterator[int]:
    """Lines of a mailbox that start with ``From ``, are not quoted, and separate no mails."""
    if not path.is_file():
        return
    with read.opened(path) as stream:
        if not mbox.is_separator(stream.readline(mbox.CHUNK)):
            return
        held = 0  # the number of a separator, perhaps: the line behind it tells
        for number, line in enumerate(iter(partial(stream.readline, mbox.CHUNK), b""), 2):
            if held and not mbox.looks_like_header(line):
                yield held
            held = 0
            if line.startswith(b"From "):
                if mbox.is_separator(line):
                    held = number
                else:
                    yield number
