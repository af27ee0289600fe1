# SPDX-License-Identifier: GPL-2.0-or-later
"""What a version costs, in instructions of a guest whose clock counts them."""
