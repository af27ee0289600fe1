# SPDX-License-Identifier: GPL-2.0-or-later
"""Who sends, as git's configuration says, who committed, and when."""

from __future__ import annotations

from pathlib import Path

from refseries import git
from refseries.errors import HostError, SeriesError
from refseries.mail import address
from refseries.model import Identity

_HINT = "Set it: git config --global user.name 'Your Name'; git config --global user.email YOU@…"
_KEYS = r"^(user\.(name|email)|sendemail\.from)$"


def sender(directory: Path) -> Identity:
    """The person whose mail it is: ``sendemail.from``, as for git send-email, else ``user.*``.

    Args:
        directory: git looks for the configuration of a repository from here.

    Raises:
        HostError: git knows no name or no address, or they cannot stand in a mail.
    """
    settings = dict(git.settings(directory, _KEYS))
    name, email = settings.get("user.name", ""), settings.get("user.email", "")
    text = settings.get("sendemail.from") or (f"{_quoted(name)} <{email}>" if name else email)
    if not email and "sendemail.from" not in settings:
        raise HostError("git does not know who sends: `user.email` is not set.", hint=_HINT)
    try:
        person = address.person(text.strip(), "git config")
    except SeriesError as error:
        raise HostError(
            f"`{text}` cannot be the sender of a mail.", where=error.where, hint=_HINT
        ) from error
    if not (person.name or name):
        raise HostError("git does not know who sends: `user.name` is not set.", hint=_HINT)
    return Identity(person.name or name, person.email)


def known_sender(directory: Path) -> Identity | None:
    """As ``sender``; None where git does not know."""
    try:
        return sender(directory)
    except HostError:
        return None


def committer(directory: Path, otherwise: Identity) -> Identity:
    """Who commits in the user's name: ``committer.*``, else ``user.*``, else ``otherwise``.

    Args:
        directory: git looks for the configuration of a repository from here.

    Raises:
        HostError: git cannot read its configuration.
    """
    said = dict(git.settings(directory, r"^(user|committer)\.(name|email)$"))
    name = said.get("committer.name") or said.get("user.name") or otherwise.name
    email = said.get("committer.email") or said.get("user.email") or otherwise.email
    return Identity(name, email)


def _quoted(name: str) -> str:
    return f'"{name}"' if any(mark in name for mark in ",@") else name


def as_author(person: Identity, date: str = "") -> dict[str, str]:
    """What tells git, in its environment, who is the author; ``date`` empty for now."""
    return _told("AUTHOR", person, date)


def as_committer(person: Identity, date: str = "") -> dict[str, str]:
    """The same of who commits."""
    return _told("COMMITTER", person, date)


def _told(role: str, person: Identity, date: str) -> dict[str, str]:
    told = {f"GIT_{role}_NAME": person.name, f"GIT_{role}_EMAIL": person.email}
    return {**told, f"GIT_{role}_DATE": date} if date else told


def committer_of(path: Path, commit: str) -> Identity:
    """Who committed ``commit``."""
    format_ = "--format=%cn%n%ce"
    shown = git.git(path, "log", "-1", "--no-show-signature", format_, commit).stdout
    name, email = shown.split("\n")[:2]
    return Identity(name, email)


def reads_date(text: str) -> bool:
    """Whether git takes ``text`` for the date of a commit."""
    who = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x", "GIT_AUTHOR_DATE": text}
    return git.git(Path("/"), "var", "GIT_AUTHOR_IDENT", env=who, check=False).returncode == 0
