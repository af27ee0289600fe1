# SPDX-License-Identifier: GPL-2.0-or-later
"""The words and the screen of ``refseries bisect``; the search is tested in tests/bisect/."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import played_series
import pytest
from fake_kernel import BROKEN
from played_series import Played
from toy import Toy

from refseries.cli.commands.bisect import BisectOptions, again
from refseries.host import proc


@pytest.fixture
def made(tmp_path: Path) -> Played:
    return played_series.make(tmp_path)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("toy.one", "v1"), "one end alone is no stretch"),
        (("toy.one", "v1", "v9"), "no version `v9`"),
        (("toy.one", "v1", "nowhere"), "`nowhere` is neither a version"),
        (("figure:a.b.c", "v1", "v2"), "what may a.b.c be at most?"),
        (("toy.one", "v1", "v2", "--at-most", "3"), "is no figure, which alone has a limit"),
        (("figure:a.b.c", "v1", "v2", "--at-most", "3"), "no bench program"),
    ],
)
def test_wrong_words_are_told(
    toy: Toy, refseries: Callable[..., proc.Completed], words: tuple[str, ...], what: str
) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests/config").touch()
    done = refseries("bisect", *words)
    assert done.returncode == 2, done.stderr
    assert what in " ".join(done.stderr.split())


def test_the_version_that_made_a_figure_better(made: Played) -> None:
    words = ("bisect", "figure:read.toy.dense", "v4", "v5", "--at-most", "800", "--json", "out")
    done = made.run(*words)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0] == "figure:read.toy.dense at most 800 (default): above → within at v5"
    assert "      1,000 instructions/page" in lines
    assert "      500 instructions/page" in lines
    assert "Looked at 2 of 2 states: 2 built." in lines
    found = json.loads((made.directory / "out").read_text())
    assert (found["symptom"], found["at_most"]) == ("figure:read.toy.dense", 800)


def test_without_ends_it_is_between_the_newest_versions(made: Played) -> None:
    done = made.run("bisect", "build", "-q")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("build (default): v8 cannot show it\n  v7  pass  (")
    assert "  v8  ?  (kept)\n      does not apply: " in done.stdout


def test_the_commit_that_broke_the_build(made: Played) -> None:
    kernel = made.project.kernel
    kernel.git("checkout", "--quiet", "-b", "side")
    kernel.commit("mm: break it", {"mm/memory.c": BROKEN})
    kernel.git("checkout", "--quiet", "-b", "topic", kernel.base.commit)
    kernel.commit("lib: one", {"lib/one.c": "int one;\n"})
    join = ("-c", "user.name=t", "-c", "user.email=t@example.org", "merge", "-m", "join", "side")
    kernel.git(*join)
    done = made.run("bisect", "build", "base", "topic", "--config", "default")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    merge, base, side = (
        kernel.git("rev-parse", "--short=12", ref).strip()
        for ref in ("topic", kernel.base.commit, "side")
    )
    assert lines[0] == "build (default): pass → fail at topic"
    assert f"{merge} join" in lines
    again = f"refseries bisect build {base} {side} --config default"
    assert f"It is a merge; this looks at what it brought: {again}" in lines


def test_what_to_look_at_next_can_be_typed_as_it_stands() -> None:
    options = BisectOptions(symptom="splat:BUG: sleeping *", config="debug", tree=Path("a b"))
    command = again(options, ("1234", "5678"))
    assert shlex.split(command) == [
        "refseries", "bisect", "splat:BUG: sleeping *", "1234", "5678", "--config", "debug",
        "--tree", "a b",
    ]  # fmt: skip
    figure = BisectOptions(symptom="figure:read.toy.dense", at_most=1200.5)
    assert again(figure, ("1", "2")).endswith("dense 1 2 --at-most 1200.5")
