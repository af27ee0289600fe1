# SPDX-License-Identifier: GPL-2.0-or-later
"""A toy kernel in a real git repository, and a toy series over it made by git format-patch."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from refseries.host import proc
from refseries.model import BaseInfo, Identity, Series
from refseries.series import store

COMMAND = (sys.executable, "-c", "from refseries.cli import main; main()")
"""The real command, of this checkout."""

RELEASE = "6.12.117"
IDENTITY = Identity("Refseries Toy", "toy@example.org")

COMMITTED = "2026-11-18T10:00:00+0000"
"""When the kernel of a test was committed: before v1 and not two weeks before v2, which is how far
back b4 looks for a base. A commit made by the clock is one day too young for it."""


def dates(when: str = COMMITTED) -> dict[str, str]:
    """What makes git commit and tag at a fixed time, whatever day the test runs on."""
    return {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}


KERNEL: dict[str, bytes] = {
    "Makefile": b"# SPDX-License-Identifier: GPL-2.0\n"
    b"VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Toy\n",
    "Kconfig": b'mainmenu "toy"\n',
    ".gitignore": b"*.o\n.config\n",
    "mm/memory.c": b"".join(b"int line_%d;\n" % number for number in range(1, 61)),
    "mm/Makefile": b"obj-y += memory.o\n",
    "mm/damon/core.c": b"int damon;\n",
    "include/linux/mm.h": b"#define MM 1\n",
    "include/linux/old.h": b"#define OLD 1\n#define OLDER 1\n#define OLDEST 1\n#define GONE 1\n",
    "arch/arm64/Kconfig": b"config ARM64\n",
    "arch/x86/Kconfig": b"config X86\n",
    "scripts/check.sh": b"#!/bin/sh\nexit 0\n",
    "drivers/gpu/drm.c": b"int drm;\n",
    "lib/logo.bin": bytes(range(256)) * 4,
}

SERIES_TOML = f"""\
schema = 1
name = "toy"
title = "mm: introduce toys"
configs = ["default"]

[identity]
name = "{IDENTITY.name}"
email = "{IDENTITY.email}"

[base]
release = "{RELEASE}"
package = "toy-source"

[base.tarball]
url = "http://127.0.0.1:9/linux-6.12.tar.gz"
sha256 = "{"0" * 64}"
"""

# Version, its date, and its commits: author, date, message, files (None removes one).
Files = dict[str, bytes | None]
Change = tuple[str, str, Files]
ADA = "Ada Löwe <ada@example.org>"


def lines(*changes: tuple[int, bytes]) -> bytes:
    """mm/memory.c with the lines of these numbers (from 1) replaced."""
    text = KERNEL["mm/memory.c"].splitlines(keepends=True)
    for number, line in changes:
        text[number - 1] = line + b"\n"
    return b"".join(text)


V1: tuple[Change, ...] = (
    (
        ADA,
        "mm: introduce toys\n\nA toy is a page that one can play with.\n",
        {"mm/memory.c": lines((10, b"int toy;")), "mm/toy.c": b"int toy_create;\n"},
    ),
    (
        "Bob Ångström <bob@example.org>",
        "mm: tell what a toy is\n\nIt is described below Documentation.\n",
        {"Documentation/mm/toy.rst": b"Toys\n====\n"},
    ),
)
FIXUPS: tuple[tuple[str, Change], ...] = (
    ("small-toy", (ADA, "mm: make the toy small\n", {"mm/toy.c": b"short toy_create;\n"})),
    ("two-toys", (ADA, "mm: add a toy\n", {"mm/memory.c": lines((10, b"int toy[2];"))})),
)
V2: tuple[Change, ...] = (
    (
        ADA,
        "mm: introduce toys\n\nA toy is a page that two can play with.\n",
        {"mm/memory.c": lines((10, b"int toy[2];")), "mm/toy.c": b"short toy_create;\n"},
    ),
    V1[1],
)


@dataclass(frozen=True)
class Toy:
    """The toy in a directory of its own: ``linux/`` (the user's tree), ``project/``, ``cache/``."""

    directory: Path

    @property
    def tree(self) -> Path:
        return self.directory / "linux"

    @property
    def project(self) -> Path:
        return self.directory / "project"

    @property
    def cache(self) -> Path:
        return self.directory / "cache"

    @property
    def environ(self) -> dict[str, str]:
        """What the real command needs to find the toy's kernel, a cache of its own, and itself."""
        return {
            "REFSERIES_TREE": str(self.tree),
            "REFSERIES_CACHE": str(self.cache),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }

    @property
    def base_commit(self) -> str:
        return self.git("rev-parse", f"v{RELEASE}^{{commit}}")

    def base(self) -> BaseInfo:
        """The base as refseries.kernel.base gives it for the user's tree."""
        tree = self.git("rev-parse", f"v{RELEASE}^{{tree}}")
        return BaseInfo(RELEASE, "tree", self.tree / ".git", self.base_commit, tree)

    def series(self) -> Series:
        return store.load(self.project)

    def git(self, *words: str, env: Mapping[str, str] | None = None, at: Path | None = None) -> str:
        """Run git in the user's tree; gives what it prints, without the last newline."""
        done = proc.run(["git", *words], cwd=at or self.tree, env={**dates(), **(env or {})})
        return done.stdout.rstrip("\n")

    def commit(self, change: Change) -> str:
        """Commit ``change`` over what is checked out; gives the commit's id."""
        author, message, files = change
        for name, content in files.items():
            path = self.tree / name
            if content is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return self.commit_all(message, author)

    def commit_all(self, message: str, author: str = ADA) -> str:
        """Commit the work tree as it is."""
        self.git("add", "--all", "--force")
        self.git(
            "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet",
            "--author", author, "--date", "2026-11-01T10:00:00+0200", "--cleanup=verbatim",
            "-m", message,
        )  # fmt: skip
        return self.git("rev-parse", "HEAD")

    def at_base(self) -> None:
        """Check out the base, without a branch."""
        self.git("checkout", "--quiet", "--force", "--detach", f"v{RELEASE}")

    def export(self, since: str, directory: Path, *options: str) -> list[Path]:
        """git format-patch of what is checked out, since a commit."""
        printed = self.git("format-patch", "--quiet", *options, "-o", str(directory), since)
        assert not printed
        return sorted(directory.glob("0*.patch"))

    def add_version(self, name: str, patches: list[Path], fixups: str = "", day: int = 20) -> Path:
        """Write ``version.toml`` and the cover of a version whose patches stand there already."""
        path = self.project / "series" / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "cover.md").write_text(f"# {name}\n\nToys for all.\n")
        listed = "".join(f'    "{patch.name}",\n' for patch in patches)
        (path / "version.toml").write_text(
            f'schema = 1\nversion = "{name}"\ndate = 2026-11-{day}T12:00:00Z\n'
            f"patches = [\n{listed}]\n{fixups}"
        )
        return path

    def version_of(self, *changes: Change, name: str = "v9") -> list[Path]:
        """Make a version out of ``changes`` over the base; gives its patches."""
        self.at_base()
        for change in changes:
            self.commit(change)
        return self.version_of_head(name)

    def version_of_head(self, name: str = "v9") -> list[Path]:
        """Make a version out of what is committed over the base."""
        path = self.project / "series" / name
        patches = self.export(f"v{RELEASE}", path)
        self.add_version(name, patches)
        self.at_base()
        return patches

    def version_of_text(self, patch: bytes, name: str = "v9") -> Path:
        """Make a version of one patch with this very content."""
        path = self.project / "series" / name / "0001-odd.patch"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(patch)
        self.add_version(name, [path])
        return path


