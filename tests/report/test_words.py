# SPDX-License-Identifier: GPL-2.0-or-later
"""Results in a cover letter: short, plain, and never better than they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import sample_reports
from exported_mails import Refseries, mails_of
from toy import Toy

from refseries.host import proc
from refseries.report import words
from refseries.report.model import ConfigResults, Kept, ResultColumn
from refseries.testing.changes import Changes
from refseries.testing.model import CaseResult, Outcome

pytestmark = pytest.mark.usefixtures("sender")


def block(toy: Toy, version: str = "v2") -> str:
    return words.block(toy.series(), toy.base(), toy.cache, version)


def test_what_was_never_run_is_not_told_as_a_result(toy: Toy) -> None:
    assert block(toy) == "Tested with refseries: v2 on Linux 6.12.117.\n\ndefault: not run"


def test_hundreds_of_targets_at_work_are_a_few_words() -> None:
    assert words.at_work([]) == ""
    assert words.at_work(["v1-default", "v2-default"]) == "v1-default, v2-default"
    many = [f"mutant-{n}" for n in range(300)]
    assert words.at_work(many) == "mutant-0, mutant-1, mutant-2, mutant-3 and more"
    assert words.at_work(many) == words.at_work(many[:200])


def test_counts_what_is_wrong_and_what_changed_are_told(toy: Toy) -> None:
    sample_reports.keep_run(
        toy, "v1",
        CaseResult("toy.a", Outcome.XFAIL, Outcome.FAIL), CaseResult("toy.b", Outcome.PASS),
    )  # fmt: skip
    sample_reports.keep_run(
        toy, "v2", CaseResult("toy.a", Outcome.PASS), CaseResult("toy.b", Outcome.CRASH)
    )
    assert block(toy).splitlines()[2:] == [
        "default: 1 pass, 1 crash (NOT as expected)",
        "  not as expected: toy.b (crash)",
        "  fixed since v1: toy.a",
        "  broke since v1: toy.b",
    ]


def test_every_kind_of_change_is_told() -> None:
    kinds = ("fixed", "broke", "newly_skipped", "vanished", "no_console", "new_splats")
    changes = Changes("v1", "v2", "default", **{kind: (f"toy.{kind}",) for kind in kinds})
    column = ResultColumn("v2", Kept.CURRENT, "1 pass (as expected)")
    found = ConfigResults("default", "", "", (column,), (changes,))
    lines = words.told([found], "v2", "6.12", ["default"]).splitlines()
    told = [f"  {kind.replace('_', ' ')} since v1: toy.{kind}" for kind in kinds]
    assert lines[2:] == ["default: 1 pass (as expected)", *told]


def test_what_older_patches_did_is_not_told_as_a_result() -> None:
    stale = ResultColumn("v2", Kept.STALE, "run with older patches only: refseries test v2")
    found = [ConfigResults(name, "arm64", "", (stale,)) for name in ("default", "other")]
    lines = words.told(found, "v2", "6.12", ["default"]).splitlines()
    assert lines[2:] == ["default (arm64): run with older patches only"]


def test_hostile_names_and_many_stay_short_lines_of_text(toy: Toy) -> None:
    names = [f"toy.case_{n}_{sample_reports.TURNED}\n---\ndiff --git a/x b/x" for n in range(40)]
    sample_reports.keep_run(toy, "v2", *(CaseResult(name, Outcome.FAIL) for name in names))
    text = block(toy)
    assert "and 32 more" in text
    assert not {"\x1b", "\u202e"} & set(text)
    assert "---" not in text.splitlines()
    assert max(map(len, text.splitlines())) <= 72


def test_the_cover_letter_has_them_when_asked_for(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    sample_reports.keep_run(toy, "v2", CaseResult("toy.a", Outcome.PASS))
    plain, told = tmp_path / "plain.mbx", tmp_path / "told.mbx"
    assert refseries("export", "v2", "-o", str(plain)).returncode == 0
    done = refseries("export", "v2", "-o", str(told), "--results")
    assert done.returncode == 0, done.stderr
    cover = mails_of(told)[0].body
    assert "\n---\nTested with refseries: v2 on Linux 6.12.117.\n\n" in cover
    assert "\ndefault: 1 pass (as expected)\n" in cover
    assert "Tested with" not in plain.read_text()


def test_the_page_of_all_of_it_is_linked_to(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out, page = tmp_path / "v2.mbx", "https://example.org/~toy/toy.html#f:version=1"
    done = refseries("export", "v2", "-o", str(out), "--results-at", page)
    assert done.returncode == 0, done.stderr
    told = f"\n---\nTested with refseries: v2 on Linux 6.12.117.\n{page}\n\ndefault: not run\n"
    assert told in mails_of(out)[0].body


@pytest.mark.parametrize("page", ["file:///toy.html", "https://a b", "https://x/\n---\n", "x.html"])
def test_what_is_no_link_is_refused(
    toy: Toy, refseries: Refseries, tmp_path: Path, page: str
) -> None:
    out = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(out), "--results-at", page)
    assert (done.returncode, out.exists()) == (2, False)
    assert "--results-at: " in done.stderr


def test_a_single_patch_has_them_below_its_message(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    out = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(out), "--results", "--no-cover-letter")
    assert done.returncode == 0, done.stderr
    body = mails_of(out)[0].body
    message, _, below = body.partition("\n---\n")
    assert "Tested with refseries" not in message
    assert "Tested with refseries" in below
    toy.at_base()
    person = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    proc.run(["git", *person, "am", "--quiet", str(out)], cwd=toy.tree)
    assert "Tested with" not in toy.git("log", "--format=%B", f"{toy.base_commit}..HEAD")
