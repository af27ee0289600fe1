# SPDX-License-Identifier: GPL-2.0-or-later
"""The mail of a version: composed, looked over, sent."""
