# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers to review mails: one for each, every point quoted and answered under it."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from msgspec import structs

from refseries.errors import SeriesError
from refseries.mail import read, write
from refseries.mail.outgoing import Outgoing
from refseries.model import BaseInfo, Identity, Series
from refseries.review import excerpt, news, reply_text, verify
from refseries.review import store as task_store
from refseries.review.evidence.facts import Facts
from refseries.review.listing import people
from refseries.review.model import Review, Task
from refseries.review.text_fill import fill, quote
from refseries.series import patches, store

CONTEXT = 2
"""Lines of the patch in front of the one that a point is about."""


@dataclass(frozen=True)
class Reply:
    """The answer to one review; ``notes`` is what to look at before it is sent."""

    review: str
    tasks: tuple[str, ...]
    mail: Outgoing
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Replies:
    """All answers; ``left_out`` says which reviews get none, and why."""

    replies: tuple[Reply, ...]
    left_out: tuple[str, ...]

    def mbox(self) -> bytes:
        """The mails as a mailbox (mboxrd)."""
        return write.mboxrd([write.to_bytes(reply.mail) for reply in self.replies])


def choose(
    series: Series, reviews: Sequence[Review], ids: Sequence[str], mail: Path | None
) -> tuple[Review, ...]:
    """The reviews to answer, each with the tasks to answer in it.

    Args:
        ids: these tasks.
        mail: the tasks of the review that stands in this file: a mail as it was saved, or a file of
            ``series/feedback/`` or its name. Without it and ``ids``, everything that the newest
            version settles or answers, or leaves open.

    Raises:
        SeriesError: there is no such task, or no review of such a mail.
    """
    if mail is not None and ids:
        raise SeriesError("--mail names the tasks already.", hint="Give ids, or --mail.")
    if mail is not None:
        return (_of_mail(reviews, mail),)
    if ids:
        wanted = {task_store.find(reviews, task_id)[1].id for task_id in ids}
    else:
        entries = news.news_of(series, store.newest(series).name).entries
        wanted = {task_id for entry in entries for task_id in entry.tasks}
        wanted |= {
            task.id
            for review in reviews
            for task in review.tasks
            if task_store.stands_for(reviews, task).id in wanted
        }
    chosen = (
        structs.replace(review, tasks=tuple(task for task in review.tasks if task.id in wanted))
        for review in reviews
    )
    return tuple(review for review in chosen if review.tasks)


def _of_mail(reviews: Iterable[Review], path: Path) -> Review:
    by_name = {review.name: review for review in reviews}
    if path.suffix in ("", ".toml") and path.stem in by_name:
        return by_name[path.stem]
    for mail in read.read(path, lambda _mail: None):
        for review in by_name.values():
            if review.message_id and review.message_id == mail.message_id:
                return review
            same = (review.reviewer.key, review.date)
            if not review.message_id and same == (mail.author.key, mail.date):
                return review
    raise SeriesError(
        "no review was made of this mail.",
        where=str(path),
        hint="Make one: `refseries feedback import` with that file.",
    )


def make(
    series: Series,
    base: BaseInfo | None,
    cache: Path,
    chosen: Sequence[Review],
    sender: Identity,
    now: datetime,
) -> Replies:
    """Write the answers to ``chosen``.

    Args:
        base: None when it has not been imported: then nothing can be proven.
        sender: writes them; what he found himself is not answered.
        now: date of the mails.

    Raises:
        SeriesError: a file of the series is wrong, or an address cannot stand in a mail.
    """
    facts = Facts(series, base, cache) if base else None
    everything = task_store.load(series)
    replies, left_out = [], []
    for review in chosen:
        if review.reviewer.key in (series.identity.key, sender.key):
            continue
        if not review.message_id and not review.references:
            left_out.append(f"{review.name} came in no mail, so there is none to answer.")
            continue
        if not review.tasks:
            left_out.append(f"{review.name} has no task, so there is nothing to answer.")
            continue
        replies.append(_reply(series, facts, everything, review, sender, now))
    return Replies(tuple(replies), tuple(left_out))


