# SPDX-License-Identifier: GPL-2.0-or-later
"""Keep a series that this one depends on: its patches are applied below.

They go into series/depends/NAME. What a version depends on, `depends` says
in its version.toml, or in series.toml: by that name, a message id, a
change-id or the branch. The same again changes nothing.

Example: refseries depend '<20261120-count-v2-0-0123456789ab@example.org>'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions, SourceArgument
from refseries.errors import SeriesError
from refseries.host.text import counted
from refseries.model import Series

if TYPE_CHECKING:
    from refseries.importing.dependency import KeptDependency


@dataclass(frozen=True, kw_only=True)
class DependOptions(BaseOptions, OutputOptions):
    """What the series depends on, and what it is called here."""

    source: SourceArgument
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What it is called in series/depends/.")
    ] = None
    version: Annotated[
        str | None,
        typer.Option("--take", metavar="vN", help="Which version it is, or which of several."),
    ] = None


def main(options: DependOptions) -> None:
    """Keep the patches, and say how a version comes to stand on them."""
    from refseries.importing import dependency, source
    from refseries.kernel import version_base

    # What --base-ref says is of the dependency, not of the series.
    context = load(replace(options, base_ref=None))
    series = context.series
    info = find_base(context, options.quiet)
    told = version_base.at(info, options.base_ref) if options.base_ref else None
    number = _number(options.version)
    with screen.progress(options.quiet) as progress:
        progress(f"Reading {options.source}")
        drafts = source.drafts(info, options.source, series.root, number)
        progress("Applying")
        kept = dependency.keep(
            series, info, context.settings.cache, drafts, options.name, number, told
        )
    if options.json is not None:
        screen.show_json({"schema": 1, **asdict(kept)}, options.json)
    if options.json != "-":
        _show(series, kept)


def _number(wanted: str | None) -> int | None:
    text = (wanted or "").removeprefix("v")
    if wanted is not None and not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise SeriesError(
            f"`{wanted}` is no name of a version.", where="--take", hint="Versions are v1, v2, …"
        )
    return int(text) if text else None


def _show(series: Series, kept: KeptDependency) -> None:
    found = kept.dependency
    number = f" v{found.version}" if found.version else ""
    was = "" if kept.new else ", which was there already"
    screen.say((found.name, "bold"), f"  {found.title}{number}{was}")
    for commit in kept.commits:
        screen.say((f"  {commit.commit[:12]} ", "yellow"), commit.subject)
    screen.say(f"  applies over {kept.over}")
    screen.say(f"  {counted(len(found.patches), 'patch', 'patches')} in {found.path}")
    wanted = [*kept.below, found.name]
    if set(found.names) & set(series.depends):
        return
    listed = _quoted(dict.fromkeys([*series.depends, *wanted]))
    screen.say("\nNext: say what stands on it, in series/series.toml, above its tables, for every")
    screen.say("version that says nothing itself, or in the version.toml of one:")
    screen.say(f"  depends = [{listed}]")


def _quoted(names: Sequence[str] | dict[str, None]) -> str:
    return ", ".join(f'"{name}"' for name in names)
