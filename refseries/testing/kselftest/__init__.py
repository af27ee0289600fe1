# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a version breaks what the base kernel's own selftests test."""
