# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest
from given_knowledge import Given
from msgspec.structs import replace
from reviews import BOB, make

from refseries.review import reply_text, states
from refseries.review.evidence.build import BuildEvidence
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.check import CheckEvidence
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.evidence.kind import Proof, Verdict
from refseries.review.evidence.kinds import AnyEvidence
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.evidence.measure import MeasureEvidence
from refseries.review.evidence.text import TextEvidence
from refseries.review.model import Task
from refseries.review.reply_text import Claim

PROVEN, CLAIMED = Proof(Verdict.PROVEN, "seen"), Proof(Verdict.CLAIMED, "said")


def settled(*evidence: AnyEvidence, summary: str = "Make it small", answer: str = "") -> Task:
    return replace(make().tasks[0], evidence=evidence, summary=summary, answer=answer)


def told(task: Task, *proofs: Proof, known: Given | None = None) -> Claim:
    return reply_text.about(task, None, proofs or (PROVEN,) * len(task.evidence), known)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (CaseEvidence(("a.b",)), "The selftest a.b fails on v1 and passes on v2."),
        (CaseEvidence(("a.b", "c", "d")), "The selftests a.b, c and d fail on v1 and pass on v2."),
        (CaseEvidence(("a.*",)), "All of a.* pass on v2; on v1, not all do."),
        (BuildEvidence("big"), "The configuration big breaks on v1 and builds on v2."),
        (DiffEvidence("mm/x.c", gone=("y",)), "Nothing of it is left in mm/x.c."),
        (TextEvidence("cover", added=("y",)), "It is in the cover letter."),
        (TextEvidence("message", gone=("y",)), "It is gone from the commit message."),
        (TextEvidence("recipients", added=("y",)), "It is among the recipients."),
        (TextEvidence("Documentation/x.rst", added=("y",)), "It is in Documentation/x.rst."),
        (CheckEvidence("sparse", "y"), "sparse finds it on v1, and no more on v2."),
        (MeasureEvidence("read", 1.0), "seen."),
    ],
)
def test_each_kind_of_proof_is_told(evidence: AnyEvidence, text: str) -> None:
    assert told(settled(evidence)) == Claim(f"Done in v2. {text}")


def test_a_line_of_code_stands_as_it_is() -> None:
    task = settled(DiffEvidence("mm/toy.c", added=("short",)))
    known = Given((), (*[""] * 6, "\tshort toy_create;"), first="v1")
    assert told(task, known=known) == Claim(
        "Done in v2.\n\nmm/toy.c, line 7:\n\n\tshort toy_create;"
    )


def test_the_answer_to_a_question_comes_first() -> None:
    case = CaseEvidence(("a",))
    proof = "Done in v2. The selftest a fails on v1 and passes on v2."
    assert told(settled(case, summary="Is it?", answer="No.")).text == f"No.\n\n{proof}"
    assert told(settled(case, answer="Smaller.")).text == f"{proof}\n\nSmaller."


def test_a_persons_word_is_told_with_its_link() -> None:
    word = ManualEvidence("Seen on a board.", "https://example.org/x")
    assert told(settled(word), CLAIMED).text == (
        "Done in v2. Seen on a board (https://example.org/x)."
    )


def test_broken_evidence_never_becomes_done() -> None:
    broken = Proof(Verdict.BROKEN, "a: fail on v1, fail on v2")
    claim = told(settled(CaseEvidence(("a",)), BuildEvidence("x")), broken, PROVEN)
    assert claim.text == "[not shown to be done: a: fail on v1, fail on v2]"
    assert claim.notes == (
        "v1-ada-1 is called settled, but its evidence says otherwise: a: fail on v1, fail on v2.",
    )


def test_what_was_not_looked_at_is_not_told() -> None:
    untested = Proof(Verdict.UNTESTED, "v1 has not been tested")
    claim = told(settled(CaseEvidence(("a",)), BuildEvidence("x")), untested, PROVEN)
    assert "selftest" not in claim.text
    assert "configuration x" in claim.text
    assert claim.notes == ("v1-ada-1: v1 has not been tested, so the reply does not tell of it.",)
    assert told(settled()).notes == ("v1-ada-1 has no evidence, so the reply proves nothing.",)


def test_the_other_states_have_their_texts() -> None:
    task = make().tasks[1]
    assert told(states.answer(task, "They do not.")) == Claim("They do not.")
    assert told(states.decline(task, "Too dear.")) == Claim("Not done.\n\nToo dear.")
    assert told(states.obsolete(task, "Gone.")) == Claim("Gone.")
    gap = told(task)
    assert gap.text == "[open: not answered yet]"
    assert gap.notes == ("v1-ada-2 is open: its answer is a gap to fill.",)


def test_a_merged_task_is_answered_by_the_one_that_stands_for_it() -> None:
    kept = settled(CaseEvidence(("a",)))
    mine = replace(make().tasks[1], id="v1-bob-1", reviewer=BOB)
    gone = states.merge(kept, mine)[1]
    claim = reply_text.about(gone, kept, (PROVEN,), None)
    assert claim.text == (
        "The same point as that of Ada Löwe.\n\n"
        "Done in v2. The selftest a fails on v1 and passes on v2."
    )
    own = reply_text.about(replace(gone, reviewer=kept.reviewer), kept, (PROVEN,), None)
    assert own.text.startswith("The same point as yours.")
