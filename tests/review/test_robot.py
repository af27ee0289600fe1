# SPDX-License-Identifier: GPL-2.0-or-later
"""Build reports, which are no reviews."""

from __future__ import annotations

import time

import pytest
from sample_mails import NORA, REPORT, RITA, ROBOT, letter, read
from toy import Toy

from refseries.model import Identity
from refseries.review import import_mail
from refseries.review import store as tasks
from refseries.review.model import Anchor
from refseries.review.reading import automatic, lkp, version_lines
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


BOT = Identity("checks ci", "ci@example.org")
REPORTS = [
    (
        BOT,
        "checks ci has tested this\n\n* [PATCH v2 1/2] mm: introduce toys\n\nand found the "
        "following issue:\nKASAN: use-after-free Read in toy\n\nIf these findings have caused "
        "you to resend it, please add a tag.\n",
        "KASAN: use-after-free Read in toy",
    ),
    (
        BOT,
        "This is automated, please do not reply.\n\n0 errors in mm.\n\nBuild   FAIL\n\n"
        "You should run it yourself.\n",
        "Build FAIL",
    ),
    (
        NORA,
        "Hi,\n\nThis is the patch-bot of Nora.\n\n- Your patch does many things. It should do "
        "one thing.\n\nPlease read about it.\n",
        "It should do one thing.",
    ),
    (
        NORA,
        "On Tuesday, Ada wrote:\n> A toy.\n\nMy bot found errors in 'make toys':\n\nmm/x: no toy\n"
        "\nPlease check and send it again, and a dependency should be noted.\n",
        "My bot found errors in 'make toys':",
    ),
]


@pytest.mark.parametrize(("author", "said", "summary"), REPORTS)
def test_a_report_is_one_task_with_what_was_found(
    toy: Toy, author: Identity, said: str, summary: str
) -> None:
    path = toy.directory / "mail"
    path.write_bytes(letter(said, author=author))
    assert automatic.is_robot(read(path.read_bytes()))
    import_mail.run(toy.series(), [path])
    assert [one.summary for found in tasks.load(toy.series()) for one in found.tasks] == [summary]


@pytest.mark.parametrize(
    "said", ["This is the bottom.\n", "Did my bot find it?\n", "Why?\n\nThis is a\nbot.\n"]
)
def test_who_speaks_of_programs_is_none(said: str) -> None:
    assert not automatic.is_robot(read(letter(said)))
