# SPDX-License-Identifier: GPL-2.0-or-later
"""A version on a base of its own: a toy kernel with a second release, and a v3 over that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from toy import ADA, KERNEL, Change, Toy, lines

from refseries.errors import SeriesError, StageError
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import OwnBase, Target
from refseries.reroll import files
from refseries.series import apply, naming, store

Refseries = Callable[..., proc.Completed]

NEXT = "6.13"
# The new release has another line where the patch goes, and moved the file's end.
MOVED = lines((9, b"int ninth;")) + b"int more;\n"
OVER_NEXT: Change = (
    ADA,
    "mm: introduce toys\n\nA toy is a page that three can play with.\n",
    {"mm/memory.c": MOVED.replace(b"int line_10;", b"int toy[3];"), "mm/toy.c": b"int toys;\n"},
)


def release(toy: Toy) -> str:
    """A second release over the first; gives its commit."""
    toy.at_base()
    makefile = KERNEL["Makefile"].replace(b"12\nSUBLEVEL = 117", b"13\nSUBLEVEL = 0")
    commit = toy.commit((ADA, "Linux 6.13\n", {"Makefile": makefile, "mm/memory.c": MOVED}))
    toy.git("tag", f"v{NEXT}")
    return commit


@pytest.fixture
def moved(toy: Toy) -> str:
    """The commit of the second release, which v3 stands on."""
    commit = release(toy)
    toy.commit(OVER_NEXT)
    patches = toy.export(f"v{NEXT}", toy.project / "series" / "v3")
    place = toy.add_version("v3", patches, day=27)
    own = f'\n[base]\nrelease = "{NEXT}"\ncommit = "{commit}"\nref = "v{NEXT}"\n'
    with (place / "version.toml").open("a") as stream:
        stream.write(own)
    toy.at_base()
    return commit


def test_each_version_is_applied_over_its_own(toy: Toy, moved: str) -> None:
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    old = apply.apply(series, info, Target("v2"), toy.cache)
    new = apply.apply(series, info, Target("v3"), toy.cache)
    assert (old.base, new.base) == (toy.base_commit, moved)
    assert toy.git("rev-parse", f"{new.commit}~1") == moved
    assert "int ninth;" in toy.git("show", f"{new.tree}:mm/memory.c")
    assert "int ninth;" not in toy.git("show", f"{old.tree}:mm/memory.c")


def test_a_chain_ends_where_its_version_stands_now(toy: Toy) -> None:
    toy.at_base()
    home = toy.base()
    more = bases.describe(home.repo, toy.commit((ADA, "more\n", {"more": b""})), "tree")
    info = replace(home, own=(("v2", more),))
    states, error = apply.chain(toy.series(), info, "v2", toy.cache)
    assert error is None
    assert {str(target): state.base for target, state in states.items()} == {
        "v1": home.commit, "v2:small-toy": home.commit, "v2:two-toys": home.commit,
        "v2": more.commit,
    }  # fmt: skip


def test_base_has_a_name_for_each(toy: Toy, moved: str) -> None:
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    assert naming.target(series, "base:v3") == Target("base", "v3")
    assert naming.target(series, "base:v2") == Target("base")
    assert str(Target("base", "v3")) == "base:v3"
    assert apply.apply(series, info, Target("base", "v3"), toy.cache).commit == moved
    assert (info.target("v3"), info.target("v2")) == (Target("base", "v3"), Target("base"))


def test_a_base_that_is_not_there_is_told_when_it_is_needed(toy: Toy, moved: str) -> None:
    path = toy.project / "series" / "v3" / "version.toml"
    path.write_text(path.read_text().replace(moved, "f" * 40))
    series = toy.series()
    info = bases.of_series(series, toy.base(), toy.cache)
    assert apply.apply(series, info, Target("v2"), toy.cache).base == toy.base_commit
    with pytest.raises(
        StageError, match=r"the base of v3 is not here: Linux 6.13, commit fff"
    ) as e:
        apply.apply(series, info, Target("v3"), toy.cache)
    assert "Fetch that commit" in e.value.hint


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('release = "6.13"', 'release = "new"', "base.release"),
        ('commit = "', 'commit = "g', "base.commit"),
        ('ref = "', 'rev = "', "base"),
    ],
)
def test_a_wrong_table_is_named(toy: Toy, moved: str, old: str, new: str, key: str) -> None:
    path = toy.project / "series" / "v3" / "version.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SeriesError) as caught:
        store.load(toy.project)
    assert key in caught.value.where


def test_apply_status_diff_and_export_go_by_it(
    toy: Toy, moved: str, refseries: Refseries, sender: object
) -> None:
    done = refseries("apply", "v3")
    assert done.returncode == 0, done.stderr
    status = refseries("status")
    assert "does not apply" not in status.stdout
    done = refseries("diff", "v2", "v3", "--json", "-")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["patches"]) == 3  # one came, two went
    moves = {"old": "v6.12.117", "new": "v6.13", "files": 1, "apart": False}
    assert found["moved"] == moves  # the Makefile
    assert {each["path"] for each in found["files"]} == {
        "mm/memory.c", "mm/toy.c", "Documentation/mm/toy.rst",
    }  # fmt: skip
    assert "The base moved from v6.12.117 to v6.13;" in refseries("diff", "v2", "v3").stdout
    out = toy.directory / "v3.mbx"
    done = refseries("export", "v3", "-o", str(out), "--no-maintainers", "--no-check")
    assert done.returncode == 0, done.stderr
    assert f"base-commit: {moved}" in out.read_text()


def test_a_version_that_is_written_keeps_it(toy: Toy, moved: str) -> None:
    before = store.version(toy.series(), "v3")
    assert before.base == OwnBase(NEXT, moved, f"v{NEXT}")
    files.write_version(before, pinned=False)  # as a reroll does
    assert store.load_version(before.path) == before


def test_a_base_of_another_tree_is_seen_from_the_cache(toy: Toy, moved: str) -> None:
    """As where the series' base came from a package, and a version is of a git tree."""
    path = toy.project / "series" / "v3" / "version.toml"
    path.write_text(f'{path.read_text()}tree = "{toy.tree}"\n')
    cached = toy.directory / "cached.git"
    toy.git("init", "--quiet", "--bare", str(cached), at=toy.directory)
    toy.git("push", "--quiet", str(cached), f"{toy.base_commit}:refs/heads/base")
    home = replace(toy.base(), source="package", repo=cached)
    info = bases.of_series(toy.series(), home, toy.cache)
    assert not info.lacking
    assert apply.apply(toy.series(), info, Target("v3"), toy.cache).base == moved
    toy.tree.rename(toy.directory / "elsewhere")
    info = bases.of_series(toy.series(), home, toy.cache)
    with pytest.raises(StageError, match=rf"\(v6.13\), of {toy.tree}"):
        info.of("v3")
