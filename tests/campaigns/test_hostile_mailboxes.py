# SPDX-License-Identifier: GPL-2.0-or-later
"""Mailboxes of hostile shapes: time grows with the size alone, and 10 MB stay within bounds.

A shape that takes the square of its size takes sixteen times as long for four times as much; what
is linear takes four times as long. A busy machine slows both sizes, and processor time is counted.
"""

from __future__ import annotations

import contextlib
import gzip
import time
from collections.abc import Callable
from pathlib import Path

import child_costs
import pytest
import toy as toys

from refseries.errors import RefseriesError
from refseries.importing import mailbox

SMALL = 500_000  # bytes; the large one has four times as many
RATIO = 9.0
QUICK = 0.4  # seconds of processor time in which anything may be done
LARGE = 10_000_000
# Of processor time, for 10 MB; the bound is 5 s on a machine with nothing else to do.
SECONDS, MEGABYTES = 30, 300
PATIENCE = 300  # seconds on the clock, for a machine that has much else to do

LINE = "From mboxrd@z Thu Jan  1 00:00:00 1970\n"
PATCH = (
    "Why.\n---\ndiff --git a/lib/a.c b/lib/a.c\n--- a/lib/a.c\n+++ b/lib/a.c\n"
    "@@ -9,3 +9,3 @@\n int a9;\n-int a10;\n+int z;\n int a11;\n"
)


def mail(ident: object, body: str, subject: str = "Re: x", headers: str = "") -> str:
    return (
        f"{LINE}From: A <a@example.org>\nSubject: {subject}\n"
        f"Date: Mon, 02 Jun 2025 10:01:00 +0000\n"
        f"Message-ID: <{ident}@example.org>\n{headers}\n{body}\n"
    )


