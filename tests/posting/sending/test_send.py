# SPDX-License-Identifier: GPL-2.0-or-later
"""A version sent to a real server that refuses, closes, hangs, or is slow."""

from __future__ import annotations

import os
import signal
import threading

import mailserver
import pytest
import toy as toys
from delivery import ME, PEOPLE, command, configure, deliver, states, toml
from mailserver import Sink
from waiting import SECONDS, until

from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.posting.export import ExportRequest
from refseries.posting.recipients import SuppressCc
from refseries.posting.sending import send, smtp_config, transport
from refseries.posting.sending.journal import SendState
from refseries.series import store


def test_everything_arrives_once_and_the_version_is_marked(mine: toys.Toy, sink: Sink) -> None:
    assert len(deliver(mine)) == 5
    assert [recipients for _id, recipients, _content in sink.mails] == [PEOPLE] * 5
    data = toml(mine)
    assert data["sent"]["message_ids"] == sink.ids
    assert data["message_id"] == sink.ids[0]
    assert store.version(mine.series(), "v3").sent is not None
    content = sink.mails[1][2]
    assert b"Subject: [PATCH v3 1/4] mm: toy 1\r\n" in content
    assert sink.goodbyes == 1  # RFC 5321, 4.1.1.10: nobody leaves without
    with pytest.raises(SeriesError, match="v3 was sent already on 20"):
        deliver(mine)
    assert len(sink.ids) == 5


def test_a_sent_version_never_changes(mine: toys.Toy) -> None:
    deliver(mine)
    cover = mine.project / "series/v3/cover.md"
    before = cover.read_text()
    cover.write_text(before + "more\n")
    with pytest.raises(SeriesError, match="v3 was sent, and is not what was sent any more"):
        mine.series()
    cover.write_text(before)
    mine.series()


def test_comments_and_fixups_of_version_toml_stay(mine: toys.Toy) -> None:
    path = mine.project / "series/v2/version.toml"
    text = path.read_text()
    path.write_text(f"# a comment\n{text}")
    send.record(store.version(mine.series(), "v2"), ["a@b", "c@d"])
    after = path.read_text()
    assert after.startswith("# a comment\n")
    assert max(map(len, after.splitlines())) < 120  # for people to read
    version = store.version(mine.series(), "v2")
    assert version.message_id == "a@b"
    assert len(version.fixups) == 2


