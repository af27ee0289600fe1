# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON about reviews, tasks and rerolls is as it was; see support/golden.py."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import golden
import pytest
import sample_mails
from task_commits import commit
from toy import Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]

# A task in each state, and an evidence of most kinds.
REVIEW = """\
schema = 1
version = "v1"
date = 2026-11-21T10:00:00Z
subject = "Re: [PATCH 1/2] mm: introduce toys"
message_id = "r0@example.org"
references = ["v1-1@example.org"]
link = "https://lore.example.org/r/r0@example.org"
reviewer = { name = "Rita Reader", email = "rita@example.org" }

[[trailer]]
name = "Acked-by"
value = "Rita Reader <rita@example.org>"
patch = "0002-mm-tell-what-a-toy-is.patch"

[[task]]
id = "v1-rita-1"
kind = "change"
state = "settled"
summary = "Make the toy small."
settled_in = "v2"
fixup = "small-toy"
comment = "Does this have to be an int?\\n"
quote = "+int toy_create;\\n"
also = [{ name = "Bob Ångström", email = "bob@example.org" }]

[task.anchor]
patch = "0001-mm-introduce-toys.patch"
file = "mm/toy.c"
line = 1
text = "int toy_create;"

[[task.evidence]]
kind = "diff"
file = "mm/toy.c"
added = ["^short toy"]
gone = ["^int toy"]

[[task.evidence]]
kind = "check"
check = "message"
pattern = "toy"

[[task]]
id = "v1-rita-2"
kind = "question"
state = "open"
summary = "Is one toy enough?"

[[task.evidence]]
kind = "text"
where = "message"
added = ["three can play"]

[[task]]
id = "v1-rita-3"
kind = "docs"
state = "settled"
summary = "Tell what a toy is."
settled_in = "v2"

[[task.evidence]]
kind = "manual"
text = "Read it again."
link = "https://example.org/toys"

[[task]]
id = "v1-rita-4"
kind = "process"
state = "declined"
summary = "Copy more lists."
answer = "There are none."

[[task]]
id = "v1-rita-5"
kind = "bug"
state = "started"
summary = "Two toys clash."

[[task.evidence]]
kind = "test"
cases = ["toy.clash", "toy.more_*"]

[[task.evidence]]
kind = "measure"
figure = "read.toy.dense"
at_most = 0.5

[[task]]
id = "v1-rita-6"
kind = "build"
state = "obsolete"
summary = "It clashes in x.c, too."
answer = "The same as v1-rita-5."
merged_into = "v1-rita-5"

[[task.evidence]]
kind = "build"
config = "default"

[[task]]
id = "v1-rita-7"
kind = "question"
state = "answered"
summary = "Why toys at all?"
answer = "They are fun."

[task.anchor]
patch = "cover"
"""
AUTHOR = {
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "Eve Author",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "eve@example.org",
}
MAILS = (
    sample_mails.letter(
        "On Monday, Ada wrote:\n> +short toy_create;\n\nWhy not an int, as it was before?\n\n"
        "Acked-by: Rita Review <rita@example.org>\n"
    ),
    sample_mails.letter("Why toys?\n", author=sample_mails.NORA, message_id="n@example.org"),
    sample_mails.letter(sample_mails.REPORT, author=sample_mails.ROBOT, message_id="l@example.org"),
    sample_mails.letter("Why?\n", subject="Re: [PATCH v2] net: queues", message_id="s@example.org"),
    sample_mails.letter("Again?\n", message_id="r0@example.org"),
)
# For each file: the exit code and the words of the command.
CASES = {
    "list": (0, "feedback list"),
    "list-chosen": (0, "feedback list --open --reviewer rita --version v1"),
    "show-settled": (0, "feedback show v1-rita-1"),
    "show-started": (0, "feedback show v1-rita-5"),
    "show-merged": (0, "feedback show v1-rita-6"),
    "show-answered": (0, "feedback show v1-rita-7"),
    "verify": (1, "feedback verify v1-rita-1 v1-rita-2 v1-rita-3"),
    "changelog": (0, "feedback changelog v2"),
    "reply": (0, "feedback reply -o replies.mbox"),
    "import": (0, "feedback import box"),
    "import-dry-run": (0, "feedback import box --dry-run"),
    "fetch-from": (0, "feedback fetch --from box"),
    "add": (
        0,
        "feedback add 'Name it' --version v2 --reviewer 'Eve <eve@example.org>' --patch 1 "
        "--file mm/toy.c --line 1 --comment 'Said on IRC.' --link https://example.org/log",
    ),
    "start": (0, "feedback start v1-rita-2"),
    "status-of-tasks": (0, "status"),
}


@pytest.fixture
def reviewed(toy: Toy) -> Toy:
    """The toy with a review of v1, a config, and mails of reviewers in the file ``box``."""
    folder = toy.project / "series" / "feedback"
    folder.mkdir()
    (folder / "v1-rita.toml").write_text(REVIEW)
    (toy.project / "kernel-tests").mkdir()
    (toy.project / "kernel-tests" / "config").write_text("")
    (toy.project / "box").write_bytes(sample_mails.mbox(*MAILS))
    return toy


def hold(toy: Toy, name: str, done: proc.Completed, code: int = 0) -> None:
    assert done.returncode == code, done.stderr
    text = golden.normal_json(done.stdout, {str(toy.directory): "{toy}"}, {})
    golden.hold(f"json/review/{name}.json", text)


@pytest.mark.parametrize("name", CASES)
def test_json_is_as_it_was(reviewed: Toy, refseries: Refseries, name: str) -> None:
    assert refseries("base", "--quiet").returncode == 0  # without it, less is known of tasks
    code, words = CASES[name]
    hold(reviewed, name, refseries(*shlex.split(words), "--json", "-", env=AUTHOR), code)


def test_evidence_that_says_otherwise(reviewed: Toy, refseries: Refseries) -> None:
    path = reviewed.project / "series/feedback/v1-rita.toml"
    path.write_text(path.read_text().replace("^short toy", "^long toy"))
    done = refseries("feedback", "verify", "v1-rita-1", "--json", "-")
    hold(reviewed, "verify-broken", done, 1)
    hold(reviewed, "status-broken", refseries("status", "--json", "-"), 1)


def test_a_version_is_made_of_commits(reviewed: Toy, refseries: Refseries) -> None:
    assert refseries("feedback", "start", "v1-rita-2", "v1-rita-5").returncode == 0
    worktree = reviewed.project / ".refseries/work/v2"
    commit(reviewed, worktree, "mm: long\n\nAddresses: v1-rita-5", {"mm/toy.c": "long t;\n"})
    commit(reviewed, worktree, "fixup! mm: tell what a toy is", {"mm/new.c": "int n;\n"})
    (worktree / "mm/left.c").touch()
    for name, words in (
        ("work-status", "feedback status"),
        ("reroll-dry-run", "reroll v3 --dry-run"),
        ("reroll", "reroll v3"),
        ("reroll-again", "reroll v3 --again"),
        ("changelog-rerolled", "feedback changelog v3"),
        ("list-rerolled", "feedback list"),
    ):
        hold(reviewed, name, refseries(*words.split(), "--json", "-"))


MORE = (
    "verify-broken", "status-broken", "work-status", "reroll-dry-run", "reroll", "reroll-again",
    "changelog-rerolled", "list-rerolled",
)  # fmt: skip


def test_no_json_is_left_over() -> None:
    golden.none_is_left_over("json/review", (f"{name}.json" for name in (*CASES, *MORE)))
