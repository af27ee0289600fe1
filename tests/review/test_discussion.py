# SPDX-License-Identifier: GPL-2.0-or-later
"""A point and what was answered to it are one task."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from msgspec import structs
from sample_mails import NORA, RITA, letter, mbox
from toy import Toy

from refseries.model import Identity
from refseries.review import import_mail, states, store, taken_back
from refseries.review.imported import Imported, Why
from refseries.review.model import State, Task

ADA = Identity("Ada", "ada@example.org")
ADA_WROTE = "On Monday, Ada <ada@example.org> wrote:\n"
RITA_WROTE = "On Tuesday, Rita <rita@example.org> wrote:\n"
COVER = letter("Toys.\n", subject="[PATCH v2 0/2] v2", author=ADA, message_id="p0@example.org")
POINT = letter(f"{ADA_WROTE}> +short toy_create;\n\nWhy is it short?\n")


def answer(
    text: str,
    author: Identity = ADA,
    *,
    to: str = "Why is it short?",
    number: int = 1,
    parent: str = "r1@example.org",
) -> bytes:
    return letter(
        f"{RITA_WROTE}> {to}\n\n{text}\n",
        author=author,
        message_id=f"a{number}@example.org",
        in_reply_to=f"<{parent}>",
        references=f"<r1@example.org> <{parent}>",
    )


Import = Callable[..., Imported]


@pytest.fixture
def take(toy: Toy) -> Import:
    """Imports mails, given as bytes, into the toy."""
    path = toy.directory / "mails"

    def take(*raws: bytes) -> Imported:
        path.write_bytes(mbox(*raws))
        return import_mail.run(toy.series(), [path])

    return take


def task(toy: Toy) -> Task:
    (one,) = [task for review in store.load(toy.series()) for task in review.tasks]
    return one


def texts(toy: Toy) -> list[str]:
    return [one.text for one in task(toy).discussion]


def test_an_authors_answer_is_kept_with_the_point(toy: Toy, take: Import) -> None:
    found = take(COVER, POINT, answer("It counts toys, and there are few of them."))
    assert (found.new, found.joined) == (["v2-rita-1"], ["v2-rita-1"])
    (remark,) = task(toy).discussion
    assert (remark.who, remark.message_id) == (ADA, "a1@example.org")
    assert task(toy).state is State.OPEN


def test_answers_in_a_later_import_are_joined_once(toy: Toy, take: Import) -> None:
    take(COVER, POINT)
    assert take(answer("It counts toys.")).joined == ["v2-rita-1"]
    again = take(answer("It counts toys."))
    assert (again.joined, [one.why for one in again.left_out]) == ([], [Why.KNOWN])
    assert texts(toy) == ["It counts toys."]


def test_the_order_of_the_mails_in_a_file_does_not_matter(toy: Toy, take: Import) -> None:
    mails = (
        POINT,
        answer("It counts toys."),
        answer("And how many?", RITA, to="It counts toys.", number=2, parent="a1@example.org"),
    )
    for order in permutations(mails):
        found = take(COVER, *order)
        assert found.new == ["v2-rita-1"]
        assert texts(toy) == ["It counts toys.", "And how many?"]
        for path in (toy.project / "series" / "feedback").iterdir():
            path.unlink()


@pytest.mark.parametrize(
    "said", ["Yes, that is right.", "Ah, makes sense.", "Fair enough, thanks."]
)
def test_consent_to_an_explanation_answers_the_point(toy: Toy, take: Import, said: str) -> None:
    consent = answer(said, RITA, to="It counts toys.", number=2, parent="a1@example.org")
    take(COVER, POINT, answer("It counts toys."), consent)
    assert (task(toy).state, task(toy).answer) == (State.ANSWERED, "It counts toys.")
    assert texts(toy) == ["It counts toys.", said]


@pytest.mark.parametrize("said", ["Will do.", "Sure, I will change it.", "Shall I make it an int?"])
def test_consent_to_a_promise_or_a_question_leaves_it_open(
    toy: Toy, take: Import, said: str
) -> None:
    consent = answer("Yes, thanks.", RITA, to=said, number=2, parent="a1@example.org")
    take(COVER, POINT, answer(said), consent)
    assert task(toy).state is State.OPEN
    assert texts(toy) == [said, "Yes, thanks."]


@pytest.mark.parametrize(
    "text",
    [
        "Please don't ignore this.",
        "Please don’t ignore this.",
        "Do not disregard that.",
        "Never ignore this.",
        "Did I misread it?",
        "Fair enough, I withdraw my nack, then.",
        "I withdraw the Nacked-by.",
    ],
)
def test_a_negation_or_a_question_withdraws_nothing(toy: Toy, take: Import, text: str) -> None:
    assert take(COVER, POINT, answer(text, RITA)).withdrawn == []
    assert task(toy).state is not State.OBSOLETE


def test_never_mind_below_an_answer_to_two_points_withdraws_neither(toy: Toy, take: Import) -> None:
    line = "> +short toy_create;\n\n"
    said = f"{line}Why is it short?\n\n{line}It leaks on error, free it.\n"
    replied = (
        "> Why is it short?\n\nToys are few.\n\n> It leaks on error, free it.\n\nWhere would it?\n"
    )
    both = letter(f"{ADA_WROTE}{said}")
    mail = letter(
        f"{RITA_WROTE}{replied}",
        author=ADA,
        message_id="a1@example.org",
        in_reply_to="<r1@example.org>",
        references="<r1@example.org>",
    )
    back = letter(
        "Never mind, I misread it.\n",
        author=RITA,
        message_id="a2@example.org",
        in_reply_to="<a1@example.org>",
        references="<r1@example.org> <a1@example.org>",
    )
    take(COVER, both, mail, back)
    points = [task for review in store.load(toy.series()) for task in review.tasks]
    assert [len(each.discussion) for each in points] == [1, 1]
    assert all(each.state is State.OPEN for each in points)


@pytest.mark.parametrize("said", ["I withdraw my Reviewed-by.", "Please ignore my Acked-by."])
def test_who_takes_a_tag_back_withdraws_no_point(toy: Toy, take: Import, said: str) -> None:
    back = letter(f"{said}\n", message_id="r2@example.org", in_reply_to="<r1@example.org>")
    found = take(COVER, POINT, back)
    assert (found.withdrawn, texts(toy)) == ([], [said])
    assert task(toy).state is State.OPEN
    assert [one.email for one in taken_back.find(store.load(toy.series()))] == [RITA.email]


def test_never_mind_withdraws_the_point_and_is_shown(toy: Toy, take: Import) -> None:
    found = take(COVER, POINT, answer("Never mind, I misread it.", RITA))
    assert found.withdrawn == ["v2-rita-1"]
    assert task(toy).state is State.OBSOLETE
    assert texts(toy) == ["Never mind, I misread it."]


def test_an_author_says_in_which_version_it_is_done(toy: Toy, take: Import) -> None:
    point = letter(
        "> +int toy_create;\n\nWhy is it short?\n", subject="Re: [PATCH 1/2] mm: introduce toys"
    )
    take(COVER, point, answer("Fixed in v2.").replace(b"[PATCH v2 1/2]", b"[PATCH 1/2]"))
    assert (task(toy).state, task(toy).settled_in) == (State.SETTLED, "v2")


@pytest.mark.parametrize("said", ["Fixed in v3.", "Will be fixed in v2.", "Not fixed in v2."])
def test_what_is_not_there_yet_settles_nothing(toy: Toy, take: Import, said: str) -> None:
    point = letter(
        "> +int toy_create;\n\nWhy is it short?\n", subject="Re: [PATCH 1/2] mm: introduce toys"
    )
    take(COVER, point, answer(said).replace(b"[PATCH v2 1/2]", b"[PATCH 1/2]"))
    assert task(toy).state is State.OPEN


def test_who_asks_again_about_what_is_finished_makes_a_task(toy: Toy, take: Import) -> None:
    consent = answer("Ah, makes sense.", RITA, to="It counts toys.", number=2)
    take(COVER, POINT, answer("It counts toys."), consent)
    again = answer("And on 16 bit?", RITA, to="It counts toys.", number=3, parent="a1@example.org")
    assert take(again).new == ["v2-rita-2"]
    assert take(again).new == []


def test_a_remark_on_the_code_below_an_answer_is_a_point_of_its_own(toy: Toy, take: Import) -> None:
    take(COVER, POINT)
    body = f"{RITA_WROTE}> {ADA_WROTE}> > +short toy_create;\n\nPlease make it static.\n"
    found = take(
        letter(body, author=NORA, message_id="n1@example.org", in_reply_to="<r1@example.org>")
    )
    assert found.new == ["v2-nora-1"]


def test_short_quotes_must_be_the_whole_line(toy: Toy, take: Import) -> None:
    take(COVER, POINT)
    assert take(answer("Please say more.", NORA, to="is")).new == ["v2-nora-1"]


def test_answers_to_two_points_in_the_same_words_go_to_one_each(toy: Toy, take: Import) -> None:
    points = f"{ADA_WROTE}> +#include <linux/a.h>\n\nNo.\n\n> +#include <linux/b.h>\n\nNo.\n"
    answers = f"{RITA_WROTE}> No.\n\nIt needs it.\n\n> No.\n\nIt does not; removed.\n"
    mails = (
        COVER,
        letter(points),
        letter(answers, author=ADA, message_id="a1@example.org", in_reply_to="<r1@example.org>"),
    )
    for _ in range(2):
        take(*mails)
        assert [
            [one.text for one in task.discussion]
            for review in store.load(toy.series())
            for task in review.tasks
        ] == [["It needs it."], ["It does not; removed."]]


def test_who_agrees_below_a_question_of_his_consents_to_nothing(toy: Toy, take: Import) -> None:
    text = "Then why not an int?\n\nOh well..."
    take(
        COVER, POINT, answer("It counts toys."), answer(text, RITA, to="It counts toys.", number=2)
    )
    assert task(toy).state is State.OPEN
    assert texts(toy) == ["It counts toys.", "Then why not an int?", "Oh well..."]


def test_what_another_says_of_an_answered_point_opens_it_again(toy: Toy, take: Import) -> None:
    consent = answer(
        "Ah, makes sense.", RITA, to="It counts toys.", number=2, parent="a1@example.org"
    )
    doubt = answer("It counts toys of all rooms.", NORA, to="It counts toys.", number=3)
    found = take(COVER, POINT, answer("It counts toys."), consent, doubt)
    assert found.new == ["v2-rita-1"]
    assert (task(toy).state, task(toy).answer) == (State.OPEN, "Discussed further by Nora Next.")
    assert len(task(toy).discussion) == 3


def test_what_was_closed_by_hand_is_not_opened_by_a_mail(toy: Toy, take: Import) -> None:
    take(COVER, POINT, answer("It counts toys."))
    (review,) = (one for one in store.load(toy.series()) if one.tasks)
    closed = states.answer(review.tasks[0], "Talked about it on the phone.")
    store.save(toy.series(), structs.replace(review, tasks=(closed,)))
    found = take(answer("It counts toys of all rooms.", NORA, to="It counts toys.", number=3))
    assert found.new == ["v2-nora-1"]


def test_the_answer_that_is_agreed_to_is_the_one_that_is_quoted(toy: Toy, take: Import) -> None:
    other = answer("There are few of them.", NORA, number=2)
    consent = answer(
        "Ah, makes sense.", RITA, to="It counts toys.", number=3, parent="a1@example.org"
    )
    take(COVER, POINT, answer("It counts toys."), other, consent)
    assert task(toy).answer == "It counts toys."
