# SPDX-License-Identifier: GPL-2.0-or-later
"""What a review mail says: who wrote which line, what it asks for, what it is about."""
