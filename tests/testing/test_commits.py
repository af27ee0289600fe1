# SPDX-License-Identifier: GPL-2.0-or-later
"""Commits, ranges and other bases as targets, over real git trees and played guests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import toy as toys
from played_project import BAD, Project
from toy import ADA, V1, V2, Toy

from refseries.errors import SeriesError, StageError
from refseries.kernel import base as bases
from refseries.model import BaseInfo, StageOutcome, Target
from refseries.series import apply
from refseries.testing import commits, matrix, runs
from refseries.testing.model import Matrix, Outcome


def find(toy: Toy, *names: str, onto: tuple[str, ...] = ()) -> tuple[BaseInfo, tuple[Target, ...]]:
    series, base = toy.series(), toy.base()
    found: list[Target] = []
    for name in names:
        base, target = commits.find(series, base, toy.cache, name)
        base, there = commits.over_each(series, base, target, onto)
        found += there
    return base, tuple(found)


def branch(toy: Toy, name: str, *changes: toys.Change, start: str = "") -> str:
    """A branch of the user's with these commits."""
    toy.git("checkout", "--quiet", "--force", "--detach", start or f"v{toys.RELEASE}")
    for change in changes:
        tip = toy.commit(change)
    toy.git("branch", "--force", name)
    toy.at_base()
    return tip


def release(toy: Toy, name: str = "v6.13") -> str:
    """A later kernel, where the patches of v1 and v2 do not apply."""
    toy.at_base()
    makefile = toys.KERNEL["Makefile"].replace(b"12\nSUBLEVEL = 117", b"13\nSUBLEVEL = 0")
    memory = toys.lines((10, b"long other;"))
    commit = toy.commit((ADA, "Linux 6.13\n", {"Makefile": makefile, "mm/memory.c": memory}))
    toy.git("tag", name)
    toy.at_base()
    return commit


def test_a_branch_that_is_called_as_a_version_is_named_in_whole(toy: Toy) -> None:
    with pytest.raises(SeriesError) as caught:
        find(toy, "v4")
    assert caught.value.hint == "It has v1, v2."
    tip = branch(toy, "v4", *V1)
    with pytest.raises(SeriesError) as caught:
        find(toy, "v4")
    assert caught.value.hint == "It has v1, v2. The branch of that name is `refs/heads/v4`."
    _base, (found,) = find(toy, "refs/heads/v4")
    assert found.commit == tip


def test_a_branch_is_a_target_with_its_commits_over_the_base(toy: Toy) -> None:
    tip = branch(toy, "user/topic", *V1)
    base, (found,) = find(toy, "user/topic")
    assert found == Target("user/topic", commit=tip, like="v2")
    applied = apply.apply(toy.series(), base, found, toy.cache)
    assert (applied.commit, applied.base) == (tip, toy.base_commit)
    assert [each.subject for each in applied.commits] == [c[1].split("\n")[0] for c in V1]


def test_what_is_too_far_from_every_base_is_refused(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "MOST_COMMITS", 1)
    branch(toy, "far", *V1)
    with pytest.raises(SeriesError, match="`far` is more than 1 commits away from the base"):
        find(toy, "far")


def test_a_name_that_is_a_version_is_never_a_branch(toy: Toy) -> None:
    tip = branch(toy, "v1", *V2)
    branch(toy, "base", *V2)
    branch(toy, "v7", *V2)
    assert find(toy, "v1", "base")[1] == (Target("v1"), Target("base"))
    with pytest.raises(SeriesError, match="v7"):
        find(toy, "v7")
    assert find(toy, "heads/v1")[1][0].commit == tip


def test_files_are_called_after_the_commit_and_stay_in_their_folder(tmp_path: Path) -> None:
    names = [
        runs.folder(target)
        for target in (
            Target("../../etc", commit="ab" * 20),
            Target("work", commit="cd" * 20),
            Target("work+dirty", commit="ef" * 20),
            Target("base", "../x"),
            Target("v4", onto="../x"),
            Target("v4", onto="..:x"),
            Target("v4", onto="x" * 300),
            Target("v4", "gfp-user"),
            Target("v4", patch=2),
        )
    ]
    assert names[:3] == ["abababababab", "work", "work"]
    assert names[-2:] == ["v4-gfp-user", "v4-2"]
    assert len(set(names)) == len(names) - 1
    assert not [name for name in names if "/" in name or len(name) > 80]


