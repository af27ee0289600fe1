# SPDX-License-Identifier: GPL-2.0-or-later
"""What people write around their points: names, reminders, announcements; and what they refuse."""

from __future__ import annotations

import pytest
from dora import DORA, comments

from refseries.review.model import Kind
from refseries.review.reading import (
    classify,
    courtesy,
    points,
    program_review,
    quotes,
)
from refseries.review.reading.courtesy import Courtesy
from refseries.review.reading.quotes import LineKind


@pytest.mark.parametrize(
    "ending",
    [
        "Viele Grüße,\nDora",
        "Gr{üße,eetings},\n\n                      Dora",
        "Avec mes salutations,\nDora Keeper-Lane",
        "-- Dorle",
        "--D",
        "thanks,\n\ndora k-l",
        "-Dora",
    ],
)
def test_a_name_and_the_words_in_front_of_it_are_no_point(ending: str) -> None:
    assert comments(f"> +int a;\n\nWhy?\n\n{ending}\n") == ["Why?"]


@pytest.mark.parametrize(
    "ending", ["--D", "-- Dorle", "Gr{üße,eetings},\n\n       Dora", "thanks,\n\ndora k-l", "-Dora"]
)
def test_a_name_right_below_a_quote_is_no_point(ending: str) -> None:
    assert comments(f"> +int a;\n\nWhy?\n\n> +int b;\n\n{ending}\n") == ["Why?"]


@pytest.mark.parametrize(
    "said", ["Static is better,\nDora", "Not here,\nDora", "- Documentation", "-Wall", "No,\nDora"]
)
def test_what_asks_in_front_of_a_name_stays(said: str) -> None:
    assert len(comments(f"> +int a;\n\n{said}\n")) == 1


@pytest.mark.parametrize("said", ["No.", "Nope.", "No!", "No, thanks.", "Oh no.", "no"])
def test_a_bare_refusal_under_a_line_of_the_patch_is_a_point(said: str) -> None:
    assert comments(f"> +#include <linux/toys.h>\n\n{said}\n") == [said]
    assert comments(f"> Should it be an int?\n\n{said}\n") == []


@pytest.mark.parametrize(
    "said",
    [
        "Gentle ping.",
        "Ping!",
        "Just a friendly reminder for this series.",
        "Gentle ping now that the merge window is open.",
        "Ping?",
    ],
)
def test_a_reminder_asks_for_nothing(said: str) -> None:
    assert courtesy.courtesy_of(said) is Courtesy.REMINDS


@pytest.mark.parametrize(
    "said",
    [
        "Please see a few comments below.",
        "Some more remarks inline.",
        "Looks good to me, except for some minor comments. Please see the individual patches.",
        "Just a few nits:",
        "Two small questions about this.",
        "One nit below, otherwise:",
        "Other than that looks good to me (including the documentation).",
        "Other than that looks good to me (including the commit description).",
        "Apart from that, fine with me.",
        "Not that I know of :-)",
    ],
)
def test_what_announces_points_is_none(said: str) -> None:
    assert courtesy.courtesy_of(said) is not None


