# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that can be read but once: from standard input, and from a pipe by its name."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest
import toy as toys
from mail_threads import RITA, mail, series

from refseries.host import proc

# Each, and the line of what it says that tells what came of the mails.
COMMANDS = [
    (("check-mail", "--quiet"), -1),
    (("import", "--quiet", "--as", "v3"), 0),
    (("feedback", "import", "--quiet", "--dry-run"), -1),
]


def thread() -> bytes:
    """A series and a review of it."""
    mails = series("PATCH v2", "q", ("a", "b"))
    mails.append(mail("Re: [PATCH v2 1/2] mm: word 1", "r1", "> a\n\nWhy?\n", "q1", RITA))
    return b"".join(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + each + b"\n" for each in mails)


@pytest.mark.parametrize(("words", "line"), COMMANDS)
def test_they_are_as_those_of_a_file(
    toy: toys.Toy, tmp_path: Path, words: tuple[str, ...], line: int
) -> None:
    told = []
    for name in ("file", "pipe", "-"):
        path = tmp_path / name
        if name == "file":
            path.write_bytes(thread())
        elif name == "pipe":
            os.mkfifo(path)
            threading.Thread(target=path.write_bytes, args=(thread(),), daemon=True).start()
        done = proc.run(
            [*toys.COMMAND, "-C", str(toy.project), *words, name if name == "-" else str(path)],
            env=toy.environ, stdin=thread() if name == "-" else None,
        )  # fmt: skip
        told.append(done.stdout.splitlines()[line])
        shutil.rmtree(toy.project / "series/v3", ignore_errors=True)
    assert told == [told[0]] * 3
