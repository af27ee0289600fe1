# SPDX-License-Identifier: GPL-2.0-or-later
"""A review of the toy series by somebody who does not exist."""

from __future__ import annotations

from datetime import UTC, datetime

from refseries.model import Identity
from refseries.review.evidence.case import CaseEvidence
from refseries.review.model import Anchor, Kind, Review, State, Task

ADA = Identity("Ada Löwe", "ada@example.org")
BOB = Identity("Bob Ångström", "bob@example.org")
PATCH = "0001-mm-introduce-toys.patch"


def make() -> Review:
    """Three points of one reviewer on v1: one settled, one open, one answered."""
    return Review(
        name="v1-ada",
        version="v1",
        reviewer=ADA,
        date=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        tasks=(
            Task(
                id="v1-ada-1",
                kind=Kind.CHANGE,
                state=State.SETTLED,
                summary="Make the toy small",
                reviewer=ADA,
                anchor=Anchor(PATCH, "mm/toy.c", 1, "int toy_create;"),
                comment="Does this have to be an int?\nshort is enough.\n",
                quote="+int toy_create;\n",
                settled_in="v2",
                fixup="small-toy",
                evidence=(CaseEvidence(("toy.small",)),),
            ),
            Task(
                id="v1-ada-2",
                kind=Kind.BUG,
                state=State.OPEN,
                summary="Two of them clash",
                reviewer=ADA,
                also=(BOB,),
            ),
            Task(
                id="v1-ada-3",
                kind=Kind.QUESTION,
                state=State.ANSWERED,
                summary="Why toys at all?",
                reviewer=ADA,
                anchor=Anchor(patch="cover"),
                answer="They are fun.",
            ),
        ),
        message_id="20261121093000.1-1-ada@example.org",
        link="https://lore.kernel.org/r/20261121093000.1-1-ada@example.org",
        subject="Re: [PATCH 1/2] mm: introduce toys",
    )