def _reply(
    series: Series,
    facts: Facts | None,
    everything: Sequence[Review],
    review: Review,
    sender: Identity,
    now: datetime,
) -> Reply:
    notes = []
    if not review.message_id:
        notes.append(
            f"{review.name}: the id of the mail is not known, so the reply hangs below what that "
            f"answers; give `message_id` in series/feedback/{review.name}.toml."
        )
    # Nobody is said to have written what is not out of his mail.
    kept = any(task.comment or task.quote for task in review.tasks)
    when = f"{review.date:%a, %d %b %Y %H:%M:%S %z}"
    parts = [
        f"On {when}, {review.reviewer.name} wrote:"
        if kept
        else f"To your points of {review.date:%a, %d %b %Y}:"
    ]
    for number, task in enumerate(review.tasks):
        claim = _claim(facts, everything, task)
        point = _point(series, task)
        if number == 0 and point.startswith(">"):  # right below the line that says whose it is
            parts[0] += f"\n{point}"
        else:
            parts.append(point)
        parts.append(claim.text)
        notes += claim.notes
    body = "\n\n".join(parts) + "\n"
    references = tuple(filter(None, (*review.references, review.message_id)))
    to, cc = _recipients(series, review, sender)
    digest = hashlib.sha256(f"{references[-1]}\n{now.isoformat()}\n{body}".encode()).hexdigest()
    mail = Outgoing(
        number=0,
        message_id=f"{now:%Y%m%d%H%M%S}.{digest[:12]}@{sender.email.partition('@')[2]}",
        subject=_subject(series, review),
        body=body.encode("utf-8", "replace"),
        sender=sender,
        date=now,
        to=to,
        cc=cc,
        in_reply_to=references[-1],
        references=references,
    )
    return Reply(
        review.name, tuple(task.id for task in review.tasks), mail, tuple(dict.fromkeys(notes))
    )


def _claim(facts: Facts | None, everything: Sequence[Review], task: Task) -> reply_text.Claim:
    shown = task_store.stands_for(everything, task)
    other = shown if task.merged_into else None
    if facts is None:
        claim = reply_text.about(structs.replace(task, evidence=()), other, (), None)
        return replace(claim, notes=(*claim.notes, f"{task.id}: the base is not here to look at."))
    (seen,) = verify.look(facts, [shown])
    return reply_text.about(task, other, seen.proofs, facts)


def _point(series: Series, task: Task) -> str:
    """The point as the reviewer made it; where his words are not kept, ours, in brackets.

    What the mail quoted is quoted again. Lines that we found ourselves are shown as those of the
    version, and not as a quote.
    """
    found = excerpt.excerpt_of(series, task, CONTEXT)
    lines = found.lines if task.quote or found.at < 0 else found.lines[: found.at + 1]
    shown = [*itertools.dropwhile(lambda line: not line.lstrip("+ "), lines)]
    quoted = quote("\n".join(shown), "> > ") if shown and task.quote else ""
    if task.comment:
        return "\n>\n".join(filter(None, (quoted, quote(task.comment))))
    ours = fill(f"[{task.summary}]")
    if quoted or not shown:
        return "\n\n".join(filter(None, (quoted, ours)))
    place = f"has in {task.anchor.file}" if task.anchor.file else "says"
    code = "\n".join(f"\t{line}".rstrip() for line in shown)
    return f"{ours}\n\n{fill(f'{task.raised_on} {place}:')}\n\n{code}"


def _subject(series: Series, review: Review) -> str:
    subject = review.subject
    if not subject:
        version = next((each for each in series.versions if each.name == review.version), None)
        title = patches.read(version.patches[0]).subject if version else series.title
        subject = f"[PATCH {review.version}] {title}"
    return "Re: " + re.sub(r"^((re|aw|sv): *)+", "", subject, flags=re.IGNORECASE)


def _recipients(
    series: Series, review: Review, sender: Identity
) -> tuple[tuple[Identity, ...], tuple[Identity, ...]]:
    """The reviewer, then whoever shares a point and the lists of the series; nobody twice."""
    also = (person for task in review.tasks for person in people(task))
    seen = {sender.email.lower(), ""}
    found = []
    for person in (review.reviewer, *also, *series.to, *series.cc):
        if person.email.lower() not in seen:
            seen.add(person.email.lower())
            found.append(person)
    return tuple(found[:1]), tuple(found[1:])
