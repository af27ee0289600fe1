# SPDX-License-Identifier: GPL-2.0-or-later
"""Dependencies as they are kept in a project: read, and found by what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from refseries.errors import SeriesError
from refseries.series import depends

PATCH = "0001-mm-cars.patch"


def kept(root: Path, name: str, source: str = "") -> Path:
    """A dependency in a project; gives its one patch."""
    place = depends.folder(root) / name
    place.mkdir(parents=True)
    (place / depends.FILE).write_text(
        f'schema = 1\ntitle = "mm: cars"\ndate = 2026-11-20T12:00:00Z\npatches = ["{PATCH}"]\n'
        f'patch_ids = ["{"0" * 40}"]\nsource = "{source}"\n'
    )
    (place / PATCH).write_text("")
    return place / PATCH


def test_a_folder_goes_before_what_others_are_called_by(tmp_path: Path) -> None:
    kept(tmp_path, "cars")
    kept(tmp_path, "other", source="cars")
    assert [each.name for each in depends.find(tmp_path, ["cars"])] == ["cars"]


def test_a_patch_that_is_a_link_is_none(tmp_path: Path) -> None:
    patch = kept(tmp_path, "cars")
    assert len(depends.load(tmp_path)) == 1
    patch.rename(tmp_path / "elsewhere.patch")
    patch.symlink_to(tmp_path / "elsewhere.patch")
    with pytest.raises(SeriesError, match=f"there is no file `{PATCH}`"):
        depends.load(tmp_path)
