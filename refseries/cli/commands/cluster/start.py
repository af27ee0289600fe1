# SPDX-License-Identifier: GPL-2.0-or-later
"""Start a scheduler, and workers on this machine, until Ctrl-C.

Example: refseries cluster start --workers 2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from refseries.cli import screen
from refseries.cli.context import load
from refseries.cli.options import BaseOptions, JsonOptions
from refseries.errors import HostError
from refseries.host.text import counted


@dataclass(frozen=True, kw_only=True)
class ClusterStartOptions(BaseOptions, JsonOptions):
    """How many workers, and who reaches them."""

    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=0, max=999, help="Workers here.")
    ] = 1
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            help="Processors of each worker; default: its share of all.",
        ),
    ] = None
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="This machine's address for others; wants keys."
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0: any that is free.")
    ] = 8786


def main(options: ClusterStartOptions) -> None:
    """Start them, say how they are reached, and wait."""
    try:
        from refseries.testing.cluster import serve
    except ImportError as error:
        raise missing() from error

    context = load(options)
    found = context.settings
    environment = {"REFSERIES_CACHE": str(found.cache)}
    if found.tree is not None:
        environment["REFSERIES_TREE"] = str(found.tree)
    if found.base_ref:
        environment["REFSERIES_BASE_REF"] = found.base_ref
    jobs = max(1, found.jobs // max(1, options.workers)) if options.jobs is None else found.jobs
    request = serve.ServeRequest(
        options.workers, jobs, options.host, options.port, found.cache / "cluster", environment
    )
    with serve.serving(request) as served:
        if options.json is not None:
            # Whoever waits for the file finds workers that are ready.
            told = {
                "schema": 1,
                "address": served.address,
                "elsewhere": served.elsewhere,
                "workers": request.workers,
                "logs": request.logs,
            }
            screen.show_json(told, options.json)
        if options.json != "-":
            ready = counted(options.workers, "worker") if options.workers else "The scheduler"
            verb = "is" if options.workers < 2 else "are"
            screen.say(f"{ready} {verb} ready, until Ctrl-C. In another shell:")
            screen.say(f"  refseries test --all-versions --cluster {served.address}")
            if served.elsewhere:
                screen.say(f"On each other machine:  {served.elsewhere}")
        with screen.until_stopped():
            served.watch()


def missing() -> HostError:
    """What a user is told who has not installed the extra."""
    return HostError(
        "distributed is not installed, which clusters are made with.",
        hint="Install it: pip install 'refseries[cluster]'.",
    )
