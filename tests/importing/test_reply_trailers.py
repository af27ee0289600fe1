# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers that an answer gives, and those that are part of a patch which it shows."""

from __future__ import annotations

import time

import mail_threads
import pytest
from mail_threads import ANN, BOB, RITA

from refseries.importing import reply_trailers
from refseries.importing.reply_trailers import Given
from refseries.mail.decode import decode

PARTS = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="XX"

--XX
Content-Type: text/plain; charset=utf-8

I would rather do as attached.

{said}
--XX
Content-Type: text/x-diff; charset=utf-8
Content-Disposition: attachment; filename="0001-x.patch"

{attached}
--XX--
"""


def given(body: str, sender: str = RITA) -> Given:
    raw = mail_threads.mail("Re: [PATCH] mm: words", "r1", body, "q1", sender)
    return reply_trailers.trailers_given(decode(raw, "mail"))


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (f"Reviewed-by: {RITA}", f"Reviewed-by: {RITA}"),
        (f"  Reviewed-by: {RITA}  ", f"Reviewed-by: {RITA}"),
        (f"Reviewed-by: {RITA} # for mm", f"Reviewed-by: {RITA} # for mm"),
        (f"Tested-by: {RITA}\n[on a board]", f"Tested-by: {RITA}\n[on a board]"),
        ("Acked-by: Rita Review\n<rita@example.org>", f"Acked-by: {RITA}"),
        ("Acked-by: R <rita+kernel@example.org>", "Acked-by: R <rita+kernel@example.org>"),
        ("Acked-by: R <rita@sub.example.org>", "Acked-by: R <rita@sub.example.org>"),
        ("Acked-by: rita@example.org", "Acked-by: rita@example.org"),
        ('Fixes: 0123456789ab ("mm: old")', 'Fixes: 0123456789ab ("mm: old")'),
        ('Fixes: 0123456789ab ("mm:\nold")', 'Fixes: 0123456789ab ("mm: old")'),
        ("Fixes: 0123456789ab", "Fixes: 0123456789ab"),
        ("Reviewed-by:\xa0Rita\xa0Review\u200b <rita@example.org>", f"Reviewed-by: {RITA}"),
        (f"Reviewed-by: {RITA},", f"Reviewed-by: {RITA}"),
        ("Link: https://example.org/r/1", "Link: https://example.org/r/1"),
        ("Closes: https://example.org/b/1", "Closes: https://example.org/b/1"),
    ],
)
def test_what_is_taken(said: str, line: str) -> None:
    assert given(f"> why\n\n{said}\n") == Given((line,))


@pytest.mark.parametrize(
    "said",
    [
        f"> Reviewed-by: {RITA}", "Cc: list@example.org", f"| Reviewed-by: {RITA}",
        f"-- \nReviewed-by: {RITA}", "Reviewed-by: \x1b[31m <rita@example.org>",
    ],
)  # fmt: skip
def test_what_is_none(said: str) -> None:
    assert given(f"Fine.\n\n{said}\n") == Given()


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (f"**Reviewed-by: {RITA}**", f"Reviewed-by: {RITA}**"),
        (f"You may add Reviewed-by: {RITA}", f"Reviewed-by: {RITA}"),
        (f"- Tested-by: {RITA}", f"Tested-by: {RITA}"),
        (f"Reviewed-by：{RITA}", f"Reviewed-by：{RITA}"),
        (f"Reviewed-by:\n{RITA}", "Reviewed-by:"),
        ("Cc: <stable@example.org> # 6.1+", "Cc: <stable@example.org> # 6.1+"),
        ("Fixes: the thing", "Fixes: the thing"),
        (f"Acked by: {RITA}", f"Acked by: {RITA}"),
    ],
)
def test_what_is_almost_a_trailer_is_told(said: str, line: str) -> None:
    assert given(f"> why\n\n{said}\n") == Given(almost=(line,))


def test_of_somebody_else() -> None:
    assert given(f"Tested-by: {BOB}\n") == Given(unvouched=(f"Tested-by: {BOB}",))


def test_of_a_patch_that_is_attached() -> None:
    draft = mail_threads.patch(40, "mine", signed=RITA)
    said = f"Acked-by: {RITA}\n"
    head, _, _ = mail_threads.mail("Re: x", "r1", "", "q1", RITA).partition(b"\n\n")
    raw = head + b"\n" + PARTS.format(said=said, attached=draft).encode()
    found = reply_trailers.trailers_given(decode(raw, "mail"))
    assert found == Given((f"Acked-by: {RITA}",), others=(f"Signed-off-by: {RITA}",))


def test_of_a_patch_in_the_mail() -> None:
    draft = mail_threads.patch(40, "mine", signed=RITA)
    found = given(f"Reviewed-by: {RITA}\n\nwith this:\n\n{draft}")
    assert found == Given((f"Reviewed-by: {RITA}",), others=(f"Signed-off-by: {RITA}",))
    below = given(f"Fine.\n\n-- >8 --\nSubject: x\n\nSigned-off-by: {ANN}\n")
    assert below == Given(others=(f"Signed-off-by: {ANN}",))


@pytest.mark.parametrize("gap", ["\n", "\n ", " \n\t"])
def test_a_trailer_broken_before_the_address(gap: str) -> None:
    assert given(f"Reviewed-by: {RITA.replace(' <', f'{gap}<')}\n").lines == (
        f"Reviewed-by: {RITA}",
    )


@pytest.mark.parametrize(
    "line", ["Reviewed-by: " + " " * 380 + "x", "Reviewed-by: " + "a" * 380, "-" * 390, "[" * 390]
)
def test_hostile_lines_take_no_long_time(line: str) -> None:
    start = time.process_time()
    given(f"{line}\n" * 2000)
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    "said",
    [
        "Rita Review <rita@example.org <mailto:rita@example.org>>",
        "Rita Review <rita@example.org<mailto:rita@example.org>>",
        "Rita Review &lt;rita@example.org&gt;",
        "Rita Review <mailto:rita@example.org>",
    ],
)
def test_an_address_that_a_program_made_a_link_is_an_address(said: str) -> None:
    assert given(f"> words\n\nReviewed-by: {said}\n").lines == (f"Reviewed-by: {RITA}",)


@pytest.mark.parametrize("blanks", ["    ", "\t", "  "])
def test_a_sign_off_in_a_message_that_is_proposed_is_no_trailer(blanks: str) -> None:
    found = given(f"Better:\n\n{blanks}mm: words\n\n{blanks}Signed-off-by: {RITA}\n")
    assert (found.lines, found.others) == ((), (f"Signed-off-by: {RITA}",))
    assert given(f"Signed-off-by: {RITA}\n").lines == (f"Signed-off-by: {RITA}",)


@pytest.mark.parametrize("blanks", ["", "    "])
def test_a_title_that_a_program_broke_is_whole(blanks: str) -> None:
    said = f'{blanks}Fixes: 0123456789ab ("mm: a title that goes\n{blanks}on below")\n'
    assert given(said).lines == ('Fixes: 0123456789ab ("mm: a title that goes on below")',)