def test_a_range_stands_on_what_it_says(toy: Toy) -> None:
    commit = release(toy)
    tip = branch(toy, "topic", (ADA, "mm: a\n", {"mm/a.c": b"int a;\n"}), start="v6.13")
    base, (found,) = find(toy, "v6.13..topic")
    assert found == Target("v6.13..topic", commit=tip, onto="v6.13", like="v2")
    assert base.of(found.stands_on).commit == commit
    assert base.target(found.stands_on) == Target("base", "v6.13")
    applied = apply.apply(toy.series(), base, found, toy.cache)
    assert [each.subject for each in applied.commits] == ["mm: a"]
    # Without it, what lies between belongs to the topic.
    base, (found,) = find(toy, "topic")
    assert len(apply.apply(toy.series(), base, found, toy.cache).commits) == 2


def test_a_version_may_begin_a_range(toy: Toy) -> None:
    end = apply.apply(toy.series(), toy.base(), Target("v1"), toy.cache).commit
    tip = branch(toy, "more", (ADA, "mm: a\n", {"mm/a.c": b"int a;\n"}), start=end)
    base, (found,) = find(toy, "v1..more")
    assert (found.commit, found.onto) == (tip, end[:12])
    assert base.of(found.stands_on).commit == end


def test_a_branch_over_the_own_base_of_a_version_stands_on_that(toy: Toy) -> None:
    commit = release(toy)
    path = toy.project / "series" / "v2" / "version.toml"
    before, tables = path.read_text().split("\n[[fixups]]", 1)
    own = f'\n[base]\nrelease = "6.13"\ncommit = "{commit}"\n'
    path.write_text(f"{before}{own}\n[[fixups]]{tables}")
    branch(toy, "topic", (ADA, "mm: a\n", {"mm/a.c": b"int a;\n"}), start="v6.13")
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    base, found = commits.find(series, info, toy.cache, "topic")
    assert (found.onto, base) == ("v2", info)


def test_a_release_without_the_series_is_a_base(toy: Toy) -> None:
    commit = release(toy)
    base, found = find(toy, "v6.13", f"v{toys.RELEASE}", "base@v6.13")
    later = Target("base", "v6.13")
    assert found == (later, Target("base", f"v{toys.RELEASE}"), later)
    assert base.of("v6.13").commit == commit
    assert base.of("v6.13").release == "6.13"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "neither a version of the series nor a commit"),
        ("v6.12.117..nowhere", "`nowhere` is neither"),
        ("nowhere..master", "`nowhere` is neither"),
        ("--output=x", "neither"),
        ("master..v6.12.117", "has no commit"),
        ("orphan", "not related to the base"),
        ("v1@nowhere", "`nowhere` is neither"),
        ("v1@v2", "is a version of the series"),
        ("base:v2@v2", "is a version of the series"),
    ],
)
def test_what_is_no_target_is_said(toy: Toy, name: str, words: str) -> None:
    toy.git("checkout", "--quiet", "--orphan", "orphan")
    toy.commit_all("an island\n")
    with pytest.raises(SeriesError, match=words) as caught:
        find(toy, name)
    assert caught.value.hint


def test_onto_gives_the_version_once_more_over_each(toy: Toy) -> None:
    release(toy)
    branch(toy, "next", (ADA, "mm: a\n", {"mm/a.c": b"int a;\n"}))
    toy.git("branch", "v6.13", "master")  # the release is meant
    base, found = find(toy, "base", "v2", onto=("next", "v6.13"))
    names = ["base", "base:next", "base:v6.13", "v2", "v2@next", "v2@v6.13"]
    assert [str(each) for each in found] == names
    over_next = apply.apply(toy.series(), base, found[4], toy.cache)
    assert toy.git("rev-parse", f"{over_next.commit}~2") == base.of("next").commit
    with pytest.raises(StageError, match="does not apply"):
        apply.apply(toy.series(), base, found[5], toy.cache)
    toy.git("tag", "next", "master")
    with pytest.raises(SeriesError, match="a tag and a branch are called `next`"):
        find(toy, "v2", onto=("next",))


