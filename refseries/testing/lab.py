# SPDX-License-Identifier: GPL-2.0-or-later
"""Where kernels are built and guests booted: a series, its base, and the machine's part of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from refseries import git
from refseries.guest import accelerator, initramfs
from refseries.guest.accel import Accel
from refseries.guest.accelerator import GuestMode
from refseries.host import resources
from refseries.host.progress import Say
from refseries.kernel import added_options, build, build_log, toolchain
from refseries.kernel.arch import ARCHES, bootable, leave_out
from refseries.kernel.images import ImageStore
from refseries.kernel.model import Config, Image
from refseries.model import Applied, BaseInfo, Series, Target
from refseries.series import apply

_HARNESS = ("kselftest.h", "kselftest_harness.h")
SELFTESTS = "tools/testing/selftests"
"""Where a kernel tree has them."""
# One work tree for all that is booted: another set of folders would make it anew.
_BOOTED = tuple(each.source for each in ARCHES.values() if each.machine)


def harness_headers(base: BaseInfo) -> dict[str, bytes]:
    """The headers of the selftests by name, taken from the base tree.

    Raises:
        SeriesError: it lacks one.
    """
    paths = {name: f"{SELFTESTS}/{name}" for name in _HARNESS}
    texts = git.read_all(base.repo, base.commit, paths.values())
    return {name: texts[path] for name, path in paths.items()}


@dataclass(frozen=True)
class Lab:
    """A series, its base, and where and how to build.

    Attributes:
        cache: directory of everything that can be made again.
        jobs: processors for make, and guests beside each other.
        rebuild: build again what is stored.
        accel: what guests are run by.
        cluster: address of the scheduler whose workers do the jobs; empty for this machine.
        fetch_images: bring the images that they build.
    """

    series: Series
    base: BaseInfo
    cache: Path
    jobs: int
    rebuild: bool = False
    accel: Accel = Accel.AUTO
    cluster: str = ""
    fetch_images: bool = False

    @property
    def directory(self) -> Path:
        """The series' own part of the cache."""
        return self.cache / self.series.name

    @property
    def images(self) -> ImageStore:
        """Its kernels."""
        return ImageStore(self.directory / "images")

    @property
    def leave_out(self) -> tuple[str, ...]:
        """Folders that the work tree of builds does without."""
        return leave_out(self.series.base.leave_out, _BOOTED)

    @property
    def tests(self) -> Path:
        """Sources of the selftests."""
        return self.series.root / "kernel-tests"

    @property
    def added_options(self) -> frozenset[str]:
        """Kernel options that a version of the series adds, which other states may lack."""
        return added_options.options_added(
            patch for version in self.series.versions for patch in version.patches
        )

    def apply(self, target: Target) -> Applied:
        """The commits of ``target`` over its base; see ``series.apply.apply``.

        Raises:
            StageError: a patch does not apply.
            SeriesError: a patch reaches where it must not.
        """
        return apply.apply(self.series, self.base, target, self.cache)

    def image(
        self,
        commit: str,
        tree: str,
        config: Config,
        progress: build_log.OnCompiled,
        say: Say,
        *,
        one_of_many: bool = False,
    ) -> Image:
        """Build ``commit``, whose tree is ``tree``, or find it ready; see ``build.build``."""
        request = build.BuildRequest(
            repo=self.base.repo,
            commit=commit,
            tree=tree,
            config=config,
            directory=self.directory,
            ccache_dir=self.cache / "ccache",
            leave_out=self.leave_out,
            jobs=self.jobs,
            rebuild=self.rebuild,
            added_options=self.added_options,
            one_of_many=one_of_many,
        )
        return build.build(request, progress=progress, say=say)

    def stored(self, tree: str, config: Config) -> Image | None:
        """The image of ``tree`` if it is there; no work is done.

        Raises:
            StageError: it was built before, and the compiler refused it.
            HostError: a tool is missing.
        """
        return self.images.load(self.image_key(tree, config))

    def image_key(self, tree: str, config: Config) -> str:
        """Under which the image of ``tree`` is kept, whether it is there or not."""
        return build.image_key(tree, config)

    def machine(self, arch: str, image: Path) -> GuestMode:
        """What kernels of ``arch`` boot on, and how it is run; ``image`` is one of them.

        Raises:
            HostError: KVM is asked for and does not work.
        """
        return accelerator.choose(bootable(arch), image, self.cache / "kvm", self.accel)

    def programs(self, key: str) -> Path:
        """The initramfs of this key, which ``initramfs`` or a suite has made."""
        return self.directory / "initramfs" / f"{key}.cpio"

    def initramfs(
        self, arch: str, busybox: Path | None = None, programs: Path | None = None
    ) -> Path:
        """Build the initramfs with init and the selftests, or find it ready.

        Args:
            arch: kernel's ARCH.
            busybox: put into it for a shell.
            programs: sources of what stands in place of the selftests.

        Returns:
            Its path; the stem is its content key.

        Raises:
            StageError: init or the programs do not compile.
            HostError: a tool is missing.
        """
        recipe = initramfs.Recipe(
            qemu=resources.qemu_dir(),
            tests=programs or self.tests,
            headers=harness_headers(self.base),
            cross=toolchain.find(arch).cross_compile,
            busybox=busybox,
        )
        return initramfs.build(recipe, self.directory / "initramfs")
