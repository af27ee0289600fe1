# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that suites compile, and where they go in the guest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from refseries.testing.suites.kind import HARNESS_PLACE, PLACE

_HARNESS = re.compile(rb'^\s*#\s*include\s*[<"][^>"]*kselftest_harness\.h[>"]', re.M)


def has_harness(source: bytes) -> bool:
    """Whether a program's source says that it lists and runs its cases itself."""
    return bool(_HARNESS.search(source))


def placed(suite: str, harness: Iterable[str], built: Mapping[str, bytes]) -> dict[str, bytes]:
    """``built`` by path in the guest: those with the harness stand where init looks."""
    listed = set(harness)
    return {
        f"{HARNESS_PLACE if name in listed else f'{PLACE}/{suite}'}/{name}": data
        for name, data in built.items()
    }
