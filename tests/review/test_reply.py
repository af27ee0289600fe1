# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from reviews import ADA, BOB, make
from toy import IDENTITY, Toy

from refseries.errors import SeriesError
from refseries.mail import read
from refseries.mail.message import Mail
from refseries.model import BaseInfo, Identity
from refseries.review import reply, states, store
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.model import Review

EVE = Identity("Eve Author", "eve@example.org")
NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def review(toy: Toy) -> Review:
    """The usual one, whose settled task is proven by the code; kept in the toy."""
    usual = make()
    evidence = (DiffEvidence("mm/toy.c", added=("^short",)),)
    first = replace(usual.tasks[0], evidence=evidence)
    second = states.decline(usual.tasks[1], "It would cost a page. " * 10)
    found = replace(usual, tasks=(first, second, usual.tasks[2]), references=("v1@example.org",))
    store.save(toy.series(), found)
    return found


def answers(
    toy: Toy, *chosen: Review, sender: Identity = EVE, base: BaseInfo | None = None
) -> reply.Replies:
    return reply.make(toy.series(), base or toy.base(), toy.cache, chosen, sender, NOW)


def mails(found: reply.Replies, tmp_path: Path) -> list[Mail]:
    path = tmp_path / "out.mbox"
    path.write_bytes(found.mbox())
    return list(read.read(path, lambda lost: pytest.fail(lost.why)))


