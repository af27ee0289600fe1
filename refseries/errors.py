# SPDX-License-Identifier: GPL-2.0-or-later
"""The errors a user may see, and the exit code of each.

Library code raises one of these and never exits; the one handler in ``refseries.cli`` prints the
paragraph and leaves with ``exit_code``.
"""

from __future__ import annotations

from pathlib import Path


class RefseriesError(Exception):
    """Base of everything that refseries reports to its user.

    Args:
        what: one sentence: what happened.
        where: file, line, key, patch or hunk it happened at; empty when there is no place.
        hint: what the user can do about it; empty only when nothing can be done.
        detail: raw lines to show below the paragraph (a reject, a compiler's message).
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", hint: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.detail = detail

    def __str__(self) -> str:
        """The paragraph, unwrapped: place, what happened, what to do."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.hint}".rstrip()


class StageError(RefseriesError):
    """A stage (apply, build, boot, test) did not come out as it should.

    Args:
        what, where, hint, detail: as of every error.
        log: what the stage printed; None when nothing was kept of it.
        lasting: the same input fails again in the same way, so that this may be kept.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        hint: str = "",
        detail: str = "",
        log: Path | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(what, where=where, hint=hint, detail=detail)
        self.log = log
        self.lasting = lasting


class SeriesError(RefseriesError):
    """The command line, the series or another input is wrong."""

    exit_code = 2


class IncompleteSeriesError(StageError):
    """A stage cannot begin, since the series names what it does not have.

    Whoever does several stages goes on with the others, as behind any that failed.
    """

    exit_code = 2


class SeriesChangedError(StageError):
    """Another refseries changed the series while it was read; nothing was done with it."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "the series was changed by another refseries meanwhile.",
            where=where,
            hint="Nothing was done; run it again.",
        )


class HostError(RefseriesError):
    """This machine lacks something: a tool, disk space, a kernel source."""

    exit_code = 3


class Stopped(RefseriesError):  # noqa: N818 - an event, not a mistake
    """The user stopped the run (Ctrl-C, SIGTERM); what was finished is kept."""

    exit_code = 130
    KEPT = "What was finished is kept; run it again to go on."
