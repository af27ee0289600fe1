# SPDX-License-Identifier: GPL-2.0-or-later
"""The base kernel, its configurations, and kernels built of it."""
