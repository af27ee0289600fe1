# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from toy import Toy

from refseries.errors import SeriesError
from refseries.model import Identity, Series
from refseries.review import states, store
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.model import Anchor, Kind, Review, State, Task

ADA = Identity("Ada Löwe", "ada@example.org")
BOB = Identity("Bob", "bob@example.org")
EVE = Identity("Eve", "")


@pytest.fixture
def series(toy: Toy) -> Series:
    return toy.series()


@pytest.fixture
def task() -> Task:
    return Task(
        id="v1-ada-1",
        kind=Kind.BUG,
        state=State.OPEN,
        summary="It breaks",
        reviewer=ADA,
        comment="It breaks.\n",
    )


CLOSED = [
    lambda task, series: states.settle(task, series, "v2"),
    lambda task, _series: states.answer(task, "So."),
    lambda task, _series: states.decline(task, "No."),
    lambda task, _series: states.obsolete(task, "Gone."),
]
Close = Callable[[Task, Series], Task]


def test_a_version_or_a_fixup_settles(series: Series, task: Task) -> None:
    in_v2 = replace(task, state=State.SETTLED, settled_in="v2")
    assert states.settle(task, series, "v2") == in_v2
    assert states.settle(task, series, "v2", "two-toys") == replace(in_v2, fixup="two-toys")
    assert states.settle(task, series, fixup="two-toys") == replace(in_v2, fixup="two-toys")
    assert states.settle(task, series, "v1").settled_in == "v1"
    assert states.settle(task, series, "v2", text=" So.\n") == replace(in_v2, answer="So.")


@pytest.mark.parametrize(
    ("version", "fixup", "what"),
    [
        ("", "", "v1-ada-1: no version and no fixup settles it"),
        ("v9", "", "no version `v9`. It has v1, v2."),
        ("", "gone", "no fixup `gone`"),
        ("v2", "gone", "v2 has no fixup `gone`. It has small-toy, two-toys."),
        ("v1", "two-toys", "v1 has no fixup `two-toys`. It has none."),
    ],
)
def test_settled_by_nothing_that_is_there_is_refused(
    series: Series, task: Task, version: str, fixup: str, what: str
) -> None:
    with pytest.raises(SeriesError) as caught:
        states.settle(task, series, version, fixup)
    assert what in str(caught.value)


def test_a_version_before_the_review_settles_nothing(series: Series, task: Task) -> None:
    with pytest.raises(SeriesError, match="v1 was there before v2"):
        states.settle(replace(task, id="v2-ada-1"), series, "v1")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (states.answer, State.ANSWERED),
        (states.decline, State.DECLINED),
        (states.obsolete, State.OBSOLETE),
    ],
)
def test_the_other_ends_need_a_text(
    task: Task, change: Callable[[Task, str], Task], state: State
) -> None:
    assert change(task, " Because.\n") == replace(task, state=state, answer="Because.")
    for text in ("", " \n\t"):
        with pytest.raises(SeriesError, match="v1-ada-1 does not change without"):
            change(task, text)


@pytest.mark.parametrize("close", CLOSED)
@pytest.mark.parametrize("again", [*CLOSED, lambda task, _series: states.start(task)])
def test_what_is_finished_must_be_reopened_first(
    series: Series, task: Task, close: Close, again: Close
) -> None:
    closed = close(states.start(task), series)
    with pytest.raises(SeriesError, match="`refseries feedback reopen v1-ada-1 --why …` first"):
        again(closed, series)
    reopened = states.reopen(closed, "It came back.")
    assert reopened == replace(task, answer="It came back.")
    assert again(reopened, series).state is not State.OPEN
    with pytest.raises(SeriesError, match="does not change without a reason"):
        states.reopen(closed, "")


def test_settling_what_was_reopened_forgets_why(series: Series, task: Task) -> None:
    reopened = states.reopen(states.settle(task, series, "v2"), "It came back.")
    assert states.settle(reopened, series, "v2").answer == ""


def test_only_what_is_finished_can_be_reopened(task: Task) -> None:
    for unfinished in (task, states.start(task)):
        with pytest.raises(SeriesError, match="already"):
            states.reopen(unfinished, "Why not.")
    assert states.start(states.start(task)) == replace(task, state=State.STARTED)


