# SPDX-License-Identifier: GPL-2.0-or-later
"""Begin a series of your own, with its first version where there is one.

In a kernel tree, the branch that is checked out becomes v1; --from names
another one, A..B or a mailbox. What it was made on, who is to see it and
which options compile it are found and written down.

Example: refseries init my-series --tree ~/linux --from my-branch
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from refseries import git
from refseries.cli import intake_view, screen
from refseries.cli.context import find_base, load
from refseries.cli.options import OutputOptions, SeriesOptions, TreeOption
from refseries.errors import RefseriesError, SeriesError
from refseries.host import settings
from refseries.host.homes import expanded
from refseries.host.text import counted
from refseries.importing import init
from refseries.importing.init import Begun
from refseries.kernel import version_base

if TYPE_CHECKING:
    from refseries.importing.draft import ImportDraft, Intake
    from refseries.importing.first import Beginning
    from refseries.importing.write import ImportResult
    from refseries.kernel.model import Config
    from refseries.kernel.suggest import Suggestion
    from refseries.posting.beginning import InitFindings

# What `series.toml` names, unless only another one compiles anything of v1.
_CONFIG = "default"


@dataclass(frozen=True, kw_only=True)
class InitOptions(SeriesOptions, OutputOptions):
    """Where the series is made, what it is called, and what it is based on."""

    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The folder, made if need be; default: here.", show_default=False
        ),
    ] = Path()
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Short name of the series; default: the folder's."),
    ] = None
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What it is, in a line; default: its name.")
    ] = None
    tree: TreeOption = None
    base_ref: Annotated[
        str | None,
        typer.Option("--base-ref", metavar="REF", help="The commit that your patches are made on."),
    ] = None
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="SOURCE", help="What v1 is: a branch, A..B or a mailbox."),
    ] = None


def main(options: InitOptions) -> None:
    """Begin the series, bring its first version where there is one, and say how to go on."""
    above = expanded(options.directory or Path())
    root = settings.in_utf8((above / expanded(options.folder)).resolve())
    resolved = settings.resolve(tree=options.tree, base_ref=options.base_ref)
    found, intake = _find(options, resolved, above.resolve(), root)
    drafts = intake.drafts
    name, title = options.name, options.title
    if found is not None:
        resolved = settings.resolve(tree=found.tree, base_ref=found.ref)
        # Of a folder that was not named for the series, the branch's name says more.
        name = name or (found.name if options.folder == Path() else None) or None
        title = title or next((draft.title for draft in drafts if draft.title), None)
    begun = init.begin(root, resolved, name, title, drafts[-1].prefixes if drafts else ())
    first = None
    if found is not None:
        first = _bring(options, root, drafts, found, begun)
    if options.json is not None:
        screen.show_json(_as_json(begun, first, intake), options.json)
    if options.json != "-":
        _show_files(begun)
        _show_ignored(begun)
        if first is not None:
            _show_first(first, root, kept=root / "kernel-tests" / "config" in begun.kept)
            intake_view.show_not_taken(intake, found.source if found else "")
        _show_next(begun, first, root, titled=title is not None)


def _find(
    options: InitOptions, resolved: settings.Settings, at: Path, root: Path
) -> tuple[Beginning | None, Intake]:
    """What the series can begin with, read; nothing is written for it."""
    from refseries.importing import first, source
    from refseries.importing.draft import Intake
    from refseries.model import BaseInfo

    here = first.tree_at(at)
    if options.source is None and (options.tree is not None or here is None):
        return None, Intake(())
    tree = here if options.source is None else resolved.tree or here or first.tree_at(root)
    if tree is None:
        raise SeriesError(
            "which kernel is the series made on?", hint="Name your git tree: --tree DIR"
        )
    found = first.find(tree, options.source, resolved.base_ref)
    if found is None:
        if options.source is None and resolved.tree is None:
            raise SeriesError(
                "no branch with commits of yours is checked out.",
                where=str(tree),
                hint="Name what v1 is: --from BRANCH; or begin without a version: --tree DIR"
                " --base-ref REF",
            )
        return None, Intake(())
    seen = BaseInfo("", "tree", git.git_dir(tree), "", "", work_tree=tree)
    info = version_base.at(seen, found.ref)
    where = next(each for each in (root, *root.parents) if each.is_dir())
    return found, source.read(info, found.source, where)


def _bring(
    options: InitOptions,
    root: Path,
    drafts: Sequence[ImportDraft],
    found: Beginning,
    begun: Begun,
) -> _First:
    """Bring the first version into the series that has just begun."""
    from refseries.importing import write
    from refseries.kernel import arch
    from refseries.posting import beginning
    from refseries.testing import configuring
    from refseries.testing.lab import Lab

    named = f"v{found.number}" if found.number and len(drafts) == 1 else None
    with _taken_back(begun):
        context = load(replace(options, directory=root, tree=found.tree, base_ref=None))
        info = find_base(context, quiet=True)
        cache = context.settings.cache
        told = info if options.base_ref else None
        result = write.bring(context.series, info, drafts, cache, named, told=told)
    brought = result.brought[-1]
    config = root / "kernel-tests" / "config"
    configs = _begin_with(root)
    lab = Lab(context.series, brought.base, cache, context.settings.jobs)

    with screen.progress(options.quiet) as say:

        def suggested(files: Sequence[str], options: Sequence[str]) -> tuple[str, str, Suggestion]:
            say("Asking the kernel's Kconfig what compiles it")
            commit = brought.commits[-1].commit
            chosen, found = configuring.begun(lab, commit, configs, files, options, say)
            return chosen.name, arch.get(chosen.arch).source, found

        say("Asking get_maintainer.pl who is to see it")
        completed = beginning.complete(
            context.series,
            brought,
            cache,
            config if config in begun.written else None,
            suggested,
            arch.get(configs[0].arch).source,
        )
    return _First(result, completed, configs)


@contextlib.contextmanager
def _taken_back(begun: Begun) -> Iterator[None]:
    """Leave no series behind where its first version does not come."""
    try:
        yield
    except BaseException as error:
        if init.take_back(begun) and isinstance(error, RefseriesError):
            also = "No series was begun: without --from, it begins without a version."
            error.hint = f"{error.hint} {also}"
        raise


def _begin_with(root: Path) -> tuple[Config, ...]:
    """The first config of each architecture that boots, ``_CONFIG`` before the others."""
    from refseries.kernel import configs

    known = configs.of_project(root)
    found = {each.arch: each for each in reversed(known.values()) if each.boot}
    first = known[_CONFIG]
    return tuple({first.arch: first, **found, first.arch: first}.values())


@dataclass(frozen=True)
class _First:
    """What came into the series, and what was written down with it.

    Attributes:
        configs: what it could begin with.
    """

    result: ImportResult
    completed: InitFindings
    configs: tuple[Config, ...]


def _as_json(begun: Begun, first: _First | None, intake: Intake) -> dict[str, Any]:
    told: dict[str, Any] = {
        **dict.fromkeys(("versions", "to", "cc", "options", "unknown", "lost", "remarks"), ()),
        "unverified": "",
        "config": _CONFIG,
        "unset": (),
        "unbuilt": False,
        "selected": (),
        "elsewhere": (),
    }
    if first is not None:
        done = first.completed
        told = {
            "versions": [each.version.name for each in first.result.brought],
            "to": done.to,
            "cc": done.cc,
            "options": _short((*done.compiled.options, *done.compiled.lost)),
            "unknown": done.compiled.unknown,
            "lost": _short(done.compiled.lost),
            "remarks": [text for each in first.result.brought for text in each.draft.remarks],
            "unverified": done.unverified,
            "config": done.config,
            "unset": _short(done.compiled.unset),
            "unbuilt": done.unbuilt,
            "selected": [
                {"option": option.removeprefix("CONFIG_"), "by": _short(names)}
                for option, names in done.compiled.selected
            ],
            "elsewhere": [
                {"file": file, "arches": folders} for file, folders in done.compiled.elsewhere
            ],
        }
    return {
        "schema": 1,
        "name": begun.name,
        "root": begun.root,
        "base_ref": begun.ref,
        "written": begun.written,
        "kept": begun.kept,
        "ignored": list(init.ignored(begun)),
        "not_taken": intake.not_taken,
        **told,
    }


def _short(options: Sequence[str]) -> list[str]:
    return [name.removeprefix("CONFIG_") for name in options]


def _show_files(begun: Begun) -> None:
    for word, style, paths in (("wrote", "green", begun.written), ("kept", "yellow", begun.kept)):
        for path in paths:
            screen.out().print(Text.assemble((f"{word:<6}", style), str(path)), soft_wrap=True)


def _show_ignored(begun: Begun) -> None:
    for folder, rule in init.ignored(begun).items():
        screen.say(
            (f"git ignores files of {folder}/ here ({rule}): `git add -f {folder}` keeps them, for "
             "each version anew; `git clean -X` deletes what was not added", "yellow")
        )  # fmt: skip


def _show_next(begun: Begun, first: _First | None, root: Path, *, titled: bool) -> None:
    console = screen.out()
    where = _where(root)
    if first is not None:
        newest = first.result.brought[-1]
        if not newest.draft.said:
            screen.say(f"\nWrite its cover letter: {newest.version.cover}")
        # Where no kernel has anything of it, a test would build one for nothing.
        then = "check" if first.completed.unbuilt else "test"
        text = Text(f"\nNext: refseries{where} {then} {newest.version.name}")
        console.print(text, soft_wrap=True)
        return
    if not titled:
        place = begun.written[-1]
        console.print(f"\nIts title is its name; give it another in {place}.", soft_wrap=True)
    console.print("\nNext: make v1 of the commits on your branch.")
    screen.say(f"  refseries{where} import {begun.ref}..BRANCH --as v1")


def _where(root: Path) -> str:
    """How a command is told of the series in ``root``; nothing where it would find that itself."""
    return "" if root == Path.cwd() else f" -C {shlex.quote(str(root))}"


def _show_first(first: _First, root: Path, *, kept: bool) -> None:
    done = first.completed
    for each in first.result.brought:
        patches = counted(len(each.commits), "patch", "patches")
        on = version_base.in_words(each.base)
        screen.say((f"\n{each.version.name}", "bold"), f"  {each.draft.title}: {patches} on {on}")
        intake_view.show_version(each)
    for refused in first.result.refused:
        screen.say((f"{refused.name} was not taken: {refused.error.what}", "yellow"))
    for word, people in (("to", done.to), ("cc", done.cc)):
        if people:
            screen.say(f"{word:<3}{screen.some([who.name or who.email for who in people])}")
    if done.no_people:
        screen.say((f"no recipients: {done.no_people}", "yellow"))
    _show_options(done, kept=kept)
    _show_elsewhere(first, _where(root))
    if done.unbuilt:
        screen.say(
            (f"no kernel of `{done.config}` is made of anything that it changes: a test would say "
             "nothing of it", "yellow")
        )  # fmt: skip


def _show_options(done: InitFindings, *, kept: bool) -> None:
    if done.config != _CONFIG:
        screen.say(
            f"series/series.toml names the config {done.config}: `{_CONFIG}` compiles no file "
            "that the series changes"
        )
    if done.compiled.options:
        names = ", ".join(done.compiled.options)
        how = "is left as it is; these compile it" if kept else "has what compiles it"
        screen.say(f"kernel-tests/config {how}: {names}")
    if done.unverified:
        screen.say((f"whether they hold, a build shows: {done.unverified}", "yellow"))
    if unset := done.compiled.unset_in_words(done.config):
        screen.say((unset, "yellow"))
    if lost := done.compiled.lost:
        them, they = ("it", "it depends") if len(lost) == 1 else ("them", "they depend")
        screen.say(
            (f"not granted beside `{done.config}`: {', '.join(lost)}. Find what {they} on, or "
             f"what selects {them}, and put that into kernel-tests/config, or take a config that "
             f"has {them}", "yellow")
        )  # fmt: skip
    for line in done.compiled.selected_in_words:
        screen.say((line, "yellow"))


def _show_elsewhere(first: _First, where: str) -> None:
    """Files that no list names, and those of other architectures, with what to do about them."""
    from refseries.kernel import arch

    done = first.completed
    elsewhere = dict(done.compiled.elsewhere)
    for file in done.compiled.unknown:
        if file not in elsewhere:
            screen.say((f"{file}: no list of Kbuild's for this architecture names it", "yellow"))
    for line in done.compiled.elsewhere_in_words:
        screen.say((line, "yellow"))
    sources = {folder for folders in elsewhere.values() for folder in folders}
    version = first.result.brought[-1].version.name
    for config in first.configs:
        if config.name != done.config and arch.get(config.arch).source in sources:
            screen.say(f"  refseries{where} config suggest {version} --config {config.name}")
    had = {config.arch for config in first.configs}
    for each in arch.ARCHES.values():
        if each.source in sources and each.name not in had:
            screen.say(f'  write a config with arch = "{each.name}" into kernel-tests/configs.toml')
