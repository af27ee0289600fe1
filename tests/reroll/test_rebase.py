# SPDX-License-Identifier: GPL-2.0-or-later
"""A version onto another base: over three releases of a toy kernel, with and without conflicts."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import toy_releases
from task_commits import commit, review
from toy import ADA, IDENTITY, Toy

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import Applied, Target
from refseries.reroll import plan, rebase_state
from refseries.review import store as tasks
from refseries.review.model import Anchor
from refseries.series import apply, naming, published, store

Refseries = Callable[..., proc.Completed]


@pytest.fixture
def commits(toy: Toy) -> dict[str, str]:
    return toy_releases.add(toy)


def _applied(toy: Toy, target: Target) -> Applied:
    series = toy.series()
    return apply.apply(series, bases.of_series(series, toy.base(), toy.cache), target, toy.cache)


def _files(toy: Toy) -> dict[str, bytes]:
    root = toy.project / "series"
    found = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def test_an_unsent_version_moves(toy: Toy, commits: dict[str, str], refseries: Refseries) -> None:
    path = toy.project / "series/v2/0001-mm-introduce-toys.patch"
    head, rule, rest = path.read_bytes().partition(b"\n---\n")
    path.write_bytes(head + rule + b"A note that stays.\n\n" + rest)
    before, tree = store.version(toy.series(), "v2"), _applied(toy, Target("v2")).tree
    done = refseries("rebase", "v2", "--onto", "v6.13", "--json", "r.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("v2 onto v6.13\n1: ! 1: mm: introduce toys\n"), done.stdout
    assert "\n2: = 2: mm: tell what a toy is\n" in done.stdout
    assert done.stdout.endswith("Next: refseries test v2\n")
    shown = refseries("status").stdout
    assert re.findall(r"^(v\d) +(v\S+) ", shown, re.M) == [("v1", "v6.12.117"), ("v2", "v6.13")]
    record = json.loads((toy.project / "r.json").read_text())
    assert (record["becomes"], record["written"], record["conflict"]) == ("v2", True, None)
    after = store.version(toy.series(), "v2")
    assert after.base is not None
    assert (after.base.commit, after.base.ref) == (commits["6.13"], "v6.13")
    assert (after.date, after.fixups, after.cover) == (before.date, before.fixups, before.cover)
    assert b"\n---\nA note that stays.\n" in path.read_bytes()
    now = _applied(toy, Target("v2"))
    assert now.base == commits["6.13"]
    assert toy.git("diff", "--stat", tree, now.tree).count("|") == 2  # what the release changed
    assert not (toy.project / ".refseries" / "rebase").exists()


@pytest.mark.usefixtures("commits")
def test_the_working_branch_is_brought_along_as_it_is_said(toy: Toy, refseries: Refseries) -> None:
    assert refseries("feedback", "start").returncode == 0
    commit(toy, toy.project / ".refseries/work/v2", "mm: mine", {"mm/mine.c": "int mine;\n"})
    done = refseries("rebase", "v2", "--onto", "v6.13")
    assert done.returncode == 0, done.stderr
    assert "refseries feedback status --onto v2 says how" in done.stdout
    said = refseries("feedback", "status", "--onto", "v2").stderr
    (command,) = re.findall(r"git -C [^`\n]* rebase --onto [^`\n]*", said)
    toy.git("-c", "user.name=t", "-c", "user.email=t@example.org", *shlex.split(command)[1:])
    shown = refseries("feedback", "status")
    assert "mm: mine" in shown.stdout, shown.stderr
    assert "mm: tell what a toy is" not in shown.stdout


def test_the_states_on_the_way_stay_where_they_were(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    state = Target("v2", "small-toy")
    before = _applied(toy, state)
    assert refseries("rebase", "v2", "--onto", "v6.13").returncode == 0
    assert _applied(toy, state).commit == before.commit
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    states, error = apply.chain(series, info, "v2", toy.cache)
    assert error is None
    assert tuple(states) == naming.chain(series, "v2")
    assert states[Target("v2")].base == commits["6.13"]
    done = refseries("reroll", "v2", "--again")
    assert (done.returncode, "moved onto another base" in done.stderr) == (2, True)


def test_there_and_back_again(toy: Toy, commits: dict[str, str], refseries: Refseries) -> None:
    seen = []
    for release in ("6.13", "6.12.117", "6.13", "6.12.117"):
        assert refseries("rebase", "v2", "--onto", f"v{release}").returncode == 0
        seen.append(_files(toy))
    assert store.version(toy.series(), "v2").base is None
    assert seen[:2] == seen[2:]
    assert seen[0] != seen[1]


def test_the_changelog_of_one_that_moves_says_onto_what(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    """Once, however often it moves, and not where it is back on what the version before is on."""
    path = toy.project / "series/v2/cover.md"
    older = "Changes in v1:\n\n- Rebased onto v6.11.\n"
    for listed in ("\n- Smaller.\n", "- Smaller.\n"):
        said = f"# v2\n\nToys.\n\nChanges in v2:\n{listed}\n{older}"
        path.write_text(said)
        assert refseries("rebase", "v2", "--onto", "v6.13").returncode == 0
        told = said.replace("- Smaller", "- Rebased onto v6.13.\n- Smaller")
        assert path.read_text() == told
        assert refseries("rebase", "v2", "--onto", "v6.12.117").returncode == 0
        assert path.read_text() == said


@pytest.mark.parametrize("how", ["posted", "published"])
def test_one_that_others_have_seen_makes_the_next(
    toy: Toy, commits: dict[str, str], refseries: Refseries, how: str
) -> None:
    path = toy.project / "series/v2/version.toml"
    if how == "posted":
        text = path.read_text().replace("date =", 'message_id = "v2@example.org"\ndate =')
        path.write_text(text)
    else:
        url = "https://example.org/toys.git"
        published.keep(toy.series(), store.version(toy.series(), "v2"), "toy-v2", url, "0" * 40)
    before = _files(toy)
    done = refseries("rebase", "v2", "--onto", "v6.13")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("v2, as v3, onto v6.13\n")
    after = _files(toy)
    assert {name: after[name] for name in before} == before
    assert b"Changes in v3:\n\n- Rebased onto v6.13.\n" in after["v3/cover.md"]
    assert after["v3/version.toml"].startswith(b"# SPDX")
    assert b"[PATCH v3 1/2]" in after["v3/0001-mm-introduce-toys.patch"]
    assert _applied(toy, Target("v3")).base == commits["6.13"]
    done = refseries("rebase", "v2", "--onto", "v6.14")
    assert (done.returncode, "v3 came behind it" in done.stderr) == (2, True)


def test_a_patch_that_the_new_base_has_is_left_out(toy: Toy, refseries: Refseries) -> None:
    toy.at_base()
    toy.commit((ADA, "docs: the same\n", {"Documentation/mm/toy.rst": b"Toys\n====\n"}))
    toy.git("tag", "v6.12.118")
    taken = toy.git("rev-parse", "--short=12", "HEAD")
    done = refseries("rebase", "v2", "--onto", "v6.12.118")
    assert done.returncode == 0, done.stderr
    assert f"left out: mm: tell what a toy is: in the base since v6.12.118 ({taken})" in done.stdout
    names = [path.name for path in store.version(toy.series(), "v2").patches]
    assert names == ["0001-mm-introduce-toys.patch"]
    assert not list((toy.project / "series/v2").glob("0002*"))


def _conflict(toy: Toy, refseries: Refseries) -> proc.Completed:
    done = refseries("rebase", "v2", "--onto", "v6.14")
    assert done.returncode == 1, done.stderr
    return done


def _resolve(toy: Toy) -> None:
    work = toy.project / ".refseries/rebase/v2"
    resolved = toy_releases.MEMORY["6.14"].replace(b"long line_10;", b"long toy[2];")
    (work / "mm/memory.c").write_bytes(resolved)
    toy.git("add", "mm/memory.c", at=work)


def test_a_conflict_is_resolved_in_a_work_tree(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    before = _files(toy)
    done = _conflict(toy, refseries)
    assert "Patch 1 of 2 conflicts: mm: introduce toys\n  mm/memory.c\n" in done.stdout
    assert "refseries rebase v2 --continue" in done.stdout
    assert _files(toy) == before
    done = refseries("rebase", "v2", "--continue")
    assert (done.returncode, "still sees a conflict in it" in done.stderr) == (1, True)
    done = refseries("rebase", "v2", "--onto", "v6.13")
    assert (done.returncode, "is under way" in done.stderr) == (2, True)
    assert "\nNext: refseries rebase v2 --continue (or --abort): " in refseries("status").stdout
    _resolve(toy)
    done = refseries("rebase", "v2", "--continue")
    assert done.returncode == 0, done.stderr
    assert "+long toy[2];" in done.stdout  # the range-diff
    now = _applied(toy, Target("v2"))
    assert now.base == commits["6.14"]
    assert "long toy[2];" in toy.git("show", f"{now.tree}:mm/memory.c")
    author = toy.git("log", "-1", "--format=%an %s|%cn", f"{now.commit}~1")
    assert author == f"Ada Löwe mm: introduce toys|{IDENTITY.name}"
    assert not (toy.project / ".refseries/rebase/v2").exists()
    assert not list((toy.project / ".refseries/rebase").iterdir())
    assert "rebase" not in toy.git("branch", "--all") + toy.git("worktree", "list")


def test_what_is_not_resolved_is_not_taken(toy: Toy, refseries: Refseries) -> None:
    toy_releases.add(toy)
    _conflict(toy, refseries)
    work = toy.project / ".refseries/rebase/v2"
    toy.git("add", "mm/memory.c", at=work)
    done = refseries("rebase", "v2", "--continue")
    assert (done.returncode, "marks of a conflict are left" in done.stderr) == (1, True)
    _resolve(toy)
    (work / "mm/more.c").write_text("int more;\n")
    done = refseries("rebase", "v2", "--continue")
    assert (done.returncode, "mm/more.c" in done.stderr) == (1, True)
    toy.git("checkout", "--quiet", "--force", "HEAD", at=work)
    (work / "mm/more.c").unlink()
    toy.git("reset", "--quiet", "--hard", at=work)
    done = refseries("rebase", "--continue")  # back at the conflict
    assert (done.returncode, "Patch 1 of 2 conflicts" in done.stdout) == (1, True)


def test_a_conflict_may_be_committed_and_a_patch_skipped(toy: Toy, refseries: Refseries) -> None:
    toy_releases.add(toy)
    _conflict(toy, refseries)
    _resolve(toy)
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.editor=true")
    work = toy.project / ".refseries/rebase/v2"
    toy.git(*identity, "cherry-pick", "--continue", at=work)
    assert refseries("rebase", "v2", "--continue").returncode == 0
    assert refseries("rebase", "v2", "--onto", "v6.12.117").returncode == 1
    done = refseries("rebase", "v2", "--skip")
    assert done.returncode == 0, done.stderr
    assert "left out: mm: introduce toys: left out by --skip" in done.stdout
    assert len(store.version(toy.series(), "v2").patches) == 1


def test_abort_leaves_everything_as_it_was(toy: Toy, refseries: Refseries) -> None:
    toy_releases.add(toy)
    before, refs = _files(toy), toy.git("for-each-ref")
    _conflict(toy, refseries)
    _resolve(toy)
    done = refseries("rebase", "v2", "--abort")
    assert (done.returncode, "v2 is as it was" in done.stdout) == (0, True)
    assert (_files(toy), toy.git("for-each-ref")) == (before, refs)
    assert not list((toy.project / ".refseries/rebase").iterdir())
    assert refseries("rebase", "v2", "--abort").returncode == 2
    assert refseries("rebase", "v2", "--continue").returncode == 2
    assert "no rebase is under way" in refseries("rebase", "--continue").stderr
    assert "which version shall be moved" in refseries("rebase", "--onto", "v6.13").stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["v2"], "one of --onto"),
        (["v2", "--onto", "v6.13", "--skip"], "one of --onto"),
        (["v2", "--onto", "v9"], "there is no commit `v9`"),
        (["v2", "--onto", "v6.12.117"], "stands on v6.12.117 already"),
        (["v1", "--onto", "v6.13"], "the fixups of v2 are made on v1"),
        (["v7", "--onto", "v6.13"], "no version `v7`"),
    ],
)
def test_what_cannot_be_is_refused(
    toy: Toy, commits: dict[str, str], refseries: Refseries, words: list[str], says: str
) -> None:
    before = _files(toy)
    done = refseries("rebase", *words)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    assert _files(toy) == before


def test_open_points_on_versions_of_other_bases_follow_into_a_reroll(
    toy: Toy, commits: dict[str, str], refseries: Refseries
) -> None:
    toy_releases.branch(toy, "topic", "6.14", *toy_releases.change("6.14"))
    assert refseries("import", "topic", "--as", "v3").returncode == 0
    raised = review(toy, "v2", "Why so many?")
    anchor = Anchor("0001-mm-introduce-toys.patch", "mm/memory.c", 10, "int toy[2];")
    asked = msgspec.structs.replace(raised.tasks[0], anchor=anchor)
    tasks.save(toy.series(), msgspec.structs.replace(raised, tasks=(asked,)))
    assert refseries("feedback", "start").returncode == 0
    work = toy.project / ".refseries/work/v3"
    commit(toy, work, "mm: toy: make it long", {"mm/toy.c": "long toy;\n"})
    done = refseries("reroll")
    assert done.returncode == 0, done.stderr
    (fate,) = plan.load(toy.project / "series/v4" / plan.FILE).open
    assert (fate.became, fate.file, fate.text) == ("touched", "mm/memory.c", "int toy;")


@pytest.mark.parametrize("words", ["status", "rebase v2 --onto v6.14", "rebase v2 --abort"])
def test_what_a_killed_rebase_half_wrote_is_gone_after_the_next_command(
    toy: Toy, refseries: Refseries, words: str
) -> None:
    toy_releases.add(toy)
    half = toy.project / ".refseries/rebase/.refseries-scratch-12345678"
    half.parent.mkdir(parents=True)
    if "--abort" in words:
        refseries("rebase", "v2", "--onto", "v6.14")
    half.write_text("half")
    refseries(*words.split())
    assert not half.exists()


def test_of_several_rebases_one_that_is_there_is_named_as_example(tmp_path: Path) -> None:
    (tmp_path / ".refseries/rebase").mkdir(parents=True)
    for name in ("v3", "v1"):
        (tmp_path / f".refseries/rebase/{name}.json").touch()
    with pytest.raises(SeriesError, match="rebases of v1 and v3 are under way") as caught:
        rebase_state.under_way(tmp_path)
    assert "`refseries rebase v1 --continue`" in caught.value.hint