def test_a_split_keeps_the_first_and_opens_the_rest(series: Series, review: Review) -> None:
    first = review.tasks[0]
    one, two, three = states.split(first, (review,), ("Small", "Red", "Round"))
    assert one == replace(first, summary="Small")
    assert [task.id for task in (one, two, three)] == ["v1-ada-1", "v1-ada-4", "v1-ada-5"]
    assert (two.state, two.settled_in, two.fixup, two.evidence) == (State.OPEN, "", "", ())
    assert (two.comment, two.anchor, two.summary) == (first.comment, first.anchor, "Red")
    store.save(series, replace(review, tasks=(one, two, *review.tasks[1:], three)))
    gone = replace(first, state=State.OBSOLETE, merged_into="v1-ada-3", evidence=())
    assert [t.merged_into for t in states.split(gone, (review,), "ab")] == ["v1-ada-3", ""]
    with pytest.raises(SeriesError, match="at least two"):
        states.split(first, (review,), ("Small",))


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "a\x1b[1m"])
def test_a_summary_is_a_line(task: Task, review: Review, text: str) -> None:
    with pytest.raises(SeriesError, match="one line of text"):
        states.edit(task, summary=text)
    with pytest.raises(SeriesError, match="one line of text"):
        states.split(task, (review,), ("One", text))


def test_merged_tasks_keep_both_reviewers_and_all_evidence(task: Task) -> None:
    cases, word = CaseEvidence(("toy.one",)), ManualEvidence("Seen.")
    kept = replace(task, also=(EVE,), evidence=(cases,))
    other = Task(
        id="v1-bob-1",
        kind=Kind.BUG,
        state=State.STARTED,
        summary="Same",
        reviewer=BOB,
        also=(ADA,),
        comment="Me too",
    )
    both, gone = states.merge(kept, replace(other, evidence=(word, cases)))
    assert both == replace(kept, also=(EVE, BOB), evidence=(cases, word))
    assert (gone.state, gone.merged_into, gone.comment) == (State.OBSOLETE, task.id, "Me too")
    assert states.reopen(gone, "It is not.") == replace(
        other, state=State.OPEN, answer="It is not.", evidence=(word, cases)
    )


def test_a_person_is_one_however_the_address_is_written(task: Task) -> None:
    again = Identity("A. Löwe", "ADA@example.org")
    other = replace(task, id="v1-bob-1", reviewer=BOB, also=(again, replace(BOB, name="Bobby")))
    assert states.merge(task, other)[0].also == (BOB,)


def test_a_merge_needs_two_tasks_that_are_still_there(task: Task) -> None:
    other = replace(task, id="v1-ada-2")
    with pytest.raises(SeriesError, match="with itself"):
        states.merge(task, task)
    with pytest.raises(SeriesError, match="declined already"):
        states.merge(task, states.decline(other, "No."))
    with pytest.raises(SeriesError, match="merged into v1-ada-1"):
        states.merge(states.merge(task, other)[1], replace(task, id="v1-ada-3"))


def test_an_edit_changes_what_is_given_and_no_state(task: Task) -> None:
    assert states.edit(task) == task
    anchor = Anchor("cover")
    edited = states.edit(task, summary=" Other ", kind=Kind.DOCS, anchor=anchor, comment="")
    assert edited == replace(task, summary="Other", kind=Kind.DOCS, anchor=anchor, comment="")


@pytest.mark.parametrize(
    ("name", "email", "nick"),
    [
        ("Ada Löwe", "Ada.Lowe+lists@example.org", "adalowelists"),
        ("Bob Ångström", "", "bob"),
        ("李", "", "someone"),
        ("", "@example.org", "someone"),
        ("x", f"{'y' * 50}@example.org", "y" * 20),
    ],
)
def test_a_nick_is_short_and_can_be_typed(name: str, email: str, nick: str) -> None:
    assert states.nick(Identity(name, email)) == nick


def test_ids_go_on_behind_the_largest(review: Review) -> None:
    assert states.next_id((), "v1", ADA) == "v1-ada-1"
    assert states.next_id((review,), "v1", ADA) == "v1-ada-4"
    assert states.next_id((review,), "v2", ADA) == "v2-ada-1"
    assert states.next_id((review,), "v1", BOB) == "v1-bob-1"
    tenth = replace(review, tasks=(replace(review.tasks[1], id="v1-ada-10"),))
    assert states.next_id((tenth, review), "v1", ADA) == "v1-ada-11"
