# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed from one state of the series to another, in code, texts and behaviour."""
