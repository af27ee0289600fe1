# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails made into reviews with tasks, in a real series."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sample_mails import NORA, REPORT, RITA, ROBOT, letter, mbox, page
from toy import Toy

from refseries.errors import SeriesError
from refseries.mail.read import STDIN
from refseries.model import Identity
from refseries.review import editing, import_mail, states, store
from refseries.review.imported import Imported, Why
from refseries.review.model import Anchor, Kind, State, Task, Trailer

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parents[1] / "data" / "mail"
ADA_WROTE = "On Monday, Ada <ada@example.org> wrote:\n"
REVIEW = f"{ADA_WROTE}> +short toy_create;\n\nWhy short?\n"
PATCH = "0001-mm-introduce-toys.patch"

Import = Callable[..., Imported]


@pytest.fixture
def take(toy: Toy) -> Import:
    """Imports mails, given as bytes, into the toy."""
    path = toy.directory / "mails"

    def take(*raws: bytes, version: str | None = None, dry_run: bool = False) -> Imported:
        path.write_bytes(raws[0] if len(raws) == 1 else mbox(*raws))
        return import_mail.run(toy.series(), [path], version, dry_run=dry_run)

    return take


def files(toy: Toy) -> dict[str, bytes]:
    folder = toy.project / "series" / "feedback"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def tasks(toy: Toy) -> list[Task]:
    return [task for review in store.load(toy.series()) for task in review.tasks]


def why(found: Imported) -> list[Why]:
    return [one.why for one in found.left_out]


def test_a_review_becomes_a_file_with_its_tasks(toy: Toy, take: Import) -> None:
    found = take(
        letter(REVIEW, in_reply_to="<p1@example.org>", references="<p0@example.org>",
               cc="linux-mm@kvack.org")
    )  # fmt: skip
    assert found.ok
    assert found.new == ["v2-rita-1"]
    (review,) = store.load(toy.series())
    assert (review.name, review.version, review.reviewer) == ("v2-rita", "v2", RITA)
    assert review.message_id == "r1@example.org"
    assert review.link == "https://lore.kernel.org/r/r1@example.org"
    assert review.references == ("p0@example.org", "p1@example.org")
    assert review.subject == "Re: [PATCH v2 1/2] mm: introduce toys"
    (task,) = review.tasks
    assert task == Task(
        id="v2-rita-1",
        kind=Kind.QUESTION,
        state=State.OPEN,
        summary="Why short?",
        reviewer=RITA,
        anchor=Anchor(PATCH, "mm/toy.c", 1, "short toy_create;"),
        comment="Why short?",
        quote="+short toy_create;",
    )


def test_the_same_mail_again_changes_nothing(toy: Toy, take: Import) -> None:
    take(letter(REVIEW))
    before = files(toy)
    for again in (letter(REVIEW), page(REVIEW), letter(REVIEW, message_id="")):
        found = take(again)
        assert (found.new, why(found)) == ([], [Why.KNOWN])
        assert "v2-rita" in found.left_out[0].text
    assert files(toy) == before


def test_a_page_of_the_archive_and_then_the_mail_itself(toy: Toy, take: Import) -> None:
    assert take(page(REVIEW)).new == ["v2-rita-1"]
    assert why(take(letter(REVIEW))) == [Why.KNOWN]
    other_day = letter(REVIEW, message_id="r2@x", date="Wed, 11 Nov 2026 10:00:00 +0100")
    assert take(other_day).new == ["v2-rita-2"]


def test_mails_without_date_and_id_are_told_apart_by_what_they_say(take: Import) -> None:
    assert take(letter(REVIEW, message_id="", date="")).new == ["v2-rita-1"]
    assert take(letter("And how?\n", message_id="", date="")).new == ["v2-rita-2"]
    assert why(take(letter(REVIEW, message_id="", date="nonsense"))) == [Why.KNOWN]


@pytest.mark.parametrize("edited", [{"comment": "Mine."}, {"summary": "Mine"}])
def test_such_a_mail_is_known_whatever_became_of_one_text_of_its_task(
    toy: Toy, take: Import, edited: dict[str, Any]
) -> None:
    mail = letter(f"{REVIEW}\n> +int b;\n\nAnd how?\n", message_id="", date="")
    assert len(take(mail).new) == 2
    editing.change(toy.series(), "v2-rita-2", lambda task: states.edit(task, **edited))
    editing.split(toy.series(), "v2-rita-1", ("One", "Two"))
    assert why(take(mail)) == [Why.KNOWN]


