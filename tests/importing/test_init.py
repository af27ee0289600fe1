# SPDX-License-Identifier: GPL-2.0-or-later
"""A series of somebody's own, from nothing to its first version."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from toy import Toy

from refseries.errors import SeriesError
from refseries.host import proc, settings
from refseries.host.resources import qemu_dir
from refseries.importing import init
from refseries.kernel import base as bases
from refseries.kernel import configs
from refseries.series import store
from refseries.testing import lab
from refseries.testing.expectations import Expectations

# As the user has it: other tests must not see REFSERIES_CACHE, this one is meant to.
ENVIRON = dict(os.environ)

Run = Callable[..., proc.Completed]

FILES = [
    "kernel-tests/Makefile",
    "kernel-tests/config",
    "kernel-tests/example_test.c",
    "kernel-tests/expectations.toml",
    "series/series.toml",
]


@pytest.fixture
def me(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Nora Ångström\n\temail = nora@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))


def on(toy: Toy, ref: str = "v6.12.117") -> settings.Settings:
    return settings.resolve(tree=toy.tree, base_ref=ref, environ={})


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_from_nothing_to_the_first_version(
    toy: Toy, me: None, refseries: Run, tmp_path: Path
) -> None:
    toy.at_base()
    for number in (1, 2):
        toy.commit((f"Ada <ada{number}@example.org>", f"mm: {number}\n", {f"mm/{number}.c": b"\n"}))
    toy.git("branch", "mine")
    toy.at_base()
    root = tmp_path / "my series"
    where = ("--tree", str(toy.tree), "--base-ref", "v6.12.117")
    begun = refseries("init", str(root), "--name", "mine", "--title", 'mm: "mine"', *where)
    assert (begun.returncode, begun.stderr) == (0, "")
    assert begun.stdout.splitlines()[-1].strip() == (
        f"refseries -C '{root}' import v6.12.117..BRANCH --as v1"
    )
    assert files(root) == FILES
    series = store.load(root)
    assert (series.name, series.title, series.versions) == ("mine", 'mm: "mine"', ())
    assert series.identity.name == "Nora Ångström"
    assert (series.base.release, series.base.tree) == ("6.12.117", toy.tree)
    assert (series.base.ref, series.base.package) == ("v6.12.117", "")

    bare = {"REFSERIES_TREE": ""}  # series.toml names the tree
    shown = refseries("-C", str(root), "status", env=bare).stdout
    assert "Next: refseries import v6.12.117..BRANCH --as v1: it has no version yet." in shown
    brought = refseries("-C", str(root), "import", "v6.12.117..mine", "--as", "v1", env=bare)
    assert brought.returncode == 0, brought.stderr
    letter = root / "series" / "v1" / "cover.md"
    assert letter.read_text() == '# mm: "mine"\n'
    assert brought.stdout.splitlines()[-1] == f"Write its cover letter: {letter}"
    assert [version.name for version in store.load(root).versions] == ["v1"]
    applied = refseries("apply", "v1", env=bare, cwd=root / "kernel-tests")
    assert applied.returncode == 0, applied.stderr


def test_what_is_written_is_what_the_main_job_reads(toy: Toy, me: None, tmp_path: Path) -> None:
    begun = init.begin(tmp_path / "mine", on(toy))
    known = configs.load_configs(qemu_dir() / "configs.toml", begun.root)
    assert known["default"].fragments[-1].path == "kernel-tests/config"
    assert Expectations.load(begun.root) == Expectations()


@pytest.mark.main_job
def test_its_example_compiles_with_the_harness_of_the_kernel(
    me: None, toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRON.items():  # the base kernel is in the cache of the user
        if name.startswith("REFSERIES_"):
            monkeypatch.setenv(name, value)
    ours = store.load(Path(__file__).parents[2])
    base = bases.find(ours.base, settings.resolve(), ours.identity)
    begun = init.begin(tmp_path / "mine", on(toy))
    place = lab.Lab(store.load(begun.root), base, toy.cache, 1)
    assert b"tests/example_test\0" in place.initramfs("arm64").read_bytes()


@pytest.mark.parametrize("ref", ["v6.12.117", "master", "HEAD", "v6.12.117~0"])
def test_only_a_tag_keeps_its_name(toy: Toy, me: None, tmp_path: Path, ref: str) -> None:
    """A branch moves on, and the base of every version would with it."""
    begun = init.begin(tmp_path / "mine", on(toy, ref))
    commit = toy.git("rev-parse", ref)
    assert begun.ref == (ref if ref == "v6.12.117" else commit)
    series = store.load(begun.root)
    assert series.base.ref == begun.ref
    kept = settings.resolve(series_tree=series.base.tree, series_ref=series.base.ref, environ={})
    assert bases.find(series.base, kept, series.identity).commit == commit


def test_a_tree_at_home_is_named_from_there(
    toy: Toy, me: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(toy.directory))
    begun = init.begin(tmp_path / "mine", on(toy))
    assert 'tree = "~/linux"' in (begun.root / "series" / "series.toml").read_text()
    assert store.load(begun.root).base.tree == toy.tree


def test_what_stands_there_already_is_kept(toy: Toy, me: None, tmp_path: Path) -> None:
    mine = tmp_path / "mine" / "kernel-tests" / "Makefile"
    mine.parent.mkdir(parents=True)
    mine.write_text("all:\n")
    begun = init.begin(tmp_path / "mine", on(toy))
    assert mine.read_text() == "all:\n"
    assert [str(path.relative_to(begun.root)) for path in begun.kept] == ["kernel-tests/Makefile"]
    # Tests of one's own want no example beside them.
    assert files(begun.root) == [
        "kernel-tests/Makefile", "kernel-tests/config", "kernel-tests/expectations.toml",
        "series/series.toml",
    ]  # fmt: skip
    with pytest.raises(SeriesError, match="holds a series already") as caught:
        init.begin(tmp_path / "mine", on(toy))
    assert caught.value.where == str(tmp_path / "mine" / "series" / "series.toml")
    assert "or bring its first version: refseries import" in caught.value.hint
    (begun.root / "series/v1").mkdir()
    (begun.root / "series/v1/version.toml").touch()
    assert not init.take_back(begun)
    assert begun.written[-1].is_file()
    with pytest.raises(SeriesError) as caught:
        init.begin(tmp_path / "mine", on(toy))
    assert caught.value.hint == "Name another folder."


@pytest.mark.parametrize(
    ("folder", "words", "what"),
    [
        ("mine", ("--name", "Mine"), "`Mine` cannot be the name of a series"),
        ("mine", ("--name", "base"), "`base` cannot be the name of a series"),
        ("mine", ("--name", "../x"), "cannot be the name of a series"),
        ("mine", ("--title", "two\nlines"), "title is one line"),
        ("mine", ("--base-ref", "v9"), "there is no commit `v9`"),
        ("mine", ("--tree", "/nowhere"), "not a git repository"),
        ("Größe", (), "`Größe` cannot be the name of a series"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    refseries: Run, me: None, tmp_path: Path, folder: str, words: tuple[str, ...], what: str
) -> None:
    on_base = () if "--base-ref" in words else ("--base-ref", "v6.12.117")
    refused = refseries("init", str(tmp_path / "new" / folder), *words, *on_base)
    assert refused.returncode == 2
    assert what in " ".join(refused.stderr.split())
    assert not (tmp_path / "new").exists()


def test_it_asks_for_the_commit_and_names_the_nearest_release(
    toy: Toy, refseries: Run, me: None, tmp_path: Path
) -> None:
    toy.git("tag", "v9.1-mine", "master")
    refused = refseries("init", str(tmp_path / "mine"))
    assert refused.returncode == 2
    assert "Name it: --base-ref v6.12.117" in refused.stderr
    assert not (tmp_path / "mine").exists()


def test_it_asks_for_the_tree(refseries: Run, me: None, tmp_path: Path) -> None:
    refused = refseries("init", str(tmp_path / "mine"), env={"REFSERIES_TREE": ""})
    assert refused.returncode == 2
    assert "--tree DIR --base-ref REF" in refused.stderr


def test_git_has_to_know_who_begins(refseries: Run, tmp_path: Path) -> None:
    refused = refseries("init", str(tmp_path / "mine"), "--base-ref", "v6.12.117")
    assert refused.returncode == 3
    assert "git config --global user.name" in refused.stderr
    assert not (tmp_path / "mine").exists()


def test_whoever_gives_no_title_is_told(refseries: Run, me: None, tmp_path: Path) -> None:
    words = ("init", str(tmp_path / "mine"), "--base-ref", "v6.12.117")
    told = f"Its title is its name; give it another in {tmp_path}/mine/series/series.toml."
    assert told in " ".join(refseries(*words).stdout.split())
    (tmp_path / "mine/series/series.toml").unlink()
    assert "Its title" not in refseries(*words, "--title", "mm: mine").stdout


def test_a_program_learns_what_was_written(refseries: Run, me: None, tmp_path: Path) -> None:
    root = tmp_path / "mine"
    words = ("init", "--base-ref", "v6.12.117", "--json", "-")
    told = json.loads(refseries("-C", str(root), *words).stdout)
    assert told["schema"] == 1
    assert (told["name"], told["root"], told["kept"]) == ("mine", str(root), [])
    assert sorted(str(Path(path).relative_to(root)) for path in told["written"]) == FILES
