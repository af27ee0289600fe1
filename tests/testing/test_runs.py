# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of a run: every case, and why a stage failed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from refseries.host import proc
from refseries.host.files import write_atomically
from refseries.model import BaseInfo, Splat, StageOutcome, Target
from refseries.testing import runs
from refseries.testing.model import STAGES, CaseResult, Outcome, Run

V3 = Target("v3")
CASES = (
    CaseResult("toy.one", Outcome.PASS, seconds=0.5),
    CaseResult("toy.two", Outcome.XFAIL, Outcome.FAIL, "v3-jannh-7", "toy.c:12:two:Expected 1"),
)
TESTED = Run(
    V3,
    "default",
    "arm64",
    dict.fromkeys(STAGES, StageOutcome.PASS),
    initramfs=Path("/cache/initramfs/0123abcd.cpio"),
    log=Path("/cache/runs/1"),
    results=CASES,
    splats=(Splat("warning", "WARNING: mm/toy.c", "toy.two", "cut here"),),
    as_expected=True,
)
BUILT = replace(
    TESTED,
    stages={**TESTED.stages, "boot": StageOutcome.NOT_RUN, "test": StageOutcome.NOT_RUN},
    initramfs=None,
    results=(),
    splats=(),
)


BASE_INFO = BaseInfo("6.12", "tree", Path("/none"), "c", "tree")


def kept(cache: Path) -> runs.LatestRun:
    found = runs.latest(cache, "toy", V3, "default")
    assert found is not None
    return found


BEGIN = """
import sys
from pathlib import Path
from refseries.testing import runs
print(runs.begin(Path(sys.argv[1]), "toy"), flush=True)
sys.stdin.read()
"""


def test_runs_that_are_over_make_room_and_one_at_work_keeps_its_directory(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", BEGIN, str(tmp_path)]
    begun = []
    with proc.start(argv, stdin=proc.PIPE, stdout=proc.PIPE) as at_work:
        assert at_work.popen.stdout is not None
        kept = Path(at_work.popen.stdout.readline().decode().strip())
        for _ in range(runs.KEEP + 2):
            begun.append(Path(proc.run(argv).stdout.strip()))
        assert kept.is_dir()
        assert [path.is_dir() for path in begun[:4]] == [False, False, True, True]
    runs.begin(tmp_path, "toy")
    assert not kept.exists()


def test_every_case_is_kept_with_what_was_expected_of_it(tmp_path: Path) -> None:
    runs.remember(tmp_path, "toy", TESTED, "tree")
    found = kept(tmp_path)
    assert found.results == CASES
    assert found.splats == TESTED.splats
    assert found.counts == {"pass": 1, "xfail": 1}
    assert found.initramfs == "0123abcd.cpio"
    assert found.booted


def test_the_message_of_a_failed_stage_is_kept(tmp_path: Path) -> None:
    stages = {**BUILT.stages, "build": StageOutcome.BUILD_FAILED}
    runs.remember(tmp_path, "toy", replace(BUILT, stages=stages, message="mm/toy.c:3: no"), "tree")
    found = kept(tmp_path)
    assert found.message == "mm/toy.c:3: no"
    assert found.stages["build"] is StageOutcome.BUILD_FAILED
    assert not found.booted


def test_results_over_two_releases_are_kept_apart(tmp_path: Path) -> None:
    over = [replace(V3, onto=release) for release in ("v6.12.1", "v6.12.2")]
    for number, target in enumerate(over):
        runs.remember(tmp_path, "toy", replace(BUILT, target=target), f"tree {number}")
    found = [runs.latest(tmp_path, "toy", target, "default") for target in over]
    assert [each and each.tree for each in found] == ["tree 0", "tree 1"]


@pytest.mark.parametrize("lacks", ["results", "message", "initramfs", "tree"])
def test_a_record_that_lacks_something_is_no_record(tmp_path: Path, lacks: str) -> None:
    runs.remember(tmp_path, "toy", TESTED, "tree")
    (path,) = (tmp_path / "toy" / "latest").iterdir()
    entry = json.loads(path.read_text())
    del entry[lacks]
    path.write_text(json.dumps(entry))
    assert runs.latest(tmp_path, "toy", V3, "default") is None
    assert runs.known_splats(tmp_path, "toy", "default", BASE_INFO, "v3") == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "\udcff"])
