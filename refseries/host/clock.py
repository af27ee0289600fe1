# SPDX-License-Identifier: GPL-2.0-or-later
"""Today's date, asked for in one place: what a version, a mail or a record is dated with.

How long something takes is asked of ``time.monotonic`` where it is measured, and not here.
"""

from __future__ import annotations

from datetime import UTC, datetime


def precise() -> datetime:
    """Now in UTC, to the microsecond."""
    return datetime.now(UTC)


def now() -> datetime:
    """Now in UTC, to the second, as files and mails show it."""
    return precise().replace(microsecond=0)
