# SPDX-License-Identifier: GPL-2.0-or-later
"""A series over the fake kernel, whose guests are played: everything but QEMU is real."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fake_kernel import FakeKernel

from refseries.model import (
    BaseInfo,
    BaseSpec,
    Fixup,
    Identity,
    Series,
    Target,
    Version,
)
from refseries.testing import matrix
from refseries.testing.lab import Lab

DATE = datetime(2026, 11, 20, 12, tzinfo=UTC)

GUEST = """\
plan 3
wanted 1 && pass 1 toy.one
wanted 2 && { begin toy.two; say "[    1.1] working"; report "%s 2 toy.two"; }
wanted 3 && pass 3 toy.three
bye
"""
GOOD, BAD = GUEST % "ok", GUEST % "not ok"
EXPECTATIONS = """\
schema = 1
[[expect]]
case = "toy.two"
versions = ["v1"]
configs = ["*"]
outcome = "fail"
task = "v1-toy-1"
why = "v1 plays one toy only."
"""
MAKEFILE = """\
build/toy_test: toy_test.c
\tmkdir -p build
\t$(CROSS_COMPILE)gcc -static -o $@ $<
"""


@dataclass
class Project:
    """A series over the fake kernel; versions are added by their commits."""

    directory: Path
    kernel: FakeKernel
    versions: tuple[Version, ...] = ()

    def add(self, *commits: dict[str, str | None], fixups: tuple[str, ...] = ()) -> Version:
        """One more version: over the base, or, for ``fixups``, over the version before as well."""
        name = f"v{len(self.versions) + 1}"
        place = self.directory / "series" / name
        patches = self._export(place, self.kernel.base.commit, commits)
        chain: tuple[Fixup, ...] = ()
        if fixups:
            # The fixups make the same files out of those of the version before, one at a time.
            files = dict(item for commit in commits for item in commit.items())
            steps = [{path: text} for path, text in files.items()]
            start = self.kernel.git("rev-parse", f"v{len(self.versions)}").strip()
            made = self._export(place / "fixups", start, steps)
            chain = tuple(Fixup(t, p, ()) for t, p in zip(fixups, made, strict=True))
        version = Version(name, len(self.versions) + 1, place, DATE, patches, place, fixups=chain)
        self.versions = (*self.versions, version)
        return version

    def _export(
        self,
        place: Path,
        start: str,
        commits: tuple[dict[str, str | None], ...] | list[dict[str, str | None]],
    ) -> tuple[Path, ...]:
        self.kernel.git("checkout", "--quiet", "--force", "--detach", start)
        for number, files in enumerate(commits):
            self.kernel.commit(f"mm: toy {number}", files)
        self.kernel.git("tag", "--force", place.name)
        self.kernel.git("format-patch", "--quiet", "-o", str(place), start)
        self.kernel.git("checkout", "--quiet", "--force", self.kernel.base.commit)
        return tuple(sorted(place.glob("*.patch")))

    def request(self, *, jobs: int = 2) -> matrix.MatrixRequest:
        spec = BaseSpec("6.12.117", "none", "http://127.0.0.1:9/none.tar.xz", "0" * 64)
        identity = Identity("toy", "toy@example.org")
        series = Series("toy", "toys", self.directory, identity, spec, self.versions, ("default",))
        base = self.kernel.base
        info = BaseInfo("6.12.117", "tree", self.kernel.repo, base.commit, base.tree)
        return matrix.MatrixRequest(
            lab=Lab(series, info, self.directory / "cache", jobs),
            targets=tuple(Target(version.name) for version in self.versions),
            configs=(self.kernel.config(),),
        )


def make(directory: Path) -> Project:
    """A project without versions; expectations know of v1's toy.two."""
    (directory / "kernel").mkdir()
    kernel = FakeKernel(directory / "kernel")
    headers = {
        f"tools/testing/selftests/{name}": "" for name in ("kselftest.h", "kselftest_harness.h")
    }
    kernel.base = kernel.commit("base with a guest", {"guest.sh": GOOD, **headers})
    tests = directory / "kernel-tests"
    tests.mkdir()
    (tests / "Makefile").write_text(MAKEFILE)
    (tests / "toy_test.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    (tests / "expectations.toml").write_text(EXPECTATIONS)
    return Project(directory, kernel)
