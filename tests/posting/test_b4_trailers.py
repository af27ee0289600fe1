# SPDX-License-Identifier: GPL-2.0-or-later
"""Tags go into messages where ``b4 trailers --update`` puts them, and in its order."""

from __future__ import annotations

import sys
from pathlib import Path

import posted_series
import pytest
import toy as toys
from reroll_author import Author
from reviewer_tags import ANN, TOM, line
from waiting import SECONDS

from refseries.host import proc
from refseries.review import import_mail
from refseries.series import patches, store

SIGNED = "Signed-off-by: Sen Der <sen@example.org>"
ME = "Sen Der <sen@example.org>"


def reply(number: int, to: str, who: str, *tags: str) -> bytes:
    head = (
        f"From: {who}\nTo: sen@example.org\nSubject: Re: [PATCH v3 {to[3]}/2] mm: x\n"
        f"Date: Tue, 24 Nov 2026 1{number}:00:00 +0000\nMessage-ID: <r{number}@example.org>\n"
        f"In-Reply-To: <{to}>\nReferences: <{to}>\n\n"
    )
    return (head + "\n".join(tags) + "\n").encode()


def test_in_the_order_of_b4(toy: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Sen Der\n\temail = sen@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    # Own sign-off first, as of somebody who took the patch over from himself.
    first = f"mm: introduce toys\n\nText.\n\n{SIGNED}\nReported-by: Rob <rob@example.org>\n"
    changes: tuple[toys.Change, ...] = (
        (ME, first, {"mm/toy.c": b"int toy;\n"}),
        (ME, f"mm: more toys\n\nText.\n\n{SIGNED}\n", {"mm/more.c": b"int more;\n"}),
    )
    toy.version_of(*changes, name="v3")
    box = posted_series.mboxrd(
        tmp_path / "box",
        [
            *posted_series.patches(toy, *changes, number=3, cover=posted_series.COVER),
            reply(1, "v3-0@example.org", line(ANN)[13:], line(ANN, "Acked-by")),
            reply(2, "v3-1@example.org", line(TOM)[13:], line(TOM), line(TOM, "Tested-by")),
            reply(3, "v3-1@example.org", line(ANN)[13:], line(ANN)),
        ],
    )
    by_b4 = _by_b4(toy, box, changes)

    version = toy.project / "series/v3/version.toml"
    version.write_text(f'message_id = "v3-0@example.org"\n{version.read_text()}')
    import_mail.run(toy.series(), [box])
    author = Author(toy)
    author.commit("fixup! mm: more toys", {"mm/more.c": "long more;\n"})
    author.reroll("v4")
    ours = [patches.read(path).message for path in store.version(toy.series(), "v4").patches]
    assert ours[0] == by_b4[0]
    assert ours[0].splitlines()[4:] == [
        "Reported-by: Rob <rob@example.org>",
        line(TOM),
        line(TOM, "Tested-by"),
        line(ANN),
        line(ANN, "Acked-by"),
        SIGNED,
    ]
    assert by_b4[1] == f"mm: more toys\n\nText.\n\n{line(ANN, 'Acked-by')}\n{SIGNED}\n"
    assert ours[1] == f"mm: more toys\n\nText.\n\n{SIGNED}\n"  # it changed since


def _by_b4(toy: toys.Toy, box: Path, changes: tuple[toys.Change, ...]) -> list[str]:
    """The messages of the same commits when b4 has put the tags of ``box`` into them."""
    toy.at_base()
    toy.git("switch", "--quiet", "-C", "theirs")
    for change in changes:
        toy.commit(change)
        toy.git("commit", "--amend", "--no-edit", "--quiet", "--cleanup=verbatim")  # by the user
    commits = toy.git("rev-list", "--reverse", f"v{toys.RELEASE}..theirs").split()
    since = ("--since", "2020-01-01", "--since-commit", commits[0])
    words = ("trailers", "-u", *since, "-m", str(box))
    done = proc.run(
        [sys.executable, "-m", "b4.command", "-n", *words, "-F", "v3-0@example.org"],
        cwd=toy.tree, check=False, deadline=SECONDS,
        env={"HOME": str(toy.directory), "XDG_CACHE_HOME": str(toy.directory)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ids = toy.git("rev-list", "--reverse", f"v{toys.RELEASE}..theirs").split()
    assert set(ids) != set(commits), done.stderr
    messages = [toy.git("log", "-1", "--format=%B", name).rstrip("\n") + "\n" for name in ids]
    toy.at_base()
    return messages
