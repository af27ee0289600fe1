# SPDX-License-Identifier: GPL-2.0-or-later
"""What ``refseries export`` and ``refseries send`` share: how the mails shall be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import complete
from refseries.cli.options import BaseOptions, OutputOptions, PlainVersionArgument
from refseries.mail import address, write
from refseries.model import BaseInfo, Identity, Series
from refseries.posting.recipients import SuppressCc

if TYPE_CHECKING:
    from refseries.posting import export

_NOBODY = "nobody: see --to, or recipients in series.toml"


def who_gets_it(
    sender: Identity,
    to: Sequence[Identity],
    cc: Sequence[Identity],
    joined: Sequence[Identity],
) -> Iterator[tuple[str, str]]:
    """Names and texts of the lines that say it on the screen.

    Args:
        joined: of the copies, those for an earlier version: its review, or --to and --cc.
    """
    yield "from", write.in_body(sender)
    if not to:
        yield "to", _NOBODY
    for name, people in (("to", to), ("cc", cc)):
        if people:
            yield name, ", ".join(person.email for person in people)
    if joined:
        listed = ", ".join(person.email for person in joined)
        yield "", f"of these, from an earlier version or its review: {listed}"


@dataclass(frozen=True, kw_only=True)
class MailOptions(BaseOptions, OutputOptions):
    """Which version is mailed to whom, and how."""

    version: PlainVersionArgument
    to: Annotated[
        tuple[str, ...],
        typer.Option("--to", metavar="ADDRESS", help="Send it there too; may be given again."),
    ] = ()
    cc: Annotated[
        tuple[str, ...],
        typer.Option("--cc", metavar="ADDRESS", help="A copy to; may be given again."),
    ] = ()
    maintainers: Annotated[
        bool,
        typer.Option("--maintainers/--no-maintainers", help="Copies as get_maintainer.pl says."),
    ] = True
    suppress_cc: Annotated[
        tuple[SuppressCc, ...],
        typer.Option(
            "--suppress-cc",
            metavar="CATEGORY",
            help="No copies to: author, self, cc, bodycc, sob, misc-by, cccmd, body, all, as for "
            "git send-email; may be given again.",
        ),
    ] = ()
    in_reply_to: Annotated[
        str | None, typer.Option("--in-reply-to", metavar="ID", help="The mail to answer.")
    ] = None
    rfc: Annotated[bool, typer.Option("--rfc", help="Mark it as a request for comments.")] = False
    resend: Annotated[bool, typer.Option("--resend", help="Mark it as sent again.")] = False
    cover_letter: Annotated[
        bool | None,
        typer.Option(
            "--cover-letter/--no-cover-letter",
            help="A letter of its own, or below the first patch's ---; "
            "default: for several patches.",
        ),
    ] = None
    range_diff: Annotated[
        str | None,
        typer.Option(
            "--range-diff",
            metavar="VERSION",
            help="Put a range-diff against VERSION in the cover letter.",
            autocompletion=complete.plain_versions,
        ),
    ] = None
    creation_factor: Annotated[
        int,
        typer.Option(
            "--creation-factor",
            metavar="N",
            min=0,
            help="Per cent, for --range-diff; as for git's own.",
        ),
    ] = 100
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign each mail with your patatt key, for b4 to verify.")
    ] = False
    allow_open: Annotated[
        bool, typer.Option("--allow-open", help="Even when reviewers' tasks are open.")
    ] = False
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Look for what goes wrong with such mails.")
    ] = True

    results: Annotated[
        bool,
        typer.Option("--results", help="Say in the cover letter how the kept tests came out."),
    ] = False
    results_at: Annotated[
        str,
        typer.Option(
            "--results-at",
            metavar="URL",
            help="As --results, and that the page of report is there.",
            show_default=False,
        ),
    ] = ""

    def request(self, date: str | None = None) -> export.ExportRequest:
        """What is asked of ``posting.export``, but for changelog and results.

        Args:
            date: ``--date``.

        Raises:
            SeriesError: an address, an id or the date cannot be read.
        """
        from refseries.posting import export

        return export.ExportRequest(
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
            suppress=frozenset(self.suppress_cc),
            sign=self.sign,
        )

    def with_texts(
        self, request: export.ExportRequest, series: Series, info: BaseInfo, cache: Path
    ) -> export.ExportRequest:
        """``request`` with, where that is asked for, how the version was tested.

        Raises:
            SeriesError: ``--results-at`` is no link.
        """
        if not self.results and not self.results_at:
            return request
        from refseries.report import words

        name, page = request.version, words.link(self.results_at) if self.results_at else ""
        return replace(request, results=lambda: words.block(series, info, cache, name, page))
