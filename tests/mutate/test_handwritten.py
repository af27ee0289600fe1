# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from refseries.errors import SeriesError
from refseries.model import Target
from refseries.mutate import handwritten
from refseries.mutate.model import Mutant, MutantFate, MutantResult, MutationReport, Reason

V4 = Target("v4")
DIFF = "--- a/mm/toy.c\n+++ b/mm/toy.c\n@@ -1 +1 @@\n-a\n+b\n"


def write(root: Path, name: str, text: str | bytes) -> Path:
    path = root / handwritten.DIRECTORY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_patch_with_its_sentence_and_keys_is_a_mutant(tmp_path: Path) -> None:
    write(tmp_path, "b.patch", f"No lock.\nVersions: v3 v4\n\n{DIFF}")
    write(tmp_path, "a.patch", f"No page: at all.\nCase: toy.one\nVersions: v*\n\n{DIFF}")
    write(tmp_path, "c.patch", f"Old.\nVersions: v1\n\n{DIFF}")
    with pytest.raises(SeriesError):
        handwritten.load(tmp_path, V4)
    write(tmp_path, "a.patch", f"No page.\nCase: toy.one\nVersions: v*\n\n{DIFF}")
    assert handwritten.load(tmp_path, V4) == [
        Mutant("a", "No page.", DIFF, "toy.one", written=True),
        Mutant("b", "No lock.", DIFF, "", written=True),
    ]
    assert handwritten.load(tmp_path / "elsewhere", V4) == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"No lock.\nVersions: v4\n",
        DIFF.encode(),
        f"No lock.\n\n{DIFF}".encode(),
        f"Versions: v4\n\n{DIFF}".encode(),
        f"No lock.\nVersions: v4\nWhy: so\n\n{DIFF}".encode(),
    ],
)
def test_another_form_is_refused_by_name(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path, "odd.patch", text)
    with pytest.raises(SeriesError) as caught:
        handwritten.load(tmp_path, V4)
    assert caught.value.where == str(path)
    assert caught.value.hint


SURVIVORS = """\
schema = 1
[[survivor]]
mutant = "toy.c:*:no-call:1"
versions = ["v4"]
reason = "equivalent"
why = "It does nothing there."

[[survivor]]
mutant = "toy.c:*:no-call:3"
versions = ["v*"]
configs = ["default"]
reason = "debug"
why = "Only lockdep notices."
"""


def result(name: str, fate: MutantFate) -> MutantResult:
    return MutantResult(Mutant(name, "", DIFF), fate)


def test_a_survivor_is_explained_for_its_version_and_config(tmp_path: Path) -> None:
    assert handwritten.Survivors.load(tmp_path).entries == ()
    write(tmp_path, handwritten.SURVIVORS, SURVIVORS)
    survivors = handwritten.Survivors.load(tmp_path)
    survived = result("toy.c:f:no-call:1", MutantFate.SURVIVED)
    explained = survivors.explain(V4, "debug", survived)
    assert (explained.reason, explained.why) == (Reason.EQUIVALENT, "It does nothing there.")
    assert survivors.explain(Target("v3"), "debug", survived) == survived
    other = result("toy.c:f:no-call:2", MutantFate.SURVIVED)
    assert survivors.explain(V4, "debug", other) == other
    costly = result("toy.c:f:no-call:3", MutantFate.SURVIVED)
    assert survivors.explain(V4, "default", costly).reason is Reason.DEBUG
    assert survivors.explain(V4, "debug", costly) == costly


def test_an_entry_that_names_no_mutant_is_known_by_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, handwritten.SURVIVORS, SURVIVORS)
    survivors = handwritten.Survivors.load(tmp_path)
    first, second = (f"{path}:{line}: survivor[{n}].mutant" for n, line in enumerate((3, 9)))
    assert survivors.stale(V4, ["toy.c:f:no-call:1", "toy.c:f:no-call:3"]) == ()
    assert survivors.stale(V4, ["toy.c:f:no-call:1"]) == (second,)
    assert survivors.stale(V4, []) == (first, second)
    assert survivors.stale(Target("v3"), []) == (second,)  # the first says nothing of v3


@pytest.mark.parametrize(("old", "new"), [("why", "because"), ('"debug"', '"too slow"')])
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, old: str, new: str) -> None:
    path = write(tmp_path, handwritten.SURVIVORS, SURVIVORS.replace(old, new))
    with pytest.raises(SeriesError) as caught:
        handwritten.Survivors.load(tmp_path)
    assert caught.value.where.startswith(f"{path}:")


def report(
    *results: MutantResult, planned: int | None = None, stopped: bool = False
) -> MutationReport:
    return MutationReport(V4, results, len(results) if planned is None else planned, stopped)


def explained(each: MutantResult, reason: Reason = Reason.COST) -> MutantResult:
    return MutantResult(each.mutant, each.fate, reason=reason, why="so")


def test_the_score_counts_the_viable_ones() -> None:
    caught, survived = result("a", MutantFate.CAUGHT), result("b", MutantFate.SURVIVED)
    others = [result(str(f), f) for f in (MutantFate.NO_BUILD, MutantFate.NO_CHANGE)]
    assert report(caught, caught, caught, survived, *others).score == 0.75
    assert report(*others).score is None
    assert report(*others).plain_score is None


def test_only_equivalent_ones_are_not_viable() -> None:
    caught, survived = result("a", MutantFate.CAUGHT), result("b", MutantFate.SURVIVED)
    for reason in Reason:
        whole = report(caught, explained(survived, reason))
        equivalent = reason is Reason.EQUIVALENT
        assert whole.equivalent == equivalent
        assert whole.viable == (1 if equivalent else 2)
        assert whole.score == (1.0 if equivalent else 0.5)
        assert whole.plain_score == 0.5
    # what was caught is not equivalent, whatever was said of it
    wrong = report(explained(caught, Reason.EQUIVALENT))
    assert (wrong.equivalent, wrong.viable, wrong.score) == (0, 1, 1.0)


def test_what_is_as_expected() -> None:
    caught, survived = result("a", MutantFate.CAUGHT), result("b", MutantFate.SURVIVED)
    assert report(caught, explained(survived)).as_expected
    assert not report().as_expected
    assert not report(caught, survived).as_expected
    assert not report(caught, planned=2).as_expected
    assert not report(caught, stopped=True).as_expected
    assert not report(explained(caught)).as_expected
    assert not report(caught, result("c", MutantFate.NO_APPLY)).as_expected
    assert not replace(report(caught), stale=("survivors.toml:3",)).as_expected
