# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from msgspec.structs import replace
from reviews import ADA, BOB

from refseries.errors import SeriesError
from refseries.model import Identity
from refseries.review import listing
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.kind import Verdict
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.model import UNFINISHED, Anchor, Review, State


def ids(found: tuple[tuple[Review, object], ...]) -> list[str]:
    return [task.id for _review, task in found]  # type: ignore[attr-defined]


def test_tasks_are_chosen_by_state_version_and_reviewer(review: Review) -> None:
    later = replace(review, version="v2", tasks=(replace(review.tasks[1], id="v2-ada-1"),))
    both = (review, later)
    assert ids(listing.select(both)) == ["v1-ada-1", "v1-ada-2", "v1-ada-3", "v2-ada-1"]
    assert ids(listing.select(both, states=UNFINISHED)) == ["v1-ada-2", "v2-ada-1"]
    assert ids(listing.select(both, version="v2")) == ["v2-ada-1"]
    closed = (State.SETTLED, State.ANSWERED)
    assert ids(listing.select(both, states=closed)) == ["v1-ada-1", "v1-ada-3"]
    assert ids(listing.select(both, reviewer="LÖWE", version="v1")) == ids(
        listing.select((review,))
    )
    assert ids(listing.select(both, reviewer="ångström")) == ["v1-ada-2", "v2-ada-1"]
    assert listing.select(both, reviewer="nobody") == ()


def test_who_is_meant(review: Review) -> None:
    for text in ("ada", "ADA@example.org", "ada löwe"):
        assert listing.find_person((review,), text) == ADA
    assert listing.find_person((review,), "bob") == BOB
    assert listing.find_person((), "Eve <eve@example.org>") == Identity("Eve", "eve@example.org")
    assert listing.find_person((), "eve on IRC") == Identity("eve on IRC", "")
    eve = replace(review.tasks[1], id="v1-eve-1", reviewer=Identity("Eve", ""), also=())
    nameless = replace(review, name="v1-eve", tasks=(eve,))
    for text in (
        "",
        " ",
        "<eve@example.org>",
        "eve@example.org",
        "Eve <e v e@example.org>",
        "a\nb",
    ):
        with pytest.raises(SeriesError, match="names nobody"):
            listing.find_person((review, nameless), text)


def test_a_reviewer_without_a_letter_is_no_filter(review: Review) -> None:
    with pytest.raises(SeriesError, match="names nobody"):
        listing.select((review,), reviewer=" ")


def test_counts_say_what_there_is(review: Review) -> None:
    assert listing.count(review.tasks) == "3 tasks: 1 open, 1 settled, 1 answered"
    assert listing.count(review.tasks[:1]) == "1 task: 1 settled"
    assert listing.count(()) == "no task"


def test_open_tasks_by_reviewer(review: Review) -> None:
    other = replace(review.tasks[1], id="v1-bob-1", reviewer=BOB, also=(), state=State.STARTED)
    more = replace(review, name="v1-bob", tasks=(other, replace(other, id="v1-bob-2")))
    assert listing.unfinished_by_reviewer((review, more)) == {
        "Ada Löwe": ("v1-ada-2",),
        "Bob Ångström": ("v1-bob-1", "v1-bob-2"),
    }


def test_the_record_has_the_keys_that_are_promised(review: Review) -> None:
    task = replace(review.tasks[0], evidence=(CaseEvidence(("toy.a",)), ManualEvidence("Seen.")))
    assert listing.record(task) == {
        "id": "v1-ada-1",
        "reviewer": "Ada Löwe",
        "raised_on": "v1",
        "kind": "change",
        "state": "settled",
        "settled_in": "v2",
        "patch": "0001-mm-introduce-toys.patch",
        "file": "mm/toy.c",
        "line": 1,
        "summary": "Make the toy small",
        "evidence": [
            {"kind": "test", "detail": "toy.a", "verdict": "untested"},
            {"kind": "manual", "detail": "Seen.", "verdict": "claimed"},
        ],
    }
    seen = listing.record(task, (Verdict.PROVEN, Verdict.CLAIMED))
    assert [entry["verdict"] for entry in seen["evidence"]] == ["proven", "claimed"]
    empty = listing.record(replace(review.tasks[1], anchor=Anchor()))
    assert [empty[key] for key in ("settled_in", "patch", "file", "line")] == [None] * 4


def test_two_reviewers_on_one_line_are_neighbours(review: Review) -> None:
    first = review.tasks[0]
    same = replace(first, id="v1-bob-1", reviewer=BOB)
    far = replace(first, id="v1-bob-2", anchor=replace(first.anchor, line=2))
    nowhere = replace(review.tasks[1], id="v1-bob-3")
    other = replace(review, name="v1-bob", tasks=(same, far, nowhere))
    assert list(listing.neighbours((review, other), first)) == [same]
    assert list(listing.neighbours((review, other), review.tasks[1])) == []
