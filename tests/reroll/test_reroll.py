# SPDX-License-Identifier: GPL-2.0-or-later
"""From a working branch to the next version, with real git on the toy."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import toy as toys
from settling import commit, review
from toy import Toy

from refseries import apply, patches, store
from refseries.errors import SeriesError, StageError
from refseries.feedback import workplace
from refseries.model import Target
from refseries.reroll import again, plan
from refseries.reroll import write as writing
from refseries.reroll.draft import Draft, Wish, draft
from refseries.reroll.write import Written
from refseries.tasks import store as tasks
from refseries.tasks.model import Anchor, State

WHEN = datetime(2026, 12, 1, 12, 30, 15, 999, tzinfo=UTC)
CODE, DOCS = "0001-mm-introduce-toys.patch", "0002-mm-tell-what-a-toy-is.patch"


class Author:
    """Somebody who works on top of the newest version of the toy."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.place = workplace.find(toy.series(), toy.base(), toy.cache)
        workplace.start(self.place)

    def commit(self, message: str, files: Mapping[str, str | None]) -> str:
        return commit(self.toy, self.place.worktree, message, files)

    def memory(self, *changes: tuple[int, str]) -> str:
        """mm/memory.c as it is there, with the lines of these numbers replaced."""
        lines = (self.place.worktree / "mm/memory.c").read_text().splitlines(keepends=True)
        for number, line in changes:
            lines[number - 1] = line + "\n"
        return "".join(lines)

    def draft(self, version: str = "v3", **wishes: object) -> Draft:
        toy = self.toy
        wish = replace(Wish(version), **wishes)  # type: ignore[arg-type]
        return draft(toy.series(), toy.base(), toy.cache, tasks.load(toy.series()), wish)

    def reroll(self, version: str = "v3", **wishes: object) -> Written:
        made = self.draft(version, **wishes)
        return writing.write(self.toy.series(), made, self.toy.cache, WHEN)


@pytest.fixture
def author(toy: Toy) -> Author:
    return Author(toy)


