# SPDX-License-Identifier: GPL-2.0-or-later
"""A version as a b4 prep branch, judged by the real b4."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import mailserver
import pytest
import toy as toys
import toy_releases
from exported_mails import in_series, make
from task_commits import review, settle
from toy_import import bring_in

from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.importing import branch, write
from refseries.kernel import base as bases
from refseries.posting import b4_branch
from refseries.posting.b4_branch import Prepared
from refseries.series import store

ME = "Sen Der <sen@example.org>"
CHANGE_ID = "20261110-toys-0123456789ab"
COVER = """\
# mm: introduce toys

Toys are what pages play with.

#1 is not a comment.

Changes in v2:

- a smaller toy
"""


@pytest.fixture
def mine(toy: toys.Toy) -> toys.Toy:
    """The toy with a user, a change-id, recipients, a posted v1, and a cover letter of v2."""
    settings = (
        ("user.name", "Sen Der"),
        ("user.email", "sen@example.org"),
        ("sendemail.smtpServer", "127.0.0.1"),  # without one, b4 wants its web endpoint
    )
    for key, value in settings:
        toy.git("config", key, value)
    series = toy.project / "series"
    path = series / "series.toml"
    head = f'change_id = "{CHANGE_ID}"\n\n[recipients]\nto = ["linux-toys@example.org"]\n'
    head += 'cc = ["Mai Ntainer <mai@example.org>"]\n\n[identity]'
    path.write_text(path.read_text().replace("[identity]", head, 1))
    first = series / "v1/version.toml"
    first.write_text(first.read_text() + 'message_id = "v1-0@example.org"\n')
    (series / "v1/cover.md").write_text("# mm: introduce toys\n\nToys.\n")
    (series / "v2/cover.md").write_text(COVER)
    return toy


def prepare(toy: toys.Toy, name: str = "v2", on: str | None = None) -> Prepared:
    return b4_branch.prepare(toy.series(), toy.base(), name, toy.cache, on)


def b4(toy: toys.Toy, *words: str, online: bool = False) -> str:
    toy.git("checkout", "-q", "b4/toys")
    here = ("-n",) if online else ("-n", "--offline-mode")
    done = proc.run(
        [sys.executable, "-m", "b4.command", *here, *words], cwd=toy.tree,
        env={"HOME": str(toy.directory)}, stdin=b"\n",
    )  # fmt: skip
    toy.git("checkout", "-q", "master")
    return done.stdout + done.stderr


def test_b4_knows_the_branch(mine: toys.Toy) -> None:
    made = prepare(mine)
    assert (made.branch, made.revision) == ("b4/toys", 2)
    info = dict(
        line.split(": ", 1) for line in b4(mine, "prep", "--show-info").splitlines() if ": " in line
    )
    assert info["cover-subject"] == "mm: introduce toys"
    assert info["change-id"] == CHANGE_ID
    assert info["revision"] == "2"
    assert info["base-commit"] == mine.base_commit
    assert info["needs-editing"] == "False"
    assert info["needs-recipients"] == "False"
    assert info["series-v1"].endswith(" v1-0@example.org")


def test_b4_compares_with_the_version_before(mine: toys.Toy) -> None:
    prepare(mine)
    compared = b4(mine, "prep", "--compare-to", "v1")
    assert re.search(r"^2: +[0-9a-f]+ [=!] 2: +[0-9a-f]+ mm: tell what a toy is$", compared, re.M)


def test_b4_sends_it(mine: toys.Toy) -> None:
    prepare(mine)
    out = mine.directory / "out"
    b4(mine, "send", "--no-sign", "-o", str(out))
    mails = sorted(path.read_text() for path in out.iterdir())
    assert len(mails) == 3
    cover = next(mail for mail in mails if "[PATCH v2 0/2] mm: introduce toys" in mail)
    assert "Toys are what pages play with.\n\n#1 is not a comment.\n" in cover
    assert "To: linux-toys@example.org" in cover
    assert "Mai Ntainer <mai@example.org>" in cover
    link = "https://lore.kernel.org/r/v1-0@example.org"
    assert f"\n---\nChanges in v2:\n\n- a smaller toy\n- Link to v1: {link}\n\n---\n" in cover
    assert f"\nchange-id: {CHANGE_ID}\n" in cover
    assert f"\nbase-commit: {mine.base_commit}\n" in cover


def test_what_b4_sent_is_known_as_posted_when_its_branch_comes_back(mine: toys.Toy) -> None:
    prepare(mine)
    mine.git("config", "b4.prep-pre-flight-checks", "disable-all")
    with mailserver.running() as sink:
        mine.git("config", "sendemail.smtpServerPort", str(sink.port))
        b4(mine, "send", "--no-sign", online=True)
        first = sink.ids[0].strip("<>")
    assert len(sink.ids) == 3
    assert bring_in(mine, "b4/toys").sent_by_b4 == {"v2": first}
    assert store.version(mine.series(), "v2").message_id == first


def test_without_a_changelog_b4_has_that_of_exported_mail(mine: toys.Toy) -> None:
    (mine.project / "series/v2/cover.md").write_text("# mm: introduce toys\n\nToys.\n")
    settle(mine, review(mine, "v1", "Make it small."), "v2", "small-toy")
    message = mine.git("log", "-1", "--format=%B", f"{prepare(mine).commit}~2")
    changes = make(mine).posting.changes
    assert "- Make the toy small (Rita Reader)\n- Link to v1" in changes
    assert f"\n---\n{changes.rstrip()}\n" in message


def test_links_stand_newest_first_as_in_exported_mail(mine: toys.Toy) -> None:
    in_series(mine, "patches", 'message_id = "v2-0@example.org"\npatches', "v2/version.toml")
    mine.version_of(*toys.V2, name="v3")
    cover = mine.git("log", "-1", "--format=%B", f"{prepare(mine, 'v3').commit}~2")
    assert re.findall(r"^- Link to (v\d)", cover, re.M) == ["v2", "v1"]


def test_patches_are_the_users_where_nobody_elses_and_signed(mine: toys.Toy) -> None:
    stand_in = f"{toys.IDENTITY.name} <{toys.IDENTITY.email}>"
    mine.version_of((stand_in, "mm: x\n", {"mm/x.c": b"int x;\n"}), toys.V1[1], name="v3")
    made = prepare(mine, "v3")
    shown = mine.git("log", "-2", "--format=%an <%ae>|%(trailers:only,unfold)", made.commit)
    lines = [line for line in shown.split("\n") if line]
    assert lines == [
        f"Bob Ångström <bob@example.org>|Signed-off-by: {ME}",
        f"{ME}|Signed-off-by: {ME}",
    ]


def test_the_trees_are_those_of_the_version(mine: toys.Toy) -> None:
    made = prepare(mine)
    applied = mine.git("rev-parse", f"{made.commit}^{{tree}}")
    trees = mine.git("log", "--format=%T", f"{mine.base_commit}..{made.commit}").split()
    assert trees[0] == applied
    assert trees[-1] == mine.base().tree  # the cover letter's commit is empty


def test_import_of_the_branch_comes_back_without_loss(mine: toys.Toy) -> None:
    signed = [(a, f"{m}\nSigned-off-by: {ME}\n", f) for a, m, f in toys.V2]
    mine.version_of(*signed, name="v3")
    (mine.project / "series/v3/cover.md").write_text(COVER.replace("v2", "v3"))
    prepare(mine, "v3")
    draft = branch.draft(mine.base(), "b4/toys")
    (found,) = write.bring(mine.series(), mine.base(), [draft], mine.cache, "v4").brought
    before, after = store.version(mine.series(), "v3"), found.version
    for one, other in zip(before.patches, after.patches, strict=True):
        assert one.name == other.name
        # The toy's patches are made with the defaults of git: a signature, full summary.
        assert _essence(one) == _essence(other)
    text = after.cover.read_text()
    links = "- Link to v1: https://lore.kernel.org/r/v1-0@example.org\n"
    assert text.replace(links, "") == before.cover.read_text()
    assert after.change_id == CHANGE_ID
    assert json.loads(after.tracking)["series"]["history"] == {"v1": ["v1-0@example.org"]}


def test_a_second_time_round_the_patches_are_the_same_bytes(mine: toys.Toy) -> None:
    prepare(mine)
    first = branch.draft(mine.base(), "b4/toys")
    write.bring(mine.series(), mine.base(), [first], mine.cache, "v3")
    prepare(mine, "v3", "b4/again")
    second = branch.draft(mine.base(), "b4/again")
    write.bring(mine.series(), mine.base(), [second], mine.cache, "v4")
    one, other = (store.version(mine.series(), name) for name in ("v3", "v4"))
    for path, again in zip(one.patches, other.patches, strict=True):
        assert path.read_bytes().replace(b"PATCH v3", b"PATCH v4") == again.read_bytes()
    assert one.cover.read_text() == other.cover.read_text()


def _essence(path: Path) -> str:
    text = re.sub(r"^(From |index |Subject: \[).*", "", path.read_text(), flags=re.M)
    return (
        re.sub(r"^ (create|delete) mode .*\n", "", text, flags=re.M).partition("\n-- \n")[0].strip()
    )


def test_a_title_alone_is_one_to_b4_too(mine: toys.Toy) -> None:
    toml = mine.project / "series/series.toml"
    toml.write_text(re.sub(r"\[recipients\]\n.*\n.*\n", "", toml.read_text()))
    (mine.project / "series/v2/cover.md").write_text("# mm: introduce toys\n")
    first = mine.project / "series/v1/version.toml"
    first.write_text(re.sub(r"message_id.*\n", "", first.read_text()))
    prepare(mine)
    assert "cover-subject: mm: introduce toys" in b4(mine, "prep", "--show-info")
    assert branch.draft(mine.base(), "b4/toys").said == ""


def test_a_sent_version_is_left_at_the_next_revision(mine: toys.Toy) -> None:
    made = prepare(mine, "v1")
    assert made.revision == 2
    assert made.tags == (f"sent/{CHANGE_ID}-v1",)
    assert "1: " in b4(mine, "prep", "--compare-to", "v1")


def test_a_version_before_keeps_its_own_base(mine: toys.Toy) -> None:
    commits = toy_releases.add(mine)
    topic = toy_releases.branch(mine, "topic", "6.14", *toy_releases.change("6.14"))
    bring_in(mine, "v6.14..topic", "v3")
    series = mine.series()
    home = bases.of_series(series, mine.base(), mine.cache)
    made = b4_branch.prepare(series, home, "v3", mine.cache)
    assert made.tags == tuple(f"sent/{CHANGE_ID}-{name}" for name in ("v1", "v2"))
    for tag in made.tags:
        assert mine.git("merge-base", tag, "topic") == mine.base_commit
        assert f"base-commit: {mine.base_commit}" in mine.git("cat-file", "tag", tag)
    assert mine.git("merge-base", made.branch, topic) == commits["6.14"]
    assert "1: " in b4(mine, "prep", "--compare-to", "v2")


def test_what_is_there_is_left_alone(mine: toys.Toy) -> None:
    prepare(mine)
    refs = mine.git("for-each-ref")
    with pytest.raises(StageError, match="is there already"):
        prepare(mine)
    assert mine.git("for-each-ref") == refs
    prepare(mine, on="b4/other")  # the tags are there
    with pytest.raises(SeriesError, match="cannot be the name"):
        prepare(mine, on="-x")


def test_names_that_leave_no_room_for_ours(mine: toys.Toy) -> None:
    mine.git("tag", "sent")
    with pytest.raises(StageError, match=r"no tag `sent/.*-v1` beside the tag `sent`") as caught:
        prepare(mine)
    assert caught.value.hint == "Give that one another name: git tag NAME sent; git tag -d sent"
    mine.git("tag", "--delete", "sent")
    mine.git("branch", "b4")
    with pytest.raises(StageError, match="no branch `b4/toys` beside the branch `b4`"):
        prepare(mine)


def test_without_a_user(mine: toys.Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    mine.git("config", "--unset", "user.email")
    refs = mine.git("for-each-ref")
    with pytest.raises(HostError, match="who sends"):
        prepare(mine)
    assert mine.git("for-each-ref") == refs


@pytest.mark.parametrize("kind", ["main", "linked", "separate", "bare"])
def test_what_it_says_next_can_be_typed(
    mine: toys.Toy, refseries: Callable[..., proc.Completed], kind: str
) -> None:
    tree = mine.tree.rename(mine.directory / "my linux")
    if kind == "linked":
        mine.git("worktree", "add", "-q", "--detach", str(mine.directory / "a link"), at=tree)
        tree = mine.directory / "a link"
    elif kind == "separate":
        mine.git("init", "-q", f"--separate-git-dir={mine.directory / 'git dir'}", at=tree)
    elif kind == "bare":
        tree = (tree / ".git").rename(mine.directory / "bare.git")
        mine.git("config", "core.bare", "true", at=tree)
    branch = "b4/my$toys"
    done = refseries("prep", "v2", "--branch", branch, env={"REFSERIES_TREE": str(tree)})
    assert done.returncode == 0, done.stderr
    typed = done.stdout.partition("Next: ")[2].partition(", then")[0]
    if kind == "bare":
        tree = mine.directory / "new"
        typed = typed.replace(" DIR ", f" {tree} ")
    else:
        typed += " --discard-changes"
    proc.run(["sh", "-c", typed])
    assert mine.git("symbolic-ref", "--short", "HEAD", at=tree) == branch
