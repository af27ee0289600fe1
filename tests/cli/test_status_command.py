# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries status``: real processes in the toy."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import reviews
from msgspec.structs import replace
from toy import Toy

from refseries.host import proc
from refseries.model import Identity, StageOutcome, Target
from refseries.review import states, store
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.model import Review
from refseries.series import apply
from refseries.series import store as versions
from refseries.testing import runs
from refseries.testing.model import STAGES, Run

Refseries = Callable[..., proc.Completed]


def with_evidence(review: Review, pattern: str) -> Review:
    """``review`` with its settled task proven by a line of v2, or not."""
    evidence = (DiffEvidence("mm/toy.c", added=(pattern,)),)
    return replace(review, tasks=(replace(review.tasks[0], evidence=evidence), *review.tasks[1:]))


def test_open_tasks_are_shown_by_reviewer(toy: Toy, refseries: Refseries) -> None:
    assert "task" not in refseries("status").stdout
    review = reviews.make()
    store.save(toy.series(), review)
    done = refseries("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n3 tasks: 1 open, 1 settled, 1 answered\nopen from Ada Löwe: v1-ada-2\n" in done.stdout
    assert json.loads(refseries("status", "--json", "-").stdout)["tasks"] == {
        "open": {"Ada Löwe": ["v1-ada-2"]}, "broken": []
    }  # fmt: skip


def test_what_was_sent_says_when(toy: Toy, refseries: Refseries) -> None:
    assert refseries("status").stdout.splitlines()[2].split() == [
        "version", "patches", "fixups", "default",
    ]  # fmt: skip
    path = toy.project / "series" / "v1" / "version.toml"
    digest = versions.digest(versions.version(toy.series(), "v1"))
    ids = 'message_ids = ["v1-0@example.org", "v1-1@example.org", "v1-2@example.org"]'
    path.write_text(
        f'{path.read_text()}[sent]\nwhen = 2026-11-21T10:00:00Z\n{ids}\ndigest = "{digest}"\n'
    )
    rows = [line.split() for line in refseries("status").stdout.splitlines()]
    assert rows[2] == ["version", "patches", "fixups", "sent", "default"]
    assert rows[3][:3] == ["v1", "2", "2026-11-21"]
    assert rows[4][:3] == ["v2", "2", "2"]
    told = json.loads(refseries("status", "--json", "-").stdout)["versions"]
    assert [version["sent"] for version in told] == ["2026-11-21T10:00:00Z", None]


def test_it_stays_on_one_screen(toy: Toy, refseries: Refseries) -> None:
    plain = replace(reviews.make().tasks[1], also=())
    for person in range(20):
        who = Identity(f"Reviewer Number {person}", f"p{person}@example.org")
        tasks = tuple(
            replace(plain, id=f"v1-p{person}-{number}", reviewer=who) for number in range(20)
        )
        name = f"v1-p{person}"
        store.save(toy.series(), replace(reviews.make(), name=name, reviewer=who, tasks=tasks))
    lines = refseries("status").stdout.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert any(line.endswith("v1-p0-0, v1-p0-1, v1-p0-2 and 17 more") for line in lines)
    assert "and from 12 more: refseries feedback list --open" in lines


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        ("build", StageOutcome.BUILD_FAILED),
        ("boot", StageOutcome.PANIC),
        ("boot", StageOutcome.BOOT_TIMEOUT),
        ("test", StageOutcome.PANIC),
    ],
)
def test_a_version_that_failed_before_its_first_case_says_where(
    toy: Toy, refseries: Refseries, stage: str, outcome: StageOutcome
) -> None:
    stages = dict.fromkeys(STAGES, StageOutcome.PASS) | {stage: outcome}
    behind = STAGES[STAGES.index(stage) + 1 :]
    stages |= dict.fromkeys(behind, StageOutcome.NOT_RUN)
    tree = apply.apply(toy.series(), toy.base(), Target("v1"), toy.cache).tree
    runs.remember(toy.cache, "toy", Run(Target("v1"), "default", "arm64", stages), tree)
    lines = refseries("status").stdout.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.startswith("v1"))
    assert lines[at].split(maxsplit=2)[2].strip() == f"{stage}: {outcome}"
    assert lines[at + 1].strip() == "NOT as expected"


def test_a_settled_task_whose_evidence_says_otherwise_is_loud(
    toy: Toy, refseries: Refseries
) -> None:
    refseries("base", "--quiet")
    store.save(toy.series(), with_evidence(reviews.make(), "^short"))
    assert refseries("status").returncode == 0
    store.save(toy.series(), with_evidence(reviews.make(), "^long"))
    done = refseries("status")
    assert done.returncode == 1
    assert "\ncalled settled, and is not: v1-ada-1\n" in done.stdout
    assert "\nNext: refseries feedback verify v1-ada-1: it is called" in done.stdout
    done = refseries("status", "--json", "-")
    assert done.returncode == 1
    assert json.loads(done.stdout)["tasks"]["broken"] == ["v1-ada-1"]
    # One that is open claims nothing.
    review = with_evidence(reviews.make(), "^long")
    opened = states.reopen(review.tasks[0], "It is as long as before.")
    store.save(toy.series(), replace(review, tasks=(opened, *review.tasks[1:])))
    assert refseries("status").returncode == 0
