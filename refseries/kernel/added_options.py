# SPDX-License-Identifier: GPL-2.0-or-later
"""Options that versions of a series add: base, and versions without them, do without."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from refseries import git
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
    there = _defined(repo, commit, asked) if asked else set()
    return {
        option: request
        for option, request in requests.items()
        if option not in asked or option in there
    }


def _defined(repo: Path, commit: str, options: Iterable[str]) -> set[str]:
    names = "|".join(option.removeprefix("CONFIG_") for option in options)
    line = rf"^[[:space:]]*(menu)?config[[:blank:]]+({names})[[:space:]]*$"
    words = ("grep", "-h", "-E", "-e", line)
    told = git.git(repo, *words, commit, "--", "*Kconfig*", check=False).stdout
    return {f"CONFIG_{line.split()[-1]}" for line in told.splitlines()}
