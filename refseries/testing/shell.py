# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest of one version for a person or a program: built, with a busybox, ready to boot."""

from __future__ import annotations

from dataclasses import dataclass

from refseries.errors import SeriesError
from refseries.guest.model import BootRequest
from refseries.host.progress import Say
from refseries.kernel import modules
from refseries.kernel.model import Config
from refseries.model import Target
from refseries.testing import debugger, runs
from refseries.testing.lab import Lab
from refseries.testing.suites import guest, load, options

# A person at a debugger thinks as long as it takes.
_NEVER = 1e9


@dataclass(frozen=True)
class ShellRequest(BootRequest):
    """A boot for a person.

    Attributes:
        attach: the command line of a debugger that it waits for; empty without one.
    """

    attach: str = ""


def prepare(
    lab: Lab,
    target: Target,
    config: Config,
    deadline: float,
    say: Say,
    *,
    gdb: bool = False,
) -> ShellRequest:
    """Apply and build ``target``, make an initramfs with a shell, and describe the boot.

    Args:
        deadline: seconds that a command in the guest may take.
        say: told what is being done.
        gdb: build it with debug information and wait for a debugger, without a deadline.

    Raises:
        SeriesError: ``config`` is compile-only.
        StageError: it does not apply or does not build.
        HostError: a tool is missing, or no busybox can be had.
    """
    if not config.boot:
        raise SeriesError(
            f"the config `{config.name}` is for compiling only.", hint="Boot another one."
        )
    applied = lab.apply(target)
    suites = load.load(lab.series.root)
    config = options.asked(config, suites, applied)
    if gdb:
        config = debugger.config(config)

    def compiled(count: int, current: str) -> None:
        say(f"Building {target} {config.name}: {count} files compiled, {current}")

    image = lab.image(applied.commit, applied.tree, config, compiled, say)
    say("Making the initramfs")
    made = guest.prepare(lab, suites, applied, config, tools=True)
    assert image.path is not None
    choice = lab.machine(config.arch, image.path)
    directory = runs.begin(lab.cache, lab.series.home) / runs.place_name(target, config.name)
    directory.mkdir(parents=True)
    port = debugger.free_port() if gdb else 0
    return ShellRequest(
        machine=choice.machine,
        image=image.path,
        initramfs=modules.joined(lab.programs(made.programs), image.path, directory),
        words=(),
        directory=directory,
        mode=choice.mode,
        deadline=deadline if not gdb else _NEVER,
        debugger=port,
        attach=debugger.to_type(image, port) if gdb else "",
    )
