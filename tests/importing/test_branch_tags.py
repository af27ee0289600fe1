# SPDX-License-Identifier: GPL-2.0-or-later
"""The tags of reviewers in a version that is imported from git, and in a branch for b4."""

from __future__ import annotations

import json
from collections.abc import Callable

import posted_series
import pytest
import toy as toys
from reroll_author import CODE, DOCS
from reviewer_tags import ANN, TOM, give, line

from refseries.host import proc
from refseries.posting import b4_branch
from refseries.series import patches, store, trailers

Refseries = Callable[..., proc.Completed]
SIGNED = "Signed-off-by: Sen Der <sen@example.org>"


def branch(toy: toys.Toy, *changes: toys.Change) -> str:
    """The commits over the base on a branch of the user's; gives the range."""
    toy.at_base()
    toy.git("switch", "--quiet", "-C", "next")
    for change in changes:
        toy.commit(change)
    toy.at_base()
    return f"v{toys.RELEASE}..next"


def tags_of(toy: toys.Toy, version: str) -> list[tuple[str, ...]]:
    found = store.version(toy.series(), version).patches
    return [trailers.vouching(patches.read(path).message) for path in found]


CODE_V3: toys.Change = (toys.V2[0][0], toys.V2[0][1], {"mm/toy.c": b"long toy_create;\n"})


def test_a_range_gets_them(toy: toys.Toy, refseries: Refseries) -> None:
    """The patches changed places, and one its title."""
    give(toy, CODE)
    give(toy, DOCS, ANN)
    give(toy, "cover", TOM, "Acked-by")
    docs = (toys.V2[1][0], f"docs: explain toys\n\nText.\n\n{line(ANN).lower()}\n", toys.V2[1][2])
    words = ("import", branch(toy, docs, toys.V2[0]), "--as", "v3")
    done = refseries(*words, "--json", "-")
    assert done.returncode == 0, done.stderr
    (version,) = json.loads(done.stdout)["versions"]
    acked = line(TOM, "Acked-by")
    assert [(one["tag"], one["patch"], one["outcome"]) for one in version["given_tags"]] == [
        (acked, "docs: explain toys", "added"),
        (line(TOM), "mm: introduce toys", "added"),
        (acked, "mm: introduce toys", "added"),
    ]
    assert tags_of(toy, "v3") == [(line(ANN).lower(), acked), (line(TOM), acked)]


def test_one_that_got_another_title_and_other_code_is_not_gone(
    toy: toys.Toy, refseries: Refseries
) -> None:
    """Who had the idea stands by it; who read it did not see this code."""
    give(toy, CODE)
    give(toy, CODE, ANN, "Suggested-by")
    two = {**toys.V2[0][2], "mm/toy.c": b"short toy_create(int);\n"}
    new: toys.Change = (
        toys.ADA,
        "lib: begin with rings\n\nText.\n",
        {"lib/ring.c": b"int ring;\n"},
    )
    renamed: toys.Change = (toys.ADA, "mm: bring in toys\n\nText.\n", two)
    done = refseries("import", branch(toy, new, renamed, toys.V2[1]), "--as", "v3")
    assert done.returncode == 0, done.stderr
    where = "(given to v2 `mm: introduce toys`), for `mm: bring in toys`"
    assert f"  + {line(ANN, 'Suggested-by')} {where}" in done.stdout.splitlines()
    assert f"  dropped: {line(TOM)} {where}: the patch changed" in done.stdout.splitlines()


def test_what_changed_is_named_and_shown(toy: toys.Toy, refseries: Refseries) -> None:
    give(toy, CODE)
    own = (*CODE_V3[:1], f"{CODE_V3[1]}\n{line(ANN)}\n", CODE_V3[2])
    give(toy, CODE, ANN)
    words = ("import", branch(toy, own, toys.V2[1]), "--as")
    done = refseries(*words, "v3")
    assert done.returncode == 0, done.stderr
    assert f"  dropped: {line(TOM)} (given to v2 `mm: introduce toys`): the patch changed" in (
        done.stdout.splitlines()
    )
    # What the author wrote himself stays, and is named.
    assert f"  stands there still: {line(ANN)} (given to v2" in done.stdout
    assert "    ++long toy_create;" in done.stdout
    assert tags_of(toy, "v3") == [(line(ANN),), ()]
    assert refseries(*words, "v4", "--keep-tags").returncode == 0
    assert tags_of(toy, "v4") == [(line(ANN), line(TOM)), ()]


