# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads written out by hand, as people send them: series, answers, additions, on the toy."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import posted_series
import toy as toys

from refseries.host import proc

ANN = "Ann Author <ann@example.org>"
RITA = "Rita Review <rita@example.org>"
BOB = "Bob Builder <bob@example.org>"


def mail(
    subject: str,
    ident: str,
    body: str,
    above: str = "",
    sender: str = ANN,
    *,
    day: int = 10,
    headers: str = "",
) -> bytes:
    """One mail; ``ident`` and ``above`` are its id and that of what it answers."""
    answers = f"In-Reply-To: <{above}@x>\nReferences: <{above}@x>\n" if above else ""
    return (
        f"From: {sender}\nTo: list@example.org\nSubject: {subject}\n"
        f"Date: Tue, {day} Nov 2026 10:00:0{sum(map(ord, ident)) % 10} +0000\n"
        f"Message-ID: <{ident}@x>\n{answers}{headers}\n{body}\n"
    ).encode()


def patch(
    at: int, new: str, *, signed: str = ANN, said: str = "Why it is so.", git: bool = True
) -> str:
    """The body of a patch that changes line ``at`` of mm/memory.c; without ``git``, by diff -u."""
    before = "".join(f" int line_{number};\n" for number in range(at - 3, at))
    after = "".join(f" int line_{number};\n" for number in range(at + 1, at + 4))
    first = "diff --git a/mm/memory.c b/mm/memory.c\n" if git else ""
    return (
        f"{said}\n\nSigned-off-by: {signed}\n---\n mm/memory.c | 2 +-\n"
        f" 1 file changed, 1 insertion(+), 1 deletion(-)\n\n{first}--- a/mm/memory.c\n"
        f"+++ b/mm/memory.c\n@@ -{at - 3},7 +{at - 3},7 @@\n{before}-int line_{at};\n+int {new};\n"
        f"{after}-- \n2.43.0\n"
    )


def series(
    prefix: str,
    ident: str,
    news: Sequence[str],
    above: str = "",
    *,
    cover: bool = True,
    threaded: bool = True,
    day: int = 10,
) -> list[bytes]:
    """A posting: patches of lines 10, 20, … with their new words; its ids are ident0, ident1, …"""
    total = len(news)
    mails = []
    if cover:
        body = "All of it.\n\n mm/memory.c | 2 +-\n 1 file changed, 1 insertion(+)\n"
        mails = [mail(f"[{prefix} 0/{total}] mm: words", f"{ident}0", body, above, day=day)]
    for number, new in enumerate(news, 1):
        top = f"{ident}0" if cover else f"{ident}1" if number > 1 else above
        subject = f"[{prefix} {number}/{total}] mm: word {number}"
        text = patch(number * 10, new)
        mails.append(mail(subject, f"{ident}{number}", text, top if threaded else "", day=day))
    return mails


def tag(ident: str, above: str, sender: str = RITA, name: str = "Reviewed-by") -> bytes:
    """An answer that gives a trailer."""
    return mail("Re: [PATCH] mm: words", ident, f"> words\n\n{name}: {sender}\n", above, sender)


def by_b4(toy: toys.Toy, mails: Iterable[bytes], *words: str) -> str:
    """What `git am` makes of what `b4 am` makes of the mails: authors, messages and trees."""
    path = posted_series.mboxrd(toy.directory / "for-b4.mbox", mails)
    out = toy.directory / "b4"
    b4 = [sys.executable, "-m", "b4.command", "-n", "--offline-mode", "am", "-m", str(path)]
    proc.run([*b4, *words, "-o", str(out), "-n", "t"], cwd=toy.tree, env=_home(toy))
    (made,) = out.glob("*.mbx")
    toy.at_base()
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    toy.git(*identity, "am", "--quiet", "--patch-format=mboxrd", str(made))
    told = toy.git("log", "--format=%an <%ae>%n%B%T", f"v{toys.RELEASE}..HEAD")
    toy.at_base()
    return told


def ours(toy: toys.Toy, commit: str) -> str:
    """The same of a commit that refseries made."""
    return toy.git("log", "--format=%an <%ae>%n%B%T", f"v{toys.RELEASE}..{commit}")


def _home(toy: toys.Toy) -> dict[str, str]:
    return {"HOME": str(toy.directory)}


def write(directory: Path, files: dict[str, bytes]) -> Path:
    """A folder with files in it."""
    directory.mkdir(parents=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return directory
