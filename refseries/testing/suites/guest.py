# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest of one tree: which programs stand in its initramfs, and how it is booted.

Without ``kernel-tests/suites.toml`` that is the initramfs with the selftests, one for all trees.
With it, the archive has the runner of ``qemu/suites/``, and behind it, as a second archive, what
the suites are made of for this tree.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from refseries.errors import SeriesError
from refseries.guest import busybox, initramfs
from refseries.guest.cases import CasesRun
from refseries.host import resources, toml
from refseries.host.scratch import scratch_folder
from refseries.kernel import arch as arches
from refseries.kernel import toolchain
from refseries.kernel.model import Config
from refseries.model import Applied, Target
from refseries.testing.jobs import BootJob
from refseries.testing.lab import Lab
from refseries.testing.suites import load, options
from refseries.testing.suites.kind import (
    ABSENT,
    HARNESS_PLACE,
    PLACE,
    RUNNER,
    SuiteKind,
    SuitePlan,
    SuiteSite,
)
from refseries.testing.suites.load import Suites


@dataclass(frozen=True)
class Guest:
    """What a guest of one tree is booted with.

    Attributes:
        programs: key of its initramfs; empty where the tree has nothing to run.
        case_seconds: how long init lets one case go on.
        suites: names of those that this tree has something of.
    """

    programs: str
    case_seconds: float = 60.0
    suites: tuple[str, ...] = ()

    def boot(self, name: str, config: Config, image: str, only: tuple[str, ...] = ()) -> BootJob:
        """The job that boots it.

        Args:
            image: key of a kernel in ``config``.
            only: as of a BootJob.
        """
        return BootJob(
            name,
            config.arch,
            image,
            self.programs,
            only,
            case_ptrace=config.case_ptrace,
            case_seconds=self.case_seconds,
        )


def selftests(lab: Lab, arch: str) -> str:
    """The name that guests of all trees have in common which run the same tests.

    Results of two trees are compared only where it is the same.

    Raises:
        SeriesError, StageError, HostError: as ``prepare``.
    """
    suites = load.load(lab.series.root)
    if suites is None:
        return lab.initramfs(arch).name
    return _identity(lab, arch, suites)


def prepare(
    lab: Lab, suites: Suites | None, applied: Applied, config: Config, *, tools: bool = False
) -> Guest:
    """Make the initramfs for one tree, or find it ready.

    Args:
        tools: put busybox into it, and make it also where the tree has nothing to run.

    Raises:
        SeriesError: a suite is wrong.
        StageError: a program does not compile.
        HostError: a tool is missing, or no busybox can be had.
    """
    if suites is None:
        shell = _busybox(lab, config.arch) if tools else None
        return Guest(lab.initramfs(config.arch, shell).stem, config.case_seconds)
    site = SuiteSite(lab, config.arch, applied)
    plans = {
        name: suite.plan(name, site) if options.known(applied, suite.needed()) else ABSENT
        for name, suite in suites.items()
    }
    present = {name: plan for name, plan in plans.items() if not plan.empty}
    if not present and not tools:
        return Guest("")
    seconds = [config.case_seconds, *(suites[name].case_seconds for name in present)]
    seconds += [plan.seconds for plan in present.values()]
    return Guest(
        _archive(site, suites, present, tools=tools),
        max(*seconds, *map(_slowest, present.values()), 0.0),
        tuple(present),
    )


def needed(lab: Lab, suites: Suites | None, applied: Applied, config: Config) -> Guest:
    """As ``prepare``, for who can do nothing without tests.

    Raises:
        SeriesError: as ``prepare``, or the tree has nothing to run.
        StageError, HostError: as ``prepare``.
    """
    made = prepare(lab, suites, applied, config)
    if not made.programs:
        raise SeriesError(
            f"{applied.target} has nothing that runs in a guest in the config `{config.name}`.",
            where="kernel-tests/suites.toml",
            hint="Name a suite that its tree has.",
        )
    return made


def check_used(
    lab: Lab, suites: Suites | None, guests: Iterable[Guest], targets: Iterable[Target]
) -> None:
    """Refuse a suite of which even the newest version has nothing: its name may be misspelt.

    Raises:
        SeriesError: names it.
    """
    guests, newest = tuple(guests), lab.series.versions[-1].name if lab.series.versions else ""
    if not guests or newest not in {target.version for target in targets}:
        return
    for name, suite in (suites or {}).items():
        if not any(name in guest.suites for guest in guests):
            path = load.path_of(lab.series.root)
            raise SeriesError(
                f"no tree has anything of the suite `{name}`, {newest} included.",
                where=toml.place(path, path.read_text(encoding="utf-8"), ("suite", name)),
                hint=suite.advice(name),
            )


