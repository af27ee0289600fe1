# SPDX-License-Identifier: GPL-2.0-or-later
"""Find the options that compile what no config does, and write them as a fragment.

They come from Kbuild's lists and Kconfig's dependencies; make olddefconfig
has the last word.

Example: refseries config suggest v4
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refseries.cli import screen, targets
from refseries.cli.context import find_config, load
from refseries.cli.options import LabOptions, OneConfigOption, OutputOptions, TargetArgument
from refseries.errors import SeriesError
from refseries.host.files import write_atomically
from refseries.model import BASE

if TYPE_CHECKING:
    from refseries.kernel import suggest


@dataclass(frozen=True, kw_only=True)
class SuggestOptions(LabOptions, OutputOptions):
    """For what options are wanted, beside those of which config."""

    version: TargetArgument
    config: OneConfigOption = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The fragment; default: kernel-tests/VERSION.config.",
        ),
    ] = None


def main(options: SuggestOptions) -> None:
    """Show and write the options; leave with 1 where a file is left that none compiles."""
    from refseries.kernel import suggest
    from refseries.testing import configuring, runs, touched

    context = load(options)
    targets.states(context, [options.version])  # refuses a wrong name
    config = find_config(context, options.config)
    lab, (target,) = targets.lab_and_targets(context, [options.version], options.quiet)
    if target.version == BASE:
        raise SeriesError("base touches nothing.", hint="Name a version.")
    path = options.output or context.series.root / "kernel-tests" / f"{runs.folder(target)}.config"
    applied = lab.apply(target)
    left = [each.path for each in touched.files_touched(lab, target) if not each.configs]
    # No list names a header: it is read where a source is compiled that includes it.
    files = suggest.compiled_files(left) or tuple(left)
    asked_about = suggest.asking(touched.lines_added(lab, target))
    with screen.progress(options.quiet) as say:
        say(f"Asking the kernel of {target}")
        found = configuring.suggested(lab, applied.commit, config, files, say, asked_about)
    if found.options:
        if path.exists():
            raise SeriesError(
                "is there already.", where=str(path), hint="Name another file with --output."
            )
        head = f"# What compiles the files of {target} beside {config.name}.\n"
        write_atomically(path, head + found.fragment)
    if options.json is not None:
        written = path if found.options else None
        screen.show_json(
            {
                "schema": 1,
                "version": str(target),
                "config": config.name,
                "fragment": written,
                "options": found.options,
                "lost": found.lost,
                "selected": [{"option": option, "by": names} for option, names in found.selected],
                "unknown": found.unknown,
                "unset": found.unset,
                "refused": [each.option for each in found.refused],
                "elsewhere": [
                    {"file": file, "arches": folders} for file, folders in found.elsewhere
                ],
            },
            options.json,
        )
    if options.json != "-":
        _show(found, path, files, config.name)
    if found.lost or found.unknown:
        sys.exit(1)


def _show(found: suggest.Suggestion, path: Path, files: Sequence[str], config: str) -> None:
    for option in found.options:
        screen.say(f"{option}=y")
    for option in found.lost:
        screen.say((f"{option}: not granted by this kernel", "red"))
    elsewhere = dict(found.elsewhere)
    for name in found.unknown:
        if name not in elsewhere:
            screen.say((f"{name}: in no list of Kbuild's", "yellow"))
    unset = found.unset_in_words(config)
    for line in (*found.selected_in_words, *found.elsewhere_in_words, *filter(None, [unset])):
        screen.say((line, "yellow"))
    for each in found.refused:
        where = f"{each.path}:{each.line}: {each.option}"
        told = f"{where}: asked for, and not granted in {config}: make a config without that line"
        screen.say((told, "yellow"))
    if found.options:
        screen.say(f"Wrote {path}; add it to the fragments of a config in configs.toml.")
    elif not files:
        screen.say("Every file that it touches is compiled.")
    elif not (found.lost or found.unknown):
        what = f"{config} sets already what compiles {screen.some(files)}"
        screen.say_sentence(f"{what}; a build shows what it compiles of them: refseries build")
