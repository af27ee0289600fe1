# SPDX-License-Identifier: GPL-2.0-or-later
"""In what form mails are written; a module of its own, as the help text names it."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """One mailbox (mboxrd), a maildir, or a folder with a file for each mail."""

    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"
