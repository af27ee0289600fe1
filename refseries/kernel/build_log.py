# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading what a kernel build prints: progress, the first error, ccache's account of it.

Pure, but for ``Follower`` which reads the growing log.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

OnCompiled = Callable[[int, str], None]
"""Called with the number of files compiled so far and the one that came last."""

_COMPILED = re.compile(rb"^  CC(?: \[M\])? {2,}(\S+)$", re.MULTILINE)


@dataclass
class Follower:
    """Counts the compiled files in a log that is still being written."""

    log: Path
    progress: OnCompiled
    compiled: int = 0
    _offset: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def __call__(self) -> None:
        """Read what is new and tell ``progress``."""
        with self.log.open("rb") as stream:
            stream.seek(self._offset)
            text = self._rest + stream.read()
            self._offset = stream.tell()
        complete, _, self._rest = text.rpartition(b"\n")
        if found := _COMPILED.findall(complete):
            self.compiled += len(found)
            current = found[-1].decode("utf-8", "replace")
            # The makefiles under tools/ print the whole path.
            self.progress(self.compiled, Path(current).name if current[0] == "/" else current)


@dataclass(frozen=True)
class BuildError:
    """The first error of a build.

    Attributes:
        where: ``file:line`` in the tree, or the object or rule that failed.
        message: what the compiler, the linker or make said.
        detail: the lines around it.
        certain: the compiler or the linker said it, so that the same sources give it again.
    """

    where: str
    message: str
    detail: str
    certain: bool


_SYMBOL = re.compile(
    r"^(?:\S*ld(?:\.\w+)?: )?(?P<where>[^\s:]+(?::\d+)?)(?::\([^)]*\))?: "
    r"(?P<what>(?:undefined reference to|multiple definition of|relocation truncated).*)$"
)
_WITHIN = re.compile(r"^\S*ld(?:\.\w+)?: (?P<where>[^\s:]+): in function")

# Most telling first: a compiler's own words before the linker's and those of kbuild's tools
# (modpost, dtc, objtool, pahole, resolve_btfids), and make's only when nobody else says anything.
# Within a kind the first line in the log counts. Where no place is named, it is the failed rule.
_KINDS = (
    re.compile(r"^(?P<where>[^\s:]+:\d+)(?::\d+)?: (?:fatal )?[Ee]rror: (?P<what>.+)$"),
    _SYMBOL,
    re.compile(r"^\S*ld(?:\.\w+)?:(?P<where>[^\s:]+:\d+): (?P<what>(?!.*warning: ).+)$"),
    re.compile(r"^(?P<where>\S*ld(?:\.\w+)?): (?P<what>(?!.*warning: ).+)$"),
    re.compile(r"^(?:ERROR|FATAL): modpost: (?P<what>\"[^\"]*\" \[(?P<where>[^\]]+)\].*)$"),
    re.compile(r"^(?:ERROR|FATAL): (?P<where>modpost): (?P<what>.+)$"),
    re.compile(r"^Error: (?P<where>[^\s:]+:\d+)[-.\d]* (?P<what>.+)$"),
    re.compile(r"^(?P<where>[^\s:]+:\d+)[-.\d]*: ERROR (?P<what>\(.+)$"),
    re.compile(r"^(?P<where>[^\s:]+): error: (?P<what>objtool: .+)$"),
    re.compile(r"^(?P<where>)(?P<what>FATAL ERROR: .+)$"),
    re.compile(r"^(?P<where>)(?P<what>(?:FAILED:? |Encountered error while encoding BTF).*)$"),
    re.compile(r"^(?P<where>[^\s:]+:\d+): \*\*\* (?P<what>.+)$"),
    re.compile(r"^(?P<where>[^\s:]*Kconfig\S*:\d+): (?P<what>.+)$"),
    re.compile(r"^(?P<where>make(?:\[\d+\])?): \*\*\* (?P<what>(?!\[).+)$"),
)
_RULE = re.compile(r"^make(?:\[\d+\])?: \*\*\* \[(?:[^\s:]+:\d+: )?(?P<where>\S+)\] (?P<what>.+)$")
# What make does about a failure: no reason for it.
_AFTERWARDS = re.compile(r"^make(?:\[\d+\])?: \*\*\* (?:Deleting |Waiting for unfinished)")
_MISMATCH = re.compile(
    r"^WARNING: modpost: (?P<where>[^\s:]+): (?P<what>section mismatch in reference: .+)$", re.M
)
_CERTAIN_KINDS = 8
_CONTEXT = 12
_MAX_LINE = 400
_MAX_LAST_WORDS = 200
_QUIET = re.compile(r"^  [A-Z][A-Z0-9_]*(?: \[M\])? |^make(?:\[\d+\])?: ")
_BLAME = re.compile(
    r"error|fail|fatal|undefined|cannot|can't|not found|no such|unable|invalid", re.I
)


def first_error(text: str) -> BuildError | None:
    """The first error in a build log, or None when it holds no line that looks like one."""
    lines = [line[:_MAX_LINE] for line in text.splitlines() if not _AFTERWARDS.match(line)]
    for position, kind in enumerate(_KINDS):
        for number, line in enumerate(lines):
            if found := kind.match(line):
                start = max(0, number - 3)
                # The linker names the object one line above the symbols it misses.
                within = next(filter(None, map(_WITHIN.match, lines[start:number])), None)
                where = within["where"] if within and kind is _SYMBOL else found["where"]
                what = found["what"].strip()
                if what.startswith("Section mismatches") and (other := _MISMATCH.search(text)):
                    where, what = other["where"], other["what"]
                return BuildError(
                    where=in_tree(where or _failed_rule(lines[number:])),
                    message=what,
                    detail="\n".join(lines[start : number + _CONTEXT]),
                    # A header that is not there may belong to a package that is not there.
                    certain=position < _CERTAIN_KINDS and "No such file" not in what,
                )
    return _last_words(lines)