def test_one_that_is_dropped_is_named_once(toy: toys.Toy, refseries: Refseries) -> None:
    give(toy, CODE)
    words = ("import", branch(toy, CODE_V3, toys.V2[1]), "--as", "v3")
    head = f"dropped: {line(TOM)} (given to v2"
    assert head in refseries(*words).stdout
    told = refseries(*words, "--replace")
    assert (told.returncode, head in told.stdout) == (0, False), told.stderr
    assert "\n  dropped as before: 1 tag; --json - names all\n" in told.stdout
    assert '"dropped"' in refseries(*words, "--replace", "--json", "-").stdout
    for key, value in (("user.name", "Sen Der"), ("user.email", "sen@example.org")):
        toy.git("config", key, value)
    assert "dropped as before: 1 tag;" in refseries("prep", "v3").stdout
    (toy.project / ".refseries/told-tags").write_bytes(
        (toy.project / ".refseries/told-tags").read_bytes() + b"\xff\n"
    )
    give(toy, CODE, ANN)
    told = refseries(*words, "--replace")
    assert f"dropped: {line(ANN)}" in told.stdout
    assert "dropped as before: 1 tag;" in told.stdout


def test_tags_that_a_mailbox_brought_go_on(toy: toys.Toy, refseries: Refseries) -> None:
    mails = posted_series.patches(toy, *toys.V2, number=3, cover=posted_series.COVER)
    mails.append(posted_series.reply("v3-0@example.org", line(TOM, "Acked-by")))
    mails[-1] = mails[-1].replace(b"Rev Iewer <rev@example.org>", b"Tom Tagger <tom@example.org>")
    thread = posted_series.mboxrd(toy.directory / "thread.mbox", mails)
    assert refseries("import", str(thread)).returncode == 0
    assert refseries("import", branch(toy, *toys.V2), "--as", "v4").returncode == 0
    assert tags_of(toy, "v4") == tags_of(toy, "v3") == [(line(TOM, "Acked-by"),)] * 2


def test_a_posted_version_stays_as_it_was_posted(toy: toys.Toy, refseries: Refseries) -> None:
    give(toy, DOCS)
    thread = posted_series.mboxrd(
        toy.directory / "thread.mbox",
        posted_series.patches(toy, *toys.V2, number=3, cover=posted_series.COVER),
    )
    assert refseries("import", str(thread)).returncode == 0
    assert tags_of(toy, "v3") == [(), ()]


@pytest.mark.parametrize("sent", [False, True])
def test_a_branch_for_b4_has_them(toy: toys.Toy, refseries: Refseries, sent: bool) -> None:
    for key, value in (("user.name", "Sen Der"), ("user.email", "sen@example.org")):
        toy.git("config", key, value)
    if sent:
        path = toy.project / "series/v2/version.toml"
        text = path.read_text()
        path.write_text(text.replace("\ndate", '\nmessage_id = "v2-0@example.org"\ndate', 1))
    give(toy, DOCS)
    give(toy, CODE, ANN, version="v1")
    made = b4_branch.prepare(toy.series(), toy.base(), "v2", toy.cache)
    assert [(fate.tag, fate.outcome) for fate in made.given_tags] == [
        (line(ANN), "dropped"),
        (line(TOM), "added"),
    ]
    body = toy.git("log", "-1", "--format=%B", made.commit)
    assert body.endswith(f"{line(TOM)}\n{SIGNED}")
    done = refseries("prep", "v2", "--branch", "again", "--keep-tags")
    assert f"+ {line(ANN)} (given to v1 `mm: introduce toys`)" in done.stdout
