# SPDX-License-Identifier: GPL-2.0-or-later
"""The screen of ``refseries mutate``; what becomes of mutants is tested in tests/mutate/."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from rich.console import Console
from toy import Toy

from refseries import proc
from refseries.cli import mutate_command
from refseries.model import Target
from refseries.mutate.model import Fate, Mutant, Report, Result

SOURCE = """
int toy_create(int flags)
{
	if (flags)
		return -EINVAL;
	return 0;
}
"""


def test_list_names_what_would_be_tried(toy: Toy, refseries: Callable[..., proc.Completed]) -> None:
    toy.version_of(("Ada <ada@example.org>", "mm: toy\n", {"mm/toy.c": SOURCE.encode()}))
    done = refseries("mutate", "v9", "--list", "--mutant", "*:wrong-errno:*")
    assert done.returncode == 0
    assert done.stdout == ("toy.c:toy_create:wrong-errno:1  mm/toy.c: -EINVAL becomes -EPERM\n")
    listed = json.loads(refseries("mutate", "v9", "--list", "--json", "-").stdout)
    assert {entry["name"].split(":")[1] for entry in listed} == {"toy_create"}


def test_what_cannot_be_tried_is_said(refseries: Callable[..., proc.Completed]) -> None:
    for words, what in (
        (["v7"], "no version `v7`"),
        (["v1"], "gives no mutants"),
        (["base"], "no version `base`"),
        (["v2:small-toy"], "only versions have mutants"),
    ):
        done = refseries("mutate", *words, "--list")
        assert done.returncode == 2
        assert what in done.stderr


def shown(report: Report) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    mutate_command._show(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_survivor_is_shown_with_its_diff_and_the_case_that_should_notice() -> None:
    diff = "--- a/mm/toy.c\n+++ b/mm/toy.c\n@@ -1 +1 @@\n-\ta();\n+\t;\x1b[2J\n"
    text = shown(
        Report(
            Target("v4"),
            (
                Result(Mutant("one", "No a().", diff, "toy.a", written=True), Fate.SURVIVED),
                Result(Mutant("two", "No b().", diff), Fate.CAUGHT, "toy.b"),
                Result(Mutant("three", "No c().", diff), Fate.SURVIVED, why="It does nothing."),
                Result(Mutant("four", "No d().", diff), Fate.NO_BUILD),
                Result(Mutant("five", "No e().", diff, written=True), Fate.NO_APPLY),
            ),
            planned=5,
        )
    )
    assert "one: survives\n  No a().\n  should be caught by toy.a\n" in text
    assert "    +" in text
    assert "\x1b" not in text
    assert "three: survives. It does nothing." in text
    assert "five: does not apply" in text
    assert "5 of 5 mutants tried, 2 of them written by hand; 33.3% of the viable ones" in text
