# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the files live that refseries carries beside its code."""

from __future__ import annotations

from pathlib import Path

from refseries.errors import HostError


def qemu_dir() -> Path:
    """Directory with the guest's init, the kernel config fragments and the machine tables.

    An installed wheel carries it inside the package, a checkout beside it.

    Raises:
        HostError: the installation is incomplete.
    """
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "qemu", package.parent / "qemu"):
        if (candidate / "configs.toml").is_file():
            return candidate
    raise HostError(
        "this installation of refseries lacks its qemu/ files.",
        where=str(package),
        hint="Install it again from a complete checkout: `pip install .`.",
    )