def make(directory: Path) -> Toy:
    """Make the toy with v1, v2 and the fixups between them."""
    toy = Toy(directory)
    toy.tree.mkdir()
    for name, content in KERNEL.items():
        path = toy.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (toy.tree / "scripts/check.sh").chmod(0o755)
    (toy.tree / "arch/link").symlink_to("arm64")
    toy.git("init", "--quiet", "--initial-branch=master")
    toy.commit_all("Linux 6.12.117\n")
    toy.git("tag", f"v{RELEASE}")
    # The user's own work goes on behind the release.
    toy.commit((ADA, "my work\n", {"mm/mine.c": b"int mine;\n"}))

    (toy.project / "series").mkdir(parents=True)
    (toy.project / "series" / "series.toml").write_text(SERIES_TOML)
    toy.version_of(*V1, name="v1")

    toy.at_base()
    for change in V1:
        toy.commit(change)
    since = toy.git("rev-parse", "HEAD")
    for _task, change in FIXUPS:
        toy.commit(change)
    fixups = toy.export(since, toy.project / "series" / "v2" / "fixups")
    toy.at_base()
    for change in V2:
        toy.commit(change)
    patches = toy.export(f"v{RELEASE}", toy.project / "series" / "v2")
    tables = "".join(
        f'\n[[fixups]]\ntask = "{task}"\npatch = "fixups/{patch.name}"\naddresses = ["t-{task}"]\n'
        for (task, _change), patch in zip(FIXUPS, fixups, strict=True)
    )
    toy.add_version("v2", patches, tables, day=25)
    toy.git("checkout", "--quiet", "master")
    return toy


def copy(toy: Toy, directory: Path) -> Toy:
    """A copy of a toy that no work tree is linked to."""
    shutil.copytree(toy.directory, directory, symlinks=True, dirs_exist_ok=True)
    return Toy(directory)


def tarball(
    path: Path, files: Mapping[str, bytes | str], *, executable: frozenset[str] = frozenset()
) -> Path:
    """A source tarball, compressed as its suffix says: bytes are files, strings symbolic links."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for number, (name, content) in enumerate(files.items()):
            member = tarfile.TarInfo(f"linux-6.12/{name}")
            member.mtime = 1_700_000_000 + number
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
                continue
            member.size = len(content)
            member.mode = 0o755 if name in executable else 0o644
            tar.addfile(member, io.BytesIO(content))
    data = plain.getvalue()
    packed = lzma.compress(data, preset=0) if path.suffix == ".xz" else gzip.compress(data)
    path.write_bytes(packed)
    return path
