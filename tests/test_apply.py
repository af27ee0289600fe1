# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches to commits. What git am makes of the same patches is the measure."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import toy as toys
from toy import Toy

from refseries import apply, git, proc, store
from refseries.errors import RefseriesError, SeriesError, StageError
from refseries.model import Applied, Target


def applied(
    toy: Toy, version: str = "v1", *, branch: str | None = None, by_task: bool = False
) -> Applied:
    series = toy.series()
    target = store.target(series, version)
    return apply.apply(series, toy.base(), target, toy.cache, branch=branch, by_task=by_task)


def am(toy: Toy, patches: list[Path], dates: list[int], *options: str) -> list[str]:
    """Ids of the commits that git am makes of ``patches`` over the base, as the series' committer.

    Args:
        dates: the committer's, in seconds of the epoch.
    """
    toy.at_base()
    commits = []
    for patch, date in zip(patches, dates, strict=True):
        committer = {
            "GIT_COMMITTER_NAME": toys.IDENTITY.name,
            "GIT_COMMITTER_EMAIL": toys.IDENTITY.email,
            "GIT_COMMITTER_DATE": f"{date} +0000",
        }
        toy.git("am", "--quiet", *options, str(patch), env=committer)
        commits.append(toy.git("rev-parse", "HEAD"))
    return commits


def dates(toy: Toy, version: str, count: int) -> list[int]:
    start = int(store.version(toy.series(), version).date.timestamp())
    return [start + number for number in range(count)]


def objects(toy: Toy) -> set[str]:
    git_dir = toy.tree / ".git"
    return {str(path.relative_to(git_dir)) for path in git_dir.rglob("*") if path.is_file()}


# What patches can look like; each is made by git format-patch, and then bent by some.


def plain(toy: Toy) -> list[Path]:
    return toy.version_of(*toys.V1)


def long_subject(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "mm: " + "a very long subject " * 6 + "ends here\n", {"a.txt": b"a\n"})
    )


def subject_not_ascii(toy: Toy) -> list[Path]:
    return toy.version_of(
        (
            'Ö. Ünal, the "Quoted" <o@example.org>',
            "mm: préparer les pages de référence, ¿por qué no? 页面页面页面页面页面页面页面\n\nñ\n",
            {"a.txt": b"a\n"},
        )
    )


def subject_with_brackets(toy: Toy) -> list[Path]:
    return toy.version_of((toys.ADA, "[mm] toys: [x] y\n", {"a.txt": b"a\n"}))


def message_with_odd_space(toy: Toy) -> list[Path]:
    text = "mm: space\n\n\n\ntrailing \t\n\ttab\n\n\n\n    indented\x0c\n\x0b\n\n\n"
    return toy.version_of((toys.ADA, text, {"a.txt": b"a\n"}))


def message_like_a_diff(toy: Toy) -> list[Path]:
    text = (
        "mm: show what happens\n\n    diff --git a/x b/x\n    --- a/x\n    +++ b/x\n"
        "    @@ -1 +1 @@\n    -a\n    +b\n\nIndex of it.\nFrom: here on, all is well.\n"
    )
    return toy.version_of((toys.ADA, text, {"a.txt": b"a\n"}))


