# SPDX-License-Identifier: GPL-2.0-or-later
"""``python -m refseries`` and the command: takes the signals before it loads the rest.

What Python does before it comes here cannot be ours.
"""


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from refseries.host.starting import stop_at_once

        stop_at_once()
    except KeyboardInterrupt:
        from refseries.host.starting import leave

        leave()
    from refseries.cli import main as run

    run()


if __name__ == "__main__":
    main()
