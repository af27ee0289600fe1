# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks over the mails of a file, of any size: never more than one of them is held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from refseries.mail import mbox, read
from refseries.model import BaseInfo
from refseries.posting import examine
from refseries.posting.examine import Report
from refseries.posting.export import Say
from refseries.posting.lint.model import Facts, Finding, Severity


def mailbox(path: Path, base: BaseInfo | None, cache: Path, say: Say) -> Report:
    """Look over the mails of a mailbox, a maildir or a single file.

    Args:
        base: the tree whose commits and scripts are asked; None: none is.
        cache: folder in which the scripts' answers are kept.

    Raises:
        SeriesError: it cannot be read, or holds no mail.
        StageError: a script failed.
    """
    lost: list[read.Unreadable] = []
    facts = Facts(bare=tuple(bare_lines(path)))
    report = examine.look(read.read(path, lost.append), facts, base, cache, say)
    broken = tuple(
        Finding(
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
    return replace(report, findings=(*broken, *report.findings))


def bare_lines(path: Path) -> Iterator[int]:
    """Lines of a mailbox that start with ``From ``, are not quoted, and separate no mails."""
    if path == read.STDIN or not path.is_file():
        return
    with read.opened(path) as stream:
        if not mbox.is_separator(stream.readline(mbox.CHUNK)):
            return
        held = 0  # the number of a separator, perhaps: the line behind it tells
        for number, line in enumerate(iter(lambda: stream.readline(mbox.CHUNK), b""), 2):
            if held and not mbox.looks_like_header(line):
                yield held
            held = 0
            if line.startswith(b"From "):
                if mbox.is_separator(line):
                    held = number
                else:
                    yield number
