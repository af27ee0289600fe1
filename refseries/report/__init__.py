# SPDX-License-Identifier: GPL-2.0-or-later
"""One page that shows where a series stands: what is kept is gathered, and then drawn as HTML."""
