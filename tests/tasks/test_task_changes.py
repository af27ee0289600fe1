# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person changes about tasks, when it touches several files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from reviews import ADA, BOB
from toy import Toy

from refseries.host.files import write_atomically
from refseries.review import editing, store
from refseries.review.model import Kind, Review, State, Task


def test_a_merge_that_was_killed_half_way_can_be_made_again(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = toy.series()
    # The one that goes stands in the file that comes first.
    for day, person, name in ((21, ADA, "ada"), (22, BOB, "bob")):
        task = Task(f"v1-{name}-1", Kind.BUG, State.OPEN, "They clash", "v1", person)
        when = datetime(2026, 11, day, tzinfo=UTC)
        store.save(series, Review(f"v1-{name}", "v1", person, when, (task,)))
    write, written = write_atomically, list[Path]()

    def killed(path: Path, content: str | bytes) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_atomically", killed)
        with pytest.raises(KeyboardInterrupt):
            editing.merge(series, "v1-bob-1", ["v1-ada-1"])
    kept = editing.merge(series, "v1-bob-1", ["v1-ada-1"])
    assert kept.also == (ADA,)
    _review, gone = store.find(store.load(series), "v1-ada-1")
    assert (gone.state, gone.merged_into) == (State.OBSOLETE, "v1-bob-1")
