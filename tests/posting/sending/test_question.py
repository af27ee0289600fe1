# SPDX-License-Identifier: GPL-2.0-or-later
"""The question before anything leaves, asked on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from dataclasses import dataclass, field

import mailserver
import pytest
import toy as toys
from delivery import ME, PEOPLE, command, configure, deliver, toml
from mailserver import Sink

from refseries.errors import StageError
from refseries.host import proc

QUESTION = "Send 5 mails to 2 addresses? [y/N]: "
CTRL_C, CTRL_D = "\x03", "\x04"


@dataclass
class Terminal:
    """A pseudo terminal that a command runs on: what it shows, and keys to press."""

    keyboard: int
    shown: str = ""
    _raw: bytearray = field(default_factory=bytearray)

    def wait_for(self, text: str, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            assert self.read(0.1), self.shown

    def read(self, seconds: float) -> bool:
        """Read what is there; False at the end."""
        if select.select([self.keyboard], [], [], seconds)[0]:
            try:
                self._raw += os.read(self.keyboard, 4096)
            except OSError:  # EIO: nobody has it open any more
                return False
        text = self._raw.decode("utf-8", "replace").replace("\r\n", "\n")
        self.shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
        return True

    def press(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())


def on_terminal(toy: toys.Toy, words: tuple[str, ...], question: str, keys: str) -> tuple[int, str]:
    """Run the command on a terminal of its own, press ``keys`` when it asks; status and screen."""
    argv, env = command(toy, *words)
    main, side = pty.openpty()
    with (
        open(side, "r+b", buffering=0) as ours,  # noqa: PTH123
        # The terminal must be the session's own, or Ctrl-C is no signal.
        proc.start(
            ["setsid", "--ctty", "--wait", *argv],
            env={**env, "TERM": "xterm", "COLUMNS": "80"}, stdin=ours, stdout=ours, stderr=ours,
        ) as process,
    ):  # fmt: skip
        ours.close()
        terminal = Terminal(main)
        terminal.wait_for(question)
        terminal.press(keys)
        deadline = time.monotonic() + 80.0
        while terminal.read(0.1) and process.poll() is None:
            assert time.monotonic() < deadline, terminal.shown
        while terminal.read(0.0) and select.select([main], [], [], 0)[0]:
            pass
        status = process.wait(120)
    os.close(main)
    assert status is not None
    return status, terminal.shown


def test_yes_sends(mine: toys.Toy, sink: Sink) -> None:
    status, shown = on_terminal(mine, ("send", "v3"), QUESTION, "y\n")
    assert (status, len(sink.ids)) == (0, 5), shown
    asked = shown.index(QUESTION)
    for text in (f"from     Sen Der <{ME}>", f"to       {PEOPLE[0]}", f"cc       {PEOPLE[1]}"):
        assert 0 <= shown.find(text) < asked, shown
    assert shown.index("v3 is sent.") > asked


@pytest.mark.parametrize(
    "keys", ["n\n", "\n", CTRL_D, CTRL_C, f"perhaps\n{CTRL_D}"],
    ids=["no", "enter", "end-of-input", "interrupt", "nonsense"],
)  # fmt: skip
def test_anything_else_sends_nothing(mine: toys.Toy, sink: Sink, keys: str) -> None:
    status, shown = on_terminal(mine, ("send", "v3"), QUESTION, keys)
    assert (status, sink.ids) == (130, []), shown
    assert "refseries: nothing was sent." in shown
    assert not (mine.project / ".refseries/send/v3").exists()
    assert len(deliver(mine)) == 5  # and nothing is in the way of a later one


def test_what_is_asked_when_some_of_it_went_out_before(mine: toys.Toy, sink: Sink) -> None:
    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine)
    asked = "Send 3 mails to 2 addresses? [y/N]: "
    status, shown = on_terminal(mine, ("send", "v3"), asked, "n\n")
    assert (status, len(sink.ids)) == (130, 2)
    assert "refseries: nothing more was sent." in shown
    status, shown = on_terminal(mine, ("send", "v3"), asked, "Y\n")
    assert (status, len(set(sink.ids)), len(sink.ids)) == (0, 5, 5), shown


def test_what_is_asked_of_mails_whose_fate_is_not_known(mine: toys.Toy, sink: Sink) -> None:
    sink.close = 4
    with pytest.raises(StageError):
        deliver(mine)
    words = ("send", "v3", "--unsure")
    one = "Send 1 mail to 2 addresses? [y/N]: "
    assert on_terminal(mine, (*words, "sent"), one, "n\n")[0] == 130
    two = "Send 2 mails to 2 addresses? [y/N]: "
    assert on_terminal(mine, (*words, "again"), two, "n\n")[0] == 130
    assert on_terminal(mine, (*words, "sent"), one, "y\n")[0] == 0
    assert len(set(sink.ids)) == len(sink.ids) == 5


def test_what_is_asked_before_mail_to_oneself(mine: toys.Toy, sink: Sink) -> None:
    asked = "Send 5 mails to yourself alone? [y/N]: "
    status, shown = on_terminal(mine, ("send", "v3", "--reflect"), asked, "y\n")
    assert status == 0, shown
    assert f"to       {ME} alone" in shown
    assert PEOPLE[0] not in shown
    assert {recipients for _id, recipients, _content in sink.mails} == {(ME,)}


def test_nothing_is_asked_where_nothing_is_left(mine: toys.Toy) -> None:
    """All mails went out, but the last run could not say so in version.toml."""
    path = mine.project / "series/v3/version.toml"
    before = path.read_text()
    with mailserver.running() as sink:
        configure(mine, smtpServerPort=str(sink.port))
        assert len(deliver(mine)) == 5
    path.write_text(before)
    argv, env = command(mine, "send", "v3", "--dry-run")
    shown = proc.run(argv, env=env).stdout
    assert "All of it is sent; `refseries send v3` has only to write that down." in shown
    argv, env = command(mine, "send", "v3")  # neither a terminal nor a server
    done = proc.run(argv, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert "v3 is sent." in done.stdout
    assert toml(mine)["sent"]["message_ids"] == sink.ids
