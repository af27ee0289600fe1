# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants of a version in git."""

from __future__ import annotations

from pathlib import Path

import msgspec
import toy as toys

from refseries import git
from refseries.model import Target
from refseries.mutate import commits, kept, run
from refseries.mutate.model import MutantFate, MutantResult, MutationReport
from refseries.testing.judges import Judges
from refseries.testing.lab import Lab


def test_what_is_not_utf8_in_a_file_stays_as_it_is(toy: toys.Toy, tmp_path: Path) -> None:
    old = b"/* L\xf6we */\nint toy(int a)\n{\n\tif (a == 0) /* \xe4 */\n\t\treturn 1;\n"
    old += b"\treturn 0;\n}\n"
    toy.version_of((toys.ADA, "mm: add a toy\n", {"mm/odd.c": old}))
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=2)
    plan = run.plan(lab, Target("v9"))
    assert plan.mutants
    with commits.index(lab.base, plan.applied) as whole:
        for mutant in plan.mutants:
            made = commits.commit(lab.base, plan.applied, mutant, toys.IDENTITY, whole)
            assert made is not None, mutant.diff
            new = git.read_file(made.repo, made.commit, "mm/odd.c")
            assert new != old
            assert new.startswith(b"/* L\xf6we */\n")
            assert b"/* \xe4 */" in new
            assert msgspec.json.encode(mutant.text)
    results = tuple(MutantResult(mutant, MutantFate.CAUGHT) for mutant in plan.mutants)
    report = MutationReport(Target("v9"), results, len(results))
    kept.remember(tmp_path, "toy", "default", plan.applied.tree, report)
    found = kept.latest(tmp_path, "toy", "v9", "default", plan.applied.tree, Judges.load(tmp_path))
    assert found is not None
    assert len(found.results) == len(results)


def test_two_files_of_one_name_give_mutants_of_names_of_their_own(toy: toys.Toy) -> None:
    """A fate is kept by the name: the one's would be taken for the other's."""
    text = b"int toy(int a)\n{\n\tif (a == 0)\n\t\treturn 1;\n\treturn 0;\n}\n"
    files = dict.fromkeys(("mm/toy/core.c", "kernel/core.c", "mm/alone.c"), text)
    toy.version_of((toys.ADA, "mm: add toys\n", {**files}))
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=2)
    names = [mutant.name for mutant in run.plan(lab, Target("v9")).mutants]
    assert len(set(names)) == len(names)
    starts = {name.partition(":")[0] for name in names}
    assert starts == {"mm/toy/core.c", "kernel/core.c", "alone.c"}