def test_tags_in_mails_without_date_and_id_are_all_kept(toy: Toy, take: Import) -> None:
    who = f"{RITA.name} <{RITA.email}>"
    one = letter(f"Reviewed-by: {who}\n", message_id="", date="")
    take(one, letter(f"Tested-by: {who}\n", message_id="", date=""))
    given = [given.name for review in store.load(toy.series()) for given in review.trailers]
    assert set(given) == {"Reviewed-by", "Tested-by"}
    assert why(take(one)) == [Why.KNOWN]


def test_a_mail_that_stands_twice_in_a_mailbox_is_taken_once(take: Import) -> None:
    found = take(letter(REVIEW), letter(REVIEW))
    assert (found.new, why(found)) == (["v2-rita-1"], [Why.KNOWN])


def test_ids_and_names_go_on_where_they_were(toy: Toy, take: Import) -> None:
    take(letter(REVIEW))
    found = take(
        letter("> int toy[2];\n\nWhy two?\n\nAlso, why toys?\n", message_id="r2@example.org"),
        letter("> int toy[2];\n\nWhy?\n", message_id="n@example.org", author=NORA),
    )
    assert found.new == ["v2-rita-2", "v2-rita-3", "v2-nora-1"]
    assert set(files(toy)) == {"v2-rita.toml", "v2-rita-2.toml", "v2-nora.toml"}


def test_two_reviewers_on_the_same_line_make_two_tasks(toy: Toy, take: Import) -> None:
    take(letter(REVIEW), letter(REVIEW, message_id="n@example.org", author=NORA))
    one, other = tasks(toy)
    assert one.anchor == other.anchor
    assert {one.id, other.id} == {"v2-rita-1", "v2-nora-1"}


def test_who_answers_another_reviewer_makes_one_task_of_both(toy: Toy, take: Import) -> None:
    nora = f"On Tuesday, Nora Next <nora@example.org> wrote:\n> {ADA_WROTE}"
    take(letter(f"{nora}> > +short toy_create;\n>\n> Make it long.\n\nOr char.\n"))
    (task,) = tasks(toy)
    assert task.also == (NORA,)
    assert task.anchor.line == 1
    assert "Make it long." in task.quote
    assert task.comment == "Or char."


def test_the_author_is_no_further_reviewer_and_no_reviewer(toy: Toy, take: Import) -> None:
    ada = Identity("Ada", "ada@example.org")
    cover = letter("Toys.\n", subject="[PATCH v2 0/2] v2", author=ada, message_id="p0@example.org")
    answer = f"On Tuesday, Rita <rita@example.org> wrote:\n> {ADA_WROTE}> > +short toy_create;\n"
    found = take(
        cover,
        letter(REVIEW),
        letter(f"{answer}>\n> Why short?\n\nIt is small.\n", author=ada, message_id="a@x"),
        letter(
            f"{ADA_WROTE}> {answer}> > Why short?\n>\n> It is small.\n\nHow small?\n",
            message_id="r2@example.org",
        ),
    )
    assert found.new == ["v2-rita-1"]
    assert why(found) == [Why.PATCH]
    (task,) = tasks(toy)
    assert task.also == ()
    assert [one.text for one in task.discussion] == ["It is small.", "How small?"]


def test_trailers_alone_are_a_review(toy: Toy, take: Import) -> None:
    found = take(letter(f"{ADA_WROTE}> +int a;\n\nAcked-by: Rita <rita@example.org>\n"))
    assert found.new == []
    (review,) = store.load(toy.series())
    assert review.trailers == (Trailer("Acked-by", "Rita <rita@example.org>", PATCH),)


def test_a_tag_below_the_letter_may_be_for_some_patches(toy: Toy, take: Import) -> None:
    said = "Thanks.\n\nFor patch 1:\nAcked-by: Rita <rita@example.org>\n"
    found = take(letter(said, subject="Re: [PATCH v2 0/2] mm: introduce toys"))
    assert found.new == []
    (review,) = store.load(toy.series())
    assert review.trailers == (Trailer("Acked-by", "Rita <rita@example.org>", PATCH),)


def test_a_review_of_v1_after_v2_is_out_is_one_of_v1(toy: Toy, take: Import) -> None:
    found = take(
        letter("> +int toy_create;\n\nWhy int?\n", subject="Re: [PATCH 1/2] mm: introduce toys",
               date="Tue, 10 Nov 2037 10:00:00 +0100")
    )  # fmt: skip
    assert found.new == ["v1-rita-1"]
    assert tasks(toy)[0].anchor == Anchor(PATCH, "mm/toy.c", 1, "int toy_create;")