def notes_below_the_cut(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: notes\n\nbody\n", {"a.txt": b"a\n"}))
    notes = b"---\nChanges in v9: diff --git a/mm/memory.c b/mm/memory.c\n- more\n"
    patch.write_bytes(patch.read_bytes().replace(b"---\n", notes, 1))
    return [patch]


def author_in_the_body(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: other\n\nbody\n", {"a.txt": b"a\n"}))
    text = patch.read_bytes().replace(b"\n\n", b"\n\nFrom: Cem <c@example.org>\n\n", 1)
    patch.write_bytes(text)
    return [patch]


def scissors(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "mm: cut\n\nbefore\n\n-- >8 --\n\nbehind\n", {"a.txt": b"a\n"})
    )


def carriage_returns_in_the_mail(toy: Toy) -> list[Path]:
    patches = plain(toy)
    for patch in patches:
        patch.write_bytes(patch.read_bytes().replace(b"\n", b"\r\n"))
    return patches


def latin1_mail(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: caf\n\ncafé\n", {"a.txt": b"a\n"}))
    text = patch.read_bytes().replace(b"charset=UTF-8", b"charset=ISO-8859-1")
    patch.write_bytes(text.replace("café".encode(), b"caf\xe9"))
    return [patch]


def quoted_printable(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: caf\n\ncafé = x\n", {"a.txt": b"a = b\n"}))
    text = patch.read_bytes().replace(b": 8bit", b": quoted-printable").replace(b"=", b"=3D")
    text = text.replace(b"charset=3D", b"charset=").replace("é".encode(), b"=C3=A9")
    patch.write_bytes(text)
    return [patch]


def files_come_and_go(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "one\n", {"mm/new.c": b"new\n", "drivers/gpu/drm.c": None, "empty": b""}),
        (toys.ADA, "two\n", {"empty": None, "mm/new.c": b"newer\n"}),
    )


def no_newline_at_the_end(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "one\n", {"a.txt": b"a\nb"}), (toys.ADA, "two\n", {"a.txt": b"a\nb\n"})
    )


def renamed(toy: Toy) -> list[Path]:
    toy.at_base()
    toy.git("mv", "include/linux/old.h", "include/linux/new.h")
    toy.git("mv", "mm/damon/core.c", "mm/core.c")
    text = toys.KERNEL["include/linux/old.h"].replace(b"GONE", b"HERE")
    toy.commit((toys.ADA, "rename\n", {"include/linux/new.h": text}))
    patches = toy.version_of_head()
    assert b"\nrename from " in patches[0].read_bytes()
    return patches


def mode_changed(toy: Toy) -> list[Path]:
    toy.at_base()
    (toy.tree / "Kconfig").chmod(0o755)
    (toy.tree / "scripts/check.sh").chmod(0o644)
    (toy.tree / "run.sh").write_text("#!/bin/sh\n")
    (toy.tree / "run.sh").chmod(0o755)
    toy.commit_all("modes\n")
    return toy.version_of_head()


def binary(toy: Toy) -> list[Path]:
    logo = os.urandom(600)
    patches = toy.version_of(
        (toys.ADA, "binary\n", {"lib/logo.bin": logo + b"\0", "lib/new.bin": b"\0\1"}),
        (toys.ADA, "and back\n", {"lib/logo.bin": None}),
    )
    assert b"GIT binary patch" in patches[0].read_bytes()
    return patches


def odd_names(toy: Toy) -> list[Path]:
    return toy.version_of(
        (
            toys.ADA,
            "odd\n",
            {'q"uote': b"1\n", "a dir/c d": b"2\n", "é/ü": b"3\n", "a\\b\tc": b"4\n"},
        ),
        (toys.ADA, "odder\n", {'q"uote': b"5\n", "a dir/c d": None, "é/ü": b"6\n"}),
    )


def carriage_returns_in_a_file(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "dos\n", {"dos.txt": b"a\r\nb\r\n"}))
    return [patch]


ODD_PATCHES = [
    plain, long_subject, subject_not_ascii, subject_with_brackets, message_with_odd_space,
    message_like_a_diff, notes_below_the_cut, author_in_the_body, scissors,
    carriage_returns_in_the_mail, latin1_mail, quoted_printable, files_come_and_go,
    no_newline_at_the_end, renamed, mode_changed, binary, odd_names, carriage_returns_in_a_file,
]  # fmt: skip


@pytest.mark.parametrize("kind", ODD_PATCHES)
def test_commits_are_those_of_git_am(toy: Toy, kind: object) -> None:
    assert callable(kind)
    patches: list[Path] = kind(toy)
    expected = am(toy, patches, dates(toy, "v9", len(patches)))
    made = applied(toy, "v9")
    assert [commit.commit for commit in made.commits] == expected
    assert (made.commit, made.tree) == (expected[-1], toy.git("rev-parse", "HEAD^{tree}"))
    assert made.commits[-1].subject == toy.git("log", "-1", "--format=%s")
    assert toy.git("fsck", "--strict", "--no-dangling") == ""


def test_the_fixups_come_to_the_tree_of_their_version(toy: Toy) -> None:
    by_task = applied(toy, "v2", by_task=True)
    assert by_task.tree == applied(toy, "v2").tree
    assert [commit.task for commit in by_task.commits] == [None, None, "small-toy", "two-toys"]
    assert by_task.commits[:2] == applied(toy, "v1").commits
    committed = toy.git(
        "log", "--reverse", "--format=%ct", f"{by_task.commits[1].commit}..{by_task.commit}"
    )
    assert [int(date) for date in committed.split()] == dates(toy, "v2", 2)


def test_a_task_ends_at_its_fixup(toy: Toy) -> None:
    whole = applied(toy, "v2", by_task=True)
    assert applied(toy, "v2:small-toy").commits == whole.commits[:3]
    assert applied(toy, "v2:two-toys").commits == whole.commits


def test_the_chain_has_every_state_once(toy: Toy) -> None:
    series = toy.series()
    states = apply.chain(series, toy.base(), "v2", toy.cache)
    assert [str(target) for target, _ in states] == ["v1", "v2:small-toy", "v2:two-toys", "v2"]
    for target, state in states[:-1]:
        assert state.commit == applied(toy, str(target)).commit
        assert state.target == target
    assert states[-1][1].commit == states[-2][1].commit


