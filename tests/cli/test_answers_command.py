# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback changelog`` and ``reply``: real processes in the toy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import reviews
from msgspec.structs import replace
from toy import Toy

from refseries.host import proc
from refseries.review import store

ROOT = Path(__file__).parents[2]
Refseries = Callable[..., proc.Completed]


@pytest.fixture(autouse=True)
def _one_review(toy: Toy) -> None:
    store.save(toy.series(), reviews.make())


def done(completed: proc.Completed) -> str:
    assert (completed.returncode, completed.stderr) == (0, "")
    return completed.stdout


def test_the_changelog_knows_the_patch_that_a_fixup_changed(refseries: Refseries) -> None:
    text = done(refseries("feedback", "changelog", "v2", "--per-patch"))
    assert text.startswith("Changes in v2:\n\nmm: introduce toys:\n\n- Make the toy small (Ada")
    assert done(refseries("feedback", "changelog", "v2", "--format", "markdown")).startswith(
        "## Changes in v2\n"
    )
    found = json.loads(done(refseries("feedback", "changelog", "v2", "--json", "-")))
    assert found["entries"][0]["patch"] == "0001-mm-introduce-toys.patch"
    assert refseries("feedback", "changelog", "v9").returncode == 2


def test_the_changelog_of_the_bundled_v4_has_all_that_it_settled(refseries: Refseries) -> None:
    found = json.loads(done(refseries("feedback", "changelog", "v4", "--json", "-", cwd=ROOT)))
    settled = [entry for entry in found["entries"] if entry["state"] == "settled"]
    named = {task for entry in settled for task in entry["tasks"]}
    assert {"v3-jannh-5", "v3-jannh-6", "v3-jannh-7", "v3-jannh-8", "v3-jhubbard-13"} <= named
    patches = {entry["patch"][:4] for entry in settled if entry["patch"]}
    assert patches == {"0001", "0002", "0003", "0004"}


def test_no_escape_sequence_of_a_mail_reaches_the_terminal(toy: Toy, refseries: Refseries) -> None:
    review = reviews.make()
    bad = replace(review.tasks[2], answer="\x1b[2J\u202e")
    store.save(toy.series(), replace(review, tasks=(bad,)))
    assert not {"\x1b", "\u202e"} & set(done(refseries("feedback", "changelog", "v2")))


AUTHOR = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Eve Author",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "eve@example.org",
}


def test_replies_go_to_a_mailbox_and_their_gaps_to_standard_error(
    toy: Toy, refseries: Refseries
) -> None:
    done(refseries("base", "--quiet"))
    out = toy.directory / "out.mbox"
    replied = refseries("feedback", "reply", "-o", str(out), "--json", "-", env=AUTHOR)
    assert replied.returncode == 0
    assert "Note: v1-ada-2 is open: its answer is a gap to fill.\n" in replied.stderr
    (found,) = json.loads(replied.stdout)["replies"]
    assert found["tasks"] == ["v1-ada-1", "v1-ada-2", "v1-ada-3"]
    assert found["to"] == ["ada@example.org"]
    text = out.read_text()
    assert text.startswith("From mboxrd@z ")
    assert "\nFrom: Eve Author <eve@example.org>\n" in text
    one = refseries("feedback", "reply", "v1-ada-3", env=AUTHOR)
    assert one.stderr == ""
    assert "\nThey are fun.\n" in one.stdout


def test_nobody_replies_without_a_name(toy: Toy, refseries: Refseries) -> None:
    out = toy.directory / "out.mbox"
    refused = refseries("feedback", "reply", "-o", str(out))
    assert refused.returncode == 3
    assert "git does not know who sends" in refused.stderr
    assert not out.exists()
    both = refseries("feedback", "reply", "--json", "-", env=AUTHOR)
    assert both.returncode == 2
    assert "cannot both go to standard output" in both.stderr


def test_nothing_to_reply_to_leaves_the_mailbox_as_it_is(toy: Toy, refseries: Refseries) -> None:
    ours = replace(reviews.make(), reviewer=toy.series().identity)
    tasks = tuple(replace(task, reviewer=ours.reviewer) for task in ours.tasks)
    store.save(toy.series(), replace(ours, tasks=tasks))
    out = toy.directory / "out.mbox"
    out.write_text("mine\n")
    done = refseries("feedback", "reply", "-o", str(out), env=AUTHOR)
    assert (done.returncode, done.stderr) == (0, "There is nothing to reply to.\n")
    assert out.read_text() == "mine\n"
