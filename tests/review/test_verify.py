# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks proven from results, made where they are missing: real git and make, played guests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from fake_kernel import ARM64_FRAGMENT, BROKEN
from msgspec import structs
from played_project import BAD, GOOD, Project
from played_series import CONFIGS
from sample_measurements import measurement

from refseries.bench import measurements
from refseries.errors import SeriesError
from refseries.model import Identity, Target
from refseries.review.evidence.build import BuildEvidence
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.check import CheckEvidence
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Verdict
from refseries.review.evidence.kinds import AnyEvidence
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.evidence.measure import MeasureEvidence
from refseries.review.evidence.produce import missing, needs
from refseries.review.evidence.text import TextEvidence
from refseries.review.model import Kind, State, Task
from refseries.review.verify import Complaint, Verified, look, verify
from refseries.testing import matrix
from refseries.testing.lab import Lab

REVIEWER = Identity("Rita Reader", "rita@example.org")
MENDED = "int handle_fault(int address)\n{\n\treturn address;\n}\n"
CASE = CaseEvidence(("toy.two",))


def task(
    *evidence: AnyEvidence, settled_in: str = "v2", raised_on: str = "v1", number: int = 1
) -> Task:
    return Task(
        id=f"{raised_on}-rita-{number}",
        kind=Kind.BUG,
        state=State.SETTLED if settled_in else State.OPEN,
        summary="Fix the fault.",
        reviewer=REVIEWER,
        settled_in=settled_in,
        evidence=evidence,
    )


def facts(lab: Lab) -> Facts:
    return Facts(lab.series, lab.base, lab.cache)


def run(project: Project, *tasks: Task, at: str | None = None) -> tuple[tuple[Verified, ...], int]:
    """The verdicts, and how many runs they took."""
    finished: list[matrix.Event] = []
    config = project.kernel.config()
    also = project.kernel.compile_only()

    def tell(event: matrix.Event) -> None:
        if event.run is not None:
            finished.append(event)

    lab = project.request().lab
    done = verify(lab, tasks, at, {config.name: config, also.name: also}, tell)
    return done, len(finished)


def test_what_is_missing_is_run_once(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"guest.sh": GOOD, "lib/string.c": "int string;\n"})
    (found,), runs = run(project, task(CASE))
    assert runs == 2
    assert found.verdict is Verdict.PROVEN
    assert found.proofs[0].seen == "toy.two: fail on v1, pass on v2"
    assert found.complaint is None
    (again,), runs = run(project, task(CASE))
    assert runs == 0
    assert again == found


