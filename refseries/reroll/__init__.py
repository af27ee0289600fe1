# SPDX-License-Identifier: GPL-2.0-or-later
"""From a version and the fixups on top of it to the next version."""
