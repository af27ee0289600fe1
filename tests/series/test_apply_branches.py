# SPDX-License-Identifier: GPL-2.0-or-later
"""What applying leaves alone: branches, hooks and settings of the user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import toy as toys
from applied_toy import applied, objects
from toy import Toy

from refseries import git
from refseries.errors import HostError, SeriesError, StageError
from refseries.model import Target
from refseries.series import apply


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


def test_our_branch_moves_where_git_keeps_no_log(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a bare repository, or behind the months for which it keeps one."""
    monkeypatch.chdir(toy.project)
    toy.git("config", "core.logAllRefUpdates", "false")
    applied(toy, "v1", branch="refseries/toy/it")
    assert toy.git("reflog", "show", "--format=%gs", "refseries/toy/it", "--").endswith("project")
    for version in ("v2", "v1"):
        toy.git("reflog", "expire", "--expire=all", "refseries/toy/it")
        made = applied(toy, version, branch="refseries/toy/it")
        assert toy.git("rev-parse", "refseries/toy/it") == made.commit


def test_our_branch_without_a_commit_of_anybody_moves(toy: Toy) -> None:
    toy.git("branch", "refseries/toy/it", toy.base_commit)
    made = applied(toy, "v1", branch="refseries/toy/it")
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


@pytest.mark.parametrize("other", ["v1", "v2"])
def test_a_branch_that_another_process_makes_meanwhile(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    theirs = applied(toy, other, branch=None).commit
    resolve = git.resolve

    def late(path: Path, ref: str) -> str | None:
        found = resolve(path, ref)
        if ref == "refs/heads/refseries/toy/it" and found is None:
            toy.git("update-ref", ref, theirs)
        return found

    monkeypatch.setattr(git, "resolve", late)
    if other == "v1":
        assert applied(toy, "v1", branch="refseries/toy/it").commit == theirs
    else:
        with pytest.raises(StageError, match="did not move the branch `refseries/toy/it`: "):
            applied(toy, "v1", branch="refseries/toy/it")
    assert toy.git("rev-parse", "refseries/toy/it") == theirs


def test_a_branch_that_cannot_be_written_is_the_machines_fault(toy: Toy) -> None:
    """Root may write anywhere, so a file stands where git makes a folder."""
    applied(toy, "v1")
    (toy.tree / ".git/logs/refs/heads/refseries").write_text("")
    with pytest.raises(HostError, match="git cannot write: the disk is full or read-only"):
        applied(toy, "v1", branch="refseries/toy/it")


@pytest.mark.parametrize("theirs", ["refseries", "refseries/toy", "refseries/toy/it/old"])
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_a_branch_that_leaves_no_room_for_ours_is_named(
    toy: Toy, theirs: str, packed: bool
) -> None:
    toy.git("branch", theirs)
    if packed:
        toy.git("pack-refs", "--all")
    with pytest.raises(StageError) as caught:
        applied(toy, "v1", branch="refseries/toy/it")
    assert caught.value.what == (
        f"there can be no branch `refseries/toy/it` beside the branch `{theirs}`."
    )
    assert caught.value.hint == f"Give that one another name: git branch -m {theirs} NAME"


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
