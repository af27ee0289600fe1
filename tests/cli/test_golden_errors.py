# SPDX-License-Identifier: GPL-2.0-or-later
"""Exit codes and whole texts of errors are as they were; see support/golden.py."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import golden
import pytest
import toy as toys
from toy import Toy
from waiting import SECONDS
from wrong_uses import GROUPS, Wrong

ROOT = str(Path(__file__).parents[2])

# What is being done, and how much of it is.
PROGRESS = re.compile(r"(?!refseries: ).* …( [0-9]+%)?")


def run(toy: Toy, use: Wrong) -> subprocess.CompletedProcess[str]:
    place = str(toy.directory)
    words = [word.replace("TOY", place) for word in shlex.split(use.words)]
    env = {name: value.replace("TOY", place) for name, value in use.env.items()}
    return subprocess.run(
        [*toys.COMMAND, *words], cwd=toy.project,
        env={**os.environ, **toy.environ, **golden.PLAIN, **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip


def told(use: Wrong, done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """What was done, and what somebody who did it would see, but for progress."""
    yield from (f"# {damage.about}" for damage in use.damage)
    named = (f"{name}={value}" for name, value in use.env.items() if not name.startswith("GIT_"))
    yield " ".join(["$", *named, "refseries", use.words])
    lines = (line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    yield from (line for line in lines if not PROGRESS.fullmatch(line))
    yield f"exit {done.returncode}"


def test_there_are_many() -> None:
    assert sum(map(len, GROUPS.values())) >= 60


@pytest.mark.parametrize("group", GROUPS)
def test_errors_are_as_they_were(toy: Toy, toy_template: Toy, tmp_path: Path, group: str) -> None:
    parts: list[str] = []
    for number, use in enumerate(GROUPS[group]):
        place = toys.copy(toy_template, tmp_path / f"{number}") if use.damage else toy
        for damage in use.damage:
            damage.do(place)
        done = run(place, use)
        assert done.returncode in (1, 2, 3), (use.words, done.stdout)
        assert "Traceback" not in done.stderr
        text = "\n".join(told(use, done))
        parts.append(golden.normal(text, {str(place.directory): "{toy}", ROOT: "{refseries}"}))
    golden.hold(f"errors/{group}.txt", "\n\n".join(parts) + "\n")


def test_no_errors_are_left_over() -> None:
    golden.none_is_left_over("errors", (f"{group}.txt" for group in GROUPS))
