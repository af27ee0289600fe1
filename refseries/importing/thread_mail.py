# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of one mail of a thread while its versions are looked for; pure.

About 1 KB, so that a mailbox may be far larger than the memory.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from refseries.importing import reply_trailers
from refseries.importing.reply_trailers import Given
from refseries.importing.torn import torn
from refseries.mail import subjects
from refseries.mail.message import Mail
from refseries.mail.subjects import Heading
from refseries.model import Identity
from refseries.series import patches

_DIFFSTAT = re.compile(r"^ \d+ files? changed", re.M)
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*", re.M)
_NOT_CHANGED = re.compile(r"^(?:(?![-+ ]|@@|diff ).*|-- ?)\n", re.M)
_BLANKS = dict.fromkeys(map(ord, " \t\n\r\f\v"))
_QUOTED = re.compile(r"^>", re.M)  # an answer, whatever its subject says
_FIXUP = re.compile(r"(?:fixup|squash|amend)[!:] ", re.I)
_FIXUP_WORD = re.compile(r"(?:fix(?:-?up)?|squash|fold|incremental|delta|follow-?up)", re.I)
_MOST_ABOVE = 50  # mails that one may answer, by its references


@dataclass(eq=False)
class ThreadMail:
    """One mail.

    Attributes:
        above: ids of what it answers, the nearest first.
        place: number of its patch, 0 for a cover letter, None for everything else.
        version: that it belongs to, once that is known; 0 where its subject cannot be read.
        diffstat: whether it has one.
        diff: of a patch, what its diff changes, without line numbers: the same for the same patch
            sent again. Of anything else, empty.
        torn: whether its diff was damaged on its way.
        digest: of all that it says.
        shows_diff: whether it holds a diff that is not quoted.
        empty: whether its subject says that it is a patch, and it holds none.
        given: trailers of a mail that is neither patch nor cover letter.
    """

    source: str
    message_id: str
    above: tuple[str, ...]
    author: Identity
    date: datetime | None
    heading: Heading
    place: int | None
    diffstat: bool
    diff: str
    digest: str
    shows_diff: bool
    given: Given
    version: int = 1
    torn: bool = False
    empty: bool = False

    @property
    def total(self) -> int:
        """How many patches its version has, as far as it knows; b4 takes 3/2 for one more."""
        return max(self.heading.total, self.heading.number)

    @property
    def fixup(self) -> bool:
        """Whether it is to be folded into another patch."""
        return _FIXUP.match(self.heading.title) is not None

    @property
    def mends(self) -> bool:
        """Whether it says so, or that it mends what it answers: ``[PATCH v2 2/3 fixup]``."""
        return self.fixup or any(map(_FIXUP_WORD.fullmatch, self.heading.words))


def thread_mail_of(mail: Mail) -> ThreadMail:
    """Keep what is needed of ``mail``."""
    read = subjects.read(mail.subject)
    start = patches.DIFF_START.search(mail.body)
    diffstat = bool(_DIFFSTAT.search(mail.body))
    place: int | None = None
    if not read.reply and (read.numbered and read.number == 0):
        place = 0
    elif not read.reply and start:
        place = read.number
    elif not read.reply and read.patch and not read.numbered and diffstat:
        place = 0
    above = dict.fromkeys(name for name in (mail.in_reply_to, *reversed(mail.references)) if name)
    is_patch = bool(place) and start is not None
    says_patch = read.patch and not read.reply and not _QUOTED.search(mail.body)
    empty = says_patch and place is None
    return ThreadMail(
        source=mail.source,
        message_id=mail.message_id,
        above=tuple(name for name in above if name != mail.message_id)[:_MOST_ABOVE],
        author=mail.author,
        date=mail.date,
        heading=read,
        place=place,
        diffstat=diffstat,
        diff=_changed(mail.body[start.start() :]) if is_patch and start else "",
        digest=_digest(f"{mail.subject}\0{mail.body}"),
        shows_diff=start is not None,
        given=reply_trailers.trailers_given(mail) if place is None and not empty else Given(),
        torn=is_patch and start is not None and torn(mail.body[start.start() :]),
        empty=empty,
    )


def _changed(diff: str) -> str:
    """A digest of what ``diff`` changes, as ``git patch-id`` has it: no line numbers, no blanks."""
    said = _NOT_CHANGED.sub("", _HUNK.sub("@@", diff))
    return _digest(said.translate(_BLANKS))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
