# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a version was sent, kept so that an interrupted sending goes on where it ended.

A folder ``.refseries/send/vN/`` holds the mails as they go out, and ``journal.jsonl``: a line is
added and flushed to the disk before a mail is handed to the server and after its answer. A mail
whose last line is ``trying`` may have been sent, or not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from refseries.errors import SeriesError
from refseries.host.scratch import scratch_folder, sweep

_MAILS, _JOURNAL = "mails.json", "journal.jsonl"


class SendState(StrEnum):
    """What is known of one mail: not tried, refused by the server, sent, or perhaps sent."""

    WAITING = "waiting"
    TRYING = "trying"
    REFUSED = "refused"
    SENT = "sent"


@dataclass(frozen=True)
class JournalEntry:
    """One mail of a sending; ``recipients`` are the addresses of its envelope."""

    message_id: str
    subject: str
    sender: str
    recipients: tuple[str, ...]
    file: str


@dataclass(frozen=True)
class Journal:
    """A sending that was begun.

    Attributes:
        contents: digest of the version's files when it was begun.
        named: whom the user named for it, as ``Name <address>``.
    """

    directory: Path
    contents: str
    entries: tuple[JournalEntry, ...]
    named: tuple[str, ...] = ()

    def raw(self, entry: JournalEntry) -> bytes:
        """The mail as it goes out."""
        return (self.directory / entry.file).read_bytes()

    def states(self) -> dict[str, SendState]:
        """The last that is known of each mail, by its message id.

        Raises:
            SeriesError: the journal cannot be read.
        """
        found = {entry.message_id: SendState.WAITING for entry in self.entries}
        path = self.directory / _JOURNAL
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
            # A kill in the middle of a line leaves no line feed: that line says nothing yet.
            for line in lines[:-1]:
                event = json.loads(line)
                found[event["id"]] = SendState(event["state"])
        except FileNotFoundError:
            return found
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(path) from error
        return found

    @property
    def under_way(self) -> bool:
        """Whether any of its mails was tried.

        Raises:
            SeriesError: the journal cannot be read.
        """
        return set(self.states().values()) != {SendState.WAITING}

    def note(self, entry: JournalEntry, state: SendState, why: str = "") -> None:
        """Add a line, on the disk before this returns.

        Raises:
            OSError: it cannot be written; what is read is then as before.
        """
        line = json.dumps({"id": entry.message_id, "state": state, "why": why})
        path = self.directory / _JOURNAL
        with path.open("a+b") as stream:
            stream.seek(0)
            # What a kill left of a line goes.
            stream.truncate(stream.read().rfind(b"\n") + 1)
            stream.write(f"{line}\n".encode())
            stream.flush()
            os.fsync(stream.fileno())


def begin(
    parent: Path,
    name: str,
    contents: str,
    mails: Sequence[tuple[JournalEntry, bytes]],
    named: Sequence[str] = (),
) -> Journal:
    """Write the mails of a sending down before the first goes out.

    Args:
        parent: the folder of all sendings; nobody else works at this one.
        name: of the sending.
        named: see Journal.
    """
    sweep(parent)
    with scratch_folder(parent) as scratch:
        place = scratch / name
        place.mkdir()
        for entry, raw in mails:
            (place / entry.file).write_bytes(raw)
        entries = [vars(entry) for entry, _raw in mails]
        kept = {"contents": contents, "entries": entries, "named": named}
        (place / _MAILS).write_text(json.dumps(kept, indent=1), encoding="utf-8")
        place.rename(parent / name)
    return Journal(parent / name, contents, tuple(e for e, _raw in mails), tuple(named))


def find(parent: Path, name: str) -> Journal | None:
    """The sending ``name`` that was begun, None when there is none.

    Raises:
        SeriesError: it cannot be read.
    """
    path = parent / name / _MAILS
    if not path.is_file():
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        entries = tuple(
            JournalEntry(**entry | {"recipients": tuple(entry["recipients"])})
            for entry in kept["entries"]
        )
        return Journal(path.parent, kept["contents"], entries, tuple(kept.get("named", ())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> SeriesError:
    return SeriesError(
        "what was sent already cannot be read, so nothing more is sent.",
        where=str(path),
        hint="See in your mail program or on the list what went out, then remove that folder.",
    )
