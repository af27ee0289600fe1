# SPDX-License-Identifier: GPL-2.0-or-later
"""What reviewers asked for: tasks, their evidence, and the commits that settle them."""
