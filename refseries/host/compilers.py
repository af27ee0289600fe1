# SPDX-License-Identifier: GPL-2.0-or-later
"""What of the user's environment would reach make and gcc unseen."""

from __future__ import annotations

NEUTRAL = (
    "MAKEFLAGS", "MFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH",
)  # fmt: skip
"""Variables that bend what is made, and are in no key; empty, they are to both as unset."""

PROGRAMS = dict.fromkeys(
    (
        *NEUTRAL, "CFLAGS", "CPPFLAGS", "ASFLAGS", "LDFLAGS", "LDLIBS", "EXTRA_CFLAGS",
        "KHDR_INCLUDES", "TOOLS_INCLUDES", "LLVM",
    )
)  # fmt: skip
"""Environment of a make of programs: none of these. An empty one is not as unset to ``?=``."""