def test_onto_gives_a_commit_once_more_over_each(toy: Toy) -> None:
    release(toy)
    start = branch(toy, "next", (ADA, "mm: a\n", {"mm/a.c": b"int a;\n"}))
    mine = branch(toy, "mine", *V1)
    base, (own, there) = find(toy, "mine", onto=("next",))
    assert [str(own), str(there)] == ["mine", "mine@next"]
    assert (own.commit, there.like, base.of(there.onto).commit) == (mine, own.like, start)
    applied = apply.apply(toy.series(), base, there, toy.cache)
    assert [each.subject for each in applied.commits] == [c[1].split("\n")[0] for c in V1]
    assert toy.git("show", f"{there.commit}:mm/a.c") == "int a;"
    shown = "--format=%an %ae %ad %B"
    assert toy.git("log", shown, f"next..{there.commit}") == toy.git("log", shown, "-2", "mine")
    # The same the next time, and the branch is where it was.
    assert find(toy, "mine", onto=("next",))[1][1].commit == there.commit
    assert toy.git("rev-parse", "mine") == mine


def test_a_commit_that_conflicts_on_another_base_is_named_with_the_commit(toy: Toy) -> None:
    release(toy)
    branch(toy, "mine", *V1)
    with pytest.raises(StageError, match=r"`mine` does not apply there: .* conflicts") as caught:
        find(toy, "mine", onto=("v6.13",))
    assert caught.value.hint


def test_what_names_its_base_already_stays_there(toy: Toy) -> None:
    release(toy)
    with pytest.raises(SeriesError, match=r"`v2@v6\.13` is on a base already"):
        find(toy, "v2@v6.13", onto=(f"v{toys.RELEASE}",))


def test_a_commit_is_judged_as_the_newest_version_unless_it_is_named(project: Project) -> None:
    project.add({"guest.sh": BAD})
    tip = project.kernel.git("rev-parse", "v1").strip()
    request = project.request()
    mine = Target("mine", commit=tip, like="v1")
    result = matrix.run(replace(request, targets=(mine,)), lambda _event: None)
    assert result.as_expected
    assert [each.outcome for each in result.runs[0].results][1] is Outcome.XFAIL
    kept = runs.latest(request.lab.cache, "toy", Target("other", commit=tip), "default")
    assert kept is not None
    assert kept.results == result.runs[0].results
    path = project.directory / "kernel-tests" / "expectations.toml"
    named = '[[expect]]\ncase = "toy.two"\nversions = ["mine"]\nconfigs = ["*"]\noutcome = "pass"\n'
    path.write_text(f'{path.read_text()}{named}why = "It is good there."\n')
    again = matrix.run(replace(request, targets=(mine,)), lambda _event: None)
    assert not again.as_expected


def test_a_version_that_does_not_apply_elsewhere_is_a_column_that_says_so(
    project: Project,
) -> None:
    project.add({"guest.sh": BAD})
    project.kernel.git("checkout", "--quiet", "--force", "--detach")
    elsewhere = project.kernel.commit("elsewhere", {"guest.sh": "exit 0\n"})
    request = project.request()
    lab = request.lab
    there = BaseInfo("6.13", "tree", lab.base.repo, elsewhere.commit, elsewhere.tree)
    lab = replace(lab, base=replace(lab.base, own=(("next", there),)))
    targets = (Target("v1"), Target("v1", onto="next"))
    result: Matrix = matrix.run(replace(request, lab=lab, targets=targets), lambda _event: None)
    here, elsewhere_ = result.runs
    assert here.as_expected
    assert elsewhere_.stages["apply"] is StageOutcome.APPLY_FAILED
    assert not elsewhere_.as_expected
