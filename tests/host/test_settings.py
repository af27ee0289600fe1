# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import os
from pathlib import Path

import pytest

from refseries.errors import HostError, SeriesError
from refseries.host.resources import qemu_dir
from refseries.host.settings import resolve


def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings = resolve(environ={})
    assert settings.cache == tmp_path / "refseries"
    assert (settings.tree, settings.base_ref) == (None, None)
    assert settings.jobs == len(os.sched_getaffinity(0))
    assert set(settings.origin.values()) == {"default"}


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    environ = {"REFSERIES_TREE": "/environ", "REFSERIES_JOBS": "3", "REFSERIES_BASE_REF": "a"}
    file = resolve(series_tree=Path("/file"), environ={})
    assert (file.tree, file.origin["tree"]) == (Path("/file"), "series.toml")
    assert resolve(series_ref="v6.12", environ={}).base_ref == "v6.12"
    env = resolve(series_tree=Path("/file"), series_ref="v6.12", environ=environ)
    assert (env.tree, env.base_ref, env.jobs) == (Path("/environ"), "a", 3)
    assert env.origin["tree"] == env.origin["jobs"] == "environment"
    flag = resolve(tree=tmp_path, base_ref="b", jobs=2, environ=environ)
    assert (flag.tree, flag.base_ref, flag.jobs) == (tmp_path, "b", 2)
    assert flag.origin["tree"] == flag.origin["base_ref"] == flag.origin["jobs"] == "flag"


def test_an_empty_variable_is_no_value() -> None:
    settings = resolve(environ={"REFSERIES_TREE": "", "REFSERIES_JOBS": "", "REFSERIES_CACHE": ""})
    assert settings.tree is None
    assert set(settings.origin.values()) == {"default"}


def test_paths_are_absolute_and_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    settings = resolve(tree=Path("linux"), environ={"REFSERIES_CACHE": "~/cache"})
    assert settings.cache == Path("/home/ada/cache")
    assert settings.tree == Path.cwd() / "linux"


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "²", "10000", "9" * 30])
def test_a_wrong_number_of_jobs_names_where_it_stands(value: str) -> None:
    with pytest.raises(SeriesError, match=f"number of jobs is `{value}`") as caught:
        resolve(environ={"REFSERIES_JOBS": value})
    assert caught.value.where == "REFSERIES_JOBS"


def test_a_number_of_jobs_of_thousands_of_digits_is_wrong_use_too() -> None:
    with pytest.raises(SeriesError, match=r"number of jobs is `9{40}…`"):
        resolve(environ={"REFSERIES_JOBS": "9" * 5000})


def test_a_wrong_flag_is_named_as_such() -> None:
    with pytest.raises(SeriesError) as caught:
        resolve(jobs=0, environ={"REFSERIES_JOBS": "3"})
    assert caught.value.where == "--jobs"


def test_the_files_beside_the_code_are_found() -> None:
    assert (qemu_dir() / "configs.toml").is_file()


def test_an_incomplete_installation_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        "refseries.host.resources.__file__", str(tmp_path / "refseries/host/resources.py")
    )
    with pytest.raises(HostError, match="lacks its qemu/ files") as caught:
        qemu_dir()
    assert caught.value.where == str(tmp_path / "refseries")


@pytest.mark.parametrize("name", ["REFSERIES_CACHE", "REFSERIES_TREE"])
def test_a_path_in_another_encoding_is_refused(name: str) -> None:
    path = os.fsdecode(b"/tmp/M\xfcller")
    with pytest.raises(SeriesError, match="the path is not UTF-8") as caught:
        resolve(environ={name: path})
    assert caught.value.where == path
