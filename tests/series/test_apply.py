# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches to commits. What git am makes of the same patches is the measure."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import toy as toys
from applied_toy import am, applied, dates, objects
from toy import Toy

from refseries import git
from refseries.host import proc
from refseries.kernel import base as bases
from refseries.model import Applied, BaseInfo, Identity, Series, Target
from refseries.series import apply

# What patches can look like; each is made by git format-patch, and then bent by some.


def plain(toy: Toy) -> list[Path]:
    return toy.version_of(*toys.V1)


def long_subject(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "mm: " + "a very long subject " * 6 + "ends here\n", {"a.txt": b"a\n"})
    )


def subject_not_ascii(toy: Toy) -> list[Path]:
    return toy.version_of(
        (
            'Ö. Ünal, the "Quoted" <o@example.org>',
            "mm: préparer les pages de référence, ¿por qué no? 页面页面页面页面页面页面页面\n\nñ\n",
            {"a.txt": b"a\n"},
        )
    )


def subject_with_brackets(toy: Toy) -> list[Path]:
    return toy.version_of((toys.ADA, "[mm] toys: [x] y\n", {"a.txt": b"a\n"}))


def message_with_odd_space(toy: Toy) -> list[Path]:
    text = "mm: space\n\n\n\ntrailing \t\n\ttab\n\n\n\n    indented\x0c\n\x0b\n\n\n"
    return toy.version_of((toys.ADA, text, {"a.txt": b"a\n"}))


def message_like_a_diff(toy: Toy) -> list[Path]:
    text = (
        "mm: show what happens\n\n    diff --git a/x b/x\n    --- a/x\n    +++ b/x\n"
        "    @@ -1 +1 @@\n    -a\n    +b\n\nIndex of it.\nFrom: here on, all is well.\n"
    )
    return toy.version_of((toys.ADA, text, {"a.txt": b"a\n"}))


def notes_below_the_cut(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: notes\n\nbody\n", {"a.txt": b"a\n"}))
    notes = b"---\nChanges in v9: diff --git a/mm/memory.c b/mm/memory.c\n- more\n"
    patch.write_bytes(patch.read_bytes().replace(b"---\n", notes, 1))
    return [patch]


def author_in_the_body(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: other\n\nbody\n", {"a.txt": b"a\n"}))
    text = patch.read_bytes().replace(b"\n\n", b"\n\nFrom: Cem <c@example.org>\n\n", 1)
    patch.write_bytes(text)
    return [patch]


def scissors(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "mm: cut\n\nbefore\n\n-- >8 --\n\nbehind\n", {"a.txt": b"a\n"})
    )


def carriage_returns_in_the_mail(toy: Toy) -> list[Path]:
    patches = plain(toy)
    for patch in patches:
        patch.write_bytes(patch.read_bytes().replace(b"\n", b"\r\n"))
    return patches


def latin1_mail(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: caf\n\ncafé\n", {"a.txt": b"a\n"}))
    text = patch.read_bytes().replace(b"charset=UTF-8", b"charset=ISO-8859-1")
    patch.write_bytes(text.replace("café".encode(), b"caf\xe9"))
    return [patch]


def quoted_printable(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "mm: caf\n\ncafé = x\n", {"a.txt": b"a = b\n"}))
    text = patch.read_bytes().replace(b": 8bit", b": quoted-printable").replace(b"=", b"=3D")
    text = text.replace(b"charset=3D", b"charset=").replace("é".encode(), b"=C3=A9")
    patch.write_bytes(text)
    return [patch]


def files_come_and_go(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "one\n", {"mm/new.c": b"new\n", "drivers/gpu/drm.c": None, "empty": b""}),
        (toys.ADA, "two\n", {"empty": None, "mm/new.c": b"newer\n"}),
    )


def no_newline_at_the_end(toy: Toy) -> list[Path]:
    return toy.version_of(
        (toys.ADA, "one\n", {"a.txt": b"a\nb"}), (toys.ADA, "two\n", {"a.txt": b"a\nb\n"})
    )


def renamed(toy: Toy) -> list[Path]:
    toy.at_base()
    toy.git("mv", "include/linux/old.h", "include/linux/new.h")
    toy.git("mv", "mm/damon/core.c", "mm/core.c")
    text = toys.KERNEL["include/linux/old.h"].replace(b"GONE", b"HERE")
    toy.commit((toys.ADA, "rename\n", {"include/linux/new.h": text}))
    patches = toy.version_of_head()
    assert b"\nrename from " in patches[0].read_bytes()
    return patches


def mode_changed(toy: Toy) -> list[Path]:
    toy.at_base()
    (toy.tree / "Kconfig").chmod(0o755)
    (toy.tree / "scripts/check.sh").chmod(0o644)
    (toy.tree / "run.sh").write_text("#!/bin/sh\n")
    (toy.tree / "run.sh").chmod(0o755)
    toy.commit_all("modes\n")
    return toy.version_of_head()


