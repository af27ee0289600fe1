# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about the mails of a thread beside each other: ids, dates, numbers, references; pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from refseries.mail import subjects
from refseries.posting.lint.model import Box, Hit, MailEntry

_MOST_ABOVE = 10_000  # ids that one mail answers by way of others
_PREFIX = re.compile(r"\s*(?:\w{2,3}:\s*)?\[([^]]*)\]")


def missing_id(box: Box) -> Iterator[Hit]:
    """A mail without a message id."""
    for entry in box.entries:
        if not entry.mail.message_id:
            yield Hit(entry, "it has no Message-ID.")


def reused_id(box: Box) -> Iterator[Hit]:
    """Two mails of one id that say different things."""
    seen: dict[str, MailEntry] = {}
    for entry in box.entries:
        ident = entry.mail.message_id
        first = seen.setdefault(ident, entry) if ident else entry
        if first.digest != entry.digest:
            yield Hit(entry, f"<{ident}> is also the id of {first.mail.source}.")


def missing_date(box: Box) -> Iterator[Hit]:
    """A patch whose date is not there or cannot be read."""
    for entries in box.versions.values():
        for entry in entries:
            if entry.mail.date is None:
                yield Hit(entry, "it has no date that can be read.")


def dates_of_patches(box: Box) -> Iterator[Hit]:
    """A patch dated before the one in front of it."""
    for entries in box.versions.values():
        dated = [(entry, entry.mail.date) for entry in entries if entry.mail.date]
        for (_, before), (entry, date) in itertools.pairwise(dated):
            if date < before:
                yield Hit(entry, f"its date, {date}, is before that of the mail in front of it.")


def dates_of_versions(box: Box) -> Iterator[Hit]:
    """A version dated after a later one. b4 goes by the first patch; get_latest_revision()."""
    firsts = {
        version: next((entry for entry in entries if entry.heading.number), None)
        for (version, resent), entries in box.versions.items()
        if not resent  # as late as somebody has patience
    }
    dated = [(version, first) for version, first in firsts.items() if first and first.mail.date]
    for (before, older), (after, newer) in itertools.pairwise(dated):
        assert older.mail.date is not None
        assert newer.mail.date is not None
        if newer.mail.date <= older.mail.date:
            yield Hit(newer, f"v{after} is not dated after v{before}.")


def comma_in_prefix(box: Box) -> Iterator[Hit]:
    """``[PATCH,v2,1/3]``."""
    for entry in box.entries:
        found = _PREFIX.match(entry.mail.subject)
        if found and any("," in word.strip(",") for word in found[1].split()):
            yield Hit(entry, f"[{found[1]}] has commas where blanks should be.")


def prefix_unread(box: Box) -> Iterator[Hit]:
    """``[PATCH-v2]``, ``[PATCH v3: 1/2]``: what a person reads there and b4 does not."""
    for entry in box.entries:
        if entry.heading.reply or next(comma_in_prefix(replace(box, entries=(entry,))), None):
            continue
        read, seen = subjects.read(entry.mail.subject), entry.heading
        odd = read.unread or read.odd_number
        if odd or (read.version, read.number) != (seen.version, seen.number):
            found = _PREFIX.match(entry.mail.subject)
            yield Hit(entry, f"b4 does not read `{odd or (found[1] if found else seen.title)}`.")


def no_prefix(box: Box) -> Iterator[Hit]:
    """A patch that does not say so in its subject."""
    for entry in box.patches:
        if not entry.heading.patch:
            yield Hit(entry, "its subject has no [PATCH].")


def missing_number(box: Box) -> Iterator[Hit]:
    """A patch of a series that is not there."""
    versions = box.versions
    for (version, resent), entries in versions.items():
        # Of a few that were posted again, the others are where they were.
        whole = (*entries, *versions.get((version, False), ())) if resent else entries
        patches = [entry.heading for entry in whole if entry.is_patch]
        total = max((one.total for one in patches), default=0)
        gone = sorted(set(range(1, total + 1)) - {one.number for one in patches})
        if patches and gone and version not in box.facts.whole:
            listed = ", ".join(f"{number}/{total}" for number in gone[:10])
            yield Hit(None, f"of v{version}, {listed} {'is' if len(gone) == 1 else 'are'} missing.")


def doubled_number(box: Box) -> Iterator[Hit]:
    """Two patches of a version with one number."""
    for (version, _resent), entries in box.versions.items():
        seen: dict[int, MailEntry] = {}
        for entry in entries:
            first = seen.setdefault(entry.heading.number, entry)
            if first is not entry and first.mail.message_id != entry.mail.message_id:
                number = entry.heading.number
                yield Hit(entry, f"v{version} has number {number} already, {first.mail.source}.")


def not_threaded(box: Box) -> Iterator[Hit]:
    """A patch that does not answer, by any way, the first mail of its version."""
    by_id = {entry.mail.message_id: entry for entry in box.entries if entry.mail.message_id}
    for entries in box.versions.values():
        first = entries[0].mail.message_id
        for entry in entries[1:]:
            if first and first not in _above(entry, by_id):
                yield Hit(entry, "it does not answer the first mail of its version.")


def _above(entry: MailEntry, by_id: Mapping[str, MailEntry]) -> set[str]:
    """Ids of the mails that ``entry`` answers, and that these answer."""
    found: set[str] = set()
    at: MailEntry | None = entry
    while at and len(found) < _MOST_ABOVE:
        names = {at.mail.in_reply_to, *at.mail.references} - {""}
        new = next((by_id[name] for name in names - found if name in by_id), None)
        found |= names
        at = new
    return found


def version_in_title(box: Box) -> Iterator[Hit]:
    """Patches of one version whose cover letter says another one, or none."""
    ids = {entry.mail.message_id: entry for entry in box.entries if entry.is_cover}
    for entry in box.patches:
        cover = ids.get(entry.mail.in_reply_to)
        if cover and cover.heading.version != entry.heading.version:
            was, is_now = cover.heading.version, entry.heading.version
            yield Hit(entry, f"it says v{is_now}, and the cover letter that it answers v{was}.")


def no_change_id(box: Box) -> Iterator[Hit]:
    """A version that b4 cannot recognise as the successor of another."""
    for entries in box.versions.values():
        if not any(mark.startswith("change-id: ") for one in entries[:2] for mark in one.marks):
            yield Hit(entries[0], "it has no change-id.")
