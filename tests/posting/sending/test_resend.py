# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that is sent once more, and mails that are signed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import patatt
import pytest
import toy as toys
from delivery import command, configure, deliver, states, toml
from mailserver import Sink

from refseries.errors import SeriesError, StageError
from refseries.host import clock, proc
from refseries.host.progress import silent
from refseries.posting import export
from refseries.posting.export import ExportRequest
from refseries.posting.sending import send
from refseries.posting.sending.journal import SendState

AGAIN = ExportRequest("v3", resend=True)


def subjects(sink: Sink) -> list[str]:
    return [
        line.decode()
        for _id, _recipients, content in sink.mails
        for line in content.split(b"\r\n")
        if line.startswith(b"Subject:")
    ]


def test_a_version_is_sent_once_more(mine: toys.Toy, sink: Sink) -> None:
    deliver(mine)
    first = toml(mine)
    assert deliver(mine, AGAIN)[1] == "[PATCH RESEND v3 1/4] mm: toy 1"
    assert subjects(sink)[6] == "Subject: [PATCH RESEND v3 1/4] mm: toy 1"
    assert len(set(sink.ids)) == len(sink.ids) == 10
    again = toml(mine)
    assert again["message_id"] == first["message_id"]  # where the version was posted first
    assert again["sent"]["message_ids"] == sink.ids
    assert again["sent"]["digest"] == first["sent"]["digest"]
    assert len(deliver(mine, AGAIN)) == 5  # and nobody answers again
    assert len(set(sink.ids)) == len(sink.ids) == 15
    assert toml(mine)["sent"]["message_ids"] == sink.ids
    with pytest.raises(SeriesError, match="was sent already") as caught:
        deliver(mine)
    assert "--resend" in caught.value.hint


def test_two_sendings_in_one_second_have_ids_of_their_own(
    mine: toys.Toy, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever has the first would never see the second: archives and b4 go by the id.
    moments = iter(datetime(2026, 12, 1, 12, 0, 0, part, tzinfo=UTC) for part in (1, 2))
    monkeypatch.setattr(clock, "precise", lambda: next(moments))
    requests = [send.with_moment(AGAIN) for _ in range(2)]
    made = [
        export.make(mine.series(), mine.base(), mine.cache, request, silent) for request in requests
    ]
    one, other = ({mail.message_id for mail in mails.outgoing} for mails in made)
    assert len(one | other) == 10
    assert {b"Date: Tue, 01 Dec 2026 12:00:00 +0000" in mails.raw[0] for mails in made} == {True}


def test_what_was_never_sent_cannot_be_sent_again(mine: toys.Toy, sink: Sink) -> None:
    with pytest.raises(SeriesError, match="v3 was not sent yet"):
        deliver(mine, AGAIN)
    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine)
    with pytest.raises(SeriesError, match="v3 was not sent yet") as caught:
        deliver(mine, AGAIN)  # what is meant is to go on
    assert "goes on with what an interrupted sending left" in caught.value.hint
    assert len(sink.ids) == 2
    assert len(deliver(mine)) == 3


def test_a_resending_that_was_interrupted_goes_on(mine: toys.Toy, sink: Sink) -> None:
    deliver(mine)
    sink.refuse = 8
    with pytest.raises(StageError) as caught:
        deliver(mine, AGAIN)
    assert "`refseries send v3 --resend`" in caught.value.hint
    assert states(mine, "v3-resend")[:3] == [SendState.SENT, SendState.SENT, SendState.REFUSED]
    assert len(toml(mine)["sent"]["message_ids"]) == 5
    with pytest.raises(SeriesError, match="was sent already") as refused:
        deliver(mine)
    assert refused.value.hint == "Its resending was interrupted; --resend goes on with it."
    assert len(deliver(mine, AGAIN)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 10
    assert toml(mine)["sent"]["message_ids"] == sink.ids
    assert not (mine.project / ".refseries/send/v3-resend").exists()


def test_the_command_sends_once_more(mine: toys.Toy, sink: Sink) -> None:
    for words in ((), ("--resend",)):
        argv, env = command(mine, "send", "v3", "--yes", *words)
        done = proc.run(argv, env=env, check=False)
        assert done.returncode == 0, done.stderr
    assert "[PATCH RESEND v3 0/4]" in done.stdout
    assert len(sink.ids) == 10


@pytest.fixture
def keys(mine: toys.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key of the sender's; gives the folder of public keys."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(patatt, "KEYCACHE", {})
    program = Path(sys.executable).with_name("patatt")
    proc.run([program, "genkey", "-n", "toykey"], cwd=mine.project)
    with (mine.directory / "gitconfig").open("a") as stream:
        stream.write("[patatt]\n\tsigningkey = ed25519:toykey\n\tselector = toykey\n")
    return tmp_path / "data/patatt/public"


def verdicts(mail: bytes, keys: Path) -> list[int]:
    return [result[0] for result in patatt.validate_message(mail, [str(keys)])]


def test_mails_arrive_with_a_signature_that_holds(mine: toys.Toy, sink: Sink, keys: Path) -> None:
    argv, env = command(mine, "send", "v3", "--yes", "--sign")
    done = proc.run(argv, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert len(sink.mails) == 5
    for _id, _recipients, content in sink.mails:
        assert verdicts(content, keys) == [patatt.RES_VALID]
        assert verdicts(content.replace(b"int t;", b"int u;"), keys) != [patatt.RES_VALID] or (
            b"int t;" not in content
        )


def test_a_signed_sending_goes_on_with_the_mails_that_were_signed(
    mine: toys.Toy, sink: Sink, keys: Path
) -> None:
    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine, ExportRequest("v3", sign=True))
    configure(mine, smtpServerPort=str(sink.port))
    assert len(deliver(mine)) == 3  # whether --sign is said again or not
    assert [verdicts(content, keys) for _i, _r, content in sink.mails] == [[patatt.RES_VALID]] * 5


def test_without_a_key_nothing_is_sent(
    mine: toys.Toy, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    argv, env = command(mine, "send", "v3", "--yes", "--sign")
    done = proc.run(argv, env=env, check=False)
    assert (done.returncode, sink.ids) == (3, [])
    assert "genkey" in done.stderr
