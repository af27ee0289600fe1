# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of the bundled series: what names them exists, and what they name is there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from refseries.model import Series
from refseries.posting import recipients
from refseries.posting.recipients import RecipientSources
from refseries.review import store as reviews
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.model import COVER, State, Task
from refseries.series import patches, store
from refseries.testing.expectations import Expectations

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def series() -> Series:
    return store.load(ROOT)


@pytest.fixture(scope="module")
def tasks(series: Series) -> dict[str, Task]:
    return {task.id: task for review in reviews.load(series) for task in review.tasks}


def test_the_fifteen_points_on_v3_and_the_report_on_v2_are_here(tasks: dict[str, Task]) -> None:
    points = {
        *(f"v3-jannh-{number}" for number in range(1, 9)),
        *(f"v3-jhubbard-{number}" for number in range(9, 15)),
        "v3-willy-15",
        "v2-robot-1",
    }
    assert points <= set(tasks)


def test_every_id_that_a_fixup_addresses_is_a_task_settled_by_it(
    series: Series, tasks: dict[str, Task]
) -> None:
    for version in series.versions:
        for fixup in version.fixups:
            assert fixup.addresses
            for task_id in fixup.addresses:
                task = tasks[task_id]
                assert (task.settled_in, task.fixup) == (version.name, fixup.task)
    addressed = {
        name for version in series.versions for fixup in version.fixups for name in fixup.addresses
    }
    assert {task.id for task in tasks.values() if task.fixup} == addressed


def test_every_id_in_the_expectations_is_a_task(tasks: dict[str, Task]) -> None:
    expected = Expectations.load(ROOT)
    named = {entry.task for entry in expected.entries if entry.task}
    assert named
    assert named <= set(tasks)


def test_every_anchor_is_at_the_line_that_it_quotes(series: Series, tasks: dict[str, Task]) -> None:
    anchored = [task for task in tasks.values() if task.anchor.line]
    assert anchored
    for task in anchored:
        anchor = task.anchor
        version = store.version(series, task.raised_on)
        if anchor.patch == COVER:
            lines = dict(enumerate(version.cover.read_text().split("\n"), 1))
        else:
            patch = patches.read(version.path / anchor.patch)
            if anchor.file:
                lines = {
                    line.target_line_no: line.value.rstrip("\n")
                    for file in patches.files(patch)
                    if file.path == anchor.file
                    for hunk in file
                    for line in hunk
                    if line.target_line_no
                }
            else:
                lines = dict(enumerate(patch.message.split("\n"), 1))
        assert lines[anchor.line] == anchor.text, task.id


def test_what_is_settled_has_evidence_that_can_be_looked_at(tasks: dict[str, Task]) -> None:
    settled = [task for task in tasks.values() if task.state is State.SETTLED]
    assert settled
    for task in settled:
        assert any(not isinstance(entry, ManualEvidence) for entry in task.evidence), task.id


def test_no_sentence_of_a_mail_is_committed(tasks: dict[str, Task]) -> None:
    assert [task.id for task in tasks.values() if task.comment or task.quote] == []


def test_summaries_fit_on_a_line(tasks: dict[str, Task]) -> None:
    assert max(len(task.summary) for task in tasks.values()) <= 100


def test_every_reviewer_of_an_earlier_version_gets_a_copy_of_v4(series: Series) -> None:
    version = store.version(series, "v4")
    sources = RecipientSources(version, "", (), reviews.load(series))
    names = {person.name for person in recipients.recipients_of(series, sources).joined}
    assert {"Jann Horn", "John Hubbard", "Matthew Wilcox", "kernel test robot"} <= names


def test_the_figures_in_answers_are_those_of_the_measured_v4(
    series: Series, tasks: dict[str, Task]
) -> None:
    measured = tomllib.loads((ROOT / "series/measurements/v4.toml").read_text())["figures"]
    table = tasks["v3-willy-15"].answer
    for memory in ("memset", "refpage"):
        for pattern in ("sparse", "half", "dense"):
            assert f"{measured[f'round.{memory}.{pattern}']['value']:,.0f}" in table
    answer = tasks["v3-jannh-3"].answer
    for name in ("write.memset.dense", "fill_again.memset.dense"):
        assert f" {measured[name]['value']:.0f}" in " ".join(answer.split())
