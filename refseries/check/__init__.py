# SPDX-License-Identifier: GPL-2.0-or-later
"""What a strict reviewer's tools say of each patch of a version, and what of it is new."""
