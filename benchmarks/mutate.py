# SPDX-License-Identifier: GPL-2.0-or-later
"""What `mutate` gains by beginning with the cases that run a mutant's line.

python benchmarks/mutate.py [VERSION]     default: v4

MUTANTS in the environment says how many, spread over all that there are; default: 24, with which
make's commands are recorded, as with all of them. Each is built once before, untimed, so that both
sides find the same objects in ccache. Then all are tried with every case until one fails, as
without `refseries coverage`, and once more with the likely cases first. Seconds of the processors
stand beside: they say more where a machine is busy.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import rig

from refseries.cli import context
from refseries.cli.options import LabOptions
from refseries.coverage import keeping
from refseries.coverage import run as coverage
from refseries.host.progress import silent
from refseries.mutate import run as mutate
from refseries.mutate.model import MutationReport
from refseries.mutate.run import MutationPlan, MutationRequest
from refseries.series import naming

MUTANTS = int(os.environ.get("MUTANTS", "24"))
RATIO = 0.33


def tried(request: MutationRequest, plan: MutationPlan) -> tuple[MutationReport, float, float]:
    """The report, its seconds, and those of the processors; nothing of it is known before."""
    for record in (request.lab.cache / request.lab.series.home / "mutants").glob("*.json"):
        record.unlink()
    before, started = _processors(), time.monotonic()
    report = mutate.run(request, plan, plan.mutants, silent)
    return report, time.monotonic() - started, _processors() - before


def _processors() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in found)


def main() -> None:
    """Measure and print."""
    options = LabOptions(directory=rig.ROOT)
    loaded = context.load(options)
    found = context.find_lab(loaded, quiet=True)
    (config,) = context.find_configs(loaded, ["default"])
    target = naming.target(loaded.series, sys.argv[1] if sys.argv[1:] else "v4")
    verdict = rig.Verdict()
    os.environ.setdefault("CCACHE_DIR", str(found.cache / "ccache"))
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="refseries-mutate-") as name:
        lab = replace(found, cache=Path(name))
        counted = keeping.load(found.cache, found.series.home, target, config.name)
        if counted is None:
            request = coverage.CoverageRequest(found, target, (config,))
            (counted,) = coverage.run(request, silent)
        keeping.save(lab.cache, lab.series.home, target, counted)
        plan = mutate.plan(lab, target)
        step = max(len(plan.mutants) // MUTANTS, 1)
        plan = replace(plan, mutants=plan.mutants[::step][:MUTANTS])
        likely = MutationRequest(lab, target, config)
        tried(likely, plan)
        every, all_seconds, all_work = tried(replace(likely, likely_first=False), plan)
        first, seconds, work = tried(likely, plan)
    fates = [[(each.mutant.name, each.fate) for each in side.results] for side in (every, first)]
    print(f"{len(plan.mutants)} mutants; processors: {all_work:.1f} s, then {work:.1f} s")
    verdict.is_true(fates[0] == fates[1], "the same becomes of each mutant")
    verdict.ratio(seconds, all_seconds, RATIO, f"mutants of {target}")
    verdict.leave()


if __name__ == "__main__":
    main()
