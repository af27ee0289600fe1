# SPDX-License-Identifier: GPL-2.0-or-later
"""The texts of a version's mails: cover letter and patches, as b4 and git am want them; pure.

A cover letter is laid out as b4 lays out its own: the text, ``---``, the changelog, ``---``,
shortlog and diffstat, ``---``, and lines for programs; results, and how to fetch the same, stand
behind the changelog where there are any. b4 finds ``base-commit:`` and ``change-id:`` only at the
start of a line; ``b4 prep -F`` takes everything above the diffstat for the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from refseries.mail import shown, write
from refseries.mail.outgoing import Letter
from refseries.model import Identity
from refseries.posting.model import Posting
from refseries.series import letter, trailers
from refseries.series.patches import Patch

# The signature of git format-patch. No line of a hunk starts with a digit.
_SIGNATURE = re.compile(rb"\n-- \n\d[^\n]*\n*\Z")
SIGNATURE = b"-- \nrefseries\n"


def letters(posting: Posting) -> tuple[Letter, ...]:
    """All mails of ``posting`` in the order in which they are sent."""
    patches = tuple(
        Letter(number, subject(posting, number, patch.subject), _patch(posting, number, patch))
        for number, patch in enumerate(posting.patches, 1)
    )
    if not posting.cover:
        return patches
    return (Letter(0, subject(posting, 0, posting.title), _cover(posting).encode()), *patches)


def subject(posting: Posting, number: int, title: str) -> str:
    """``[PATCH RFC v3 2/4] title``: words with blanks between, the first version without its own.

    b4 misreads a list with commas and applies it backwards.
    """
    words = ["PATCH", *posting.prefixes]
    if posting.number > 1:
        words.append(f"v{posting.number}")
    total = len(posting.patches)
    if posting.cover or total > 1:
        words.append(f"{number:0{len(str(total))}}/{total}")
    return f"[{' '.join(words)}] {title}"


def author_of(posting: Posting, patch: Patch) -> Identity:
    """Whose patch it is; the sender's where its author only stands in for one."""
    stands_in = patch.author.email.lower() == posting.stand_in.email.lower()
    return posting.sender if stands_in else patch.author


def signed_off(message: str, person: Identity) -> str:
    """A commit message with the person's Signed-off-by as its last trailer, unless it is there.

    Source: Documentation/process/submitting-patches.rst, "Sign your work".
    """
    line = f"Signed-off-by: {person.name} <{person.email}>"
    return trailers.add(message, [line])


def shortlog(titles: Iterable[tuple[str, str]]) -> str:
    """Author's name and subject of each patch, as ``git shortlog`` has them."""
    by_author: dict[str, list[str]] = {}
    for name, title in titles:
        by_author.setdefault(name, []).append(title)
    return "\n".join(
        f"{name} ({len(found)}):\n" + "".join(f"      {title}\n" for title in found)
        for name, found in sorted(by_author.items())
    )


def _sections(*texts: str) -> str:
    """Texts that are not empty, with a line ``---`` between."""
    return "\n---\n".join(text.strip("\n") + "\n" for text in texts if text.strip())


def _said(posting: Posting) -> tuple[str, ...]:
    changes = "\n\n".join(filter(None, (posting.changes, posting.range_diff)))
    fetch = f"{letter.PUBLISHED}\n\n  {posting.fetch}" if posting.fetch else ""
    return (*map(shown.inert, (posting.text, changes, posting.results)), fetch)


def _cover(posting: Posting) -> str:
    names = ((author_of(posting, patch).name, patch.subject) for patch in posting.patches)
    body = _sections(
        *_said(posting), f"{shortlog(names)}\n{posting.diffstat}", _for_programs(posting)
    )
    sender = posting.sender
    return f"{body}\n-- \n{sender.name} <{sender.email}>\n"


def _for_programs(posting: Posting) -> str:
    return f"{posting.basis}\nchange-id: {posting.change_id}"


def _patch(posting: Posting, number: int, patch: Patch) -> bytes:
    author = author_of(posting, patch)
    text = patch.message.partition("\n")[2].lstrip("\n")
    message = signed_off(f"{patch.subject}\n\n{text}", posting.sender).partition("\n\n")[2]
    if author != posting.sender or write.IN_BODY.match(message):
        message = f"From: {write.in_body(author)}\n\n{message}"
    notes = shown.inert(patch.below.decode("utf-8", "surrogateescape"))
    last = b""
    if number == 1 and not posting.cover:
        # The subject of a cover letter that is none would be lost.
        title = "" if posting.title == patch.subject else f"{posting.title}\n\n"
        text, *more = _said(posting)
        notes = _sections(title + text, *more, notes)
        last = f"\n{_for_programs(posting)}\n".encode()
    diff = _SIGNATURE.sub(b"\n", patch.diff)
    head = f"{message.rstrip()}\n---\n{notes.strip(chr(10))}".rstrip("\n")
    return head.encode("utf-8", "surrogateescape") + b"\n\n" + diff + last + SIGNATURE
