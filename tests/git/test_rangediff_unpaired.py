# SPDX-License-Identifier: GPL-2.0-or-later
"""Which creation factor is advised: one by which git compares more, or none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import toy as toys

from refseries.git import rangediff
from refseries.git.rangediff import Range, Unpaired


def lines(word: str, *numbers: int) -> bytes:
    return toys.lines(*((number, f"int {word}_{number};".encode()) for number in numbers))


def patch(
    subject: str, text: bytes | None, body: str = "", file: str = "mm/memory.c"
) -> toys.Change:
    return (toys.ADA, f"{subject}\n\n{body}\n", {file: text} if text is not None else {})


KEEP = patch("mm: keep", b"int keep;\n" * 5, file="mm/keep.c")
LAST = patch("mm: last", b"int last;\n" * 5, file="mm/last.c")
SMALL = patch("mm: toys", lines("a", 20), "It had no name.")
OTHER = patch("mm: toys", lines("b", *range(40, 52)), "Other words about the thing.")
LARGE = patch("mm: toys", lines("a", *range(10, 58)))
REWRITTEN = patch("mm: toys", lines("b", *range(14, 58)), "Why.\n" * 9)
RENAMED = patch("mm: all toys", lines("b", *range(40, 52)), "Other words about the thing.")
FOREIGN = patch("net: socks", b"int sock;\n" * 30, file="mm/socks.c")
NAMESAKE = patch("mm: boys", b"int boy;\n" * 30, file="mm/boys.c")
HALVES = [patch("mm: toys", lines("b", *range(40, 50)), "One half of what it was, and more."),
          patch("mm: toys, the rest", lines("b", *range(40, 58)), "The other half.")]  # fmt: skip
ONE_LINE = patch("mm: one line", lines("a", 5))
ONE_OTHER = patch("mm: one line", lines("b", 50), "It is another one.")

CASES = {
    "rewritten": ([KEEP, SMALL, LAST], [KEEP, OTHER, LAST]),
    "large": ([KEEP, LARGE], [KEEP, REWRITTEN]),
    "alone": ([SMALL], [OTHER]),
    "renamed": ([KEEP, SMALL], [KEEP, RENAMED]),
    "split": ([KEEP, SMALL], [KEEP, *HALVES]),
    "merged": ([KEEP, *HALVES], [KEEP, SMALL]),
    "reordered": ([KEEP, SMALL, LAST], [LAST, OTHER, KEEP]),
    "one-line": ([KEEP, ONE_LINE], [ONE_OTHER, KEEP]),
    "two": ([SMALL, ONE_LINE], [OTHER, ONE_OTHER]),
    "one-name-twice": ([SMALL, OTHER], [OTHER, LARGE]),
    "with-another": ([SMALL, FOREIGN], [OTHER, NAMESAKE]),
}

NO_ADVICE: dict[str, tuple[Sequence[toys.Change], Sequence[toys.Change]]] = {
    "same": ([KEEP, SMALL], [KEEP, SMALL]),
    "reordered": ([KEEP, SMALL, LAST], [LAST, SMALL, KEEP]),
    "dropped": ([KEEP, SMALL], [KEEP]),
    "added": ([KEEP], [KEEP, SMALL]),
    "another": ([KEEP, SMALL], [KEEP, FOREIGN]),
    "a-namesake-elsewhere": ([KEEP, SMALL], [KEEP, NAMESAKE]),
    "renamed-only": ([KEEP, LARGE], [KEEP, patch("mm: all toys", LARGE[2]["mm/memory.c"])]),
    "without-lines": (
        [KEEP, patch("mm: toys", None, "Why.")],
        [KEEP, patch("mm: toys", None, "x")],
    ),
    "all-gone": ([KEEP, SMALL], []),
    "all-new": ([], [KEEP, SMALL]),
}


def commits(toy: toys.Toy, changes: Sequence[toys.Change]) -> Range:
    toy.at_base()
    for author, message, files in changes:
        if files:
            toy.commit((author, message, files))
        else:
            toy.git("-c", "user.name=t", "-c", "user.email=t@example.org",
                    "commit", "-q", "--allow-empty", "-m", message)  # fmt: skip
    subjects = tuple(change[1].split("\n")[0] for change in changes)
    return Range(toy.base_commit, toy.git("rev-parse", "HEAD"), subjects)


def advice(toy: toys.Toy, old: Range, new: Range, factor: int) -> Unpaired | None:
    pairs = rangediff.between(toy.tree, old, new, factor)
    return rangediff.unpaired(toy.tree, old, new, pairs, factor)


def compared(toy: toys.Toy, old: Range, new: Range, factor: int) -> int:
    pairs = rangediff.between(toy.tree, old, new, factor)
    return sum(pair.old is not None and pair.new is not None for pair in pairs)


@pytest.mark.parametrize("factor", [0, 60, 100])
@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES.keys())
def test_what_is_advised_compares_more(
    toy: toys.Toy, before: Sequence[toys.Change], after: Sequence[toys.Change], factor: int
) -> None:
    old, new = commits(toy, before), commits(toy, after)
    said = advice(toy, old, new, factor)
    if said is None:
        # Nothing is left that larger factors compare with what has its name.
        most = rangediff.between(toy.tree, old, new, rangediff.EVERYTHING)
        here = rangediff.between(toy.tree, old, new, factor)
        gone = {pair.old for pair in here if pair.new is None}
        come = {pair.new for pair in here if pair.old is None}
        together = [pair for pair in most if pair.old in gone and pair.new in come]
        assert not [pair for pair in together if "toys" in pair.subject]
        return
    assert said.creation_factor > factor
    assert compared(toy, old, new, said.creation_factor) > compared(toy, old, new, factor)


@pytest.mark.parametrize("factor", [60, 100])
@pytest.mark.parametrize("case", ["rewritten", "renamed", "reordered"])
def test_what_only_the_largest_compares_is_advised_at_once(
    toy: toys.Toy, case: str, factor: int
) -> None:
    old, new = (commits(toy, side) for side in CASES[case])
    said = advice(toy, old, new, factor)
    assert said is not None
    assert said.creation_factor == rangediff.EVERYTHING
    assert said.subjects[0][0] == "mm: toys"
    assert advice(toy, old, new, rangediff.EVERYTHING) is None
    assert advice(toy, old, new, 5000) is None


@pytest.mark.parametrize("factor", [60, 100, 999])
@pytest.mark.parametrize(("before", "after"), NO_ADVICE.values(), ids=NO_ADVICE.keys())
def test_nothing_is_advised_where_nothing_helps(
    toy: toys.Toy, before: Sequence[toys.Change], after: Sequence[toys.Change], factor: int
) -> None:
    assert advice(toy, commits(toy, before), commits(toy, after), factor) is None