def test_the_server_refuses_the_third_of_five(mine: toys.Toy, sink: Sink) -> None:
    sink.refuse = 3
    with pytest.raises(StageError, match="554 looks like spam") as caught:
        deliver(mine)
    assert "2 of 5 mails are sent" in caught.value.hint
    assert [str(state) for state in states(mine)] == ["sent", "sent", "refused", *["waiting"] * 2]
    assert "sent" not in toml(mine)
    assert len(deliver(mine)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 5
    assert toml(mine)["sent"]["message_ids"] == sink.ids


def test_a_recipient_is_refused_and_nobody_gets_that_mail(mine: toys.Toy, sink: Sink) -> None:
    sink.unknown_address = PEOPLE[1]
    with pytest.raises(StageError, match=f"{PEOPLE[1]}: 550 no such user"):
        deliver(mine)
    assert sink.ids == []
    sink.unknown_address = ""
    assert len(deliver(mine)) == 5


@pytest.mark.parametrize("fault", ["close", "hang"])
def test_a_mail_whose_fate_is_not_known(mine: toys.Toy, sink: Sink, fault: str) -> None:
    setattr(sink, fault, 2)
    with pytest.raises(StageError, match="nobody knows whether the server took it"):
        deliver(mine, timeout=3.0 if fault == "hang" else SECONDS)
    assert states(mine)[1] is SendState.TRYING
    with pytest.raises(
        SeriesError, match=r"may or may not have taken `\[PATCH v3 1/4\] mm: toy 1`"
    ) as caught:
        deliver(mine)
    assert "--unsure sent" in caught.value.hint
    assert len(sink.ids) == 2  # it did take it
    assert len(deliver(mine, unsure=SendState.SENT)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 5


@pytest.mark.parametrize(
    "answer", ["251 ok", "200 ok", "354 go on", "999 ok", "0", "ok", "", "\xff", "x" * 9000]
)
def test_an_answer_that_refuses_nothing_for_certain(
    mine: toys.Toy, sink: Sink, answer: str
) -> None:
    sink.answers[2] = answer
    with pytest.raises(StageError, match="nobody knows whether the server took it"):
        deliver(mine)
    assert states(mine)[1] is SendState.TRYING
    done = run(mine, "send", "v3", "--yes")
    assert (done.returncode, "--unsure again" in done.stderr) == (2, True)
    assert len(sink.ids) == 2  # it did take it
    assert len(deliver(mine, unsure=SendState.SENT)) == 3
    assert len(set(sink.ids)) == len(sink.ids) == 5


@pytest.mark.parametrize("answer", ["451 try later", "554 spam", "421 going down"])
def test_an_answer_that_refuses_for_certain(mine: toys.Toy, sink: Sink, answer: str) -> None:
    sink.answers[2] = answer
    with pytest.raises(StageError, match=f"the server refused it: {answer}"):
        deliver(mine)
    assert states(mine)[1] is SendState.REFUSED


def test_a_mail_of_unknown_fate_is_sent_again_when_the_user_says_so(
    mine: toys.Toy, sink: Sink
) -> None:
    sink.close = 2
    with pytest.raises(StageError):
        deliver(mine)
    assert len(deliver(mine, unsure=SendState.WAITING)) == 4
    assert (len(sink.ids), len(set(sink.ids))) == (6, 5)


def test_a_server_that_is_not_there(mine: toys.Toy) -> None:
    with mailserver.running() as gone:
        port = gone.port
    mine.git(
        "config", "--file", str(mine.directory / "gitconfig"), "sendemail.smtpServerPort", str(port)
    )
    with pytest.raises(StageError, match="the mail server cannot be used") as caught:
        deliver(mine)
    assert "Nothing was sent" in caught.value.hint
    assert not (mine.project / ".refseries/send/v3").exists()


def test_a_version_that_nobody_would_get(mine: toys.Toy, sink: Sink) -> None:
    toml = mine.project / "series/series.toml"
    people = 'to = ["linux-toys@example.org"]\ncc = ["Mai <mai@example.org>"]'
    assert people in toml.read_text()
    toml.write_text(toml.read_text().replace(people, "to = []"))
    with pytest.raises(SeriesError, match="nobody would get it"):
        deliver(mine, ExportRequest("v3", suppress=frozenset({SuppressCc.ALL})))
    assert sink.ids == []
    assert not (mine.project / ".refseries/send/v3").exists()


def test_reflect_goes_to_the_sender_alone_and_is_no_sending(mine: toys.Toy, sink: Sink) -> None:
    assert len(deliver(mine, reflect=True)) == 5
    assert {recipients for _id, recipients, _content in sink.mails} == {(ME,)}
    assert b"To: linux-toys@example.org" in sink.mails[0][2]
    assert "sent" not in toml(mine)
    assert len(deliver(mine)) == 5


def test_a_login(mine: toys.Toy) -> None:
    config = str(mine.directory / "gitconfig")
    with mailserver.running(password="secret") as guarded:
        for key, value in (("Port", str(guarded.port)),):
            mine.git("config", "--file", config, f"sendemail.smtpServer{key}", value)
        mine.git("config", "--file", config, "sendemail.smtpUser", "sen")
        mine.git("config", "--file", config, "sendemail.smtpPass", "wrong")
        with pytest.raises(StageError, match="535"):
            deliver(mine)
        # git's credential helpers are asked where the configuration has no password.
        mine.git("config", "--file", config, "--unset", "sendemail.smtpPass")
        mine.git(
            "config", "--file", config, "credential.helper", "!f() { echo password=secret; }; f"
        )
        assert len(deliver(mine)) == 5
        assert len(guarded.ids) == 5


def test_configurations(mine: toys.Toy) -> None:
    config = str(mine.directory / "gitconfig")

    def configure(*pairs: tuple[str, str]) -> smtp_config.Server:
        for key, value in pairs:
            mine.git("config", "--file", config, key, value)
        return smtp_config.configured(mine.project)

    found = configure(
        ("sendemail.smtpServer", "mail.example.org"), ("sendemail.smtpEncryption", "tls")
    )
    assert (found.host, found.encryption) == ("mail.example.org", "tls")
    mine.git("config", "--file", config, "--unset", "sendemail.smtpServerPort")
    assert configure(("sendemail.smtpEncryption", "ssl")).port == 465
    found = configure(
        ("sendemail.identity", "work"), ("sendemail.work.smtpServer", "work.example.org")
    )
    assert found.host == "work.example.org"
    with pytest.raises(HostError, match="in the clear"):
        configure(("sendemail.smtpUser", "sen"), ("sendemail.smtpEncryption", ""))
    with pytest.raises(HostError, match="no way to encrypt"):
        configure(("sendemail.smtpEncryption", "rot13"))
    found = configure(("sendemail.sendmailCmd", "msmtp -a 'my work'"))
    assert found.command == ("msmtp", "-a", "my work")


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("smtpServerPort", "9" * 5000, "is no port"),
        ("smtpServerPort", "²", "is no port"),
        ("smtpDomain", "host\nMAIL FROM:<x@example.org>", "cannot be the name of this machine"),
        ("smtpDomain", "hôte", "cannot be the name of this machine"),
        ("smtpServer", "mail..example.org", "cannot be the name of a server"),
        ("smtpServer", f"{'m' * 70}.example.org", "cannot be the name of a server"),
    ],
)
def test_what_no_server_can_be_is_named(
    mine: toys.Toy, sink: Sink, key: str, value: str, what: str
) -> None:
    configure(mine, **{key: value})
    with pytest.raises(HostError, match=what) as caught:
        deliver(mine)
    assert caught.value.where == f"sendemail.{key}"
    assert sink.mails == []


