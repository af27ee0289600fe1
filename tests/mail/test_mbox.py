# SPDX-License-Identifier: GPL-2.0-or-later
"""Mailboxes taken apart."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from mailfiles import FROM, mails, raw, unwanted

from refseries.mail import mbox
from refseries.mail.read import read


def test_an_mbox_is_taken_apart_at_its_separators_alone(tmp_path: Path) -> None:
    body = (
        "From here on it is wrong.\n"
        ">From the mailbox\n"
        ">>From the mail itself\n"
        "From time to time on Mon Nov 10 10:00:00 2026\n"
        "it fails.\n"
        "\n"
        f"From {'ab' * 20} Mon Sep 17 00:00:00 2001\n"
        "From: Bob <bob@example.org>\n"
        "Subject: [PATCH] pasted\n"
    )
    path = tmp_path / "box"
    path.write_bytes(FROM + raw(body) + b"\n" + FROM + raw("Second\n", 2) + b"\n")
    first, second = mails(path)
    assert first.body == body.replace(">From", "From")
    assert first.raw == raw(body.replace(">From", "From"))
    assert second.body == "Second\n"
    assert [mail.source for mail in (first, second)] == [f"{path}: mail 1", f"{path}: mail 2"]


def test_a_mailbox_of_patches_by_git_is_taken_apart_too(tmp_path: Path) -> None:
    mark = f"From {'ab' * 20} Mon Sep 17 00:00:00 2001\n".encode()
    path = tmp_path / "patches"
    path.write_bytes(mark + raw("1\n") + b"\n" + mark + raw("2\n", 2))
    assert [mail.body for mail in mails(path)] == ["1\n", "2\n"]


def test_a_mail_too_large_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    stream = io.BytesIO(raw("x" * 300 + "\n") + FROM + raw(number=2))
    large, small = mbox.split(FROM, stream, limit=250)
    assert large is None
    assert small == raw(number=2)


def test_a_large_mailbox_is_never_held_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "box"
    body = f"> +{' x' * 5000}\n" * 7
    with path.open("wb") as stream:
        for number in range(250):
            stream.write(FROM + raw(body, number) + b"\n")
    size = path.stat().st_size
    assert size > 15_000_000
    tracemalloc.start()
    try:
        assert [mail.message_id for mail in read(path, unwanted)][-1] == "249@example.org"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 4


@settings(max_examples=100)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.text(
                    st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=9
                ),
                st.sampled_from(
                    ["From x", "From ", ">From ", "From a Mon Nov 10 10:00:00 2026", ""]
                ),
            ).filter(lambda line: "\n" not in line),
            max_size=6,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_an_mboxrd_gives_back_what_was_put_in(bodies: list[list[str]]) -> None:
    texts = ["".join(f"{line}\n" for line in body) for body in bodies]
    quoted = [
        b"".join(
            b">" + line if line.lstrip(b">").startswith(b"From ") else line
            for line in text.encode().splitlines(keepends=True)
        )
        for text in texts
    ]
    head = b"From: Ada <ada@example.org>\n\n"
    whole = b"".join(FROM + head + text + b"\n" for text in quoted)
    first, _, rest = whole.partition(b"\n")
    assert list(mbox.split(first + b"\n", io.BytesIO(rest))) == [head + t.encode() for t in texts]
