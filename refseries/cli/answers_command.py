# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback changelog`` and ``reply``."""

from __future__ import annotations

import sys
from pathlib import Path

from refseries.cli import screen
from refseries.cli.context import load
from refseries.feedback import news
from refseries.tasks import changelog as texts


def changelog(
    directory: Path | None, version: str, per_patch: bool, markdown: bool, json: str | None
) -> None:
    """Write the changelog of a version to standard output."""
    found = news.of(load(directory).series, version)
    if json is not None:
        screen.show_json(texts.as_json(found), json)
    if json != "-":
        write = texts.as_markdown if markdown else texts.as_mail
        sys.stdout.write(screen.printable(write(found, per_patch=per_patch)))
