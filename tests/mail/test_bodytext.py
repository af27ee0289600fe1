# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails say the same thing in many ways."""

from __future__ import annotations

import time
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.mail import bodytext
from refseries.mail.decode import decode

HEAD = b"From: Ada <ada@example.org>\n"


def body(headers: str, content: bytes) -> str:
    return decode(HEAD + headers.encode() + b"\n\n" + content, "mail").body


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ("Content-Type: text/plain; charset=utf-8", "Größe €?\n".encode()),
        ("Content-Type: text/plain; charset=iso-8859-15", "Größe €?\n".encode("iso-8859-15")),
        ("Content-Type: text/plain; charset=us-ascii", "Größe €?\n".encode()),
        ("Content-Type: text/plain; charset=klingon", "Größe €?\n".encode()),
        ("Content-Type: text/plain; charset=hex", "Größe €?\n".encode()),
        ("Content-Type: text/plain; charset=unicode-escape", "Größe €?\n".encode()),
        ("Content-Type: text/plain; charset=idna", "Größe €?\n".encode()),
        ("Content-Type: text/plain", "Größe €?\n".encode()),
        ("X-None: x", "Größe €?\n".encode()),
        ("X-None: x", "\ufeffGröße €?\n".encode()),
        ("Content-Type: text/plain; charset=utf-16-le", "\ufeffGröße €?\n".encode("utf-16-le")),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
            b"R3LDtsOfZSDigqw/Cg==\n",
        ),
        (
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
            b"Gr=C3=B6=\n=C3=9Fe =E2=82=AC?\n",
        ),
    ],
)
def test_encodings_and_character_sets(headers: str, content: bytes) -> None:
    assert body(headers, content) == "Größe €?\n"


def test_a_text_that_is_signed_is_what_was_signed() -> None:
    signed = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWhy?\n\n- --- a/x\n- -- \nAda\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    text = "Why?\n\n--- a/x\n-- \nAda\n"
    assert body("X-None: x", signed) == text
    assert body("X-None: x", signed + b"__\nThe list\n") == f"{text}__\nThe list\n"
    quoting = b"Why?\n\n" + signed
    assert body("X-None: x", quoting) == quoting.decode()


def test_bytes_that_are_no_utf8_lose_no_line() -> None:
    assert body("Content-Type: text/plain; charset=utf-8", b"one\ntw\xf6\nthree\n") == (
        "one\ntwö\nthree\n"
    )


def test_text_of_an_attachment_is_taken_when_there_is_no_other() -> None:
    text = body("Content-Type: text/plain\nContent-Disposition: attachment", b"Why?\n")
    assert text == "Why?\n"


def test_the_plain_part_stands_for_its_html_and_all_plain_parts_count() -> None:
    mail = MIMEMultipart("mixed")
    both = MIMEMultipart("alternative")
    both.attach(MIMEText("Why?\n", "plain"))
    both.attach(MIMEText("<p>Why?</p>", "html"))
    mail.attach(both)
    log = MIMEText("dmesg\n", "plain")
    log.add_header("Content-Disposition", "attachment", filename="dmesg.txt")
    mail.attach(log)
    patch = MIMEText("+int a;\n", "plain")
    patch.add_header("Content-Disposition", "attachment", filename="0001-a.patch")
    mail.attach(patch)
    mail.attach(MIMEText("_____\nlist footer", "plain"))
    assert decode(HEAD + mail.as_bytes(), "mail").body == "Why?\n+int a;\n_____\nlist footer\n"


def test_a_mail_attached_to_a_mail_is_not_what_its_sender_wrote() -> None:
    text = (
        'Content-Type: multipart/mixed; boundary="b"\n\n'
        "--b\n\nSee below.\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: x@example.org\n\nold\n--b--\n"
    )
    assert decode(HEAD + text.encode(), "mail").body == "See below.\n"


def test_flowed_text_is_joined_by_depth_and_stuffing_goes() -> None:
    flowed = (
        ">> the inner quote goes \n"
        ">> on here\n"
        ">  indented\n"
        "> +\tif (a) \n"
        "> \n"
        ">  \n"
        "I wonder whether \n"
        "this is right.\n"
        " From here on\n"
        "end \n"
        "-- \n"
        "Ada\n"
    )
    assert bodytext.unflow(flowed) == (
        ">> the inner quote goes on here\n"
        ">  indented\n"
        "> +\tif (a) \n"
        ">\n"
        ">  \n"
        "I wonder whether this is right.\n"
        "From here on\n"
        "end \n"
        "-- \n"
        "Ada\n"
    )


def test_flowed_text_of_another_depth_is_not_joined() -> None:
    assert bodytext.unflow(">> inner \n> outer \nmine\n") == ">> inner \n> outer \nmine\n"


def test_flowed_text_in_scripts_without_spaces() -> None:
    headers = "Content-Type: text/plain; format=Flowed; DelSp=Yes"
    assert body(headers, b"incompre \nhensible\n") == "incomprehensible\n"


PAGE = """\
<html><head><title>no</title><style>p { x < y }</style></head><body>
<div>On Monday, Ada wrote:<br></div>
<blockquote type="cite"><div>+&nbsp;&nbsp;int a;<br>+ if (a &lt; b)</div>
<blockquote>deeper</blockquote></blockquote>
<p>Why
 not <b>long</b>, if 1 < 2?</p><!-- a <b> comment > -->
<pre>
	code < 3

	more
</pre></body></html>
"""


def test_html_keeps_lines_quotes_and_code() -> None:
    assert body("Content-Type: text/html; charset=utf-8", PAGE.encode()) == (
        "On Monday, Ada wrote:\n\n"
        "> +  int a;\n> + if (a < b)\n>\n>> deeper\n>>\n"
        "Why not long, if 1 < 2?\n\n\n"
        "\tcode < 3\n\n\tmore\n"
    )


@pytest.mark.parametrize(
    "piece", ["<a", "<![", "<!--", "<?", "&#", "<p>x ", "<script>", "</script", "<"]
)
def test_hostile_html_does_not_take_minutes(piece: str) -> None:
    start = time.process_time()
    bodytext.of_html(piece * 100_000)
    assert time.process_time() - start < 60


@settings(max_examples=100)
@given(st.text(max_size=200), st.booleans())
def test_unflowing_loses_no_word(text: str, delsp: bool) -> None:
    def words(of: str) -> str:
        return "".join(of.replace(">", "").split())

    assert words(bodytext.unflow(text, delsp)) == words(text)


TAGS = ["<p>", "</p>", "<br>", "<pre>", "</pre>", "<blockquote>", "</blockquote>", "<!--", "-->"]


@settings(max_examples=100)
@given(st.lists(st.sampled_from([*TAGS, "<b ", "<", ">", "word", "\n", "&lt;"])))
def test_any_html_gives_text(pieces: list[str]) -> None:
    text = bodytext.of_html("".join(pieces))
    assert text.endswith("\n")
    if "<!--" not in pieces and "<b " not in pieces and "<" not in pieces:
        assert text.count("word") == pieces.count("word")
