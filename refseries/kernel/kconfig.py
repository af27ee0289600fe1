# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel configuration files: reading and merging them, and finding the requests that got lost.

``make olddefconfig`` drops without a word what it cannot set: an option whose dependencies are not
met, or one that no longer exists. So every option that a fragment asks for is compared with the
final ``.config``. Pure: nothing here reads or writes a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from refseries.errors import SeriesError, StageError
from refseries.kernel.model import Fragment

_SET = re.compile(r"(?P<option>CONFIG_\w+)=(?P<value>.*)")
_NOT_SET = re.compile(r"# (?P<option>CONFIG_\w+) is not set")
_VALUE = re.compile(r'[ymn]|-?\d+|0[xX][0-9a-fA-F]+|"([^"\\]|\\.)*"')

_NAMED = 5  # of the options that get lost beside the first, in one line


@dataclass(frozen=True)
class ConfigRequest:
    """One line of a fragment.

    Attributes:
        option: with its ``CONFIG_``.
        value: as written after ``=``; ``n`` for ``# … is not set``.
        path: of the fragment, for messages; ``line`` counts from 1.
    """

    option: str
    value: str
    path: str
    line: int

    @property
    def text(self) -> str:
        """The request as a line of a ``.config``."""
        if self.value == "n":
            return f"# {self.option} is not set"
        return f"{self.option}={self.value}"


def parse_fragment(text: str, path: str) -> tuple[ConfigRequest, ...]:
    """The requests of one fragment, in order.

    Raises:
        SeriesError: a line that is neither a request nor a comment, or one option asked for twice.
    """
    requests: dict[str, ConfigRequest] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if found := _NOT_SET.fullmatch(line):
            request = ConfigRequest(found["option"], "n", path, number)
        elif not line or line.startswith("#"):
            continue
        elif (found := _SET.fullmatch(line)) and _VALUE.fullmatch(found["value"]):
            request = ConfigRequest(found["option"], found["value"], path, number)
        else:
            raise SeriesError(
                f"`{line}` is no line of a kernel configuration.",
                where=f"{path}:{number}",
                hint='Write CONFIG_X=y, CONFIG_X=12, CONFIG_X="text" or `# CONFIG_X is not set`.',
            )
        if before := requests.get(request.option):
            raise SeriesError(
                f"{request.option} is asked for twice, first in line {before.line}.",
                where=f"{path}:{number}",
                hint="Keep one of the two.",
            )
        requests[request.option] = request
    return tuple(requests.values())


def merge(fragments: Iterable[Fragment]) -> dict[str, ConfigRequest]:
    """The requests of several fragments by option; the last one to name an option wins.

    Raises:
        SeriesError: as ``parse_fragment``.
    """
    return {
        request.option: request
        for each in fragments
        for request in parse_fragment(each.text, each.path)
    }


def parse_config(text: str) -> dict[str, str]:
    """The options that a ``.config`` sets, with their values as written."""
    return {
        found["option"]: found["value"] for found in map(_SET.match, text.splitlines()) if found
    }


def overlay(config: str, requests: Mapping[str, ConfigRequest]) -> str:
    """``config`` (the text of a ``.config``) with every request in place of what it said before."""
    kept = [
        line
        for line in config.splitlines()
        if not (found := _SET.match(line) or _NOT_SET.match(line))
        or found["option"] not in requests
    ]
    return "\n".join([*kept, *(request.text for request in requests.values())]) + "\n"


def lost(
    requests: Mapping[str, ConfigRequest], final: Mapping[str, str]
) -> tuple[ConfigRequest, ...]:
    """The requests that the final configuration does not grant.

    An option that is absent and one that "is not set" are the same, as in the kernel's own
    kunit.py; hexadecimal and decimal numbers are compared by value.
    """
    return tuple(
        request
        for request in requests.values()
        if _comparable(request.value) != _comparable(final.get(request.option, "n"))
    )


def check(requests: Mapping[str, ConfigRequest], final: Mapping[str, str]) -> None:
    """Refuse a configuration that lost a request.

    Raises:
        StageError: names the first lost option with its fragment and line; ``detail`` lists all.
    """
    missing = lost(requests, final)
    if not missing:
        return
    first = missing[0]
    names = [each.option for each in missing[1 : 1 + _NAMED]]
    if (more := len(missing) - 1 - _NAMED) > 0:
        names.append(f"and {more} more")
    others = f" Lost as well: {', '.join(names)}." if names else ""
    raise StageError(
        f"the option {first.option} did not survive: {first.value} was asked for, "
        f"the final configuration has {_granted(first, final)}.{others}",
        where=f"{first.path}:{first.line}",
        hint=f"A dependency is not met, or this kernel has no such option: look for "
        f"`config {first.option.removeprefix('CONFIG_')}` in its Kconfig files and add what it "
        "depends on to the fragment.",
        detail="\n".join(
            f"{each.path}:{each.line}: {each.option}: asked for {each.value}, "
            f"got {_granted(each, final)}"
            for each in missing
        ),
    )


def _granted(request: ConfigRequest, final: Mapping[str, str]) -> str:
    return final.get(request.option, "n (not set)")


def _comparable(value: str) -> str | int:
    try:
        return int(value, 0)
    except ValueError:
        return value