def many(size: int, make: Callable[[int], str]) -> str:
    """As many mails as go into ``size``."""
    return "".join(make(number) for number in range(size // len(make(10_000))))


def nested(size: int) -> str:
    heads = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(200)
    )
    return f"{LINE}From: a@b\nSubject: x\n{heads}" + "\n--b\n" * (size // 5)


TYPE = "Content-Type: text/plain"
SHAPES: dict[str, Callable[[int], str]] = {
    "quotes": lambda size: mail(1, ">" * size),
    "lines of quotes": lambda size: mail(1, ">\n" * (size // 2)),
    "empty lines": lambda size: mail(1, "\n" * size),
    "nothing but lines": lambda size: "\n" * size,
    "separators": lambda size: LINE * (size // len(LINE)),
    "small mails": lambda size: many(size, lambda n: f"{LINE}From: a@b\nMessage-ID: <{n}@x>\n\n"),
    "brackets in one subject": lambda size: mail(1, PATCH, "[a]" * (size // 3)),
    "brackets in subjects": lambda size: many(size, lambda n: mail(n, "x", "[a]" * 600)),
    "parameters of one type": lambda size: mail(
        1, PATCH, headers=f"{TYPE}{'; a=b' * (size // 5)}\n"
    ),
    "parameters of types": lambda size: many(
        size, lambda n: mail(n, "x", headers=f"{TYPE}{'; a=b' * 400}\n")
    ),
    "names of files": lambda size: mail(
        1, "x", headers=f"Content-Disposition: attachment{'; filename=b' * (size // 12)}\n"
    ),
    "headers": lambda size: mail(1, "x", headers="X: y\n" * (size // 5)),
    "people": lambda size: mail(1, "x", headers=f"To: {'a@b.example, ' * (size // 13)}\n"),
    "references": lambda size: mail(
        1, "x", headers="References: " + "".join(f"<{n}@x> " for n in range(size // 12)) + "\n"
    ),
    "a chain of answers": lambda size: many(
        size,
        lambda n: mail(n, "Acked-by: A <a@x>", headers=f"In-Reply-To: <{n - 1}@example.org>\n"),
    ),
    "blanks in trailers": lambda size: mail(1, f"Acked-by:{' ' * 380}x\n" * (size // 391)),
    "signatures": lambda size: mail(1, "-- \n" * (size // 4)),
    "nested parts": nested,
    "parts": lambda size: f'{LINE}From: a@b\nContent-Type: multipart/mixed; boundary="b"\n\n'
    + "--b\n\nx\n" * (size // 8),
    "quotes in HTML": lambda size: mail(
        1, "<blockquote>x" * (size // 13), headers="Content-Type: text/html\n"
    ),
    "soft lines": lambda size: mail(1, "x \n" * (size // 3), headers=f"{TYPE}; format=flowed\n"),
    "lines in base64": lambda size: mail(
        1, "Cg==\n" * (size // 5), headers=f"{TYPE}\nContent-Transfer-Encoding: base64\n"
    ),
    "hunks": lambda size: mail(1, PATCH + "@@ -1 +1 @@\n-a\n+b\n" * (size // 19), "[PATCH] x"),
    "lines of a message": lambda size: mail(1, "\n" * size + PATCH, "[PATCH] x"),
    "lines of notes": lambda size: mail(
        1, PATCH.replace("\n---\n", "\n---\n" + "\n" * size), "[PATCH] x"
    ),
    "lines of context": lambda size: mail(1, PATCH + " \n" * (size // 2), "[PATCH] x"),
    "the page of an archive": lambda size: "a " * (size // 2) + "at\n",
}  # fmt: skip


def seconds(path: Path) -> float:
    start = time.process_time()
    with contextlib.suppress(RefseriesError):
        mailbox.read(path, "x")
    return time.process_time() - start


@pytest.mark.parametrize("name", SHAPES)
def test_time_grows_with_the_size_alone(name: str, tmp_path: Path) -> None:
    taken = []
    for times in (1, 4):
        path = tmp_path / f"{times}.mbox"
        path.write_text(SHAPES[name](times * SMALL))
        taken.append(min(seconds(path) for _ in range(2)))
    assert taken[1] < max(QUICK, taken[0] * RATIO), taken


GROWS = 26.0  # bytes of memory for each byte of a mail: with the start, 300 MB of 10 MB
MEASURED = 250_000  # bytes; the larger one has four times as many


@pytest.mark.parametrize("way", ["feedback", "check-mail"])
@pytest.mark.parametrize("name", SHAPES)
def test_memory_grows_with_the_size_alone(
    name: str, way: str, toy: toys.Toy, tmp_path: Path
) -> None:
    """Of the start of the program nothing is left in the difference of two sizes."""
    peaks = []
    for times in (1, 4):
        path = tmp_path / f"{times}.mbox"
        path.write_text(SHAPES[name](times * MEASURED))
        peaks.append(child_costs.of(way, path, toy.project).megabytes)
    if peaks[1] - peaks[0] < GROWS * 3 * MEASURED / 1_000_000:
        return
    # Of some shapes only so much is looked at: there the large one tells.
    path.write_text(SHAPES[name](LARGE))
    assert child_costs.of(way, path, toy.project).megabytes < MEGABYTES, peaks


@pytest.mark.parametrize(
    "name", ["lines of quotes", "empty lines", "soft lines", "parts", "hunks", "lines of context"]
)
def test_ten_megabytes_take_bounded_memory(name: str, toy: toys.Toy, tmp_path: Path) -> None:
    path = tmp_path / "large.mbox"
    path.write_text(SHAPES[name](LARGE))
    cost = child_costs.of("import", path, toy.project, PATIENCE)
    assert (cost.megabytes < MEGABYTES, cost.seconds < SECONDS) == (True, True), cost


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (b"\0" * 1_000_000, "unpacks to far more"),
        (mail(1, "y").encode() * 8000, "more than 25000 mails"),
    ],
    ids=["zeroes", "mails"],
)
def test_a_few_kilobytes_of_gzip_that_are_gigabytes(
    piece: bytes, why: str, toy: toys.Toy, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.mbox.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(mail(0, PATCH, "[PATCH] x").encode())
        for _ in range(300_000_000 // len(piece)):
            packed.write(piece)
    cost = child_costs.of("import", path, toy.project, PATIENCE)
    assert why in cost.said
    assert (cost.megabytes < MEGABYTES, cost.seconds < SECONDS) == (True, True), cost
