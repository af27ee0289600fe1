# SPDX-License-Identifier: GPL-2.0-or-later
"""The directory that one config is built in: how it begins, and what a killed build leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from refseries.host import proc
from refseries.kernel import kconfig

RELEASE = "include/config/kernel.release"
"""What kbuild makes before it compiles: the name of the kernel."""
BUSY = ".refseries-busy"
"""In a build directory while make is at work in it; see ``recover``."""
_COPYING = ".refseries-copying"
_OURS = ".refseries-*"

# Two file systems or a coarse clock may disagree by this much about "later".
_CLOCK_SLACK_SECONDS = 2.0


def recover(out: Path) -> None:
    """Fix a build directory that a build was killed in.

    A compiler that was killed leaves half an object, and make, which goes by times, takes it for a
    whole one if it was compiled before. So everything that is as young as the killed build is
    removed; ccache brings most of it back. What was copied is as old as what it was copied from,
    so of half a copy nothing is left.
    """
    if (out / _COPYING).exists():
        shutil.rmtree(out)
        out.mkdir()
        return
    busy = out / BUSY
    if not busy.exists():
        return
    since = busy.stat().st_mtime - _CLOCK_SLACK_SECONDS
    for directory, _, names in os.walk(out):
        for name in names:
            path = Path(directory, name)
            if path != busy and path.lstat().st_mtime >= since:
                path.unlink()
    busy.unlink()


def take_over(out: Path, others: list[Path]) -> None:
    """Begin with what was compiled beside ``out``, so that make does what another config adds.

    Kbuild knows of each object which options its sources ask for (scripts/basic/fixdep.c), as it
    has to when a ``.config`` is edited. Of an option that is gone its objects would stay: so only
    that is taken over all of whose options are set in the same way in ``out``, and of several what
    has the most.

    Args:
        out: configured, and nothing is compiled in it.
        others: build directories of the same work tree.

    Raises:
        HostError: the disk is full.
        StageError: copying failed.
        Stopped: the user stopped it.
    """
    config = out / ".config"
    ours = kconfig.parse_config(config.read_text()).items()
    fitting = {other: options for other in others if (options := _options(other)).items() <= ours}
    most = max(fitting, key=lambda other: len(fitting[other]), default=None)
    if most is None or not fitting[most]:
        return
    kept = {path: path.read_bytes() for path in (config, *out.glob(_OURS))}
    copying = out / _COPYING
    copying.touch()
    # As old as they were: make goes by that.
    proc.run(["cp", "-a", "--reflink=auto", "--", f"{most}/.", out], deadline=3600)
    # What is noted of a directory holds for that one.
    for path in {*out.glob(_OURS)} - {copying}:
        path.unlink()
    for path, data in kept.items():
        path.write_bytes(data)
    copying.unlink()


def _options(other: Path) -> dict[str, str]:
    """What is set in a build directory in which something was compiled; nothing for any other."""
    if (other / BUSY).exists() or not (other / RELEASE).exists():
        return {}
    try:
        return kconfig.parse_config((other / ".config").read_text())
    except (OSError, UnicodeDecodeError):
        return {}
