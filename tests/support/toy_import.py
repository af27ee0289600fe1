# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails brought into the series of the toy."""

from __future__ import annotations

import json
from pathlib import Path

import posted_series
import toy as toys

from refseries.importing import source, write
from refseries.importing.write import ImportResult
from refseries.kernel.base import of_series

CHANGE_ID = "20261110-toys-0123456789ab"
TRACKING = {"series": {"revision": 3, "change-id": CHANGE_ID, "prefixes": []}}
COVER = "mm: introduce toys\n\n# a comment\n>#1 is kept\nText.\n\n---\nChanges in v3:\n- x\n"


def with_marker(cover: str, data: object = TRACKING) -> str:
    text = json.dumps(data, indent=2)
    return f"{cover}\n--- b4-submit-tracking ---\n# This section is b4's.\n{text}\n"


def empty_commit(toy: toys.Toy, message: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message)


V3: tuple[toys.Change, ...] = (
    (
        toys.ADA,
        "mm: introduce toys\n\nA toy is a page that three can play with.\n",
        {"mm/toy.c": b"int toy_create;\n"},
    ),
    ("Bob Ångström <bob@example.org>", "mm: tell äbout it\n\nÜber.\n", {"mm/toy.h": b"int t;\n"}),
)


def bring_in(
    toy: toys.Toy, path: Path | str, name: str | None = None, *, strict: bool = False
) -> ImportResult:
    series = toy.series()
    base = of_series(series, toy.base(), toy.cache)
    number = int(name[1:]) if name else None
    found = source.read(base, str(path), toy.project, number, strict=strict)
    return write.bring(series, base, found.drafts, toy.cache, name, strict=strict)


def mailbox(toy: toys.Toy, mails: list[bytes], name: str = "thread.mbox") -> Path:
    return posted_series.mboxrd(toy.directory / name, mails)


def git_am(toy: toys.Toy, mails: list[bytes], count: int) -> str:
    return posted_series.facts(toy, posted_series.git_am(toy, mails), count)


def files(toy: toys.Toy) -> set[str]:
    return {str(path.relative_to(toy.project)) for path in toy.project.rglob("*")}


AWKWARD: dict[str, toys.Change] = {
    "rename": (
        toys.ADA,
        "x: rename\n",
        {"mm/memory.c": None, "mm/mem.c": toys.KERNEL["mm/memory.c"]},
    ),
    "binary": (toys.ADA, "x: binary\n", {"lib/logo.bin": bytes(range(255, -1, -1)) * 9}),
    "crlf": (toys.ADA, "x: dos\n", {"mm/dos.c": b"int a;\r\nint b;\r\n"}),
    "no newline": (toys.ADA, "x: end\n", {"mm/end.c": b"int a;\nint b;"}),
    "form feed": (toys.ADA, "x: feed\n", {"mm/feed.c": b"int a;\n\x0c\nint b;\x0b\n\x1cint c;\n"}),
    "latin-1": (toys.ADA, "x: old text\n", {"mm/old.c": b"/* M\xfcller */\n"}),
    "name": ("Ünal Ğ <u@example.org>", "x: näme\n\nText: ä\n", {"mm/ä b.c": b"int ae;\n"}),
    "from": (toys.ADA, "x: from\n\nFrom me to you\n>From them\n", {"mm/f.c": b"From x\n"}),
    "quoted from": (toys.ADA, "x: q\n\nFrom: a@b.example\n", {"mm/q.c": b"int q;\n"}),
    "long": (toys.ADA, f"x: {'very ' * 60}long\n", {"mm/l.c": b"x" * 5000 + b"\n"}),
    "blank": (toys.ADA, "x: space\n\nend  \n\n\n\ntwo\n", {"mm/s.c": b" \t\n\n  x  \n"}),
    "empty": (toys.ADA, "x: empty\n", {"mm/empty.c": b""}),
    "large": (toys.ADA, "x: large\n", {"mm/large.c": b"int a_line_of_a_megabyte;\n" * 40_000}),
    "comma": ('"Doe, J." <j@example.org>', "x: comma\n", {"mm/c.c": b"int c;\n"}),
}
