# SPDX-License-Identifier: GPL-2.0-or-later
"""The small kernel of tests/fake_kernel/ in a real git repository."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from toy import dates

from refseries.host import proc
from refseries.kernel.build import BuildRequest
from refseries.kernel.model import Config, Fragment

SOURCE = Path(__file__).parents[1] / "fake_kernel"

ARM64_FRAGMENT = """\
CONFIG_SHMEM=y
CONFIG_SWAP=y
# CONFIG_VMEMMAP is not set
CONFIG_NR_CPUS=8
"""

# What a version that does not compile looks like.
BROKEN = "#include <linux/mm.h>\n\nint handle_fault(int address)\n{\n\treturn page;\n}\n"


@dataclass(frozen=True)
class Commit:
    """A commit of the fake kernel, with its tree id."""

    commit: str
    tree: str


class FakeKernel:
    """The fake kernel, committed as ``base``, and a place to build it in.

    Args:
        directory: an empty directory of the test's own.
        large: an extra file of so many bytes stands in drivers/gpu/, for tests of ``leave_out``.
    """

    def __init__(self, directory: Path, large: int = 0) -> None:
        self.directory = directory
        self.work = directory / "linux"
        shutil.copytree(SOURCE, self.work)
        if large:
            (self.work / "drivers/gpu/registers.h").write_bytes(b"\n" * large)
        self.git("init", "--quiet", "--initial-branch=base")
        self.base = self.commit("base")

    @property
    def repo(self) -> Path:
        """The git directory."""
        return self.work / ".git"

    @property
    def source(self) -> Path:
        """The work tree that builds happen in."""
        return self.directory / "cache/build/src"

    def git(self, *words: str) -> str:
        """Run git in the repository; gives what it prints."""
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]
        return proc.run(["git", *identity, *words], cwd=self.work, env=dates()).stdout

    def commit(self, message: str, files: Mapping[str, str | None] | None = None) -> Commit:
        """Commit ``files`` (None removes one) over what was committed last."""
        for name, text in (files or {}).items():
            path = self.work / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        commit, tree = self.git("rev-parse", "HEAD", "HEAD^{tree}").split()
        return Commit(commit, tree)

    def config(self, fragment: str = ARM64_FRAGMENT, name: str = "default") -> Config:
        """A bootable arm64 config with one fragment."""
        return Config(
            name=name,
            arch="arm64",
            fragments=(Fragment(f"{name}.config", fragment),),
            boot=True,
            targets=("Image",),
            image_path="arch/arm64/boot/Image",
        )

    def compile_only(self) -> Config:
        """An x86_64 config that builds mm/ alone."""
        return Config(
            name="x86_64-only",
            arch="x86_64",
            fragments=(Fragment("x86_64.config", "CONFIG_SHMEM=y\n"),),
            boot=False,
            targets=("mm/",),
        )

    def request(
        self,
        at: Commit,
        config: Config | None = None,
        *,
        leave_out: tuple[str, ...] = (),
        rebuild: bool = False,
        deadline: float = 60.0,
    ) -> BuildRequest:
        """A request to build ``at``; ``config`` None is the arm64 one."""
        return BuildRequest(
            repo=self.repo,
            commit=at.commit,
            tree=at.tree,
            config=config or self.config(),
            directory=self.directory / "cache",
            ccache_dir=self.directory / "ccache",
            leave_out=leave_out,
            jobs=2,
            rebuild=rebuild,
            deadline=deadline,
        )
