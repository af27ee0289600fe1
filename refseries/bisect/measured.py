# SPDX-License-Identifier: GPL-2.0-or-later
"""A figure of ``bench`` as what is looked for: within a limit, or above it.

All figures of a state are kept as they were measured, so that another figure or another limit
costs no boot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from refseries.bench import description, measurements
from refseries.bench import run as bench
from refseries.bench.figures import Figure
from refseries.bench.measurements import Origin
from refseries.bisect.model import Sight, Symptom
from refseries.errors import Stopped
from refseries.guest import qemu
from refseries.host import typed
from refseries.host.progress import Say
from refseries.kernel import toolchain
from refseries.kernel.arch import bootable
from refseries.kernel.model import Config
from refseries.model import Applied, Target
from refseries.testing.lab import Lab


class KeptFigures(msgspec.Struct, frozen=True):
    """What was measured of one state.

    Attributes:
        log: directory of the boots; it may have been removed since.
    """

    figures: tuple[Figure, ...]
    log: str


class Gauge:
    """Measures states of a series in one config, or finds what was measured.

    Raises:
        SeriesError: the series has no bench program.
        StageError: that does not compile.
        HostError: a tool is missing.
    """

    def __init__(self, lab: Lab, config: Config, symptom: Symptom) -> None:
        self.lab = lab
        self.config = config
        self.symptom = symptom
        programs = description.sources(lab.series)
        self.program = bench.program_hash(programs)
        self.archive = lab.initramfs(config.arch, programs=programs).stem
        self.qemu = qemu.version(bootable(config.arch).qemu)

    def kept(self, target: Target, applied: Applied) -> Sight | None:
        """What is known of a state: measured by a search before, or saved by ``bench --save``."""
        kept = typed.kept(self._record(applied), KeptFigures)
        if kept is None:
            return self._saved(target, applied)
        return self._sight(kept.figures, (), kept.log)

    def _saved(self, target: Target, applied: Applied) -> Sight | None:
        if target.within is not None or target.commit or target.onto:
            return None
        found = measurements.load(self.lab.series, str(target))
        compiler = toolchain.find(self.config.arch).version
        now = Origin.in_config(
            applied.tree, self.config, toolchain=compiler, qemu=self.qemu, program=self.program
        )
        if found is None or measurements.stale(found.origin, now):
            return None
        place = measurements.path_of(self.lab.series, str(target))
        return self._sight(found.figures, (), str(place))

    def look(self, target: Target, applied: Applied, say: Say) -> Sight:
        """Build a state where it has to be, measure it, and keep its figures.

        Raises:
            Stopped: the user stopped it.
        """
        (outcome,) = bench.measure(bench.BenchRequest(self.lab, (target,), self.config), say)
        if outcome.stopped:
            raise Stopped("stopped.")
        log = str(outcome.log or "")
        if outcome.figures and not outcome.problems:
            typed.keep(self._record(applied), KeptFigures(outcome.figures, log))
        return self._sight(outcome.figures, outcome.problems, log)

    def _sight(self, figures: Sequence[Figure], problems: Sequence[str], log: str) -> Sight:
        if problems:
            return Sight(None, problems[0], log)
        return self.symptom.of_figure(figures, log)

    def _record(self, applied: Applied) -> Path:
        key = self.lab.image_key(applied.tree, self.config)
        digest = hashlib.sha256(f"figures\0{key}\0{self.archive}\0{self.qemu}".encode())
        place = self.lab.cache / self.lab.series.home / "bisected"
        return place / f"{digest.hexdigest()[:32]}.json"
