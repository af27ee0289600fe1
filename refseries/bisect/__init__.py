# SPDX-License-Identifier: GPL-2.0-or-later
"""What turned a case, a splat or a build: the fixup or patch between two states of the series."""
