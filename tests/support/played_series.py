# SPDX-License-Identifier: GPL-2.0-or-later
"""A series over the fake kernel as a user has it on disk, for the command line; guests are fake."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import fake_guest
import played_project
import toy as toys
from fake_kernel import ARM64_FRAGMENT, BROKEN, SOURCE
from waiting import SECONDS

from refseries.host import proc
from refseries.model import Version

CONFIGS = """\
schema = 1
[config.default]
arch = "arm64"
fragments = ["kernel-tests/config"]
boot = true

[config.mm]
arch = "x86_64"
fragments = ["kernel-tests/mm.config"]
boot = false
targets = ["mm/"]
"""
EXPECTATIONS = """\
[[expect]]
case = "toy.one"
versions = ["v4"]
configs = ["*"]
outcome = "fail"
why = "It was thought to fail."
[[expect]]
case = "toy.four"
versions = ["base", "v1"]
configs = ["*"]
outcome = "skip"
why = "There are three toys on v1."
[[expect]]
stage = "build"
versions = ["v3"]
configs = ["mm"]
outcome = "fail"
task = "v3-toy-1"
why = "Nobody compiles v3 for x86_64."
"""
BENCH = """\
schema = 1
subject = "toy"
bars = ["read.dense"]
[operations]
read = "first load"
[memories]
toy = "ours"
[patterns]
dense = "all pages"
[[published]]
title = "a table"
about = "a board"
message_id = "1@example.org"
unit = "seconds"
ours = "read"
rival = "anon"
rows = [["dense", 4.0, 5.0]]
"""
KSELFTEST = """\
schema = 1
directory = "mm"
sources = ["tools/testing/selftests/lib.h"]
[[case]]
test = "cow"
[[case]]
test = "cow-twice"
words = ["cow", "-n", "2"]
[left_out]
hmm = "It needs a module."
"""
SELFTESTS = {
    "tools/testing/selftests/lib.h": "#define CODE 0\n",
    "tools/testing/selftests/mm/cow.c": '#include "../lib.h"\nint main(void)\n'
    "{\n\treturn CODE;\n}\n",
    "tools/testing/selftests/mm/Makefile": "TEST_GEN_FILES = cow other\n$(OUTPUT)/%: %.c\n"
    "\t$(CROSS_COMPILE)gcc $(USERLDFLAGS) -o $@ $<\n",
}
SURVIVORS = """\
schema = 1
[[survivor]]
mutant = "harmless"
versions = ["v5"]
reason = "equivalent"
why = "It is a comment."
"""
# A guest that counts instructions is bench's, one without random addresses else is kselftest's. The
# others say something of toy.one, toy.two, toy.three and toy.four.
GUEST = """\
case "$(tr '\\0' ' ' </proc/$$/cmdline)" in
*-icount*)
	plan 1
	begin toy.cost
	report "  # figure read.toy.dense {cost} instructions/page"
	end 1 toy.cost
	;;
*norandmaps*)
	plan 2
	begin mm.cow
	report "  1..1"
	report "    1..1"
	report "    {cow} 1 no leak"
	report "  {cow} 1 cow"
	report "{cow} 1 mm.cow"
	pass 2 mm.cow-twice
	;;
