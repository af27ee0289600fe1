# SPDX-License-Identifier: GPL-2.0-or-later
"""From a working branch to the next version, with real git on the toy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from reroll_author import CODE, DOCS, Author, tree_of
from task_commits import review
from toy import Toy

from refseries.errors import SeriesError
from refseries.model import Target
from refseries.reroll import plan
from refseries.reroll import write as writing
from refseries.review import store as tasks
from refseries.review.model import Anchor, State
from refseries.series import apply, patches, store


def test_fixups_become_the_next_version(toy: Toy, author: Author) -> None:
    review(toy, "v2", "Make it long.", "Say more.", "Why a toy?")
    author.commit("mm: toy: make it long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long toy;\n"})
    text = "Toys\n====\nThey are fun.\n"
    author.commit(
        "fixup! mm: tell what a toy is\n\nAddresses: v2-rita-2", {"Documentation/mm/toy.rst": text}
    )
    written = author.reroll()
    series = toy.series()
    v3 = store.version(series, "v3")
    assert [patch.name for patch in v3.patches] == [CODE, DOCS]
    assert v3.date == datetime(2026, 12, 1, 12, 30, 15, tzinfo=UTC)
    assert [(f.task, f.patch.name, f.addresses) for f in v3.fixups] == [
        ("make-it-long", "0001-make-it-long.patch", ("v2-rita-1",)),
        ("v2-rita-2", "0002-v2-rita-2.patch", ("v2-rita-2",)),
    ]
    first, second = map(patches.read, v3.patches)
    assert first.message == patches.read(store.version(series, "v2").patches[0]).message
    assert b"+long toy;" in first.diff
    assert b"+They are fun." in second.diff
    assert b"Subject: [PATCH v3 1/2] mm: introduce toys\n" in v3.patches[0].read_bytes()
    # Both ways to it come to the files of the branch.
    branch = toy.git("rev-parse", f"{author.place.branch}^{{tree}}")
    for by_task in (False, True):
        made = apply.apply(series, toy.base(), Target("v3"), toy.cache, by_task=by_task)
        assert made.tree == branch
    assert [task.id for task in written.settled] == ["v2-rita-1", "v2-rita-2"]
    (kept,) = tasks.load(series)
    assert [(task.state, task.settled_in, task.fixup) for task in kept.tasks] == [
        (State.SETTLED, "v3", "make-it-long"),
        (State.SETTLED, "v3", "v2-rita-2"),
        (State.OPEN, "", ""),
    ]


def test_the_cover_is_a_draft_of_the_one_before(toy: Toy, author: Author) -> None:
    cover = toy.project / "series/v2/cover.md"
    said = "Toys.\nChanges in v1 broke them."
    cover.write_text(f"# mm: introduce toys\n\n{said}\n\nChanges in v2:\n\n- Smaller.\n")
    review(toy, "v2", "Make it long.")
    author.commit("mm: make it long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    assert (toy.project / "series/v3/cover.md").read_text() == (
        f"# mm: introduce toys\n\n{said}\n\n"
        "Changes in v3:\n\n- Make it long (Rita Reader)\n\n"
        "Changes in v2:\n\n- Smaller.\n"
    )


def test_a_version_that_is_there_is_not_touched(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    before = tree_of(toy.project / "series")
    for name, what in (
        ("v2", "is there already"),
        ("v1", "is there already"),
        ("v0", "no name of a version"),
        ("../v3", "no name of a version"),
        ("v3\n", "no name of a version"),
    ):
        with pytest.raises(SeriesError, match=what):
            author.reroll(name)
    assert tree_of(toy.project / "series") == before


def test_an_unknown_task_stops_it(author: Author) -> None:
    author.commit("mm: long\n\nAddresses: v2-eve-1", {"mm/toy.c": "long toy;\n"})
    with pytest.raises(SeriesError, match="there is no task `v2-eve-1`"):
        author.draft()


def test_an_empty_branch_stops_it(author: Author) -> None:
    with pytest.raises(SeriesError, match="the branch has no commit"):
        author.draft()


@pytest.mark.parametrize("fails", ["_settle", "_check", "_fates"])
def test_whatever_fails_the_series_is_as_it_was(
    toy: Toy, author: Author, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    review(toy, "v2", "Make it long.")
    author.commit("mm: long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long toy;\n"})
    before = tree_of(toy.project / "series")

    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, fails, fail)
    with pytest.raises(OSError, match="No space"):
        author.reroll()
    assert tree_of(toy.project / "series") == before
    assert sorted(path.name for path in (toy.project / "series").iterdir()) == [
        "feedback", "series.toml", "v1", "v2",
    ]  # fmt: skip


def test_open_tasks_move_on(toy: Toy, author: Author) -> None:
    (toy.project / "series/v2/cover.md").write_text("# Toys\n\nAll about toys.\nAnd more.\n")
    kept = review(toy, "v2", "a", "b", "c", "d", "e", "f", "g")
    anchors = (
        Anchor(CODE, "mm/memory.c", 10, "int toy[2];"),
        Anchor(CODE, "mm/toy.c", 1, "short toy_create;"),
        Anchor(DOCS, "Documentation/mm/toy.rst", 1, "Toys"),
        Anchor("cover", line=3, text="All about toys."),
        Anchor(CODE, line=3, text="A toy is a page that two can play with."),
        Anchor(DOCS),
        Anchor(),
    )
    new = tuple(replace(t, anchor=a) for t, a in zip(kept.tasks, anchors, strict=True))
    tasks.save(toy.series(), replace(kept, tasks=new))
    lines = author.memory().splitlines(keepends=True)
    author.commit("mm: two more", {"mm/memory.c": "".join(["int a;\n", "int b;\n", *lines])})
    author.commit("mm: long", {"mm/toy.c": "long toy_create;\n"})
    author.commit("fixup! mm: tell what a toy is", {
        "Documentation/mm/toy.rst": None, "Documentation/mm/game.rst": "Games\n",
    })  # fmt: skip
    fates = {fate.task: fate for fate in author.reroll().open}
    assert [(f.became, f.patch, f.file, f.line, f.text) for f in fates.values()] == [
        ("untouched", CODE, "mm/memory.c", 12, "int toy[2];"),
        ("touched", CODE, "mm/toy.c", 1, "long toy_create;"),
        ("vanished", "", "", 0, ""),
        ("untouched", "cover", "", 3, "All about toys."),
        ("untouched", CODE, "", 3, "A toy is a page that two can play with."),
        ("untouched", DOCS, "", 0, ""),
    ]
    assert "v2-rita-7" not in fates
    assert plan.load(toy.project / "series/v3" / plan.FILE).open == tuple(fates.values())
    assert plan.carried(toy.series(), "v2-rita-2") == ("v3", fates["v2-rita-2"])
    assert plan.carried(toy.series(), "v2-rita-7") is None