@pytest.mark.parametrize(
    "said",
    [
        "Please see the comment in toy.c about the order.",
        "Please see my remarks on v1, they still hold.",
        "Ping, could somebody test it?",
        "The comments below are wrong.",
        "I will send it to the maintainer only if it is fixed.",
        "Please resend after the merge window when the tree is open.",
        "A few comments are missing.",
        "Apart from the name, looks good.",
        "Not that I know of a better way, but this one leaks.",
        "Let me ask you to rework the locking here.",
        "Let me see benchmark numbers before I take it.",
        "I'll try this after you add a selftest for it.",
        "I'll test the next version, add a selftest to it.",
        "I'll check (the array is too small here)",
        "The merge window is over, add a selftest before the next version.",
        "Merge window: post this again after -rc1.",
        "including slab header here",
        "Looks better with a comment here.",
    ],
)
def test_what_sounds_like_it_and_asks_is_a_point(said: str) -> None:
    assert courtesy.courtesy_of(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "Yep, that's what I meant.",
        "That's exactly what I had in mind.",
        "This is a really neat cleanup.",
        "Thanks for doing this work, it's much appreciated.",
        "I like your version.",
        "I gave it a quick spin on a board, works as expected.",
        "I ran the whole series on a board for two days, no problems.",
        "I tested the whole series on a board.",
        "With that addressed, feel free to add my tag.",
        "Sorry for the late reply, I was on vacation.",
        "Will do.",
        "Cc'ing the maintainers.",
        "Hope this helps.",
        "Glad it helped.",
        "I'll apply this once -rc1 is out.",
        "I'll pick this up after the merge window.",
        "This patch has been merged as commit 0123456789ab.",
        "I folded this into the previous patch, thanks.",
        "That clears it up.",
        "That makes it clearer, thank you.",
        "Ok, I'm convinced.",
    ],
)
def test_what_thanks_agrees_or_was_taken_asks_for_nothing(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == []


@pytest.mark.parametrize(
    "said",
    [
        "Patches 1-3 applied, thanks. I'll wait for a respin of the rest.",
        "Ditto.",
        "That's not what I meant.",
        "I'm not convinced.",
        "This is a really nice idea, but racy.",
        "I'll apply this once the test is there.",
        "I'll pick this up after a respin.",
        "I folded this into a helper, do the same in toy.c.",
        "Same here, no lock.",
        "Works for me with small pages; large ones hang.",
        "I tried this on a board and it no longer boots.",
        "Fine with me if the helper gets a better name.",
        "Right, so the comment is stale.",
        "I gave it a spin on a board, hangs.",
        "Like this:",
        "Add my tag to the other one, too.",
    ],
)
def test_what_is_like_it_asks(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == [said]


@pytest.mark.parametrize(
    "said",
    [
        "I'll see if I can find a better word.",
        "Let me send a patch for that later.",
        "It is the merge window, and nothing moves until it is over.",
        "We're in the middle of the merge window and I can not look at toys until v6.2-rc1, sorry.",
    ],
)
def test_what_he_does_himself_asks_for_nothing(said: str) -> None:
    assert courtesy.courtesy_of(said) is not None


@pytest.mark.parametrize(
    "head",
    [
        "From: Ada <ada@example.org>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n",
        "From: Ada <ada@example.org> Sent: Monday, November 2, 2026 10:00 AM\n",
        "Von: Ada <ada@example.org>\nGesendet: Montag, 2. November 2026 10:00\n",
    ],
)
def test_the_rest_of_a_head_above_a_quote_says_who_is_quoted(head: str) -> None:
    lines = quotes.parse(f"{head}\n> +int a;\n\nWhy?\n")
    assert lines[0].part is LineKind.ATTRIBUTION
    assert comments(f"{head}\n> +int a;\n\nWhy?\n") == ["Why?"]


def test_a_line_that_begins_like_a_head_is_his_own() -> None:
    assert comments("From: is missing in the mail.\n\n> +int a;\n\nWhy?\n") == [
        "From: is missing in the mail.",
        "Why?",
    ]


def test_a_sentence_that_goes_on_below_the_next_quote_is_one_point() -> None:
    body = "> +int a;\n\nI ask because ...\n\n> +int b;\n\n... it is never read.\n"
    assert comments(body) == ["I ask because ...\n\n... it is never read."]
    body = "> +int a;\n\nAnd indeed, this:\n\n> +int b;\n\nproves it. Drop one.\n"
    assert comments(body) == ["And indeed, this:\n\nproves it. Drop one."]
    body = "> +int a;\n\nOdd:\n\n> +int b;\n\nStatic?\n"
    assert comments(body) == ["Odd:", "Static?"]


@pytest.mark.parametrize(
    "second",
    ["Missing a lock.", "Nit: trailing space.", "s/toy/toys/", "[Severity: Low]\nIs it freed?"],
)
def test_what_begins_another_point(second: str) -> None:
    assert comments(f"> +int a;\n\nWhy is it short?\n\n{second}\n") == ["Why is it short?", second]


def test_terms_are_no_part_of_a_point() -> None:
    body = "> +int a;\n\nShould be static\nWith that fixed\nReviewed-by: Dora <dora@example.org>\n"
    assert comments(body) == ["Should be static"]
    assert comments("> +int a;\n\nWhy?\n\nWith that fixed, I'll queue it for toys-next.\n") == [
        "Why?"
    ]
    assert len(comments("> +int a;\n\nWith that fixed, I'd still rename it.\n")) == 1


OVERVIEW = "Found 2 possible issues:\n- [High] a leak\n- [Low] a bad name\n\ncommit 0123456\n\n"


def test_a_programs_list_of_its_remarks_is_no_point_where_they_follow() -> None:
    remarks = "> +int a;\n\n[Severity: High]\nIs a freed?\n\n> +int b;\n\n[Severity: Low]\nWhy b?\n"
    read = points.read(quotes.parse(OVERVIEW + remarks), DORA)
    assert [point.comment for point in program_review.without_overview(read).points] == [
        "[Severity: High]\nIs a freed?",
        "[Severity: Low]\nWhy b?",
    ]
    fewer = points.read(quotes.parse(OVERVIEW + "> +int a;\n\nIs a freed?\n"), DORA)
    assert program_review.without_overview(fewer) == fewer


@pytest.mark.parametrize(
    ("comment", "summary"),
    [
        ("[Severity: High]\nIs it freed before it is read?", "Is it freed before it is read?"),
        ("Style:\n\tif (!toy)\n\t\treturn;", "Style: if (!toy)"),
        ("You can write it as:\n\n\tint a;\n", "You can write it as: int a;"),
        ("Why? What is the largest number of toys?", "What is the largest number of toys?"),
        ("Why?", "Why?"),
        ("The tool says that a bracket is missing.\n\nPlease fix and resend.",
         "The tool says that a bracket is missing."),
        ("Please fix this.", "Please fix this."),
        ("Please drop my Reviewed-by here. The test is wrong, it never fails.",
         "The test is wrong, it never fails."),
        ("Please drop my Acked-by.", "Please drop my Acked-by."),
        ("1. Which of them is freed first?", "Which of them is freed first?"),
        ("Why is it, e.g. \"toy\", a short?", "Why is it, e.g. \"toy\", a short?"),
        ("This is nice. It would be good to have a test for it.",
         "It would be good to have a test for it."),
    ],
)  # fmt: skip
def test_a_summary_is_the_point(comment: str, summary: str) -> None:
    assert classify.summary(comment) == summary


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("The pull-up is on CC, so it cannot work.", Kind.CHANGE),
        ("It does not build with $(CC) of gcc 5.", Kind.CHANGE),
        ("Put linux-toys on CC next time.", Kind.PROCESS),
        ("Please Cc the maintainers.", Kind.PROCESS),
        ("CC'ing the list.", Kind.PROCESS),
        ("This ends in list corruption and a panic.", Kind.BUG),
    ],
)
def test_kinds(comment: str, kind: Kind) -> None:
    assert classify.kind(comment) is kind


