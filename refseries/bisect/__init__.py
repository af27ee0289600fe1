# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fixup, patch or commit turned a case, a splat, a figure or the build."""