def read(suites: Suites | None, cases: CasesRun) -> CasesRun:
    """What guests said, with what the suites can tell of it."""
    for suite in (suites or {}).values():
        cases = suite.read(cases)
    return cases


def _slowest(plan: SuitePlan) -> float:
    return max((float(case.words[2]) for case in plan.cases if case.how == "run"), default=0.0)


def _busybox(lab: Lab, arch: str) -> Path:
    return busybox.find(lab.cache / "busybox", arches.get(arch).programs)


def _first(lab: Lab, arch: str, suites: Suites, *, tools: bool) -> Path:
    """The archive with init and the runner of suites."""
    shell = _busybox(lab, arch) if tools else None
    return lab.initramfs(arch, shell, resources.qemu_dir() / "suites")


def _identity(lab: Lab, arch: str, suites: Suites) -> str:
    """Hash of the project's part of the suites; without what a tree adds."""
    first = _first(lab, arch, suites, tools=False)
    root = lab.series.root
    parts = [("runner", first.name.encode())]
    parts.append(("suites.toml", load.path_of(root).read_bytes()))
    for name, suite in sorted(suites.items()):
        parts += [(f"{name}/{path}", data) for path, data in sorted(suite.inputs(root).items())]
    return initramfs.digest(parts)


def _archive(
    site: SuiteSite, suites: Suites, plans: Mapping[str, SuitePlan], *, tools: bool
) -> str:
    lab = site.lab
    tools = tools or any(plan.tools for plan in plans.values())
    first = _first(lab, site.arch, suites, tools=tools)
    parts = [(name, repr(plan).encode()) for name, plan in sorted(plans.items())]
    compiler = toolchain.find(site.arch).version
    parts += [("first", first.name.encode()), ("compiler", compiler.encode())]
    # What stands before the dash is the same for each tree; see ``runs.remember``.
    key = f"{_identity(lab, site.arch, suites)}-{initramfs.digest(parts)}"
    path = lab.programs(key)
    if path.is_file():
        return key
    files: dict[str, bytes] = {}
    for name, plan in plans.items():
        made = _made(site, name, suites[name], plan)
        if twice := sorted(made.keys() & {*files, RUNNER}):
            raise SeriesError(
                f"two suites have a file {twice[0]}, or it is the runner of them all.",
                where=str(load.path_of(site.root)),
                hint="Rename one of the programs.",
            )
        files.update(made)
    initramfs.join(path, first, initramfs.cpio(_members(plans, files)))
    return key


def _made(site: SuiteSite, name: str, suite: SuiteKind, plan: SuitePlan) -> dict[str, bytes]:
    """The files of one suite by path in the guest; made once for all trees with the same plan."""
    parts = [*sorted(suite.inputs(site.root).items()), ("suite", f"{name} {suite!r}".encode())]
    tools = toolchain.find(site.arch)
    parts += [("plan", f"{plan!r} {site.arch} {tools.version}".encode())]
    parts.append(("libc", initramfs.static_libc(f"{tools.cross_compile}gcc")))
    place = site.lab.directory / "suites" / initramfs.digest(parts)
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(place.parent) as scratch:
            work, new = scratch / "work", scratch / "files"
            work.mkdir()
            new.mkdir()
            for path, data in suite.make(name, site, plan, work).items():
                copy = new.joinpath(*PurePosixPath(path).parts[1:])
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data)
            try:
                new.rename(place)
            except OSError:
                if not place.is_dir():  # another run may have made the same meanwhile
                    raise
    return {
        f"/{path.relative_to(place)}": path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def _members(plans: Mapping[str, SuitePlan], files: Mapping[str, bytes]) -> list[initramfs.Member]:
    cases = (case for plan in plans.values() for case in plan.cases)
    table = "".join(f"{case.line}\n" for case in cases).encode()
    folders = {str(PurePosixPath(path).parent) for path in files} - {HARNESS_PLACE} | {PLACE}
    return [
        *(initramfs.Member(folder, stat.S_IFDIR | 0o755) for folder in folders),
        initramfs.Member(f"{PLACE}/cases", stat.S_IFREG | 0o644, table),
        *(initramfs.Member(name, stat.S_IFREG | 0o755, data) for name, data in files.items()),
    ]
