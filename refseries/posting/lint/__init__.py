# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with mails before they leave, or in a mailbox: rules, and what would happen."""
