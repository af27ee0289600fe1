# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk with the journal runs full: nothing is sent that cannot be remembered."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy as toys
from delivery import command, deliver, states, toml
from mailserver import Sink

from refseries.errors import HostError
from refseries.host import proc
from refseries.posting.sending.journal import SendState

BLOCK = 4096

Test = Callable[..., None]


def root(test: Test) -> Test | None:
    """Only root of some namespace may mount; for others there is test_as_root_of_a_namespace.

    Not a skip: none of the tests is left out, and a skip would look as if one were.
    """
    return None if os.geteuid() else test


@pytest.fixture
def disk(mine: toys.Toy) -> Iterator[Path]:
    """A file system of its own on ``.refseries``, with 64 kB."""
    path = mine.project / ".refseries"
    path.mkdir()
    proc.run(["mount", "-t", "tmpfs", "-o", "size=64k", "refseries-test", path])
    yield path
    proc.run(["umount", "--lazy", path])


if os.geteuid():

    def test_as_root_of_a_namespace(tmp_path: Path) -> None:
        own = f"--basetemp={tmp_path}/inner"  # the usual place may be another root's
        python = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", own, __file__]
        proc.run(["unshare", "--user", "--map-root-user", "--mount", *python])


def fill(disk: Path) -> None:
    """Fill the journal's last block with a line that says nothing, and take all other blocks."""
    line = b'{"id": "none", "state": "waiting"%s}\n'
    journal = disk / "send/v3/journal.jsonl"
    if journal.exists() and (size := journal.stat().st_size) % BLOCK:
        with journal.open("ab") as stream:
            stream.write(line % (b" " * (-(size + len(line) - 2) % BLOCK)))
        assert journal.stat().st_size % BLOCK == 0
    take_blocks(disk)


def take_blocks(disk: Path) -> None:
    info = os.statvfs(disk)
    with (disk / "filler").open("ab") as stream:
        stream.write(b"\0" * (info.f_bavail * info.f_frsize))


def empty(disk: Path) -> None:
    (disk / "filler").unlink()


@root
def test_no_room_for_the_mails(mine: toys.Toy, sink: Sink, disk: Path) -> None:
    (disk / "send").mkdir()
    (disk / "send/v3.lock").touch()
    (disk / ".gitignore").write_text("*\n")
    fill(disk)
    argv, env = command(mine, "send", "v3", "--yes")
    done = proc.run(argv, env=env, check=False)
    assert (done.returncode, sink.ids) == (3, []), done.stderr
    assert "the disk is full" in done.stderr
    assert sorted(path.name for path in (disk / "send").iterdir()) == ["v3.lock"]
    assert (disk / ".gitignore").read_text() == "*\n"
    empty(disk)
    assert len(deliver(mine)) == 5


@root
def test_full_before_a_mail(mine: toys.Toy, sink: Sink, disk: Path) -> None:
    sink.before = lambda number: fill(disk) if number == 3 else None
    with pytest.raises(HostError, match="it was not sent, since that could not be") as caught:
        deliver(mine)
    assert "2 of 5 mails are sent." in caught.value.hint
    assert "`refseries send v3`" in caught.value.hint
    assert len(sink.ids) == 2
    assert states(mine)[:3] == [SendState.SENT, SendState.SENT, SendState.WAITING]
    with pytest.raises(HostError, match="No space left on device"):
        deliver(mine)  # it is still full
    assert len(sink.ids) == 2
    sink.before = lambda _number: None
    empty(disk)
    assert len(deliver(mine)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 5
    assert toml(mine)["sent"]["message_ids"] == sink.ids


@root
def test_full_while_a_mail_goes_out(mine: toys.Toy, sink: Sink, disk: Path) -> None:
    sink.during = lambda number: fill(disk) if number == 3 else None
    with pytest.raises(HostError, match="it is sent, which cannot be written down") as caught:
        deliver(mine)
    assert "3 of 5 mails are sent." in caught.value.hint
    assert "`refseries send v3 --unsure sent`" in caught.value.hint
    assert len(sink.ids) == 3
    with pytest.raises(HostError, match="it is sent, which cannot be written down"):
        deliver(mine, unsure=SendState.SENT)  # it is still full
    empty(disk)
    assert len(deliver(mine, unsure=SendState.SENT)) == 2
    assert len(set(sink.ids)) == len(sink.ids) == 5


@root
def test_full_while_a_mail_is_refused(mine: toys.Toy, sink: Sink, disk: Path) -> None:
    sink.refuse = 3
    sink.during = lambda number: fill(disk) if number == 3 else None
    with pytest.raises(HostError, match="the server refused it, which cannot be") as caught:
        deliver(mine)
    assert "`refseries send v3 --unsure again`" in caught.value.hint
    empty(disk)
    sink.during = lambda _number: None
    assert len(deliver(mine, unsure=SendState.WAITING)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 5


@root
def test_full_when_all_is_sent(mine: toys.Toy, sink: Sink, disk: Path) -> None:
    """The version lies on the full disk, and cannot be marked."""
    inside = disk / "v3"
    place = mine.project / "series/v3"
    shutil.move(place, inside)
    place.symlink_to(inside)
    sink.during = lambda number: take_blocks(disk) if number == 5 else None
    with pytest.raises(HostError, match="all mails are sent, but that cannot") as caught:
        deliver(mine)
    assert caught.value.where == str(place / "version.toml")
    assert "sent" not in toml(mine)
    empty(disk)
    assert deliver(mine) == []
    assert len(sink.ids) == 5
    assert toml(mine)["sent"]["message_ids"] == sink.ids
