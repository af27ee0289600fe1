# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that programs send, and mails of people that look like them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest
from sample_mails import letter, read

from refseries.model import Identity
from refseries.review.reading import automatic, salutation

SUBJECT = "Re: [PATCH v2 1/2] mm: introduce toys"
ROBOTS = {
    "patchwork": Identity("", "patchwork-bot+toys@example.org"),
    "ci": Identity("Toys CI", "ci@example.org"),
    "list": Identity("", "noreply@lists.example.org"),
}


def why(body: str, subject: str = SUBJECT, sender: str = "", **headers: str) -> str:
    author = ROBOTS.get(sender, Identity("Rita Review", "rita@example.org"))
    found = automatic.notice(read(letter(body, subject=subject, author=author, **headers)))
    return found.why if found else ""


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        (SUBJECT, "I am on vacation and will be back on Monday. Contact Bob in urgent cases.\n"),
        (SUBJECT, "Hello,\n\nI will be out of the office until Friday.\n\nRegards,\nRita\n"),
        (SUBJECT, "Rita no longer works at Example. Please contact info@example.org instead.\n"),
        (SUBJECT, "I am out of office, with limited access to mail, until Monday.\n\nRita R.\n"),
        (f"{SUBJECT} (Out of office)", "Back soon.\n"),
        (f"I no longer work here {SUBJECT}", "Ask Bob.\n"),
    ],
)
def test_who_is_not_there(subject: str, body: str) -> None:
    assert why(body, subject) == "is an automatic reply."


@pytest.mark.parametrize(
    "body",
    [
        "I am on vacation next week. Why is the toy a short?\n",
        "I am on vacation next week. The toy leaks when it is created twice.\n",
        "I'm out of office tomorrow.\n\nThe toy has no lock.\n",
        "This no longer works for large toys.\n",
        "I am away next week, but this leaks memory on error.\n",
        "I am on vacation, the toy leaks when it is created twice.\n",
        "I am away next week. It leaks.\n",
    ],
)
def test_who_says_more_than_that_is_heard(body: str) -> None:
    assert why(body) == ""


@pytest.mark.parametrize(
    "subject",
    ["Message delayed pending approval", "[toys] Message Approval Needed",
     "Your message is awaiting moderation", "Your message to toys awaits moderator approval"],
)  # fmt: skip
def test_a_list_that_holds_a_mail(subject: str) -> None:
    assert why("It is held.\n", subject, "list") == "is by list software."


def test_a_series_that_a_program_could_not_apply_was_not_taken() -> None:
    assert why("This series was applied to toys.git (main)\nby Mia.\n", sender="patchwork") != ""
    assert (
        why("This series failed to apply to toys.git. Please rebase.\n", sender="patchwork") == ""
    )


def test_a_program_that_notes_something_politely_found_nothing() -> None:
    report = (
        "All checks: Success!\n\nPlease note that some of them fail by themselves now and then.\n"
    )
    assert "Please note" in report
    assert why(report.replace("fail", "stop"), sender="ci") == "is by a program that found nothing."
    assert why(f"{report}Please rebase.\n", sender="ci") == ""


def is_signed(text: str) -> bool:
    """Whether it ends with a sign-off."""
    nora = Identity("Nora", "nora@example.org")
    return salutation.sign_off([text], nora, [text], salutation.Above.TEXT, last=True) == 0


@pytest.mark.parametrize("asked", [automatic.frame, salutation.is_greeting, is_signed])
def test_a_long_line_is_not_taken_apart(asked: Callable[[str], object]) -> None:
    text = "Thanks, " * 100_000
    tracemalloc.start()
    try:
        assert not asked(text)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(text)
