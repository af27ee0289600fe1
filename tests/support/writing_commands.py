# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands that write, in the toy, to be ended in their middle; and what must hold after that."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import posted_series
import toy as toys
import toy_releases
from mailserver import Sink
from reroll_author import Author
from sample_mails import NORA, letter, mbox
from task_commits import commit, review

from refseries.host import proc, scratch
from refseries.model import Identity
from refseries.review import store
from refseries.review.model import Kind, Review, State, Task

Steps = Callable[[Sequence[str], signal.Signals, int], proc.Completed]
"""Runs refseries with these words and sends it a signal at a step, from 1; 0: never."""

REVIEW = "On Monday, Ada wrote:\n> +short toy_create;\n\nWhy not an int, as it was before?\n"
_CHANGING = re.compile(
    rb"20\d\d-\d\d-\d\d[T ][\d:.+Z-]*|[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} 20\d\d [\d:]+ [+-]\d{4}"
    rb"|<?\S+@example\.org>?|\b[0-9a-f]{40,64}\b|\d{8}-[a-z-]+-[0-9a-f]{12}"
)
"""Dates, ids and digests: they depend on when a command runs."""


@dataclass(frozen=True)
class Command:
    """A command that writes.

    Attributes:
        words: ``{}`` stands for the toy's folder.
        done: what it may say when it is run again after all was done.
        first: what has to be done before it, once.
    """

    name: str
    words: tuple[str, ...]
    done: str = ""
    first: Callable[[Ground], None] | None = None


def _settled(ground: Ground) -> None:
    ground.refseries("feedback", "settle", "v2-rita-1", "--in", "v2", "--text", "As said.")


def _other_fixups(ground: Ground) -> None:
    """v3 is there, and the branch has another fixup in the place of the last one."""
    ground.refseries("reroll", "v3", "--quiet")
    toy, work = ground.toy, ground.toy.project / ".refseries/work/v2"
    toy.git("reset", "--quiet", "--hard", "HEAD~1", at=work)
    text = "Toys\n====\nWhy not?\n"
    commit(toy, work, "Doc: why\n\nAddresses: v2-rita-2", {"Documentation/mm/toy.rst": text})


def _other_commits(ground: Ground) -> None:
    """v3 is the branch ``mine``, which has fewer commits and other ones since."""
    toy = ground.toy
    toy.git("checkout", "--quiet", "-B", "mine", f"v{toys.RELEASE}")
    for change in toys.V2:
        toy.commit(change)
    ground.refseries("import", *_MINE)
    toy.git("reset", "--quiet", "--hard", f"v{toys.RELEASE}")
    toy.commit((toys.ADA, "mm: toys anew\n", toys.V2[0][2]))


_MINE = (f"v{toys.RELEASE}..mine", "--as", "v3", "--quiet")
_FEEDBACK = (
    ("settle", "v2-rita-1", "--in", "v2", "--text", "As said."),
    ("answer", "v2-rita-2", "--text", "It is fun."),
    ("decline", "v2-rita-2", "--why", "Not here."),
    ("obsolete", "v2-rita-2", "--why", "It is gone."),
    ("add", "Once more.", "--version", "v2", "--reviewer", "Rita Reader <rita@example.org>"),
    ("edit", "v2-rita-1", "--summary", "Say less."),
    ("split", "v2-rita-1", "One", "Two"),
    ("merge", "v2-rita-1", "v1-rita-1", "v1-bob-1"),
    ("import", "--quiet", "{}/reviews.mbox"),
)
_FROM = ("--tree", "{}/linux", "--base-ref", f"v{toys.RELEASE}")
COMMANDS = {
    command.name: command
    for command in (
        *(Command(words[0], ("feedback", *words)) for words in _FEEDBACK),
        Command("reopen", ("feedback", "reopen", "v2-rita-1", "--why", "No."), "", _settled),
        Command("start", ("feedback", "start", "v2-rita-2")),
        Command("init", ("init", "{}/fresh", *_FROM), "holds a series already"),
        Command("bring", ("import", "--quiet", "{}/versions.mbox"), "already"),
        Command("reroll", ("reroll", "v3", "--quiet"), "already"),
        Command("anew", ("reroll", "v3", "--quiet"), first=_other_fixups),
        Command("replace", ("import", *_MINE, "--replace"), first=_other_commits),
        # Others have seen v2, so that v3 is made of it.
        Command("rebase", ("rebase", "v2", "--onto", "v6.13", "--quiet"), "already"),
        Command("export", ("export", "v2", "--no-check", "--quiet", "-o", "{}/out/v2.mbx")),
        Command(
            "maildir",
            ("export", "v2", "--no-check", "--quiet", "--format", "maildir", "-o", "{}/out/v2"),
            "is there already",
        ),
        Command("apply", ("apply", "v2", "--quiet")),
        Command(
            "depend",
            ("depend", "{}/versions.mbox", "--take", "v4", "--name", "below", "--quiet"),
            "already",
        ),
        Command(
            "publish",
            ("publish", "v2", "--no-sign", "--url", "https://example.org/t.git", "--quiet"),
        ),
        Command("prep", ("prep", "v2"), "is there already"),
        Command("send", ("send", "v2", "--yes", "--no-check", "--quiet"), "was sent already"),
    )
}


