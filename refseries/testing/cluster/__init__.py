# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs done on other machines, by Dask's distributed; docs/cluster.md says how it is used."""