@pytest.mark.parametrize(
    "said", ["Dead code,\nAda", "Stale comment,\nAda", "Leaks here,\nAda", "--Add"]
)
def test_words_right_below_a_quote_are_no_sign_off(said: str) -> None:
    assert len(comments(f"> +foo();\n\n{said}\n")) == 1


def test_who_can_see_more_offers_no_tag() -> None:
    said = "With this fixed, I can see the lock leak in bar() too."
    assert comments(f"> +foo();\n\n{said}\n") == [said]


@pytest.mark.parametrize(
    "words", ["the series all", "all of it", "I have", "patches 1 and 2", "from my", "to", "and"]
)
@pytest.mark.parametrize("start", ["", "Applied ", "Looks good "])
def test_there_is_one_way_to_read_a_text(words: str, start: str) -> None:
    """Two ways for each of a hundred words, and this does not end."""
    assert courtesy.courtesy_of((start + f"{words} " * 240)[:480] + "x") in (
        None,
        courtesy.Courtesy.TAKEN,
    )


DIFF = "diff --git a/mm/toy.c b/mm/toy.c\n--- a/mm/toy.c\n+++ b/mm/toy.c\n@@ -1,3 +1,3 @@\n"


@pytest.mark.parametrize(
    ("below", "asked"),
    [
        (f"Names say more.\n\n{DIFF}-int a;\n+int toy;\n\n int b;\n", []),
        (f"{DIFF}-int a;\n+int toy;\n\nConvert the others, too.\n", ["Convert the others, too."]),
        ("\nSend a test, too?\n", ["-- >8 --\n\nSend a test, too?"]),
        ("The rest leaks.\n", ["-- >8 --\nThe rest leaks."]),
    ],
)
def test_what_stands_below_a_patch_that_was_taken_is_read(below: str, asked: list[str]) -> None:
    assert comments(f"> Toys.\n\nApplied, thanks.\n\n-- >8 --\n{below}") == asked


@pytest.mark.parametrize(
    "said",
    [
        "I have applied all 3 patches in this set.", "I have applied that to linux-next today.",
        "We queued these for the next cycle.", "I've now applied the lot.",
    ],
)  # fmt: skip
def test_whatever_was_applied_was_taken(said: str) -> None:
    assert courtesy.courtesy_of(said) is Courtesy.TAKEN


@pytest.mark.parametrize(
    "said",
    [
        "I have applied this and the display stays black.", "I applied it on my board.",
        "I applied v2 to next, the sound is gone.", "I applied the same trick elsewhere.",
        "I merged the two loops.", "I applied your suggestion in my series.",
    ],
)  # fmt: skip
def test_who_goes_on_did_not_only_apply_it(said: str) -> None:
    assert comments(f"> +int a;\n\n{said}\n") == [said]
