# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches that do not apply, and those that must not."""

from __future__ import annotations

import pytest
import toy as toys
from applied_toy import applied, objects
from toy import Toy

from refseries.errors import HostError, RefseriesError, SeriesError, StageError


def refused(toy: Toy, what: type[RefseriesError]) -> RefseriesError:
    """Apply v9 over a branch at v1 and see it refused with nothing changed."""
    branch = "refseries/toy/v9"
    toy.git("update-ref", f"refs/heads/{branch}", toy.base_commit)
    before = (objects(toy) - {".refs"}, toy.git("for-each-ref"), toy.git("status", "--porcelain"))
    with pytest.raises(what) as caught:
        applied(toy, "v9", branch=branch)
    assert toy.git("for-each-ref") == before[1]
    assert toy.git("status", "--porcelain") == before[2]
    assert not (toy.cache / "toy" / "applied").exists()
    assert caught.value.hint
    return caught.value


def test_a_patch_that_does_not_apply_names_file_and_hunk_and_shows_it(toy: Toy) -> None:
    changes: toys.Files = {
        "mm/memory.c": toys.lines((5, b"five"), (30, b"thirty"), (55, b"fiftyfive"))
    }
    (patch,) = toy.version_of((toys.ADA, "three hunks\n", changes))
    text = patch.read_text().replace(" int line_28;\n", " int other;\n")
    patch.write_text(text)
    error = refused(toy, StageError)
    assert error.where == f"{patch}: mm/memory.c: hunk 2 of 3 (at line 27)"
    assert "does not apply: its context is not in the tree" in error.what
    assert error.detail.startswith("@@ -27,7 +27,7 @@")
    assert "-int line_30;\n+thirty" in error.detail
    assert "fiftyfive" not in error.detail


def test_the_second_of_two_patches_is_named(toy: Toy) -> None:
    _first, second = toy.version_of(*toys.V1)
    text = (
        second.read_text()
        .replace("new file mode 100644\n", "")
        .replace("/dev/null", "a/Documentation/mm/toy.rst")
    )
    second.write_text(text)
    error = refused(toy, StageError)
    assert error.where.startswith(f"{second}: Documentation/mm/toy.rst")


def test_a_hunk_in_a_file_with_an_odd_name_is_found(toy: Toy) -> None:
    _first, second = toy.version_of(
        (toys.ADA, "one\n", {"mm/é ü.c": b"1\n"}), (toys.ADA, "two\n", {"mm/é ü.c": b"2\n"})
    )
    second.write_text(second.read_text().replace("-1\n", "-7\n"))
    error = refused(toy, StageError)
    assert error.where == f"{second}: mm/é ü.c: hunk 1 of 1 (at line 1)"


def test_a_file_that_is_there_or_is_not(toy: Toy) -> None:
    (patch,) = toy.version_of((toys.ADA, "one\n", {"mm/new.c": b"1\n"}))
    patch.write_text(patch.read_text().replace("mm/new.c", "mm/memory.c"))
    error = refused(toy, StageError)
    assert error.where == f"{patch}: mm/memory.c"
    assert "already exists in index" in error.what


def test_a_patch_cut_short_is_said_so(toy: Toy) -> None:
    (patch,) = toy.version_of((toys.ADA, "one\n", {"mm/memory.c": toys.lines((5, b"x"))}))
    head, _hunk, _tail = patch.read_bytes().partition(b" int line_6;\n")
    patch.write_bytes(head)
    with pytest.raises((StageError, SeriesError)) as caught:
        applied(toy, "v9")
    assert caught.value.where.startswith(str(patch))


MAIL = """\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Eve <eve@example.org>
Date: Sun, 1 Nov 2026 10:00:00 +0200
Subject: [PATCH] mm: harmless

Nothing to see.
---
{diff}--
2.39.5
"""

NEW = """\
diff --git {a} {b}
new file mode {mode}
index 0000000..587be6b
--- /dev/null
+++ {b}
@@ -0,0 +1 @@
+x
"""


def new(path: str, mode: str = "100644") -> str:
    return NEW.format(a=f"a/{path}", b=f"b/{path}", mode=mode)


MOVED = """\
diff --git a/Kconfig b/{0}
similarity index 100%
rename from Kconfig
rename to {0}
"""

# The tree's symbolic link arch/link, pointed elsewhere: only a mode in the index line says so.
RELINKED = """\
diff --git a/arch/link b/arch/link
index {0} 120000
--- a/arch/link
+++ b/arch/link
@@ -1 +1 @@
-arm64
\\ No newline at end of file
+/etc/passwd
\\ No newline at end of file
"""


