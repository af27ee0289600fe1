# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import base64
import email
import gzip
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.mail import write
from refseries.mail.outgoing import Outgoing
from refseries.model import Identity
from refseries.posting import compose, thread
from refseries.posting.model import Posting
from refseries.series import cover
from refseries.series.patches import Patch

SAM = Identity("Sam Sender", "sam@example.org")
STAND_IN = Identity("nobody", "nobody@example.org")
DIFF = b"diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


def patch(subject: str = "mm: add x", body: str = "", author: Identity = STAND_IN) -> Patch:
    message = f"{subject}\n\n{body}".rstrip("\n") + "\n"
    below = b" x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
    return Patch(Path("p"), author, "date", subject, message, DIFF, below)


def posting(*patches: Patch, **changes: object) -> Posting:
    made = Posting(
        number=3,
        title="mm: add things",
        text="Why.",
        changes="Changes in v3:\n- more",
        patches=patches,
        basis="base-commit: " + "a" * 40,
        diffstat=" x | 2 +-",
        change_id="20200101-my-series-0123456789ab",
        sender=SAM,
        stand_in=STAND_IN,
        date=datetime(2026, 11, 20, 12, tzinfo=UTC),
        cover=len(patches) > 1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def mails(one: Posting) -> tuple[Outgoing, ...]:
    return thread.arrange(one, compose.letters(one))


def texts(one: Posting) -> list[str]:
    return [letter.body.decode() for letter in compose.letters(one)]


def test_a_cover_letter_has_its_parts_in_the_order_of_b4() -> None:
    first = texts(posting(patch("a: one"), patch("b: two"), range_diff="Range-diff"))[0]
    assert first == (
        "Why.\n\n---\nChanges in v3:\n- more\n\nRange-diff\n\n---\n"
        "Sam Sender (2):\n      a: one\n      b: two\n\n x | 2 +-\n\n---\n"
        f"base-commit: {'a' * 40}\nchange-id: 20200101-my-series-0123456789ab\n\n"
        "-- \nSam Sender <sam@example.org>\n"
    )


def test_without_a_cover_letter_its_text_stands_below_the_line_of_the_first_patch() -> None:
    (only,) = texts(posting(patch(body="Because."), title="x, at last"))
    message, title, changes, stat = only.split("---\n", 3)
    assert message == "Because.\n\nSigned-off-by: Sam Sender <sam@example.org>\n"
    assert title == "x, at last\n\nWhy.\n\n"
    assert changes == "Changes in v3:\n- more\n\n"
    assert stat == (
        " x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
        + DIFF.decode()
        + f"\nbase-commit: {'a' * 40}\nchange-id: 20200101-my-series-0123456789ab\n"
        "-- \nrefseries\n"
    )
    first, second = texts(posting(patch(), patch("b: two"), cover=False))
    assert "Why." in first
    assert "Why." not in second
    assert "base-commit" not in second


def test_a_subject_has_words_with_blanks_between() -> None:
    two = posting(patch(), patch())
    assert compose.subject(two, 0, "t") == "[PATCH v3 0/2] t"
    assert compose.subject(replace(two, number=1), 2, "t") == "[PATCH 2/2] t"
    marked = replace(two, prefixes=("RFC", "RESEND"))
    assert compose.subject(marked, 1, "t") == "[PATCH RFC RESEND v3 1/2] t"
    assert compose.subject(posting(*[patch()] * 12), 3, "t") == "[PATCH v3 03/12] t"
    assert compose.subject(posting(patch()), 1, "t") == "[PATCH v3] t"
    assert compose.subject(posting(patch(), cover=True), 0, "t") == "[PATCH v3 0/1] t"


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("s\n", "s\n\nS\n"),
        ("s\n\nText.\n", "s\n\nText.\n\nS\n"),
        ("s\n\nText: it says\nmore.\n", "s\n\nText: it says\nmore.\n\nS\n"),
        ("s\n\nNote: this is text.\n", "s\n\nNote: this is text.\nS\n"),
        ("s\n\nT\n\nAcked-by: A <a@b.c>\n", "s\n\nT\n\nAcked-by: A <a@b.c>\nS\n"),
        ("s\n\nAcked-by: A <a@b.c>\n", "s\n\nAcked-by: A <a@b.c>\nS\n"),
        ("s\n\nAcked-by: A <a@b.c>\n[in a chat]\n", "s\n\nAcked-by: A <a@b.c>\n[in a chat]\n\nS\n"),
        ("s\n\nS\nAcked-by: A <a@b.c>\n", "s\n\nS\nAcked-by: A <a@b.c>\n"),
        ("Fixes: everything\n", "Fixes: everything\n\nS\n"),
    ],
)
def test_the_sign_off_becomes_the_last_trailer(message: str, wanted: str) -> None:
    line = "Signed-off-by: Sam Sender <sam@example.org>"
    assert compose.signed_off(message.replace("S\n", f"{line}\n"), SAM) == wanted.replace(
        "S\n", f"{line}\n"
    )


