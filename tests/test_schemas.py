# SPDX-License-Identifier: GPL-2.0-or-later
"""Every file of ours that names its schema: one of a later refseries is told as that."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from refseries.bench import description, measurements
from refseries.coverage.reasons import Reasons
from refseries.errors import SeriesError
from refseries.guest import initramfs
from refseries.kernel import configs
from refseries.mutate.handwritten import Survivors
from refseries.reroll import plan
from refseries.review import store as tasks
from refseries.series import store
from refseries.testing.expectations import Expectations
from refseries.testing.kselftest import suite

ROOT = Path(__file__).parents[1]

READERS: dict[str, Callable[[Path], object]] = {
    "series/series.toml": store.load,
    "series/v4/version.toml": store.load,
    "series/v4/reroll.toml": lambda root: plan.load(root / "series/v4/reroll.toml"),
    "series/measurements/v4.toml": lambda root: measurements.load(store.load(root), "v4"),
    "series/feedback/v3-jannh.toml": lambda root: tasks.load(store.load(root)),
    "kernel-tests/expectations.toml": Expectations.load,
    "kernel-tests/coverage.toml": Reasons.load,
    "kernel-tests/bench/bench.toml": lambda root: description.load(root / "kernel-tests/bench"),
    "kernel-tests/kselftest/suite.toml": lambda root: suite.load(store.load(root)),
    "kernel-tests/mutants/survivors.toml": Survivors.load,
    "qemu/configs.toml": lambda root: configs.load_configs(root / "qemu/configs.toml", root),
    "qemu/check-configs.toml": lambda root: configs.load_configs(
        root / "qemu/check-configs.toml", root
    ),
    "qemu/initramfs.toml": lambda root: initramfs.entries(
        root / "qemu/initramfs.toml", {"init": {"init": b""}, "tests": {"a": b""}}
    ),
}


def test_no_kind_of_file_is_left_out() -> None:
    def kind(path: Path) -> str:
        parts = path.relative_to(ROOT).parts
        by_name = parts[:2] in (("series", "feedback"), ("series", "measurements"))
        return "/".join(parts[:2]) if by_name else re.sub(r"/v\d/", "/vN/", "/".join(parts))

    folders = (ROOT / name for name in ("series", "kernel-tests", "qemu"))
    found = {kind(path) for folder in folders for path in folder.rglob("*.toml")}
    assert found == {kind(ROOT / name) for name in READERS}


@pytest.mark.parametrize("name", READERS)
def test_a_schema_of_a_later_refseries_is_told(tmp_path: Path, name: str) -> None:
    for folder in ("series", "kernel-tests", "qemu"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    READERS[name](tmp_path)
    path = tmp_path / name
    text = path.read_text()
    assert text.count("\nschema = 1\n") == 1
    # What it has besides is not known either, but that is not what is wrong with it.
    path.write_text(text.replace("\nschema = 1\n", "\nschema = 2\nmore = true\n"))
    with pytest.raises(SeriesError) as caught:
        READERS[name](tmp_path)
    line = text[: text.index("\nschema = 1\n")].count("\n") + 2
    assert caught.value.where == f"{path}:{line}: schema"
    assert "schema 2 is not known to this refseries, which reads schema 1" in caught.value.what
