# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel makes of options, asked of its own Kconfig without building."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from refseries import git
from refseries.errors import StageError
from refseries.git import build_tree
from refseries.host import proc
from refseries.host.progress import Say
from refseries.kernel import arch as arches
from refseries.kernel import kconfig, toolchain
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.model import Config
from refseries.kernel.suggest import Configure
from refseries.testing.lab import Lab

_OUT = f"{build_tree.BUILD_DIRS}suggest"
_DEADLINE = 600.0
# What Kconfig reads beside the Kconfig files and Makefiles of all folders.
_READ = ("arch", "kernel", "scripts")


def lost(
    lab: Lab, commit: str, config: Config, options: Iterable[str], say: Say
) -> tuple[str, ...]:
    """Those of ``options`` that ``commit`` does not grant beside what ``config`` asks for.

    They are asked in a small work tree of their own, which has what Kconfig reads alone.

    Args:
        options: with their ``CONFIG_``; ``=y`` is asked for.

    Raises:
        StageError: make failed.
        HostError: a tool is missing.
    """
    fragments = (kconfig.parse_fragment(each.text, each.path) for each in config.fragments)
    asked = {option: ConfigRequest(option, "y", "asked", 1) for option in options}
    source = lab.directory / "options" / "src"
    without = _unread(lab.base.repo, commit, arches.get(config.arch).source)
    with _opened(lab, source, without, commit, config.arch, say) as configure:
        final = configure({**kconfig.merge(fragments), **asked})
    return tuple(each.option for each in kconfig.lost(asked, final))


@contextlib.contextmanager
def opened(lab: Lab, commit: str, arch: str, say: Say) -> Iterator[Configure]:
    """For the length of a block, what asks ``commit`` about options over its tinyconfig.

    It is asked in the work tree that builds use.

    Args:
        say: told when another run holds the work tree.

    Raises:
        StageError: make failed.
        HostError: a tool is missing.
    """
    source = lab.directory / "build" / "src"
    with _opened(lab, source, lab.leave_out, commit, arch, say) as configure:
        yield configure


def _unread(repo: Path, commit: str, source: str) -> tuple[str, ...]:
    """Folders of ``commit`` that Kconfig reads no more of than their Kconfig and Makefiles."""

    def folders(*below: str) -> list[str]:
        words = ("ls-tree", "-d", "--name-only", "-z", commit, "--", *below)
        return [name for name in git.git(repo, *words).stdout.split("\0") if name]

    top = [name for name in folders() if name not in _READ]
    return (*top, *(name for name in folders("arch/") if name != f"arch/{source}"))


@contextlib.contextmanager
def _opened(
    lab: Lab,
    source: Path,
    leave_out: tuple[str, ...],
    commit: str,
    arch: str,
    say: Say,
) -> Iterator[Configure]:
    tools = toolchain.find(arch)
    env = toolchain.environment(lab.cache / "ccache")
    with build_tree.opened(lab.base.repo, source, leave_out, say=say) as tree:
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
