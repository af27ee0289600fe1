# SPDX-License-Identifier: GPL-2.0-or-later
"""Options that versions of a series add: base, and versions without them, do without."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from refseries.kernel import kconfig_files
from refseries.kernel.kconfig import ConfigRequest

_ADDED = re.compile(rb"^\+\s*(?:menu)?config[ \t]+(\w+)\s*$", re.M)


def options_added(patches: Iterable[Path]) -> frozenset[str]:
    """Options, with their ``CONFIG_``, whose Kconfig entries the patch files add."""
    found = (name for path in patches for name in _ADDED.findall(path.read_bytes()))
    return frozenset(f"CONFIG_{name.decode()}" for name in found)


def granted(
    requests: Mapping[str, ConfigRequest], added: Collection[str], repo: Path, commit: str
) -> dict[str, ConfigRequest]:
    """``requests`` without those of options that versions add and this tree has not.

    An option that no version adds stays: where the tree has not got it, that is a fault.

    Args:
        added: as ``options_added`` gives them.
    """
    asked = [option for option in requests if option in added]
    there = kconfig_files.defined(repo, commit, asked)
    return {
        option: request
        for option, request in requests.items()
        if option not in asked or option in there
    }
