# SPDX-License-Identifier: GPL-2.0-or-later
"""Suggested-by, Reported-by, Fixes:, Closes:, Link: in replies: taken as by b4, or named."""

from __future__ import annotations

import sys
from collections.abc import Callable

import posted_series
import pytest
from reroll_author import CODE, Author
from reviewer_tags import ANN, TOM, give, line
from toy import ADA, Change, Toy

from refseries.host import proc
from refseries.model import Identity
from refseries.review.given_tags import TagOutcome
from refseries.review.reading import points
from refseries.review.reading.quotes import parse
from refseries.series import patches, store

Refseries = Callable[..., proc.Completed]

FIXES = 'Fixes: 0123456789ab ("mm: old toys, which broke when two played")'
LINK = "Link: https://example.org/r/1"
CLOSES = "Closes: https://example.org/bugs/2"
SUGGESTED = line(TOM, "Suggested-by")
REPORTED = line(TOM, "Reported-by")


def _messages(toy: Toy, version: str = "v3") -> list[list[str]]:
    found = store.version(toy.series(), version).patches
    return [patches.read(path).message.split("\n") for path in found]


@pytest.mark.parametrize("said", [FIXES, LINK, CLOSES, SUGGESTED, REPORTED])
def test_it_stays_although_the_code_changed(toy: Toy, author: Author, said: str) -> None:
    name, _, value = said.partition(": ")
    give(toy, CODE, name=name, value=value)
    author.commit("fixup! mm: introduce toys", {"mm/toy.c": "long toy;\n"})
    (fate,) = author.draft().tags
    assert (fate.tag, fate.outcome, fate.why) == (said, TagOutcome.ADDED, "")
    author.reroll()
    first, second = _messages(toy)
    assert first.count(said) == 1
    assert said not in second
    # The next version has it already, and nothing is said of it.
    again = Author(toy)
    again.commit("fixup! mm: introduce toys", {"mm/toy.c": "char toy;\n"})
    assert again.draft("v4").tags == ()
    again.reroll("v4")
    assert _messages(toy, "v4")[0].count(said) == 1


@pytest.mark.parametrize(
    ("who", "said", "why"),
    [
        (TOM, line(ANN, "Suggested-by"), "it names somebody else than tom@example.org"),
        (TOM, line(ANN, "Reported-by"), "it names somebody else than tom@example.org"),
        (Identity("kernel test robot", "lkp@example.org"), CLOSES, "a program asks for it"),
        (
            Identity("kernel test robot", "lkp@example.org"),
            "Reported-by: kernel test robot <lkp@example.org>",
            "a program asks for it in a fix of its own",
        ),
        (TOM, line(TOM, "Signed-off-by"), "it says nothing for the patch"),
        (TOM, "Link: ftp://example.org", "it says nothing for the patch"),
        (TOM, "Fixes: what was broken", "it says nothing for the patch"),
    ],
)
def test_what_is_not_taken_is_named(
    toy: Toy, author: Author, who: Identity, said: str, why: str
) -> None:
    name, _, value = said.partition(": ")
    give(toy, CODE, who, name, value=value)
    author.commit("fixup! mm: introduce toys", {"mm/toy.c": "long toy;\n"})
    (fate,) = author.draft().tags
    assert (fate.tag, fate.outcome) == (said, TagOutcome.DROPPED)
    assert fate.why.startswith(why)
    author.reroll()
    assert all(said not in message for message in _messages(toy))


def test_a_mail_gives_them_and_asks_for_nothing() -> None:
    head, _, tail = FIXES.partition(" broke")
    body = f"> why\n\n{head}\nbroke{tail}\n{CLOSES}\n{SUGGESTED}\nLooks good.\n"
    found = points.read(parse(body), TOM)
    assert [f"{name}: {value}" for name, value in found.trailers] == [FIXES, CLOSES, SUGGESTED]
    assert found.points == ()


@pytest.mark.parametrize("said", ["Fixes: what I saw on my board", "Link: to the other thread?"])
def test_what_only_looks_like_one_is_what_somebody_says(said: str) -> None:
    found = points.read(parse(f"> why\n\n{said}\n"), TOM)
    assert found.trailers == ()
    assert [point.comment for point in found.points] == [said]


def test_import_and_the_next_version_take_what_b4_takes(toy: Toy, refseries: Refseries) -> None:
    change: Change = (ADA, "mm: name toys\n", {"mm/name.c": b"int name;\n"})
    mails = posted_series.patches(toy, change, number=3)
    said = "\n".join((FIXES, LINK, CLOSES, SUGGESTED, line(ANN, "Reported-by")))
    mails.append(posted_series.reply("v3-1@example.org", said, f"{TOM.name} <{TOM.email}>"))
    box = posted_series.mboxrd(toy.directory / "thread.mbox", mails)
    assert refseries("import", str(box), "--as", "v3").returncode == 0
    out = toy.directory / "am"
    words = ["-m", "b4.command", "-n", "--offline-mode", "am", "-m", str(box), "-o", str(out)]
    proc.run([sys.executable, *words], cwd=toy.tree, env={"HOME": str(toy.directory)}, check=False)
    (by_b4,) = out.glob("*.mbx")
    theirs = [one for one in by_b4.read_text().split("\n") if ": " in one and one in said]
    assert [one for one in _messages(toy)[0] if one in said and one] == theirs
    assert theirs == [FIXES, LINK, CLOSES, SUGGESTED]
    done = refseries("import", str(box), "--as", "v4", "--json", "-")
    assert line(ANN, "Reported-by") in done.stdout
