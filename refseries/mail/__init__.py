# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail: read, written, checked. The only room that imports b4 and liblore."""
