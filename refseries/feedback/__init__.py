# SPDX-License-Identifier: GPL-2.0-or-later
"""Review tasks at work: made of mails, proven by evidence, settled on a branch."""
