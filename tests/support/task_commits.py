# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks on the toy series, by a reviewer who does not exist, and commits that settle them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs
from toy import ADA, Toy

from refseries.model import Identity
from refseries.review import states, store
from refseries.review.model import Kind, Review, State, Task

RITA = Identity("Rita Reader", "rita@example.org")


def review(toy: Toy, version: str, *summaries: str) -> Review:
    """Keep a review of ``version`` with an open task for each summary: ``v2-rita-1``, …"""
    tasks = tuple(
        Task(
            id=f"{version}-rita-{number}",
            kind=Kind.CHANGE,
            state=State.OPEN,
            summary=summary,
            reviewer=RITA,
        )
        for number, summary in enumerate(summaries, 1)
    )
    made = Review(
        name=f"{version}-rita",
        version=version,
        reviewer=RITA,
        date=datetime(2026, 11, 26, tzinfo=UTC),
        tasks=tasks,
    )
    store.save(toy.series(), made)
    return made


def settle(toy: Toy, made: Review, version: str, fixup: str = "") -> None:
    """Have ``version`` settle the tasks of a review."""
    done = (states.settle(task, toy.series(), version, fixup) for task in made.tasks)
    store.save(toy.series(), structs.replace(made, tasks=tuple(done)))


def commit(toy: Toy, worktree: Path, message: str, files: Mapping[str, str | None]) -> str:
    """Commit ``files`` (None removes one) in a work tree; gives the commit's id."""
    for name, text in files.items():
        path = worktree / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    toy.git("add", "--all", at=worktree)
    toy.git(
        "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet",
        "--author", ADA, "--date", "2026-11-27T10:00:00+0200", "-m", message, at=worktree,
    )  # fmt: skip
    return toy.git("rev-parse", "HEAD", at=worktree)
