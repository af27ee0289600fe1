# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails handed to a server, one by one, by what git's configuration says.

Over smtplib rather than through git send-email, whose exit status does not tell which of them a
server took.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from refseries import git
from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.host.homes import expanded
from refseries.posting.sending.smtp_config import Server

TIMEOUT = 60.0
"""Seconds that a server may take for an answer."""

_CERTIFICATES = "sendemail.smtpSSLCertPath"
_TOKENS = ("oauth", "oauth2", "xoauth2")  # b4's words for a token in the password's place


class NotSent(Exception):  # noqa: N818 - an answer, not a mistake
    """A server refused a mail, or it never got there; it was not sent. ``str`` is why."""


class Unknown(Exception):  # noqa: N818
    """Nothing was said, or nothing clear, on whether the mail was taken. ``str`` is what was."""


Last = Callable[[], None]


class Transport(Protocol):
    """Something that takes mails."""

    def send(self, sender: str, recipients: Sequence[str], mail: bytes, last: Last) -> None:
        """Hand over one mail.

        Args:
            last: called at the last moment at which it is certain that nothing was sent.

        Raises:
            NotSent: it was not sent.
            Unknown: it may have been sent, or not.
        """


@contextlib.contextmanager
def connected(server: Server, directory: Path, timeout: float = TIMEOUT) -> Iterator[Transport]:
    """A transport for the length of a block.

    Args:
        directory: git's credential helpers are asked here for a password that is not configured.
        timeout: seconds that the server may take for an answer.

    Raises:
        StageError: the server cannot be reached or does not let us in. Nothing was sent.
        HostError: the program is not there.
    """
    if server.command:
        proc.which(server.command[0])
        yield _Program(server.command)
        return
    trust = _trust(server.certificates) if server.encryption else None
    try:
        smtp = _connect(server, trust, directory, timeout)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise StageError(
            f"the mail server cannot be used: {_reason(error)}.",
            where=str(server),
            hint=f"Nothing was sent. {_mend(server, error)}",
        ) from error
    try:
        yield _Smtp(smtp)
        # After a failure the server may be one that does not answer.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.quit()
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.close()


def _trust(certificates: str | None) -> ssl.SSLContext:
    """Whose word on a server we take; ``certificates`` as in Server."""
    if certificates is None:
        return ssl.create_default_context()
    if not certificates:
        unchecked = ssl.create_default_context()
        unchecked.check_hostname = False
        unchecked.verify_mode = ssl.CERT_NONE
        return unchecked
    path = expanded(certificates)
    try:
        path.stat()
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:
        raise HostError(
            f"holds no certificates to trust: {_reason(error)}.",
            where=f"{_CERTIFICATES} = {certificates}",
            hint="Nothing was sent. Name a file of certificates in PEM form, or a folder of them.",
        ) from error


def _connect(
    server: Server, trust: ssl.SSLContext | None, directory: Path, timeout: float
) -> smtplib.SMTP:
    at = (server.host, server.port, server.domain or None)
    smtp: smtplib.SMTP
    if server.encryption == "ssl":
        smtp = smtplib.SMTP_SSL(*at, timeout=timeout, context=trust)
    else:
        smtp = smtplib.SMTP(*at, timeout=timeout)
    try:
        if server.encryption == "tls":
            smtp.starttls(context=trust)
        smtp.ehlo_or_helo_if_needed()
        if server.wants_login:
            _log_in(smtp, server, server.password or _password(server, directory))
    except BaseException:
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, server: Server, password: str) -> None:
    if server.auth not in _TOKENS:
        smtp.login(server.user, password)
        return
    # Source: Google's and Microsoft's XOAUTH2; a refusal is a challenge that wants an empty answer.
    token = f"user={server.user}\x01auth=Bearer {password}\x01\x01"
    smtp.auth("XOAUTH2", lambda challenge=None: token if challenge is None else "")


