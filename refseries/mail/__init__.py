# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail as such, without a series: read, taken apart, written."""
