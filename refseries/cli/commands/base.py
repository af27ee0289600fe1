# SPDX-License-Identifier: GPL-2.0-or-later
"""Get the base kernel: your tree, the distribution's source package, or a tarball.

Example: refseries base --tree ~/linux --base-ref v6.12.40
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions

# Own bases are the versions' affair; where names are looked up, ours.
_OURS = frozenset({"own", "lacking", "work_tree"})


@dataclass(frozen=True, kw_only=True)
class BaseCommandOptions(BaseOptions, OutputOptions):
    """Nothing of its own."""


def main(options: BaseCommandOptions) -> None:
    """Find or import the base and say which it is."""
    info = find_base(load(options), options.quiet)
    if options.json is not None:
        told = {key: value for key, value in asdict(info).items() if key not in _OURS}
        screen.show_json({"schema": 1, **told}, options.json)
    if options.json != "-":
        screen.out().print(
            f"Linux {info.release} from {info.source}: commit {info.commit[:12]} in {info.repo}",
            soft_wrap=True,
        )
