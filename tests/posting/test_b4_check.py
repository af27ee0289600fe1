# SPDX-License-Identifier: GPL-2.0-or-later
"""Our answers, asked for and read by b4's own code."""

from __future__ import annotations

import shlex
import sys
from email import message_from_bytes, policy
from pathlib import Path

import posted_series
import pytest
import toy as toys
from b4.review import checks

from refseries.model import StageOutcome, Target
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.model import STAGES, CaseResult, Outcome, Run

CHANGE_ID = "20261110-toys-0123456789ab"
PASSED = dict.fromkeys(STAGES, StageOutcome.PASS)
REVIEW = """\
schema = 1
version = "v1"
reviewer = { name = "Rev Iewer", email = "rev@example.org" }
date = 2026-11-21T10:00:00Z
message_id = "r1@example.org"

[[task]]
id = "v1-rev-1"
kind = "change"
state = "open"
summary = "a toy needs a name"

[[task]]
id = "v1-rev-2"
kind = "change"
state = "settled"
settled_in = "v2"
summary = "the toy is too large"

[[task.evidence]]
kind = "diff"
file = "mm/toy.c"
added = ["^short toy_create;$"]
"""


@pytest.fixture
def b4(toy: toys.Toy, monkeypatch: pytest.MonkeyPatch) -> toys.Toy:
    """The toy, with a change-id, and what b4 needs to find our command."""
    toml = toy.project / "series/series.toml"
    text = toml.read_text().replace("[identity]", f'change_id = "{CHANGE_ID}"\n\n[identity]', 1)
    toml.write_text(text)
    monkeypatch.setenv("REFSERIES_TREE", str(toy.tree))
    monkeypatch.setenv("REFSERIES_CACHE", str(toy.cache))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return toy


def ask(toy: toys.Toy, mail: bytes, project: Path | None = None) -> dict[str, dict[str, str]]:
    code = "from refseries.cli import main; main()"
    words = [sys.executable, "-c", code, "-C", str(project or toy.project), "b4-check"]
    message = message_from_bytes(mail, policy=policy.default)
    found = checks.run_series_checks(("id", message), [shlex.join(words)], str(toy.tree))
    return {result["tool"]: result for result in found}


def cover(toy: toys.Toy, number: int = 2, tail: str = f"change-id: {CHANGE_ID}") -> bytes:
    return posted_series.patches(
        toy, *toys.V2, number=number, cover=posted_series.COVER, tail=tail
    )[0]


def remember(toy: toys.Toy, *outcomes: Outcome, expected: bool = True) -> None:
    tree = apply.apply(toy.series(), toy.base(), Target("v2"), toy.cache).tree
    cases = tuple(CaseResult(f"toy.case_{at}", o) for at, o in enumerate(outcomes))
    run = Run(Target("v2"), "default", "arm64", PASSED, results=cases, as_expected=expected)
    runs.remember(toy.cache, "toy", run, tree)


def test_a_version_that_was_not_tested(b4: toys.Toy) -> None:
    found = ask(b4, cover(b4))
    assert found["refseries"]["status"] == "pass"
    assert found["refseries"]["summary"] == "v2 of toy: mm: introduce toys"
    assert (found["refseries-default"]["status"], found["refseries-default"]["summary"]) == (
        "warn",
        "not tested",
    )
    assert found["refseries-default"]["details"] == "refseries test v2 --config default"


def test_results_as_they_are(b4: toys.Toy) -> None:
    remember(b4, Outcome.PASS, Outcome.SKIP)
    found = ask(b4, cover(b4))["refseries-default"]
    assert (found["status"], found["summary"]) == ("pass", "1 pass, 1 skip")
    remember(b4, Outcome.PASS, Outcome.XFAIL)
    assert ask(b4, cover(b4))["refseries-default"]["status"] == "warn"
    remember(b4, Outcome.PASS, Outcome.CRASH, expected=False)
    found = ask(b4, cover(b4))["refseries-default"]
    assert (found["status"], found["details"].split("\n")[0]) == ("fail", "toy.case_1: crash")


def test_results_of_other_patches_do_not_count(b4: toys.Toy) -> None:
    remember(b4, Outcome.PASS)
    patch = b4.project / "series/v2" / b4.series().versions[1].patches[0].name
    patch.write_bytes(patch.read_bytes().replace(b"short toy_create", b"char toy_create"))
    assert ask(b4, cover(b4))["refseries-default"]["summary"] == "tested with older patches only"


def test_a_version_that_does_not_apply(b4: toys.Toy) -> None:
    patch = b4.series().versions[1].patches[0]
    patch.write_bytes(patch.read_bytes().replace(b" int line_9;", b" int nothing;"))
    assert ask(b4, cover(b4))["refseries-apply"]["status"] == "fail"


def test_points_of_reviews(b4: toys.Toy) -> None:
    feedback = b4.project / "series/feedback"
    feedback.mkdir()
    (feedback / "v1-rev.toml").write_text(REVIEW)
    found = ask(b4, cover(b4))
    tasks, proofs = found["refseries-tasks"], found["refseries-verify"]
    assert (tasks["status"], tasks["details"]) == ("warn", "v1-rev-1: a toy needs a name")
    assert tasks["summary"] == "1 of 2 points of earlier reviews is open"
    assert (proofs["status"], proofs["summary"]) == ("pass", "1 of 1 settled points are proven")
    (feedback / "v1-rev.toml").write_text(REVIEW.replace("^short", "^char"))
    assert ask(b4, cover(b4))["refseries-verify"]["status"] == "fail"


def test_which_version_a_mail_posts(b4: toys.Toy) -> None:
    other = ask(b4, cover(b4, tail="change-id: 20200101-other-000000000000"))
    assert (other["refseries"]["status"], len(other)) == ("warn", 1)
    (b4.project / "series/v2/cover.md").write_text("# mm: introduce toys\n")
    assert ask(b4, cover(b4, tail=""))["refseries"]["status"] == "pass"  # by number and title
    assert ask(b4, cover(b4, number=7))["refseries"]["status"] == "warn"
    first = b4.project / "series/v1/version.toml"
    first.write_text(first.read_text() + 'message_id = "v9-0@example.org"\n')
    by_id = ask(b4, cover(b4, number=9, tail=""))["refseries"]
    assert by_id["summary"].startswith("v1 of toy")


def test_what_goes_wrong_is_a_failed_check(b4: toys.Toy, tmp_path: Path) -> None:
    (found,) = ask(b4, cover(b4), project=tmp_path).values()
    assert found["status"] == "fail"
    assert "there is no series here" in found["details"]
