# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers joined to the points that they answer: a point and its discussion are one task; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from msgspec import structs

from refseries.model import Series, number_of
from refseries.review import states, taken_back
from refseries.review.model import UNFINISHED, Remark, Review, State, Task
from refseries.review.reading import classify, promises
from refseries.review.reading.courtesy import Courtesy
from refseries.review.reading.points import Aside, Point, Reading
from refseries.review.reading.quotes import LineKind, MailLine
from refseries.review.reading.version_lines import key

_WITHDRAWN = re.compile(
    r"(?<!not )(?<!n['’]t )(?<!never )(?<!did )"
    r"\b(?:never ?mind|scratch that|(?:please )?(?:ignore|disregard) (?:this|that|my)"
    r"|I (?:misread|misunderstood|take (?:this|that|it) back|withdraw))\b"
    # A tag that he withdraws, were it one against the patch, is not the point.
    r"(?! (?:my|the) (?:\S+ ){0,2}?(?:\S+-by|n?acks?|naks?|tags?)\b)"
    r"(?![^.!?]{0,200}\?)",
    re.IGNORECASE,
)
_TELLING = len("GFP_USER")
"""Letters of a quoted line that are enough to find it within another; a shorter one must be all."""

_MOST = 200
"""Remarks that a task keeps of its discussion, and that one mail adds to discussions."""


@dataclass(frozen=True)
class Joined:
    """What became of an answer: the review and the task in it, as they are now.

    Attributes:
        known: whether it was part of the discussion before.
        withdrawn: whether the reviewer took his point back with it.
    """

    review: Review
    task: Task
    known: bool = False
    withdrawn: bool = False


def remarks(reading: Reading) -> Iterator[Point | Aside]:
    """What of a mail may be an answer: its points, and where it agrees or thanks.

    Of a mail with more than anybody answers at once, the first; the others are new points.
    """
    yield from reading.points[:_MOST]
    kinds = (Courtesy.AGREEMENT, Courtesy.THANKS)
    yield from islice((aside for aside in reading.asides if aside.why in kinds), _MOST)


def text_of(said: Point | Aside) -> str:
    """The words of a point or an aside."""
    return said.comment if isinstance(said, Point) else said.text


def join(
    said: Point | Aside,
    remark: Remark,
    lines: Sequence[MailLine],
    reviews: Iterable[Review],
    answered: Sequence[str],
    series: Series,
    *,
    by_author: bool,
) -> Joined | None:
    """Put an answer to the task that it answers; None where it answers none.

    A reviewer who asks again about what is finished is joined to nothing: his is a new task. What
    others say of it opens it again if it was he who consented; whoever it is, nothing is lost.

    Args:
        lines: of the mail.
        reviews: of the version that it is about.
        answered: message ids of the mails that it answers, the nearest first.
        series: whose versions an author may say to have done it in.
        by_author: whether an author of the series says it.
    """
    found = _find(said, remark, lines, reviews, answered)
    if found is None:
        return None
    review, task = found
    if any(_same(one, remark) for one in task.discussion):
        return Joined(review, task, known=True)
    asks = isinstance(said, Point) and not by_author
    own = task.reviewer.key == remark.who.key
    if task.state not in UNFINISHED and asks and not (own and _takes_back(said)):
        if own or not _by_consent(task):
            return None
        task = states.reopen(task, f"Discussed further by {remark.who.name or remark.who.email}.")
    withdrawn = own and _takes_back(said)
    changed = _close(task, said, remark, lines, series, by_author=by_author, own=own)
    changed = structs.replace(changed, discussion=(*task.discussion, remark)[-_MOST:])
    tasks = tuple(changed if one.id == task.id else one for one in review.tasks)
    return Joined(structs.replace(review, tasks=tasks), changed, withdrawn=withdrawn)


def _by_consent(task: Task) -> bool:
    """Whether it was closed by what its reviewer agreed to, and by nobody's hand."""
    answers = (one.text.strip() for one in task.discussion)
    return task.state is State.ANSWERED and task.answer in answers


def _same(one: Remark, other: Remark) -> bool:
    """Whether two remarks are one; a mail that was saved without its id says the same."""
    if one.message_id and other.message_id and one.message_id != other.message_id:
        return False
    return (one.who.key, one.text) == (other.who.key, other.text)


