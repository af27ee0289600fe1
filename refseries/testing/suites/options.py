# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel options that suites need: asked for of each tree that knows them, and verified."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from dataclasses import replace

from refseries.errors import SeriesError
from refseries.kernel import kconfig, kconfig_files
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.model import Config, Fragment
from refseries.model import Applied
from refseries.testing.suites.load import Suites

_PATH = "kernel-tests/suites.toml (options of {})"


def asked(config: Config, suites: Suites | None, applied: Applied) -> Config:
    """``config`` with the options of the suites that the tree can have.

    They stand behind its own fragments as one more each, so that one that gets lost in
    ``olddefconfig`` is told as any other.

    Raises:
        SeriesError: a line is no line of a kernel configuration.
    """
    if not suites or not config.boot:
        return config
    wished, needed = [], []
    for name, suite in suites.items():
        lines = suite.needed()
        if lines and not known(applied, lines):
            continue
        if file := suite.wished(applied):
            wished.append(file)
        if lines:
            needed.append(Fragment(_PATH.format(name), "".join(f"{line}\n" for line in lines)))
    said = kconfig.merge((*config.fragments, *needed)).keys()
    files = [_had(file, said, config, applied) for file in wished]
    more = (*(file for file in files if file.text.strip()), *needed)
    return replace(config, fragments=(*config.fragments, *more))


def _had(file: Fragment, said: Collection[str], config: Config, applied: Applied) -> Fragment:
    """What of a file of the tree is asked for; lines keep their numbers.

    Left out is what the project itself asks for (``said``), what the tree does not know, modules
    where ``config`` has none, and what is no line of a configuration.
    """
    asked: dict[str, ConfigRequest] = {}
    for number, line in enumerate(file.text.splitlines(), start=1):
        with contextlib.suppress(SeriesError):
            for each in kconfig.parse_fragment(line.partition(" #")[0], file.path):
                asked[each.option] = replace(each, line=number)
    names = kconfig_files.defined(applied.repo, applied.commit, asked)
    lines = [""] * len(file.text.splitlines())
    for each in asked.values():
        if each.option in names and each.option not in said:
            lines[each.line - 1] = each.text if each.value != "m" or config.modules else ""
    return Fragment(file.path, "".join(f"{line}\n" for line in lines))


def known(applied: Applied, lines: Iterable[str]) -> bool:
    """Whether the Kconfig files of a tree define each option that ``lines`` ask for."""
    requests = kconfig.parse_fragment("\n".join(lines), "kernel-tests/suites.toml: options")
    wanted = {request.option for request in requests}
    return wanted <= kconfig_files.defined(applied.repo, applied.commit, wanted)