def test_the_base_is_the_tree_without_the_series(toy: Toy) -> None:
    base = toy.base()
    made = applied(toy, "base", branch="refseries/toy/base")
    assert (made.commit, made.tree, made.branch, made.commits) == (base.commit, base.tree, None, ())
    assert toy.git("branch", "--list", "refseries/*") == ""


@pytest.mark.parametrize(
    ("target", "by_task", "name"),
    [
        (Target("v2"), False, "refseries/toy/v2"),
        (Target("v2"), True, "refseries/toy/v2-by-task"),
        (Target("v2", "small-toy"), False, "refseries/toy/v2-small-toy"),
    ],
)
def test_each_state_has_a_branch_of_its_own(
    toy: Toy, target: Target, by_task: bool, name: str
) -> None:
    assert apply.default_branch(toy.series(), target, by_task) == name


def test_a_second_time_applies_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    first = applied(toy, "v1", branch="refseries/toy/v1")
    before = objects(toy)
    ran: list[str] = []
    real = proc.run

    def run(argv: proc.Argv, **options: object) -> proc.Completed:
        words = [str(word) for word in argv]
        ran.append(next(word for word in words[1:] if word != "-c" and "=" not in word))
        return real(argv, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(proc, "run", run)
    assert applied(toy, "v1", branch="refseries/toy/v1") == first
    assert ran
    assert not {"apply", "commit-tree", "write-tree", "mailinfo", "update-ref"} & set(ran)
    assert objects(toy) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: None,
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: '{"a": 1}',
        lambda text: json.dumps(json.loads(text)[:1]),
        lambda text: json.dumps(list(reversed(json.loads(text)))),
        lambda text: text.replace('"tree": "', '"tree": "0'),
        lambda text: text.replace('"commit": "', '"commit": "--output=/x'),
    ],
)
def test_a_record_that_is_lost_or_damaged_is_made_again(toy: Toy, damage: object) -> None:
    assert callable(damage)
    first = applied(toy, "v1")
    (record,) = (toy.cache / "toy" / "applied").iterdir()
    whole = record.read_text()
    text = damage(whole)
    if text is None:
        record.unlink()
    else:
        record.write_text(text)
    assert applied(toy, "v1") == first
    assert record.read_text() == whole


def test_commits_that_git_has_thrown_away_are_made_again(toy: Toy) -> None:
    first = applied(toy, "v1")
    toy.git("reflog", "expire", "--expire=now", "--all")
    toy.git("gc", "--quiet", "--prune=now")
    assert git.resolve(toy.tree, first.commit) is None
    assert applied(toy, "v1") == first
    assert git.resolve(toy.tree, first.commit) == first.commit


def test_another_patch_under_the_same_name_is_another_commit(toy: Toy) -> None:
    first = applied(toy, "v1")
    patch = toy.series().versions[0].patches[1]
    patch.write_text(patch.read_text().replace("described below", "described in"))
    second = applied(toy, "v1")
    assert second.commit != first.commit
    assert second.tree == first.tree


# Patches that do not apply.


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
        ("diff --git", "no diff", "holds no diff"),
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


def test_a_branch_of_the_users_is_never_moved(toy: Toy) -> None:
    before = toy.git("rev-parse", "master")
    with pytest.raises(StageError, match="`master` exists and is not ours"):
        applied(toy, "v1", branch="master")
    assert toy.git("rev-parse", "master") == before
    made = applied(toy, "v1", branch="topic/mine")  # a new one is made
    assert toy.git("rev-parse", "topic/mine") == made.commit


def test_our_branch_moves_with_the_version(toy: Toy) -> None:
    applied(toy, "v1", branch="refseries/toy/it")
    made = applied(toy, "v2", branch="refseries/toy/it")
    assert toy.git("rev-parse", "refseries/toy/it") == made.commit


def test_our_branch_with_a_commit_of_the_users_is_not_moved(toy: Toy) -> None:
    applied(toy, "v1", branch="refseries/toy/v1")
    toy.git("checkout", "--quiet", "refseries/toy/v1")
    mine = toy.commit((toys.ADA, "my fix\n", {"mm/toy.c": b"fixed\n"}))
    with pytest.raises(StageError, match="is checked out in"):
        applied(toy, "v2", branch="refseries/toy/v1")
    toy.git("checkout", "--quiet", "master")
    with pytest.raises(StageError, match="a commit that refseries did not make"):
        applied(toy, "v2", branch="refseries/toy/v1")
    assert toy.git("rev-parse", "refseries/toy/v1") == mine


@pytest.mark.parametrize("name", ["a..b", "-d", "x.lock", "@{-1}", "a b", "/x", "refseries/"])
def test_a_name_that_no_branch_can_have_is_wrong_use(toy: Toy, name: str) -> None:
    with pytest.raises(SeriesError, match="cannot be the name of a branch"):
        applied(toy, "v1", branch=name)


