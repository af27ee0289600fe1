# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m refseries`` and the command: takes the signals before it loads the rest.

What Python does before it comes here, which is to look for itself and for what is installed, cannot
be ours: who presses Ctrl-C then sees a traceback of Python's, and nothing was begun.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Built into Python, so that nothing is looked for meanwhile; `signal` itself loads others.
    import _signal  # type: ignore[import-not-found]

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from refseries.host.starting import stop_at_once

    stop_at_once()
    from refseries.cli import main as run

    run()


if __name__ == "__main__":
    main()