@pytest.mark.parametrize(
    "date", ["", "x", "Mon, 1 Jan 0001 00:00:00 +1400", "1 Jan 9999 0:0 -1200"]
)
def test_wrong_dates(toy: Toy, take: Import, date: str) -> None:
    assert take(letter(REVIEW, date=date)).new == ["v2-rita-1"]
    assert why(take(letter(REVIEW, date=date, message_id=""))) == [Why.KNOWN]
    assert len(tasks(toy)) == 1


def test_what_has_neither_date_nor_id_is_known_whatever_was_edited(toy: Toy, take: Import) -> None:
    bare = letter(REVIEW, date="", message_id="")
    take(bare)
    (kept,) = store.load(toy.series())
    edited = tuple(replace(task, summary="Mine.", comment="Mine.") for task in kept.tasks)
    store.save(toy.series(), replace(kept, tasks=edited))
    assert why(take(bare)) == [Why.KNOWN]
    other = letter(REVIEW.replace("?", "??"), date="", message_id="")
    assert len(take(other).new) == len(edited)


def test_what_belongs_to_no_version_is_named_and_left_out(toy: Toy, take: Import) -> None:
    stranger = letter(subject="Re: [PATCH v2] net: queues", message_id="s@example.org")
    found = take(stranger, letter(REVIEW), letter("Thanks!\n", message_id="t@example.org"))
    assert found.new == ["v2-rita-1"]
    assert why(found) == [Why.FOREIGN, Why.EMPTY]
    assert found.left_out[0].source.endswith("mail 1")
    with pytest.raises(SeriesError, match="reviews no version of `toy`") as error:
        take(stranger)
    assert "--version" in error.value.hint
    assert "neither its subject" in error.value.detail
    assert take(stranger, version="v1").new == ["v1-rita-1"]
    with pytest.raises(SeriesError, match="no version `v9`"):
        take(stranger, version="v9")


def test_what_is_no_mail_at_all_is_said(take: Import) -> None:
    with pytest.raises(SeriesError, match="there is no mail that can be read") as error:
        take(b"root:x:0:0:root:/root:/bin/bash\n")
    assert "no mail: it has neither sender nor subject" in error.value.detail


def test_a_dry_run_writes_nothing(toy: Toy, take: Import) -> None:
    found = take(letter(REVIEW), dry_run=True)
    assert found.new == ["v2-rita-1"]
    assert files(toy) == {}


def test_a_mail_that_cannot_be_read_is_named_and_the_others_are_taken(take: Import) -> None:
    found = take(letter(REVIEW), b"X-Nothing: here\n\nWhy?\n")
    assert found.new == ["v2-rita-1"]
    assert why(found) == [Why.UNREADABLE]
    assert not found.ok


def test_a_robots_report_is_one_task(toy: Toy, take: Import) -> None:
    report = letter(REPORT, author=ROBOT, subject="Re: mm: introduce toys", message_id="k@x")
    assert take(report).new == ["v2-robot-1"]
    (task,) = tasks(toy)
    assert task.kind is Kind.BUILD
    assert task.summary.startswith("x86_64-randconfig-a003 (gcc-12): mm/toy.c:7: error:")
    assert task.anchor == Anchor(PATCH, "mm/toy.c", 1, "short toy_create;")
    assert why(take(report)) == [Why.KNOWN]


def test_a_reviewer_withdraws(toy: Toy, take: Import) -> None:
    take(letter(REVIEW))
    mine = "On Tuesday, Rita Review <rita@example.org> wrote:\n"
    back = letter(f"{mine}> > +short toy_create;\n>\n> Why short?\n\nNever mind, I misread it.\n",
                  message_id="r2@example.org", in_reply_to="<r1@example.org>")  # fmt: skip
    for told in (["v2-rita-1"], []):
        found = take(back)
        assert (found.new, found.withdrawn) == ([], told)
        (task,) = tasks(toy)
        assert task.state is State.OBSOLETE
        assert task.answer == "Withdrawn by the reviewer: Never mind, I misread it."
    loud = back.replace(b"Rita Review <rita@", b"Rita <RITA@").replace(b"r2@", b"r3@")
    editing.change(toy.series(), "v2-rita-1", lambda task: states.reopen(task, "No."))
    assert take(loud).withdrawn == ["v2-rita-1"]
    other = back.replace(b"r2@", b"n2@").replace(b"From: Rita Review <rita@", b"From: Nora <nora@")
    assert take(other).withdrawn == []


