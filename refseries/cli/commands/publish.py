# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a signed tag of a version, its cover letter as the message.

The commits are those that the mails hold, over what the version stands on.
git signs as your own settings say. Nothing leaves the machine but with
--push. The same again does nothing; a tag of that name that is something
else is never moved.

Where others can fetch it (http, https, git, or what --url says), export and
send put that line into the cover letter, as long as the mails are the same
commits.

Example: refseries publish v4 --tree ~/linux --push origin
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import screen
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, OutputOptions, PlainVersionArgument

if TYPE_CHECKING:
    from refseries.posting import publish


@dataclass(frozen=True, kw_only=True)
class PublishOptions(BaseOptions, OutputOptions):
    """Which version, under what name, and for whom."""

    version: PlainVersionArgument
    tag: Annotated[
        str, typer.Option(metavar="NAME", help="Its name; default: the series' and the version's.")
    ] = ""
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Without a signature.")] = False
    push: Annotated[
        str,
        typer.Option(metavar="REMOTE", help="Push it there, alone: a remote that your tree has."),
    ] = ""
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where others fetch from, if not as the remote does.")
    ] = ""


def main(options: PublishOptions) -> None:
    """Make the tag, push it where asked, and give the line for the cover letter."""
    from refseries.posting import publish

    context = load(options)
    info = find_base(context, options.quiet)
    done = publish.publish(
        context.series,
        info,
        context.settings.cache,
        options.version,
        tag=options.tag,
        sign=not options.no_sign,
        remote=options.push,
        url=options.url,
    )
    if options.json is not None:
        screen.show_json({"schema": 1, **asdict(done)}, options.json)
    if options.json != "-":
        _show(done)


def _show(done: publish.PublishedTag) -> None:
    signed = "signed" if done.signed else "not signed"
    was = signed if done.made else "was there already, the same"
    screen.say(("tag     ", "bold"), f"{done.tag} in {done.repo}, {was}")
    screen.say(("commit  ", "bold"), done.commit)
    if done.remote:
        there = "pushed" if done.pushed else "was there already"
        screen.say(("remote  ", "bold"), f"{done.remote}, {there}")
    if done.in_cover:
        screen.say(f"\nThe cover letter of {done.version} says from now on, while it is the same:")
        screen.say(f"  {done.fetch}")
    elif done.fetch:
        screen.say("\nThe cover letter does not say so, as others may not get there; see --url:")
        screen.say(f"  {done.fetch}")
    if not done.remote:
        screen.say("\nNothing was pushed. To do that: --push REMOTE")
