# SPDX-License-Identifier: GPL-2.0-or-later
"""Which version a mail is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_mails import NORA, letter, read
from toy import Toy

from refseries.review.reading import version_lines
from refseries.review.reading.quotes import parse
from refseries.review.reading.version_of import (
    Subject,
    Versions,
    fits,
    is_patch,
    parents,
    patch_of,
    subject,
)
from refseries.series import store


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[PATCH v3 2/4] mm: x", Subject(3, 2, 4, "mm: x", False, True)),
        ("Re: [PATCH v3 02/14] mm: x", Subject(3, 2, 14, "mm: x", True, True)),
        ("RE: AW: [toys] [RFC PATCH v2] mm: x", Subject(2, -1, 0, "mm: x", True, True)),
        ("[PATCH] mm: x", Subject(0, -1, 0, "mm: x", False, True)),
        ("Re: [PATCHv4,net-next, 0/3] mm:\tx", Subject(4, 0, 3, "mm: x", True, True)),
        ("Re[2]: [PATCH RESEND v2 1/1] mm: x", Subject(2, 1, 1, "mm: x", True, True)),
        ("[toys] mm: x [PATCH v3]", Subject(0, -1, 0, "mm: x [PATCH v3]", False, False)),
        ("", Subject(0, -1, 0, "", False, False)),
    ],
)
def test_subjects(text: str, wanted: Subject) -> None:
    assert subject(text) == wanted


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=60), st.text("[]PATCHvRe:/ 123", max_size=60)))
def test_any_subject_is_taken_apart(text: str) -> None:
    assert subject(text).version >= 0


def test_titles_may_differ_a_little() -> None:
    assert fits("mm: Introduce toys.", ["mm: introduce toys"])
    assert fits("mm: introduce  toy", ["mm: introduce toys"])
    assert not fits("mm: remove all toys", ["mm: introduce toys"])
    assert not fits("", [""])


def test_the_patch_that_a_subject_names(toy: Toy) -> None:
    known = version_lines.places_of(store.version(toy.series(), "v2"))
    first, second = known.subjects
    assert patch_of(subject("[PATCH v2 0/2] toys"), known) == "cover"
    assert patch_of(subject("[PATCH v2 2/2] mm: renamed"), known) == second
    assert patch_of(subject("[PATCH v2 2/2] mm: introduce toys"), known) == first
    assert patch_of(subject("[PATCH v2 2/3] mm: renamed"), known) == ""
    assert patch_of(subject("[PATCH v2 9/2] mm: renamed"), known) == ""
    assert patch_of(subject("about toys"), known) == ""


@pytest.fixture
def posted(toy: Toy) -> Versions:
    """The toy's versions; v2 was posted as v2@example.org."""
    path = toy.project / "series/v2/version.toml"
    path.write_text('message_id = "v2@example.org"\n' + path.read_text())
    return Versions(toy.series(), ())


def named(versions: Versions, text: str, *answered: str) -> str:
    found = versions.of(subject(text), answered)
    return found if isinstance(found, str) else found.name


def test_by_subject(posted: Versions) -> None:
    assert named(posted, "Re: [PATCH v1 1/2] mm: introduce toys") == "v1"
    assert named(posted, "Re: [PATCH 2/2] mm: tell what a toy is") == "v1"
    assert named(posted, "Re: [PATCH v2 0/2] v2") == "v2"
    # Before what it answers: a v2 is often posted below v1.
    assert named(posted, "Re: [PATCH v1 1/2] mm: introduce toys", "v2@example.org") == "v1"


def test_by_what_it_answers(posted: Versions) -> None:
    posted.survey(read(letter(message_id="a@example.org", in_reply_to="<v2@example.org>",
                              subject="Re: toys")))  # fmt: skip
    posted.survey(read(letter(message_id="b@example.org", references="<a@example.org>",
                              subject="Was: toys")))  # fmt: skip
    assert named(posted, "toys", "v2@example.org") == "v2"
    assert named(posted, "something else", "b@example.org") == "v2"
    assert named(posted, "Re: [PATCH 1/2] mm: introduce toys", "b@example.org") == "v2"


def test_what_belongs_to_no_version(posted: Versions) -> None:
    assert "does not have" in named(posted, "Re: [PATCH v7 1/2] mm: introduce toys")
    assert "does not have" in named(posted, "Re: [PATCH v7 1/2] x", "v2@example.org")
    assert "neither" in named(posted, "Re: [PATCH v2] net: introduce queues")
    assert "neither" in named(posted, "lunch", "nobody@example.org")


def test_a_loop_of_answers_ends(posted: Versions) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        posted.survey(
            read(letter(message_id=f"{one}@x", in_reply_to=f"<{other}@x>", subject="loop"))
        )
    assert "neither" in named(posted, "loop", "a@x")
    assert parents(read(letter(message_id="a@x", in_reply_to="<a@x>"))) == ()


def test_who_posted_a_version_is_its_author(posted: Versions) -> None:
    body = "On Monday, Carl Poster <carl@example.org> wrote:\n> +int toy;\n\nWhy?\n"
    posted.survey(read(letter(body, in_reply_to="<v2@example.org>")))
    patch = "Toys.\n---\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-a\n+b\n"
    posted.survey(read(letter(patch, subject="[PATCH v2 1/2] mm: introduce toys", author=NORA)))
    other = letter(patch, subject="[PATCH v2] net: queues", message_id="n@example.org")
    posted.survey(read(other))
    assert {"carl@example.org", "nora@example.org"} <= posted.authors
    assert "rita@example.org" not in posted.authors


def test_patches_are_told_from_reviews(toy: Toy) -> None:
    patch = next((toy.project / "series/v2").glob("0001*")).read_text().partition("\n\n")[2]
    quoted = "On Monday, Ada wrote:\n> +int a;\n\nWhy?\n"

    def told(text: str, body: str, message_id: str = "a@example.org") -> bool:
        mail = read(letter(body, subject=text, message_id=message_id))
        return is_patch(mail, subject(text), parse(body))

    assert told("[PATCH v2 1/2] mm: introduce toys", patch)
    assert told("[PATCH v2 1/2] mm: introduce toys", patch, "")
    assert told("[PATCH v2 0/2] toys", "Toys are nice.\n")
    assert not told("[PATCH v2 1/2] mm: introduce toys", quoted, "")
    assert not told("[PATCH v2 1/2] mm: introduce toys", "> +int a;\n\nWhy?\n")
    assert not told("Re: [PATCH v2 1/2] mm: introduce toys", patch)
    assert not told("toys", patch)
    assert Path(toy.project).exists()