def test_standard_input(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO(mbox(letter(REVIEW)))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(raw))
    assert import_mail.run(toy.series(), [STDIN]).new == ["v2-rita-1"]
    raw.seek(0)
    (known,) = import_mail.run(toy.series(), [STDIN], names={STDIN: "-"}).left_out
    assert known.source == "standard input: mail 1"  # not the copy of it that was read


HOSTILE = [
    Identity("\x1b[31mRed\x1b[0m", "../../x@example.org"),
    Identity("--help", "--output=x@example.org"),
    Identity("", "@example.org"),
    Identity("Rita\x07 <b>", "rita/../../etc@example.org"),
    Identity("日本", "日本@example.org"),
    Identity("A" * 3000, "a" * 3000 + "@example.org"),
]


@pytest.mark.parametrize("author", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_mails_stay_in_their_folder(toy: Toy, take: Import, author: Identity) -> None:
    before = {path for path in toy.directory.rglob("*") if "feedback" not in path.parts}
    quoted = "> +++ b/../../../etc/passwd\n> +short toy_create;\n"
    body = f"{ADA_WROTE}{quoted}\n\x1b]0;x\x07 why?\x00\n'''\n"
    raw = letter(body, author=author, message_id="../../x@\x1b[31m", in_reply_to="<--x@y>")
    found = take(raw)
    assert len(found.new) == 1
    (name,) = found.reviews
    assert set(files(toy)) == {f"{name}.toml"}
    after = {path for path in toy.directory.rglob("*") if "feedback" not in path.parts}
    assert after - before <= {toy.directory / "mails"}
    (task,) = tasks(toy)
    assert task.comment == "\x1b]0;x\x07 why?\x00\n'''"
    assert task.summary.isprintable()
    assert task.anchor.file in ("", "mm/toy.c")
    assert why(take(raw)) == [Why.KNOWN]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=200),
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30),
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30),
)
def test_whatever_stands_in_a_mail_can_be_written_and_read(
    toy: Toy, take: Import, body: str, name: str, subject: str
) -> None:
    shutil.rmtree(toy.project / "series" / "feedback", ignore_errors=True)
    raw = letter(
        f"Why?\n{body.encode('utf-8', 'replace').decode()}",
        author=Identity(name, "rita@example.org"),
        subject=f"Re: [PATCH v2 1/2] mm: introduce toys {subject}",
    )
    found = take(raw, version="v2")
    if found.reviews:
        assert [task.id for task in tasks(toy)] == found.new
        assert why(take(raw, version="v2")) == [Why.KNOWN]


def test_a_thread_of_five_hundred_mails_takes_less_than_five_seconds(
    toy: Toy, take: Import
) -> None:
    quote = "".join(f"> +\tint line_{number};\n" for number in range(100))
    mails = [
        letter(
            f"{ADA_WROTE}{quote}> +short toy_create;\n\nWhy, for the time number {number}?\n",
            message_id=f"m{number}@example.org",
            in_reply_to=f"<m{(number + 7) % 500}@example.org>",  # round in a circle
            author=Identity(f"Reviewer {number % 20}", f"r{number % 20}@example.org"),
        )
        for number in range(500)
    ]
    start = time.process_time()
    found = take(*mails, mails[3], dry_run=True)
    assert time.process_time() - start < 60
    assert len(found.new) == len(set(found.new)) == 500
    assert why(found) == [Why.KNOWN]
    take(*mails)
    assert len(tasks(toy)) == 500


def test_a_mail_of_two_megabytes(take: Import) -> None:
    body = ADA_WROTE + "> +\tint a;\n" * 150_000 + "> +short toy_create;\n\nWhy?\n" + "x" * 200_000
    start = time.process_time()
    found = take(letter(body + "\n"))
    assert time.process_time() - start < 60
    assert found.new == ["v2-rita-1"]


def test_a_quote_with_a_name_in_front_is_no_word_of_the_reviewer(take: Import, toy: Toy) -> None:
    said = "Jane Doe> It is an int.\nJane Doe> So be it.\n\nIt has to be documented.\n"
    take(letter(said, cc="Jane Doe <jane@example.org>"))
    (task,) = tasks(toy)
    assert task.comment == "It has to be documented."