@dataclass
class Ground:
    """The toy, to be put back as it was before each command."""

    toy: toys.Toy
    sink: Sink
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> Path:
        return self.toy.directory.with_name("kept")

    def words(self, command: Command) -> list[str]:
        words = [word.replace("{}", str(self.toy.directory)) for word in command.words]
        return ["-C", str(self.toy.project), *words]

    def refseries(self, *words: str) -> None:
        argv = [*toys.COMMAND, "-C", str(self.toy.project), *words]
        proc.run(argv, env=self.environ)

    def restore(self, command: Command) -> None:
        """What is there before ``command``."""
        kept = self.kept if command.first is None else self.kept.with_name(command.name)
        if command.first is not None and not kept.exists():
            self._take(self.kept)
            command.first(self)
            shutil.copytree(self.toy.directory, kept, symlinks=True)
        self._take(kept)

    def _take(self, kept: Path) -> None:
        shutil.rmtree(self.toy.directory, ignore_errors=True)
        shutil.copytree(kept, self.toy.directory, symlinks=True)
        self.sink.mails.clear()

    def state(self) -> dict[str, object]:
        """All that a command may change, without what depends on the time."""
        found: dict[str, object] = {}
        for name in ("project/series", "project/kernel-tests", "fresh", "out"):
            top = self.toy.directory / name
            for path in sorted(top.rglob("*")):
                # What is beside an export goes with the next export there.
                if path.is_file() and not (name == "out" and scratch.PREFIX in str(path)):
                    shown = re.sub(r"\d{9,}\S*", "ID", str(path.relative_to(self.toy.directory)))
                    found[shown] = _CHANGING.sub(b"*", path.read_bytes())
        refs = self.toy.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags")
        found["refs"] = [name for name in refs.split() if "/work/" not in name]
        return found

    def litter(self) -> list[str]:
        """What nobody should find after a command that came to its end."""
        mine = self.toy.directory
        hidden = [p for p in mine.rglob(f"*{scratch.PREFIX}*") if "cache" not in p.parts]
        left = [*hidden, *mine.rglob(".decided"), *(mine / "tmp").iterdir()]
        return sorted(str(path.relative_to(mine)) for path in left)


