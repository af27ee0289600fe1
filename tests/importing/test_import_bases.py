# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions that come with a base of their own keep it, whatever they come from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import posted_series
import pytest
import toy as toys
import toy_releases
from toy import ADA, Change, Files, Toy, lines
from toy_import import CHANGE_ID, COVER, bring_in, empty_commit, mailbox, with_marker

from refseries.errors import StageError
from refseries.host import proc
from refseries.importing.base_match import Fit
from refseries.kernel import base as bases
from refseries.model import OwnBase, Target
from refseries.series import apply, store

Refseries = Callable[..., proc.Completed]
_COMMITTER = {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}


@pytest.fixture
def commits(toy: Toy) -> dict[str, str]:
    return toy_releases.add(toy)


def _own(toy: Toy, release: str) -> OwnBase:
    commit = toy.git("rev-parse", f"v{release}^{{commit}}")
    return OwnBase(release, commit, f"v{release}", str(toy.tree))


def _applied(toy: Toy, name: str) -> str:
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    return apply.apply(series, info, Target(name), toy.cache).base


def test_a_range_keeps_where_it_begins(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    toy_releases.branch(toy, "topic", "6.13", *toy_releases.change("6.13"))
    done = refseries("import", "v6.13..topic", "--as", "v3", "--json", "came.json")
    assert done.returncode == 0, done.stderr
    assert "Applies over a base of its own, v6.13, which is the commit" in done.stdout
    text = (toy.project / "series/v3/version.toml").read_text()
    table = f'[base]\nrelease = "6.13"\ncommit = "{commits["6.13"]}"\nref = "v6.13"\n'
    table += f'tree = "{toy.tree}"\n'  # the series says nothing of a tree
    assert text.endswith(table)
    (came,) = json.loads((toy.project / "came.json").read_text())["versions"]
    assert came["own_base"]["ref"] == "v6.13"
    assert _applied(toy, "v3") == commits["6.13"]
    assert refseries("apply", "v3").returncode == 0
    assert "does not apply" not in refseries("status").stdout


def test_five_versions_on_three_bases(toy: Toy, commits: dict[str, str]) -> None:
    for number, release in ((3, "6.13"), (4, "6.14"), (5, "6.12.117")):
        toy_releases.branch(toy, f"topic-{number}", release, *toy_releases.change(release))
        bring_in(toy, f"v{release}..topic-{number}", f"v{number}")
    own = [version.base and version.base.ref for version in toy.series().versions]
    assert own == [None, None, "v6.13", "v6.14", None]
    assert [_applied(toy, f"v{number}") for number in range(1, 6)] == [
        commits[release] for release in ("6.12.117", "6.12.117", "6.13", "6.14", "6.12.117")
    ]


def test_a_plain_branch_keeps_the_release_that_it_left(toy: Toy, commits: dict[str, str]) -> None:
    toy_releases.branch(toy, "topic", "6.14", *toy_releases.change("6.14"))
    (found,) = bring_in(toy, "topic", "v3").brought
    assert found.version.base == _own(toy, "6.14")
    assert len(found.commits) == 2


@pytest.mark.parametrize("tag", ["v2", "next-try", "v6.14-mytree.1", "v6.14.1-foo"])
def test_a_tag_of_the_user_is_no_release(toy: Toy, commits: dict[str, str], tag: str) -> None:
    """Who keeps what was sent by tags calls them v1, v2, next-try, or after what it was made on."""
    toy_releases.branch(toy, "topic", "6.14", *toy_releases.change("6.14"))
    toy.git("tag", tag, "topic~")
    (found,) = bring_in(toy, "topic", "v3").brought
    assert found.version.base == _own(toy, "6.14")
    assert len(found.commits) == 2


def test_a_plain_branch_keeps_what_it_follows(toy: Toy, commits: dict[str, str]) -> None:
    base = toy_releases.branch(
        toy, "mm-unstable", "6.13", (ADA, "queued\n", {"mm/q.c": b"int q;\n"})
    )
    toy.git("checkout", "--quiet", "--track", "-b", "topic", "mm-unstable")
    toy.commit((ADA, "mm: one\n", {"mm/one.c": b"int one;\n"}))
    toy.git("checkout", "--quiet", "master")
    (found,) = bring_in(toy, "topic", "v3").brought
    assert found.base.commit == base
    assert [commit.subject for commit in found.commits] == ["mm: one"]
    assert found.version.base is not None
    assert re.fullmatch(r"v6\.13-1-g[0-9a-f]{12}", found.version.base.ref)


@pytest.mark.parametrize("pushed", [False, True], ids=["theirs", "pushed"])
def test_a_branch_that_is_called_as_what_it_follows(
    toy: Toy, commits: dict[str, str], pushed: bool
) -> None:
    """It is on top of a maintainer's of that name, or is there as its author pushed it."""
    toy.git("checkout", "-q", "-b", "for-next", "v6.13")
    who = {} if pushed else {"GIT_COMMITTER_NAME": "Mia", "GIT_COMMITTER_EMAIL": "m@example.org"}
    toy.git("config", "remote.mm.fetch", "+refs/heads/*:refs/remotes/mm/*")
    toy.git("config", "branch.for-next.remote", "mm")
    toy.git("config", "branch.for-next.merge", "refs/heads/for-next")
    toy.commit((ADA, "mm: one\n", {"mm/one.c": b"int one;\n"}))
    toy.git("commit", "-q", "--amend", "--no-edit", env=_COMMITTER | who)
    toy.git("update-ref", "refs/remotes/mm/for-next", "HEAD")
    toy.commit((ADA, "mm: two\n", {"mm/two.c": b"int two;\n"}))
    toy.git("checkout", "-q", "master")
    (found,) = bring_in(toy, "for-next", "v3").brought
    wanted = ["mm: one", "mm: two"] if pushed else ["mm: two"]
    assert [commit.subject for commit in found.commits] == wanted


@pytest.mark.parametrize("at_tip", [False, True], ids=["commit", "tip-commit"])
def test_a_branch_of_b4_keeps_its_own(toy: Toy, commits: dict[str, str], at_tip: bool) -> None:
    base = toy_releases.branch(toy, "queue", "6.13", (ADA, "queued\n", {"mm/q.c": b"int q;\n"}))
    toy.git("checkout", "--quiet", "-b", "b4/toys", base)
    data = {"series": {"revision": 3, "change-id": CHANGE_ID, "prefixes": []}}
    if at_tip:
        data["series"]["base-branch"] = "queue"
    else:
        empty_commit(toy, with_marker(COVER, data))
    toy.commit((ADA, "mm: one\n", {"mm/one.c": b"int one;\n"}))
    if at_tip:
        empty_commit(toy, with_marker(COVER, data))
    toy.git("checkout", "--quiet", "master")
    (found,) = bring_in(toy, "b4/toys").brought
    assert (found.version.name, found.base.commit, len(found.commits)) == ("v3", base, 1)


def test_a_mail_keeps_the_base_that_it_names(toy: Toy, commits: dict[str, str]) -> None:
    toy_releases.branch(toy, "topic", "6.13", *toy_releases.change("6.13"))
    toy.git("checkout", "--quiet", "topic")
    out = toy.export("v6.13", toy.directory / "out", f"--base={commits['6.13']}")
    raw = [path.read_bytes().partition(b"\n")[2] for path in out]
    mails = [b"Message-ID: <%d@example.org>\n" % at + mail for at, mail in enumerate(raw)]
    (found,) = bring_in(toy, mailbox(toy, mails), "v3").brought
    assert found.ground.fit is Fit.NAMED
    assert found.version.base == _own(toy, "6.13")


def test_mails_that_name_none_stand_where_the_version_before_does(
    toy: Toy, commits: dict[str, str]
) -> None:
    toy_releases.branch(toy, "topic", "6.13", *toy_releases.change("6.13"))
    bring_in(toy, "v6.13..topic", "v3")
    mails = posted_series.patches(toy, (ADA, "mm: x\n", {"mm/x.c": b"int x;\n"}), number=4)
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert found.version.base == _own(toy, "6.13")


def test_what_the_user_says_counts_alone(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    mails = posted_series.patches(toy, (ADA, "mm: x\n", {"mm/x.c": b"int x;\n"}), number=3)
    path = mailbox(toy, mails)
    done = refseries("import", str(path), "--base-ref", "v6.14")
    assert done.returncode == 0, done.stderr
    assert store.version(toy.series(), "v3").base == _own(toy, "6.14")
    done = refseries("import", str(path), "--as", "v4", "--base-ref", "v9")
    assert (done.returncode, "there is no commit `v9`" in done.stderr) == (2, True)


def test_a_patch_that_the_base_has_is_named(toy: Toy, commits: dict[str, str]) -> None:
    toy.git("checkout", "--quiet", "--detach", "v6.14")
    taken: Change = (ADA, "mm: taken\n", {"mm/memory.c": lines((30, b"int thirty;"))})
    mails = posted_series.patches(toy, taken, (ADA, "mm: new\n", {"mm/n.c": b"int n;\n"}), number=3)
    toy.at_base()
    commit = toy.commit(taken)
    toy.git("tag", "v6.12.118-toys.1")  # nobody else knows that one
    toy.commit((ADA, "later\n", {"mm/memory.c": lines((1, b"int l;"), (30, b"int thirty;"))}))
    toy.git("tag", "v6.12.118")
    series, path = toy.series(), mailbox(toy, mails)
    with pytest.raises(StageError) as caught:
        _over(toy, path, "v6.12.118")
    assert caught.value.what == (
        "1 of its 2 patches need not be applied: mm: taken: "
        f"in the base since v6.12.118 ({commit[:12]})."
    )
    assert toy.series() == series


def test_a_base_without_history_has_a_patch_by_its_lines(toy: Toy) -> None:
    taken: Change = (ADA, "mm: taken\n", {"mm/memory.c": lines((30, b"int thirty;"))})
    mails = posted_series.patches(toy, taken, number=3)
    toy.at_base()
    files: Files = {"mm/memory.c": lines((2, b"int l;"), (30, b"int thirty;"))}
    toy.commit((ADA, "all at once\n", files))
    toy.git("tag", "v6.12.118")
    with pytest.raises(StageError, match="mm: taken: in the base already"):
        _over(toy, mailbox(toy, mails), "v6.12.118")


def _over(toy: Toy, path: object, ref: str) -> None:
    from refseries.importing import source, write
    from refseries.kernel import version_base

    home = toy.base()
    drafts = source.read(home, str(path), toy.project).drafts
    told = version_base.at(home, ref)
    write.bring(toy.series(), home, drafts, toy.cache, told=told)


def test_what_a_mail_names_and_is_no_kernel_is_no_base(toy: Toy) -> None:
    toy.git("checkout", "--quiet", "--orphan", "notes")
    toy.git("rm", "-rfq", ".")
    empty_commit(toy, "notes")
    odd = toy.git("rev-parse", "HEAD")
    toy.git("checkout", "--quiet", "master")
    mails = posted_series.patches(toy, (ADA, "mm: x\n", {"mm/x.c": b"int x;\n"}), number=3)
    mails[-1] += f"\nbase-commit: {odd}\n".encode()
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    assert found.version.base is None
    assert found.base.release == toys.RELEASE
