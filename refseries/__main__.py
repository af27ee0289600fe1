# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m refseries``."""

from refseries.cli import main

main()