def test_a_damaged_record_is_no_record(tmp_path: Path, text: str) -> None:
    runs.remember(tmp_path, "toy", TESTED, "tree")
    (path,) = (tmp_path / "toy" / "latest").iterdir()
    path.write_text(text, errors="surrogateescape")
    assert runs.latest(tmp_path, "toy", V3, "default") is None


def test_a_build_keeps_what_a_guest_of_the_same_tree_said(tmp_path: Path) -> None:
    runs.remember(tmp_path, "toy", TESTED, "tree")
    runs.remember(tmp_path, "toy", BUILT, "tree")
    assert kept(tmp_path).results == CASES


@pytest.mark.parametrize(
    ("rounds", "outcome", "tree", "judged_by", "stays"),
    [
        (1, Outcome.PASS, "tree", "tests", True),
        (49, Outcome.PASS, "tree", "tests", True),
        (50, Outcome.PASS, "tree", "tests", False),
        (1, Outcome.FAIL, "tree", "tests", False),
        (1, Outcome.PASS, "other", "tests", False),
        (1, Outcome.PASS, "tree", "others", False),
    ],
)
def test_a_lucky_round_does_not_undo_what_fifty_have_shown(
    tmp_path: Path, rounds: int, outcome: Outcome, tree: str, judged_by: str, stays: bool
) -> None:
    flaky = CaseResult("toy.one", Outcome.FLAKY, rounds=50, odd=3)
    found = replace(TESTED, results=(flaky,), as_expected=False)
    runs.remember(tmp_path, "toy", found, "tree", runs.Grounds("tests"))
    again = CaseResult("toy.one", outcome, rounds=rounds)
    good = outcome is Outcome.PASS
    new = replace(TESTED, results=(again,), as_expected=good)
    runs.remember(tmp_path, "toy", new, tree, runs.Grounds(judged_by))
    assert kept(tmp_path).results == ((flaky,) if stays else (again,))


def test_a_build_of_another_config_is_the_newest(tmp_path: Path) -> None:
    for run, image in ((TESTED, "one"), (BUILT, "one"), (BUILT, "two")):
        runs.remember(tmp_path, "toy", replace(run, image=Path(image, "Image")), "tree")
        assert kept(tmp_path).booted == (image == "one")


def test_a_build_of_another_tree_or_a_failed_one_is_the_newest(tmp_path: Path) -> None:
    runs.remember(tmp_path, "toy", TESTED, "tree")
    runs.remember(tmp_path, "toy", BUILT, "another")
    assert kept(tmp_path).tree == "another"
    runs.remember(tmp_path, "toy", TESTED, "tree")
    failed = replace(BUILT, stages={**BUILT.stages, "build": StageOutcome.BUILD_FAILED})
    runs.remember(tmp_path, "toy", failed, "tree")
    assert kept(tmp_path).stages["build"] is StageOutcome.BUILD_FAILED


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """So does a device: whoever is root would have a file in the place of /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomically(pipe, "text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_what_is_at_work_is_known_to_others_until_it_ends(tmp_path: Path) -> None:
    assert runs.at_work(tmp_path, "toy") == ()
    code = (
        "import sys; from pathlib import Path; from refseries.testing import runs\n"
        "place = runs.begin(Path(sys.argv[1]), 'toy')\n"
        "(place / 'v1-default').mkdir(); (place / 'v2-default').mkdir()\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        assert runs.at_work(tmp_path, "toy") == ("v1-default", "v2-default")
        other.communicate()
    assert runs.at_work(tmp_path, "toy") == ()


def test_no_two_pairs_of_target_and_config_share_a_name() -> None:
    targets = (V3, Target("v3", "x"), Target("v3", "x-y"), Target("v3", patch=2))
    configs = ("z", "x-z", "y-z", "x-y-z", "2-z")
    names = {runs.place_name(target, config) for target in targets for config in configs}
    assert len(names) == len(targets) * len(configs)
    assert runs.place_name(V3, "z") == "v3-z"
