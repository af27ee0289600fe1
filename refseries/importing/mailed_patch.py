# SPDX-License-Identifier: GPL-2.0-or-later
"""The patch in a mail as b4 hands it to ``git am``: more of them than ``git mailinfo`` reads."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

from refseries.errors import SeriesError
from refseries.git import identity
from refseries.host import clock
from refseries.importing import prefixes
from refseries.mail import bodytext, decode, mime, subjects, write
from refseries.mail.message import Mail
from refseries.series import patches
from refseries.series.patches import Patch

_CHARSET = re.compile(
    rb"^(content-type:[^\n]{0,500}(?:\n[ \t][^\n]{0,500}){0,5}?charset=)\"?[\w.:-]{1,60}\"?",
    re.I | re.M,
)
# A byte-order mark in front of a text, as it is, in base64 and quoted-printable; or one that its
# charset says is there.
_MARKED = re.compile(rb"\n\r?\n\s{0,9}(?:\xef\xbb\xbf|77u/|=EF=BB=BF)")
_WIDE = re.compile(
    rb"^content-type:[^\n]{0,500}(?:\n[ \t][^\n]{0,500}){0,5}?"
    rb"charset=\"?utf[-_]?(?:16|32|8[-_]sig)",
    re.I | re.M,
)
_SIGNED = re.compile(rb"\n\r?\n\s{0,9}" + bodytext.SIGNED.strip().encode())
_IN_PARTS = re.compile(rb"^content-type:\s*multipart/", re.I | re.M)
_CONTENT = re.compile(rb"^content-[^\n]*\n(?:[ \t][^\n]*\n)*", re.I | re.M)
# A message may begin with what git takes for headers in the body; twice, if it was passed on twice.
_IN_BODY = re.compile(r"(?:(?:From|Date|Subject): [^\n]*\n)+\n")
# is_scissors_line() of git's mailinfo.c says which of these it takes.
_SCISSORS = re.compile(rb"^[- \t]*(?:>8|8<|>%|%<)", re.M)
_FLOWED = re.compile(
    rb"^(content-type:[^\n]{0,500}(?:\n[ \t][^\n]{0,500}){0,5}?);\s*format=\"?flowed\"?",
    re.I | re.M,
)
# As nearly all are; git is asked about others.
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [-+]\d{4}(?: \(\w+\))?"
)
_DATE_HEADER = re.compile(rb"^date:[^\n]*\n(?:[ \t][^\n]*\n)*", re.I | re.M)
_MOST_TIMES = 5
_LONGEST_SUBJECT = 20_000
_LONG_SUBJECT = re.compile(r"(?:(?:From|Date): [^\n]*\n)*Subject:(?:[^\n]|\n[ \t]){10000}")


def read(mail: Mail) -> tuple[Patch, tuple[str, ...]]:
    """The patch of ``mail``, and what had to be guessed to read it, a sentence each.

    Raises:
        SeriesError: it is not a patch that git can read.
    """
    begin = mail.body[:_LONGEST_SUBJECT].lstrip()
    if len(mail.subject) > _LONGEST_SUBJECT or _LONG_SUBJECT.match(begin):
        # git takes a time that grows with its square.
        raise SeriesError(
            f"its subject is longer than {_LONGEST_SUBJECT} characters.",
            where=mail.source,
            hint="Leave that mail out.",
        )
    dated, guessed = _dated(mail)
    patch, read_as = _in_some_charset(mail, dated)
    remarks = (*guessed, *read_as)
    patch = _without_headers(patch)
    title, line, rest = patch.message.partition("\n")
    if told := subjects.overlooked(title):
        patch = replace(patch, subject=told, message=told + line + rest)
    headers = {name.lower(): value for name, value in reversed(mail.headers)}
    sent_by = decode.people(headers.get("from", ""))
    if sent_by and patch.author.email == sent_by[0].email != mail.author.email:
        # The list wrote its own address there.
        patch = replace(patch, author=mail.author)
    elif sent_by and patch.author == sent_by[0] and decode.is_passed_on(patch.author.name):
        remarks += (f"its author is not known: {patch.author.name} sent it",)
    return patch, tuple(f"{mail.source}: {remark}" for remark in remarks)


def _in_some_charset(mail: Mail, dated: bytes) -> tuple[Patch, tuple[str, ...]]:
    """As the mail says; else in UTF-8, else in Latin-1, in which every byte is something."""
    plain, said = _as_plain(mail, dated)
    try:
        patch, remarks = _parsed(mail, plain)
    except SeriesError:
        for charset, name in (("utf-8", "UTF-8"), ("iso-8859-1", "Latin-1")):
            raw = _CHARSET.sub(rb"\1" + charset.encode(), dated, count=5)
            if raw == dated:
                raw = f"Content-Type: text/plain; charset={charset}\n".encode() + dated
            try:
                patch, remarks = _parsed(mail, raw)
            except SeriesError:
                continue
            odd = f"it is not in the encoding that it names, and was read as {name}"
            return patch, (*remarks, odd)
        raise
    return patch, (*said, *remarks)


def _dated(mail: Mail) -> tuple[bytes, tuple[str, ...]]:
    """The mail with a date that git reads instead of one that it does not, or of none.

    And what had to be guessed: where it has none that can be read, a server says when it came; if
    none does, it is of today, as ``git am`` has it.
    """
    said = next((value for name, value in mail.headers if name.lower() == "date"), "")
    if said and (_DATE.fullmatch(said) or identity.reads_date(said)):
        return mail.raw, ()
    came = "" if mail.date is None else f", and came on {mail.date:%Y-%m-%d}"
    guessed = () if decode.date(said) else (f"it says no date{came or '; it has that of today'}",)
    rest = _DATE_HEADER.sub(b"", mail.raw, count=1) if said else mail.raw
    return f"Date: {format_datetime(mail.date or clock.now())}\n".encode() + rest, guessed


def _as_plain(mail: Mail, raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The mail as plain text in UTF-8, where git would read something else; and what to say of it.

    git takes one in UTF-16 or UTF-32 apart before it reads it, keeps a byte-order mark, which b4
    refuses, and what PGP makes of a text that it signs, and puts parts together that b4 does not:
    the same in HTML, or what stands above a patch that is attached with its message.

    Args:
        raw: its bytes, with a date.
    """
    head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    odd = _WIDE.search(head) or _MARKED.search(raw) or _SIGNED.search(raw)
    text = mail.body if odd else None
    if _IN_PARTS.search(head):
        message = mime.parse(raw, mail.source)
        if attached := bodytext.attached_mails(message):
            _, _, own = attached[-1].lstrip().partition("\n")
            many = f"of the {len(attached)} patches that are attached to it the last was taken"
            return _in_utf8(*own.partition("\n\n")[::2]), (many,) * (len(attached) > 1)
        text = mail.body if text is None and bodytext.has_html(message) else text
        text = next(reversed(bodytext.attached_patches(message)), text)
    if text is None:
        return raw, ()
    return _in_utf8(head.decode("utf-8", "surrogateescape"), text), ()


