# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel makes of options, asked of its own Kconfig without building."""

from __future__ import annotations

import contextlib
import functools
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from refseries import git
from refseries.errors import RefseriesError, StageError
from refseries.git import build_tree
from refseries.host import proc
from refseries.host.progress import Say
from refseries.kernel import arch as arches
from refseries.kernel import kconfig, suggest, toolchain
from refseries.kernel.kconfig import ConfigRequest
from refseries.kernel.model import Config
from refseries.kernel.suggest import Configure, Suggestion
from refseries.testing.lab import Lab

_OUT = f"{build_tree.BUILD_DIRS}suggest"
_DEADLINE = 600.0
# What Kconfig reads beside the Kconfig files and Makefiles of all folders.
_READ = ("arch", "kernel", "scripts")


def suggested(
    lab: Lab,
    commit: str,
    config: Config,
    files: Iterable[str],
    say: Say,
    asked_about: Iterable[str] = (),
) -> Suggestion:
    """What would have ``files`` of ``commit`` compiled beside what ``config`` asks for.

    Raises:
        StageError, HostError: as ``opened``.
    """
    requests = kconfig.merge(config.fragments)
    source = arches.get(config.arch).source
    with opened(lab, commit, config.arch, say) as configure:
        repo = lab.base.repo
        return suggest.suggest(repo, commit, files, requests, configure, source, asked_about)


def begun(
    lab: Lab,
    commit: str,
    configs: Sequence[Config],
    files: Sequence[str],
    asked_about: Sequence[str],
    say: Say,
) -> tuple[Config, Suggestion]:
    """The one of ``configs`` that a series of ``files`` begins with, and what is suggested there.

    It is the first, unless that compiles none of the files, and another one compiles some that its
    architecture alone does.

    Raises:
        StageError, HostError: as ``suggested``, of the first.
    """
    first, *others = configs
    found = suggested(lab, commit, first, files, say, asked_about)
    best = first, found
    if files and found.elsewhere and len(found.without) == len(set(files)):
        for config in others:
            with contextlib.suppress(RefseriesError):  # without its compiler that cannot be asked
                other = suggested(lab, commit, config, files, say, asked_about)
                if len(other.without) < len(best[1].without):
                    best = config, other
    return best


def _unread(repo: Path, commit: str, source: str) -> tuple[str, ...]:
    """Folders of ``commit`` that Kconfig reads no more of than their Kconfig and Makefiles."""

    def folders(*below: str) -> list[str]:
        words = ("ls-tree", "-d", "--name-only", "-z", commit, "--", *below)
        return [name for name in git.git(repo, *words).stdout.split("\0") if name]

    top = [name for name in folders() if name not in _READ]
    return (*top, *(name for name in folders("arch/") if name != f"arch/{source}"))


@contextlib.contextmanager
def opened(lab: Lab, commit: str, arch: str, say: Say) -> Iterator[Configure]:
    """For the length of a block, what asks ``commit`` about options over its tinyconfig.

    It is asked in a small work tree of its own, which has what Kconfig reads alone.

    Args:
        say: told when another run holds the work tree.

    Raises:
        StageError: make failed.
        HostError: a tool is missing.
    """
    tools = toolchain.find(arch)
    env = toolchain.environment(lab.cache / "ccache")
    small = lab.directory / "options" / "src"
    without = _unread(lab.base.repo, commit, arches.get(arch).source)
    with build_tree.opened(lab.base.repo, small, without, say=say) as tree:
        tree.move(commit)
        out = tree.path / _OUT
        config = out / ".config"

        def make(target: str) -> None:
            argv = ("make", "-C", str(tree.path), f"O={_OUT}", *tools.arguments, target)
            proc.run(argv, env=env, deadline=_DEADLINE)

        @functools.cache
        def tiny() -> str:
            # Asked for once: make tries the compiler for seconds each time.
            make("tinyconfig")
            if not config.is_file():
                raise StageError(
                    "make tinyconfig left no .config.",
                    where=str(out),
                    hint="Is it a kernel that the base is?",
                )
            return config.read_text()

        def configure(requests: Mapping[str, ConfigRequest]) -> dict[str, str]:
            config.write_text(kconfig.overlay(tiny(), requests))
            make("olddefconfig")
            return kconfig.parse_config(config.read_text())

        try:
            yield configure
        finally:
            shutil.rmtree(out, ignore_errors=True)
