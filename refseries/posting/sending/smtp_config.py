# SPDX-License-Identifier: GPL-2.0-or-later
"""How mail leaves this machine: what git send-email's configuration says.

Source of the keys: git-send-email(1); b4 reads the same.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from refseries import git
from refseries.errors import HostError
from refseries.host.homes import expanded

_LOCAL = ("localhost", "127.0.0.1", "::1")
_SECRET_HINT = "Set sendemail.smtpEncryption to tls or ssl, as your provider says."


@dataclass(frozen=True)
class Server:
    """Where mail goes: an SMTP server, or a program like sendmail.

    Attributes:
        command: the program and its first arguments; empty for a server.
        encryption: ``tls`` (STARTTLS), ``ssl``, or empty.
        auth: ``sendemail.smtpAuth`` in lower case: ``none`` for no login, ``xoauth2`` for one with
            a token; anything else is left to what the server offers.
        certificates: a file or folder of certificates to trust instead of the system's; empty: the
            server's is not checked. None: the system's.
        domain: what we call ourselves; empty for the machine's name.
    """

    host: str = ""
    port: int = 0
    encryption: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = ""
    command: tuple[str, ...] = ()
    certificates: str | None = None
    domain: str = ""

    def __str__(self) -> str:
        if self.command:
            return f"the program {shlex.join(self.command)}"
        secured = f" with {self.encryption}" if self.encryption else ""
        if self.encryption and self.certificates == "":
            secured += ", its certificate not checked"
        return f"{self.host}:{self.port}{secured}"

    @property
    def wants_login(self) -> bool:
        """Whether we log in."""
        return bool(self.user) and self.auth != "none"


def configured(directory: Path) -> Server:
    """What git's configuration says, seen from ``directory``.

    Keys of ``sendemail.IDENTITY`` win over those of ``sendemail``, where ``sendemail.identity`` or
    ``b4.sendemail-identity`` names one.

    Raises:
        HostError: it names no server, or an impossible one.
    """
    said = git.settings(directory, r"^(sendemail|b4)\.")
    named = dict(said)
    name = named.get("sendemail.identity") or named.get("b4.sendemail-identity")
    keys = _values(said, "sendemail.")
    if name:
        keys |= _values(said, f"sendemail.{name}.")
    last = {key: values[-1] for key, values in keys.items()}
    options = keys.get("smtpserveroption", [])
    if command := last.get("sendmailcmd"):
        return Server(command=(*_words(command), *options))
    host = last.get("smtpserver", "")
    if host.startswith(("/", "~")):
        return Server(command=(str(expanded(host)), *options))
    if not host:
        raise HostError(
            "git's configuration names no mail server.",
            where="sendemail.smtpServer",
            hint="Set it as for git send-email: git config --global sendemail.smtpServer HOST",
        )
    return _server(host, last)


def _values(said: Iterable[tuple[str, str]], section: str) -> dict[str, list[str]]:
    """All values of each key that begins with ``section``, by what is behind that."""
    found: dict[str, list[str]] = {}
    for key, value in said:
        if key.startswith(section):
            found.setdefault(key.removeprefix(section), []).append(value)
    return found


def _server(host: str, keys: Mapping[str, str]) -> Server:
    encryption = keys.get("smtpencryption", "")
    encryption = {"starttls": "tls", "smtps": "ssl", "none": ""}.get(encryption, encryption)
    if encryption not in ("", "tls", "ssl"):
        raise HostError(
            f"`{encryption}` is no way to encrypt.",
            where="sendemail.smtpEncryption",
            hint=_SECRET_HINT,
        )
    port = keys.get("smtpserverport") or {"ssl": "465", "tls": "587"}.get(encryption, "25")
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise HostError(
            f"`{port}` is no port.", where="sendemail.smtpServerPort", hint="Give a number."
        )
    _check_names(host, keys.get("smtpdomain", ""))
    server = Server(
        host=host,
        port=int(port),
        encryption=encryption,
        user=keys.get("smtpuser", ""),
        password=keys.get("smtppass", ""),
        auth=keys.get("smtpauth", "").lower(),
        certificates=keys.get("smtpsslcertpath"),
        domain=keys.get("smtpdomain", ""),
    )
    if server.wants_login and not encryption and host not in _LOCAL:
        raise HostError(
            "the password would go to the server in the clear.", where=host, hint=_SECRET_HINT
        )
    return server


def _check_names(host: str, domain: str) -> None:
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise HostError(
            f"`{host}` cannot be the name of a server.",
            where="sendemail.smtpServer",
            hint="Write it as your provider does: mail.example.org.",
        ) from error
    if not re.fullmatch(r"[!-~]*", domain):  # it goes into a line of the protocol
        raise HostError(
            f"`{domain}` cannot be the name of this machine.",
            where="sendemail.smtpDomain",
            hint="Write it without blanks, in ASCII: host.example.org.",
        )


def _words(text: str) -> tuple[str, ...]:
    where = "sendemail.sendmailCmd"
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise HostError(f"`{text}` is no command.", where=where, hint="Fix its quotes.") from error
    if not words:
        raise HostError("is empty.", where=where, hint="Name a command.")
    return words
