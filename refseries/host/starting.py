# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds while refseries is being loaded: its encoding, and whoever stops it is told so."""

import os
import signal
import sys

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


_OUTPUT = "REFSERIES_OUTPUT"
"""Variable of the environment: the encoding of the terminal, for the process started anew."""


def use_utf_8() -> str | None:
    """Start this process anew where Python has another encoding for words, names and variables.

    It would hand the author of a commit to git in that one, or in none. Call it before anything is
    begun.

    Returns:
        The encoding of the terminal, in the process that was started anew.
    """
    terminal = os.environ.pop(_OUTPUT, None)
    if terminal is None and sys.executable and sys.getfilesystemencoding() != "utf-8":
        os.environ["PYTHONUTF8"] = "1"
        os.environ[_OUTPUT] = sys.stdout.encoding if sys.stdout else "utf-8"
        words = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        os.execv(sys.executable, words)  # noqa: S606 - it is we ourselves
    return terminal


def leave() -> None:
    """End this process, which has not begun anything, as ``Stopped`` would."""
    try:
        os.write(2, b"refseries: stopped. Nothing was begun.\n")
    finally:
        os._exit(130)
