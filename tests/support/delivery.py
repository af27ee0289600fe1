# SPDX-License-Identifier: GPL-2.0-or-later
"""v3 of the toy series on its way to a mail server."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

import toy as toys
from waiting import SECONDS

from refseries.host.progress import silent
from refseries.posting.export import ExportRequest
from refseries.posting.sending import journal, send, smtp_config, transport
from refseries.posting.sending.journal import SendState

ME = "sen@example.org"
PEOPLE = ("linux-toys@example.org", "mai@example.org")


def configure(toy: toys.Toy, **keys: str) -> None:
    """Set keys of ``sendemail`` in the configuration of whoever sends."""
    for key, value in keys.items():
        toy.git("config", "--file", str(toy.directory / "gitconfig"), f"sendemail.{key}", value)


def deliver(
    toy: toys.Toy,
    request: ExportRequest | None = None,
    *,
    unsure: SendState | None = None,
    timeout: float = SECONDS,
    reflect: bool = False,
) -> list[str]:
    """Send v3; gives the subjects of the mails that went out now."""
    series, sent = toy.series(), []
    request = send.with_moment(request or ExportRequest("v3"))
    with send.alone(series, "v3") as directory:
        plan = send.plan(series, toy.base(), toy.cache, request, directory, silent, reflect=reflect)
        found = smtp_config.configured(toy.project)
        with transport.connected(found, toy.project, timeout) as connection:
            send.run(plan, directory, connection, lambda e, _n: sent.append(e.subject), unsure)
    return sent


def states(toy: toys.Toy, name: str = "v3") -> list[SendState]:
    """What the journal of a sending says of each mail."""
    found = journal.find(toy.project / ".refseries/send", name)
    assert found is not None
    return list(found.states().values())


def toml(toy: toys.Toy) -> dict[str, Any]:
    """version.toml of v3."""
    return tomllib.loads((toy.project / "series/v3/version.toml").read_text())


def command(toy: toys.Toy, *words: str) -> tuple[Sequence[str], dict[str, str]]:
    """The real command in the toy's project, and its environment."""
    return [*toys.COMMAND, "-C", str(toy.project), *words], toy.environ
