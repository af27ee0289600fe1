# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds while refseries is being loaded: whoever stops it then is told so."""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a user or his system stops a program with."""


def stop_at_once() -> None:
    """Let the signals end this process, with status 130 and a word, until others handle them.

    To raise from the handler would end in the middle of any import, and many modules take an error
    of another for something that is not installed.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish is respected
            signal.signal(number, lambda _number, _frame: leave())


def leave() -> None:
    """End this process, which has not begun anything, as ``Stopped`` would."""
    try:
        os.write(2, b"refseries: stopped. Nothing was begun.\n")
    finally:
        os._exit(130)
