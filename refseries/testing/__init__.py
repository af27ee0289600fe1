# SPDX-License-Identifier: GPL-2.0-or-later
"""Targets built, booted and tested, and what came of it."""