def binary(toy: Toy) -> list[Path]:
    logo = os.urandom(600)
    patches = toy.version_of(
        (toys.ADA, "binary\n", {"lib/logo.bin": logo + b"\0", "lib/new.bin": b"\0\1"}),
        (toys.ADA, "and back\n", {"lib/logo.bin": None}),
    )
    assert b"GIT binary patch" in patches[0].read_bytes()
    return patches


def odd_names(toy: Toy) -> list[Path]:
    return toy.version_of(
        (
            toys.ADA,
            "odd\n",
            {'q"uote': b"1\n", "a dir/c d": b"2\n", "é/ü": b"3\n", "a\\b\tc": b"4\n"},
        ),
        (toys.ADA, "odder\n", {'q"uote': b"5\n", "a dir/c d": None, "é/ü": b"6\n"}),
    )


def carriage_returns_in_a_file(toy: Toy) -> list[Path]:
    (patch,) = toy.version_of((toys.ADA, "dos\n", {"dos.txt": b"a\r\nb\r\n"}))
    return [patch]


ODD_PATCHES = [
    plain, long_subject, subject_not_ascii, subject_with_brackets, message_with_odd_space,
    message_like_a_diff, notes_below_the_cut, author_in_the_body, scissors,
    carriage_returns_in_the_mail, latin1_mail, quoted_printable, files_come_and_go,
    no_newline_at_the_end, renamed, mode_changed, binary, odd_names, carriage_returns_in_a_file,
]  # fmt: skip


@pytest.mark.parametrize("kind", ODD_PATCHES)
def test_commits_are_those_of_git_am(toy: Toy, kind: object) -> None:
    assert callable(kind)
    patches: list[Path] = kind(toy)
    expected = am(toy, patches, dates(toy, "v9", len(patches)))
    made = applied(toy, "v9")
    assert [commit.commit for commit in made.commits] == expected
    assert (made.commit, made.tree) == (expected[-1], toy.git("rev-parse", "HEAD^{tree}"))
    assert made.commits[-1].subject == toy.git("log", "-1", "--format=%s")
    assert toy.git("fsck", "--strict", "--no-dangling") == ""


def test_the_fixups_come_to_the_tree_of_their_version(toy: Toy) -> None:
    by_task = applied(toy, "v2", by_task=True)
    assert by_task.tree == applied(toy, "v2").tree
    assert [commit.task for commit in by_task.commits] == [None, None, "small-toy", "two-toys"]
    assert by_task.commits[:2] == applied(toy, "v1").commits
    committed = toy.git(
        "log", "--reverse", "--format=%ct", f"{by_task.commits[1].commit}..{by_task.commit}"
    )
    assert [int(date) for date in committed.split()] == dates(toy, "v2", 2)


def test_a_task_ends_at_its_fixup(toy: Toy) -> None:
    whole = applied(toy, "v2", by_task=True)
    assert applied(toy, "v2:small-toy").commits == whole.commits[:3]
    assert applied(toy, "v2:two-toys").commits == whole.commits


def test_the_chain_has_every_state_once(toy: Toy) -> None:
    states, error = apply.chain(toy.series(), toy.base(), "v2", toy.cache)
    assert error is None
    assert [str(target) for target in states] == ["v1", "v2:small-toy", "v2:two-toys", "v2"]
    for target in list(states)[:-1]:
        assert states[target].commit == applied(toy, str(target)).commit
        assert states[target].target == target
    assert states[Target("v2")].commit == states[Target("v2", "two-toys")].commit


@pytest.mark.parametrize(
    ("version", "position", "reached"),
    [
        ("v2", 1, ["v1", "v2:small-toy"]),  # the last fixup
        ("v2", 0, ["v1"]),
        ("v1", 0, []),  # the version before itself
    ],
)
def test_a_chain_keeps_the_states_before_the_patch_that_does_not_apply(
    toy: Toy, version: str, position: int, reached: list[str]
) -> None:
    where = toy.project / "series" / version
    broken = sorted((where / "fixups" if version == "v2" else where).glob("0*.patch"))[position]
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("mm/", "gone/"), encoding="utf-8")
    states, error = apply.chain(toy.series(), toy.base(), "v2", toy.cache)
    assert [str(target) for target in states] == reached
    assert error is not None
    assert error.where.startswith(str(broken))
    for target, state in states.items():
        assert state.commit == applied(toy, str(target)).commit


def test_a_patch_is_the_beginning_of_its_version(toy: Toy) -> None:
    whole = applied(toy, "v1")
    assert applied(toy, "v1:1").commits == whole.commits[:1]
    states, error = apply.patch_by_patch(toy.series(), toy.base(), "v1", toy.cache)
    assert error is None
    assert {str(target): state.commit for target, state in states.items()} == {
        "v1:1": whole.commits[0].commit, "v1": whole.commit,
    }  # fmt: skip