@pytest.mark.parametrize(
    ("diff", "what"),
    [
        pytest.param(new("../x"), "outside the tree", id="above"),
        pytest.param(new("mm/../../x"), "outside the tree", id="above from inside"),
        pytest.param(new("/etc/x"), "outside the tree", id="absolute"),
        pytest.param(new(".git/config"), "inside .git", id=".git"),
        pytest.param(new(".GIT/hooks/post-checkout"), "inside .git", id=".GIT"),
        pytest.param(new("mm/.git/x"), "inside .git", id=".git below"),
        pytest.param(new(".git /x"), "inside .git", id=".git with a space"),
        pytest.param(new("GIT~1/x"), "no path that git takes", id="short name of .git"),
        pytest.param(
            NEW.format(a=r'"a/.gi\164/x"', b=r'"b/.gi\164/x"', mode="100644"),
            "inside .git", id="escaped .git",
        ),
        pytest.param(
            NEW.format(a=r'"a/\056\056/x"', b=r'"b/\056\056/x"', mode="100644"),
            "outside the tree", id="escaped dots",
        ),
        pytest.param(MOVED.format("../Kconfig"), "outside the tree", id="rename to above"),
        pytest.param(MOVED.format("/etc/Kconfig"), "outside the tree", id="rename to absolute"),
        pytest.param(MOVED.format(".git/Kconfig"), "inside .git", id="rename to .git"),
        pytest.param(
            MOVED.format("x").replace("rename", "copy").replace("copy from K", "copy from ../K"),
            "outside the tree", id="copy from above",
        ),
        pytest.param(new("mm/link", "120000"), "a symbolic link", id="symbolic link"),
        pytest.param(new("mm/module", "160000").replace("+x", "+Subproject commit " + "1" * 40),
                     "a submodule", id="submodule"),
        pytest.param(new("harmless.c") + new("../y"), "outside the tree", id="second file"),
    ],
)  # fmt: skip
def test_a_patch_that_reaches_out_of_the_tree_is_refused(toy: Toy, diff: str, what: str) -> None:
    patch = toy.version_of_text(MAIL.format(diff=diff).encode())
    before = sorted(path for path in toy.directory.rglob("*") if ".git/objects" not in str(path))
    error = refused(toy, SeriesError)
    assert what in error.what
    assert error.where == str(patch)
    after = sorted(path for path in toy.directory.rglob("*") if ".git/objects" not in str(path))
    assert {path.name for path in set(after) - set(before)} <= {
        "v9",
        "cache",
        "toy",
        "refseries",
        "heads",
    }


def test_a_link_of_the_tree_is_not_pointed_elsewhere(toy: Toy) -> None:
    blob = toy.git("rev-parse", f"v{toys.RELEASE}:arch/link")
    toy.version_of_text(MAIL.format(diff=RELINKED.format(f"{blob}..{'1' * 40}")).encode())
    assert "makes `arch/link` a symbolic link" in refused(toy, SeriesError).what


def test_a_path_beyond_a_link_of_the_tree_is_refused(toy: Toy) -> None:
    toy.version_of_text(MAIL.format(diff=new("arch/link/x")).encode())
    with pytest.raises((StageError, SeriesError), match="symbolic link"):
        applied(toy, "v9")


@pytest.mark.parametrize(
    ("old", "replacement", "what"),
    [
        ("Subject: [PATCH] mm: harmless\n", "", "no Subject in its header"),
        ("From: Eve <eve@example.org>\n", "", "no Author in its header"),
        ("Date: Sun, 1 Nov 2026 10:00:00 +0200\n", "", "no Date in its header"),
        ("Date: Sun, 1 Nov 2026 10:00:00 +0200", "Date: rubbish", "git makes no commit of it"),
        (new("mm/x.c"), "", "holds no diff"),
        ("Nothing", "No\0thing", "git makes no commit of it"),
        ("Nothing to see", "\ufffd", "not in the encoding that it names"),
    ],
)
def test_a_file_that_is_no_patch_is_refused(
    toy: Toy, old: str, replacement: str, what: str
) -> None:
    text = MAIL.format(diff=new("mm/x.c"))
    assert old in text
    head = (
        "Content-Type: text/plain; charset=UTF-8\nSubject:"
        if "\ufffd" in replacement
        else "Subject:"
    )
    raw = text.replace(old, replacement, 1).replace("Subject:", head, 1).encode()
    patch = toy.version_of_text(raw.replace("\ufffd".encode(), b"\xff"))
    error = refused(toy, SeriesError)
    assert what in error.what
    assert error.where == str(patch)


# The user's repository.


@pytest.mark.parametrize("version", ["v1", "v9"])
def test_a_repository_that_cannot_be_written_into_is_no_fault_of_the_patch(
    toy: Toy, version: str
) -> None:
    """Root may write anywhere, so files stand where git makes folders."""
    toy.version_of((toys.ADA, "mm: remove\n", {"mm/damon/core.c": None}))  # has no new blob
    toy.git("checkout", "--quiet", "--detach", f"v{toys.RELEASE}")
    toy.git("reflog", "expire", "--expire=now", "--all")
    toy.git("repack", "-adq")
    toy.git("prune", "--expire=now")
    folder = toy.tree / ".git" / "objects"
    for number in range(256):
        (folder / f"{number:02x}").touch()
    with pytest.raises(HostError, match="git cannot write into this repository") as caught:
        applied(toy, version)
    assert caught.value.where == str(toy.tree / ".git")
    assert caught.value.detail
