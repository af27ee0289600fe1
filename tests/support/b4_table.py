# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every b4 command on exports of the toy series, and writes docs/b4.md from what they gave.

    PYTHONPATH=.:tests/support python tests/support/b4_table.py > docs/b4.md

A run that does not give what the table says stops it.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import toy as toys
from receiver import Receiver
from toy import Toy

from refseries.host import proc
from refseries.model import Target
from refseries.series import apply

_FROM = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
TAG = "Reviewed-by: Rae Reviewer <rae@example.org>"

HEAD = """\
<!-- SPDX-License-Identifier: GPL-2.0-or-later -->
<!-- Written by tests/support/b4_table.py; tests/posting/test_b4.py checks that it is. -->
# b4 on our exports

What b4 0.16 gave on mailboxes that `refseries export` wrote, run by `tests/support/b4_table.py` on
the tests' toy kernel and series. `v1.mbx` and `v2.mbx` are the exports of two versions, `both.mbx`
the two in one file, `v2/` a maildir, `reply.mbx` has a Reviewed-by in reply to the first patch of
v2. Each row was checked, not only printed: where trees are said to be equal, git's ids of them were
compared. b4 ran as `b4 -n --offline-mode …` in a clone of the kernel with a home of its own;
`prep -F` as `b4 -n …` with `b4.midmask` set to a server on the same machine.

| command | what it gave |
| --- | --- |
"""


@dataclass
class Bench:
    """Exports, and somebody who got them.

    Attributes:
        toy: the series that was exported.
        mail: folder with ``v1.mbx``, ``v2.mbx`` and ``both.mbx``.
    """

    toy: Toy
    receiver: Receiver
    mail: Path

    def tree(self, version: str) -> str:
        """The tree that ``refseries apply`` gives."""
        series, base = self.toy.series(), self.toy.base()
        return apply.apply(series, base, Target(version), self.toy.cache).tree

    def b4(self, *words: str, offline: bool = True) -> str:
        """Run b4 on the base."""
        self.receiver.start_again()
        return self.receiver.b4(*words, offline=offline)

    def am(self, *words: str) -> tuple[str, Path]:
        """``b4 am``: what it printed, and the mailbox that it made."""
        out = self.mail / "out"
        shutil.rmtree(out, ignore_errors=True)
        printed = self.b4("am", *words, "-o", str(out))
        (made,) = out.glob("*.mbx")
        return printed, made

    def same_tree(self, made: Path, version: str) -> None:
        """``git am`` of ``made`` gives the tree of ``version``."""
        assert self.receiver.am_tree(str(made)) == self.tree(version)

    def path(self, name: str) -> str:
        """A mailbox of ours."""
        return str(self.mail / name)


def export(toy: Toy, version: str, path: Path, *options: str, env: dict[str, str]) -> None:
    """Run the real command, as whoever ``env`` says."""
    words = ["export", version, "-o", str(path), "--quiet", *options]
    proc.run([*toys.COMMAND, *words], cwd=toy.project, env={**toy.environ, **env})


def set_up(directory: Path, toy: Toy) -> Bench:
    """Export the toy's versions, and give somebody a clone of its kernel."""
    config = directory / "sender"
    config.write_text("[user]\n\tname = Sam Sender\n\temail = sam@example.org\n")
    mail = directory / "mail"
    mail.mkdir()
    env = {"GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_SYSTEM": "/dev/null"}
    for version in ("v1", "v2"):
        letter = toy.project / "series" / version / "cover.md"
        letter.write_text("# mm: introduce toys\n\nToys are good to have.\n")
        export(toy, version, mail / f"{version}.mbx", env=env)
        export(toy, version, mail / version, "--format", "maildir", env=env)
    both = (mail / "v1.mbx").read_bytes() + (mail / "v2.mbx").read_bytes()
    (mail / "both.mbx").write_bytes(both)
    receiver = Receiver(directory / "receiver", toy.tree, toy.base_commit)
    return Bench(toy, receiver, mail)


def _am(bench: Bench) -> str:
    printed, made = bench.am("-m", bench.path("v2.mbx"))
    assert "Total patches: 2" in printed
    assert "Base: applies clean to current tree" in printed
    assert made.with_suffix(".cover").is_file()
    bench.same_tree(made, "v2")
    return (
        "2 patches and the cover letter; applies; `git am` gives the tree of `refseries apply v2`"
    )


def _am_maildir(bench: Bench) -> str:
    printed, made = bench.am("-m", bench.path("v2"))
    assert "Total patches: 2" in printed
    bench.same_tree(made, "v2")
    return "the same of an export with `--format maildir`"


