# SPDX-License-Identifier: GPL-2.0-or-later
"""The tags of reviewers in the version that a reroll makes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from reroll_author import CODE, DOCS, Author
from reviewer_tags import ANN, TOM, give, line, take_back
from toy import Toy, lines

from refseries.host import proc
from refseries.model import Identity
from refseries.reroll import reproduce
from refseries.review.given_tags import TagFate, TagOutcome
from refseries.series import patches, store, trailers

Refseries = Callable[..., proc.Completed]
FIRST, SECOND = "mm: introduce toys", "mm: tell what a toy is"


def tags_of(toy: Toy, version: str = "v3") -> list[tuple[str, ...]]:
    found = store.version(toy.series(), version).patches
    return [trailers.vouching(patches.read(path).message) for path in found]


def fixup(author: Author, files: dict[str, str | None], message: str = f"fixup! {FIRST}") -> None:
    author.commit(message, files)


def told(fates: tuple[TagFate, ...]) -> list[tuple[str, str, str, str]]:
    return [(fate.tag, fate.patch, fate.outcome, fate.why) for fate in fates]


def test_a_tag_goes_to_its_patch_alone(toy: Toy, author: Author) -> None:
    give(toy, DOCS)
    fixup(author, {"mm/toy.c": "long toy;\n"})
    made = author.draft()
    assert told(made.tags) == [(line(TOM), SECOND, TagOutcome.ADDED, "")]
    author.reroll()
    assert tags_of(toy) == [(), (line(TOM),)]
    # The next one keeps it, as the patch is the same still, and says nothing of it.
    again = Author(toy)
    fixup(again, {"mm/toy.c": "char toy;\n"})
    assert again.draft("v4").tags == ()
    again.reroll("v4")
    assert tags_of(toy, "v4") == [(), (line(TOM),)]
    assert not any(one.difference for one in reproduce.again(
        toy.series(), toy.base(), toy.cache, "v4"
    ))  # fmt: skip


def test_a_patch_that_changed_loses_its_tag_with_a_word(toy: Toy, author: Author) -> None:
    give(toy, CODE)
    fixup(author, {"mm/toy.c": "long toy;\n"})
    (fate,) = author.draft().tags
    assert told((fate,)) == [(line(TOM), FIRST, TagOutcome.DROPPED, "the patch changed")]
    assert fate.change == ("-+short toy_create;", "++long toy;")
    kept = author.draft(keep_tags=True)
    assert told(kept.tags) == [
        (line(TOM), FIRST, TagOutcome.ADDED, "the patch changed; kept as asked for")
    ]
    author.reroll()
    assert tags_of(toy) == [(), ()]


def test_a_tag_in_the_message_goes_when_the_patch_changed(toy: Toy) -> None:
    for name in (CODE, DOCS):
        path = toy.project / "series/v2" / name
        path.write_text(path.read_text().replace("\n---\n", f"\n\n{line(TOM)}\n---\n", 1))
    again = Author(toy)
    fixup(again, {"mm/toy.c": "long toy;\n"})
    kept = told(again.draft(keep_tags=True).tags)
    assert kept == [(line(TOM), FIRST, TagOutcome.STALE, "the patch changed; kept as asked for")]
    assert told(again.draft().tags) == [(line(TOM), FIRST, TagOutcome.DROPPED, "the patch changed")]
    assert line(TOM) in again.draft(keep_tags=True).texts[0].message
    again.reroll()
    assert tags_of(toy) == [(), (line(TOM),)]


def test_a_tag_for_the_cover_letter_goes_to_all_that_are_the_same(toy: Toy, author: Author) -> None:
    give(toy, "cover", name="Acked-by")
    fixup(author, {"mm/toy.c": "long toy;\n"})
    new = author.commit("mm: toys for all", {"mm/all.c": "int all;\n"})
    acked = line(TOM, "Acked-by")
    assert told(author.draft(new=(new[:12],)).tags) == [
        (acked, FIRST, TagOutcome.DROPPED, "the patch changed"),
        (acked, SECOND, TagOutcome.ADDED, ""),
        (acked, "mm: toys for all", TagOutcome.DROPPED, "the patch is new since"),
    ]
    author.reroll(new=(new[:12],), keep_tags=True)
    assert tags_of(toy) == [(acked,)] * 3


def test_a_new_message_title_or_place_drops_none(toy: Toy, author: Author) -> None:
    give(toy, CODE)
    give(toy, DOCS, ANN)
    author.commit(f"amend! {FIRST}\n\nmm: bring in toys\n\nAll anew.\n", {"mm/x.c": "int x;\n"})
    author.commit(f"fixup! {FIRST}", {"mm/x.c": None})
    author.reroll()
    assert tags_of(toy) == [(line(TOM),), (line(ANN),)]
    first = patches.read(store.version(toy.series(), "v3").patches[0])
    assert first.subject == "mm: bring in toys"


def test_a_tag_of_the_old_message_is_not_put_into_one_that_was_written_anew(toy: Toy) -> None:
    path = toy.project / "series/v2" / CODE
    path.write_text(path.read_text().replace("\n---\n", f"\n\n{line(TOM)}\n---\n", 1))
    author = Author(toy)
    author.commit(f"amend! {FIRST}\n\nmm: bring in toys\n\nAll anew.\n", {"mm/x.c": "int x;\n"})
    author.commit(f"fixup! {FIRST}", {"mm/x.c": None})
    assert line(TOM) not in author.draft().texts[0].message


def test_several_people_in_the_order_of_their_mails(toy: Toy, author: Author) -> None:
    give(toy, "cover", ANN, "Acked-by")
    give(toy, DOCS, TOM)
    give(toy, DOCS, TOM, "Tested-by")
    give(toy, DOCS, ANN)
    give(toy, DOCS, TOM)  # twice
    fixup(author, {"mm/toy.c": "long toy;\n"})
    author.reroll()
    assert tags_of(toy)[1] == (
        line(TOM), line(TOM, "Tested-by"), line(ANN), line(ANN, "Acked-by"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "there", ["reviewed-by: tom tagger <TOM@example.org>", "Reviewed-by:  Tom  <tom@example.org>"]
)
def test_a_tag_that_is_there_in_another_writing(toy: Toy, there: str) -> None:
    path = toy.project / "series/v2" / DOCS
    path.write_text(path.read_text().replace("\n---\n", f"\n\n{there}\n---\n", 1))
    give(toy, DOCS)
    author = Author(toy)
    fixup(author, {"mm/toy.c": "long toy;\n"})
    assert author.draft().tags == ()
    author.reroll()
    message = patches.read(store.version(toy.series(), "v3").patches[1]).message
    assert message.lower().count("reviewed-by") == 1


def test_what_is_no_tag_for_the_patch_is_named(toy: Toy, author: Author) -> None:
    give(toy, DOCS, name="Nacked-by")
    give(toy, DOCS, value="Eve Else <eve@example.org>")
    give(toy, "0009-gone.patch", ANN)
    give(toy, DOCS, Identity("Bob Ångström", "bob@example.org"))
    fixup(author, {"mm/toy.c": "long toy;\n"})
    assert [(fate.outcome, fate.why) for fate in author.draft().tags] == [
        (TagOutcome.DROPPED, "it says nothing for the patch"),
        (
            TagOutcome.DROPPED,
            "it names somebody else than tom@example.org, who wrote the mail",
        ),
        (TagOutcome.DROPPED, "its mail does not say which patch it is for"),
        (TagOutcome.DROPPED, "its giver is the author"),
    ]


def test_a_patch_that_came_back_to_what_was_reviewed(toy: Toy, author: Author) -> None:
    """Given to v1, changed in v2, and in v3 as it was in v1."""
    give(toy, CODE, version="v1")
    fixup(
        author,
        {"mm/toy.c": "int toy_create;\n", "mm/memory.c": lines((10, b"int toy;")).decode()},
    )
    author.reroll()
    assert tags_of(toy) == [(line(TOM),), ()]


def test_a_tag_that_comes_touches_no_point_on_the_patch(
    toy: Toy, author: Author, refseries: Refseries
) -> None:
    give(toy, DOCS)
    give(toy, DOCS, ANN, "Suggested-by")
    take_back(toy, DOCS, "Say more.")  # an open task on the patch as a whole
    fixup(author, {"mm/toy.c": "long toy;\n"})
    done = refseries("reroll", "v3")
    assert done.returncode == 0, done.stderr
    assert f"open v2-tom-2: untouched {DOCS}" in done.stdout.splitlines()
    assert tags_of(toy)[1] == (line(TOM),)


def test_the_command_names_each(toy: Toy, refseries: Refseries, author: Author) -> None:
    give(toy, CODE)
    give(toy, DOCS, ANN)
    fixup(author, {"mm/toy.c": "long toy;\n"})
    done = refseries("reroll", "v3", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[4:8] == [
        f"dropped: {line(TOM)} (given to v2 `{FIRST}`): the patch changed",
        "    -+short toy_create;",
        "    ++long toy;",
        f"+ {line(ANN)} (given to v2 `{SECOND}`)",
    ]
    data = json.loads(refseries("reroll", "v3", "--keep-tags", "--json", "-").stdout)
    assert [(one["tag"], one["outcome"], one["version"]) for one in data["tags"]] == [
        (line(TOM), "added", "v2"),
        (line(ANN), "added", "v2"),
    ]
    assert tags_of(toy) == [(line(TOM),), (line(ANN),)]
    assert refseries("reroll", "v3", "--again", "--keep-tags").returncode == 2
    assert refseries("reroll", "v3", "--again").returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        "I take my Reviewed-by back for this patch, the value is wrong.",
        "Please drop my R-b for now.",
        "I have to withdraw my\nAcked-by and Reviewed-by.",
        "I'm taking back all my tags.",
        "Nacked-by",
    ],
)
def test_one_that_its_giver_took_back_goes_nowhere(toy: Toy, author: Author, words: str) -> None:
    give(toy, "cover")
    give(toy, "cover", ANN)
    if words == "Nacked-by":
        give(toy, DOCS, name=words)
    else:
        take_back(toy, DOCS, words)
    fixup(author, {"mm/x.c": "int x;\n"}, f"fixup! {FIRST}")
    why = "its giver took it back"
    mine = [one for one in told(author.draft(keep_tags=True).tags) if one[1] == SECOND]
    assert (line(TOM), SECOND, TagOutcome.DROPPED, why) in mine
    assert (line(ANN), SECOND, TagOutcome.ADDED, "") in mine
    give(toy, DOCS)  # and gave it anew
    author.reroll()
    assert tags_of(toy)[1] == (line(TOM), line(ANN))


@pytest.mark.parametrize(
    "words",
    [
        "You need not drop my Reviewed-by.",
        "Why did you remove my Acked-by?",
        "Feel free to take my Reviewed-by.",
        "Take my ack with a grain of salt.",
        "Drop the lock in my ack handler.",
    ],
)
def test_who_wants_his_tag_kept_keeps_it(toy: Toy, author: Author, words: str) -> None:
    give(toy, DOCS)
    take_back(toy, DOCS, words)
    fixup(author, {"mm/toy.c": "long toy;\n"})
    author.reroll()
    assert tags_of(toy)[1] == (line(TOM),)
