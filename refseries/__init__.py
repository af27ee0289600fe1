# SPDX-License-Identifier: GPL-2.0-or-later
"""Manage a Linux kernel patch series across its revisions."""

__version__ = "0.1.0"