def test_a_configuration_that_git_cannot_read_is_told_in_its_words(mine: toys.Toy) -> None:
    (mine.directory / "gitconfig").write_text("[user\n")
    with pytest.raises(HostError, match="git cannot read its configuration") as caught:
        smtp_config.configured(mine.project)
    assert "bad config line 1" in caught.value.detail


def test_every_option_for_a_program_is_kept(mine: toys.Toy) -> None:
    # `msmtp work` for `msmtp -a work` would mail somebody called work, from another account.
    config = str(mine.directory / "gitconfig")
    mine.git("config", "--file", config, "sendemail.smtpServer", "/usr/bin/msmtp")
    for option in ("-a", "work"):
        mine.git("config", "--file", config, "--add", "sendemail.smtpServerOption", option)
    assert smtp_config.configured(mine.project).command == ("/usr/bin/msmtp", "-a", "work")
    mine.git("config", "--file", config, "sendemail.sendmailCmd", "msmtp --debug")
    assert smtp_config.configured(mine.project).command == ("msmtp", "--debug", "-a", "work")
    mine.git("config", "--file", config, "sendemail.identity", "home")
    mine.git("config", "--file", config, "sendemail.home.smtpServerOption", "--account=home")
    assert smtp_config.configured(mine.project).command == ("msmtp", "--debug", "--account=home")


def test_a_program_like_sendmail(mine: toys.Toy, sink: Sink) -> None:
    program = mine.directory / "mailer"
    out = mine.directory / "out"
    program.write_text(f'#!/bin/sh\necho "$@" >>{out}\ncat >>{out}\n[ ! -e {out}.fail ]\n')
    program.chmod(0o755)
    mine.git(
        "config", "--file", str(mine.directory / "gitconfig"), "sendemail.sendmailCmd", str(program)
    )
    assert len(deliver(mine)) == 5
    text = out.read_text()
    assert text.count(f"-i -f {ME} -- {' '.join(PEOPLE)}\n") == 5
    assert sink.ids == []


@pytest.mark.parametrize(
    ("end", "state"),
    # sysexits.h: of EX_TEMPFAIL, sendmail(8) says that the mail is in its queue.
    [
        ("exit 75", SendState.TRYING),
        ("kill $$", SendState.TRYING),
        ("exit 143", SendState.TRYING),
        ("exit 1", SendState.REFUSED),
        ("exit 69", SendState.REFUSED),
    ],
)
def test_how_a_program_like_sendmail_fails(mine: toys.Toy, end: str, state: SendState) -> None:
    program = mine.directory / "mailer"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{end}\n")
    program.chmod(0o755)
    mine.git(
        "config", "--file", str(mine.directory / "gitconfig"), "sendemail.sendmailCmd", str(program)
    )
    with pytest.raises(StageError):
        deliver(mine)
    assert states(mine)[0] is state


