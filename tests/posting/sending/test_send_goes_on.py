# SPDX-License-Identifier: GPL-2.0-or-later
"""A sending that was interrupted, and what was done to the version or the journal meanwhile."""

from __future__ import annotations

import json
import shutil

import pytest
import toy as toys
from delivery import PEOPLE, command, deliver, states, toml
from mailserver import Sink

from refseries.errors import SeriesError, StageError
from refseries.host import proc
from refseries.model import Identity
from refseries.posting.export import ExportRequest
from refseries.posting.recipients import RecipientSources, recipients_of
from refseries.posting.sending.journal import SendState
from refseries.report import gather


def test_whom_the_user_named_is_known_to_later_versions(mine: toys.Toy, sink: Sink) -> None:
    """Also where the sending was interrupted, and goes on without the option."""
    sink.refuse = 3
    carl = Identity('Carl "C" Copy', "carl@example.org")
    with pytest.raises(StageError):
        deliver(mine, ExportRequest("v3", cc=(carl, Identity("", "list@example.org"))))
    deliver(mine)
    named = {"carl@example.org", "list@example.org"}
    assert [set(ids) for _id, ids, _content in sink.mails] == [named | set(PEOPLE)] * 5
    assert len(toml(mine)["sent"]["also"]) == 2
    shutil.copytree(mine.project / "series/v3", mine.project / "series/v4")
    path = mine.project / "series/v4/version.toml"
    later = path.read_text().partition("message_id")[0].replace('"v3"', '"v4"')
    path.write_text(later)
    series = mine.series()
    assert series.versions[-2].sent_to[0] == carl
    sources = RecipientSources(series.versions[-1], "", ())
    people = recipients_of(series, sources)
    assert [who.email for who in people.joined] == ["carl@example.org", "list@example.org"]
    assert people.joined == people.cc[-2:]


def test_a_version_that_changed_before_anything_went_out(mine: toys.Toy, sink: Sink) -> None:
    sink.refuse = 1
    with pytest.raises(StageError):
        deliver(mine)
    (mine.project / "series/v3/cover.md").write_text("# mm: other toys\n\nOther.\n")
    assert "other toys" in deliver(mine)[0]


@pytest.mark.parametrize(("fault", "mail", "taken"), [("refuse", 3, 2), ("close", 1, 1)])
def test_a_version_that_changed_when_some_of_it_was_sent_or_may_be(
    mine: toys.Toy, sink: Sink, fault: str, mail: int, taken: int
) -> None:
    setattr(sink, fault, mail)
    with pytest.raises(StageError):
        deliver(mine)
    (mine.project / "series/v3/cover.md").write_text("# mm: other toys\n\nOther.\n")
    with pytest.raises(SeriesError, match="was changed since"):
        deliver(mine)
    assert len(sink.ids) == taken


def test_a_sending_that_cannot_be_read_is_not_begun_anew(mine: toys.Toy, sink: Sink) -> None:
    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine)
    (mine.project / ".refseries/send/v3/mails.json").write_text("{}")
    with pytest.raises(SeriesError, match="so nothing more is sent"):
        deliver(mine)
    assert len(sink.ids) == 2


def test_a_line_of_the_journal_that_a_kill_cut(mine: toys.Toy, sink: Sink) -> None:
    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine)
    path = mine.project / ".refseries/send/v3/journal.jsonl"
    with path.open("a") as stream:
        stream.write('{"id": "x')
    assert len(deliver(mine)) == 3
    assert set(states(mine)) == {SendState.SENT}
    path.write_text("nonsense\n")
    with pytest.raises(SeriesError, match="cannot be read"):
        states(mine)


def test_status_says_that_a_sending_did_not_end(mine: toys.Toy, sink: Sink) -> None:
    def told() -> dict[str, str]:
        words, environ = command(mine, "status", "--json", "-")
        return dict(json.loads(proc.run(words, env=environ).stdout))

    def following() -> str:
        return told()["next"]

    assert told()["standing"].startswith("v3 is not sent yet")

    sink.refuse = 3
    with pytest.raises(StageError):
        deliver(mine)
    assert following() == "refseries send v3: a sending of it began and did not end."
    assert told()["standing"].startswith("v3 is half sent")
    shown = gather.report(mine.series(), mine.base(), mine.cache)
    assert (shown.standing, shown.next_step) == (told()["standing"], following())
    assert shown.versions[-1].posted == "in part"
    journal = mine.project / ".refseries/send/v3/journal.jsonl"
    whole = journal.read_text()
    journal.write_text("nonsense\n")
    assert following().startswith("refseries send v3: ")
    journal.write_text(whole)
    deliver(mine)
    assert not following().startswith("refseries send")
    sink.refuse = 7
    with pytest.raises(StageError):
        deliver(mine, ExportRequest("v3", resend=True))
    assert following().startswith("refseries send v3 --resend: ")