def _failed_rule(lines: list[str]) -> str:
    return next((found["where"] for found in map(_RULE.match, lines) if found), "make")


def _last_words(lines: list[str]) -> BuildError | None:
    """What a program said that ended with an error: make tells of it right behind."""
    for number, line in enumerate(lines):
        found = _RULE.match(line)
        if found is None:
            continue
        start = number
        while start > max(0, number - _MAX_LAST_WORDS) and not _QUIET.match(lines[start - 1]):
            start -= 1
        said = [each for each in lines[start:number] if each.strip()]
        blaming = (each for each in said if _BLAME.search(each))
        words = next(blaming, said[-1] if said else "").strip()
        return BuildError(
            where=in_tree(found["where"]),
            message=f"{words} ({found['what']})" if words else found["what"],
            detail="\n".join(lines[max(0, start - 1) : number + 1]),
            certain=False,
        )
    return None


def in_tree(path: str) -> str:
    """A path as the log names it, seen from the top of the tree.

    The build directory is a child of the tree, so the sources stand behind a ``../`` there.
    """
    return path.removeprefix("./").removeprefix("../")


_NO_RULE = re.compile(r"No rule to make target '([^']+)'")
_NO_HEADER = re.compile(
    r"^(?P<file>[^\s:]+):\d+:\d+: fatal error: (?P<header>[^\s:]+): No such file or directory$",
    re.M,
)


def missing_sources(text: str) -> tuple[str, ...]:
    """Files of the tree that make or the compiler wanted and did not find."""
    found = [in_tree(path) for path in _NO_RULE.findall(text)]
    for each in _NO_HEADER.finditer(text):
        beside = posixpath.dirname(in_tree(each["file"]))
        found.append(posixpath.normpath(posixpath.join(beside, each["header"])))
    return tuple(dict.fromkeys(found))


# What a log says when the machine, not the source, is at fault -> (what happened, what to do).
_HOST_FAULTS = {
    "No space left on device": ("the disk is full.", "Free some space and start again."),
    "Disk quota exceeded": ("the disk quota is used up.", "Free some space and start again."),
    "Killed signal terminated program": (
        "the compiler was killed, most likely for want of memory.",
        "Build with fewer jobs, or on a machine with more memory.",
    ),
    "Could not find compiler": (
        "the compiler went away while it was needed.",
        "Install it again: `refseries doctor` names the command.",
    ),
    ": pahole (": (
        "pahole is missing, which makes the type information (BTF).",
        "Install it (Debian, Ubuntu: `apt-get install pahole`).",
    ),
    "gelf.h: No such file": (
        "the header gelf.h is missing, which objtool needs.",
        "Install it (Debian, Ubuntu: `apt-get install libelf-dev`).",
    ),
    "fatal error: openssl/": (
        "the headers of OpenSSL are missing.",
        "Install them (Debian, Ubuntu: `apt-get install libssl-dev`).",
    ),
}


# A program that the shell or make looks for on PATH, or by its whole path: not one of the tree.
_NO_PROGRAM = re.compile(
    r"^(?:(?:\S*/)?\w*sh: (?:line )?\d+: |\S+\.sh: (?:line )?\d+: |make(?:\[\d+\])?: )"
    r"(?P<program>/?[\w.+-]+(?:/[\w.+-]+)*)"
    r": (?:command not found|not found|No such file or directory)$",
    re.MULTILINE,
)
_NOT_FOUND = re.compile(r"Kconfig\.include:\d+: [\w ]+ '(?P<program>[^'\s]+)' not found")
_KILLED = re.compile(
    r"^\S+: line \d+: +\d+ Killed |^make\S* \*\*\* \[.*\] Error 137$", re.MULTILINE
)


def host_fault(text: str) -> tuple[str, str] | None:
    """What happened and what to do, when the log blames the machine; else None."""
    if words := next((words for sign, words in _HOST_FAULTS.items() if sign in text), None):
        return words
    error = first_error(text)
    if error is not None and error.certain:
        return None
    if _KILLED.search(text):
        return _HOST_FAULTS["Killed signal terminated program"]
    for found in (*_NO_PROGRAM.finditer(text), *_NOT_FOUND.finditer(text)):
        program = found["program"]
        if program.startswith("/") or "/" not in program:
            return (
                f"the program {program} is missing, which the build runs.",
                "Install it: `refseries doctor` names the command of what is known to be needed.",
            )
    return None


_HITS = ("direct_cache_hit", "preprocessed_cache_hit")


def ccache_counts(stats: str) -> dict[str, int]:
    """``{"hits": …, "misses": …}`` from the text of ccache's ``stats_log``; else nothing.

    Every compilation has a ``# source`` line there, followed by the counters it raised, named as in
    ``ccache --print-stats``.
    """
    counts = Counter(line for line in stats.splitlines() if not line.startswith("#"))
    if not counts:
        return {}
    return {"hits": sum(counts[name] for name in _HITS), "misses": counts["cache_miss"]}
