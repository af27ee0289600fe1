# SPDX-License-Identifier: GPL-2.0-or-later
"""The newest version made anew, as long as nobody else has it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace
from reroll_author import CODE, DOCS, WHEN, Author, tree_of
from task_commits import review
from toy import Toy

from refseries.errors import SeriesChangedError, SeriesError
from refseries.model import OwnBase, Target
from refseries.reroll import anew, reproduce
from refseries.reroll import write as writing
from refseries.review import states
from refseries.review import store as tasks
from refseries.review.model import State
from refseries.series import apply, patches, store

LONG = {"mm/toy.c": "long toy;\n"}
DOC = {"Documentation/mm/toy.rst": "Toys\n====\nThey are fun.\n"}


@pytest.fixture
def rerolled(toy: Toy, author: Author) -> Author:
    """Has made v3, which settles one of three tasks."""
    review(toy, "v2", "Make it long.", "Say more.", "Why a toy?")
    author.commit("mm: toy: make it long\n\nAddresses: v2-rita-1", LONG)
    author.reroll()
    return author


def standing(toy: Toy) -> list[tuple[State, str, str]]:
    (kept, *_) = tasks.load(toy.series())
    return [(task.state, task.settled_in, task.fixup) for task in kept.tasks]


def say_more(author: Author) -> None:
    author.commit("fixup! mm: tell what a toy is\n\nAddresses: v2-rita-2", DOC)


def test_what_the_branch_has_since_is_in_it(toy: Toy, rerolled: Author) -> None:
    say_more(rerolled)
    later = writing.write(toy.series(), rerolled.draft(), toy.cache, WHEN + timedelta(days=2))
    v3 = store.version(toy.series(), "v3")
    assert v3.date == WHEN.replace(microsecond=0)
    assert [fixup.task for fixup in v3.fixups] == ["make-it-long", "v2-rita-2"]
    assert b"+They are fun." in v3.patches[1].read_bytes()
    settled = [(State.SETTLED, "v3", name) for name in ("make-it-long", "v2-rita-2")]
    assert standing(toy) == [*settled, (State.OPEN, "", "")]
    assert later.reopened == ()
    branch = toy.git("rev-parse", f"{rerolled.place.branch}^{{tree}}")
    for by_task in (False, True):
        made = apply.apply(toy.series(), toy.base(), Target("v3"), toy.cache, by_task=by_task)
        assert made.tree == branch
    again = reproduce.again(toy.series(), toy.base(), toy.cache, "v3")
    assert [one.difference for one in again] == ["", "", "", ""]


def test_without_a_change_it_stays_to_the_byte(toy: Toy, rerolled: Author) -> None:
    before = tree_of(toy.project / "series")
    rerolled.reroll()
    assert tree_of(toy.project / "series") == before


def test_what_it_does_not_settle_any_more_is_open_and_its_files_are_gone(
    toy: Toy, rerolled: Author
) -> None:
    reviews = tasks.load(toy.series())
    (first, *others) = reviews[0].tasks
    tasks.save(toy.series(), replace(reviews[0], tasks=(replace(first, answer="Long."), *others)))
    toy.git("-C", str(rerolled.place.worktree), "reset", "--quiet", "--hard", "HEAD~1")
    say_more(rerolled)
    written = rerolled.reroll()
    assert written.reopened == ("v2-rita-1",)
    assert standing(toy)[:2] == [(State.OPEN, "", ""), (State.SETTLED, "v3", "v2-rita-2")]
    fixups = sorted(path.name for path in (toy.project / "series/v3/fixups").iterdir())
    assert fixups == ["0001-v2-rita-2.patch"]


def test_what_was_told_of_a_task_and_what_was_settled_by_hand_stay(
    toy: Toy, rerolled: Author
) -> None:
    series = toy.series()
    (kept,) = tasks.load(series)
    by_hand = states.settle(kept.tasks[2], series, "v3", text="The cover letter says it.")
    first = replace(kept.tasks[0], answer="It is long.")
    tasks.save(series, replace(kept, tasks=(first, kept.tasks[1], by_hand)))
    say_more(rerolled)
    rerolled.reroll()
    (kept,) = tasks.load(toy.series())
    assert [task.state for task in kept.tasks] == [State.SETTLED] * 3
    assert [task.answer for task in kept.tasks] == [
        "It is long.", "", "The cover letter says it.",
    ]  # fmt: skip


def test_edited_texts_stay(toy: Toy, rerolled: Author) -> None:
    v3 = store.version(toy.series(), "v3")
    code = v3.patches[0]
    code.write_text(code.read_text().replace("\n---\n", "\nThey are small.\n---\n", 1))
    v3.cover.write_text(v3.cover.read_text().replace("\n\n", "\n\nToys for everybody.\n\n", 1))
    say_more(rerolled)
    assert not rerolled.reroll().kept_changelog
    v3 = store.version(toy.series(), "v3")
    assert [path.name for path in v3.patches] == [CODE, DOCS]
    assert patches.read(v3.patches[0]).message.endswith("\nThey are small.\n")
    said = v3.cover.read_text()
    assert said.startswith("# v2\n\nToys for everybody.\n\nToys for all.\n")
    assert re.search(r"Changes in v3:\n\n- Make it long .*\n- Say more", said)


def test_a_changelog_that_nobody_edited_is_made_anew(toy: Toy, author: Author) -> None:
    review(toy, "v2", "Make it long.", "Say more.")
    author.commit("mm: toy: make it long\n\nAddresses: v2-rita-1", LONG)
    author.reroll()
    assert "Still open:" in (toy.project / "series/v3/cover.md").read_text()
    say_more(author)
    assert not author.reroll().kept_changelog
    assert "Still open:" not in (toy.project / "series/v3/cover.md").read_text()


def test_an_edited_changelog_stays_and_is_told(toy: Toy, rerolled: Author) -> None:
    cover = store.version(toy.series(), "v3").cover
    edited = cover.read_text().replace("- Make it long", "- Longer than before")
    cover.write_text(edited)
    say_more(rerolled)
    assert rerolled.reroll().kept_changelog
    assert cover.read_text() == edited


def test_an_edited_text_of_a_patch_that_has_another_now_stops_it(
    toy: Toy, rerolled: Author
) -> None:
    code = store.version(toy.series(), "v3").patches[0]
    code.write_text(code.read_text().replace("\n---\n", "\nThey are small.\n---\n", 1))
    message = "amend! mm: introduce toys\n\nmm: introduce long toys\n\nThey are long."
    rerolled.commit(message, {"mm/toy.c": "very long toy;\n"})
    before = tree_of(toy.project / "series")
    with pytest.raises(SeriesError, match="was edited in v3") as caught:
        rerolled.reroll()
    assert caught.value.where == str(code)
    assert tree_of(toy.project / "series") == before


def sent(toy: Toy) -> None:
    path = toy.project / "series/v3/version.toml"
    path.write_text(f'message_id = "x@example.org"\n{path.read_text()}')


def by_others(toy: Toy) -> None:
    review(toy, "v3", "Why so long?")


def planless(toy: Toy) -> None:
    (toy.project / "series/v3/reroll.toml").unlink()


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (sent, "was sent"),
        (by_others, "was reviewed"),
        (planless, "has no reroll.toml"),
    ],
)
def test_one_that_others_have_or_no_reroll_made_does_not_change(
    toy: Toy, rerolled: Author, done: Callable[[Toy], None], why: str
) -> None:
    done(toy)
    say_more(rerolled)
    before = tree_of(toy.project / "series")
    with pytest.raises(SeriesError, match=f"there already, and {why}"):
        rerolled.reroll()
    assert tree_of(toy.project / "series") == before


def test_one_that_no_reroll_made_does_not_change(toy: Toy) -> None:
    newest = dataclasses.replace(store.newest(toy.series()), fixups=())
    with pytest.raises(SeriesError, match="was not made by `reroll`"):
        anew.made_of(toy.series(), newest, ())


def test_one_that_was_moved_is_not_compared_either(toy: Toy) -> None:
    own = OwnBase("6.13", "0" * 40, "v6.13")
    newest = dataclasses.replace(store.newest(toy.series()), base=own)
    with pytest.raises(SeriesError, match="stands on something else than v1") as caught:
        anew.made_of(toy.series(), newest, ())
    assert caught.value.hint == "The next one is v3."


def test_where_the_next_ones_branch_is_empty_this_is_proposed(rerolled: Author) -> None:
    for what in ("there is no branch", "has no commit"):
        with pytest.raises(SeriesError, match=what) as caught:
            rerolled.draft("v4")
        assert caught.value.hint.endswith("anew of its branch: `refseries reroll v3`.")
        Author(rerolled.toy)  # begins to work on v3


def test_where_the_branch_below_is_gone_this_is_not_proposed(rerolled: Author) -> None:
    for branch in rerolled.toy.git("branch", "--format=%(refname:short)").split():
        if branch.startswith("refseries/"):
            rerolled.toy.git("update-ref", "-d", f"refs/heads/{branch}")
    with pytest.raises(SeriesError, match="there is no branch") as caught:
        rerolled.draft("v4")
    assert "anew" not in caught.value.hint


@pytest.mark.parametrize("done", [sent, by_others])
def test_one_that_others_have_meanwhile_stays(
    toy: Toy, rerolled: Author, done: Callable[[Toy], None]
) -> None:
    say_more(rerolled)
    draft = rerolled.draft()
    done(toy)
    before = tree_of(toy.project / "series")
    with pytest.raises(SeriesError, match="so it does not change"):
        writing.write(toy.series(), draft, toy.cache, WHEN)
    assert tree_of(toy.project / "series") == before


def test_one_that_was_changed_meanwhile_stops_it(toy: Toy, rerolled: Author) -> None:
    draft = rerolled.draft()
    series = toy.series()
    (toy.project / "series/v3/cover.md").write_text("# Other toys\n")
    with pytest.raises(SeriesChangedError):
        writing.write(series, draft, toy.cache, WHEN)
