# SPDX-License-Identifier: GPL-2.0-or-later
"""Build reports, which are no reviews."""

from __future__ import annotations

import time

import pytest
from sample_mails import REPORT, RITA, ROBOT, letter, read
from toy import Toy

from refseries.model import Identity
from refseries.review.model import Anchor
from refseries.review.reading import lkp, version_lines
from refseries.series import store


def report(body: str = REPORT, author: Identity = ROBOT) -> lkp.RobotReport | None:
    return lkp.read(read(letter(body, author=author)))


def test_config_compiler_file_and_line() -> None:
    found = report()
    assert found is not None
    assert (found.config, found.compiler) == (
        "x86_64-randconfig-a003",
        "gcc-12 (Debian 12.2.0-14) 12.2.0",
    )
    assert (found.file, found.line) == ("mm/toy.c", 7)
    assert found.complaint == "error: expected ';' before 'toy_create'"
    assert found.subject == "[PATCH v2 1/2] mm: introduce toys"
    assert found.summary == (
        "x86_64-randconfig-a003 (gcc-12): mm/toy.c:7: error: expected ';' before 'toy_create'"
    )
    assert found.text.startswith("config: x86_64")
    assert ">> mm/memory.c:10:9: error" in found.text
    assert "0-DAY" not in found.text


def test_it_is_anchored_at_the_line_that_the_report_shows(toy: Toy) -> None:
    known = version_lines.places_of(store.version(toy.series(), "v2"))
    found = report()
    assert found is not None
    assert found.source == "short toy_create;"
    # The robot's tree has it at line 7, the version at line 1.
    assert lkp.anchor(found, known, "") == Anchor(
        "0001-mm-introduce-toys.patch", "mm/toy.c", 1, "short toy_create;"
    )
    other = report(REPORT.replace("mm/toy.c", "mm/none.c"))
    assert other is not None
    assert lkp.anchor(other, known, "x.patch") == Anchor(
        "x.patch", "mm/none.c", 7, "short toy_create;"
    )


def test_a_complaint_of_the_linker() -> None:
    found = report("config: arm64-allnoconfig\n\n>> ld.lld: error: undefined symbol: toy_create\n")
    assert found is not None
    assert (found.file, found.line) == ("", 0)
    assert found.summary == "arm64-allnoconfig: ld.lld: error: undefined symbol: toy_create"


@pytest.mark.parametrize("path", ["../../etc/passwd.c", "/etc/passwd.c", "mm/../../x.c"])
def test_a_path_out_of_the_tree_is_not_taken(path: str) -> None:
    found = report(REPORT.replace("mm/toy.c", path))
    assert found is not None
    assert (found.file, found.line) == ("", 0)


def test_what_is_no_report() -> None:
    assert report(author=RITA) is None
    assert report("Thank you.\n") is None
    assert report("config: x86_64-defconfig\ncompiler: gcc\n\nAll is well.\n") is None


def test_a_report_of_two_megabytes() -> None:
    start = time.process_time()
    for line in ("a/" * 40 + "\n", "a" * 2_000_000 + "\n", ">> x\n", "config: x\n"):
        report("config: x\n" + line * (2_000_000 // len(line)))
    assert time.process_time() - start < 60
