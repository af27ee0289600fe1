# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails about the bundled series made into reviews."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from refseries.review import import_mail, store
from refseries.review.imported import Why
from refseries.review.reading.anchor import Certainty
from refseries.series import store as series_store

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parents[1] / "data" / "mail"


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    """The project's own series, without the reviews of it."""
    shutil.copytree(ROOT / "series", tmp_path / "series")
    shutil.rmtree(tmp_path / "series" / "feedback")
    return tmp_path


def test_a_review_of_the_bundled_series(bundled: Path) -> None:
    series = series_store.load(bundled)
    found = import_mail.run(series, [DATA / "review-of-v3.txt"])
    (review,) = store.load(series)
    assert [task.id for task in review.tasks] == [f"v3-rita-{n}" for n in range(1, 9)]
    assert [str(task.kind) for task in review.tasks] == [
        "question", "question", "question", "change", "bug", "question", "change", "change",
    ]  # fmt: skip
    assert found.certainties["v3-rita-7"] is Certainty.LINE
    assert found.left_out == []
    assert import_mail.run(series, [DATA / "review-of-v3.txt"]).new == []


def test_a_review_that_was_written_down_by_hand_is_known(bundled: Path) -> None:
    """As the bundled ones are: from an archive's page, so without a message id."""
    series = series_store.load(bundled)
    import_mail.run(series, [DATA / "review-of-v3.txt"])
    (review,) = store.load(series)
    by_hand = tuple(replace(task, comment="", quote="") for task in review.tasks)
    store.save(series, replace(review, tasks=by_hand, subject=""))
    again = import_mail.run(series, [DATA / "review-of-v3.txt"])
    assert [one.why for one in again.left_out] == [Why.KNOWN]