@contextmanager
def _elsewhere(bench: Bench) -> Iterator[None]:
    """A branch without the files that the patches change."""
    bench.receiver.start_again()
    bench.receiver.git("checkout", "--quiet", "-B", "other", bench.toy.base_commit)
    bench.receiver.git("rm", "--quiet", "-r", "mm")
    bench.receiver.git("commit", "--quiet", "-m", "without mm")
    yield
    bench.receiver.git("checkout", "--quiet", "work")


def _am_base(bench: Bench) -> str:
    with _elsewhere(bench):
        printed = bench.receiver.b4("am", "-m", bench.path("v2.mbx"), "-o", bench.path("out"))
    (command,) = re.findall(r"git checkout -b \S+ (\S+)", printed)
    assert command == bench.toy.base_commit
    return "where they do not apply: `git checkout -b … BASE`, with the base-commit"


def _am_version(bench: Bench) -> str:
    for version in ("v1", "v2"):
        _, made = bench.am(f"-{version}", "-m", bench.path("both.mbx"))
        bench.same_tree(made, version)
    return "that version, out of a mailbox that holds both; the same with `-v2`"


def _am_latest(bench: Bench) -> str:
    printed, made = bench.am("-m", bench.path("both.mbx"))
    assert "Will use the latest revision: v2" in printed
    bench.same_tree(made, "v2")
    return "the latest version: v2"


def _am_guess(bench: Bench) -> str:
    text = Path(bench.path("v2.mbx")).read_bytes()
    text, count = re.subn(rb"^base-commit: .*\n", b"", text, flags=re.M)
    assert count == 1
    Path(bench.path("nobase.mbx")).write_bytes(text)
    with _elsewhere(bench):
        words = ("am", "-g", "-m", bench.path("nobase.mbx"), "-o", bench.path("out"))
        printed = bench.receiver.b4(*words)
    assert "attempting to guess base-commit" in printed
    found = re.search(r"Base: (\S+) \(exact match\)", printed)
    assert found, printed
    base = bench.receiver.git("rev-parse", f"{found[1]}^{{tree}}").stdout.strip()
    names = bench.receiver.git("ls-tree", "-r", base, "mm/memory.c").stdout.split()
    ours = bench.receiver.git("ls-tree", "-r", bench.toy.base_commit, "mm/memory.c").stdout.split()
    assert names[2] == ours[2]
    return "without a base-commit line: an exact match, found by the blobs of the `index` lines"


def _shazam(bench: Bench) -> str:
    bench.b4("shazam", "-m", bench.path("v2.mbx"))
    assert bench.receiver.head_tree() == bench.tree("v2")
    return "applied; the tree of `refseries apply v2`"


def _shazam_fetch(bench: Bench) -> str:
    printed = bench.b4("shazam", "-H", "-m", bench.path("v2.mbx"))
    tree = bench.receiver.git("rev-parse", "FETCH_HEAD^{tree}").stdout.strip()
    assert tree == bench.tree("v2"), printed
    parent = bench.receiver.git("rev-parse", "FETCH_HEAD~2").stdout.strip()
    assert parent == bench.toy.base_commit
    return "FETCH_HEAD: the tree of `refseries apply v2`, on the base-commit"


def _shazam_merge(bench: Bench) -> str:
    printed = bench.b4("shazam", "-M", "-m", bench.path("v2.mbx"))
    parents = bench.receiver.git("log", "-1", "--format=%P").stdout.split()
    assert len(parents) == 2, printed
    assert bench.receiver.head_tree() == bench.tree("v2")
    return "a merge commit; the tree of `refseries apply v2`"


def _diff(bench: Bench) -> str:
    printed = bench.b4("diff", "-m", bench.path("v1.mbx"), bench.path("v2.mbx"))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert "Diffing v1 and v2" in plain
    assert re.search(r"^2:  [0-9a-f]+ = 2:  [0-9a-f]+ mm: tell what a toy is$", plain, re.M), plain
    assert re.search(r"^1:  [0-9a-f]+ < -:  -+ mm: introduce toys$", plain, re.M), plain
    return "the range-diff: patch 2 unchanged, patch 1 rewritten"


