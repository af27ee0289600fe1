# SPDX-License-Identifier: GPL-2.0-or-later
"""Series as they are posted: mails made by git format-patch out of the toy kernel, in mailboxes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import toy as toys

LIST = "linux-toys@example.org"
COVER = (
    "mm: introduce toys",
    "Toys are what pages play with.\n\n---\nChanges in v2:\n- a smaller toy\n- Link to v1: "
    "https://lore.example.org/r/v1-0@example.org\n",
)


def patches(
    toy: toys.Toy,
    *changes: toys.Change,
    number: int = 1,
    cover: tuple[str, str] | None = None,
    tail: str = "",
    above: str = "",
    day: int = 10,
) -> list[bytes]:
    """The mails of one version over the base, the cover letter first if there is one.

    Args:
        cover: title and text; shortlog and diffstat are put below.
        tail: further lines at the end of the first mail, such as ``change-id: …``.
        above: id of the mail that the first one answers.
        day: of November 2026, on which it is sent.
    """
    toy.at_base()
    for change in changes:
        toy.commit(change)
    directory = toy.directory / "posted"
    shutil.rmtree(directory, ignore_errors=True)
    options = ["--cover-letter"] if cover else []
    options += [f"--subject-prefix=PATCH v{number}"] if number > 1 else []
    files = toy.export(f"v{toys.RELEASE}", directory, *options)
    mails: list[bytes] = []
    for at, path in enumerate(files, 0 if cover else 1):
        _separator, _, raw = path.read_bytes().partition(b"\n")
        raw = re.sub(rb"^Date: .*\n", b"", raw, count=1, flags=re.M) if not at else raw
        first = not mails
        lead = 0 if cover else 1
        reply = above if first else f"v{number}-{lead}@example.org"
        head = f"Message-ID: <v{number}-{at}@example.org>\nTo: {LIST}\n"
        head += f"In-Reply-To: <{reply}>\nReferences: <{reply}>\n" if reply else ""
        head += f"Date: {day} Nov 2026 10:00:0{at % 10} +0200\n" if not at else ""
        if not at and cover:
            raw = raw.replace(b"*** SUBJECT HERE ***", cover[0].encode())
            text = cover[1].encode() + (b"\n---\n" if b"\n---\n" in cover[1].encode() else b"\n")
            raw = raw.replace(b"*** BLURB HERE ***\n\n", text)
        if first and tail:
            raw = raw.replace(b"\n-- \n", b"\n" + tail.encode() + b"\n-- \n", 1)
        mails.append(head.encode() + raw)
    toy.git("checkout", "--quiet", "--force", "master")
    return mails


def reply(
    to: str, body: str, sender: str = "Rev Iewer <rev@example.org>", name: str = "r1"
) -> bytes:
    """A reply to the mail with the id ``to``."""
    return (
        f"From: {sender}\nTo: {LIST}\nSubject: Re: [PATCH 1/2] mm: introduce toys\n"
        f"Message-ID: <{name}@example.org>\nIn-Reply-To: <{to}>\n"
        f"Date: Wed, 11 Nov 2026 10:00:00 +0200\n\n{body}\n"
    ).encode()


def mboxrd(path: Path, mails: Iterable[bytes]) -> Path:
    """Write ``mails`` as a mailbox."""
    quoted = (re.sub(rb"^(>*From )", rb">\1", mail, flags=re.M) for mail in mails)
    separator = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
    path.write_bytes(b"".join(separator + mail + b"\n" for mail in quoted))
    return path


def git_am(toy: toys.Toy, mails: Iterable[bytes]) -> str:
    """The commit that ``git am`` makes of mails over the base; cover letters are left out."""
    with_diff = [mail for mail in mails if b"Subject: [PATCH" not in mail or b" 0/" not in mail]
    mailbox = mboxrd(toy.directory / "am.mbox", with_diff)
    toy.at_base()
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "am", "--quiet", "--patch-format=mboxrd", str(mailbox))
    commit = toy.git("rev-parse", "HEAD")
    toy.git("checkout", "--quiet", "--force", "master")
    return commit


def facts(toy: toys.Toy, commit: str, count: int) -> str:
    """Authors, their dates, messages and trees of the last ``count`` commits."""
    return toy.git("log", "--format=%an <%ae> %ad%n%B%T", f"-{count}", commit)
