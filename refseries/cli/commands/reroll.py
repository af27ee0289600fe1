# SPDX-License-Identifier: GPL-2.0-or-later
"""Make the next version: the fixups of the working branch folded into their patches.

The newest version, if it is named, is made anew while nobody else has it.
The patch that a fixup goes into is found by its subject (`fixup! …`), or by
the lines that it changes; where that is not clear, --into or --new says it.
Nothing is written if anything fails.

Example: refseries reroll v5 --into 1a2b3c4d=2 --new 5e6f7a8b
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from refseries.cli import screen, tags_view
from refseries.cli.context import Context, find_base, load
from refseries.cli.options import BaseOptions, KeepTagsOption, OutputOptions, WorkBranchOption
from refseries.errors import SeriesError
from refseries.host import clock
from refseries.host.text import counted
from refseries.model import BaseInfo, Series, number_of
from refseries.reroll.anchors import UNTOUCHED
from refseries.review import store
from refseries.series import store as series_store

if TYPE_CHECKING:
    from refseries.reroll.draft import Draft, Wish
    from refseries.reroll.reproduce import Compared
    from refseries.reroll.write import Written


@dataclass(frozen=True, kw_only=True)
class RerollOptions(BaseOptions, OutputOptions):
    """Which version is made, out of what, and which patch each fixup goes into."""

    version: Annotated[
        str,
        typer.Argument(metavar="VERSION", help="The version to make; else the next one."),
    ] = ""
    branch: WorkBranchOption = None
    into: Annotated[
        tuple[str, ...],
        typer.Option(
            metavar="COMMIT=PATCH",
            help="Fold a commit into this patch, by number or name; may be given again.",
        ),
    ] = ()
    new: Annotated[
        tuple[str, ...],
        typer.Option(metavar="COMMIT", help="Make a patch of this commit; may be given again."),
    ] = ()
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Fold as this file says, a reroll.toml."),
    ] = None
    keep_tags: KeepTagsOption = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be made; write nothing.")
    ] = False
    again: Annotated[
        bool, typer.Option("--again", help="Make a version again and compare; write nothing.")
    ] = False


def main(options: RerollOptions) -> None:
    """Make a version, or make one again and leave with 1 if it is not the same."""
    from refseries.reroll import draft as drafts
    from refseries.reroll.write import write

    context = load(options)
    if not options.version:
        options = replace(options, version=_next(context.series, options))
    wish = _wish(options)
    series, cache = context.series, context.settings.cache
    info = find_base(context, options.quiet)
    if options.again:
        _again(context, info, options)
        return
    draft = drafts.draft(series, info, cache, store.load(series), wish)
    written = None
    if not options.dry_run:
        with screen.progress(options.quiet) as progress:
            written = write(series, draft, cache, clock.now(), progress)
    if options.json is not None:
        screen.show_json(_as_json(draft, written), options.json)
    if options.json != "-":
        _show(screen.out(), draft, written, series.root)


def _next(series: Series, options: RerollOptions) -> str:
    newest = series_store.newest(series)
    return newest.name if options.again else f"v{newest.number + 1}"


def _wish(options: RerollOptions) -> Wish:
    from refseries.reroll.draft import Wish

    into = []
    for text in options.into:
        commit, equals, patch = text.partition("=")
        if not (commit and equals and patch):
            raise SeriesError(
                f"`{text}` does not say which patch.",
                where="--into",
                hint="Write COMMIT=PATCH, as in --into 1a2b3c4d=2.",
            )
        into.append((commit, patch))
    given = into or options.new or options.plan or options.branch or options.dry_run
    given = given or options.keep_tags
    if options.again and given:
        raise SeriesError(
            "--again makes a version as its own plan says, and writes nothing.",
            hint="Drop the other options.",
        )
    return Wish(
        options.version, options.branch, tuple(into), options.new, options.plan, options.keep_tags
    )


def _again(context: Context, info: BaseInfo, options: RerollOptions) -> None:
    from refseries.reroll import reproduce

    found = reproduce.again(context.series, info, context.settings.cache, options.version)
    same = not any(each.difference for each in found)
    if options.json is not None:
        record = {"schema": 1, "version": options.version, "same": same, "files": found}
        screen.show_json(record, options.json)
    if options.json != "-":
        _show_again(screen.out(), options.version, found)
    if not same:
        sys.exit(1)


def _show_again(console: Console, version: str, found: Sequence[Compared]) -> None:
    for each in found:
        word, style = ("differs", "red") if each.difference else ("same", "green")
        line = Text(f"{word:<8}", style=style)
        line.append(screen.printable(each.name), style="default")
        console.print(line, soft_wrap=True)
        if each.difference:
            screen.say((each.difference, "dim"))
    if different := sum(bool(each.difference) for each in found):
        console.print(
            Text(
                f"\nDifferent in {version}: {different} of {counted(len(found), 'file')}.",
                style="red",
            )
        )
    else:
        console.print(Text(f"\n{version} is the same to the byte: {counted(len(found), 'file')}."))


def _show(console: Console, draft: Draft, written: Written | None, root: Path) -> None:
    how = "made anew of" if draft.old is not None else "made of"
    console.print(Text(f"{draft.version}, {how} {draft.before.name} and:", style="bold"))
    why = {choice.fixup.name: choice for choice in draft.choices}
    for fixup in draft.fixups:
        line = Text(f"{fixup.commit[:12]} ", style="yellow")
        line.append(screen.printable(fixup.subject), style="default")
        console.print(line, soft_wrap=True)
        if choice := why.get(fixup.name):
            own = choice.into is fixup
            text = choice.why if own else f"into {choice.into.name}: {choice.why}"
            screen.say(f"  {text}")
        if fixup.addresses:
            names = screen.printable(", ".join(fixup.addresses))
            console.print(Text(f"  settles {names}", style="green"))
        else:
            console.print(Text("  names no task", style="yellow"))
    tags_view.show(draft.tags, number_of(draft.version), root if written else None)
    if draft.left_out:
        left_out = f"not committed, so not in {draft.version}: {screen.some(draft.left_out)}"
        screen.say((left_out, "yellow"))
    if draft.hidden:
        screen.say((screen.hidden(draft.hidden, draft.version), "yellow"))
    if written is None:
        console.print(
            Text(f"\n{counted(len(draft.plan.patches), 'patch', 'patches')}; nothing was written.")
        )
        return
    for fate in written.open:
        style = "default" if fate.became == UNTOUCHED else "yellow"
        number = f":{fate.line}" if fate.line else ""
        place = f" {fate.file or fate.patch}{number}" if fate.patch else ""
        console.print(
            Text(screen.printable(f"open {fate.task}: {fate.became}{place}"), style=style)
        )
    if written.reopened:
        screen.say((f"open again: {', '.join(written.reopened)}", "yellow"))
    if written.kept_changelog:
        command = f"refseries feedback changelog {draft.version}"
        screen.say((f"cover.md: your changelog stays as it is; it would be: {command}", "yellow"))
    console.print(f"\nwrote {written.path}", soft_wrap=True)
    console.print(f"Next: edit {written.path / 'cover.md'}, then refseries test {draft.version}")


def _as_json(draft: Draft, written: Written | None) -> dict[str, object]:
    return {
        "schema": 1,
        "version": draft.version,
        "onto": draft.before.name,
        "anew": draft.old is not None,
        "fixups": [
            {
                "name": fixup.name,
                "commit": fixup.commit,
                "subject": fixup.subject,
                "addresses": fixup.addresses,
            }
            for fixup in draft.fixups
        ],
        "patches": draft.plan.patches,
        "choices": [
            {"fixup": choice.fixup.name, "into": choice.into.name, "why": choice.why}
            for choice in draft.choices
        ],
        "left_out": draft.left_out,
        "hidden": draft.hidden,
        "tags": draft.tags,
        **_written(written),
    }


def _written(written: Written | None) -> dict[str, object]:
    if written is None:
        return {
            "written": None, "settled": [], "open": [], "reopened": [], "kept_changelog": False,
        }  # fmt: skip
    settled = [task.id for task in written.settled]
    return {
        "written": written.path,
        "settled": settled,
        "open": written.open,
        "reopened": written.reopened,
        "kept_changelog": written.kept_changelog,
    }
