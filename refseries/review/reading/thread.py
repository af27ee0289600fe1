# SPDX-License-Identifier: GPL-2.0-or-later
"""The mails of a thread in an order in which no answer comes before what it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from refseries.mail.message import Mail

_HELD = 16 * 1024 * 1024
"""Bytes of mails that wait for the one that they answer; more come in the order of their file."""


def in_order(mails: Iterable[Mail], ids: Collection[str]) -> Iterator[Mail]:
    """``mails``, each behind the one that it answers, else in their own order.

    Args:
        ids: message ids of all of them.
    """
    done: set[str] = set()
    waiting: dict[str, list[Mail]] = defaultdict(list)
    held = 0

    def release(mail: Mail) -> Iterator[Mail]:
        nonlocal held
        ready = [mail]
        while ready:
            one = ready.pop()
            yield one
            if one.message_id and one.message_id not in done:
                done.add(one.message_id)
                answers = waiting.pop(one.message_id, [])
                held -= sum(len(answer.raw) for answer in answers)
                ready += reversed(answers)

    for mail in mails:
        parent = mail.in_reply_to
        if parent in ids and parent not in done and parent and held + len(mail.raw) <= _HELD:
            waiting[parent].append(mail)
            held += len(mail.raw)
        else:
            yield from release(mail)
    while waiting:  # threads do have loops
        parent = next(iter(waiting))
        for mail in waiting.pop(parent):
            held -= len(mail.raw)
            yield from release(mail)
