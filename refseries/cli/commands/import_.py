# SPDX-License-Identifier: GPL-2.0-or-later
"""Bring versions into the series: mails, a thread on the list, a branch.

Every version that is whole is taken; what is not is named with the reason.

Example: refseries import thread.mbox --as v5
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from refseries.cli import intake_view, screen
from refseries.cli.context import find_base, load
from refseries.cli.options import BaseOptions, KeepTagsOption, OutputOptions, SourceArgument
from refseries.errors import RefseriesError
from refseries.host.text import counted
from refseries.importing.base_match import Fit

if TYPE_CHECKING:
    from refseries.importing.draft import Intake
    from refseries.importing.write import Brought, ImportResult
    from refseries.review.given_tags import TagFate


@dataclass(frozen=True, kw_only=True)
class ImportOptions(BaseOptions, OutputOptions):
    """Where versions come from, and which."""

    source: SourceArgument
    name: Annotated[
        str | None,
        typer.Option("--as", metavar="vN", help="Which version it is, or which of several."),
    ] = None
    mail: Annotated[
        str,
        typer.Option(
            metavar="ID", help="Of two series that say so, the one with this mail.",
            show_default=False,
        ),
    ] = ""  # fmt: skip
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put it in the place of that version, if nobody has it."),
    ] = False
    keep_tags: KeepTagsOption = False
    strict: Annotated[
        bool,
        typer.Option("--all-or-nothing", help="Take nothing where one version or patch is not."),
    ] = False


def main(options: ImportOptions) -> None:
    """Bring the versions of a source into the series, and say what came."""
    from refseries.importing import source, write
    from refseries.kernel import version_base
    from refseries.reroll import anew
    from refseries.review import branch_tags, store

    # What --base-ref says is of these versions, not of the series.
    context = load(replace(options, base_ref=None))
    series = context.series
    info = find_base(context, options.quiet)
    told = version_base.at(info, options.base_ref) if options.base_ref else None
    wanted = options.name[1:] if options.name else ""
    replaces = beside = None
    if options.replace:
        replaces = anew.replaceable(series, options.name, store.load(series))
        beside = functools.partial(anew.by_all_of_it, replaces)
    with screen.progress(options.quiet) as progress:
        progress(f"Reading {options.source}")
        number = int(wanted) if wanted.isdecimal() else None
        found = source.read(
            info, options.source, series.root, number, strict=options.strict, asked=options.mail
        )
        tagged = branch_tags.carry(series, found.drafts, options.name, keep=options.keep_tags)
        try:
            result = write.bring(
                series, info, tagged.drafts, context.settings.cache, options.name, progress,
                strict=options.strict, told=told,
                replaces=replaces, beside=beside,
            )  # fmt: skip
        except RefseriesError:
            if options.json != "-":
                intake_view.show_not_taken(found, options.source)
            raise
    if options.json is not None:
        screen.show_json(_as_json(result, found, tagged.fates), options.json)
    if options.json != "-":
        _show(result, tagged.fates, series.root)
        _show_refused(result)
        intake_view.show_not_taken(found, options.source)
        _show_next(result)


def _as_json(
    result: ImportResult, found: Intake, fates: Mapping[str, Sequence[TagFate]]
) -> dict[str, Any]:
    return {
        "schema": 1,
        "known": result.known,
        "sent_by_b4": result.sent_by_b4,
        "refused": [
            {"version": one.name, "where": one.error.where, "why": one.error.what}
            for one in result.refused
        ],
        "not_taken": found.not_taken,
        "versions": [
            {
                "version": brought.version.name,
                "path": brought.version.path,
                "message_id": brought.draft.message_id,
                "change_id": brought.draft.change_id,
                "base": brought.ground,
                "own_base": brought.version.base,
                "depends": brought.version.depends,
                "tags": brought.draft.tags,
                "given_tags": fates.get(brought.draft.source, ()),
                "doubtful_tags": brought.draft.doubtful,
                "remarks": brought.draft.remarks,
                "recipients": brought.recipients,
                "commits": brought.commits,
            }
            for brought in result.brought
        ],
    }


def _show(result: ImportResult, fates: Mapping[str, Sequence[TagFate]], root: Path) -> None:
    console = screen.out()
    for name, message_id in result.sent_by_b4.items():
        screen.say(f"{name} was sent by b4, as <{message_id}>: that is in its version.toml now.")
    for name in result.known:
        console.print(Text(f"{name} is in the series already, as it was posted."))
    for brought in result.brought:
        version = brought.version
        head = Text(version.name, style="bold")
        patches = counted(len(version.patches), "patch", "patches")
        head.append(screen.printable(f"  {brought.draft.title}"), style="default")
        console.print(head, soft_wrap=True)
        intake_view.show_version(brought, fates.get(brought.draft.source, ()), root)
        for person in brought.recipients:
            text = f"  recipient that series.toml does not have: {person}"
            screen.say((text, "yellow"))
        screen.say(f"  {_about_base(brought)}")
        screen.say(f"  {patches} in {version.path}")


def _show_refused(result: ImportResult) -> None:
    for one in result.refused:
        where = f"{one.error.where}: " if one.error.where else ""
        hint = one.error.hint.removeprefix("Nothing was written. ")
        text = f"{one.name} was not taken: {where}{one.error.what} {hint}"
        screen.say((text, "yellow"))


def _show_next(result: ImportResult) -> None:
    console = screen.out()
    if result.brought:
        newest = result.brought[-1]
        console.print(Text(f"\nNext: refseries test {newest.version.name}"))
        if not newest.draft.said and len(newest.version.patches) > 1:
            letter = f"Write its cover letter: {newest.version.cover}"
            screen.say(letter)


def _about_base(brought: Brought) -> str:
    ground = brought.ground
    over = "Applies over the base"
    if own := brought.version.base:
        over = f"Applies over a base of its own, {own.in_words}"
    if brought.version.depends:
        listed = ", ".join(brought.version.depends)
        over = over.replace("Applies over", f"Applies over {listed} on")
    if ground.fit is Fit.NAMED:
        how = "its commits stand on" if brought.draft.tree else "its author names"
        return f"{over}, which is the commit that {how}."
    made = f" It was made on {ground.named[:12]}." if ground.named else ""
    if not ground.told:
        return f"{over}.{made or ' Its patches do not say what they were made on.'}"
    if ground.fit is Fit.SAME_FILES:
        return f"{over}, whose files are those that the patches start from.{made}"
    return f"{over}, though it was made on other files.{made}"
