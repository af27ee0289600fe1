# SPDX-License-Identifier: GPL-2.0-or-later
"""The compile matrix and sparse: the state after each patch, in the checks' own work tree.

What is compiled are the files that a version touches and some of those that include its headers,
where the config builds them, with W=1; and before them whatever ``targets`` of the config name
(``prepare`` has ``scripts/checksyscalls.sh`` in it). Each is compiled anew, out of ccache where it
can be, as a compiler that does not run does not warn. A warning that base does not give is a
finding: so whoever builds with -Werror is safe from the patch.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from refseries import git
from refseries.check import compare, diagnostics, objects, results
from refseries.check.context import CheckContext, directory
from refseries.check.model import CheckedVersion, Diagnostic, Finding
from refseries.errors import StageError
from refseries.git import build_tree
from refseries.host import proc
from refseries.kernel import added_options, build_dir, build_log, configure, kconfig, toolchain
from refseries.kernel import arch as arches
from refseries.kernel.model import Config
from refseries.kernel.toolchain import Toolchain
from refseries.testing import runner
from refseries.testing.events import JobEvent
from refseries.testing.jobs import Here, Lane, Step
from refseries.testing.lab import Lab

VERSION = 2
PROGRAMS = toolchain.HOST_TOOLS
SPARSE = "sparse"

_LIST = Path(__file__).with_name("objects.mk")
_MAKE_DEADLINES = 5
# The same for every make: what is compiled with other flags is compiled again.
_WARN = "W=1"
# What no compilation reads. tools/ itself is in: objtool is built from it.
_NEVER_READ = ("Documentation", "LICENSES", "MAINTAINERS", "CREDITS", "samples", "tools/testing")


def check(
    subject: CheckedVersion,
    context: CheckContext,
    config: Config,
    name: str,
    *,
    sparse: bool = False,
) -> tuple[Finding, ...]:
    """What is new in the state after each patch, in one config.

    Args:
        sparse: what sparse says of the same files, instead of the compiler; and the errors of those
            that do not compile, which it cannot look at.

    Raises:
        StageError: make or a tool failed in a way that is no complaint about the source, hung, or
            an option of the config got lost.
    """

    def said(each: CompiledState) -> tuple[Diagnostic, ...]:
        def told(step: Step) -> None:
            context.say(step.text)

        def ask() -> tuple[Diagnostic, ...]:
            what = "sparse" if sparse else "compiling"
            context.say(f"{subject.version} {config.name}: {what}, {each.label}")
            return runner.answer(context.runner, each.job, Said, told).diagnostics

        return context.said(each.parts, ask)

    base, *steps = states(subject, context, config, sparse=sparse)
    before = said(base)
    return compare.through(
        name, subject.version, before, [(each.label, said(each)) for each in steps]
    )


def states(
    subject: CheckedVersion, context: CheckContext, config: Config, *, sparse: bool
) -> tuple[CompiledState, ...]:
    """What is compiled in one config: base, and the state after each patch."""
    tools = toolchain.find(config.arch)
    sources = objects.sources(subject, config.arch)
    sources_of = {arches.get(each.arch).source for each in context.configs.values()}
    checker = _sparse_version() if sparse else ""
    asked = kconfig.merge(config.fragments)
    forgiven = sorted(context.lab.added_options & asked.keys())  # where the tree has not got them

    def state(commit: str, label: str) -> CompiledState:
        parts = (
            "compile", VERSION, checker, tools.version, tools.linker, config.arch,
            [each.text for each in configure.origin(config)],
            [each.text for each in asked.values()], forgiven, config.targets,
            toolchain.honoured(), sources, read_trees(subject.base.repo, commit),
        )  # fmt: skip
        job = CompileJob(
            f"{subject.version} {config.name} {label}", commit, config, sources, sparse,
            tuple(sorted(sources_of)), context.deadline * _MAKE_DEADLINES,
        )  # fmt: skip
        return CompiledState(label, parts, job)

    steps = (state(step.commit, step.name) for step in subject.steps)
    return (state(subject.base.commit, "base"), *steps)


@dataclass(frozen=True)
class CompiledState:
    """One state of a version in one config.

    Attributes:
        label: the patch's name, or base.
        parts: all that the answer depends on.
        job: gives it.
    """

    label: str
    parts: tuple[object, ...]
    job: CompileJob


def ahead(wanted: Iterable[CompiledState], context: CheckContext) -> None:
    """Have the runner compile what is not known yet, as many states at once as it can.

    What fails is asked for again in its turn, and told there.
    """
    todo: dict[str, CompiledState] = {}
    for each in wanted:
        if context.known(each.parts) is None:
            todo.setdefault(results.key(*each.parts), each)
    of = {each.job: each for each in todo.values()}
    for job in of:
        context.runner.submit(job)
    done = 0
    for event in context.runner.events():
        if isinstance(event, JobEvent):
            if event.step.stage == "wait":
                context.say(event.step.text)
            continue
        done += 1
        context.say(f"compiling: {done} of {len(of)} states")
        if isinstance(event.answer, Said):
            context.keep(of[event.job].parts, event.answer.diagnostics)  # type: ignore[index]


@dataclass(frozen=True)
class Said:
    """What the compiler or sparse says of one state."""

    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class CompileJob:
    """Compile the files of one state that a config builds; the answer is what is ``Said`` of them.

    Attributes:
        commit: git id of the state.
        sources: the files that are compiled where the config builds them.
        sparse: ask sparse as well, and give its word alone.
        arches: folders of arch/ that the checks' work tree has.
        deadline: seconds that one make may take.
    """

    lane: ClassVar[Lane] = Lane.BUILD

    name: str
    commit: str
    config: Config
    sources: tuple[str, ...]
    sparse: bool
    arches: tuple[str, ...]
    deadline: float

    @property
    def tree_of(self) -> str:
        """Names the build directory, which has most of it from the state before."""
        return f"check/{self.config.name}"

    def perform(self, here: Here) -> Said:
        """Move the checks' own work tree to the state, and compile there."""
        lab = here.lab
        leave_out = arches.leave_out(lab.series.base.leave_out, self.arches)

        source = directory(lab) / "src"
        with build_tree.opened(lab.base.repo, source, leave_out, say=here.wait) as tree:
            tree.move(self.commit)
            return Said(_Build(self, lab, tree).diagnose())


