# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest of one version for a person or a program: built, with a busybox, ready to boot."""

from __future__ import annotations

from collections.abc import Callable

from refseries.errors import SeriesError
from refseries.guest import busybox, qemu
from refseries.guest.boot import BootRequest
from refseries.host import resources
from refseries.model import Config, Target
from refseries.series import apply
from refseries.testing import runs
from refseries.testing.lab import Workshop


def prepare(
    shop: Workshop, target: Target, config: Config, deadline: float, say: Callable[[str], None]
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
    applied = apply.apply(shop.series, shop.base, target, shop.cache)

    def compiled(count: int, current: str) -> None:
        say(f"Building {target} {config.name}: {count} files compiled, {current}")

    image = shop.image(applied, config, compiled, say)
    say("Making the initramfs")
    initramfs = shop.initramfs(busybox.find(shop.cache / "busybox"))
    assert image.path is not None
    directory = runs.directory_of(runs.begin(shop.cache, shop.series.name), target, config.name)
    directory.mkdir(parents=True)
    return BootRequest(
        machine=qemu.machine(resources.qemu_dir() / "configs.toml", config.arch),
        image=image.path,
        initramfs=initramfs,
        words=(),
        directory=directory,
        mode=qemu.quickest(config.arch),
        deadline=deadline,
    )
