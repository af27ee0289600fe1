# SPDX-License-Identifier: GPL-2.0-or-later
"""A diff that a text shows stays a text: for git, for b4, and for refseries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from exported_mails import make
from hypothesis import given
from hypothesis import strategies as st
from toy_import import bring_in

from refseries.host import proc
from refseries.mail import shown, write

Refseries = Callable[..., proc.Completed]

BODY = """\
--- a/mm/memory.c
+++ b/mm/memory.c
@@ -17,6 +17,6 @@
 int line_17;
 int line_18;
 int line_19;
-int line_20;
+int debug;
 int line_21;
 int line_22;
"""
DIFFS = {
    "git": f"diff --git a/mm/memory.c b/mm/memory.c\n{BODY}",
    "plain": BODY,
    "svn": f"Index: mm/memory.c\n{'=' * 67}\n{BODY}",
    "hunk": BODY.partition("\n+++")[2].partition("\n")[2],
    "old": f"diff -Nru a/mm/memory.c b/mm/memory.c\n{BODY}",
    "blank": BODY.replace(" int line_18;", ""),
}
TEXT = "For testing I used this on top:\n\n{}\nThanks.\n"
CHANGES: tuple[toys.Change, ...] = (
    (toys.ADA, "mm: one\n\nWhy.\n", {"mm/memory.c": toys.lines((50, b"int one;"))}),
    (toys.ADA, "mm: two\n\nWhy.\n", {"mm/toy.c": b"int two;\n"}),
)


def version(toy: toys.Toy, count: int = 1) -> None:
    toy.version_of(*CHANGES[:count], name="v3")


def patches(toy: toys.Toy) -> list[Path]:
    return sorted((toy.project / "series/v3").glob("0*.patch"))


def cover(toy: toys.Toy, text: str) -> None:
    (toy.project / "series/v3/cover.md").write_text(f"# mm: toys\n\n{text}")


def b4_am(toy: toys.Toy, raw: bytes, count: int) -> str:
    """What b4 am and git am make of the mails, over the base."""
    first = raw.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
    (toy.directory / "x.mbx").write_bytes(raw)
    proc.run(
        [sys.executable, "-m", "b4.command", "-n", "--offline-mode", "am", "-m", "x.mbx",
         "-o", "out", "--no-cover", first],
        cwd=toy.directory, env={"HOME": str(toy.directory)},
    )  # fmt: skip
    (mailbox,) = (toy.directory / "out").glob("*.mbx")
    toy.at_base()
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*who, "am", "--quiet", str(mailbox))
    return toy.git("log", "--format=%B%T", f"-{count}")


def wanted(toy: toys.Toy, count: int) -> str:
    toy.at_base()
    for change in CHANGES[:count]:
        toy.commit(change)
    sign = "Signed-off-by: Sam Sender <sam@example.org>"
    return toy.git("log", f"--format=%B%n{sign}%n%T", f"-{count}")


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    ("where", "diff"),
    [
        pytest.param(where, diff, id=f"{where}-{name}")
        for where in ("text", "changes", "notes")
        for name, diff in DIFFS.items()
        if (where, name) != ("notes", "git")  # git itself takes that for the patch
    ],
)
def test_a_shown_diff_is_no_part_of_the_patch(
    toy: toys.Toy, where: str, diff: str, count: int
) -> None:
    version(toy, count)
    shows = TEXT.format(diff)
    if where == "notes":
        path = patches(toy)[0]
        path.write_text(path.read_text().replace("\n---\n", f"\n---\n{shows}\n", 1))
    else:
        cover(toy, shows if where == "text" else f"Toys.\n\nChanges in v3:\n\n{shows}")
    mails = make(toy, "v3", ask_maintainers=False)
    assert "For testing I used" in b"".join(mails.raw).decode()
    assert b4_am(toy, write.mboxrd(mails.raw), count).split() == wanted(toy, count).split()


def test_what_git_takes_for_the_patch_itself_is_refused(
    toy: toys.Toy, refseries: Refseries, sender: Path
) -> None:
    version(toy)
    path = patches(toy)[0]
    shows = TEXT.format(DIFFS["git"])
    path.write_text(path.read_text().replace("\n---\n", f"\n---\n{shows}\n", 1))
    words = ("export", "v3", "-o", "v3.mbx", "--no-maintainers", "--allow-open")
    done = refseries(*words, env={"GIT_CONFIG_GLOBAL": str(sender)})
    assert done.returncode == 1
    assert "[diff-shown]" in done.stderr + done.stdout
    assert not (toy.project / "v3.mbx").exists()


def test_export_and_import_agree(toy: toys.Toy, refseries: Refseries, sender: Path) -> None:
    version(toy)
    cover(toy, TEXT.format(DIFFS["git"]))
    env = {"GIT_CONFIG_GLOBAL": str(sender)}
    words = ("export", "v3", "-o", "v3.mbx", "--no-maintainers", "--allow-open")
    assert refseries(*words, env=env).returncode == 0
    (found,) = bring_in(toy, toy.project / "v3.mbx", "v4").brought
    assert toy.git("diff", "--name-only", f"{found.commits[0].commit}^!") == "mm/memory.c"
    assert "-int line_50;" in toy.git("show", found.commits[0].commit)
    assert "debug" not in toy.git("show", "--format=", found.commits[0].commit)


@given(st.text("ab-+@ \n", max_size=60))
def test_what_shows_no_diff_is_as_it_was(text: str) -> None:
    if shown.starts(text) is None:
        assert shown.inert(text) == text
    assert shown.starts(shown.inert(text)) is None
    assert shown.inert(text).replace(" ", "") == text.replace(" ", "")
