# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
import toy as toys
from hypothesis import given
from hypothesis import strategies as st

from refseries.git import rangediff
from refseries.git.rangediff import PairStatus, PatchPair, PatchPart, Range

ONE_C, TWO_C = (b"".join(b"int %s_%d;\n" % (w, n) for n in range(30)) for w in (b"one", b"two"))
ONE: toys.Change = (toys.ADA, "mm: one\n", {"mm/one.c": ONE_C})
TWO: toys.Change = (toys.ADA, "mm: two\n", {"mm/two.c": TWO_C})


def commits(toy: toys.Toy, *changes: toys.Change) -> Range:
    toy.at_base()
    for change in changes:
        toy.commit(change)
    subjects = tuple(change[1].split("\n")[0] for change in changes)
    return Range(toy.base_commit, toy.git("rev-parse", "HEAD"), subjects)


def compare(toy: toys.Toy, old: Range, new: Range) -> tuple[PatchPair, ...]:
    return rangediff.between(toy.tree, old, new)


def test_each_patch_gets_its_fate(toy: toys.Toy) -> None:
    three: toys.Change = (toys.ADA, "mm: three\n", {"mm/three.c": b"int three;\n" * 20})
    old = commits(toy, ONE, TWO)
    new = commits(toy, TWO, three)
    fates = [(p.status, p.old, p.new, p.subject) for p in compare(toy, old, new)]
    assert sorted(fates, key=str) == sorted(
        [
            (PairStatus.GONE, 1, None, "mm: one"),
            (PairStatus.UNCHANGED, 2, 1, "mm: two"),
            (PairStatus.NEW, None, 2, "mm: three"),
        ],
        key=str,
    )


def test_only_the_message_changed(toy: toys.Toy) -> None:
    old = commits(toy, ONE)
    new = commits(toy, (toys.ADA, "mm: one\n\nIt tells why.\n\n ## mm/x.c ##\n", ONE[2]))
    (pair,) = compare(toy, old, new)
    assert (pair.status, pair.parts) == (PairStatus.CHANGED, (PatchPart.MESSAGE,))
    assert "+    It tells why.\n" in pair.text


def test_white_space_in_code_is_code(toy: toys.Toy) -> None:
    old = commits(toy, ONE)
    files: toys.Files = {"mm/one.c": ONE_C.replace(b"int one_7", b"int  one_7")}
    (pair,) = compare(toy, old, commits(toy, (toys.ADA, ONE[1], files)))
    assert pair.parts == (PatchPart.CODE,)


def test_another_author_and_a_renamed_file_are_told(toy: toys.Toy) -> None:
    old = commits(toy, ONE)
    (pair,) = compare(toy, old, commits(toy, ("Bob <bob@example.org>", *ONE[1:])))
    assert pair.parts == (PatchPart.AUTHOR,)
    moved = commits(toy, (toys.ADA, ONE[1], {"mm/uno.c": ONE_C}))
    (pair,) = compare(toy, old, moved)
    assert pair.parts == (PatchPart.CODE,)


def test_lines_around_a_change_that_another_patch_made_different(toy: toys.Toy) -> None:
    first: toys.Change = (toys.ADA, "mm: first\n", {"mm/memory.c": toys.lines((10, b"int ten;"))})
    other: toys.Change = (toys.ADA, "mm: first\n", {"mm/memory.c": toys.lines((10, b"int TEN;"))})
    then: list[toys.Change] = [
        (toys.ADA, "mm: then\n", {"mm/memory.c": toys.lines((10, line), (12, b"int twelve;"))})
        for line in (b"int ten;", b"int TEN;")
    ]
    pairs = compare(toy, commits(toy, first, then[0]), commits(toy, other, then[1]))
    assert [pair.parts for pair in pairs] == [(PatchPart.CODE,), (PatchPart.CONTEXT,)]


def test_an_empty_side_is_all_gone_or_all_new(toy: toys.Toy) -> None:
    nothing = Range(toy.base_commit, toy.base_commit, ())
    some = commits(toy, ONE, TWO)
    assert [p.status for p in compare(toy, nothing, some)] == [PairStatus.NEW, PairStatus.NEW]
    assert [(p.old, p.new) for p in compare(toy, some, nothing)] == [(1, None), (2, None)]
    assert compare(toy, nothing, nothing) == ()


def test_a_patch_that_git_finds_too_different_is_named(toy: toys.Toy) -> None:
    old = commits(toy, ONE)
    rewritten = commits(toy, (toys.ADA, ONE[1], {"mm/one.c": b"long other;\n" * 40}))
    pairs = compare(toy, old, rewritten)
    assert [pair.status for pair in pairs] == [PairStatus.GONE, PairStatus.NEW]
    (pair,) = rangediff.between(toy.tree, old, rewritten, creation_factor=1000)
    assert pair.status is PairStatus.CHANGED


def test_settings_of_the_user_change_nothing(
    toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new = commits(toy, ONE), commits(toy, (toys.ADA, "mm: uno\n", ONE[2]))
    plain = compare(toy, old, new)
    config = tmp_path / "config"
    config.write_text(
        "[color]\n\tui = always\n[diff]\n\tnoprefix = true\n\texternal = /bin/false\n"
        "\tmnemonicPrefix = true\n[notes]\n\tdisplayRef = refs/notes/*\n"
        "[log]\n\tshowSignature = 1\n"
    )
    toy.git("-c", "user.name=t", "-c", "user.email=t@x", "notes", "add", "-m", "n", old.tip)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert compare(toy, old, new) == plain


def test_rendered_it_is_what_git_prints_but_for_the_ids(toy: toys.Toy) -> None:
    old = commits(toy, ONE, TWO)
    new = commits(toy, (toys.ADA, "mm: dos\n", TWO[2]), ONE)
    printed = toy.git(
        "range-diff", "--no-color", f"{old.base}..{old.tip}", f"{new.base}..{new.tip}"
    )
    without = re.sub(
        r"^( *(?:\d+|-):)  \S+ (.) ( *(?:\d+|-):)  \S+", r"\1 \2 \3", printed, flags=re.M
    )
    assert rangediff.render(compare(toy, old, new)).rstrip("\n") == without.rstrip("\n")


@given(st.text(alphabet="-1:=!<> \n#@+ab\f\r\x85", max_size=200))
def test_odd_output_never_stops_it(text: str) -> None:
    rangediff.parse(text)