def _trailers(bench: Bench) -> str:
    bench.b4("shazam", "-m", bench.path("v2.mbx"))
    before = bench.receiver.messages()
    Path(bench.path("reply.mbx")).write_bytes(
        Path(bench.path("v2.mbx")).read_bytes() + reply(Path(bench.path("v2.mbx")), 1)
    )
    words = ("trailers", "-u", "--since-commit", "HEAD~1")
    printed = bench.receiver.b4(*words, "-m", bench.path("reply.mbx"))
    after = bench.receiver.messages()
    assert TAG not in before[0]
    assert TAG in after[0], printed
    assert after[1] == before[1]
    return "adds the Reviewed-by that was sent in reply to patch 1, to that commit alone"


def _am_reply(bench: Bench) -> str:
    _, made = bench.am("-m", bench.path("reply.mbx"))
    text = made.read_text()
    assert text.count(TAG) == 1
    return "the same, in the mailbox for `git am`"


def reply(box: Path, number: int) -> bytes:
    """A mail that answers mail ``number`` of ``box`` with a tag."""
    mail = box.read_bytes().split(_FROM)[1 + number].decode()
    ident = re.search(r"^Message-ID: (.*)$", mail, re.M)
    subject = re.search(r"^Subject: (.*)$", mail, re.M)
    assert ident
    assert subject
    text = (
        f"From: Rae Reviewer <rae@example.org>\nSubject: Re: {subject[1]}\n"
        f"Date: Thu, 26 Nov 2026 12:00:00 +0000\nMessage-ID: <reply@example.org>\n"
        f"In-Reply-To: {ident[1]}\nReferences: {ident[1]}\n\nGood.\n\n{TAG}\n\n"
    )
    return _FROM + text.encode()


@contextmanager
def archive(box: Path) -> Iterator[str]:
    """A server that has ``box`` as lore has a thread; yields the value of b4.midmask."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.endswith("/t.mbox.gz")
            data = gzip.compress(box.read_bytes()) if found else b""
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/all/%s"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _prep(bench: Bench) -> str:
    box = Path(bench.path("v2.mbx"))
    head = box.read_bytes().split(_FROM)[1].decode()
    ident = re.search(r"^Message-ID: <(.*)>$", head, re.M)
    change_id = re.search(r"^X-Change-ID: (.*)$", head, re.M)
    assert ident
    assert change_id
    bench.receiver.start_again()
    with archive(box) as mask:
        words = ("-c", f"b4.midmask={mask}", "prep", "-n", "toy", "-F", ident[1])
        printed = bench.receiver.b4(*words, offline=False)
    info = bench.receiver.b4("prep", "--show-info")
    tree = bench.receiver.head_tree()
    letter = bench.receiver.git("log", "-1", "--format=%B", "HEAD~2").stdout
    bench.receiver.git("checkout", "--quiet", "work")
    assert "Toys are good to have." in letter
    assert "files changed" not in letter
    assert f"change-id: {change_id[1]}" in info, printed + info
    assert "revision: 2" in info, info
    assert tree == bench.tree("v2")
    return (
        "a prep branch with the change-id, revision and cover letter of v2; "
        "the tree of `refseries apply v2`"
    )


@dataclass(frozen=True)
class Run:
    """A row: the command as it is shown, and what runs it and says what it gave."""

    command: str
    run: Callable[[Bench], str]


RUNS = (
    Run("am -m v2.mbx -o DIR", _am),
    Run("am -m v2/ -o DIR", _am_maildir),
    Run("am -m v2.mbx -o DIR", _am_base),
    Run("am -v1 -m both.mbx -o DIR", _am_version),
    Run("am -m both.mbx -o DIR", _am_latest),
    Run("am -g -m v2.mbx -o DIR", _am_guess),
    Run("shazam -m v2.mbx", _shazam),
    Run("shazam -H -m v2.mbx", _shazam_fetch),
    Run("shazam -M -m v2.mbx", _shazam_merge),
    Run("diff -m v1.mbx v2.mbx", _diff),
    Run("trailers -u --since-commit HEAD~1 -m reply.mbx", _trailers),
    Run("am -m reply.mbx -o DIR", _am_reply),
    Run("prep -n toy -F MSGID", _prep),
)


def table(bench: Bench) -> str:
    """The document. Each row is run, in order."""
    rows = [f"| `b4 {run.command}` | {run.run(bench)} |\n" for run in RUNS]
    return HEAD + "".join(rows)


def main() -> None:
    """Run everything and print the document."""
    os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    with tempfile.TemporaryDirectory(prefix="refseries-b4-") as scratch:
        directory = Path(scratch)
        (directory / "toy").mkdir()
        sys.stdout.write(table(set_up(directory, toys.make(directory / "toy"))))


if __name__ == "__main__":
    main()
