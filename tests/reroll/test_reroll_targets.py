# SPDX-License-Identifier: GPL-2.0-or-later
"""Into which patch each fixup of a working branch goes."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy as toys
from reroll_author import AS_T, CODE, DOCS, Author, into, tree_of
from task_commits import review
from toy import Toy

from refseries.errors import SeriesError, StageError
from refseries.model import Identity, Target
from refseries.reroll import plan, reproduce, targets
from refseries.reroll.source import Source
from refseries.series import apply, patches, store


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


def test_the_lines_beside_those_that_change_do_not_count(toy: Toy) -> None:
    around = ((9, b"int nine;"), (11, b"int eleven;"))
    toy.version_of(
        (toys.ADA, "mm: around it\n", {"mm/memory.c": toys.lines(*around)}),
        (toys.ADA, "mm: ten\n", {"mm/memory.c": toys.lines(*around, (10, b"int ten;"))}),
        name="v3",
    )
    author = Author(toy)
    author.commit("mm: long", {"mm/memory.c": author.memory((10, "long ten;"))})
    why = "the patch that touched these lines last"
    assert into(author.draft("v4")) == [("0002-mm-ten.patch", why)]


def test_an_aim_is_a_whole_subject_before_it_is_the_beginning_of_one() -> None:
    patches = [_source(text) for text in ("mm: toys", "mm: toys, too", "mm: cars", "mm: ca")]
    own = _source("mm: boats, by themselves")
    fixups = [
        own,
        *map(_source, ("fixup! mm: toys", "fixup! mm: car", "squash! fixup! mm: boats")),
        _source("fixup! mm: bo"),
    ]
    made = targets.choose(Path(), patches, fixups, {own.commit: targets.NEW})
    assert [choice.into.subject for choice in made] == [
        own.subject, "mm: toys", "mm: cars", own.subject, own.subject,
    ]  # fmt: skip
    with pytest.raises(SeriesError, match="could go into mm: toys or mm: toys, too"):
        targets.choose(Path(), patches, [_source("fixup! mm: to")], {})


def test_an_aim_may_be_a_fixup_before_it() -> None:
    patches = [_source("mm: toys"), _source("mm: cars")]
    first = _source("mm: paint them")
    made = targets.choose(
        Path(), patches, [first, _source("fixup! mm: paint them")], {first.commit: "mm: cars"}
    )
    assert [choice.into.subject for choice in made] == ["mm: cars", "mm: cars"]


def _source(subject: str) -> Source:
    """One whose commit and name are its subject: no git is asked about those with an aim."""
    return Source(subject, subject, "", subject, f"{subject}\n", Identity("", ""), "")


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


@pytest.mark.parametrize("subject", ["mm: nothing", "fixup! mm: introduce toys"])
def test_a_commit_without_a_change_is_no_fixup(author: Author, subject: str) -> None:
    author.commit("mm: small", {"mm/toy.c": "long toy;\n"})
    author.change_nothing(f"{subject}\n\nmm: introduce better toys\n")
    with pytest.raises(SeriesError, match="changes neither a file") as caught:
        author.reroll()
    assert caught.value.where.endswith(f" {subject}")


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


def test_a_fixup_that_rewords_is_folded_as_by_git(toy: Toy, author: Author) -> None:
    """As ``git commit --fixup=reword:COMMIT`` makes it: a message, and no change."""
    review(toy, "v2", "Say why.")
    author.commit("fixup! mm: introduce toys", {"mm/toy.c": "long toy;\n"})
    author.change_nothing("amend! mm: introduce toys\n\nmm: add toys\n\nFirst words.\n")
    text = "mm: add toys\n\nThey are fun.\n"
    author.change_nothing(f"amend! amend! mm: introduce toys\n\n{text}\nAddresses: v2-rita-1\n")
    toy.git("branch", "autosquashed", author.place.branch)
    editors = ("-c", "sequence.editor=true", "-c", "core.editor=true")
    rebase = ("rebase", "-q", "-i", "--autosquash", f"{author.place.tip}~2", "autosquashed")
    toy.git(*AS_T, *editors, *rebase)
    author.reroll()
    series, base = toy.series(), toy.base()
    v3 = store.version(series, "v3")
    made = apply.apply(series, base, Target("v3"), toy.cache)
    theirs = toy.git("log", "--reverse", "--format=%T %s", "autosquashed~2..autosquashed")
    assert [f"{each.tree} {each.subject}" for each in made.commits] == theirs.splitlines()
    assert patches.read(v3.patches[0]).message == text
    assert [(each.task, each.addresses) for each in v3.fixups] == [
        ("fixup", ()), ("fixup-2", ()), ("v2-rita-1", ("v2-rita-1",)),
    ]  # fmt: skip
    chain, error = apply.chain(series, base, "v3", toy.cache)
    assert error is None
    assert len({state.tree for state in chain.values()}) == 2
    assert not any(each.difference for each in reproduce.again(series, base, toy.cache, "v3"))
    # The branch says it otherwise by now.
    author.change_nothing("amend! mm: introduce toys\n\nmm: add toys\n\nTo play.\n")
    author.reroll()
    v3 = store.version(toy.series(), "v3")
    assert patches.read(v3.patches[0]).message == "mm: add toys\n\nTo play.\n"


def test_what_a_squash_says_is_added_to_the_message(toy: Toy, author: Author) -> None:
    sign = "Signed-off-by: Ada Löwe <ada@example.org>"
    author.change_nothing(f"amend! mm: introduce toys\n\nmm: introduce toys\n\nWhy.\n\n{sign}\n")
    author.commit(
        f"squash! mm: introduce toys\n\nThey are long.\n\n{sign}", {"mm/toy.c": "long t;\n"}
    )
    author.commit("fixup! mm: introduce toys\n\nNobody reads this.", {"mm/toy.c": "long toy;\n"})
    author.reroll()
    first = patches.read(store.version(toy.series(), "v3").patches[0])
    assert first.message == f"mm: introduce toys\n\nWhy.\n\nThey are long.\n\n{sign}\n"
    author.reroll()  # made anew: nobody edited it
    assert patches.read(store.version(toy.series(), "v3").patches[0]).message == first.message


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
