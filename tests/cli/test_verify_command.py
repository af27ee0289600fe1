# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import task_commits
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]

REVIEW = """\
schema = 1
version = "v1"
date = 2026-11-21T10:00:00Z

[reviewer]
name = "Rita Reader"
email = "rita@example.org"

[[task]]
id = "v1-rita-1"
kind = "change"
state = "settled"
summary = "Make the toy small."
settled_in = "v2"
fixup = "small-toy"

[[task.evidence]]
kind = "diff"
file = "mm/toy.c"
added = ["^short toy"]
gone = ["^int toy"]

[[task]]
id = "v1-rita-2"
kind = "question"
state = "open"
summary = "Is one toy enough?"

[[task.evidence]]
kind = "text"
where = "message"
added = ["three can play"]

[[task]]
id = "v1-rita-3"
kind = "docs"
state = "settled"
summary = "Tell what a toy is."
settled_in = "v2"

[[task.evidence]]
kind = "manual"
text = "Read it again.\\u001b[31m"

[[task]]
id = "v1-rita-4"
kind = "process"
state = "declined"
summary = "Copy more lists."
answer = "There are none."
"""


@pytest.fixture
def review(toy: Toy) -> str:
    folder = toy.project / "series" / "feedback"
    folder.mkdir()
    (folder / "v1-rita.toml").write_text(REVIEW)
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    return REVIEW


@pytest.mark.usefixtures("review")
def test_settled_tasks_are_shown_with_what_was_seen(refseries: Refseries) -> None:
    done = refseries("feedback", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "v1-rita-1  settled in v2  Make the toy small.\n"
        "  proven    diff     `^short toy` in mm/toy.c: absent on v1, line 1 on v2 (and 1\n"
        "                     more)\n"
        "v1-rita-3  settled in v2  Tell what a toy is.\n"
        "  claimed   manual   Read it again.?[31m\n"
        "\n"
        "2 tasks: 1 proven, 1 claimed\n"
        "Settled, but nothing proves it: v1-rita-3\n"
    )


def test_whoever_has_no_evidence_learns_where_it_stands(toy: Toy, refseries: Refseries) -> None:
    task_commits.review(toy, "v1", "Make the toy small.")
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").touch()
    refseries("feedback", "settle", "v1-rita-1", "--in", "v2")
    lines = refseries("feedback", "verify").stdout.splitlines()
    assert lines[1] == "  no evidence"
    assert lines[-5:] == [
        "Settled, but nothing proves it: v1-rita-1",
        "What proves a task stands in its file of series/feedback/, for example:",
        "    [[task.evidence]]",
        '    kind = "test"',
        '    cases = ["FIXTURE.CASE"]',
    ]
    with_it = refseries("feedback", "verify", "v1-rita-1", "--json", "-").stdout
    assert json.loads(with_it)["tasks"][0]["evidence"] == []


@pytest.mark.usefixtures("review")
def test_all_of_them_include_open_ones_that_have_evidence(refseries: Refseries) -> None:
    done = refseries("feedback", "verify", "--all", "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert (data["schema"], data["series"], data["ok"]) == (1, "toy", True)
    assert [(each["id"], each["verdict"]) for each in data["tasks"]] == [
        ("v1-rita-1", "proven"),
        ("v1-rita-2", "broken"),
        ("v1-rita-3", "claimed"),
    ]
    assert data["tasks"][0]["looked_at"] == "v2"
    assert data["tasks"][0]["evidence"] == [
        {
            "kind": "diff",
            "detail": "mm/toy.c: +`^short toy`, -`^int toy`",
            "verdict": "proven",
            "seen": "`^short toy` in mm/toy.c: absent on v1, line 1 on v2 (and 1 more)",
        }
    ]


def test_broken_evidence_of_a_settled_task_is_exit_1(
    toy: Toy, refseries: Refseries, review: str
) -> None:
    path = toy.project / "series" / "feedback" / "v1-rita.toml"
    path.write_text(review.replace("^short toy", "^long toy"))
    done = refseries("feedback", "verify", "v1-rita-1")
    assert done.returncode == 1
    assert "`^long toy` in mm/toy.c: absent on v1, absent on v2" in done.stdout
    assert "The evidence says otherwise: v1-rita-1" in done.stdout


@pytest.mark.usefixtures("review")
@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("v1-rita-9",), "there is no task `v1-rita-9`"),
        (("v1-rita-1", "--all"), "--all names the tasks already"),
        (("--version", "v7"), "no version `v7`"),
    ],
)
def test_wrong_use_is_named(refseries: Refseries, words: tuple[str, ...], what: str) -> None:
    done = refseries("feedback", "verify", *words)
    assert done.returncode == 2
    assert what in done.stderr
