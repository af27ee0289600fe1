# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the user's environment would reach make and gcc unseen."""

from __future__ import annotations

NEUTRAL = (
    "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH",
)  # fmt: skip
"""Variables that bend what is made, and are in no key; empty, they are to both as unset."""
