# SPDX-License-Identifier: GPL-2.0-or-later
"""What the patches of a new version are put together of, and what they take along."""

from __future__ import annotations

from pathlib import Path

import pytest
import reviews
from msgspec import structs
from reroll_author import CODE, DOCS, Author
from reviewer_tags import TOM, give, line
from toy import Toy

from refseries.errors import SeriesError
from refseries.model import Identity
from refseries.reroll import plan
from refseries.reroll.anchors import History, in_file
from refseries.reroll.plan import Fate, Piece, Plan, Planned
from refseries.reroll.source import Source, names
from refseries.review.model import Anchor
from refseries.series import patches, store, trailers


def _plan(path: Path, *planned: Planned) -> Path:
    path.write_text(plan.dump(Plan("v2", planned)))
    return path


def test_of_several_new_messages_the_last_is_taken_and_no_author(toy: Toy, author: Author) -> None:
    before = patches.read(store.version(toy.series(), "v2").patches[1])
    for text in ("First try.", "Second try."):
        message = f"amend! {before.subject}\n\n{before.subject}\n\n{text}"
        author.commit(message, {"Documentation/mm/toy.rst": f"Toys\n====\n{text}\n"})
    made = author.draft()
    assert made.texts[1].message == f"{before.subject}\n\nSecond try.\n"
    assert made.texts[1].author == before.author
    times = toy.git("log", "-2", "--format=%at %ct", made.folded.commits[-1]).splitlines()
    assert all(len(set(each.split())) == 1 for each in times)  # the same on every run


def test_a_path_of_a_plan_is_no_pattern(author: Author, tmp_path: Path) -> None:
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    path = _plan(tmp_path / "p.toml", Planned("a", (Piece(CODE, ("mm/*.c",)),), CODE))
    with pytest.raises(SeriesError, match=r"changes nothing of mm/\*\.c"):
        author.draft(plan=path)


def test_what_is_binary_goes_along(author: Author) -> None:
    new = author.commit("mm: data", {"mm/toy.bin": "\0data"})
    assert len(author.draft(new=(new,)).folded.commits) == 3


def test_what_names_tasks_is_no_part_of_a_text_or_a_name() -> None:
    trailers_ = "addresses: v1-ada-1,\n v1-ada-2\nAddresses: v1-ada-3\n"

    def source(subject: str, body: str) -> Source:
        message = f"{subject}\n\n{trailers_}\n{body}"
        return Source("", "", "", subject, message, Identity("", ""), "", ("v1-ada-1",))

    made = [
        source("mm: toys", "Why."), source("fixup! mm: toys", "Paint it."),
        source("fixup! mm: toys", ""), source("amend! mm: toys", "mm: cars\n\nWhy."),
        source("fixup! mm: toys", "Signed-off-by: Ada <ada@example.org>"),
        source("squash! mm: toys", "Wash it.\n\nSigned-off-by: Ada <ada@example.org>"),
    ]  # fmt: skip
    assert made[0].text == "mm: toys\n\n\nWhy.\n"
    assert made[3].text == "mm: cars\n\nWhy.\n"
    told = ("toys", "paint-it", "v1-ada-1", "v1-ada-1-2", "v1-ada-1-3", "wash-it")
    assert names(made) == told


@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_commit_is_not_named_by_less_than_four_digits(author: Author, length: int) -> None:
    new = author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    with pytest.raises(SeriesError, match="is not one commit of the branch"):
        author.draft(into=((new[:length], "1"),))


def test_of_a_patch_that_is_split_the_first_part_keeps_the_tags(
    toy: Toy, author: Author, tmp_path: Path
) -> None:
    give(toy, CODE)
    author.commit("mm: long", {"mm/toy.c": "long toy;\n"})
    path = _plan(
        tmp_path / "p.toml",
        Planned("a", (Piece(CODE, ("mm/memory.c",)),), CODE),
        Planned("b", (Piece(CODE, ("mm/toy.c",)), Piece("long")), "long"),
        Planned("c", (Piece(DOCS),), DOCS),
    )
    made = author.draft(plan=path, keep_tags=True)
    assert [trailers.vouching(each.message) for each in made.texts] == [(line(TOM),), (), ()]


def test_the_newest_version_says_where_a_task_is_anchored(toy: Toy) -> None:
    for version in toy.series().versions:
        open_tasks = (Fate("v1-ada-2", "touched", f"000{version.number}-x.patch"),)
        planned = (Planned("a", (Piece("x"),), "x"),)
        (version.path / plan.FILE).write_text(plan.dump(Plan("v0", planned, open_tasks)))
    found = plan.carried(toy.series(), "v1-ada-2")
    assert found is not None
    assert (found[0], found[1].patch) == ("v2", "0002-x.patch")
    assert plan.carried(toy.series(), "v1-ada-3") is None


def test_a_line_belongs_to_the_patch_that_made_it(toy: Toy) -> None:
    toy.at_base()
    base = toy.git("rev-parse", "HEAD")
    made = [
        toy.commit(("Ada <ada@example.org>", "mm: step\n", {"mm/two.c": text}))
        for text in (b"int one;\n", b"int one;\nint two;\n")
    ]
    history = History(toy.base().repo, base, tuple(made), ("0001-x.patch", "0002-x.patch"))
    task = structs.replace(reviews.make().tasks[0], anchor=Anchor(file="mm/two.c", line=2))
    fate = in_file(task, made[-1], history)
    assert fate == Fate("v1-ada-1", "untouched", "0002-x.patch", "mm/two.c", 2, "int two;")
