# SPDX-License-Identifier: GPL-2.0-or-later
"""Answer b4's review with what is known of a series; its cover letter on standard input.

Example: git config b4.review-series-check-cmd 'refseries -C ~/refpage b4-check'
"""

from __future__ import annotations

import sys

from refseries.cli import screen
from refseries.cli.context import load
from refseries.cli.options import BaseOptions
from refseries.kernel import base

_MOST = 16 * 1024 * 1024  # bytes; a cover letter has some thousand


def main(options: BaseOptions) -> None:
    """Read a cover letter on standard input, and answer with what is known of its version."""
    from refseries.posting import b4_check

    context = load(options)
    info = base.ready_for(context.series, context.settings)
    raw = sys.stdin.buffer.read(_MOST)
    screen.show_json(b4_check.of_mail(context.series, info, context.settings.cache, raw), "-")
