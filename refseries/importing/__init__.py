# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions that come from elsewhere, out of mails or git, into ``series/``."""
