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


BETTER = """\
Hello,

kernel test robot noticed a 12.3% improvement of toys.throughput on:


commit: 0123456789abcdef0123456789abcdef01234567 ("mm: introduce toys")
patch subject: [PATCH v2 1/2] mm: introduce toys

testcase: toys
config: x86_64-rhel-9.4
compiler: gcc-14
parameters:

\tnr_task: 100%

Details are as below:
-------------------------------------------------------------------------------------------------->

commit:
  v6.12
  mm: introduce toys

      1234 ±  2%     +12.3%       1386        toys.throughput
       100 ±  9%     -50.0%         50        toys.failed_allocs

Disclaimer:
Results have been estimated based on internal analysis and are provided
for informational purposes only.
"""


def test_a_program_that_found_it_better_asks_for_nothing() -> None:
    assert why(BETTER, sender="ci") == "is by a program that found it better."
    assert why(BETTER.replace("noticed a 12.3% ", "noticed an "), sender="ci") != ""
    short = why(
        "FYI.\n\ncommit: 0123\n", "[toys:master] 0123: toys.throughput 9.1% improvement", "ci"
    )
    assert short == "is by a program that found it better."
    assert why(BETTER) == ""  # a person says it
    assert why("The 12.3% improvement of toys goes with a leak.", sender="ci") == ""


@pytest.mark.parametrize(
    "more",
    [
        "In addition to that, it has an impact on: toys.latency 5.2% regression",
        "It crashed once.",
        "Why is that so?",
        "The toy should not be read twice.",
    ],
)
def test_a_program_that_says_more_than_that_is_heard(more: str) -> None:
    assert why(BETTER.replace("testcase:", f"{more}\n\ntestcase:"), sender="ci") == ""


@pytest.mark.parametrize(
    ("end", "quiet"), [("BUILD SUCCESS 0123", True), ("BUILD SUCCESS WITH WARNING 0123", False)]
)
def test_a_build_that_warns_is_no_clean_one(end: str, quiet: bool) -> None:
    told = why("tree/branch: toys\n\nWarning ids grouped:\n", f"[toys:master] {end}", "ci")
    assert bool(told) is quiet


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
