# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel options that suites need: asked for of each tree that knows them, and verified."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from refseries import git
from refseries.kernel import kconfig
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
    more = tuple(
        Fragment(_PATH.format(name), "".join(f"{line}\n" for line in suite.needed()))
        for name, suite in suites.items()
        if suite.needed() and known(applied, suite.needed())
    )
    return replace(config, fragments=(*config.fragments, *more))


def known(applied: Applied, lines: Iterable[str]) -> bool:
    """Whether the Kconfig files of a tree define each option that ``lines`` ask for."""
    requests = kconfig.parse_fragment("\n".join(lines), "kernel-tests/suites.toml: options")
    wanted = {request.option.removeprefix("CONFIG_") for request in requests}
    if not wanted:
        return True
    names = "|".join(sorted(wanted))
    found = git.git(
        applied.repo,
        "grep", "-hE", f"^[[:space:]]*(menu)?config[[:space:]]+({names})[[:space:]]*$",
        applied.commit, "--", "*Kconfig*",
        check=False,
    ).out.decode("utf-8", "replace")  # fmt: skip
    return wanted <= set(re.findall(r"config\s+(\w+)", found))
