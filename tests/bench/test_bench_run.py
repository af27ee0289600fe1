# SPDX-License-Identifier: GPL-2.0-or-later
"""From versions to figures: real git, make and compilers on the fake kernel, and played guests."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fake_kernel import BROKEN
from played_project import MAKEFILE, Project
from waiting import lives, until

from refseries.bench import run
from refseries.bench.figures import Name
from refseries.bench.run import BenchOutcome
from refseries.errors import SeriesError
from refseries.host import proc
from refseries.host.progress import silent
from refseries.model import Target

READ = Name("read", "toy", "dense")


def guest(*figures: str, end: str = "bye") -> str:
    """A guest of one case that prints ``figures``, each a piece of shell, and says ``end``."""
    lines = "".join(f'report "  # figure {figure}"\n' for figure in figures)
    return f"plan 1\nbegin toy.cost\n{lines}{end if end.startswith('panic') else ''}\n" + (
        f"end 1 toy.cost\n{end}\n" if not end.startswith("panic") else ""
    )


STEADY = guest("read.toy.dense 1000.5 instructions/page", "rss.toy.dense 4 KiB")
# Each boot has a directory of its own, called after its number.
SHAKY = 'boot=$(basename "$PWD")\n' + guest(
    "read.toy.dense $((1000 + boot % 2 * 100)) instructions/page", "rss.toy.dense 4 KiB"
)
SETTLES = 'boot=$(basename "$PWD")\n' + guest(
    "read.toy.dense $((boot == 1 ? 2000 : 1000)) instructions/page"
)
ONCE = 'report "  # figure read.toy.dense 1000 instructions/page"'
SOMETIMES = guest("rss.toy.dense 4 KiB").replace(
    "end 1", f'[ "$(basename "$PWD")" != 1 ] || {ONCE}\nend 1'
)
DIES = guest("read.toy.dense 1000 instructions/page", end='panic "out of toys"; exit 0')


@pytest.fixture
def bench(project: Project) -> Project:
    """The project with a bench program; what it measures, the guests play."""
    sources = project.directory / "kernel-tests" / "bench"
    sources.mkdir()
    (sources / "Makefile").write_text(MAKEFILE)
    (sources / "toy_test.c").write_text("int main(void)\n{\n\treturn 0;\n}\n")
    return project


def measure(
    project: Project, *targets: str, jobs: int = 2, **more: int
) -> tuple[BenchOutcome, ...]:
    asked = project.request(jobs=jobs)
    named = tuple(Target(name) for name in targets) or asked.targets
    request = run.BenchRequest(asked.lab, named, asked.configs[0], **more)
    return run.measure(request, silent)


def test_a_version_is_booted_several_times_and_settles(bench: Project) -> None:
    bench.add({"guest.sh": STEADY})
    (outcome,) = measure(bench)
    assert outcome.good
    assert outcome.measurement is not None
    figure = outcome.measurement.figure("read.toy.dense")
    assert figure is not None
    assert (figure.value, figure.spread, figure.repeats) == (1000.5, 0.0, run.LEAST)
    assert outcome.log is not None
    assert sorted(place.name for place in outcome.log.iterdir()) == ["1", "2", "3"]
    assert (outcome.log / "1" / "rerun.sh").is_file()


def test_its_origin_says_what_it_was_made_from(bench: Project) -> None:
    bench.add({"guest.sh": STEADY})
    (outcome,) = measure(bench)
    assert outcome.measurement is not None
    origin = outcome.measurement.origin
    assert origin.tree == bench.kernel.git("rev-parse", "v1^{tree}").strip()
    assert origin.config == "default"
    assert "gcc" in origin.toolchain
    assert len(origin.program) == 32


def test_instructions_are_counted(bench: Project) -> None:
    bench.add({"guest.sh": STEADY})
    (outcome,) = measure(bench)
    assert outcome.log is not None
    script = (outcome.log / "1" / "rerun.sh").read_text()
    assert "-icount shift=0,sleep=off" in script
    assert "norandmaps" in script


def test_what_never_settles_is_booted_to_the_limit_and_said(bench: Project) -> None:
    bench.add({"guest.sh": SHAKY})
    (outcome,) = measure(bench, most=5)
    shaky, steady = outcome.figures
    assert not outcome.good
    assert (shaky.name, shaky.settled, shaky.repeats) == (READ, False, 5)
    assert steady.settled
    assert outcome.problems == ()


def test_a_figure_that_not_every_boot_gave_is_not_good(bench: Project) -> None:
    bench.add({"guest.sh": SOMETIMES})
    (outcome,) = measure(bench)
    assert not outcome.good
    assert outcome.problems == ("read.toy.dense: only 1 of 3 boots gave it",)


def test_a_boot_more_can_settle_it(bench: Project) -> None:
    bench.add({"guest.sh": SETTLES})
    (outcome,) = measure(bench)
    (figure,) = outcome.figures
    assert outcome.good
    assert (figure.value, figure.repeats) == (1000.0, 4)


def test_a_guest_that_dies_keeps_what_it_measured(bench: Project) -> None:
    bench.add({"guest.sh": DIES})
    (outcome,) = measure(bench)
    assert not outcome.good
    assert [figure.name for figure in outcome.figures] == [READ]
    assert outcome.problems == ("toy.cost: crash Kernel panic - not syncing: out of toys",)


def test_a_guest_without_figures_is_told(bench: Project) -> None:
    bench.add({"guest.sh": guest()})
    (outcome,) = measure(bench)
    assert outcome.measurement is None
    assert outcome.problems == ("the bench program gave no figure",)


def test_a_version_that_does_not_build_costs_no_other(bench: Project) -> None:
    bench.add({"mm/memory.c": BROKEN})
    bench.add({"guest.sh": STEADY})
    broken, whole = measure(bench)
    assert broken.measurement is None
    assert "mm/memory.c:5" in broken.problems[0]
    assert whole.good


def test_stopping_keeps_what_was_measured_and_leaves_no_process(bench: Project) -> None:
    pid = bench.directory / "pid"
    hangs = f'[ "$(basename "$PWD")" = 1 ] || {{ echo $$ > {pid}; exec sleep 600; }}\n'
    bench.add({"guest.sh": STEADY})
    bench.add({"guest.sh": hangs + guest("read.toy.dense 1000 instructions/page")})

    def stop_when_the_guest_runs() -> None:
        until(lambda: pid.exists() and pid.read_text())
        proc.stop_all()

    threading.Thread(target=stop_when_the_guest_runs, daemon=True).start()
    whole, stopped = measure(bench, jobs=1)
    assert whole.good
    assert stopped.stopped
    assert not stopped.good
    assert [figure.name for figure in stopped.figures] == [READ]
    assert stopped.problems == ("stopped after 1 boots",)
    until(lambda: not lives(int(pid.read_text())))


def test_base_can_be_measured(bench: Project) -> None:
    bench.add({"guest.sh": STEADY})
    (outcome,) = measure(bench, "base")
    assert outcome.problems == ("the bench program gave no figure",)  # the cases of its guest


def test_a_series_without_a_bench_program_is_told(project: Project) -> None:
    project.add({"guest.sh": STEADY})
    with pytest.raises(SeriesError, match="no bench program"):
        measure(project)


def test_the_hash_of_a_program_is_of_its_sources(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "a.c").write_text("int a;\n")
    first = run.program_hash(tmp_path)
    (tmp_path / "bench.toml").write_text("schema = 1\n")
    assert run.program_hash(tmp_path) == first
    (tmp_path / "a.c").write_text("int b;\n")
    assert run.program_hash(tmp_path) != first


def test_a_complaint_of_the_kernel_spoils_what_is_measured(bench: Project) -> None:
    """It costs more instructions than all that the case counts."""
    warns = 'plan 1\nbegin toy.cost\nreport "  # figure read.toy.dense 1000 instructions/page"\n'
    warns += (
        'say "[    1.100000] BUG: KASAN: use-after-free in toy_free+0x1/0x2"\nend 1 toy.cost\nbye\n'
    )
    bench.add({"guest.sh": warns})
    (outcome,) = measure(bench)
    assert not outcome.good
    assert outcome.problems == ("toy.cost: BUG: KASAN: use-after-free in toy_free",)
