# SPDX-License-Identifier: GPL-2.0-or-later
"""Reviewers who do not exist, and the tags that they gave to the toy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from toy import Toy

from refseries.model import Identity
from refseries.review import store
from refseries.review.model import Anchor, Kind, Review, State, Task, Trailer

TOM = Identity("Tom Tagger", "tom@example.org")
ANN = Identity("Ann Other", "ann@example.org")


def line(who: Identity, name: str = "Reviewed-by") -> str:
    return f"{name}: {who.name} <{who.email}>"


def give(
    toy: Toy,
    patch: str,
    who: Identity = TOM,
    name: str = "Reviewed-by",
    version: str = "v2",
    value: str = "",
) -> None:
    """Keep a review of ``version`` in which ``who`` gives a tag; mails are a minute apart."""
    count = len(store.load(toy.series()))
    review = Review(
        name=f"{version}-{count}",
        version=version,
        reviewer=who,
        date=datetime(2026, 11, 26, tzinfo=UTC) + timedelta(minutes=count),
        trailers=(Trailer(name, value or f"{who.name} <{who.email}>", patch),),
    )
    store.save(toy.series(), review)


def take_back(toy: Toy, patch: str, words: str, who: Identity = TOM, version: str = "v2") -> None:
    """Keep a review of ``version`` in which ``who`` says ``words`` of a patch."""
    count = len(store.load(toy.series()))
    task = Task(
        id=f"{version}-tom-{count}",
        kind=Kind.CHANGE,
        state=State.OPEN,
        summary="The tag",
        reviewer=who,
        comment=words,
        anchor=Anchor(patch),
    )
    review = Review(
        name=f"{version}-tom-{count}",
        version=version,
        reviewer=who,
        date=datetime(2026, 11, 26, tzinfo=UTC) + timedelta(minutes=count),
        tasks=(task,),
    )
    store.save(toy.series(), review)
