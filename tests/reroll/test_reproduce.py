# SPDX-License-Identifier: GPL-2.0-or-later
"""A version made again of its plan, and plans that people write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reroll_author import CODE, DOCS, Author
from toy import Toy

from refseries.errors import SeriesError, StageError
from refseries.reroll import plan, reproduce
from refseries.series import patches, store


def test_a_version_can_be_made_again_to_the_byte(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    new = author.commit("mm: new ün", {"lib/new.c": "int new;\n"})
    author.reroll(new=(new,))
    found = reproduce.again(toy.series(), toy.base(), toy.cache, "v3")
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
    assert not any(f.difference for f in reproduce.again(toy.series(), toy.base(), toy.cache, "v3"))
    text = patch.read_bytes()
    patch.write_bytes(text.replace(b"2 files changed", b"3 files changed"))
    (first, *others) = reproduce.again(toy.series(), toy.base(), toy.cache, "v3")
    assert "\n- 3 files changed" in first.difference
    assert not any(each.difference for each in others)
    patch.write_bytes(text.replace(b"+long toy;", b"+long joy;"))
    (first, *others) = reproduce.again(toy.series(), toy.base(), toy.cache, "v3")
    assert "\n-+long joy;\n++long toy;" in first.difference
    assert not any(each.difference for each in others)


def test_a_fixup_that_is_in_no_patch_is_told(toy: Toy, author: Author) -> None:
    before = (toy.project / "series/v2" / DOCS).read_bytes()
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.commit("fixup! mm: tell what a toy is", {"Documentation/mm/toy.rst": "Toys!\n====\n"})
    author.reroll()
    path = toy.project / "series/v3" / plan.FILE
    text = path.read_text()
    assert '    {of = "fixup"},\n' in text
    path.write_text(text.replace('    {of = "fixup"},\n', ""))
    patch = toy.project / "series/v3" / DOCS  # as if nobody had ever asked for it
    patch.write_bytes(before.replace(b"[PATCH v2", b"[PATCH v3"))
    with pytest.raises(StageError, match="does not leave the files"):
        reproduce.again(toy.series(), toy.base(), toy.cache, "v3")


def test_a_version_without_a_plan_cannot_be_made_again(toy: Toy) -> None:
    with pytest.raises(SeriesError, match=r"has no reroll\.toml"):
        reproduce.again(toy.series(), toy.base(), toy.cache, "v2")
    with pytest.raises(SeriesError, match="v1 has no fixups"):
        reproduce.again(toy.series(), toy.base(), toy.cache, "v1")


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
    assert not any(f.difference for f in reproduce.again(toy.series(), toy.base(), toy.cache, "v3"))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('of = "long"', 'of = "odd"', "takes of `odd`"),
        ('{of = "long"}', f'{{of = "{DOCS}", paths = ["mm"]}}', "changes nothing of mm"),
        ('    {of = "long"},\n', "", "does not leave the files"),
        ('onto = "v2"', 'onto = "v1"', "is on top of v1, not of v2"),
        (f'name = "{CODE}"', f'name = "{CODE}"\ntext = "odd"', "`odd` is none of the pieces of"),
    ],
)
def test_a_wrong_plan_is_named(
    toy: Toy, author: Author, tmp_path: Path, old: str, new: str, what: str
) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    path = tmp_path / "plan.toml"
    author.reroll()
    made = toy.project / "series/v3"
    text = (made / plan.FILE).read_text()
    assert old in text
    shutil.rmtree(made)
    path.write_text(text.replace(old, new))
    with pytest.raises((SeriesError, StageError), match=what):
        author.draft(plan=path)
    with pytest.raises((SeriesError, StageError), match=what):
        author.reroll(plan=path)
    assert not made.exists()


def test_a_plan_takes_the_place_of_what_says_where_commits_go(
    author: Author, tmp_path: Path
) -> None:
    new = author.commit("mm: new", {"lib/new.c": "int new;\n"})
    for words in ({"new": (new,)}, {"into": ((new, "1"),)}):
        with pytest.raises(SeriesError, match="--plan says all that"):
            author.draft(plan=tmp_path / "plan.toml", **words)


def test_a_patch_of_which_nothing_is_left_is_no_patch(author: Author) -> None:
    author.commit("fixup! mm: tell what a toy is", {"Documentation/mm/toy.rst": None})
    with pytest.raises(StageError, match="its pieces undo each other") as caught:
        author.draft()
    assert caught.value.where == DOCS


def test_a_plan_of_another_version_makes_nothing_again(toy: Toy, author: Author) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    path = toy.project / "series/v3" / plan.FILE
    text = path.read_text()
    for old, new in (('onto = "v2"', 'onto = "v1"'), (f'name = "{DOCS}"', 'name = "0002-x.patch"')):
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(SeriesError, match="is not about v3 as it stands"):
            reproduce.again(toy.series(), toy.base(), toy.cache, "v3")


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
    found = reproduce.again(toy.series(), toy.base(), toy.cache, "v3")
    assert [each.name for each in found if each.difference] == []