def run(toy: toys.Toy, *words: str) -> proc.Completed:
    argv, env = command(toy, *words)
    return proc.run(argv, env=env, check=False)


def test_dry_run_shows_who_gets_what(mine: toys.Toy, sink: Sink) -> None:
    done = run(mine, "send", "v3", "--dry-run")
    assert done.returncode == 0, done.stderr
    rows = [line.strip().split(maxsplit=1) for line in done.stdout.splitlines()]
    assert ["from", f"Sen Der <{ME}>"] in rows
    assert ["to", PEOPLE[0]] in rows
    assert ["cc", PEOPLE[1]] in rows
    assert ["by", f"127.0.0.1:{sink.port}"] in rows
    assert done.stdout.endswith("\n5 mails to 2 addresses; nothing was sent.\n")
    assert sink.ids == []
    assert not (mine.project / ".refseries/send/v3").exists()


def test_nobody_to_ask(mine: toys.Toy, sink: Sink) -> None:
    done = run(mine, "send", "v3")
    assert done.returncode == 2
    assert "nobody can be asked" in done.stderr
    assert sink.ids == []


def test_the_command_sends(mine: toys.Toy, sink: Sink) -> None:
    done = run(mine, "send", "v3", "--yes")
    assert done.returncode == 0, done.stderr
    assert "v3 is sent." in done.stdout
    assert len(sink.ids) == 5


def test_two_sendings_at_once(mine: toys.Toy, sink: Sink) -> None:
    gate = threading.Event()

    def hold(_number: int) -> None:
        gate.wait(SECONDS)

    sink.during = hold
    argv, env = command(mine, "send", "v3", "--yes")
    with proc.start(argv, env=env) as first:
        until(lambda: sink.count or first.poll() is not None)
        done = run(mine, "send", "v3", "--yes")
        assert done.returncode == 1, done.stderr
        assert "is being sent by another refseries" in done.stderr
        gate.set()
        assert first.wait(SECONDS) == 0
    assert len(set(sink.ids)) == len(sink.ids) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle(mine: toys.Toy, sink: Sink, number: signal.Signals) -> None:
    sink.lose = 3
    argv, env = command(mine, "send", "v3", "--yes")
    with proc.start(argv, env=env) as first:
        until(lambda: sink.count == 3 or first.poll() is not None)
        assert first.poll() is None
        os.kill(first.pid, number)
        assert first.wait(SECONDS) == (130 if number is signal.SIGINT else -9)
    done = run(mine, "send", "v3", "--yes")
    assert done.returncode == 2
    assert "may or may not have taken" in done.stderr
    assert len(sink.ids) == 2  # this one lost what it had not answered yet
    done = run(mine, "send", "v3", "--yes", "--unsure", "again")
    assert done.returncode == 0, done.stderr
    assert len(set(sink.ids)) == len(sink.ids) == 5


@pytest.mark.parametrize("mail", [b"A: b\n\nint a;\r\n", b"A: b\n\n" + b"x" * 999 + b"\n"])
def test_what_a_server_would_change_is_not_sent(mail: bytes) -> None:
    with pytest.raises(SeriesError, match="which mail servers change"):
        transport.check_wire(mail, "a mail")


def test_the_changelog_comes_from_the_tasks_as_in_an_export(mine: toys.Toy, sink: Sink) -> None:
    feedback = mine.project / "series" / "feedback"
    feedback.mkdir()
    (feedback / "v2-rae.toml").write_text(
        'schema = 1\nversion = "v2"\ndate = 2026-11-21T10:00:00Z\nmessage_id = "r@example.org"\n'
        'reviewer = { name = "Rae Reviewer", email = "rae@example.org" }\n\n[[task]]\n'
        'id = "v2-rae-1"\nkind = "change"\nstate = "settled"\nsettled_in = "v3"\n'
        'summary = "make it small"\n'
    )
    done = run(mine, "send", "v3", "--yes", "--no-check")
    assert done.returncode == 0, done.stderr
    assert b"Changes in v3:\r\n\r\n- Make it small (Rae Reviewer)\r\n" in sink.mails[0][2]