def _password(server: Server, directory: Path) -> str:
    """What git's credential helpers know."""
    asked = f"protocol=smtp\nhost={server.host}:{server.port}\nusername={server.user}\n\n"
    told = git.users(directory, "credential", "fill", stdin=asked.encode()).stdout
    found = dict(line.partition("=")[::2] for line in told.splitlines())
    if "password" not in found:
        raise HostError(
            f"no password is known for {server.user}.",
            where=str(server),
            hint="Set sendemail.smtpPass, or a credential helper of git that knows it.",
        )
    return found["password"]


class _Smtp:
    """A connection to a server."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self.smtp = smtp

    def send(self, sender: str, recipients: Sequence[str], mail: bytes, last: Last) -> None:
        options = ["BODY=8BITMIME"] if self.smtp.has_extn("8bitmime") else []
        try:
            self._envelope(sender, recipients, options)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(_reason(error)) from error
        last()
        try:
            code, said = self.smtp.data(mail.replace(b"\n", b"\r\n"))
        except smtplib.SMTPDataError as error:
            raise NotSent(_reason(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unknown(_reason(error)) from error
        told = f"{code} {said.decode('utf-8', 'replace')}" if code >= 0 else "no answer of SMTP"
        # RFC 5321, 4.2.1: these alone say that the server did not take it.
        if 400 <= code < 600:
            self._reset()
            raise NotSent(told)
        if code != 250:
            raise Unknown(told)

    def _envelope(self, sender: str, recipients: Sequence[str], options: Sequence[str]) -> None:
        code, said = self.smtp.mail(sender, options)
        if code != 250:
            self._reset()
            raise NotSent(f"{sender}: {code} {said.decode('utf-8', 'replace')}")
        for recipient in recipients:
            code, said = self.smtp.rcpt(recipient)
            if code not in (250, 251):
                self._reset()
                raise NotSent(f"{recipient}: {code} {said.decode('utf-8', 'replace')}")

    def _reset(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.smtp.rset()


class _Program:
    """A program like sendmail, run once a mail."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command

    def send(self, sender: str, recipients: Sequence[str], mail: bytes, last: Last) -> None:
        words = [*self.command, "-i", "-f", sender, "--", *recipients]
        last()
        try:
            done = proc.run(words, stdin=mail, check=False, deadline=TIMEOUT)
        except StageError as error:  # its deadline
            raise Unknown(error.what) from error
        if done.returncode:
            said = done.stderr.strip().splitlines()
            why = f"exit status {done.returncode}: {said[-1] if said else 'no reason given'}"
            # A signal, its own or in a shell of it, says nothing of what it did before.
            queued = done.returncode in (os.EX_TEMPFAIL, *range(129, 256))
            raise Unknown(why) if queued or done.returncode < 0 else NotSent(why)


def _reason(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"
    if isinstance(error, UnicodeError):
        return "user and password of a login must be ASCII"
    if _timed_out(error):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({error.verify_message.rstrip('.')})"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(getattr(error, "strerror", None) or error or type(error).__name__).rstrip(".")


def _timed_out(error: BaseException) -> bool:
    # smtplib tells of one as of a server that closed the connection.
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _mend(server: Server, error: BaseException) -> str:
    """What to do about a server that did not let us in."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"If you know the server, name the certificate that vouches for it: git config "
            f"{_CERTIFICATES} FILE"
        )
    if isinstance(error, ssl.SSLError) and server.encryption == "ssl":
        return "Perhaps it encrypts later: sendemail.smtpEncryption = tls."
    if _timed_out(error) and server.encryption == "tls":
        return "Perhaps it encrypts from the start: sendemail.smtpEncryption = ssl."
    return "Fix sendemail.* in git's configuration, or try again."


def check_wire(mail: bytes, name: str) -> None:
    """Refuse what a server would change on the way.

    Raises:
        SeriesError: a carriage return, or a line over 998 bytes (RFC 5322, 2.1.1).
    """
    lines = mail.split(b"\n")
    if b"\r" in mail or max(map(len, lines)) > 998:
        what = "a carriage return" if b"\r" in mail else "a line over 998 bytes"
        raise SeriesError(
            f"holds {what}, which mail servers change.",
            where=name,
            hint="Nothing was sent. Send that patch from a branch: refseries prep, then b4 send.",
        )
