# SPDX-License-Identifier: GPL-2.0-or-later
"""Open a task again that was finished.

Example: refseries feedback reopen v3-jannh-5 --why 'mprotect() undoes it.'
"""

from __future__ import annotations

from refseries.cli.task_options import WhyOptions, change_with_text
from refseries.review import states


def main(options: WhyOptions) -> None:
    """Open a task again and show it."""
    change_with_text(options, states.reopen, options.why, "--why")
