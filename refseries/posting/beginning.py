# SPDX-License-Identifier: GPL-2.0-or-later
"""What a series needs beside its first version: who gets it, and options that compile it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from refseries.errors import RefseriesError
from refseries.importing.write import Brought
from refseries.kernel import compiled, suggest
from refseries.kernel.suggest import Suggestion
from refseries.mail import decode, write
from refseries.model import Identity, Series
from refseries.posting import maintainers
from refseries.series import patches, store


@dataclass(frozen=True)
class InitFindings:
    """What was put into the files of a series that has just begun.

    Attributes:
        to: people, and ``cc``: lists, that get_maintainer.pl names, and whom the version went to
            beside those; both are in series.toml now.
        no_people: why nobody was asked for; empty where that went well.
        compiled: what has the files of the version compiled; its options are in the fragment.
        unverified: why that was not found out; empty where it was.
        config: in which the series is built.
        unbuilt: no kernel of that is made of anything that the version changes.
    """

    to: tuple[Identity, ...]
    cc: tuple[Identity, ...]
    no_people: str
    compiled: Suggestion
    unverified: str = ""
    config: str = "default"
    unbuilt: bool = False


Suggest = Callable[[Sequence[str], Sequence[str]], tuple[str, str, Suggestion]]
"""Which options would have files compiled, asked of the kernel; beside which config, of which arch.

It is told the files, and the options that the added lines ask about.
"""


def complete(
    series: Series,
    brought: Brought,
    cache: Path,
    fragment: Path | None,
    suggested: Suggest,
    source: str,
) -> InitFindings:
    """Ask the tree who is to see a version and what compiles it, and write that down.

    Whom the version went to already is to see the next one, too.

    Args:
        brought: the version.
        cache: directory of everything that can be made again.
        fragment: the kernel options of the tests, which are added to; None leaves them alone.
        suggested: asks the kernel about options; what it raises is told as why that was not done.
        source: the folder in ``arch/`` of the architecture that is built.
    """
    base, draft = brought.base, brought.draft
    read = patches.read_all(brought.version.patches)
    people: tuple[Identity, ...] = ()
    why = ""
    try:
        diffs = [patch.diff for patch in read]
        people = maintainers.maintainers_of(base, diffs, cache / series.name / "mail")
        why = "" if people else "the tree has no get_maintainer.pl, or that names nobody"
    except RefseriesError as error:
        why = error.what
    to = tuple(who for who in people if who.name)
    lists = [who for who in people if not who.name]
    addressed = (*draft.recipients, *draft.addressed)
    cc = (*lists, *_others(addressed, (*people, series.identity)))
    touched = dict.fromkeys(name for patch in read for name in patches.touched(patch))
    files = suggest.compiled_files(touched)
    unverified, config = "", series.configs[0]
    try:
        config, source, found = suggested(files, suggest.asking(_added(read)))
    except RefseriesError as error:
        options, unknown = suggest.listed(base.repo, brought.commits[-1].commit, files, source)
        found, unverified = Suggestion(options, (), unknown), error.what
    with store.changing(series) as (_current, change):
        if to or cc or (config,) != series.configs:
            path = series.root / "series" / "series.toml"
            change.write(path, _begun(path.read_text(encoding="utf-8"), to, cc, config))
        if fragment is not None and found.options:
            text = _with_options(fragment.read_text(encoding="utf-8"), found.options)
            change.write(fragment, text)
        change.commit()
    unbuilt = compiled.none_of_it(touched, source)
    return InitFindings(to, cc, why, found, unverified, config, unbuilt)


def _others(addressed: Sequence[str], known: Sequence[Identity]) -> Iterator[Identity]:
    """Those of ``addressed`` who are not ``known``, each once."""
    seen = {who.email.lower() for who in known}
    for who in (who for text in addressed for who in decode.people(text)):
        if who.email.lower() not in seen:
            seen.add(who.email.lower())
            # A bare address has what stands before the @ for a name.
            yield Identity("", who.email) if who.name == who.email.partition("@")[0] else who


def _added(read: Sequence[patches.Patch]) -> Iterator[str]:
    """The lines that patches add to sources and headers."""
    for file in (file for patch in read for file in patches.files(patch)):
        if compiled.can_be([file.path]):
            yield from (line.value for hunk in file for line in hunk if line.is_added)


def _begun(text: str, to: Sequence[Identity], cc: Sequence[Identity], config: str) -> str:
    document = tomlkit.parse(text)
    document["configs"] = [config]
    for key, people in (("to", to), ("cc", cc)):
        listed = tomlkit.array()
        listed.extend(map(write.recipient, people))
        document["recipients"][key] = listed.multiline(len(people) > 1)
    return tomlkit.dumps(document)


def _with_options(text: str, options: Sequence[str]) -> str:
    said = [line.partition("=")[0].strip() for line in text.splitlines()]
    new = [f"{name}=y" for name in options if name not in said]
    if not new:
        return text
    head = "# What compiles the files that the series changes, as their Makefiles say."
    return "\n".join([text.rstrip("\n"), "", head, *new, ""])
