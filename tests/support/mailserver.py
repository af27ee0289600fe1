# SPDX-License-Identifier: GPL-2.0-or-later
"""A real SMTP server on this machine that misbehaves when told to."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from waiting import SECONDS

OK = "250 OK"


class Sink:
    """Takes mails and keeps their ids and recipients.

    Attributes:
        refuse: number of the mail (from 1) that is refused after its text.
        close: number of the mail whose connection is closed when it has come, without an answer.
        hang: number of the mail that is taken and never answered.
        lose: number of the mail that it never comes to take, as long as the connection lasts.
        answers: what the server says, instead of 250, to each mail (from 1) that it has taken.
        unknown_address: a recipient that is refused.
        logins: user and password, or token, of every login that was tried.
        encrypted: of each mail that was taken, whether it came over TLS.
        goodbyes: how many connections ended with QUIT.
        before: called with the number of each mail before its text comes.
        during: the same when it has come, before the answer.
    """

    def __init__(self) -> None:
        self.refuse = self.close = self.hang = self.lose = 0
        self.answers: dict[int, str] = {}
        self.unknown_address = ""
        self.count = 0
        self.mails: list[tuple[str, tuple[str, ...], bytes]] = []
        self.port = 0
        self.wants_login = False
        self.password = ""
        self.logins: list[tuple[bytes, bytes]] = []
        self.encrypted: list[bool] = []
        self.goodbyes = 0
        self.before: Callable[[int], None] = lambda number: None
        self.during: Callable[[int], None] = lambda number: None

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
        if not envelope.rcpt_tos:
            self.before(self.count + 1)
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.wants_login and not session.authenticated:
            return "530 who are you"
        self.count += 1
        self.during(self.count)
        if self.count == self.lose:
            await asyncio.sleep(3600)  # ended when its client hangs up
        if self.count == self.refuse:
            return "554 looks like spam"
        content = envelope.content
        assert isinstance(content, bytes)
        found = re.search(rb"^Message-ID:\s+<(.*)>", content, re.M | re.I)
        assert found
        recipients = tuple(sorted(envelope.rcpt_tos))
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        self.mails.append((found[1].strip().decode(), recipients, content))
        if self.count == self.close:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        if self.count == self.hang:
            await asyncio.sleep(3600)
        return self.answers.get(self.count, OK)

    async def handle_QUIT(  # noqa: N802
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        self.goodbyes += 1
        return "221 Bye"

    def check(self, login: bytes, password: bytes) -> AuthResult:
        """Whether it is ``sen`` with his password."""
        self.logins.append((login, password))
        good = (login, password) == (b"sen", self.password.encode())
        return AuthResult(success=good, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        told = re.fullmatch(rb"user=(.*)\x01auth=Bearer (.*)\x01\x01", base64.b64decode(words[1]))
        assert told
        result = self.check(told[1], told[2])
        if not result.success:  # why, and an empty answer, before it is refused
            assert not await server.challenge_auth('{"status":"401"}')
        return result


@contextmanager
def running(*, password: str = "", encryption: str = "", key: Path | None = None) -> Iterator[Sink]:
    """A server for the length of a block.

    Args:
        password: wants a login as ``sen``, with this as password or token.
        encryption: ``tls`` takes mail after STARTTLS only; ``ssl`` encrypts from the start.
        key: file with the certificate and its key.
    """
    sink = Sink()
    sink.password = password

    def check(
        _server: object, _session: object, _envelope: object, _how: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return sink.check(data.login, data.password)

    options: dict[str, Any] = {"decode_data": False}
    if password:
        options |= {"authenticator": check, "auth_require_tls": encryption == "tls"}
        sink.wants_login = True
    if key is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key)
        if encryption == "ssl":
            options["ssl_context"] = context
        else:
            options |= {"tls_context": context, "require_starttls": True}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sink.port = free.getsockname()[1]
    controller = Controller(sink, "127.0.0.1", sink.port, ready_timeout=SECONDS, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
