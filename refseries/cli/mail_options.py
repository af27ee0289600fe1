# SPDX-License-Identifier: GPL-2.0-or-later
"""The options that ``refseries export`` and ``refseries send`` share: how the mails shall be."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.mail import address
from refseries.model import Series
from refseries.posting import export

NOBODY = "nobody: see --to, or recipients in series.toml"
"""Stands where the screen names whom the mails go to."""


@dataclass(frozen=True)
class MailOptions:
    """The flags and arguments; see the help of ``refseries export``."""

    version: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    maintainers: bool
    in_reply_to: str | None
    rfc: bool
    resend: bool
    cover_letter: bool | None
    range_diff: str | None
    creation_factor: int
    sign: bool

    def request(self, date: str | None = None) -> export.Request:
        """What is asked of ``posting.export``, but for the changelog.

        Args:
            date: ``--date``.

        Raises:
            SeriesError: an address, an id or the date cannot be read.
        """
        return export.Request(
            version=self.version,
            to=tuple(address.person(text, "--to") for text in self.to),
            cc=tuple(address.person(text, "--cc") for text in self.cc),
            date=export.moment(date) if date else None,
            cover=self.cover_letter,
            in_reply_to=export.message_id(self.in_reply_to) if self.in_reply_to else "",
            rfc=self.rfc,
            resend=self.resend,
            range_diff=self.range_diff,
            creation_factor=self.creation_factor,
            ask_maintainers=self.maintainers,
            sign=self.sign,
        )


def changelog(series: Series, version: str) -> str:
    """What a version changes, from the tasks that it settles."""
    from refseries.review import news

    return news.text(series, version)