def test_only_another_authors_patch_has_a_from_of_its_own() -> None:
    ada = Identity("Löwe, Ada", "ada@example.org")
    assert texts(posting(patch(author=ada)))[0].startswith(
        'From: "Löwe, Ada" <ada@example.org>\n\n'
    )
    assert not texts(posting(patch(author=SAM)))[0].startswith("From")
    assert not texts(posting(patch(author=STAND_IN)))[0].startswith("From")
    assert "nobody" not in texts(posting(patch(author=STAND_IN), patch()))[0]


@pytest.mark.parametrize(
    "start", ["From: E <e@example.org>", "Subject: x", ">From me", "[PATCH] x"]
)
def test_a_message_that_starts_like_a_header_is_not_taken_for_one(start: str) -> None:
    (only,) = texts(posting(patch(body=f"{start}\n\nText.")))
    assert only.startswith(f"From: Sam Sender <sam@example.org>\n\n{start}\n")


def test_the_signature_of_format_patch_is_replaced_and_the_diff_kept() -> None:
    signed = replace(patch(), diff=DIFF + b"-- \n2.39.5\n\n")
    (only,) = texts(posting(signed, basis="b"))
    assert only.endswith("+b\n\nb\nchange-id: 20200101-my-series-0123456789ab\n-- \nrefseries\n")
    removes = replace(patch(), diff=DIFF + b"-- \n more\n")
    assert "\n-- \n more\n" in texts(posting(removes))[0]


def test_ids_follow_from_the_contents_and_the_sender_alone() -> None:
    one = posting(patch(), patch("b: two"))
    ids = [mail.message_id for mail in mails(one)]
    assert ids == [mail.message_id for mail in mails(one)]
    digest = ids[0].rpartition("-")[2].partition("@")[0]
    assert len(digest) == 12
    assert ids == [f"20261120-my-series-v3-{i}-{digest}@example.org" for i in range(3)]
    for changed in (
        replace(one, text="Because."),
        replace(one, patches=(one.patches[0], patch("b: 2"))),
        replace(one, patches=(replace(one.patches[0], diff=DIFF + b"\n"), one.patches[1])),
        replace(one, sender=Identity("Sam", SAM.email)),
        replace(one, to=(STAND_IN,)),
        replace(one, cc=(STAND_IN,)),
        replace(one, prefixes=("RESEND",)),
        replace(one, date=datetime(2026, 11, 20, 13, tzinfo=UTC)),
        replace(one, in_reply_to="a@b.c"),
        replace(one, history={"v2": "a@b.c"}),
    ):
        assert not {mail.message_id for mail in mails(changed)} & set(ids)


def test_patches_answer_the_first_mail_and_dates_go_up() -> None:
    cover_letter, first, second = mails(posting(patch(), patch(), in_reply_to="old@b.c"))
    assert (cover_letter.in_reply_to, cover_letter.references) == ("old@b.c", ("old@b.c",))
    for mail in (first, second):
        assert mail.in_reply_to == cover_letter.message_id
        assert mail.references == ("old@b.c", cover_letter.message_id)
    assert [mail.date.second for mail in (cover_letter, first, second)] == [0, 1, 2]
    (alone,) = mails(posting(patch()))
    assert (alone.in_reply_to, alone.references) == ("", ())


def test_tracking_says_what_b4_needs() -> None:
    one = posting(patch(), patch(), history={"v2": "two@b.c"}, prefixes=("RFC",))
    raw = write.to_bytes(mails(one)[0])
    header = email.message_from_bytes(raw)["X-B4-Tracking"]
    packed = "".join(header.split()).removeprefix("v=1;b=")
    assert json.loads(gzip.decompress(base64.b64decode(packed))) == {
        "series": {
            "revision": 3,
            "change-id": "20200101-my-series-0123456789ab",
            "prefixes": ["RFC"],
            "presubject": "",
            "history": {"v2": ["two@b.c"]},
        }
    }
    assert b"X-B4-Tracking" not in write.to_bytes(mails(one)[1])


def outgoing(**changes: object) -> Outgoing:
    return replace(mails(posting(patch()))[0], **changes)  # type: ignore[arg-type]


NAMES = (
    st.text(
        st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,"\\<>@=?;:()'), min_size=1
    )
    .map(lambda name: " ".join(name.split()))
    .filter(bool)
)


@given(name=NAMES, other=NAMES)
@settings(max_examples=300)
def test_any_name_is_read_back_as_it_was(name: str, other: str) -> None:
    people = (Identity(name, "one@example.org"), Identity(other, "two@example.org"))
    raw = write.to_bytes(outgoing(to=people, sender=people[0]))
    assert raw.isascii()
    parsed = email.message_from_bytes(raw)
    read = getaddresses([parsed["To"].replace("\n", "")])
    decoded = [(str(make_header(decode_header(n))) if "=?" in n else n, a) for n, a in read]
    assert decoded == [(name, "one@example.org"), (other, "two@example.org")]
    assert [key for key, _value in parsed.items()].count("From") == 1


