# SPDX-License-Identifier: GPL-2.0-or-later
"""Say that what it is about is gone, or that the reviewer withdrew it.

Example: refseries feedback obsolete v3-jannh-2 --why 'Withdrawn.'
"""

from __future__ import annotations

from refseries.cli.task_options import WhyOptions, change_with_text
from refseries.review import states


def main(options: WhyOptions) -> None:
    """Call a task obsolete and show it."""
    change_with_text(options, states.obsolete, options.why, "--why")
