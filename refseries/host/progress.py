# SPDX-License-Identifier: GPL-2.0-or-later
"""How slow work is told of while it goes on: one way for all rooms.

What happens *in* a run (a case came out, a file was compiled) is no text: rooms that have more than
one listener give values of their own for it, whose listeners are named ``On…``.
"""

from __future__ import annotations

from typing import Protocol


class Say(Protocol):
    """Is told what is being done."""

    def __call__(self, text: str, part: float = 0.0, /) -> None:
        """Hear of it.

        Args:
            text: what is being done, in words.
            part: how much of it is done, from 0.0 to 1.0; 0.0 where nobody knows.
        """


def silent(text: str, part: float = 0.0, /) -> None:
    """Tell nobody."""