def make(directory: Path, sink: Sink) -> Ground:
    """The toy in ``directory`` with reviews of two people, a branch to reroll, and mails."""
    toy = toys.make(_folder(directory / "ground"))
    toy_releases.add(toy)
    for name in ("tmp", "out"):
        _folder(toy.directory / name)
    config = toy.directory / "gitconfig"
    config.write_text(
        "[user]\n\tname = Sen Der\n\temail = sen@example.org\n[gc]\n\tauto = 0\n"
        f"[sendemail]\n\tsmtpServer = 127.0.0.1\n\tsmtpServerPort = {sink.port}\n"
    )
    series = toy.project / "series/series.toml"
    people = '[recipients]\nto = ["linux-toys@example.org"]\n\n[identity]'
    series.write_text(series.read_text().replace("[identity]", people, 1))
    change: toys.Change = (toys.ADA, "mm: toys\n", {"mm/toy.c": b"int toy;\n"})
    mails = posted_series.patches(toy, change, number=4) + posted_series.patches(
        toy, change, number=5
    )
    posted_series.mboxrd(toy.directory / "versions.mbox", mails)
    reviews = letter(REVIEW), letter("Why toys?\n", author=NORA, message_id="n@example.org")
    (toy.directory / "reviews.mbox").write_bytes(mbox(*reviews))
    review(toy, "v1", "Make it long.")
    review(toy, "v2", "Say more.", "Why a toy?")
    bob = Identity("Bob Reader", "bob@example.org")
    task = Task(
        id="v1-bob-1", kind=Kind.CHANGE, state=State.OPEN, summary="Say more.", reviewer=bob
    )
    store.save(
        toy.series(),
        Review(
            name="v1-bob",
            version="v1",
            reviewer=bob,
            date=datetime(2026, 11, 26, tzinfo=UTC),
            tasks=(task,),
        ),
    )
    author = Author(toy)
    author.commit("mm: long\n\nAddresses: v1-rita-1", {"mm/toy.c": "long toy;\n"})
    text = "Toys\n====\nThey are fun.\n"
    author.commit("Doc: more\n\nAddresses: v2-rita-1", {"Documentation/mm/toy.rst": text})
    ground = Ground(toy, sink)
    ground.environ = {
        **toy.environ, "TMPDIR": str(toy.directory / "tmp"), "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_SYSTEM": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    shutil.copytree(toy.directory, ground.kept, symlinks=True)
    return ground


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


@dataclass
class Trial:
    """One command, whole, and then ended again and again."""

    ground: Ground
    command: Command
    run: Steps

    def __post_init__(self) -> None:
        self.ground.restore(self.command)
        self.old = self.ground.state()
        done = self.run(self.ground.words(self.command), signal.SIGKILL, 0)
        assert done.returncode == 0, done.stderr
        self.new = self.ground.state()
        self.sent = len(self.ground.sink.mails)

    def end(self, number: signal.Signals, step: int) -> str:
        """End it at ``step``; gives what is wrong after that, or nothing."""
        self.ground.restore(self.command)
        done = self.run(self.ground.words(self.command), number, step)
        problem = self._complaint(done) or self._next()
        return problem or self._again()

    def _complaint(self, done: proc.Completed) -> str:
        if "Traceback" in done.stderr or "has a bug" in done.stderr:
            return f"says {done.stderr[-300:]}"
        fine = (0, 130, -signal.SIGKILL, 128 + signal.SIGKILL)
        if done.returncode not in fine:
            return f"exit status {done.returncode}: {done.stderr[-300:]}"
        return ""

    def _next(self) -> str:
        """A command that only reads, beside."""
        project = self.ground.toy.directory / "fresh"
        if self.command.name != "init":
            project = self.ground.toy.project
        done = self.run(("-C", str(project), "feedback", "list"), signal.SIGKILL, 0)
        found = self.ground.state()
        if found not in (self.old, self.new):
            differs = {k for k in self.old | self.new | found if found.get(k) != self.new.get(k)}
            return f"neither old nor new: {sorted(differs)}"
        nothing = self.command.name == "init" and found == self.old
        if done.returncode != (2 if nothing else 0):
            return f"the next command exits with {done.returncode}: {done.stderr[-300:]}"
        return ""

    def _again(self) -> str:
        """The same command."""
        new = self.ground.state() == self.new
        words = self.ground.words(self.command)
        done = self.run(words, signal.SIGKILL, 0)
        if "--unsure" in done.stderr:  # one mail, of which only the server knows
            found = re.search(r"taken `(.*?)`", done.stderr)
            assert found
            subject = found[1].encode()
            sent = any(subject in content for _id, _people, content in self.ground.sink.mails)
            done = self.run([*words, "--unsure", "sent" if sent else "again"], signal.SIGKILL, 0)
        told = new and (done.returncode == 2 or self.command.done in done.stderr)
        if done.returncode != 0 and not told:
            return f"again, it exits with {done.returncode}: {done.stderr[-300:]}"
        if self.ground.state() != self.new and not new:
            return "again, it does not come to the new state"
        ids = self.ground.sink.ids
        if len(ids) != self.sent or len(set(ids)) != len(ids):
            return f"{len(ids)} mails of {self.sent}: {ids}"
        return f"left: {left}" if (left := self.ground.litter()) else ""


def spread(last: int, wanted: int) -> list[int]:
    """``wanted`` steps of ``last``, the last eight among them."""
    tail = range(max(1, last - 7), last + 1)
    rest = max(0, min(wanted, last) - len(tail))
    head = [1 + at * (last - 8) // rest for at in range(rest)] if rest else []
    return sorted({*head, *tail[-wanted:]})


def environment(ground: Ground) -> dict[str, str]:
    return {**os.environ, **ground.environ}
