# SPDX-License-Identifier: GPL-2.0-or-later
"""Which options would have a file compiled: from Kbuild's lists, and what Kconfig wants for them.

Neither language is read as a whole: conditions around lines of a Makefile, for one, are not seen.
So what is found is put to the kernel's own ``olddefconfig``, which has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.kernel import conditions, included, kconfig, kconfig_files, symbols
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.symbols import Foreign

_ROUNDS = 10
_NAMED = 3  # of the options that select another, in one line
_MOST = 8  # ways to have one object compiled that are looked at, those of fewest options
_LIST = re.compile(
    r"^[ \t]*(?P<name>[\w-]+?)-(?P<when>y|m|objs|\$\((?P<option>CONFIG_\w+( CONFIG_\w+)?)\))"
    r"[ \t]*[:+]?=(?P<items>.*)$",
    re.M,
)
# Two functions of make that many lists have: of `$(addprefix libxfs/, xfs_ag.o xfs_bit.o)`, and of
# `obj-$(subst y,$(CONFIG_A),$(CONFIG_B))`, for which both have to be set.
_PREFIXED = re.compile(r"\$\(addprefix[ \t]+([^,()\s]+),([^()]*)\)")
_BOTH = re.compile(r"\$\(subst y,\$\((CONFIG_\w+)\),\$\((CONFIG_\w+)\)\)")
_FILES = ("Kbuild", "Makefile")
_SOURCES = (".c", ".S", ".rs")
# Of `#ifndef CONFIG_X` and `#if !defined(CONFIG_X)`, the lines are there without it.
_IF = re.compile(r"[ \t]*#[ \t]*(?:if|ifdef|elif)\b")
_OPTION = re.compile(r"(?<!!defined\()(?<!!defined )\b(CONFIG_[A-Z0-9_]+?)(?:_MODULE)?\b")
_ENABLED = re.compile(
    r"(?<!!)\bIS_(?:ENABLED|BUILTIN|MODULE|REACHABLE)\([ \t]*(CONFIG_[A-Z0-9_]+)[ \t]*\)"
)
_SYMBOL = re.compile(r"(?<![\w!])[A-Z0-9_]*[A-Z][A-Z0-9_]*(?!\w)")

Configure = Callable[[Mapping[str, ConfigRequest]], dict[str, str]]
"""Gives what ``olddefconfig`` makes of requests over tinyconfig."""


@dataclass(frozen=True)
class Suggestion:
    """What would have files compiled.

    Attributes:
        options: to be asked for, each verified.
        lost: those of the files' own options that the kernel does not grant.
        unknown: files that no list names, such as headers.
        elsewhere: files that other architectures alone compile, each with their folders of arch/.
        without: files that the options do not have compiled, for that or another reason.
        refused: what the config asks for itself, and is not granted there.
        unset: options that the changes themselves ask about, and that are not set then.
        selected: those lost that nobody can ask for, each with the options that set it.
    """

    options: tuple[str, ...]
    lost: tuple[str, ...]
    unknown: tuple[str, ...]
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...] = ()
    without: tuple[str, ...] = ()
    refused: tuple[ConfigRequest, ...] = ()
    unset: tuple[str, ...] = ()
    selected: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def elsewhere_in_words(self) -> tuple[str, ...]:
        """A line for each file that other architectures alone compile."""
        return tuple(
            f"{path}: compiled for other architectures alone, such as {' or '.join(folders)}"
            for path, folders in self.elsewhere
        )

    @property
    def selected_in_words(self) -> tuple[str, ...]:
        """A line for each option that only others set, with the first few of those."""
        return tuple(
            f"{option} cannot be asked for, but is set by what selects it: "
            + ", ".join(names[:_NAMED])
            + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            for option, names in self.selected
        )

    def unset_in_words(self, config: str) -> str:
        """What to do about ``unset`` where it was asked beside ``config``; empty without any."""
        if not self.unset:
            return ""
        them = "it" if len(self.unset) == 1 else "them"
        return (
            f"some of the added lines are for {', '.join(self.unset)}, and `{config}` does not set "
            f"{them}: test in a config that does, too"
        )

    @property
    def fragment(self) -> str:
        """The options as a config fragment."""
        return "".join(f"{option}=y\n" for option in self.options)


def guards(text: str, item: str) -> tuple[str, ...] | None:
    """The options under which a Makefile lists ``item`` (``bar.o``, ``foo/``); None: it does not.

    Pure. An object of a composite one has the options of both; of several ways, that of fewest
    options.
    """
    return next(iter(ways(text, item)), None)


def ways(text: str, item: str) -> tuple[tuple[str, ...], ...]:
    """All that ``guards`` chooses from, that of fewest options first."""
    lines = _PREFIXED.sub(_with_prefix, _BOTH.sub(_of_both, text.replace("\\\n", " ")))
    return _ways(lines, item, {})


def _ways(
    lines: str, item: str, known: dict[str, tuple[tuple[str, ...], ...]]
) -> tuple[tuple[str, ...], ...]:
    """As ``ways``; ``known``: of the lists looked into, which may name one another."""
    all_ways: dict[tuple[str, ...], None] = {}
    for found in _LIST.finditer(lines):
        if item not in found["items"].partition("#")[0].split():
            continue
        own = tuple((found["option"] or "").split())
        wholes: tuple[tuple[str, ...], ...] = ((),)
        if (name := found["name"]) not in ("obj", "lib"):
            if name not in known:
                known[name] = ()
                parts = (f"{name}.o", f"$({name}-y)")
                known[name] = next(filter(None, (_ways(lines, p, known) for p in parts)), ())
            wholes = known[name]
        all_ways |= dict.fromkeys((*own, *whole) for whole in wholes)
    return tuple(sorted(all_ways, key=len)[:_MOST])


def _with_prefix(found: re.Match[str]) -> str:
    return " ".join(f"{found[1]}{item}" for item in found[2].split())


def _of_both(found: re.Match[str]) -> str:
    return f"$({found[1]} {found[2]})"


def asking(lines: Iterable[str]) -> tuple[str, ...]:
    """The options without which some of these lines of C are not compiled, or never run. Pure."""
    found: dict[str, None] = {}
    for line in lines:
        found |= dict.fromkeys(_ENABLED.findall(line))
        if _IF.match(line):
            found |= dict.fromkeys(_OPTION.findall(line))
    return tuple(found)


def compiled_files(files: Iterable[str]) -> tuple[str, ...]:
    """Those of ``files`` that Kbuild makes objects of; the tools have Makefiles of their own."""
    return tuple(
        path for path in files if path.endswith(_SOURCES) and not path.startswith("tools/")
    )


def wanted(
    repo: Path, commit: str, path: str, foreign: Foreign = symbols.none
) -> tuple[str, ...] | None:
    """The options under which ``path`` is compiled; None where no list names it.

    A list may be that of a folder above (``x-y += part/file.o``); a file that another one includes
    (``#include "rt.c"``) is compiled where that is. Of several ways, that is taken which needs
    least of what only other architectures have.
    """
    found = _listed(repo, commit, re.sub(r"\.(c|S|rs)$", ".o", path), foreign)
    if found is not None or not path.endswith(".c"):
        return found
    others = (
        _listed(repo, commit, f"{name[:-2]}.o", foreign)
        for name in included.includers(repo, commit, [path])
    )
    return _best((each for each in others if each is not None), foreign)


def _best(found: Iterable[tuple[str, ...]], foreign: Foreign) -> tuple[str, ...] | None:
    several = sorted(dict.fromkeys(found), key=len)
    if len(several) < 2 or not several[0]:
        return next(iter(several), None)
    others = foreign([option for each in several for option in each])
    return min(several, key=lambda each: (sum(option in others for option in each), len(each)))


def _listed(repo: Path, commit: str, path: str, foreign: Foreign) -> tuple[str, ...] | None:
    folder, _, item = path.rpartition("/")
    options: list[str] = []
    while folder:
        names = [f"{folder}/{name}" for name in _FILES]
        texts = git.read_files(repo, commit, names)
        lists = (ways(text.decode("utf-8", "replace"), item) for text in texts.values())
        found = _best((way for each in lists for way in each), foreign)
        folder, _, last = folder.rpartition("/")
        item = f"{last}/{item}" if found is None else f"{last}/"
        options += found or ()
    # An architecture's own Makefile is made of other lists.
    return tuple(dict.fromkeys(options)) if item.endswith("/") else None


def needed(
    expression: str, final: Mapping[str, str], foreign: Foreign = symbols.none
) -> tuple[str, ...]:
    """Options to set so that ``expression`` may become true.

    Of alternatives it is the first that is not of other architectures alone.
    """
    options: list[str] = []
    for term in re.split(r"&&", expression):
        alternatives = [
            [f"CONFIG_{name}" for name in _SYMBOL.findall(each)] for each in term.split("||")
        ]
        if any(_are_set(each, final) for each in alternatives):
            continue
        named = [each for each in alternatives if each]
        others = foreign([name for each in named for name in each]) if len(named) > 1 else {}
        options += (
            next((each for each in named if not others.keys() & set(each)), named[0])
            if named
            else []
        )
    return tuple(options)


def _are_set(names: Iterable[str], final: Mapping[str, str]) -> bool:
    return all(final.get(name, "n") != "n" for name in names)


def suggest(
    repo: Path,
    commit: str,
    files: Iterable[str],
    requests: Mapping[str, ConfigRequest],
    configure: Configure,
    source: str,
    asked_about: Iterable[str] = (),
) -> Suggestion:
    """What would have ``files`` of ``commit`` compiled, in a config that asks for ``requests``.

    Args:
        source: the architecture's folder in ``arch/``; what others say is not asked.
        asked_about: options that lines of C ask about, as ``asking`` finds them.
    """
    asked_about = tuple(asked_about)
    foreign = symbols.asks(repo, commit, source)
    lists = _lists(repo, commit, files, source, foreign)
    own, unknown = _sorted_out(lists)
    before = configure(requests) if own or asked_about else {}

    def needs(option: str, final: Mapping[str, str]) -> Iterator[str]:
        for expression in conditions.dependencies_of(repo, commit, option, source):
            yield from needed(expression, final, foreign)

    options, final = _with_needs(own, requests, configure, needs) if own else ({}, before)
    got = [name for name in options if final.get(name, "n") != "n"]
    lost = tuple(name for name in own if name not in got)
    others = {name: _others(repo, commit, name, source, foreign) for name in lost}
    return Suggestion(
        tuple(name for name in got if before.get(name, "n") == "n"),
        lost,
        unknown,
        _elsewhere(lists, others, source),
        tuple(path for path, found in lists.items() if found is None or {*found} & {*lost}),
        kconfig.lost(requests, before) if before else (),
        tuple(name for name in asked_about if final.get(name, "n") == "n"),
        _selected(repo, commit, lost, source),
    )


def _with_needs(
    own: Iterable[str],
    requests: Mapping[str, ConfigRequest],
    configure: Configure,
    needs: Callable[[str, Mapping[str, str]], Iterable[str]],
) -> tuple[dict[str, None], Mapping[str, str]]:
    """``own`` behind the options that they turned out to need, and the config with all of them."""
    options = dict.fromkeys(own)
    for _ in range(_ROUNDS):
        asked = {name: ConfigRequest(name, "y", "suggested", 1) for name in options}
        final = configure({**requests, **asked})
        missing = [each.option for each in kconfig.lost(asked, final)]
        more = {option: None for name in missing for option in needs(name, final)}
        if not more.keys() - options.keys():
            break
        options = {**more, **options}
    return options, final


def _selected(
    repo: Path, commit: str, lost: Iterable[str], source: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of the options ``lost``, what sets them in this architecture."""
    found = {}
    for option in lost:
        several = symbols.selectors(repo, commit, option).items()
        found[option] = tuple(name for name, homes in several if homes & {"", source})
    return tuple((option, names) for option, names in found.items() if names)


def listed(
    repo: Path, commit: str, files: Iterable[str], source: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options that ``files`` of ``commit`` stand under, and files that no list names.

    A file of an architecture other than ``source`` is in no list of this one.
    """
    foreign = symbols.asks(repo, commit, source)
    return _sorted_out(_lists(repo, commit, files, source, foreign))


def _lists(
    repo: Path, commit: str, files: Iterable[str], source: str, foreign: Foreign
) -> dict[str, tuple[str, ...] | None]:
    return {
        path: None
        if kconfig_files.folder_of(path) not in ("", source)
        else wanted(repo, commit, path, foreign)
        for path in files
    }


def _sorted_out(
    lists: Mapping[str, tuple[str, ...] | None],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    own = dict.fromkeys(option for found in lists.values() for option in found or ())
    return tuple(own), tuple(path for path, found in lists.items() if found is None)


def _others(repo: Path, commit: str, option: str, source: str, foreign: Foreign) -> frozenset[str]:
    """The architectures without which ``option`` is not to be had; none where that is not why."""
    if found := foreign([option]).get(option):
        return found
    homes = frozenset[str]().union(*symbols.selectors(repo, commit, option).values())
    if homes and not homes & {"", source}:
        return homes
    for expression in conditions.dependencies_of(repo, commit, option, source):
        for term in expression.split("&&"):
            names = [f"CONFIG_{name}" for name in _SYMBOL.findall(term)]
            theirs = foreign(names)
            whole = term.count("(") == term.count(")")
            if whole and names and len(theirs) == len(set(names)):
                return frozenset().union(*theirs.values())
    return frozenset()


def _elsewhere(
    lists: Mapping[str, tuple[str, ...] | None],
    others: Mapping[str, frozenset[str]],
    source: str,
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Files that other architectures alone compile; ``others``: of options that were lost."""
    found: dict[str, frozenset[str]] = {}
    for path, options in lists.items():
        folder = kconfig_files.folder_of(path)
        if folder not in ("", source):
            found[path] = frozenset({folder})
        elif theirs := frozenset().union(
            *(others.get(name, frozenset()) for name in options or ())
        ):
            found[path] = theirs
    return tuple((path, tuple(sorted(folders))) for path, folders in found.items())
