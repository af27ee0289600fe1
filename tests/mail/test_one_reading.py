# SPDX-License-Identifier: GPL-2.0-or-later
"""``check-mail`` sees the versions that ``import`` takes, and what it leaves out."""

from __future__ import annotations

from pathlib import Path

import posted_series
import pytest
from mail_threads import RITA, mail, patch, series, tag

from refseries.host.progress import silent
from refseries.posting import examine_file

V2 = series("PATCH v2", "q", ("a", "b", "c"))
NUMBERS = {"patch-missing", "number-twice", "not-whole", "not-taken", "version-order"}


def rules(directory: Path, mails: list[bytes]) -> dict[str, str]:
    """What is found about versions and numbers, by rule."""
    path = posted_series.mboxrd(directory / "t.mbox", mails)
    report = examine_file.mailbox(path, None, directory / "cache", silent)
    wanted = {*NUMBERS, "as-read", "prefix-unread", "unreadable"}
    return {one.rule: one.what for one in report.findings if one.rule in wanted}


@pytest.mark.parametrize(
    "more",
    [
        [mail("[PATCH v2 4/3] mm: d", "q4", patch(40, "d"), "q0", day=11)],
        series("PATCH RESEND v2", "r", ("a", "b", "c"), day=12),
        [mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "q2", day=14)],
        [tag("r1", "q1")],
    ],
    ids=["addition", "resend", "partial re-roll", "trailer"],
)
def test_what_import_takes_is_no_error(tmp_path: Path, more: list[bytes]) -> None:
    assert not NUMBERS & set(rules(tmp_path, [*V2, *more]))


def test_a_partial_reroll_is_told(tmp_path: Path) -> None:
    more = mail("[PATCH v3 2/3] mm: word 2", "t2", patch(20, "b3"), "q2", day=14)
    told = rules(tmp_path, [*V2, more])
    assert told == {"as-read": "v3: it is a partial re-roll: 1/3, 3/3 are v2's."}


@pytest.mark.parametrize(
    ("subject", "sender", "words"),
    [
        ("[PATCH v2 2a/3] mm: d", RITA, "`2a/3` is no number"),
        ("[PATCH] mm: d", RITA, "it follows up on"),
    ],
)
def test_what_import_leaves_out_is_an_error(
    tmp_path: Path, subject: str, sender: str, words: str
) -> None:
    told = rules(tmp_path, [*V2, mail(subject, "d1", patch(40, "d"), "q2", sender, day=11)])
    assert words in told["not-taken"]
    assert not NUMBERS - {"not-taken"} & set(told)


def test_a_version_that_is_not_whole(tmp_path: Path) -> None:
    told = rules(tmp_path, [V2[0], V2[1], V2[3]])
    assert told["patch-missing"] == "of v2, 2/3 is missing."


def test_mails_without_any_patch(tmp_path: Path) -> None:
    assert rules(tmp_path, [tag("r1", "q1")]) == {}
