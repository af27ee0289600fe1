# SPDX-License-Identifier: GPL-2.0-or-later
"""The mails of a version on their way to the list: each goes out once, or it is known why not."""
