# SPDX-License-Identifier: GPL-2.0-or-later
"""Counters of a guest, read by the compiler's own gcov.

The counters are a guest's and so anybody's: they are told apart by names that the compiler chose,
belong to the objects that were built, or are not read at all; gcov gets them in a directory of
their own and has little time.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refseries.errors import StageError
from refseries.guest.counters import CaseCounters
from refseries.host import proc, typed
from refseries.host.scratch import scratch_folder
from refseries.kernel.profile import NOTES_SUFFIX

_SECONDS = 60.0
_COUNTERS_SUFFIX = ".gcda"
# Where both files of an object say what they are: a magic number, a version, a stamp; 4 bytes each.
_VERSION, _STAMP = slice(4, 8), slice(8, 12)


class _BranchJson(msgspec.Struct):
    count: int


class _LineJson(msgspec.Struct):
    line_number: int
    count: int
    function_name: str = ""
    branches: tuple[_BranchJson, ...] = ()


class _FileJson(msgspec.Struct):
    file: str
    lines: tuple[_LineJson, ...]


class _ObjectJson(msgspec.Struct):
    current_working_directory: str
    files: tuple[_FileJson, ...]


@dataclass(frozen=True)
class GcovLine:
    """A line that is code.

    Attributes:
        count: how often it ran.
        function: in which it is; empty where it is compiled into others alone.
        ways: for each way out of a condition in it, whether it was taken.
    """

    count: int
    function: str
    ways: tuple[bool, ...] = ()


def objects(notes: Path) -> dict[str, Path]:
    """The notes of each object that was built, by its path in the tree without a suffix."""
    return {
        str(path.relative_to(notes).with_suffix("")): path
        for path in sorted(notes.rglob(f"*{NOTES_SUFFIX}"))
    }


def compiled(counters: CaseCounters, notes: Path) -> dict[str, bytes]:
    """The counters of one case, by the object's path in the tree without a suffix.

    Args:
        notes: what the compiler wrote of the objects; the counters of others are left out.

    Raises:
        StageError: they are of an object that was compiled in another way.
    """
    known = objects(notes)
    found: dict[str, bytes] = {}
    for path, data in counters.files:
        stem = path.removesuffix(_COUNTERS_SUFFIX)
        fitting = [name for name in known if stem.endswith(f"/{name}")]
        if not path.endswith(_COUNTERS_SUFFIX) or not fitting:
            continue  # of an object that has the same name as one of ours
        name = max(fitting, key=len)
        with known[name].open("rb") as stream:
            head = stream.read(_STAMP.stop)
        same = all(head[part] == data[part] for part in (_VERSION, _STAMP))
        if not same or len(data) < _STAMP.stop or name in found:
            raise StageError(
                f"its counters of {name} are not those of the object that was built.",
                where=counters.case,
                hint="Boot it again with --again.",
            )
        found[name] = data
    return found


def read(
    tool: str, counters: Mapping[str, bytes | None], notes: Path
) -> dict[tuple[str, int], GcovLine]:
    """How often each line ran, by file of the tree and number.

    Args:
        tool: gcov of the compiler that built the objects.
        counters: of ``compiled``; None for an object whose lines are wanted with a count of 0.
        notes: what the compiler wrote of the objects.

    Raises:
        StageError: gcov does not understand them, or takes too long.
        HostError: there is no such gcov.
    """
    if not counters:
        return {}
    with scratch_folder() as scratch:
        for stem, data in counters.items():
            place = scratch / f"{stem}{_COUNTERS_SUFFIX}"
            place.parent.mkdir(parents=True, exist_ok=True)
            if data is not None:
                place.write_bytes(data)
            shutil.copyfile(notes / f"{stem}{NOTES_SUFFIX}", place.with_suffix(NOTES_SUFFIX))
        files = [f"{stem}{_COUNTERS_SUFFIX}" for stem in counters]
        argv = [tool, "--json-format", "--stdout", "--branch-probabilities", *files]
        done = proc.run(argv, cwd=scratch, deadline=_SECONDS)
    table: dict[tuple[str, int], GcovLine] = {}
    for file, line in _lines(done.out, len(files)):
        key = (file, line.line_number)
        old = table.get(key, GcovLine(0, ""))
        ways = tuple(branch.count > 0 for branch in line.branches)
        table[key] = GcovLine(
            max(0, line.count) + old.count,
            old.function or plain_name(line.function_name),
            (*old.ways, *ways),
        )
    return table


def _lines(out: bytes, objects: int) -> Iterator[tuple[str, _LineJson]]:
    try:
        documents = [
            typed.from_json(line, _ObjectJson) for line in out.splitlines() if line.strip()
        ]
    except msgspec.DecodeError as error:
        raise _not_understood(f"what it says is not its JSON: {error}") from error
    if len(documents) != objects:
        raise _not_understood(f"it says something of {len(documents)} of {objects} objects")
    for document in documents:
        for file in document.files:
            path = in_tree(file.file, document.current_working_directory)
            for line in file.lines:
                yield path, line


def _not_understood(what: str) -> StageError:
    return StageError(
        f"gcov does not make lines of the counters: {what}.",
        hint="The compiler and gcov have to be of one version; `refseries doctor` shows the first.",
    )


def in_tree(file: str, directory: str) -> str:
    """The path in the tree of a source as an object names it; a build directory is its child."""
    if posixpath.isabs(file):
        return posixpath.relpath(file, posixpath.dirname(directory))
    return posixpath.normpath(posixpath.join(posixpath.basename(directory), file))


def plain_name(function: str) -> str:
    """A function as people call it: a system call is several to the compiler."""
    return re.sub(r"^_+(?:do|se|[a-z0-9]+)_(?:compat_)?sys_", "sys_", function)
