# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines that build and boot for this one, by Dask; docs/cluster.md says how."""
