# SPDX-License-Identifier: GPL-2.0-or-later
"""Tasks: what reviewers asked for, where it stands, and what proves it."""
