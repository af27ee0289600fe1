# SPDX-License-Identifier: GPL-2.0-or-later
"""Building one commit in one config: configure, make, and keep the image under its key.

An image that is there costs no work at all, not even moving the work tree.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from refseries.errors import HostError, SeriesError, StageError
from refseries.git import build_tree
from refseries.git.build_tree import Worktree
from refseries.host import proc
from refseries.host.progress import Say, silent
from refseries.kernel import (
    added_options,
    build_dir,
    build_log,
    compiled,
    configure,
    images,
    kconfig,
    modules,
    profile,
    shortcut,
    toolchain,
)
from refseries.kernel.images import ImageStore, Record
from refseries.kernel.model import Config, Image
from refseries.kernel.toolchain import Toolchain

_FULL_BYTES = 1 << 20


@dataclass(frozen=True)
class BuildRequest:
    """One commit to be built in one config.

    Attributes:
        repo: git directory that holds the commit.
        commit: what is built; ``tree`` is its git tree id.
        directory: the series' place in the cache: ``build/`` and ``images/`` are made there.
        ccache_dir: where compiled objects are kept, unless the user has set ``CCACHE_DIR``.
        leave_out: directories that the work tree does without, see ``build_tree.opened``.
        jobs: how many programs make runs at once.
        rebuild: build from nothing, even when the image or a refusal of the compiler is stored.
        deadline: seconds that one make may take.
        added_options: what versions of the series add; a tree without them does without.
        one_of_many: the commits that are built before and after differ in one source, mostly the
            same; see ``shortcut``.
    """

    repo: Path
    commit: str
    tree: str
    config: Config
    directory: Path
    ccache_dir: Path
    leave_out: tuple[str, ...] = ()
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    rebuild: bool = False
    deadline: float = 3600.0
    added_options: frozenset[str] = frozenset()
    one_of_many: bool = False


def _uncounted(_count: int, _name: str) -> None:
    """Nobody counts the files."""


def build(
    request: BuildRequest,
    *,
    progress: build_log.OnCompiled = _uncounted,
    say: Say = silent,
) -> Image:
    """The image of ``request``, built if it is not there.

    Args:
        progress: is told how many files are compiled, and the last of them.
        say: is told, once, when another run holds the work tree and this one waits.

    Raises:
        StageError: an option got lost, the source does not compile, or make ended with 0 and left
            no image; ``where`` is file and line, ``detail`` the compiler's words.
        SeriesError: a fragment or ``leave_out`` is wrong.
        HostError: a tool is missing, the disk is full, the machine ran out of memory.
        Stopped: the user stopped it.
    """
    tools = toolchain.find(request.config.arch)
    requests = added_options.granted(
        kconfig.merge(request.config.fragments),
        request.added_options,
        request.repo,
        request.commit,
    )
    key = image_key(request.tree, request.config)
    store = ImageStore(request.directory / "images")
    if not request.rebuild and (image := store.load(key)):
        return image
    source = request.directory / "build" / "src"
    with build_tree.opened(request.repo, source, request.leave_out, say=say) as tree:
        # The run that this one waited for may have built it.
        if not request.rebuild and (image := store.load(key)):
            return image
        try:
            return _Build(request, tools, requests, key, store, tree, progress).run()
        except OSError as error:
            raise images.disk_full(error, request.directory) from error


def image_key(tree: str, config: Config) -> str:
    """Under which the image of ``tree`` in ``config`` is kept.

    Raises:
        HostError: a tool is missing.
    """
    tools = toolchain.find(config.arch)
    return images.key(
        tree,
        [each.text for each in (*configure.origin(config), *config.fragments)],
        (tools.version, tools.linker),
        config.arch,
        config.targets,
        toolchain.honoured(),
        config.profiled,
        boot=config.boot,
        keep=config.keep,
    )


@dataclass
class _Build:
    """One build that has to be done, by the holder of the work tree."""

    request: BuildRequest
    tools: Toolchain
    requests: dict[str, kconfig.ConfigRequest]
    key: str
    store: ImageStore
    tree: Worktree
    progress: build_log.OnCompiled
    commands: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """The build directory: a child of the tree, so that objects name sources by ``../``."""
        return self.tree.path / f"{build_tree.BUILD_DIRS}{self.request.config.name}"

    def run(self) -> Image:
        started = time.monotonic()
        self.tree.move(self.request.commit)
        self.temporary = self.store.begin(self.key)
        self.log = self.temporary / images.LOG
        self.log.touch()
        self.environment = toolchain.environment(self.request.ccache_dir)
        if self.request.rebuild and self.out.exists():
            shutil.rmtree(self.out)
        self.out.mkdir(exist_ok=True)
        build_dir.recover(self.out)
        is_new = not any(self.out.iterdir())
        busy = self.out / build_dir.BUSY
        busy.touch()
        self._configure()
        if is_new and not self.request.rebuild:
            build_dir.take_over(self.out, self._others())
        short = self.request.one_of_many and shortcut.is_possible(self.request.config)
        self._compile_shortly() if short else self._compile()
        busy.unlink()
        return self._keep(time.monotonic() - started)

    def _others(self) -> list[Path]:
        return [
            path
            for path in sorted(self.tree.path.glob(f"{build_tree.BUILD_DIRS}*"))
            if path != self.out and path.is_dir()
        ]

    def _make(
        self,
        *targets: str,
        jobs: int = 1,
        tick: Callable[[], None] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> int:
        # Without -O the messages of two compilers that fail at once run into each other.
        argv = (
            "make", "-C", str(self.tree.path), f"-j{jobs}", "-Otarget", "--no-print-directory",
            f"O={self.out.name}", *self.tools.arguments,
            *profile.variables(self.request.config.profiled), *targets,
        )  # fmt: skip
        return self._run(argv, tick, variables)

    def _run(
        self,
        argv: tuple[str, ...],
        tick: Callable[[], None] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> int:
        self.commands.append(argv)
        return proc.run(
            argv,
            env={**self._variables, **(variables or {})},
            log=self.log,
            deadline=self.request.deadline,
            check=False,
            tick=tick,
        ).returncode

    def _configure(self) -> None:
        """Write .config, unless the one there came from the same inputs."""
        configure.configure(
            self.out, self.request.config, self.requests, self.tools, self.tree, self._must_make
        )

    def _must_make(self, target: str) -> None:
        if self._make(target):
            raise self._failure(f"make {target}")

    @property
    def _variables(self) -> dict[str, str | None]:
        stats = {"CCACHE_STATSLOG": str(self.temporary / "ccache.log")} if self.tools.ccache else {}
        return {**self.environment, **stats}

    def _compile_shortly(self) -> None:
        """``_compile``, or what it comes to where one source is another."""
        config, told = self.request.config, self.tools.arguments
        short = shortcut.Shortcut.begin(
            self.request.repo, self.out, self.request.commit,
            [configure.stamp(self.out), told, config.targets],
        )  # fmt: skip

        def make(words: tuple[str, ...], variables: Mapping[str, str]) -> int:
            return self._make(*config.targets, *words, variables=variables)

        made = tuple(self.out / name for name in artifacts(config))
        steps = shortcut.BuildSteps(made, self._variables, make, self._compile, self._run)
        shortcut.compile_shortly(short, steps)

    def _compile(self) -> None:
        shortcut.forget(self.out)
        targets = self.request.config.targets
        expected = [self.out / name for name in artifacts(self.request.config)]
        # One left by another version must not pass for this one's.
        for path in expected:
            path.unlink(missing_ok=True)
        profile.forget(self.out, self.request.config.profiled)
        follower = build_log.Follower(self.log, self.progress)
        status = self._make(*targets, jobs=self.request.jobs, tick=follower)
        follower()
        if status:
            raise self._failure(f"make {' '.join(targets)}")
        for path in expected:
            if not path.is_file():
                raise StageError(
                    "make ended with exit status 0, but did not make this file.",
                    where=str(path.relative_to(self.tree.path)),
                    hint=f"Look at the log, {self.log}.",
                )

    def _failure(self, what: str) -> Exception:
        """The error for a make that failed; a refusal of the compiler is stored."""
        text = self.log.read_text(errors="replace")
        if fault := build_log.host_fault(text) or _full(self.log.parent, self.out):
            log = self.store.keep_log(self.key, self.temporary)
            return HostError(f"{what}: {fault[0]}", where=str(log), hint=fault[1])
        wanted = build_log.missing_sources(text)
        if without := build_tree.left_out(wanted, self.request.leave_out):
            return SeriesError(
                f"the config {self.request.config.name} needs {without[0]}, "
                "which the work tree is made without.",
                where="series.toml: base.leave_out",
                hint="Take its directory off the list.",
            )
        error = build_log.first_error(text)
        if error is None or not error.certain:
            return self._uncertain(what, text, error)
        failure = StageError(
            error.message,
            where=error.where,
            hint=f"The whole log is {self.log}.",
            detail=error.detail,
        )
        # make ended by itself and removed what it had half made.
        (self.out / build_dir.BUSY).unlink()
        return self.store.fail(self.key, self.temporary, failure)

    def _uncertain(self, what: str, text: str, error: build_log.BuildError | None) -> StageError:
        """The error for a failure that may be gone the next time, so that it is not stored."""
        log = self.store.keep_log(self.key, self.temporary)
        if error is None:
            tail = "\n".join(text.splitlines()[-20:])
            return StageError(
                f"{what} failed and did not say why.",
                where=str(log),
                hint="The last lines of the log stand below.",
                detail=tail,
                log=log,
            )
        return StageError(
            error.message,
            where=error.where,
            hint=f"The whole log is {log}.",
            detail=error.detail,
            log=log,
        )

    def _keep(self, seconds: float) -> Image:
        config = self.request.config
        shutil.copyfile(self.out / ".config", self.temporary / images.CONFIG)
        name = Path(config.image_path).name if config.boot else ""
        _copy(self.out, config.keep, self.temporary)
        if name:
            shutil.copyfile(self.out / config.image_path, self.temporary / name)
        profile.keep_notes(self.out, config.profiled, self.temporary / images.NOTES)
        compiled.keep(self.temporary, compiled.found(self.out, config.targets))
        if config.modules:
            modules.keep(self.temporary, self.out, self.tree.path, self.requests)
        stats = self.temporary / "ccache.log"
        return self.store.finish(
            self.key,
            self.temporary,
            Record(
                tree=self.request.tree,
                config=config.name,
                arch=config.arch,
                image=name,
                release=_release(self.out),
                toolchain=self.tools.version,
                linker=self.tools.linker,
                commands=tuple(self.commands),
                environment=self.environment,
                seconds=round(seconds, 2),
                ccache=build_log.ccache_counts(stats.read_text()) if stats.exists() else {},
            ),
        )


def _copy(out: Path, names: tuple[str, ...], place: Path) -> None:
    """Copy files and folders; what they link to in the source tree is copied in their place."""
    for name in names:
        copy = place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (out / name).is_dir():
            shutil.copytree(out / name, copy, ignore=shutil.ignore_patterns("*.cmd", "__pycache__"))
        else:
            shutil.copyfile(out / name, copy)


def artifacts(config: Config) -> tuple[str, ...]:
    """The files below the build directory that must be there after make; empty for phony targets.

    A target that is a directory leaves ``built-in.a`` in it; any other with a dot or a slash in its
    name is taken for a file.
    """
    if config.boot:
        return (config.image_path, *((modules.ORDER,) if config.modules else ()))
    return tuple(
        f"{target}built-in.a" if target.endswith("/") else target
        for target in config.targets
        if "/" in target or "." in target or target == "vmlinux"
    )


def _full(*places: Path) -> tuple[str, str] | None:
    """What to say when a file system has no room left: the log may have had none to say so."""
    for place in places:
        room = os.statvfs(place)
        if room.f_bavail * room.f_frsize < _FULL_BYTES:
            return "the disk is full.", f"Free some space in {place} and start again."
    return None


def _release(out: Path) -> str:
    try:
        return (out / build_dir.RELEASE).read_text().strip()
    except FileNotFoundError:
        # A target that needs no version string.
        return ""
