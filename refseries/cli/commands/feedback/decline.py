# SPDX-License-Identifier: GPL-2.0-or-later
"""Say that it will not be done, and why.

Example: refseries feedback decline v3-jannh-4 --why 'Another series.'
"""

from __future__ import annotations

from refseries.cli.task_options import WhyOptions, change_with_text
from refseries.review import states


def main(options: WhyOptions) -> None:
    """Decline a task and show it."""
    change_with_text(options, states.decline, options.why, "--why")