def test_b4_in_the_same_process_does_not_switch_encoding_off() -> None:
    code = (
        "import b4, email.charset\n"
        "assert email.charset.CHARSETS['utf-8'][0] is None\n"
        "from refseries.mail import write\n"
        "from refseries.model import Identity\n"
        "assert write.address(Identity('Löwe', 'a@b.c')).isascii()\n"
    )
    proc.run([sys.executable, "-c", code])


@given(title=NAMES)
@settings(max_examples=300)
def test_any_subject_is_read_back_as_it_was(title: str) -> None:
    raw = write.to_bytes(outgoing(subject=f"[PATCH v3 1/2] {title}"))
    value = email.message_from_bytes(raw)["Subject"].replace("\n", "")
    assert value.startswith("[PATCH v3 1/2] ")
    rest = value.removeprefix("[PATCH v3 1/2] ")
    assert (str(make_header(decode_header(rest))) if "=?" in rest else rest) == title
    assert max(map(len, raw.partition(b"\n\n")[0].splitlines())) <= max(76, len(title) + 16)


@pytest.mark.parametrize("bad", ["a\nBcc: eve@example.org", "a\rb", "a\x1b[0m", "a\x00", "a\x85b"])
def test_a_header_cannot_be_broken_out_of(bad: str) -> None:
    for changes in (
        {"subject": bad},
        {"sender": Identity(bad, "a@b.c")},
        {"to": (Identity(bad, "a@b.c"),)},
        {"cc": (Identity("x", f"{bad}@b.c"),)},
        {"headers": (("X-Change-ID", bad),)},
        {"message_id": bad},
        {"references": (bad,), "in_reply_to": "a@b.c"},
    ):
        with pytest.raises(SeriesError):
            write.to_bytes(outgoing(**changes))


@pytest.mark.parametrize("address", ["a@b.c, eve@d.e", "a b@c.d", "a@b@c", "é@b.c", "", "a@b.c>"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SeriesError, match="no mail address"):
        write.to_bytes(outgoing(to=(Identity("A", address),)))


@pytest.mark.parametrize("domain", ["{x}.org", "{0.__class__}", "{", "}{}"])
def test_a_sender_with_an_odd_domain_is_refused(domain: str) -> None:
    one = mails(posting(patch(), sender=Identity("A", f"a@{domain}")))[0]
    with pytest.raises(SeriesError, match="no mail address"):
        write.to_bytes(one)


def test_a_body_is_what_it_was_but_for_the_quoting_of_the_mailbox() -> None:
    body = "From here\n>From there\nFromage\n\x0cé\x85 \u2028\nlast".encode()
    raw = write.to_bytes(outgoing(body=body))
    assert raw.endswith(b"Content-Transfer-Encoding: 8bit\n" + raw.partition(b"8bit\n")[2])
    assert raw.partition(b"\n\n")[2] == body
    box = write.mboxrd([raw, raw])
    assert box.count(b"\nFrom mboxrd@z ") == 1
    assert b"\n>From here\n>>From there\nFromage\n" in box


def test_a_line_too_long_for_smtp_is_encoded() -> None:
    body = b"a" * 999 + b" = \xc3\xa9\n"
    raw = write.to_bytes(outgoing(body=body))
    assert max(map(len, raw.splitlines())) <= 76
    assert email.message_from_bytes(raw).get_payload(decode=True) == body
    assert b"quoted-printable" not in write.to_bytes(outgoing(body=b"a" * 998 + b"\n"))


def test_the_date_keeps_its_offset() -> None:
    parsed = email.message_from_bytes(write.to_bytes(outgoing()))
    assert parsedate_to_datetime(parsed["Date"]) == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_files_name_stays_in_its_folder() -> None:
    names = {
        write.file_name(outgoing(number=1, subject=f"[PATCH] {title}"))
        for title in ("../../etc/x", "mm: Ünï / x", "", "-o" * 100)
    }
    assert all("/" not in name and name.startswith("0001-") and len(name) < 70 for name in names)
    assert "0001-etc-x.eml" in names


def test_a_cover_is_taken_apart() -> None:
    read = cover.parse("# mm: x\n\nText.\n\nChanges in v2:\n\n- a\n\nMore.\n", "cover.md")
    assert read == cover.Cover("mm: x", "Text.", "Changes in v2:\n\n- a\n\nMore.")
    assert cover.parse("# mm: x\n", "cover.md") == cover.Cover("mm: x", "", "")
    in_a_sentence = cover.parse("# t\n\nSee Changes in v2: below.\n", "cover.md")
    assert in_a_sentence.changes == ""


@pytest.mark.parametrize("text", ["", "mm: x\n", "#\n", "#  \n\ntext", "Text\n# mm: x\n"])
def test_a_cover_without_a_title_is_refused(text: str) -> None:
    with pytest.raises(SeriesError, match="title") as caught:
        cover.parse(text, "cover.md")
    assert caught.value.where == "cover.md:1"
