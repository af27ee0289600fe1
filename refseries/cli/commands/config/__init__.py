# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel configs: what would compile the files of a version."""
