# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest of one version for a person or a program: built, with a busybox, ready to boot."""

from __future__ import annotations

from collections.abc import Callable

from refseries.errors import SeriesError
from refseries.guest import busybox
from refseries.guest.boot import BootRequest
from refseries.kernel import arch as arches
from refseries.kernel.model import Config
from refseries.model import Target
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.lab import Lab


def prepare(
    lab: Lab, target: Target, config: Config, deadline: float, say: Callable[[str], None]
) -> BootRequest:
    """Apply and build ``target``, make an initramfs with a shell, and describe the boot.

    Args:
        deadline: seconds that a command in the guest may take.
        say: told what is being done.

    Raises:
        SeriesError: ``config`` is compile-only.
        StageError: it does not apply or does not build.
        HostError: a tool is missing, or no busybox can be had.
    """
    if not config.boot:
        raise SeriesError(
            f"the config `{config.name}` is for compiling only.", hint="Boot another one."
        )
    applied = apply.apply(lab.series, lab.base, target, lab.cache)

    def compiled(count: int, current: str) -> None:
        say(f"Building {target} {config.name}: {count} files compiled, {current}")

    image = lab.image(applied.commit, applied.tree, config, compiled, say)
    say("Making the initramfs")
    initramfs = lab.initramfs(
        config.arch, busybox.find(lab.cache / "busybox", arches.get(config.arch).programs)
    )
    assert image.path is not None
    choice = lab.machine(config.arch, image.path)
    directory = runs.directory_of(runs.begin(lab.cache, lab.series.home), target, config.name)
    directory.mkdir(parents=True)
    return BootRequest(
        machine=choice.machine,
        image=image.path,
        initramfs=initramfs,
        words=(),
        directory=directory,
        mode=choice.mode,
        deadline=deadline,
    )