def test_hooks_of_the_user_never_run(toy: Toy) -> None:
    for hook in ("reference-transaction", "post-checkout", "applypatch-msg", "post-commit",
                 "pre-applypatch", "commit-msg", "post-index-change"):  # fmt: skip
        path = toy.tree / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\necho {hook} >>{toy.directory}/hooks-ran\n")
        path.chmod(0o755)
    applied(toy, "v1", branch="refseries/toy/v1")
    assert not (toy.directory / "hooks-ran").exists()


SETTINGS = {
    "commit.gpgSign": "true",
    "gpg.program": "/bin/false",
    "user.signingKey": "0x0",
    "commit.template": "/etc/hostname",
    "commit.cleanup": "scissors",
    "commit.encoding": "latin1",
    "i18n.commitEncoding": "ISO-8859-1",
    "i18n.logOutputEncoding": "ISO-8859-1",
    "core.autocrlf": "true",
    "core.eol": "crlf",
    "core.safecrlf": "true",
    "core.fileMode": "false",
    "core.ignoreCase": "true",
    "core.symlinks": "false",
    "core.quotePath": "true",
    "core.splitIndex": "true",
    "core.sparseCheckout": "true",
    "core.commentChar": "m",
    "core.logAllRefUpdates": "false",
    "core.whitespace": "tab-in-indent",
    "core.abbrev": "5",
    "index.version": "4",
    "apply.whitespace": "fix",
    "apply.ignoreWhitespace": "change",
    "am.keepcr": "true",
    "am.threeWay": "true",
    "mailinfo.scissors": "true",
    "mailinfo.quotedCr": "strip",
    "diff.noprefix": "true",
    "diff.renames": "copies",
    "log.showSignature": "true",
    "log.decorate": "full",
    "log.mailmap": "true",
    "color.ui": "always",
    "user.useConfigOnly": "true",
    "safe.bareRepository": "explicit",
    "feature.manyFiles": "true",
}


@pytest.mark.parametrize("where", ["repository", "home"])
def test_settings_of_the_user_change_no_commit(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    toy.at_base()
    toy.git("mv", "include/linux/old.h", "include/linux/new.h")
    (toy.tree / "Kconfig").chmod(0o755)
    toy.commit((toys.ADA, "mm: é \n\n\nbefore\n\n-- >8 --\n\nbehind\t\n", {"dos": b"a\r\nb \r\n"}))
    toy.commit((toys.ADA, "mm: case\n", {"DOS": b"1\n", "dos": b"a\r\n\tb \n", "é ü": b"\0"}))
    toy.version_of_head()
    expected = applied(toy, "v9").commits
    by_task = applied(toy, "v2", by_task=True).commits
    for record in (toy.cache / "toy" / "applied").iterdir():
        record.unlink()
    config = toy.tree / ".git/config" if where == "repository" else toy.directory / "gitconfig"
    sections = ((*name.partition(".")[::2], value) for name, value in SETTINGS.items())
    with config.open("a") as stream:
        stream.writelines(f"[{section}]\n{name} = {value}\n" for section, name, value in sections)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(toy.directory / "gitconfig"))
    before = objects(toy)
    assert applied(toy, "v9").commits == expected
    assert applied(toy, "v2", by_task=True).commits == by_task
    assert objects(toy) == before  # no shared index, no log


def test_settings_of_the_user_do_not_make_a_patch_apply(toy: Toy) -> None:
    (patch,) = toy.version_of((toys.ADA, "one\n", {"mm/memory.c": toys.lines((5, b"x"))}))
    patch.write_text(patch.read_text().replace(" int line_4;", " int  line_4;"))
    toy.git("config", "apply.ignoreWhitespace", "change")
    with pytest.raises(StageError, match="does not apply"):
        applied(toy, "v9")


def test_a_hook_that_runs_us_does_not_lend_us_its_repository(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = applied(toy, "v1").commits
    for record in (toy.cache / "toy" / "applied").iterdir():
        record.unlink()
    base = toy.base()
    for name, value in {
        "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_COMMON_DIR": "/nowhere", "GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_PREFIX": "x/",
        "GIT_AUTHOR_NAME": "Mallory", "GIT_AUTHOR_DATE": "1 +0000", "GIT_COMMITTER_DATE": "1 +0000",
        "GIT_DEFAULT_HASH": "sha256",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git.forget_caller()
    assert os.environ["GIT_CONFIG_NOSYSTEM"] == "1"
    series = toy.series()
    made = apply.apply(series, base, Target("v1"), toy.cache)
    assert made.commits == expected
    assert git.git_dir(toy.tree) == toy.tree / ".git"
    assert git.read_file(toy.tree, base.commit, "Kconfig") == toys.KERNEL["Kconfig"]