class _Build:
    """One state, in the work tree."""

    def __init__(self, job: CompileJob, lab: Lab, tree: build_tree.Worktree) -> None:
        self.job, self.lab, self.tree = job, lab, tree
        self.tools: Toolchain = toolchain.find(job.config.arch)
        self.out = tree.path / f"{build_tree.BUILD_DIRS}{job.config.name}"
        self.log = self.out / "refseries.log"
        self.environment = toolchain.environment(lab.cache / "ccache")

    def diagnose(self) -> tuple[Diagnostic, ...]:
        self.out.mkdir(exist_ok=True)
        build_dir.recover(self.out)
        busy = self.out / build_dir.BUSY
        busy.touch()
        found = self._all()
        busy.unlink()
        return found

    def _all(self) -> tuple[Diagnostic, ...]:
        config = self.job.config
        requests = added_options.granted(
            kconfig.merge(config.fragments),
            self.lab.added_options,
            self.lab.base.repo,
            self.job.commit,
        )
        configure.configure(self.out, config, requests, self.tools, self.tree, self._must_make)
        prepared = self._make(_WARN, "-k", *config.targets)
        said = self._blamed(f"make {' '.join(config.targets)}", prepared)
        wanted = () if prepared.status else self._objects()
        warned = self._compile(wanted) if wanted else ()
        if self.job.sparse:
            # Sparse cannot look at what does not compile, and silence would pass for its consent.
            errors = (one for one in (*said, *warned) if "error: " in f"{one.text} ")
            return (*errors, *self._sparse(wanted))
        return (*said, *warned)

    def _compile(self, wanted: Sequence[str]) -> tuple[Diagnostic, ...]:
        for name in wanted:
            (self.out / name).unlink(missing_ok=True)
        compiled = self._make(_WARN, "-k", *wanted)
        absent = [name for name in wanted if not (self.out / name).is_file()]
        return self._blamed(f"make {' '.join(absent)}", compiled, failed=bool(absent))

    def _sparse(self, wanted: Sequence[str]) -> tuple[Diagnostic, ...]:
        there = [name for name in wanted if (self.out / name).is_file()]
        if not there:
            return ()
        checked = self._make(_WARN, "-k", "C=2", f"CHECK={SPARSE}", *there)
        if checked.status:
            raise self._failed(SPARSE, checked)
        return diagnostics.compiler(checked.text)

    def _blamed(self, what: str, made: _Made, *, failed: bool = False) -> tuple[Diagnostic, ...]:
        """What the compiler says; a failure for which no source is blamed is the machine's."""
        said = diagnostics.compiler(made.text)
        if (made.status or failed) and not any("error: " in f"{one.text} " for one in said):
            raise self._failed(what, made)
        return said

    def _objects(self) -> tuple[str, ...]:
        """The objects to compile, of those that the config builds; by kbuild's own account."""
        # A folder that this state does not have yet, or that was left out, has nothing to build.
        there = [
            folder
            for folder in objects.folders(self.job.sources)
            if any((self.tree.path / folder / name).is_file() for name in ("Makefile", "Kbuild"))
        ]
        if not there:
            return ()
        # The programs under tools/ have a `build` of their own, which must not be replaced.
        listed = self._make(
            *(f"{folder}/" for folder in there),
            _WARN,
            "CONFIG_OBJTOOL=",
            f"refseries-list={_LIST}",
            f"build=-f {shlex.quote(str(_LIST))} obj",
        )
        if listed.status:
            raise self._failed("listing the objects", listed)
        return objects.built(self.job.sources, objects.listed(listed.text))

    def _must_make(self, target: str) -> None:
        done = self._make(target)
        if done.status:
            raise self._failed(f"make {target}", done)

    def _make(self, *words: str) -> _Made:
        self.log.unlink(missing_ok=True)
        argv = (
            "make", "-C", str(self.tree.path), f"-j{self.lab.jobs}", "-Otarget",
            "--no-print-directory", f"O={self.out.name}", *self.tools.arguments, *words,
        )  # fmt: skip
        done = proc.run(
            argv,
            env=self.environment,
            log=self.log,
            deadline=self.job.deadline,
            check=False,
        )
        return _Made(done.returncode, self.log.read_text(errors="replace"))

    def _failed(self, what: str, made: _Made) -> StageError:
        last = made.text.strip().splitlines()[-20:]
        error = build_log.first_error(made.text)
        words = f"{error.where}: {error.message}" if error else "".join(last[-1:])
        return StageError(
            f"{what} failed in the config {self.job.config.name} and blamed no source file: "
            f"{words or 'it said nothing'}",
            where=str(self.log),
            hint="That log says more.",
            detail="\n".join(last),
        )


@dataclass(frozen=True)
class _Made:
    """What one make came to."""

    status: int
    text: str


def read_trees(repo: Path, commit: str) -> list[str]:
    """Ids of everything in ``commit`` that a compilation may read."""
    listed = git.git(repo, "ls-tree", "-z", commit, "--", ".", "tools/").stdout
    entries = (entry.partition("\t") for entry in listed.split("\0") if entry)
    return [
        f"{words.split()[2]} {name}"
        for words, _tab, name in entries
        if name != "tools" and not name.startswith(_NEVER_READ)
    ]


def _sparse_version() -> str:
    return proc.run([SPARSE, "--version"]).stdout.strip()
