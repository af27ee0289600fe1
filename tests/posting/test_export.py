# SPDX-License-Identifier: GPL-2.0-or-later
"""What the mails of a version say, by its files and the options."""

from __future__ import annotations

import re
import time

import pytest
import toy as toys
from exported_mails import in_series, make
from task_commits import review, settle
from toy import Toy

from refseries.errors import SeriesError, StageError
from refseries.posting import export as core


def test_the_placeholder_becomes_the_sender_and_nobody_else_does(toy: Toy) -> None:
    in_series(toy, 'email = "toy@example.org"', 'email = "ada@example.org"')
    first, second = make(toy, cover=False).raw
    assert "ada@example.org" not in first.decode()
    assert "\nFrom: Bob Ångström <bob@example.org>\n\n" in second.decode()
    assert second.startswith(b"From: Sam Sender <sam@example.org>\n")


def test_a_hand_written_changelog_is_the_only_one(toy: Toy) -> None:
    in_series(toy, "patches", 'message_id = "1%st@example.org"\npatches', "v1/version.toml")
    link = "- Link to v1: https://lore.kernel.org/r/1%25st@example.org"
    assert make(toy).posting.changes == f"Changes in v2:\n\n{link}\n"
    cover = toy.project / "series/v2/cover.md"
    cover.write_text("# t\n\nText.\n\nChanges in v2:\n\n- smaller\n")
    assert make(toy).posting.changes == f"Changes in v2:\n\n- smaller\n{link}\n"
    cover.write_text("# t\n\nSee 1%st@example.org.\n\nChanges in v2:\n\n- smaller\n")
    made = make(toy)
    assert made.posting.changes == "Changes in v2:\n\n- smaller"
    assert made.raw[0].count(b"Changes in v2:") == 1
    assert dict(made.posting.history) == {"v1": "1%st@example.org"}
    assert make(toy, "v1").posting.changes == ""


def test_a_changelog_of_older_versions_alone_is_added_to(toy: Toy) -> None:
    in_series(toy, "patches", 'message_id = "1st@example.org"\npatches', "v1/version.toml")
    link = "- Link to v1: https://lore.kernel.org/r/1st@example.org"
    cover = toy.project / "series/v2/cover.md"
    cover.write_text("# t\n\nText.\n\nChanges in v1:\n\n- smaller\n")
    assert make(toy).posting.changes == (f"Changes in v2:\n\n{link}\n\nChanges in v1:\n\n- smaller")
    settle(toy, review(toy, "v1", "Make it small."), "v2", "small-toy")
    said = "Changes in v2:\n\n- Make the toy small (Rita Reader)"
    assert make(toy).posting.changes == f"{said}\n{link}\n\nChanges in v1:\n\n- smaller"


def test_links_to_older_postings_stand_together(toy: Toy) -> None:
    in_series(toy, "patches", 'message_id = "1st@example.org"\npatches', "v1/version.toml")
    first = "- Link to v0: https://lore.kernel.org/r/0@example.org"
    link = "- Link to v1: https://lore.kernel.org/r/1st@example.org"
    cover = toy.project / "series/v2/cover.md"
    cover.write_text(f"# t\n\nText.\n\nChanges in v2:\n- smaller [1]\n{first}\n\n[1] x\n")
    assert make(toy).posting.changes == (f"Changes in v2:\n- smaller [1]\n{first}\n{link}\n\n[1] x")


def test_a_series_without_a_change_id_gets_one_that_stays(toy: Toy) -> None:
    derived = core.change_id(toy.series())
    assert derived == core.change_id(toy.series())
    assert derived.startswith("20261120-toy-")
    in_series(toy, "schema = 1", 'schema = 1\nchange_id = "20200101-other-0123456789ab"')
    made = make(toy)
    assert made.posting.change_id == "20200101-other-0123456789ab"
    assert b"\nchange-id: 20200101-other-0123456789ab\n" in made.raw[0]
    assert b"\nX-Change-ID: 20200101-other-0123456789ab\n" in made.raw[0]
    assert made.outgoing[0].message_id.startswith("20261125-other-v2-0-")


def test_the_tree_that_it_is_for_stands_in_each_subject(toy: Toy) -> None:
    in_series(toy, "schema = 1", 'schema = 1\nprefixes = ["toys-next"]')
    made = make(toy, rfc=True)
    assert [mail.partition(b"\nSubject: ")[2].partition(b"] ")[0] for mail in made.raw] == [
        b"[PATCH RFC toys-next v2 0/2",
        b"[PATCH RFC toys-next v2 1/2",
        b"[PATCH RFC toys-next v2 2/2",
    ]


def test_a_range_diff_is_put_into_the_cover_letter(toy: Toy) -> None:
    strict = make(toy, range_diff="v1", creation_factor=60).raw[0].decode()
    assert "1: < -: mm: introduce toys\n-: > 1: mm: introduce toys\n" in strict
    body = make(toy, range_diff="v1").raw[0].decode()
    text = body.split("Range-diff against v1:\n\n")[1]
    # With git range-diff's own creation factor, the two small patches are different ones.
    assert [line for line in text.splitlines() if re.match(r"[\d-]: ", line)] == [
        "1: ! 1: mm: introduce toys",
        "2: = 2: mm: tell what a toy is",
    ]
    assert "\n    -+int toy_create;\n    ++short toy_create;\n" in text


def test_a_range_diff_says_what_would_compare_a_rewritten_patch(toy: Toy) -> None:
    first: toys.Change = (toys.ADA, "mm: first\n", {"mm/first.c": b"int first;\n"})
    last: toys.Change = (toys.ADA, "mm: last\n", {"mm/last.c": b"int last;\n"})
    other = toys.lines(*((n, b"static const char *name_%d;" % n) for n in range(40, 52)))
    for name, body, text in (
        ("v3", "It had no name.", toys.lines((20, b"int key;"))),
        ("v4", "Entirely different words about the thing.", other),
    ):
        between: toys.Change = (toys.ADA, f"mm: toys\n\n{body}\n", {"mm/memory.c": text})
        toy.version_of(first, between, last, name=name)
    for factor in (60, 100, None):
        (said,) = make(toy, "v4", range_diff="v3", creation_factor=factor).posting.unpaired
        assert said == "`mm: toys` is gone and new: --creation-factor=999 compares more."
    assert make(toy, "v4", range_diff="v3", creation_factor=999).posting.unpaired == ()


def test_a_version_that_does_not_apply_is_not_exported(toy: Toy) -> None:
    in_series(toy, " int line_9;", " int other;", "v1/0001-mm-introduce-toys.patch")
    with pytest.raises(StageError, match="does not apply"):
        make(toy, "v1")


@pytest.mark.parametrize("text", ["yesterday", "2026-11-24", "2026-11-24T10:00:00", ""])
def test_a_date_needs_its_offset(text: str) -> None:
    with pytest.raises(SeriesError, match="no time"):
        core.moment(text)


def test_now_is_now() -> None:
    before = int(time.time())
    assert before <= core.moment("now").timestamp() <= time.time()


@pytest.mark.parametrize(
    "text",
    ["a@b.c", "<a@b.c>", "https://lore.kernel.org/r/a@b.c", "https://lore.kernel.org/all/a@b.c/"],
)
def test_an_id_is_taken_as_people_paste_it(text: str) -> None:
    assert core.message_id(text) == "a@b.c"


@pytest.mark.parametrize("text", ["", "a", "a@b c", "a@b\nBcc: x", "<a@b.c> <d@e.f>", "-x"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(SeriesError, match="no message id"):
        core.message_id(text)
