# SPDX-License-Identifier: GPL-2.0-or-later
"""The message of a commit comes out of a branch byte for byte, or its line is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import toy as toys
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_import import COVER, bring_in, empty_commit, with_marker

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.host.progress import silent
from refseries.mail import write
from refseries.posting import export
from refseries.posting.export import ExportRequest
from refseries.series import format_patch, patches, store

ME = "Sam Sender <sam@example.org>"
ADA, SIGN = toys.ADA, f"Signed-off-by: {ME}\n"


def commit(toy: toys.Toy, message: str | bytes, author: str = ADA, number: int = 1) -> str:
    """A commit with this very message over what is checked out, with a change of its own."""
    path = toy.tree / f"mm/new{number}.c"
    path.write_text(f"int new{number};\n")
    toy.git("add", "--all")
    tree = toy.git("write-tree")
    name, _, email = author.rstrip(">").partition(" <")
    env = {
        "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email,
        "GIT_AUTHOR_DATE": "2026-11-01T10:00:00+0200",
        "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org",
        "GIT_COMMITTER_DATE": "2026-11-20T10:00:00+0200",
    }  # fmt: skip
    raw = message.encode() if isinstance(message, str) else message
    made = proc.run(["git", "commit-tree", tree, "-p", "HEAD"], cwd=toy.tree, env=env, stdin=raw)
    toy.git("reset", "--quiet", "--hard", made.stdout.strip())
    return made.stdout.strip()


def bodies(toy: toys.Toy, tip: str) -> bytes:
    words = ["git", "log", "--format=%an%n%ae%n%aI%n%B%x00", f"{toy.base_commit}..{tip}"]
    return proc.run(words, cwd=toy.tree).out


KEPT = {
    "subject": "mm: x\n\nSubject: of the matter.\n\nMore.\n",
    "from": "mm: x\n\nFrom: the beginning.\n",
    "from somebody": "mm: x\n\nFrom: Eve <eve@example.org>\n\nMore.\n",
    "date": "mm: x\n\nDate: 2026-11-01\n",
    "patch": "mm: x\n\n[PATCH] in the text\n",
    "quoted": "mm: x\n\n>From here\n",
    "mailbox": "mm: x\n\nFrom here\nFrom there\n",
    "scissors": "mm: x\n\nText\n-- >8 --\nMore.\n",
    "brackets inside": "mm: [media] x [y]\n\nText\n",
    "indented": "mm: x\n\n  ---\n  diff --git a/x b/x\n",
    "dashes": "mm: x\n\n----\n---x\n--\n- -\n",
    "encoded": "mm: =?UTF-8?q?x?= y\n\n=?UTF-8?q?x?=\n",
    "ümlaut": "mm: ünd\n\nFrom: Ünal\n",
    "title alone": "mm: x\n",
    "long title": f"mm: {'very ' * 80}long\n",
    "tabs": "mm: x\n\n\tint a;\n\t\tint b;\n",
    "trailers": f"mm: x\n\nText\n\nLink: https://example.org/[1]\n{SIGN}",
    "control": "mm: x\n\nA \x01 and \x02\x0c end\n",
}
MORE = "---\n  Index: x\n\n> diff --git a/x b/x\n"
LOST = {
    "rule": ("mm: x\n\nText\n\n---\nMore.\n", "line 5 of its message, `---`: it ends"),
    "rule at the end": ("mm: x\n\nText\n---\n", "line 4 of its message, `---`: it ends"),
    "rule of a file": ("mm: x\n\n--- a/x\n+++ b/x\n", "line 3 of its message, `--- a/x`: it ends"),
    "index": ("mm: x\n\nIndex: 12\n", "line 3 of its message, `Index: 12`: it ends"),
    "diff": ("mm: x\n\nAs in\ndiff --git a/x b/x\n", "line 4 of its message, `diff --git"),
    "brackets": ("[media] mm: x\n\nText\n", r"line 1 of its message, `\[media\] mm: x`: what it"),
    "re": ("Re: x\n\nText\n", "line 1 of its message, `Re: x`: what it begins with"),
    "two lines": ("mm: x\nand y\n\nText\n", "line 1 of its message, `mm: x`: a title is"),
    "blanks": ("mm: x\n\nText  \n", "line 3 of its message, `Text  `: blanks"),
    "empty lines": ("mm: x\n\nText\n\n\nMore\n", "line 5 of its message, ``: .*second empty line"),
    "signature": ("mm: x\n\nText\n-- \nMore.\n", "line 4 of its message, `-- `: blanks"),
    "dos": ("mm: x\n\nText\r\nMore\r\n", "line 3 of its message"),
}


@pytest.mark.parametrize("message", KEPT.values(), ids=KEPT)
def test_a_message_is_kept(toy: toys.Toy, message: str) -> None:
    toy.at_base()
    tip = commit(toy, message, "Doe, J. <j@example.org>")
    commit(toy, "mm: next\n", number=2)
    (found,) = bring_in(toy, f"{toy.base_commit}..{toy.git('rev-parse', 'HEAD')}", "v3").brought
    assert bodies(toy, found.commits[0].commit) == bodies(toy, tip)
    toy.at_base()
    toy.git("-c", "user.name=t", "-c", "user.email=t@t", "am", "-q", str(found.version.patches[0]))
    assert bodies(toy, "HEAD") == bodies(toy, tip)


@pytest.mark.parametrize(("message", "what"), LOST.values(), ids=LOST)
def test_what_no_mail_can_carry_is_named(toy: toys.Toy, message: str, what: str) -> None:
    toy.at_base()
    commit(toy, "mm: before\n", number=2)
    tip = commit(toy, message)
    with pytest.raises(SeriesError, match=what) as caught:
        bring_in(toy, f"{toy.base_commit}..{tip}", "v3")
    assert f"commit {tip[:12]}" in caught.value.where
    assert "reword" in caught.value.hint
    assert not (toy.project / "series/v3").exists()


@pytest.mark.parametrize(
    ("subject", "how"), [("mm: nothing", "git rebase."), ("amend! mm: one", "rebase -i --autosq")]
)
def test_an_empty_commit_between_others_is_named(toy: toys.Toy, subject: str, how: str) -> None:
    toy.at_base()
    commit(toy, "mm: one\n")
    empty_commit(toy, f"{subject}\n\nmm: none\n")
    tip = commit(toy, "mm: two\n", number=2)
    with pytest.raises(SeriesError, match="it changes nothing") as caught:
        bring_in(toy, f"{toy.base_commit}..{tip}", "v3")
    assert caught.value.where.endswith(f" {subject}")
    assert how in caught.value.hint


def test_a_message_in_another_encoding_comes_out_in_utf8(toy: toys.Toy) -> None:
    toy.at_base()
    toy.git("config", "i18n.commitEncoding", "ISO-8859-1")
    tip = commit(toy, "mm: f\xfcr\n\nSch\xf6n.\n".encode("latin-1"))
    (found,) = bring_in(toy, f"{toy.base_commit}..{tip}", "v3").brought
    assert patches.read(found.version.patches[0]).message == "mm: für\n\nSchön.\n"
    raw = commit(toy, b"mm: f\xfcr\n", number=2)
    toy.git("config", "--unset", "i18n.commitEncoding")
    toy.git("reset", "-q", "--hard", tip)
    odd = proc.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"], cwd=toy.tree,
        stdin=proc.run(["git", "cat-file", "commit", raw], cwd=toy.tree).out.replace(
            b"encoding ISO-8859-1\n", b""
        ),
    ).stdout.strip()  # fmt: skip
    with pytest.raises(SeriesError, match=r"line 1 of its message, .* not in the encoding"):
        bring_in(toy, f"{toy.base_commit}..{odd}", "v4")


_LINE = st.sampled_from(
    ["", "Text", "---", "--- a", "----", "From: a", "From a", "[x] y", " ", "x ", "diff -u", "@@"]
) | st.text("-:[]> aFrom\t", max_size=6)


@given(lines=st.lists(_LINE, min_size=1, max_size=6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_message_is_kept_or_refused(toy: toys.Toy, tmp_path: Path, lines: list[str]) -> None:
    toy.at_base()
    tip = commit(toy, "mm: " + "\n".join(lines))
    for left in tmp_path.glob("0*"):
        left.unlink()
    repo = toy.base().repo
    try:
        (path,) = format_patch.write(repo, toy.base_commit, tip, tmp_path, 1)
    except SeriesError:
        return
    wanted = toy.git("log", "-1", "--format=%B", tip)
    assert patches.read(path).message.rstrip("\n") == wanted.rstrip("\n")


def exported(toy: toys.Toy, version: str) -> Path:
    request = ExportRequest(version, ask_maintainers=False)
    mails = export.make(toy.series(), toy.base(), toy.cache, request, silent)
    path = toy.directory / f"{version}.mbx"
    path.write_bytes(write.mboxrd(mails.raw))
    return path


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("count", [1, 2])
def test_round_trips_change_nothing(toy: toys.Toy, count: int) -> None:
    """Branch, series, mails, b4 am, git am, branch, and once more."""
    toy.at_base()
    for number in range(1, count + 1):
        commit(
            toy,
            f"mm: x{number}\n\nText.\n\nFrom: x\nSubject: [y]\n\n {MORE}\n{SIGN}",
            number=number,
        )
    seen = []
    for turn, name in enumerate(("v3", "v4", "v5")):
        (found,) = bring_in(toy, f"{toy.base_commit}..HEAD", name).brought
        cover = f"# mm: x1\n\nText.\n\nChanges in {name}:\n\n- x\n"
        found.version.cover.write_text(cover)
        box = exported(toy, name)
        (again,) = bring_in(toy, str(box), f"v{turn + 13}").brought
        assert again.version.cover.read_text() == cover
        seen.append(bodies(toy, again.commits[-1].commit))
        first = store.version(toy.series(), again.version.name).message_id
        proc.run(
            [sys.executable, "-m", "b4.command", "-n", "--offline-mode", "am", "-m", str(box),
             "-o", str(toy.directory / name), "--no-cover", str(first)],
            cwd=toy.directory, env={"HOME": str(toy.directory)},
        )  # fmt: skip
        (made,) = (toy.directory / name).glob("*.mbx")
        toy.at_base()
        toy.git(
            "-c", "user.name=t", "-c", "user.email=t@t", "am", "--quiet",
            "--committer-date-is-author-date", str(made),
        )  # fmt: skip
        assert bodies(toy, "HEAD") == seen[-1]
    assert seen[0] == seen[1] == seen[2]


def test_the_dates_of_mails_do_not_drift(toy: toys.Toy, sender: Path) -> None:
    assert sender
    toy.version_of(toys.V1[0], name="v3")
    dates = set()
    for number in range(4, 8):
        (found,) = bring_in(toy, str(exported(toy, f"v{number - 1}")), f"v{number}").brought
        dates.add((patches.read(found.version.patches[0]).date, found.version.date))
    assert len(dates) == 1


def test_the_cover_letter_of_b4_is_no_empty_commit(toy: toys.Toy) -> None:
    toy.at_base()
    empty_commit(toy, with_marker(COVER))
    commit(toy, "mm: x\n\nFrom: here\n")
    toy.git("branch", "b4/x")
    (found,) = bring_in(toy, "b4/x").brought
    assert len(found.commits) == 1
