# SPDX-License-Identifier: GPL-2.0-or-later
"""One guest: what is in it, how it is booted, and how to read what it says."""
