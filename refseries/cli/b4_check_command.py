# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries b4-check``."""

from __future__ import annotations

import sys
from pathlib import Path

from refseries.cli import screen
from refseries.cli.context import load
from refseries.kernel import base as bases
from refseries.posting import b4_check

_MOST = 16 * 1024 * 1024  # bytes; a cover letter has some thousand


def run(directory: Path | None, tree: Path | None, base_ref: str | None) -> None:
    """Read a cover letter on standard input, and answer with what is known of its version."""
    context = load(directory, tree=tree, base_ref=base_ref)
    info = bases.ready_for(context.series, context.settings)
    raw = sys.stdin.buffer.read(_MOST)
    screen.show_json(b4_check.of_mail(context.series, info, context.settings.cache, raw), "-")
