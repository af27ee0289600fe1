# SPDX-License-Identifier: GPL-2.0-or-later
"""Folders of users: the ``~`` of a path, read and written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from refseries.errors import HostError

NOBODY = {"HOME": "/dev/null"}
"""Environment of a program that must not heed what a user wishes of it at home: nothing is there.

checkpatch, get_maintainer.pl and spatch have files of options there, which can make them silent.
"""


def expanded(path: str | Path) -> Path:
    """``path`` with its ``~`` or ``~user`` replaced; as a shell has it, what nobody knows stays."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - that of Path raises RuntimeError


def own(find: Callable[[], str], variable: str) -> Path:
    """The folder that ``find``, of platformdirs, gives for what is ours.

    Args:
        variable: by which the user can name another.

    Raises:
        HostError: nobody knows where the user is at home.
    """
    try:
        return Path(find())
    except RuntimeError as error:
        raise HostError(
            "your home folder is not known: HOME is not set, and the system does not name one.",
            hint=f"Set HOME, or {variable}.",
        ) from error


def at_home(path: Path) -> str:
    """``path`` as it is written for others: ``~/...`` below the home of whoever writes it.

    Who has none of his own, as in a container, may be at home in ``/``.
    """
    home = expanded("~")
    if home != Path("/") and path.is_relative_to(home):
        return str("~" / path.relative_to(home))
    return str(path)