def _in_utf8(head: str, body: str) -> bytes:
    headers = _CONTENT.sub(b"", f"{head}\n".encode("utf-8", "surrogateescape"))
    kind = b"Content-Type: text/plain; charset=utf-8\n\n"
    return headers + kind + body.encode("utf-8", "surrogateescape")


def _parsed(mail: Mail, raw: bytes) -> tuple[Patch, tuple[str, ...]]:
    """What git reads, cut at scissors as b4 does it; where it was damaged, whole again."""
    path = Path(mail.source)
    remarks: list[str] = []
    patch = patches.parse(raw, path)
    if _SCISSORS.search(mail.body.encode("utf-8", "surrogateescape")):
        cut = patches.parse(raw, path, scissors=True)
        if cut.message != patch.message:
            patch = cut
            remarks.append("what stands above its line of scissors is left out")
    if (plain := _FLOWED.sub(rb"\1", raw, count=5)) != raw and not _is_readable(patch):
        # Its author's program says format=flowed, and sent the lines as they were.
        other = patches.parse(plain, path)
        patch = other if _is_readable(other) else patch
    diff = prefixes.added(patch.diff)
    if diff != patch.diff:
        patch = replace(patch, diff=diff)
        remarks.append("its diff names files without a/ and b/, which were put in front")
    return patch, tuple(remarks)


def _is_readable(patch: Patch) -> bool:
    try:
        patches.files(patch)
    except SeriesError:
        return False
    return True


def _without_headers(patch: Patch) -> Patch:
    """Without the lines ``From:`` and the like that still begin the message.

    ``git am`` takes those of a mail away; of what is left, b4 makes a mail, which goes through it
    once more.
    """
    for _ in range(_MOST_TIMES):
        _, _, body = patch.message.partition("\n\n")
        if not _IN_BODY.match(body):
            break
        head = f"From: {write.in_body(patch.author)}\nDate: {patch.date}\n"
        head += f"Subject: [PATCH] {patch.subject}\n"
        head += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        head += "Content-Transfer-Encoding: 8bit\n"
        said = f"{head}\n{body}".encode("utf-8", "surrogateescape")
        once_more = patches.parse(said + b"---\n" + patch.below + patch.diff, patch.path)
        patch = replace(once_more, below=patch.below, diff=patch.diff)
    return patch
