# SPDX-License-Identifier: GPL-2.0-or-later
"""What patches were made on."""

from __future__ import annotations

import re
from collections.abc import Callable

import posted_series
import toy as toys
from toy_import import bring_in, mailbox

from refseries.host import proc
from refseries.importing.base_match import Fit
from refseries.model import OwnBase


def test_a_base_is_found_by_the_files_that_the_patches_start_from(toy: toys.Toy) -> None:
    toy.git("checkout", "--quiet", "master")
    toy.commit((toys.ADA, "next\n", {"mm/memory.c": toys.lines((5, b"int other;"))}))
    toy.git("tag", "v6.13")
    toy.commit((toys.ADA, "mm: on next\n", {"mm/memory.c": toys.lines((5, b"int mine;"))}))
    raw = toy.export("v6.13", toy.directory / "out")[0].read_bytes().partition(b"\n")[2]
    path = mailbox(toy, [b"Message-ID: <n@example.org>\n" + raw])
    (found,) = bring_in(toy, path, "v3").brought
    assert found.ground.fit is Fit.SAME_FILES
    own = OwnBase(toys.RELEASE, toy.git("rev-parse", "v6.13"), "v6.13", str(toy.tree))
    assert found.version.base == own


def test_the_base_is_told_from_the_files(toy: toys.Toy) -> None:
    changed: toys.Change = (toys.ADA, "mm: x\n", {"mm/memory.c": toys.lines((5, b"int x;"))})
    mails = posted_series.patches(toy, changed, number=3)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert found.ground.fit is Fit.SAME_FILES
    mails = [re.sub(rb"^index [0-9a-f]{7}", b"index 1234567", m, flags=re.M) for m in mails]
    (found,) = bring_in(toy, mailbox(toy, mails), "v4").brought
    assert found.ground.fit is Fit.OTHER


def test_a_file_that_an_earlier_patch_made_is_none_of_the_base(toy: toys.Toy) -> None:
    mails = posted_series.patches(
        toy,
        (toys.ADA, "mm: x\n", {"mm/memory.c": toys.lines((5, b"int x;")), "mm/x.c": b"int x;\n"}),
        (toys.ADA, "mm: y\n", {"mm/x.c": b"int x;\nint y;\n"}),
        (toys.ADA, "mm: move\n", {"mm/x.c": None, "mm/z.c": b"int x;\nint y;\n"}),
        (toys.ADA, "mm: z\n", {"mm/z.c": b"int z;\n"}),
        number=3,
    )
    assert b"rename from" in mails[2]
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert found.ground.fit is Fit.SAME_FILES


def test_a_file_that_is_moved_and_changed_is_known_by_its_old_name(toy: toys.Toy) -> None:
    moved = toys.lines((5, b"int x;"))
    change: toys.Change = (toys.ADA, "mm: x\n", {"mm/memory.c": None, "mm/far.c": moved})
    (mail,) = posted_series.patches(toy, change, number=3)
    assert b"similarity index 9" in mail
    (found,) = bring_in(toy, mailbox(toy, [mail])).brought
    assert found.ground.fit is Fit.SAME_FILES
    mail = re.sub(rb"^index [0-9a-f]{7}", b"index 1234567", mail, flags=re.M)
    (found,) = bring_in(toy, mailbox(toy, [mail]), "v4").brought
    assert found.ground.fit is Fit.OTHER


def test_what_only_adds_files_is_not_said_to_be_made_on_others(
    toy: toys.Toy, refseries: Callable[..., proc.Completed]
) -> None:
    added: toys.Change = (toys.ADA, "mm: y\n", {"mm/y.c": b"int y;\n"})
    (raw,) = posted_series.patches(toy, added, number=3)
    raw += b"base-commit: " + b"1" * 40 + b"\n"
    done = refseries("import", str(mailbox(toy, [raw])))
    assert done.returncode == 0, done.stderr
    assert "Applies over the base. It was made on 111111111111." in done.stdout