def _of_one_mail(one: Remark, other: Remark) -> bool:
    if one.message_id or other.message_id:
        return one.message_id == other.message_id
    return (one.who.key, one.date) == (other.who.key, other.date)


def _takes_back(said: Point | Aside) -> bool:
    """Whether a point is taken back; who takes his tag back asks for no less than before."""
    text = text_of(said)
    return _WITHDRAWN.search(text) is not None and not taken_back.is_said_in(text)


def _close(
    task: Task,
    said: Point | Aside,
    remark: Remark,
    lines: Sequence[MailLine],
    series: Series,
    *,
    by_author: bool,
    own: bool,
) -> Task:
    """The task in the state in which the answer leaves it."""
    if task.state not in UNFINISHED:
        return task
    if own and _takes_back(said):
        why = f"Withdrawn by the reviewer: {classify.summary(remark.text)}"
        return states.obsolete(task, why)
    if by_author:
        name = promises.done_in(remark.text)
        later = (one for one in series.versions if one.number > number_of(task.raised_on))
        return states.settle(task, series, name) if name in {v.name for v in later} else task
    answers = [one for one in task.discussion if one.who.key != task.reviewer.key]
    agrees = isinstance(said, Aside) and said.why == Courtesy.AGREEMENT
    # "Oh well" below a question of the same mail is no consent.
    if own and agrees and answers and not any(_of_one_mail(one, remark) for one in task.discussion):
        nearest = _quoted_last(said, lines)
        last = next((one.text for one in answers if nearest and _holds(one.text, nearest)), "")
        last = last or answers[-1].text
        # "Yes" to a promise or to a question of the author leaves something to be done.
        if not promises.promises(last) and "?" not in last:
            return states.answer(task, last)
    return task


def _find(
    said: Point | Aside,
    remark: Remark,
    lines: Sequence[MailLine],
    reviews: Iterable[Review],
    answered: Sequence[str],
) -> tuple[Review, Task] | None:
    """The task whose point, or an answer to it, stands right above ``said`` as a quote.

    Of points in the same words, the one that this mail answered before, as it was imported once
    already, else one of the mail that it answers, and that it has not come to yet.
    """
    nearest = _quoted_last(said, lines)
    thread = set(answered)
    best: tuple[Review, Task] | None = None
    least = (True, True, True)
    for review in reviews:
        for task in review.tasks:
            ids = {review.message_id, *(one.message_id for one in task.discussion)} - {""}
            if thread and ids and not thread & ids:
                continue
            texts = (task.comment, *(one.text for one in task.discussion))
            if nearest and any(_holds(text, nearest) for text in texts):
                rank = (
                    not any(_same(one, remark) for one in task.discussion),
                    not answered or answered[0] not in ids,
                    any(one.message_id == remark.message_id != "" for one in task.discussion),
                )
                if best is None or rank < least:
                    best, least = (review, task), rank
    if best is None and not nearest and said.first == said.last and answered:
        return _alone(reviews, answered[0])
    return best


def _quoted_last(said: Point | Aside, lines: Sequence[MailLine]) -> str:
    """The last line of the quote above ``said``, if whom he answers wrote it himself."""
    for line in reversed(lines[said.first : said.last]):
        if line.part is LineKind.QUOTE and key(line.text):
            return key(line.text) if line.depth == 1 else ""
    return ""


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    return key(text)


def _holds(text: str, wanted: str) -> bool:
    if len(wanted) >= _TELLING:
        return wanted in _key(text)
    return any(key(line) == wanted for line in text.split("\n"))


def _alone(reviews: Iterable[Review], parent: str) -> tuple[Review, Task] | None:
    """The only task of the mail that is answered above its quote, or without one.

    Those of a mail that answers others are those that it answers.
    """
    found: list[tuple[Review, Task]] = []
    for review in reviews:
        if review.message_id == parent:
            return (review, review.tasks[0]) if len(review.tasks) == 1 else None
        found += [
            (review, task)
            for task in review.tasks
            if any(one.message_id == parent for one in task.discussion)
        ]
    return found[0] if len(found) == 1 else None
