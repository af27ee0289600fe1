# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrong uses of the command line and broken inputs, on the toy series, for golden files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import posted_series
import sample_mails
import toy as toys
from toy import Toy


class Damage(NamedTuple):
    """Something done to the toy, and a line about it."""

    about: str
    do: Callable[[Toy], object]


@dataclass(frozen=True)
class Wrong:
    """What is run.

    Attributes:
        words: of the command; ``TOY`` is the toy's directory.
        damage: what happens to the toy first; without any, the toy is shared with others.
        env: variables.
    """

    words: str
    damage: tuple[Damage, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def wrong(words: str, *damage: Damage, **env: str) -> Wrong:
    """A wrong use."""
    return Wrong(words, damage, env)


def edit(path: str, old: str, new: str) -> Damage:
    """Replace the first ``old`` in a file of the project, a regular expression."""

    def do(toy: Toy) -> None:
        (file,) = toy.project.glob(path)
        text, count = re.subn(old, new, file.read_text(), count=1, flags=re.M)
        assert count == 1, f"{path} has no {old}"
        file.write_text(text)

    return Damage(f"{path}: `{old}` becomes `{new}`", do)


def put(path: str, text: str | bytes, about: str = "") -> Damage:
    """Write a file of the project."""

    def do(toy: Toy) -> None:
        file = toy.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    return Damage(about or f"{path}: {len(text)} bytes", do)


def remove(path: str) -> Damage:
    """Take a file of the project away."""

    def do(toy: Toy) -> None:
        (found,) = toy.project.glob(path)
        found.unlink()

    return Damage(f"{path} is gone", do)


def hostile(path: str, mode: str = "100644") -> Damage:
    """A v9 whose patch makes a file with this path and mode."""
    diff = (
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\nindex 0000000..587be6b\n"
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
    )
    about = f"a v9 that makes {path}, mode {mode}"
    return Damage(about, lambda toy: toy.version_of_text(MAIL.format(diff=diff).encode()))


def _thread(toy: Toy) -> None:
    """A v3 of two patches in the mailbox ``thread.mbox``, and the same with its last one cut."""
    changes: tuple[toys.Change, ...] = (
        (toys.ADA, "mm: toys\n", {"mm/a.c": b"int a;\n"}),
        (toys.ADA, "mm: more toys\n", {"mm/b.c": b"int b;\n"}),
    )
    mails = posted_series.patches(toy, *changes, number=3)
    posted_series.mboxrd(toy.project / "thread.mbox", mails)
    posted_series.mboxrd(toy.project / "lost.mbox", mails[1:])
    posted_series.mboxrd(toy.project / "cut.mbox", [mails[0], mails[1].partition(b"+int")[0]])


THREAD = Damage("mailboxes of a v3: whole, without its first mail, with its last one cut", _thread)
MAIL = """\
From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Eve <eve@example.org>
Date: Sun, 1 Nov 2026 10:00:00 +0200
Subject: [PATCH] mm: harmless

Nothing to see.
---
{diff}--
2.39.5
"""
REVIEW = """\
schema = 1
version = "v1"
date = 2026-11-21T10:00:00Z
message_id = "r0@example.org"
reviewer = { name = "Rita Reader", email = "rita@example.org" }

[[task]]
id = "v1-rita-1"
kind = "change"
state = "settled"
summary = "Make the toy small."
settled_in = "v2"

[[task.evidence]]
kind = "diff"
file = "mm/toy.c"
added = ["^short toy"]

[[task]]
id = "v1-rita-2"
kind = "question"
state = "open"
summary = "Is one toy enough?"
"""
REVIEWED = put("series/feedback/v1-rita.toml", REVIEW, "a review of v1")
TESTS = put("kernel-tests/config", "", "an empty kernel-tests/config")
SENDER = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Sam Sender",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "sam@example.org",
}
# Nobody answers at this port.
SERVER = {
    **SENDER,
    "GIT_CONFIG_COUNT": "4",
    "GIT_CONFIG_KEY_2": "sendemail.smtpServer",
    "GIT_CONFIG_VALUE_2": "127.0.0.1",
    "GIT_CONFIG_KEY_3": "sendemail.smtpServerPort",
    "GIT_CONFIG_VALUE_3": "9",
}
SERIES, V1, V2 = "series/series.toml", "series/v1/version.toml", "series/v2/version.toml"
PATCH = "series/v1/0001*"
STRANGER = sample_mails.mbox(sample_mails.letter(subject="Re: lunch", message_id="s@example.org"))
DAMAGED = sample_mails.mbox(b"X-Nothing: at all\n\n", sample_mails.letter())


