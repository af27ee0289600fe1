# SPDX-License-Identifier: GPL-2.0-or-later
"""Time and memory of hostile mails of 10 MB, each in a process of its own, as a table.

    ./setup python tests/campaigns/hostile_sizes.py [--bytes N] [--way feedback]... [SHAPE]...

The shapes are those of the tests of hostile mails. Exit status 1 when one mail takes more than
5 seconds of processor time or 300 MB. What is many small mails has no limit of time: it is shown.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "review")]

# ruff: noqa: E402
import child_costs
import toy as toys
from sample_mails import NORA, letter, mbox

from refseries.review.reading import quotes

SECONDS, MEGABYTES = 5.0, 300.0
FEW = 10  # mails; what has more is a mailbox


def fitting(shape: Callable[[int], str], size: int) -> str:
    """A body of that size, or of as many lines as are looked at, if that is less."""
    text = shape(size)
    lines = text.count("\n")
    return text if lines < quotes.MAX_LINES else shape(size * (quotes.MAX_LINES - 1000) // lines)


def of_review(shape: Callable[[int], str], size: int) -> bytes:
    """A mailbox with that review, and a small one."""
    return mbox(letter(fitting(shape, size), author=NORA), letter(message_id="o@x"))


def of_mailbox(shape: Callable[[int], str], size: int) -> bytes:
    """What is a whole mailbox already."""
    return shape(size).encode()


def bodies(size: int) -> dict[str, Callable[[], bytes]]:
    """Whole mailboxes by the names of their shapes, made when they are wanted."""
    reviews = importlib.import_module("test_hostile_mail").BODIES.items()
    mailboxes = importlib.import_module("test_hostile_mailboxes").SHAPES.items()
    return {
        **{f"review: {name}": partial(of_review, shape, size) for name, shape in reviews},
        **{f"mailbox: {name}": partial(of_mailbox, shape, size) for name, shape in mailboxes},
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bytes", type=int, default=10_000_000, help="of each mailbox")
    parser.add_argument("--way", action="append", choices=child_costs.WAYS, help="may be repeated")
    parser.add_argument("shapes", nargs="*", help="part of a name; all without any")
    wanted = parser.parse_args()
    over = 0
    with tempfile.TemporaryDirectory() as directory:
        toy = toys.make(Path(directory))
        path = toy.directory / "mails"
        for name, make in bodies(wanted.bytes).items():
            if wanted.shapes and not any(part in name for part in wanted.shapes):
                continue
            path.write_bytes(make())
            few = path.read_bytes().count(b"\nMessage-ID: ") <= FEW
            for way in wanted.way or child_costs.WAYS:
                cost = child_costs.of(way, path, toy.project, deadline=300)
                bad = cost.megabytes > MEGABYTES or (few and cost.seconds > SECONDS)
                over += bad
                print(
                    f"{way:11} {name:34} {cost.seconds:6.2f} s {cost.megabytes:5.0f} MB"
                    f"{'' if few else '  many mails'}{'  OVER' if bad else ''}",
                    flush=True,
                )
    print(f"{over} are over")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
