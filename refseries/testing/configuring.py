# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel makes of options, asked in the work tree that builds use, without building."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping

from refseries.errors import StageError
from refseries.git import build_tree
from refseries.host import proc
from refseries.host.progress import Say
from refseries.kernel import kconfig, toolchain
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.suggest import Configure
from refseries.testing.lab import Lab

_OUT = f"{build_tree.BUILD_DIRS}suggest"
_DEADLINE = 600.0


@contextlib.contextmanager
def opened(lab: Lab, commit: str, arch: str, say: Say) -> Iterator[Configure]:
    """For the length of a block, what asks ``commit`` about options over its tinyconfig.

    Args:
        say: told when another run holds the work tree.

    Raises:
        StageError: make failed.
        HostError: a tool is missing.
    """
    tools = toolchain.find(arch)
    env = toolchain.environment(lab.cache / "ccache")
    source = lab.directory / "build" / "src"
    with build_tree.opened(lab.base.repo, source, lab.leave_out, say=say) as tree:
        tree.move(commit)
        out = tree.path / _OUT

        def make(target: str) -> None:
            argv = ("make", "-C", str(tree.path), f"O={_OUT}", *tools.arguments, target)
            proc.run(argv, env=env, deadline=_DEADLINE)

        def configure(requests: Mapping[str, ConfigRequest]) -> dict[str, str]:
            make("tinyconfig")
            config = out / ".config"
            if not config.is_file():
                raise StageError(
                    "make tinyconfig left no .config.",
                    where=str(out),
                    hint="Is it a kernel that the base is?",
                )
            config.write_text(kconfig.overlay(config.read_text(), requests))
            make("olddefconfig")
            return kconfig.parse_config(config.read_text())

        try:
            yield configure
        finally:
            shutil.rmtree(out, ignore_errors=True)
