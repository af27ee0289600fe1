# SPDX-License-Identifier: GPL-2.0-or-later
"""What this machine gives: processes, files, settings, data that comes with the program."""