def test_the_base_is_the_tree_without_the_series(toy: Toy) -> None:
    base = toy.base()
    made = applied(toy, "base", branch="refseries/toy/base")
    assert (made.commit, made.tree, made.branch, made.commits) == (base.commit, base.tree, None, ())
    assert toy.git("branch", "--list", "refseries/*") == ""


@pytest.mark.parametrize(
    ("target", "by_task", "name"),
    [
        (Target("v2"), False, "refseries/toy/v2"),
        (Target("v2"), True, "refseries/toy/v2-by-task"),
        (Target("v2", "small-toy"), False, "refseries/toy/v2-small-toy"),
        (Target("v2", patch=1), False, "refseries/toy/v2-1"),
    ],
)
def test_each_state_has_a_branch_of_its_own(
    toy: Toy, target: Target, by_task: bool, name: str
) -> None:
    assert apply.default_branch(toy.series(), target, by_task) == name


def test_a_second_time_applies_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    first = applied(toy, "v1", branch="refseries/toy/v1")
    before = objects(toy)
    ran: list[str] = []
    real = proc.run

    def run(argv: proc.Argv, **options: object) -> proc.Completed:
        words = [str(word) for word in argv]
        ran.append(next(word for word in words[1:] if word != "-c" and "=" not in word))
        return real(argv, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(proc, "run", run)
    assert applied(toy, "v1", branch="refseries/toy/v1") == first
    assert ran
    assert not {"apply", "commit-tree", "write-tree", "mailinfo", "update-ref"} & set(ran)
    assert objects(toy) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: None,
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: '{"a": 1}',
        lambda text: json.dumps(json.loads(text)[:1]),
        lambda text: json.dumps(list(reversed(json.loads(text)))),
        lambda text: text.replace('"tree": "', '"tree": "0'),
        lambda text: text.replace('"commit": "', '"commit": "--output=/x'),
    ],
)
def test_a_record_that_is_lost_or_damaged_is_made_again(toy: Toy, damage: object) -> None:
    assert callable(damage)
    first = applied(toy, "v1")
    (record,) = (toy.cache / "toy" / "applied").iterdir()
    whole = record.read_text()
    text = damage(whole)
    if text is None:
        record.unlink()
    else:
        record.write_text(text)
    assert applied(toy, "v1") == first
    assert record.read_text() == whole


def test_commits_that_git_has_thrown_away_are_made_again(toy: Toy) -> None:
    first = applied(toy, "v1")
    toy.git("reflog", "expire", "--expire=now", "--all")
    toy.git("gc", "--quiet", "--prune=now")
    assert git.resolve(toy.tree, first.commit) is None
    assert applied(toy, "v1") == first
    assert git.resolve(toy.tree, first.commit) == first.commit


def test_another_patch_under_the_same_name_is_another_commit(toy: Toy) -> None:
    first = applied(toy, "v1")
    patch = toy.series().versions[0].patches[1]
    patch.write_text(patch.read_text().replace("described below", "described in"))
    second = applied(toy, "v1")
    assert second.commit != first.commit
    assert second.tree == first.tree


def test_what_else_commits_depend_on_has_them_made_again(toy: Toy) -> None:
    series, base = toy.series(), toy.base()
    v1, v2 = series.versions

    def made(series: Series, base: BaseInfo = base) -> Applied:
        return apply.apply(series, base, Target("v2"), toy.cache, by_task=True)

    first = made(series)
    other = Identity(series.identity.name, "other@example.org")
    assert made(replace(series, identity=other)).commits[0] != first.commits[0]
    later = replace(v2, date=v2.date + timedelta(days=1))
    assert made(replace(series, versions=(v1, later))).commit != first.commit
    named = replace(v2, fixups=(replace(v2.fixups[0], task="tiny-toy"), *v2.fixups[1:]))
    assert made(replace(series, versions=(v1, named))).commits[2].task == "tiny-toy"
    # The old base lies below it, so that nothing else tells the one's commits from the other's.
    toy.at_base()
    above = bases.describe(base.repo, toy.commit((toys.ADA, "more\n", {"more": b""})), "tree")
    assert made(series, above).commits[0] != first.commits[0]


def test_a_merge_is_none_of_the_commits_of_a_target(toy: Toy) -> None:
    toy.at_base()
    side = toy.commit((toys.ADA, "side\n", {"side": b""}))
    toy.at_base()
    toy.commit((toys.ADA, "mine\n", {"mine": b""}))
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    toy.git(*who, "merge", "--quiet", "--no-ff", "-m", "both", side)
    tip = toy.git("rev-parse", "HEAD")
    made = apply.apply(toy.series(), toy.base(), Target(tip[:12], commit=tip), toy.cache)
    assert made.commit == tip
    assert sorted(commit.subject for commit in made.commits) == ["mine", "side"]


# Patches that do not apply.
