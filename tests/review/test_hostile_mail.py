# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that are made to take long: the time grows as the size does."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest
from sample_mails import NORA, ROBOT, letter, mbox, read
from toy import Toy

from refseries.mail import bodytext, pipermail
from refseries.model import Identity, Version
from refseries.review import import_mail, imported
from refseries.review.reading import version_of

LINES = "".join(f"> +\tint toy_create_{n}(struct toy *toy, int a{n});\n" for n in range(20))


def html(page: str) -> str:
    return bodytext.of_html(page)


BODIES: dict[str, Callable[[int], str]] = {
    "marks": lambda n: ">" * n,
    "lines of marks": lambda n: ">\n" * (n // 2),
    "spaces": lambda n: " " * n + "x",
    "blank lines": lambda n: "\n" * (n // 4) + "Why?\n",
    "addresses": lambda n: "> On x, <" + "@" * n + " wrote:\n>> a\n\nWhy?\n",
    "trailers": lambda n: "Acked-by: A\n" + "<a@b.c>\n" * (n // 8),
    "points": lambda n: f"{LINES}\nWhy?\n\n" * (n // len(LINES)),
    "near misses": lambda n: "> +short toy_creation;\n\nWhy?\n\n" * (n // 30),
    "signatures": lambda n: "-- \nx\n\n" * (n // 6),
    "speakers": lambda n: "> On x, A <a@b.c> wrote:\n> > a\n\nWhy?\n\n" * (n // 40),
    "dots": lambda n: "a\n...\n" * (n // 6),
    "items": lambda n: "1) Why?\n\n" * (n // 9),
    "one sentence": lambda n: "Thanks, " * (n // 8),
    "sentences that go on": lambda n: "> a\n\n... b\n\n" * (n // 12),
    "refusals": lambda n: "> a\n\nNo.\n\n" * (n // 10),
    "commits": lambda n: "[1/2] a\n  commit: 0123456\n" * (n // 25),
}
READERS: dict[str, Callable[[int], object]] = {
    "nested quotes in HTML": lambda n: html("<blockquote>a" * (n // 13)),
    "blank paragraphs in HTML": lambda n: html("<blockquote><p>a</p>" * (n // 20)),
    "a page's author": lambda n: pipermail.read(b"a " * (n // 2) + b"\nMon\n", "x"),
    "a page's rule": lambda n: pipermail.read(
        b"S\nA a at b.c\nMon Nov 10 10:00:00 2026\n" + b" " * n + b"x\n", "x"
    ),
}


def assert_linear(run: Callable[[int], object], size: int) -> None:
    """Eight times the size takes about eight times the time; what is quadratic takes 64 times.

    The bound lies far from both, and the best of a few rounds counts: what else the machine does
    slows a round down, but never makes one quicker. Below a hundredth of a second nothing counts.
    """
    ratios = []
    for _ in range(4):
        small, large = (_cost(run, each) for each in (size // 8, size))
        ratios.append(large / max(small, 0.01))
        if ratios[-1] < 24:
            return
    raise AssertionError(f"eight times the size takes {min(ratios):.0f} times the time or more")


def _cost(run: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    run(size)
    return time.process_time() - start


@pytest.mark.parametrize("shape", BODIES)
def test_a_hostile_body_takes_time_by_its_size(toy: Toy, shape: str) -> None:
    path = toy.directory / "mails"

    def run(size: int) -> None:
        path.write_bytes(mbox(letter(BODIES[shape](size), author=NORA), letter(message_id="o@x")))
        import_mail.run(toy.series(), [path], dry_run=True)

    run(1000)
    assert_linear(run, 300_000)


@pytest.mark.parametrize("sentence", ["Thanks, ", "Ada, ", "and "])
def test_a_long_line_takes_memory_by_its_size(toy: Toy, sentence: str) -> None:
    path, size = toy.directory / "mails", 1_000_000

    def run(size: int) -> None:
        body = sentence * (size // len(sentence))
        path.write_bytes(mbox(letter(body, author=NORA), letter(message_id="o@x")))
        import_mail.run(toy.series(), [path], dry_run=True)

    run(1000)
    tracemalloc.start()
    try:
        run(size)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * size


@pytest.mark.parametrize("shape", BODIES)
def test_a_hostile_report_takes_time_by_its_size(toy: Toy, shape: str) -> None:
    path = toy.directory / "mails"

    def run(size: int) -> None:
        link = "patch link: /" + "@" * size
        body = f"{link}\nconfig: x\n>> mm/toy.c:1: error: x\n{BODIES[shape](size)}"
        path.write_bytes(mbox(letter(body, author=ROBOT), letter(message_id="o@x")))
        import_mail.run(toy.series(), [path], dry_run=True)

    run(1000)
    assert_linear(run, 300_000)


@pytest.mark.parametrize("shape", READERS)
def test_a_hostile_page_takes_time_by_its_size(shape: str) -> None:
    assert_linear(READERS[shape], 400_000)


def test_a_subject_of_brackets(toy: Toy) -> None:
    path = toy.directory / "mails"

    def run(size: int) -> None:
        raw = letter("Why?\n", author=Identity("A", "a@example.org"), subject="[a]" * (size // 3))
        path.write_bytes(mbox(raw, letter(message_id="o@x")))
        import_mail.run(toy.series(), [path], dry_run=True)

    assert_linear(run, 200_000)


@pytest.mark.parametrize("all_above", [False, True], ids=["one above", "all above"])
@pytest.mark.parametrize("known", [False, True])
def test_a_chain_of_answers(toy: Toy, known: bool, all_above: bool) -> None:
    one = read(letter(subject="Re: x", message_id="x"))

    def run(size: int) -> None:
        # References to all above grow as the square, and so does the mailbox.
        last = math.isqrt(size) if all_above else size
        mails = [
            replace(
                one,
                message_id=f"m{number}",
                in_reply_to=f"m{number - 1}",
                references=tuple(f"m{at}" for at in range(number)) if all_above else (),
            )
            for number in range(1, last)
        ]
        versions = version_of.Versions(toy.series(), ())
        if known:
            versions.survey(
                read(letter(subject="[PATCH v2 1/2] mm: introduce toys", message_id="m0"))
            )
        for mail in mails:
            versions.survey(mail)
        about = version_of.subject(one.subject)
        found = [versions.of(about, version_of.parents(mail)) for mail in mails]
        assert isinstance(found[0], Version) == known

    assert_linear(run, 250_000 if all_above else 16_000)


def test_a_mail_of_too_many_lines_is_named(toy: Toy) -> None:
    path = toy.directory / "mails"
    path.write_bytes(mbox(letter(">\n" * 400_000), letter(message_id="o@x")))
    found = import_mail.run(toy.series(), [path])
    assert [one.why for one in found.left_out] == [imported.Why.UNREADABLE]
    assert "lines" in found.left_out[0].text
    assert found.new == ["v2-rita-1"]


LONG = "+int a;\n" * 210_000
DIFF = "Why.\n---\ndiff --git a/a.c b/a.c\nnew file mode 100644\n--- /dev/null\n+++ b/a.c\n"


def test_a_patch_of_many_lines_is_a_patch(toy: Toy) -> None:
    path = toy.directory / "mails"
    patch = letter(
        f"{DIFF}@@ -0,0 +1,210000 @@\n{LONG}",
        author=NORA,
        subject="[PATCH v2 1/2] mm: introduce toys",
        message_id="p1@example.org",
        cc="Zoe <zoe@example.org>",
    )
    answer = letter(in_reply_to="<p1@example.org>", cc="Zoe <zoe@example.org>")
    path.write_bytes(mbox(patch, answer))
    found = import_mail.run(toy.series(), [path])
    assert [one.why for one in found.left_out] == [imported.Why.PATCH]
    assert found.ok
    (review,) = found.reviews.values()
    assert review.people == ()  # the patch went to Zoe as well


def test_a_reply_that_shows_a_long_patch_is_named(toy: Toy) -> None:
    path = toy.directory / "mails"
    path.write_bytes(mbox(letter(f"What of this?\n\n{DIFF}{LONG}"), letter(message_id="o@x")))
    found = import_mail.run(toy.series(), [path])
    assert [one.why for one in found.left_out] == [imported.Why.UNREADABLE]
    assert not found.ok
