# SPDX-License-Identifier: GPL-2.0-or-later
"""A sending that was interrupted, and what was done to the version or the journal meanwhile."""

from __future__ import annotations

import json

import pytest
import toy as toys
from delivery import command, deliver, states
from mailserver import Sink

from refseries.errors import SeriesError, StageError
from refseries.host import proc
from refseries.posting.export import ExportRequest
from refseries.posting.sending.journal import SendState
from refseries.report import gather


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
