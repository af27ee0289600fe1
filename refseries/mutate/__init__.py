# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants: small wrong versions of a version, to find out what the selftests would not notice."""
