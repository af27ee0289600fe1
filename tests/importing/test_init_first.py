# SPDX-License-Identifier: GPL-2.0-or-later
"""``init`` in one command: from a branch or a mailbox to a series with its first version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import posted_series
import pytest
import toy_releases
from toy import ADA, Change, Toy
from toy_import import CHANGE_ID, COVER, TRACKING, empty_commit, mailbox, with_marker

from refseries.host import proc
from refseries.series import store

Run = Callable[..., proc.Completed]

# Says of any file who it is: one person and one list.
_SCRIPT = b"""#!/usr/bin/perl
print "Mia Keeper <mia\\@example.org>\\nlinux-toys\\@example.org\\n";
"""
_KBUILD = {
    "scripts/get_maintainer.pl": _SCRIPT,
    "MAINTAINERS": b"TOYS\nM:\tMia Keeper <mia@example.org>\n",
    "mm/Makefile": b"obj-y += memory.o\nobj-$(CONFIG_TOY) += toy-all.o\n"
    b"toy-all-y := toy.o \\\n\ttoy_more.o\n",
    "mm/Kconfig": b'config MMU\n\tdef_bool y\n\nconfig SWAP\n\tbool "Swap"\n\n'
    b'config TOY\n\ttristate "Toys"\n\tdepends on MMU && SWAP\n\thelp\n\t  Toys.\n',
    "Kbuild": b"obj-y += mm/\n",
}
_CHANGES: tuple[Change, ...] = (
    (ADA, "mm: introduce toys\n\nText.\n", {"mm/toy.c": b"int toy;\n"}),
    (ADA, "mm: more toys\n\nText.\n", {"mm/toy_more.c": b"int more;\n", "mm/odd.c": b"int o;\n"}),
)
ENV = {"REFSERIES_TREE": ""}


@pytest.fixture
def me(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Nora Ångström\n\temail = nora@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


@pytest.fixture
def tree(toy: Toy, me: None) -> Toy:
    """A kernel with rules to read, released as 6.14, and a branch over it."""
    toy_releases.add(toy)
    toy.git("checkout", "--quiet", "--detach", "v6.14")
    toy.commit((ADA, "Linux with Kbuild\n", dict(_KBUILD)))
    toy.git("tag", "--force", "v6.14")
    toy.git("checkout", "--quiet", "-b", "topic/new-toys")
    for change in _CHANGES:
        toy.commit(change)
    return toy


def test_in_the_kernel_tree_itself(tree: Toy, refseries: Run) -> None:
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    series = store.load(tree.tree)
    assert (series.name, series.base.ref, series.base.tree) == ("new-toys", "v6.14", tree.tree)
    assert 'tree = "."' in (tree.tree / "series/series.toml").read_text()
    (version,) = series.versions
    assert (version.name, len(version.patches), version.base) == ("v1", 2, None)
    assert [who.email for who in series.to] == ["mia@example.org"]
    assert [who.email for who in series.cc] == ["linux-toys@example.org"]
    config = (tree.tree / "kernel-tests/config").read_text()
    assert "CONFIG_TOY=y" in config
    told = json.loads((tree.tree / "init.json").read_text())
    assert (told["versions"], told["options"]) == (["v1"], ["TOY"])
    assert (told["ignored"], "git ignores" in done.stdout) == ([], False)
    assert told["unknown"] == ["mm/odd.c"]
    assert "v1  new-toys: 2 patches on v6.14" in done.stdout
    assert "mm/odd.c: no list of Kbuild's for this architecture names it" in done.stdout
    assert done.stdout.endswith("Next: refseries test v1\n")
    status = refseries("status", env=ENV, cwd=tree.tree)
    assert status.returncode == 0, status.stderr
    assert "Next: refseries test v1" in status.stdout
    assert tree.git("status", "--porcelain") == "?? init.json\n?? kernel-tests/\n?? series/"
    work = refseries("rebase", "v1", "--onto", "v6.13", env=ENV, cwd=tree.tree)
    assert work.returncode == 0, work.stderr


@pytest.mark.parametrize("rule", ["series", "*.patch"])
def test_a_folder_that_the_kernel_has_git_ignore_is_told(
    tree: Toy, refseries: Run, rule: str
) -> None:
    """The kernel's own .gitignore has both: what quilt makes, and mail."""
    tree.commit((ADA, "ignore\n", {".gitignore": f"# quilt's\n{rule}\n".encode()}))
    done = refseries("init", "--json", "init.json", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert json.loads((tree.tree / "init.json").read_text())["ignored"] == ["series"]
    told = " ".join(done.stdout.split())
    assert f"git ignores files of series/ here (.gitignore:2 {rule}): `git add -f series`" in told
    tree.git("add", "--force", "series")
    assert "v1/version.toml" in tree.git("ls-files", "series")


def test_a_folder_that_git_ignores_no_more_is_not_told(tree: Toy, refseries: Run) -> None:
    tree.commit((ADA, "ignore\n", {".gitignore": b"series\n*.patch\n!series\n!*.patch\n"}))
    done = refseries("init", "--quiet", env=ENV, cwd=tree.tree)
    assert (done.returncode, "git ignores" in done.stdout, done.stderr) == (0, False, "")


def test_a_named_branch_into_another_folder(tree: Toy, refseries: Run, tmp_path: Path) -> None:
    tree.git("checkout", "--quiet", "master")
    where = ("--tree", str(tree.tree), "--from", "topic/new-toys")
    done = refseries("init", str(tmp_path / "mine"), *where, env=ENV)
    assert done.returncode == 0, done.stderr
    series = store.load(tmp_path / "mine")
    assert (series.name, series.base.ref, len(series.versions)) == ("mine", "v6.14", 1)
    assert f"Next: refseries -C {tmp_path}/mine test v1" in done.stdout


def test_a_branch_that_is_called_as_a_folder_is_the_branch(tree: Toy, refseries: Run) -> None:
    tree.git("branch", "--move", "mm")
    assert (tree.tree / "mm").is_dir()
    done = refseries("init", "--from", "mm", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert len(store.load(tree.tree).versions[0].patches) == 2
    done = refseries("import", "mm", "--as", "v2", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    done = refseries("import", "./mm", "--as", "v3", env=ENV, cwd=tree.tree)
    assert (done.returncode, "mm/Kconfig: a mail in it" in done.stderr) == (2, True), done.stderr


def test_a_branch_of_b4_is_the_version_that_it_says(tree: Toy, refseries: Run) -> None:
    tree.git("checkout", "--quiet", "-b", "b4/toys", "v6.14")
    empty_commit(tree, with_marker(COVER))
    tree.commit(_CHANGES[0])
    done = refseries("init", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    series = store.load(tree.tree)
    assert (series.name, series.title) == ("toys", "mm: introduce toys")
    assert [(v.name, v.change_id) for v in series.versions] == [("v3", CHANGE_ID)]
    assert len(series.versions[0].patches) == 1


def test_b4s_placeholder_is_no_title(tree: Toy, refseries: Run) -> None:
    # As b4 has it in a branch that it has just prepared.
    letter = "EDITME: cover title for toys\n\n# Describe it.\n\nSigned-off-by: N <n@example.org>\n"
    tree.git("checkout", "--quiet", "-b", "b4/toys", "v6.14")
    empty_commit(tree, with_marker(letter))
    for change in _CHANGES:
        tree.commit(change)
    done = refseries("init", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    series = store.load(tree.tree)
    assert (series.title, series.versions[0].cover.read_text()) == ("toys", "# toys\n")
    assert "b4's placeholder is in its cover letter: EDITME: cover title for toys" in done.stdout
    assert "Write its cover letter: " in done.stdout


def test_a_mailbox_says_what_it_was_made_on(tree: Toy, refseries: Run, tmp_path: Path) -> None:
    out = tree.export("v6.14", tree.directory / "out", "--base=v6.14", "--thread")
    raw = [path.read_bytes().partition(b"\n")[2] for path in out]
    path = mailbox(tree, raw)
    tree.git("checkout", "--quiet", "master")
    where = ("--tree", str(tree.tree), "--from", str(path))
    done = refseries("init", str(tmp_path / "mine"), *where, env=ENV)
    assert done.returncode == 0, done.stderr
    series = store.load(tmp_path / "mine")
    assert (series.base.ref, [v.name for v in series.versions]) == ("v6.14", ["v1"])
    assert series.versions[0].base is None


def test_what_of_a_mailbox_is_in_no_version_is_named(tree: Toy, refseries: Run) -> None:
    mails = posted_series.patches(tree, *_CHANGES, cover=("mm: toys", "Toys.\n"))
    before = [mail.replace(b"[PATCH ", b"[RFC PATCH ").replace(b"<v1", b"<rfc") for mail in mails]
    before = [mail.replace(b"+int toy;", b"+int rfc;") for mail in before]
    path = mailbox(tree, [*before, *mails])
    done = refseries("init", "new", "--from", str(path), cwd=tree.tree, env=ENV)
    assert done.returncode == 0, done.stderr
    assert "Left out:\n  [RFC PATCH 0/2] mm: toys: it says that it is v1, too; " in done.stdout
    done = refseries("init", "more", "--from", str(path), "--json", "-", cwd=tree.tree, env=ENV)
    assert [each["version"] for each in json.loads(done.stdout)["not_taken"]] == [1]


def test_whom_mails_went_to_and_which_tree_they_name_is_kept(
    tree: Toy, refseries: Run, tmp_path: Path
) -> None:
    words = ("--base=v6.14", "--subject-prefix=PATCH toys-next v2", "--to=Mia <mia@example.org>")
    others = ("--cc=toys@lists.example.org", "--cc=Otto Old <otto@example.org>")
    out = tree.export("v6.14", tree.directory / "out", *words, *others)
    path = mailbox(tree, [path.read_bytes().partition(b"\n")[2] for path in out])
    tree.git("checkout", "--quiet", "master")
    where = ("--tree", str(tree.tree), "--from", str(path))
    done = refseries("init", str(tmp_path / "mine"), *where, env=ENV)
    assert done.returncode == 0, done.stderr
    assert "toys-next" not in done.stdout  # nothing is left to do
    series = store.load(tmp_path / "mine")
    assert series.prefixes == ("toys-next",)
    assert [who.email for who in series.to] == ["mia@example.org"]
    assert [(who.name, who.email) for who in series.cc] == [
        ("", "linux-toys@example.org"),
        ("", "toys@lists.example.org"),
        ("Otto Old", "otto@example.org"),
    ]
    again = refseries("-C", str(tmp_path / "mine"), "import", str(path), "--as", "v5", env=ENV)
    assert "toys-next" not in again.stdout
    toml = tmp_path / "mine" / "series" / "series.toml"
    toml.write_text(toml.read_text().replace('["toys-next"]', "[]"))
    again = refseries("-C", str(tmp_path / "mine"), "import", str(path), "--as", "v6", env=ENV)
    assert "its subjects say `toys-next`, and `prefixes` in series.toml does not" in again.stdout


def test_whom_b4_would_send_it_to_is_kept(tree: Toy, refseries: Run) -> None:
    tree.git("checkout", "--quiet", "-b", "b4/toys", "v6.14")
    letter = "mm: toys\n\nText.\n\nTo: Otto Old <otto@example.org>\nCc: l@lists.example.org\n"
    data = {"series": TRACKING["series"] | {"prefixes": ["RFC", "toys-next"]}}
    empty_commit(tree, with_marker(letter, data))
    tree.commit(_CHANGES[0])
    assert refseries("init", env=ENV, cwd=tree.tree).returncode == 0
    series = store.load(tree.tree)
    assert [who.email for who in series.cc[-2:]] == ["otto@example.org", "l@lists.example.org"]
    assert series.prefixes == ("toys-next",)


def test_without_a_branch_of_ones_own_it_begins_as_before(tree: Toy, refseries: Run) -> None:
    tree.git("checkout", "--quiet", "--detach", "v6.14")
    done = refseries("init", env=ENV, cwd=tree.tree)
    assert (done.returncode, "--tree DIR --base-ref REF" in done.stderr) == (2, True)
    assert "no branch with commits of yours is checked out. Name what v1 is: --from" in done.stderr
    assert not (tree.tree / "series").exists()


def test_a_base_that_is_not_there_is_named(tree: Toy, refseries: Run) -> None:
    done = refseries("init", "--base-ref", "v5.0", env=ENV, cwd=tree.tree)
    assert (done.returncode, "there is no commit `v5.0`" in done.stderr) == (2, True)


def test_what_is_not_there_leaves_nothing(tree: Toy, refseries: Run, tmp_path: Path) -> None:
    where = ("--tree", str(tree.tree), "--from", "gone")
    done = refseries("init", str(tmp_path / "mine"), *where, env=ENV)
    assert (done.returncode, "neither a file nor a branch" in done.stderr) == (2, True)
    assert not (tmp_path / "mine").exists()


def test_commits_of_the_series_itself_are_no_patches_of_it(tree: Toy, refseries: Run) -> None:
    """They have reviews and settings in them, which are not for the list."""
    assert refseries("init", env=ENV, cwd=tree.tree).returncode == 0
    tree.commit_all("series: keep v1\n")
    tree.commit((ADA, "mm: third toys\n\nText.\n", {"mm/third.c": b"int third;\n"}))
    done = refseries("import", "topic/new-toys", "--as", "v2", env=ENV, cwd=tree.tree)
    assert done.returncode == 0, done.stderr
    assert "left out, files of this project: series: keep v1" in done.stdout
    assert "the base, which is the commit that its commits stand on." in done.stdout
    v2 = store.version(store.load(tree.tree), "v2")
    assert [path.name[:5] for path in v2.patches] == ["0001-", "0002-", "0003-"]
    assert v2.patches[-1].name == "0003-mm-third-toys.patch"
    mixed: Change = (ADA, "mm: both\n", {"mm/both.c": b"int b;\n", "series/notes": b"\n"})
    tree.commit(mixed)
    done = refseries("import", "topic/new-toys", "--as", "v3", env=ENV, cwd=tree.tree)
    assert (done.returncode, "`mm: both` changes files of the kernel and" in done.stderr) == (
        2, True,
    )  # fmt: skip
    only = refseries("import", "HEAD~3..HEAD~2", "--as", "v3", env=ENV, cwd=tree.tree)
    assert (only.returncode, "files of this project alone" in only.stderr) == (2, True)


@pytest.mark.parametrize("there", [False, True], ids=["new-folder", "folder-with-tests"])
def test_what_cannot_be_imported_begins_no_series(
    tree: Toy, refseries: Run, tmp_path: Path, there: bool
) -> None:
    """Else the same command with a better base would be refused: there is a series."""
    out = tree.export("v6.14", tree.directory / "out", "--thread")
    raw = [path.read_bytes().partition(b"\n")[2] for path in out]
    raw[0] += b"prerequisite-patch-id: " + b"1" * 40 + b"\n"
    path = mailbox(tree, raw)
    mine = tmp_path / "mine"
    if there:
        (mine / "kernel-tests").mkdir(parents=True)
        (mine / "kernel-tests" / "config").write_text("CONFIG_MM=y\n")
    before = sorted(mine.rglob("*"))
    where = (str(mine), "--tree", str(tree.tree), "--from", str(path))
    done = refseries("init", *where, env=ENV)
    said = " ".join(done.stderr.split())
    assert (done.returncode, "which the project does not have" in said) == (2, True)
    assert "No series was begun: without --from, it begins without a version." in said
    assert (sorted(mine.rglob("*")), mine.exists()) == (before, there)
    done = refseries("init", *where, "--base-ref", "v6.14", env=ENV)
    assert done.returncode == 0, done.stderr
    (first,) = store.load(mine).versions
    assert (first.name, first.base) == ("v1", None)
