# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of the lines that a version adds its tests run."""
