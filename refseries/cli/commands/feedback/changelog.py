# SPDX-License-Identifier: GPL-2.0-or-later
"""Write "Changes in vN": what was settled and for whom, what was answered or declined.

Example: refseries feedback changelog v4 --per-patch
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from refseries.cli import complete, screen
from refseries.cli.context import load
from refseries.cli.options import JsonOptions, SeriesOptions
from refseries.review import changelog


class Markup(StrEnum):
    """How a changelog is written."""

    MAIL = "mail"
    MARKDOWN = "markdown"


@dataclass(frozen=True, kw_only=True)
class ChangelogOptions(SeriesOptions, JsonOptions):
    """Of which version, in which order, and how it is written."""

    version: Annotated[
        str, typer.Argument(metavar="VERSION", autocompletion=complete.plain_versions)
    ]
    per_patch: Annotated[
        bool, typer.Option("--per-patch", help="The changes by the patch that each is in.")
    ] = False
    form: Annotated[
        Markup, typer.Option("--format", help="For a cover letter, or for a web page.")
    ] = Markup.MAIL


def main(options: ChangelogOptions) -> None:
    """Write the changelog of a version to standard output."""
    from refseries.review import news

    found = news.news_of(load(options).series, options.version)
    if options.json is not None:
        screen.show_json(changelog.as_json(found), options.json)
    if options.json != "-":
        markdown = options.form is Markup.MARKDOWN
        write = changelog.as_markdown if markdown else changelog.as_mail
        screen.write_text(screen.printable(write(found, per_patch=options.per_patch)), "-")