def tree_of(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def into(made: Draft) -> list[tuple[str, str]]:
    return [(choice.into.name, choice.why) for choice in made.choices]


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
    cover.write_text("# mm: introduce toys\n\nToys.\n\nChanges in v2:\n\n- Smaller.\n")
    review(toy, "v2", "Make it long.")
    author.commit("mm: make it long\n\nAddresses: v2-rita-1", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    assert (toy.project / "series/v3/cover.md").read_text() == (
        "# mm: introduce toys\n\nToys.\n\n"
        "Changes in v3:\n\n- Make it long (Rita Reader)\n\n"
        "Changes in v2:\n\n- Smaller.\n"
    )


def test_the_patch_is_found_by_the_lines_that_change(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.commit("mm: longer", {"mm/toy.c": "long long toy;\n"})
    author.commit("mm: near it", {"mm/memory.c": author.memory((11, "int near;"))})
    author.commit("Documentation: more", {"Documentation/mm/toy.rst": "Toys!\n====\n"})
    assert into(author.draft()) == [
        (CODE, "the patch that touched these lines last"),
        (CODE, "the patch that touched these lines last"),
        (CODE, "the patch that touched the lines around these last"),
        (DOCS, "the patch that touched these lines last"),
    ]


def test_the_file_is_enough_where_one_patch_touches_it(author: Author) -> None:
    author.commit("mm: far off", {"mm/memory.c": author.memory((50, "int far;"))})
    assert into(author.draft()) == [(CODE, "the only patch that touches these files")]


def test_an_unclear_target_is_asked_for_and_nothing_changes(toy: Toy, author: Author) -> None:
    review(toy, "v2", "More.")
    before = tree_of(toy.project / "series")
    both = author.commit(
        "mm: both\n\nAddresses: v2-rita-1",
        {"mm/toy.c": "long toy;\n", "Documentation/mm/toy.rst": "Toys!\n====\n"},
    )
    with pytest.raises(SeriesError) as error:
        author.reroll()
    assert error.value.what == f"could go into {DOCS} or {CODE}."
    assert error.value.where == f"{both[:12]} mm: both"
    assert f"--into {both[:12]}=" in error.value.hint
    assert tree_of(toy.project / "series") == before
    made = author.draft(into=((both[:6], "2"),))
    assert into(made) == [(DOCS, "as told")]


def test_what_no_patch_made_is_asked_for(author: Author) -> None:
    other = author.commit("mm: other", {"lib/other.c": "int other;\n"})
    with pytest.raises(SeriesError, match="touches nothing that a patch of the series made"):
        author.draft()
    assert into(author.draft(into=((other, CODE),))) == [(CODE, "as told")]


def test_a_new_patch_stands_behind_the_others_without_our_trailers(
    toy: Toy, author: Author
) -> None:
    review(toy, "v2", "Test it.")
    message = "selftests: test the toy\n\nIt is tested.\n\nAddresses: v2-rita-1"
    new = author.commit(message, {"tools/toy.c": "int test;\n"})
    author.commit("fixup! selftests: test the toy", {"tools/toy.c": "int tests;\n"})
    author.commit("tools: a number", {"tools/toy.c": "long tests;\n"})
    author.reroll(new=(new[:8],))
    v3 = store.version(toy.series(), "v3")
    assert [patch.name for patch in v3.patches][2:] == ["0003-selftests-test-the-toy.patch"]
    third = patches.read(v3.patches[2])
    assert third.message == "selftests: test the toy\n\nIt is tested.\n"
    assert b"+long tests;" in third.diff
    assert [fixup.task for fixup in v3.fixups] == ["test-the-toy", "fixup", "a-number"]
    kept = plan.load(v3.path / plan.FILE)
    assert [piece.of for piece in kept.patches[2].takes] == ["test-the-toy", "fixup", "a-number"]


def test_amend_gives_a_patch_another_message(toy: Toy, author: Author) -> None:
    author.commit("amend! mm: introduce toys\n\nmm: add toys\n\nBetter.", {"mm/toy.c": "int t;\n"})
    author.reroll()
    v3 = store.version(toy.series(), "v3")
    read = patches.read(v3.patches[0])
    assert (read.message, v3.patches[0].name) == (
        "mm: add toys\n\nBetter.\n",
        "0001-mm-add-toys.patch",
    )
    assert read.author == patches.read(store.version(toy.series(), "v2").patches[0]).author


def test_a_subject_that_names_no_patch_is_asked_for(author: Author) -> None:
    author.commit("fixup! mm: introduce cars", {"mm/toy.c": "int t;\n"})
    with pytest.raises(SeriesError, match="names a patch that is not there"):
        author.draft()


def test_a_fixup_that_does_not_fit_is_named_and_nothing_changes(toy: Toy, author: Author) -> None:
    before = tree_of(toy.project / "series")
    text = "Toys\n====\nThey are fun.\n"
    one = author.commit("Documentation: more", {"Documentation/mm/toy.rst": text})
    with pytest.raises(StageError) as error:
        author.reroll(into=((one, "1"),))
    assert error.value.where == CODE
    assert "`Documentation: more` does not fit into the patch" in error.value.what
    assert tree_of(toy.project / "series") == before


def test_a_fixup_goes_below_a_later_patch_that_changes_lines_near_it(toy: Toy) -> None:
    first: toys.Change = (toys.ADA, "mm: ten\n", {"mm/memory.c": toys.lines((10, b"int ten;"))})
    second: toys.Change = (
        toys.ADA,
        "mm: fourteen\n",
        {"mm/memory.c": toys.lines((10, b"int ten;"), (14, b"int fourteen;"))},
    )
    toy.version_of(first, second, name="v3")
    author = Author(toy)
    author.commit("mm: eleven", {"mm/memory.c": author.memory((11, "int eleven;"))})
    author.reroll("v4", into=((author.draft("v4").fixups[0].commit, "1"),))
    v4 = store.version(toy.series(), "v4")
    (changes, others) = (patches.read(patch).diff for patch in v4.patches)
    assert b"+int ten;\n+int eleven;\n" in changes
    assert b"eleven" not in others.replace(b" int eleven;", b"")


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


@pytest.mark.parametrize("fails", ["_settle", "_check", "_mark", "_fates"])
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


def test_a_version_can_be_made_again_to_the_byte(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    new = author.commit("mm: new ün", {"lib/new.c": "int new;\n"})
    author.reroll(new=(new,))
    found = again.again(toy.series(), toy.base(), toy.cache, "v3")
    assert [(each.name, each.difference) for each in found] == [
        (CODE, ""),
        (DOCS, ""),
        ("0003-mm-new-n.patch", ""),
        ("fixups/0001-long.patch", ""),
        ("fixups/0002-new-n.patch", ""),
    ]


def test_texts_may_be_edited_but_not_diffs(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    patch = toy.project / "series/v3" / CODE
    patch.write_bytes(patch.read_bytes().replace(b"A toy is", b"A good toy is"))
    assert not any(f.difference for f in again.again(toy.series(), toy.base(), toy.cache, "v3"))
    text = patch.read_bytes()
    patch.write_bytes(text.replace(b"2 files changed", b"3 files changed"))
    (first, *others) = again.again(toy.series(), toy.base(), toy.cache, "v3")
    assert "\n- 3 files changed" in first.difference
    assert not any(each.difference for each in others)
    patch.write_bytes(text.replace(b"+long toy;", b"+long joy;"))
    (first, *others) = again.again(toy.series(), toy.base(), toy.cache, "v3")
    assert "\n-+long joy;\n++long toy;" in first.difference
    assert not any(each.difference for each in others)


def test_a_version_without_a_plan_cannot_be_made_again(toy: Toy) -> None:
    with pytest.raises(SeriesError, match=r"has no reroll\.toml"):
        again.again(toy.series(), toy.base(), toy.cache, "v2")
    with pytest.raises(SeriesError, match="v1 has no fixups"):
        again.again(toy.series(), toy.base(), toy.cache, "v1")


def test_a_plan_can_split_a_patch_by_its_files(toy: Toy, author: Author, tmp_path: Path) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.commit("mm: wire it", {"arch/arm64/Kconfig": "config ARM64\n\tbool\n"})
    text = plan.Plan(
        "v2",
        (
            plan.Planned("a", (plan.Piece(CODE, ("mm/memory.c",)),), CODE),
            plan.Planned(
                "b", (plan.Piece(CODE, ("mm/toy.c",)), plan.Piece("long"), plan.Piece("wire-it")),
                "wire-it",
            ),
            plan.Planned("c", (plan.Piece(DOCS),), DOCS),
        ),
    )  # fmt: skip
    path = tmp_path / "plan.toml"
    path.write_text(plan.dump(text))
    assert plan.load(path) == text
    author.reroll(plan=path)
    v3 = store.version(toy.series(), "v3")
    assert [patches.touched(patches.read(patch)) for patch in v3.patches] == [
        ("mm/memory.c",),
        ("arch/arm64/Kconfig", "mm/toy.c"),
        ("Documentation/mm/toy.rst",),
    ]
    assert patches.read(v3.patches[1]).subject == "mm: wire it"
    assert not any(f.difference for f in again.again(toy.series(), toy.base(), toy.cache, "v3"))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('of = "long"', 'of = "odd"', "takes of `odd`"),
        ('{ of = "long" }', f'{{ of = "{DOCS}", paths = ["mm"] }}', "changes nothing of mm"),
        ('    {of = "long"},\n', "", "does not leave the files"),
        ('onto = "v2"', 'onto = "v1"', "is on top of v1, not of v2"),
    ],
)
def test_a_wrong_plan_is_named(
    toy: Toy, author: Author, tmp_path: Path, old: str, new: str, what: str
) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    path = tmp_path / "plan.toml"
    author.reroll()
    made = toy.project / "series/v3"
    text = (made / plan.FILE).read_text().replace("{of =", "{ of =").replace('"}', '" }')
    text = text.replace("{ of =", "{of =").replace('" }', '"}') if old.startswith("    ") else text
    assert old in text
    shutil.rmtree(made)
    path.write_text(text.replace(old, new))
    with pytest.raises((SeriesError, StageError), match=what):
        author.reroll(plan=path)
    assert not made.exists()


def test_nothing_of_the_user_bends_the_patches(
    toy: Toy, author: Author, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    config = tmp_path / "gitconfig"
    config.write_text(
        "[format]\n\tsignOff = true\n\tsignature = me\n\tnumbered = false\n\tcoverLetter = true\n"
        "\tthread = true\n\tfrom = true\n\tuseAutoBase = true\n\tattach = x\n\tsuffix = .txt\n"
        "\tto = a@example.org\n\theaders = X-Mine: 1\\n\n\tnotes = true\n\tsubjectPrefix = RFC\n"
        "[diff]\n\tnoprefix = true\n\tmnemonicPrefix = true\n\talgorithm = patience\n"
        "\tcontext = 9\n\tinterHunkContext = 9\n\trenames = false\n\tstatGraphWidth = 5\n"
        "[core]\n\tabbrev = 30\n\tquotePath = false\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    found = again.again(toy.series(), toy.base(), toy.cache, "v3")
    assert [each.name for each in found if each.difference] == []
