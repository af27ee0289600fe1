# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of suites, one module each: what a file may name as its ``kind``."""

from __future__ import annotations

import msgspec

from refseries.testing.suites.kinds.command import CommandSuite
from refseries.testing.suites.kinds.kunit import KunitSuite
from refseries.testing.suites.kinds.programs import ProgramsSuite
from refseries.testing.suites.kinds.tree import TreeSuite

AnySuite = CommandSuite | KunitSuite | ProgramsSuite | TreeSuite


class SuitesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``kernel-tests/suites.toml``: suites by name."""

    schema: int
    suite: dict[str, AnySuite]
