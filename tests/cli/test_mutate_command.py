# SPDX-License-Identifier: GPL-2.0-or-later
"""The screen of ``refseries mutate``; what becomes of mutants is tested in tests/mutate/."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

from rich.console import Console
from toy import Toy

from refseries.cli.commands import mutate
from refseries.host import proc
from refseries.model import Target
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport, Reason

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


def test_a_config_that_is_not_there_is_said_first(
    toy: Toy, refseries: Callable[..., proc.Completed]
) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests/config").touch()
    done = refseries("mutate", "v2", "--config", "odd", "--tree", "/nowhere")
    assert done.returncode == 2
    assert "there is no config `odd`" in done.stderr


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


def shown(report: MutationReport) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False, markup=False)
    mutate._show(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


DIFF = "--- a/mm/toy.c\n+++ b/mm/toy.c\n@@ -1 +1 @@\n-\ta();\n+\t;\x1b[2J\n"
REPORT = MutationReport(
    Target("v4"),
    (
        MutantResult(Mutant("one", "No a().", DIFF, "toy.a", written=True), MutantFate.SURVIVED),
        MutantResult(Mutant("two", "No b().", DIFF), MutantFate.CAUGHT, "toy.b"),
        MutantResult(
            Mutant("three", "No c().", DIFF),
            MutantFate.SURVIVED,
            reason=Reason.COST,
            why="It is slow.",
        ),
        MutantResult(Mutant("four", "No d().", DIFF), MutantFate.NO_BUILD),
        MutantResult(Mutant("five", "No e().", DIFF, written=True), MutantFate.NO_APPLY),
        MutantResult(
            Mutant("six", "f() twice.", DIFF),
            MutantFate.SURVIVED,
            reason=Reason.EQUIVALENT,
            why="It does nothing.",
        ),
    ),
    planned=6,
    stale=("survivors.toml:9: survivor[1].mutant",),
)


def test_a_survivor_is_shown_with_its_diff_and_the_case_that_should_notice() -> None:
    text = shown(REPORT)
    assert "one: survives\n  No a().\n  should be caught by toy.a\n" in text
    assert "    +" in text
    assert "\x1b" not in text
    assert "three: survives (cost). It is slow." in text
    assert "six: survives (equivalent). It does nothing." in text
    assert "five: does not apply" in text
    assert "survivors.toml:9: survivor[1].mutant: v4 has no such mutant" in text


def test_what_a_version_holds_does_nothing_to_the_terminal() -> None:
    odd = "a\x1b[2Jb"
    results = (
        MutantResult(Mutant(odd, odd, DIFF, odd, written=True), MutantFate.SURVIVED),
        MutantResult(Mutant(odd, odd, DIFF), MutantFate.NO_APPLY),
        MutantResult(
            Mutant(odd, odd, DIFF), MutantFate.SURVIVED, reason=Reason.EQUIVALENT, why=odd
        ),
    )
    text = shown(MutationReport(Target("v4"), results, planned=3, stale=(odd,)))
    assert "\x1b" not in text
    assert text.count("a?[2Jb") == 7


def test_the_score_leaves_out_what_is_equivalent_and_says_what_it_is_otherwise() -> None:
    text = shown(REPORT)
    assert re.search(r"^ *1  caught *\n2  survived *\n1  survived, and equivalent *$", text, re.M)
    assert "v4: 6 of 6 mutants tried, 2 of them written by hand.\n" in text
    assert "Caught: 1 of 3 viable ones, 33.3%; with the equivalent ones 1 of 4, 25.0%." in text
    assert shown(MutationReport(Target("v4"), REPORT.results[3:5], planned=2)).endswith(
        "No score.\n"
    )


def test_a_program_reads_the_same() -> None:
    read = mutate._as_json(REPORT)
    assert (read["viable"], read["score"], read["plain_score"]) == (3, 1 / 3, 1 / 4)
    assert read["counts"] == {
        "caught": 1,
        "survived": 3,
        "equivalent": 1,
        "no-build": 1,
        "no-change": 0,
        "no-apply": 1,
    }
    assert read["stale"] == REPORT.stale
    mutants = read["mutants"]
    assert isinstance(mutants, list)
    assert [m["reason"] for m in mutants] == [None, None, "cost", None, None, "equivalent"]
