# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing the ``.config`` of a build directory, only when what it is made from has changed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from refseries.git.build_tree import Worktree
from refseries.kernel import kconfig
from refseries.kernel.model import Config, Fragment
from refseries.kernel.toolchain import Toolchain

SOURCES = re.compile(
    r"(^|/)Kconfig[^/]*$|^Makefile$|^scripts/|^kernel/configs/|^arch/[^/]+/configs/"
)
"""The files of the tree that ``make tinyconfig olddefconfig`` depends on."""

TINY = "tinyconfig"
_CONFIGURED = ".refseries-configured"


def configure(
    out: Path,
    of: Config,
    requests: Mapping[str, kconfig.ConfigRequest],
    tools: Toolchain,
    tree: Worktree,
    make: Callable[[str], None],
) -> None:
    """Write ``.config`` in ``out``, unless the one there came from the same.

    Args:
        of: says what is at the beginning; a ``.config`` of the user's is a wish, and what this tree
            does not have of it is left out without a word, as ``olddefconfig`` does.
        requests: what the fragments ask for, over that.
        tools, tree: what else the result depends on, of the tree by the ids of ``SOURCES``.
        make: runs make for one target there; raises when it fails.

    Raises:
        StageError: a request got lost.
    """
    described: dict[str, object] = {
        "requests": [each.text for each in requests.values()],
        "toolchain": [tools.version, tools.linker, *tools.arguments],
        "sources": tree.blobs(SOURCES),
    }
    if begins := origin(of):
        described["start"] = [each.text for each in begins]
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()
    config, stamp = out / ".config", out / _CONFIGURED
    if stamp.exists() and config.exists():
        if stamp.read_text() == _stamp(digest, config):
            return
        stamp.unlink()
    if of.start_file is not None:
        config.write_text(of.start_file.text)
    else:
        make(of.start)
    config.write_text(kconfig.overlay(config.read_text(), requests))
    make("olddefconfig")
    kconfig.check(requests, kconfig.parse_config(config.read_text()))
    stamp.write_text(_stamp(digest, config))


def origin(of: Config) -> tuple[Fragment, ...]:
    """What ``of`` begins with; nothing where that is tinyconfig, which has always been so."""
    if of.start_file is not None:
        return (of.start_file,)
    return () if of.start == TINY else (Fragment("start", f"make {of.start}"),)


def stamp(out: Path) -> str:
    """By which the configuration of ``out`` is known, as it stands; empty without one."""
    try:
        return (out / _CONFIGURED).read_text()
    except FileNotFoundError:
        return ""


def _stamp(digest: str, config: Path) -> str:
    return f"{digest} {hashlib.sha256(config.read_bytes()).hexdigest()}\n"
