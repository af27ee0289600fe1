# SPDX-License-Identifier: GPL-2.0-or-later
"""A real SMTP server on this machine that misbehaves when told to."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

OK = "250 OK"


class Sink:
    """Takes mails and keeps their ids and recipients.

    Attributes:
        refuse: number of the mail (from 1) that is refused after its text.
        close: number of the mail whose connection is closed when it has come, without an answer.
        hang: number of the mail that is taken and never answered.
        unknown_address: a recipient that is refused.
    """

    def __init__(self) -> None:
        self.refuse = self.close = self.hang = 0
        self.unknown_address = ""
        self.count = 0
        self.seconds = 0.0
        self.mails: list[tuple[str, tuple[str, ...], bytes]] = []
        self.port = 0
        self.wants_login = False

    @property
    def ids(self) -> list[str]:
        return [name for name, _recipients, _content in self.mails]

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address == self.unknown_address:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.wants_login and not session.authenticated:
            return "530 who are you"
        self.count += 1
        await asyncio.sleep(self.seconds)
        if self.count == self.refuse:
            return "554 looks like spam"
        content = envelope.content
        assert isinstance(content, bytes)
        found = re.search(rb"^Message-ID: <(.*)>", content, re.M)
        assert found
        recipients = tuple(sorted(envelope.rcpt_tos))
        self.mails.append((found[1].strip().decode(), recipients, content))
        if self.count == self.close:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.count == self.hang:
            await asyncio.sleep(3600)
        return OK


@contextmanager
def running(*, password: str = "") -> Iterator[Sink]:
    """A server for the length of a block; with ``password``, it wants a login as ``sen``."""
    sink = Sink()

    def check(
        _server: object, _session: object, _envelope: object, _how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login, data.password) == (b"sen", password.encode())
        return AuthResult(success=good, handled=False)

    options: dict[str, object] = {"decode_data": False}
    if password:
        options |= {"authenticator": check, "auth_require_tls": False}
        sink.wants_login = True
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sink.port = free.getsockname()[1]
    controller = Controller(sink, "127.0.0.1", sink.port, **options)  # type: ignore[arg-type]
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