def test_every_point_is_quoted_and_answered_under_it(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    found = answers(toy, review)
    (mail,) = mails(found, tmp_path)
    declined = (
        "It would cost a page. It would cost a page. It would cost a page. It\n"
        "would cost a page. It would cost a page. It would cost a page. It would\n"
        "cost a page. It would cost a page. It would cost a page. It would cost a\n"
        "page."
    )
    assert (
        mail.body.rstrip("\n")
        == f"""\
On Sat, 21 Nov 2026 09:30:00 +0000, Ada Löwe wrote:
> > +int toy_create;
>
> Does this have to be an int?
> short is enough.

Done in v2.

mm/toy.c, line 1:

short toy_create;

[Two of them clash]

Not done.

{declined}

[Why toys at all?]

They are fun."""
    )
    assert found.replies[0].notes == ()


def test_lines_that_a_mail_did_not_quote_are_not_quoted(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    """As a robot's report, which shows the code in its own words."""
    comment = ">> mm/toy.c:1:1: error: unknown type name 'toy'"
    bare = replace(review, tasks=(replace(review.tasks[0], comment=comment, quote=""),))
    (mail,) = mails(answers(toy, bare), tmp_path)
    quoted = [line for line in mail.body.splitlines() if line.startswith(">")]
    assert quoted == [f"> {comment}"]


def test_what_is_not_out_of_the_mail_is_no_quote(toy: Toy, review: Review, tmp_path: Path) -> None:
    bare = replace(review, tasks=(replace(review.tasks[0], comment="", quote=""),))
    (mail,) = mails(answers(toy, bare), tmp_path)
    assert mail.body.startswith(
        "To your points of Sat, 21 Nov 2026:\n\n[Make the toy small]\n\n"
        "v1 has in mm/toy.c:\n\n\t+int toy_create;\n\nDone in v2.\n"
    )
    assert ">" not in mail.body


def test_the_reply_hangs_below_the_mail_that_it_answers(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    (mail,) = mails(answers(toy, review), tmp_path)
    assert mail.subject == "Re: [PATCH 1/2] mm: introduce toys"
    assert mail.in_reply_to == review.message_id
    assert mail.references == ("v1@example.org", review.message_id)
    assert mail.author == EVE
    assert mail.date == NOW
    assert mail.to == (ADA,)
    assert mail.cc == (BOB,)  # who made one of the points as well
    assert mail.message_id.endswith("@example.org")


def test_without_the_id_of_the_mail_it_hangs_below_the_patch_and_says_so(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    nameless = replace(review, message_id="", subject="")
    found = answers(toy, nameless)
    (mail,) = mails(found, tmp_path)
    assert (mail.in_reply_to, mail.references) == ("v1@example.org", ("v1@example.org",))
    assert mail.subject == "Re: [PATCH v1] mm: introduce toys"
    assert "the id of the mail is not known" in found.replies[0].notes[0]


def test_what_came_in_no_mail_and_what_one_found_oneself_get_no_reply(
    toy: Toy, review: Review
) -> None:
    said = replace(review, message_id="", references=())
    ours = replace(review, reviewer=IDENTITY)
    mine = replace(review, reviewer=EVE)
    found = answers(toy, said, ours, mine)
    assert found.replies == ()
    assert found.left_out == ("v1-ada came in no mail, so there is none to answer.",)
    assert found.mbox() == b""


def test_nothing_is_claimed_while_the_base_is_not_here(toy: Toy, review: Review) -> None:
    found = reply.make(toy.series(), None, toy.cache, (review,), EVE, NOW)
    text = found.replies[0].mail.body.decode()
    assert "line 1" not in text
    assert any("the base is not here" in note for note in found.replies[0].notes)


def test_a_body_cannot_forge_a_mail_or_a_header(toy: Toy, review: Review, tmp_path: Path) -> None:
    evil = "From eve@example.org Thu Jan  1 00:00:00 1970\nSubject: x\n\n\nFrom: y\n"
    task = replace(review.tasks[1], answer=evil, comment=evil)
    found = answers(toy, replace(review, tasks=(task,)))
    (mail,) = mails(found, tmp_path)
    assert mail.subject == "Re: [PATCH 1/2] mm: introduce toys"
    assert "\nFrom eve@example.org" in mail.body
    with pytest.raises(SeriesError):
        answers(toy, replace(review, subject="x\nBcc: y@example.org")).mbox()


def test_the_same_reply_has_the_same_id_and_another_has_another(toy: Toy, review: Review) -> None:
    first, again = answers(toy, review), answers(toy, review)
    other = answers(toy, replace(review, tasks=review.tasks[:1]))
    ids = [found.replies[0].mail.message_id for found in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


def chosen(toy: Toy, *ids: str, mail: Path | None = None) -> list[tuple[str, list[str]]]:
    found = reply.choose(toy.series(), store.load(toy.series()), ids, mail)
    return [(each.name, [task.id for task in each.tasks]) for each in found]


def test_by_default_what_the_newest_version_deals_with_is_answered(
    toy: Toy, review: Review
) -> None:
    old = replace(review.tasks[0], id="v1-bob-1", settled_in="v1", fixup="")
    bob = replace(review, name="v1-bob", reviewer=BOB, message_id="b@example.org", tasks=(old,))
    store.save(toy.series(), bob)
    assert chosen(toy) == [("v1-ada", ["v1-ada-1", "v1-ada-2", "v1-ada-3"])]
    assert chosen(toy, "v1-bob-1", "v1-ada-3") == [
        ("v1-ada", ["v1-ada-3"]),
        ("v1-bob", ["v1-bob-1"]),
    ]
    with pytest.raises(SeriesError, match="no task `v1-eve-1`"):
        chosen(toy, "v1-eve-1")


def test_a_merged_task_is_answered_with_the_one_that_stands_for_it(
    toy: Toy, review: Review
) -> None:
    open_task = replace(make().tasks[1], id="v1-bob-1", reviewer=BOB, also=())
    kept, gone = states.merge(review.tasks[0], open_task)
    bob = replace(review, name="v1-bob", reviewer=BOB, message_id="b@example.org", tasks=(gone,))
    store.update(toy.series(), lambda _all: (replace(review, tasks=(kept, *review.tasks[1:])), bob))
    assert ("v1-bob", ["v1-bob-1"]) in chosen(toy)
    text = answers(toy, bob).replies[0].mail.body.decode()
    assert "The same point as that of Ada Löwe.\n\nDone in v2." in text


def test_of_merges_one_after_another_the_last_task_is_what_all_are_answered_with(
    toy: Toy, review: Review
) -> None:
    first, second = (
        replace(make().tasks[1], id=f"v1-bob-{number}", reviewer=BOB, also=()) for number in (1, 2)
    )
    second, first = states.merge(second, first)
    kept, second = states.merge(review.tasks[0], second)
    bob = replace(review, name="v1-bob", reviewer=BOB, message_id="b@example.org")
    bob = replace(bob, tasks=(first, second))
    store.update(toy.series(), lambda _all: (replace(review, tasks=(kept, *review.tasks[1:])), bob))
    assert ("v1-bob", ["v1-bob-1", "v1-bob-2"]) in chosen(toy)
    text = answers(toy, bob).replies[0].mail.body.decode()
    assert text.count("The same point as that of Ada Löwe.\n\nDone in v2.") == 2


def test_a_review_without_a_task_gets_no_reply_and_is_named(toy: Toy, review: Review) -> None:
    found = answers(toy, replace(review, tasks=()))
    assert (found.replies, len(found.left_out)) == ((), 1)
    assert "v1-ada has no task" in found.left_out[0]


def test_oneself_is_known_by_the_address(toy: Toy, review: Review) -> None:
    mine = replace(review, reviewer=Identity("E. Author", "EVE@example.org"))
    assert answers(toy, mine).replies == ()


def test_a_review_is_found_by_its_name_its_file_and_its_mail(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    mail = tmp_path / "saved.eml"
    mail.write_text(
        f"From: Ada <ada@example.org>\nMessage-ID: <{review.message_id}>\nSubject: x\n"
        "Date: Sat, 21 Nov 2026 10:30:00 +0100\n\nSome text.\n"
    )
    file = toy.project / "series" / "feedback" / "v1-ada.toml"
    for path in (Path("v1-ada"), file, mail):
        assert [name for name, _ids in chosen(toy, mail=path)] == ["v1-ada"]
    # Where the id is not known, who wrote it and when tell.
    store.save(toy.series(), replace(review, message_id=""))
    mail.write_text(mail.read_text().replace(review.message_id, "other@example.org"))
    assert [name for name, _ids in chosen(toy, mail=mail)] == ["v1-ada"]
    mail.write_text(mail.read_text().replace("10:30", "10:31"))
    with pytest.raises(SeriesError, match="no review was made of this mail"):
        chosen(toy, mail=mail)
    with pytest.raises(SeriesError, match="names the tasks already"):
        chosen(toy, "v1-ada-1", mail=mail)
