# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON about versions, their mails and the machine is as it was; see support/golden.py."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import golden
import posted_series
import pytest
import toy as toys
import toy_releases
from toy import Toy
from waiting import SECONDS

from refseries.host import proc

CHANGE_ID = "20261110-toys-0123456789ab"
PEOPLE = f"""\
change_id = "{CHANGE_ID}"

[recipients]
to = ["linux-toys@example.org"]
cc = ["Mai Ntainer <mai@example.org>"]

[identity]"""
USER = """\
[user]
\tname = Sen Der
\temail = sen@example.org
[sendemail]
\tsmtpServer = 127.0.0.1
\tsmtpServerPort = 9
"""
KEYS = {"seconds": 0}


def run(toy: Toy, words: str, stdin: bytes = b"") -> proc.Completed:
    """The real command; ``TOY`` in its words is the toy's directory."""
    argv = [word.replace("TOY", str(toy.directory)) for word in shlex.split(words)]
    env = {
        **toy.environ,
        "GIT_CONFIG_GLOBAL": str(toy.directory / "gitconfig"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # codespell stands there
    }
    return proc.run(
        [*toys.COMMAND, *argv], cwd=toy.project, env=env, check=False, deadline=SECONDS, stdin=stdin
    )


def thread(toy: Toy) -> bytes:
    """A v3 with its cover letter and an answer to it, as a mailbox TOY/thread.mbox."""
    changes: tuple[toys.Change, ...] = (
        (toys.ADA, "mm: introduce toys\n", {"mm/toy.c": b"int toy_create;\n"}),
        (toys.ADA, "mm: more toys\n", {"mm/more.c": b"int more;\n"}),
    )
    tail = f"change-id: {CHANGE_ID}"
    mails = posted_series.patches(toy, *changes, number=3, cover=posted_series.COVER, tail=tail)
    answer = posted_series.reply("v3-0@example.org", "Acked-by: Rev Iewer <rev@example.org>")
    posted_series.mboxrd(toy.directory / "thread.mbox", [*mails, answer])
    return mails[0]


def branch(toy: Toy) -> None:
    """A branch ``mine`` of two commits over the base, the second one empty of a sign-off."""
    toy.at_base()
    for number in (1, 2):
        toy.commit((toys.ADA, f"mm: toy {number}\n", {f"mm/{number}.c": b"int t;\n"}))
    toy.git("branch", "mine")


def on_next(toy: Toy) -> None:
    """Two more releases, and a branch ``mine`` over the first of them."""
    toy_releases.add(toy)
    toy_releases.branch(toy, "mine", "6.13", *toy_releases.change("6.13"))


def imported(toy: Toy) -> None:
    """The branch of ``on_next`` as v3."""
    on_next(toy)
    assert run(toy, "import mine --as v3").returncode == 0


def stopped(toy: Toy) -> None:
    """A rebase that a conflict stopped."""
    on_next(toy)
    assert run(toy, "rebase v2 --onto v6.14").returncode == 1


def sloppy(toy: Toy) -> None:
    """A v3 with faults that checks find."""
    toy.version_of(
        (toys.ADA, "introduce toys.\n\nTitel toy.\n", {"mm/toy.c": b"int t; // debgu\n"})
    )
    toy.version_of((toys.ADA, "mm: toys\n", {"mm/toy.c": b"int t;\n"}), name="v3")


def mutable(toy: Toy) -> None:
    """A v3 with a line that has mutants."""
    code = b"\nint toy_create(int flags)\n{\n\tif (flags)\n\t\treturn -EINVAL;\n\treturn 0;\n}\n"
    toy.version_of((toys.ADA, "mm: toys\n", {"mm/toy.c": code}), name="v3")


def exported(toy: Toy) -> None:
    """The mails of v2 in TOY/v2.mbx, one of them damaged."""
    assert run(toy, "export v2 -o TOY/v2.mbx --quiet").returncode == 0
    path = toy.directory / "v2.mbx"
    path.write_bytes(
        path.read_bytes().replace(b"Signed-off-by: Sen", b"Signed-off-by: X <x@y.z>\n#")
    )


def nothing(_toy: Toy) -> None:
    """The toy as it is."""


@dataclass(frozen=True)
class Case:
    """What is run.

    Attributes:
        words: of the command, ``--json -`` behind them if they do not say it.
        before: what happens to the toy first.
    """

    words: str
    code: int = 0
    before: Callable[[Toy], object] = nothing


CASES = {
    "depend": Case("depend TOY/thread.mbox", before=thread),
    "publish": Case("publish v2 --no-sign --url https://example.org/toys.git"),
    "base": Case("base"),
    "apply": Case("apply v1"),
    "apply-by-task": Case("apply v2 --by-task"),
    "apply-state": Case("apply v2:small-toy --branch mine"),
    "apply-base": Case("apply base"),
    "status": Case("status"),
    "diff": Case("diff v1 v2 --creation-factor 200"),
    "diff-base": Case("diff base v1"),
    "diff-same": Case("diff v2 v2"),
    "diff-mailbox": Case("diff v2 TOY/thread.mbox", before=thread),
    "check": Case("check v1 v3 v9 --only message --only codespell --only selftests", 1, sloppy),
    "mutate-list": Case("mutate v3 --list --mutant '*:wrong-errno:*'", 0, mutable),
    "import-mailbox": Case("import TOY/thread.mbox", before=thread),
    "import-as": Case("import TOY/thread.mbox --as v7", before=thread),
    "import-branch": Case("import v6.12.117..mine --as v3", before=branch),
    "import-own-base": Case("import mine --as v3", before=on_next),
    "rebase": Case("rebase v2 --onto v6.13", before=on_next),
    "rebase-conflict": Case("rebase v2 --onto v6.14", 1, before=on_next),
    "rebase-abort": Case("rebase v2 --abort", before=stopped),
    "status-own-base": Case("status", before=imported),
    "init-from": Case("init TOY/own --tree TOY/linux --from mine", before=on_next),
    "init": Case("init TOY/own --name own --tree TOY/linux --base-ref v6.12.117"),
    "prep": Case("prep v2"),
    "export": Case("export v2 -o TOY/v2.mbx --cc 'Ex Tra <ex@example.org>'"),
    "check-mail": Case("check-mail TOY/v2.mbx", 1, exported),
    "send-dry-run": Case("send v2 --dry-run"),
    "send-reflect": Case("send v2 --dry-run --reflect"),
}  # fmt: skip


@pytest.fixture
def mine(toy: Toy) -> Toy:
    """The toy with a change-id and recipients, and somebody who sends it."""
    path = toy.project / "series/series.toml"
    path.write_text(path.read_text().replace("[identity]", PEOPLE, 1))
    (toy.directory / "gitconfig").write_text(USER)
    return toy


def hold(toy: Toy, name: str, text: str) -> None:
    places = {str(toy.directory): "{toy}"}
    golden.hold(f"json/series/{name}.json", golden.normal_json(text, places, KEYS))


@pytest.mark.parametrize("name", CASES)
def test_json_is_as_it_was(mine: Toy, name: str) -> None:
    case = CASES[name]
    case.before(mine)
    done = run(mine, f"{case.words} --json -")
    assert done.returncode == case.code, done.stderr
    hold(mine, name, done.stdout)


def test_b4_is_answered_as_it_was(mine: Toy) -> None:
    cover = thread(mine)
    assert run(mine, "import TOY/thread.mbox --as v3").returncode == 0
    done = run(mine, "b4-check", cover)
    assert done.returncode == 0, done.stderr
    hold(mine, "b4-check", done.stdout)


def shape(value: object) -> object:
    """Names of types in place of values; of a list its first element."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value[:1]] if isinstance(value, list) else type(value).__name__


def test_doctor_has_the_same_keys(mine: Toy) -> None:
    done = run(mine, "doctor --json -")
    assert done.returncode in (0, 3)  # what this machine lacks is no matter
    hold(mine, "doctor", json.dumps(shape(json.loads(done.stdout))))


def test_no_json_is_left_over() -> None:
    names = (*CASES, "b4-check", "doctor")
    golden.none_is_left_over("json/series", (f"{name}.json" for name in names))