def test_results_of_other_selftests_are_made_again(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n"})
    run(project, task(CASE))
    source = project.directory / "kernel-tests" / "toy_test.c"
    source.write_text(source.read_text() + "/* one more case */\n")
    _found, runs = run(project, task(CASE))
    assert runs == 2


def test_a_changed_version_is_tested_again(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n"})
    run(project, task(CASE))
    (patch,) = project.versions[1].patches
    patch.write_text(patch.read_text().replace("+int string;", "+int strings;"))
    _found, runs = run(project, task(CASE))
    assert runs == 1


def test_a_settled_task_whose_case_fails_is_broken(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"guest.sh": BAD, "lib/string.c": "int string;\n"})
    (settled, still_open), _runs = run(project, task(CASE), task(CASE, settled_in="", number=2))
    assert (settled.complaint, settled.fails) == (Complaint.BROKEN, True)
    assert settled.proofs[0].seen == "toy.two: fail on v1, fail on v2"
    assert still_open.verdict is Verdict.BROKEN
    assert still_open.complaint is None


def test_a_build_is_enough_for_a_build(project: Project) -> None:
    project.add({"mm/memory.c": BROKEN})
    project.add({"mm/memory.c": MENDED})
    (found,), runs = run(project, task(BuildEvidence("x86_64-only")))
    assert found.proofs[0].seen == "x86_64-only: build-failed on v1, builds on v2"
    assert (found.verdict, runs) == (Verdict.PROVEN, 2)


def test_a_build_and_a_case_of_one_config_share_their_runs(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n"})
    (found,), runs = run(project, task(CASE, BuildEvidence("default")))
    assert runs == 2
    assert [proof.verdict for proof in found.proofs] == [Verdict.PROVEN, Verdict.BROKEN]


def test_a_version_that_does_not_build_is_not_built_for_ever(project: Project) -> None:
    project.add({"mm/memory.c": BROKEN})
    project.add({"mm/memory.c": MENDED})
    (found,), runs = run(project, task(CASE))
    assert found.complaint is Complaint.UNTESTED
    assert found.proofs[0].seen == "build-failed on v1 in default: no case ran"
    assert runs == 2
    assert run(project, task(CASE))[1] == 0


def test_a_version_that_does_not_apply_leaves_it_untested(project: Project) -> None:
    project.add({"mm/memory.c": "int other;\n"})
    project.add({"lib/string.c": "int string;\n"})
    (patch,) = project.versions[0].patches
    patch.write_text(patch.read_text().replace("-int", "-long", 1).replace(" int", " long"))
    (found,), runs = run(project, task(CASE, DiffEvidence("mm/memory.c", added=("return",))))
    assert runs == 1
    assert {proof.verdict for proof in found.proofs} == {Verdict.UNTESTED}
    assert "does not apply" in found.proofs[0].seen


def test_evidence_names_configs_that_are_there_and_can_run_it(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n"})
    with pytest.raises(SeriesError, match=r"v1-rita-1: there is no config `odd`"):
        run(project, task(CaseEvidence(("toy.two",), "odd")))
    with pytest.raises(SeriesError, match="for compiling only"):
        run(project, task(CaseEvidence(("toy.two",), "x86_64-only")))
    with pytest.raises(SeriesError, match="no version `v9`"):
        run(project, task(CASE), at="v9")


def test_another_version_can_be_asked_about(project: Project) -> None:
    project.add({"guest.sh": BAD})
    project.add({"lib/string.c": "int string;\n"})
    project.add({"guest.sh": BAD, "lib/string.c": "int string;\n"})
    (then,), _runs = run(project, task(CASE))
    (now,), _runs = run(project, task(CASE), at="v3")
    assert then.verdict is Verdict.PROVEN
    assert now.proofs[0].seen == "toy.two: fail on v1, fail on v3"


@pytest.fixture
def lab(toy: toys.Toy) -> Lab:
    return Lab(toy.series(), toy.base(), toy.cache, jobs=1)


def test_files_are_looked_at_as_the_version_leaves_them(lab: Lab) -> None:
    good = DiffEvidence("mm/toy.c", added=("^short toy",), gone=("^int toy",))
    # The line is in both versions, moved or not by a patch: nothing was added.
    same = DiffEvidence("mm/memory.c", added=("int line_11;",))
    (found,) = look(facts(lab), [task(good, same)])
    assert [proof.verdict for proof in found.proofs] == [Verdict.PROVEN, Verdict.BROKEN]
    assert found.proofs[0].seen == (
        "`^short toy` in mm/toy.c: absent on v1, line 1 on v2 (and 1 more)"
    )


def test_texts_are_those_of_cover_messages_and_documentation(toy: toys.Toy, lab: Lab) -> None:
    (toy.project / "series/v2/cover.md").write_text("# v2\n\nNot with\nuserfaultfd.\n")
    (found,) = look(
        facts(lab),
        [
            task(
                TextEvidence("cover", added=("Not with userfaultfd",)),
                TextEvidence("message", added=("two can play",), gone=("one can play",)),
                TextEvidence("Documentation/mm/toy.rst", added=("Toys",)),
            )
        ],
    )
    verdicts = [proof.verdict for proof in found.proofs]
    assert verdicts == [Verdict.PROVEN, Verdict.PROVEN, Verdict.BROKEN]


def test_figures_count_for_the_patches_they_were_measured_on(lab: Lab) -> None:
    wanted = [task(MeasureEvidence("read.toy.dense", 1.02))]
    for version, value in (("v1", 1000.0), ("v2", 500.0)):
        tree = facts(lab).applied(version).tree
        kept = measurement(version, read_toy_dense=value)
        origin = structs.replace(kept.origin, tree=tree)
        measurements.save(lab.series, replace(kept, origin=origin))
    (found,) = look(facts(lab), wanted)
    assert [proof.verdict for proof in found.proofs] == [Verdict.PROVEN]
    measurements.save(lab.series, measurement("v2", read_toy_dense=500.0))
    (found,) = look(facts(lab), wanted)
    assert [proof.verdict for proof in found.proofs] == [Verdict.UNTESTED]


@pytest.mark.parametrize("what", ["toy_test.c", "config"])
def test_what_rests_on_other_tests_or_options_proves_nothing(project: Project, what: str) -> None:
    """A config that was changed behind its runs left tasks proven, and verify ran nothing anew."""
    tests = project.directory / "kernel-tests"
    (tests / "configs.toml").write_text(CONFIGS)
    (tests / "config").write_text(ARM64_FRAGMENT)
    (tests / "mm.config").write_text("CONFIG_SHMEM=y\n")
    project.add({"guest.sh": BAD})
    project.add({"guest.sh": GOOD + "# v2\n"})
    wanted = task(CASE)
    assert run(project, wanted)[1] == 2
    assert run(project, wanted)[1] == 0
    with (tests / what).open("a") as stream:
        stream.write("\n")
    (found,) = look(facts(project.request().lab), [wanted])
    assert found.complaint is Complaint.UNTESTED
    assert found.proofs[0].seen == "v1 as it stands has not been tested in default"
    (found,), runs = run(project, wanted)
    assert (found.complaint, runs) == (None, 2)


def test_looking_runs_nothing_and_says_what_is_missing(lab: Lab) -> None:
    wanted = [task(CASE, BuildEvidence("sparse"))]
    (found,) = look(facts(lab), wanted)
    assert found.complaint is Complaint.UNTESTED
    assert found.proofs[0].seen == "v1 as it stands has not been tested in default"
    works = missing(facts(lab), needs(facts(lab), wanted, None), {"default": "any.cpio"})
    both = (Target("v1"), Target("v2"))
    assert [(w.config, w.targets, w.boot) for w in works] == [
        ("default", both, True),
        ("sparse", both, False),
    ]
    assert not list(lab.cache.glob("toy/runs/*"))


def test_there_may_be_nothing_to_look_at_yet(lab: Lab) -> None:
    newest = task(CASE, settled_in="", raised_on="v2")
    unknown = task(CASE, settled_in="v2", raised_on="v0")
    found = look(facts(lab), [newest, unknown])
    assert [each.proofs[0].seen for each in found] == [
        "there is no version after v2 to look at",
        "v0 is not in the series",
    ]
    assert needs(facts(lab), [newest, unknown], None) == ()


def test_a_settled_task_with_nothing_but_words_is_unproven(lab: Lab) -> None:
    said, silent, wanted = look(
        facts(lab),
        [
            task(ManualEvidence("Tried it.")),
            task(),
            task(ManualEvidence("Will try it."), settled_in=""),
        ],
    )
    assert (said.verdict, said.complaint) == (Verdict.CLAIMED, Complaint.UNPROVEN)
    assert (silent.verdict, silent.complaint) == (None, Complaint.UNPROVEN)
    assert wanted.complaint is None
    assert not said.fails


def test_a_wrong_pattern_names_its_task(lab: Lab) -> None:
    with pytest.raises(SeriesError, match=r"^v1-rita-1: `\(` is not a regular expression"):
        look(facts(lab), [task(DiffEvidence("mm/toy.c", added=("(",)))])


def test_results_of_other_patches_do_not_count(lab: Lab, tmp_path: Path) -> None:
    assert facts(lab).latest("v1", "default") is None
    assert facts(lab).lines("v1", "mm/none.c") == ()


def test_a_check_that_is_missing_is_run(toy: toys.Toy) -> None:
    toy.version_of(*toys.V1[:1], name="v3")
    long: toys.Change = (
        "Ada <ada@example.org>",
        f"mm: {'very ' * 20}toys\n\nToys.\n",
        {"mm/t.c": b"int t;\n"},
    )
    toy.version_of(long, name="v4")
    toy.version_of(*toys.V1[:1], name="v5")
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    lab = Lab(toy.series(), toy.base(), toy.cache, jobs=1)
    wanted = task(CheckEvidence("message", "subject"), raised_on="v4", settled_in="v5")
    told: list[str] = []
    (found,) = verify(lab, [wanted], None, {}, lambda event: told.append(event.text))
    assert found.verdict is Verdict.PROVEN
    assert found.proofs[0].seen.endswith(" on v4, nothing on v5")
    assert told == ["v4: message", "v5: message"]
    told.clear()
    assert verify(lab, [wanted], None, {}, lambda event: told.append(event.text)) == (found,)
    assert told == []


def test_a_check_that_nobody_knows_is_named(toy: toys.Toy, lab: Lab) -> None:
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    with pytest.raises(SeriesError, match="v1-rita-1: there is no check `odd`"):
        verify(lab, [task(CheckEvidence("odd", "x"))], None, {}, lambda _event: None)
