# SPDX-License-Identifier: GPL-2.0-or-later
"""What the shell offers on Tab: the real command, asked as bash asks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import reviews
from toy import Toy

from refseries.host import proc
from refseries.review import store

Run = Callable[..., proc.Completed]


@pytest.fixture
def offered(refseries: Run, toy: Toy) -> Callable[..., list[str]]:
    """The words that are offered behind a line of the shell."""
    store.save(toy.series(), reviews.make())
    tests = toy.project / "kernel-tests"
    tests.mkdir()
    (tests / "config").touch()

    def ask(*words: str, cwd: Path | None = None) -> list[str]:
        env = {
            "_REFSERIES_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("refseries", *words)),
            "COMP_CWORD": str(len(words)),
        }
        return refseries(env=env, cwd=cwd).stdout.splitlines()

    return ask


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("apply", ""), ["base", "v1", "v2", "v1:1", "v2:small-toy", "v2:two-toys", "v2:1"]),
        (("apply", "v2:s"), ["v2:small-toy"]),
        (("mutate", ""), ["v1", "v2", "v1:1", "v2:small-toy", "v2:two-toys", "v2:1"]),
        (("export", ""), ["v1", "v2"]),
        (("check", ""), ["v1", "v2"]),
        (("feedback", "start", "--onto", ""), ["v1", "v2"]),
        (("feedback", "settle", "v1-ada-2", "--in", ""), ["v1", "v2"]),
        (("diff", "v1", "b"), ["base"]),
        (("test", "--config", "de"), ["default", "debug"]),
        (("feedback", "show", "v1-ada-2"), ["v1-ada-2"]),
        (("feedback", "list", "--reviewer", ""), ["ada", "bob"]),
        (("check", "--only", "spars"), ["sparse"]),
        (("ini",), ["init"]),
    ],
)
def test_names_of_the_series_are_offered(
    offered: Callable[..., list[str]], toy: Toy, words: tuple[str, ...], wanted: list[str]
) -> None:
    assert offered(*words) == wanted
    if words[0] != "ini":
        assert offered(*words, cwd=toy.tree) in ([], [""])
        # The series that is named counts, wherever one is.
        assert offered("-C", str(toy.project), *words, cwd=toy.tree) == wanted
        assert offered("--series", str(toy.project / "series"), *words, cwd=toy.tree) == wanted