*)
	plan 4
	wanted 1 && {{ begin toy.one; {one}; end 1 toy.one; }}
	wanted 2 && {{ begin toy.two; {two} 2 toy.two"; }}
	{three} && pass 3 toy.three
	wanted 4 && {{ begin toy.four; report "ok 4 toy.four{four}"; }}
	;;
esac
bye
"""
NOT_OK = 'report "  # toy.c:7:two:Expected 1 == 0"; report "not ok'
SPLAT = 'say "[    1.100000] BUG: KASAN: slab-out-of-bounds in toy_fault+0x10/0x20"'
SKIPS = " # SKIP no fourth toy"


def guest(
    cost: str = "1000",
    cow: str = "ok",
    one: str = ":",
    two: str = 'report "ok',
    three: str = "wanted 3",
    four: str = "",
) -> str:
    """What a guest does: all is well unless it is said otherwise."""
    return GUEST.format(cost=cost, cow=cow, one=one, two=two, three=three, four=four)


GOOD, GOOD_V5 = guest(), guest(cost="500")
PROGRAM = "int main(void)\n{\n\treturn 0;\n}\n"
MEMORY = "int handle_fault(int address)\n{\n\tif (address == 0)\n\t\treturn 1;\n\treturn 0;\n}\n"


@dataclass(frozen=True)
class Played:
    """The series; its directory is the project's."""

    project: played_project.Project
    environ: Mapping[str, str]

    @property
    def directory(self) -> Path:
        return self.project.directory

    def run(self, *words: str, stdin: bytes = b"") -> proc.Completed:
        """The real command."""
        return proc.run(
            [*toys.COMMAND, *words], cwd=self.directory, env=self.environ, check=False,
            deadline=SECONDS, stdin=stdin,
        )  # fmt: skip


def make(directory: Path) -> Played:
    """Eight versions.

    v1 fails as expected, v2 makes a splat, v3 does not compile, v4 panics in a case, v5 is good, v6
    says nothing, v7 panics before its first case, v8 does not apply.
    """
    project = played_project.make(directory)
    makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n" + (SOURCE / "Makefile").read_text()
    project.kernel.base = project.kernel.commit(
        "base", {"Makefile": makefile, "guest.sh": guest(four=SKIPS), **SELFTESTS}
    )
    project.add({"guest.sh": guest(two=NOT_OK, four=SKIPS, cow="not ok")})
    project.add(
        {"guest.sh": guest(one=SPLAT, four=SKIPS)},
        {"mm/memory.c": MEMORY},
        fixups=("toy-one", "faults"),
    )
    project.add({"guest.sh": GOOD + "# v3\n", "mm/memory.c": BROKEN})
    project.add({"guest.sh": guest(two='panic "toy broken"; exit 0; report "', three="false")})
    project.add({"guest.sh": GOOD_V5, "mm/memory.c": MEMORY})
    project.add({"guest.sh": "exit 0\n"})
    project.add({"guest.sh": 'panic "no root"\n'})
    (patch,) = project.add({"guest.sh": GOOD + "# v8\n"}).patches
    patch.write_text(patch.read_text().replace("\n esac\n", "\n done\n"))
    _write(project)
    return Played(
        project,
        {
            "PATH": f"{fake_guest.tools(directory)}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "REFSERIES_TREE": str(project.kernel.work),
            "REFSERIES_BASE_REF": project.kernel.base.commit,
            "REFSERIES_CACHE": str(directory / "cache"),
            "REFSERIES_JOBS": "2",
        },
    )


def mutant(about: str, before: str, after: str) -> str:
    """A mutant of v5 by hand, which changes the guest."""
    diff = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True),
        "a/guest.sh", "b/guest.sh",
    )  # fmt: skip
    return f"{about}\nVersions: v5\n\n{''.join(diff)}"


def _write(project: played_project.Project) -> None:
    """Everything that a user writes, beside the patches."""
    tests = project.directory / "kernel-tests"
    (tests / "configs.toml").write_text(CONFIGS)
    (tests / "config").write_text(ARM64_FRAGMENT)
    (tests / "mm.config").write_text("CONFIG_SHMEM=y\n")
    with (tests / "expectations.toml").open("a") as stream:
        stream.write(EXPECTATIONS)
    for name, files in {
        "bench": {"bench.toml": BENCH, "Makefile": played_project.MAKEFILE, "toy_test.c": PROGRAM},
        "kselftest": {
            "suite.toml": KSELFTEST,
            "Makefile": played_project.MAKEFILE,
            "toy_test.c": PROGRAM,
        },
        "mutants": {
            "harmless.patch": mutant("Nothing is different.", GOOD_V5, GOOD_V5 + "# more\n"),
            "bad.patch": mutant("Toy two breaks.", GOOD_V5, GOOD_V5.replace('report "ok', NOT_OK)),
            "survivors.toml": SURVIVORS,
        },
    }.items():
        (tests / name).mkdir()
        for file, text in files.items():
            (tests / name / file).write_text(text)
    series = project.directory / "series"
    (series / "series.toml").write_text(toys.SERIES_TOML)
    for version in project.versions:
        write_version(version)


def write_version(version: Version) -> None:
    """What a user writes beside the patches of a version."""
    names = "".join(f'    "{patch.name}",\n' for patch in version.patches)
    fixups = "".join(
        f'\n[[fixups]]\ntask = "{each.task}"\npatch = "fixups/{each.patch.name}"\n'
        for each in version.fixups
    )
    (version.patches[0].parent / "version.toml").write_text(
        f'schema = 1\nversion = "{version.name}"\ndate = 2026-11-20T12:00:00Z\n'
        f"patches = [\n{names}]\n{fixups}"
    )
    (version.patches[0].parent / "cover.md").write_text(f"# mm: toys, {version.name}\n\nToys.\n")