def review(old: str, new: str) -> tuple[Damage, Damage]:
    """The review with something replaced."""
    return REVIEWED, edit("series/feedback/v1-rita.toml", old, new)


def own_config(text: str) -> Damage:
    """A config of the project's own."""
    about = f"a config of its own: {' '.join(text.split()) or 'empty'}"
    return put("kernel-tests/configs.toml", f"schema = 1\n[config.default]\n{text}", about)


# For each golden file what is in it.
GROUPS: dict[str, tuple[Wrong, ...]] = {
    "usage": (
        wrong("--nonsense"),
        wrong("nonsense"),
        wrong("apply"),
        wrong("apply v1 --branch"),
        wrong("build --jobs many"),
        wrong("feedback settle"),
        wrong("feedback add x --version v1 --reviewer ada --kind odd"),
        wrong("export v1"),
        wrong("test v1 --load"),
        wrong("test v1 --repeat 1"),
        wrong("bisect toy.one v1"),
        wrong("bisect toy.one v1 v9"),
    ),
    "names": (
        wrong("apply v9"),
        wrong("apply v2:gone"),
        wrong("apply v1 --by-task"),
        wrong("apply v1 --branch a..b"),
        wrong("apply v1 --base-ref gone"),
        wrong("apply v1 --tree /nowhere"),
        wrong("-C / status"),
        wrong("build"),
        wrong("build v1 --all-versions", TESTS),
        wrong("build v1 --jobs 0"),
        wrong("status", REFSERIES_JOBS="some"),
        wrong("test v1 --config none", TESTS),
        wrong("test v1 --json - --junit -"),
        wrong("test v1 --junit - --kcidb -"),
        wrong("report --serve --output page.html"),
        wrong("report --open --output -"),
        wrong("diff v1 v9"),
        wrong("prep v9"),
        wrong("feedback changelog v9"),
    ),
    "measuring": (
        wrong("boot v1 --config x86_64-sparsemem", TESTS),
        wrong("bench", TESTS),
        wrong("bench v1", TESTS),
        wrong("bench v1 --against v2", TESTS),
        wrong("bench v1 --json - --plot -"),
        wrong("kselftest v1 --config x86_64-sparsemem", TESTS),
        wrong("kselftest v1", TESTS),
        wrong("mutate base --list"),
        wrong("mutate v1 --list"),
        wrong("check v1 --only nothing"),
        wrong("check base"),
    ),
    "files": (
        wrong("status", remove(SERIES)),
        wrong("status", edit(SERIES, "^title", "titel")),
        wrong("status", edit(SERIES, "^schema = 1", "schema = 2")),
        wrong("status", edit(SERIES, "^title = ", "title == ")),
        wrong("status", edit(SERIES, '^name = "toy"', 'name = "../toy"')),
        wrong("status", edit(SERIES, "^release = .*", "release = 6.12")),
        wrong("status", edit(V1, "0001-", "0009-")),
        wrong("status", edit(V1, "^date = .*", "")),
        wrong("status", edit(V1, '^version = "v1"', 'version = "v3"')),
        wrong("status", edit(V2, '^task = "two-toys"', 'task = "small-toy"')),
        wrong("status", edit(V1, '"0001-', '"../v2/0001-')),
        wrong("build v1"),
        wrong("build v1", TESTS, own_config("")),
        wrong("build v1", TESTS, own_config('arch = "arm64"\nfragments = ["../x"]\nboot = true\n')),
        wrong("build v1", TESTS, own_config('arch = "vax"\nfragments = []\nboot = true\n')),
        wrong("test v1", TESTS),
        wrong("test v1", TESTS, put("kernel-tests/expectations.toml", "schema = 1\n[[expekt]]\n")),
        wrong("init TOY/project", **SENDER),
        wrong("init TOY/new --name ../x --base-ref v6.12.117", **SENDER),
        wrong("init TOY/new", **SENDER),
    ),
    "patches": (
        wrong("apply v1", edit(PATCH, "^ int line_9;", " int other;")),
        wrong("apply v1", edit(PATCH, r"^ int line_9;(?s:.*)", "")),
        wrong("apply v1", put("series/v1/0001-mm-introduce-toys.patch", "")),
        wrong("apply v9", hostile("../x")),
        wrong("apply v9", hostile("/etc/x")),
        wrong("apply v9", hostile(".git/config")),
        wrong("apply v9", hostile("mm/link", "120000")),
        wrong(
            "apply v2 --by-task", edit("series/v2/fixups/0001*", "^-int toy_create", "-int nothing")
        ),
    ),
    "machine": (
        wrong("apply v1", PATH="/nowhere"),
        wrong("apply v1", REFSERIES_CACHE="TOY/project/series/series.toml/x"),
        wrong("base --json /dev/full"),
        wrong("base --json TOY/no/such/folder.json"),
        wrong("export v1 -o TOY/v1.mbx"),
        wrong("export v1 -o TOY/no/v1.mbx", **SENDER),
        wrong("export v1 -o TOY/project", **SENDER),
        wrong("export v1 -o - --format eml", **SENDER),
        wrong("feedback reply", REVIEWED),
        wrong("send v1 --yes --to l@example.org --no-check", **SENDER),
    ),
    "mails": (
        wrong("import nothing"),
        wrong("import TOY/nothing.mbox"),
        wrong("import series/v1/cover.md"),
        wrong("import lost.mbox", THREAD),
        wrong("import cut.mbox", THREAD),
        wrong("import thread.mbox --as 7", THREAD),
        wrong("import thread.mbox --as v1", THREAD),
        wrong("check-mail TOY/nothing.mbox"),
        wrong("check-mail series/v1/cover.md"),
        wrong("export v1 -o TOY/v1.mbx --to a@@b", **SENDER),
        wrong("export v1 -o TOY/v1.mbx --date yesterday", **SENDER),
        wrong("export v1 -o TOY/v1.mbx --range-diff v9", **SENDER),
        wrong("export v2 -o TOY/v2.mbx", REVIEWED, **SENDER),
        wrong("send v1 --to l@example.org --no-check", **SERVER),
        wrong("send v1 --to l@example.org --no-check --yes", **SERVER),
        wrong("send v1 --unsure perhaps", **SENDER),
        wrong("feedback import TOY/nothing.mbox"),
        wrong("feedback import box", put("box", STRANGER, "a mail about something else")),
        wrong("feedback import box", put("box", DAMAGED, "a mail that is none, and one that is")),
        wrong(
            "feedback import box --version v9", put("box", STRANGER, "a mail about something else")
        ),
    ),
    "tasks": (
        wrong("feedback show v1-rita-9", REVIEWED),
        wrong("feedback answer v1-rita-1 --text x", REVIEWED),
        wrong("feedback decline v1-rita-2", REVIEWED),
        wrong("feedback reopen v1-rita-2 --why x", REVIEWED),
        wrong("feedback settle v1-rita-2 --in v9", REVIEWED),
        wrong("feedback settle v1-rita-2 --fixup gone", REVIEWED),
        wrong("feedback split v1-rita-2 One", REVIEWED),
        wrong("feedback merge v1-rita-2 v1-rita-1", REVIEWED),
        wrong("feedback add x --version v1 --reviewer '<x>'", REVIEWED),
        wrong("feedback add x --version v1 --reviewer Rita --patch 7", REVIEWED),
        wrong("feedback add x --version v1 --reviewer Rita --file mm/toy.c --line 7", REVIEWED),
        wrong("feedback verify v1-rita-9", REVIEWED, TESTS),
        wrong("feedback verify v1-rita-1 --all", REVIEWED, TESTS),
        wrong("feedback start v1-rita-9", REVIEWED),
        wrong("feedback status", REVIEWED),
        wrong("feedback reply --json -", REVIEWED, **SENDER),
        wrong("feedback list", *review('"open"', '"opened"')),
        wrong("feedback list", *review("v1-rita-2", "v1-rita-1")),
        wrong("feedback list", *review('"v2"', '"v7"')),
        wrong("feedback list", *review(r"\^short", "(short")),
        wrong("feedback list", *review("^settled_in.*", "")),
        wrong("rebase v2"),
        wrong("rebase v2 --onto v9"),
        wrong("rebase v2 --continue"),
        wrong("rebase v1 --onto HEAD"),
        wrong("reroll v2", REVIEWED),
        wrong("reroll v3", REVIEWED),
        wrong("reroll v3 --into abc", REVIEWED),
        wrong("reroll v2 --again", REVIEWED),
        wrong("reroll v2 --again --dry-run", REVIEWED),
        wrong("reroll v3 --from --all", REVIEWED),
    ),
}
