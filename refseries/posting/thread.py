# SPDX-License-Identifier: GPL-2.0-or-later
"""The place of each mail in its thread: message ids, what it answers, its date; pure.

A message id depends on everything that its series says. The same contents from the same sender have
the same ids however often they are exported; after any change all of them are new. b4 keeps what it
has seen by id, so a reused id would show it the old text.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import asdict

from refseries.mail.outgoing import Letter, Outgoing
from refseries.posting.model import Posting


def arrange(posting: Posting, letters: Sequence[Letter]) -> tuple[Outgoing, ...]:
    """Give ``letters`` their ids, dates and references.

    The first answers ``posting.in_reply_to``, every other one the first.
    """
    tracking = _tracking(posting)
    ids = _ids(posting, _digest(posting, letters, tracking), letters)
    first = ids[0]
    above = (posting.in_reply_to,) if posting.in_reply_to else ()
    mails = []
    for place, (letter, message_id) in enumerate(zip(letters, ids, strict=True)):
        leads = letter is letters[0]
        references = above if leads else (*above, first)
        mails.append(
            Outgoing(
                number=letter.number,
                message_id=message_id,
                subject=letter.subject,
                body=letter.body,
                sender=posting.sender,
                date=posting.date + timedelta(seconds=place),
                to=posting.to,
                cc=posting.cc,
                in_reply_to=references[-1] if references else "",
                references=references,
                headers=_b4(posting, tracking) if leads else (),
            )
        )
    return tuple(mails)


def _digest(posting: Posting, letters: Sequence[Letter], tracking: str) -> str:
    people = [asdict(p) for p in (posting.sender, *posting.to)], [asdict(p) for p in posting.cc]
    facts = [people, posting.date.isoformat(), posting.in_reply_to, tracking]
    digest = hashlib.sha256(json.dumps(facts).encode())
    for letter in letters:
        digest.update(json.dumps([letter.number, letter.subject, len(letter.body)]).encode())
        digest.update(letter.body)
    return digest.hexdigest()[:12]


def _ids(posting: Posting, digest: str, letters: Sequence[Letter]) -> list[str]:
    """The ids in b4's form, with the number of the mail in it; see make_msgid_tpt in b4/ez.py."""
    slug = posting.change_id.partition("-")[2].rpartition("-")[0]
    domain = posting.sender.email.partition("@")[2]
    before = f"{posting.date:%Y%m%d}-{slug}-v{posting.number}"
    return [f"{before}-{letter.number}-{digest}@{domain}" for letter in letters]


def _tracking(posting: Posting) -> str:
    """What ``b4 prep -F`` makes a branch from; the keys are b4's."""
    series = {
        "revision": posting.number,
        "change-id": posting.change_id,
        "prefixes": list(posting.prefixes),
        "presubject": "",
    }
    if posting.history:
        series["history"] = {name: [found] for name, found in posting.history.items()}
    return json.dumps({"series": series})


def _b4(posting: Posting, tracking: str) -> tuple[tuple[str, str], ...]:
    packed = base64.b64encode(gzip.compress(tracking.encode(), mtime=0)).decode()
    return (("X-B4-Tracking", f"v=1; b={packed}"), ("X-Change-ID", posting.change_id))
