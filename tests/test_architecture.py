# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of docs/architecture.md that a machine can check."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import Toy

from refseries.host import proc

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "refseries"

# The rooms, topmost first: a room is a package of refseries/, or a module beside them. A module may
# import from the rows below its own and, in a package, from its own package.
ROOMS = (
    ("__main__",),
    ("cli",),
    ("report",),
    ("diff", "reroll"),
    ("posting",),
    ("review",),
    ("bisect",),
    ("bench", "check", "mutate"),
    ("coverage",),
    ("testing",),
    ("importing",),
    ("kernel",),
    ("series",),
    ("guest",),
    ("git",),
    ("mail",),
    ("host",),
    ("model",),
    ("errors",),
)
LEVEL = {room: len(ROOMS) - row for row, rooms in enumerate(ROOMS) for room in rooms}

# Each of these is imported in one place only, a module or a package. b4 is a program for us, and
# what our tests compare with: nothing imports it.
ONLY_IN = {"subprocess": "host/proc.py", "typer": "cli", "patatt": "posting/sign.py"}
NOWHERE = {"b4", "liblore"}

MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Full names of what ``path`` imports, at its top and inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_rooms(path: Path) -> set[str]:
    ours = (name.split(".") for name in imports(path))
    found = {name[1] for name in ours if name[0] == "refseries" and len(name) > 1}
    return {
        name for name in found if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").exists()
    }


def defined_types(path: Path) -> Iterator[str]:
    """Public names of the classes of ``path``, and of the types that it gives a name."""
    tree = ast.parse(path.read_text())
    named = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for node in tree.body:
        if isinstance(node, ast.Assign):
            named += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return (name for name in named if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name))


def by_name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_room_stands_in_the_table_and_exists() -> None:
    rooms = {room(path) for path in MODULES} - {"__init__"}
    assert rooms == set(LEVEL)


def test_the_document_has_the_same_rooms_in_the_same_rows() -> None:
    text = (TESTS.parent / "docs" / "architecture.md").read_text()
    table = text.partition("## Rooms\n")[2].partition("\n\n- ")[0].splitlines()
    rows = [line.split("|")[2] for line in table if line.startswith("|")][2:]
    told = [sorted(re.findall(r"`(\w+)/?`", row)) for row in rows]
    assert told == [sorted(rooms) for rooms in ROOMS if rooms != ("__main__",)]


def test_what_the_document_names_in_a_room_is_there() -> None:
    text = (TESTS.parent / "docs" / "architecture.md").read_text()
    named = set(re.findall(rf"`((?:{'|'.join(LEVEL)})/[\w/]+)(?:\.py|/)?`", text))
    assert len(named) > 30
    lacking = {
        name
        for name in named
        if not any((PACKAGE / f"{name}{end}").exists() for end in ("", ".py"))
    }
    # Folders of the cache and of a project, which begin with the name of a room.
    assert lacking == {"check/src", "check/latest/", "series/depends/"}


def test_what_the_document_says_to_add_to_is_defined() -> None:
    text = (TESTS.parent / "docs" / "architecture.md").read_text()
    table = text.partition("### How to add\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(_\w+|[A-Z]\w+)`", table))
    assert len(named) > 10
    code = "\n".join(path.read_text() for path in MODULES)
    defined = re.findall(r"^ *(?:class |def )?(\w+)\b(?:\(|:| =)", code, re.M)
    assert named - set(defined) == set()


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_imports_point_downward_only(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        assert imported_rooms(path) == set()
        return
    upward = {name for name in imported_rooms(path) - {own} if LEVEL[name] >= LEVEL[own]}
    assert upward == set(), f"{own} must not import {sorted(upward)}"


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_an_outside_module_is_imported_in_its_one_place(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports(path)}
    assert not outside & NOWHERE
    for name, place in ONLY_IN.items():
        assert name not in outside or place in (room(path), by_name(path))


def test_what_is_imported_in_one_place_is_imported_there() -> None:
    for name, place in ONLY_IN.items():
        inside = [path for path in MODULES if place in (room(path), by_name(path))]
        assert any(name in {one.split(".")[0] for one in imports(path)} for path in inside), name


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"


def test_test_modules_stay_short() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in TESTS.rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > MAX_MODULE_LINES} == {}


ERRORS = {"SeriesError", "StageError", "HostError"}


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_an_error_says_what_to_do(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = {word.arg for word in node.keywords}  # None stands for **words
            told = node.func.id not in ERRORS or given & {"hint", None}
            assert told, f"{path}:{node.lineno} has no hint"


# Only a runner does builds and boots beside each other. The others wait for several git or spatch
# processes at once, and for nothing that takes the machine.
POOLS = {"testing/runner.py", "series/patches.py", "diff/compare.py", "diff/whole.py"}
POOLS |= {"check/coccinelle.py"}


def test_only_a_runner_has_a_pool() -> None:
    pools = {path for path in MODULES if "PoolExecutor" in path.read_text()}
    assert {by_name(path) for path in pools} == POOLS


def test_only_a_runner_ends_all_processes() -> None:
    ending = {by_name(path) for path in MODULES if "stop_all()" in path.read_text()}
    assert ending == {"host/proc.py", "testing/dask_worker.py", "testing/runner.py"}


def test_the_package_has_no_circle() -> None:
    waiting = {path: modules_imported(path) - {path} for path in MODULES}
    while ready := [path for path, needs in waiting.items() if not needs & waiting.keys()]:
        for path in ready:
            del waiting[path]
    assert sorted(map(by_name, waiting)) == []


def modules_imported(path: Path) -> set[Path]:
    """The modules of the package that ``path`` imports, wherever in it."""
    found = set()
    for name in imports(path):
        parts = name.split(".")
        while len(parts) > 1:
            place = PACKAGE.joinpath(*parts[1:])
            for candidate in (place.with_suffix(".py"), place / "__init__.py"):
                if parts[0] == "refseries" and candidate.exists():
                    found.add(candidate)
                    parts = parts[:1]
                    break
            parts = parts[:-1]
    return found


@pytest.mark.parametrize("path", MODULES, ids=by_name)
def test_todays_date_is_asked_for_in_one_place(path: Path) -> None:
    asked = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name | ast.Attribute)
        and getattr(node.value, "id", getattr(node.value, "attr", "")) in {"datetime", "date"}
    ]
    assert asked == [] or path.name == "clock.py", f"{path}: {asked}: clock.now() is for this"


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert not drawers & {path.stem for path in MODULES}


def loaded_by(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """Full names of the modules that a command has imported when it ends well."""
    code = f"""
import json, sys
sys.argv = ["refseries", *{arguments!r}]
from refseries.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
print(json.dumps(sorted(sys.modules)))
"""
    done = proc.run([sys.executable, "-c", code], env=env)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "refseries.cli.app" in loaded
    return loaded


# Importing b4 costs 0.3 s, pydantic 0.1 s, GitPython 0.1 s, and so on: only what needs one may pay.
SLOW = {"b4", "liblore", "patatt", "git", "pygit2", "requests", "pytest", "pydantic"}
SLOW |= {"http.client", "ssl", "tarfile", "tomlkit", "unidiff", "filelock"}


BUILDING = {"check.catalogue", "guest.boot", "guest.splat", "kernel.build", "testing.matrix"}


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_the_plain_screens_load_no_slow_library(arguments: list[str]) -> None:
    assert loaded_by(*arguments) & SLOW == set()


def test_the_version_is_said_without_rich() -> None:
    assert "rich" not in loaded_by("--version")


def test_an_export_loads_no_slow_library(toy: Toy, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Sam Sender\n\temail = sam@example.org\n")
    env = {
        "GIT_CONFIG_GLOBAL": str(config),
        "REFSERIES_TREE": str(toy.tree),
        "REFSERIES_CACHE": str(toy.cache),
    }
    words = ("-C", str(toy.project), "export", "v1", "--to", "list@example.org", "--quiet")
    loaded_by(*words, "-o", str(tmp_path / "first.mbx"), env=env)  # applies it, with unidiff
    loaded = loaded_by(*words, "-o", str(tmp_path / "again.mbx"), env=env)
    assert "refseries.posting.examine" in loaded
    assert loaded & {*SLOW, "rich"} == set()


def test_a_difference_loads_no_slow_library(toy: Toy) -> None:
    env = {"REFSERIES_TREE": str(toy.tree), "REFSERIES_CACHE": str(toy.cache)}
    words = ("-C", str(toy.project), "diff", "v1", "v2", "--quiet")
    loaded_by(*words, env=env)
    loaded = loaded_by(*words, env=env)
    assert "refseries.diff.compare" in loaded
    assert loaded & {*SLOW, "rich", "statistics"} == set()


def test_a_look_at_the_series_loads_nothing_that_builds_or_boots(toy: Toy) -> None:
    env = {"REFSERIES_TREE": str(toy.tree), "REFSERIES_CACHE": str(toy.cache)}
    loaded = loaded_by("-C", str(toy.project), "status", env=env)
    assert "refseries.review.evidence.known" in loaded
    assert loaded & {f"refseries.{name}" for name in BUILDING} == set()
    assert "importlib.resources" not in loaded


def test_no_two_test_modules_share_a_name() -> None:
    # pytest imports them by their names alone, and only the whole run would find out.
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_a_class_name_has_one_meaning() -> None:
    names: dict[str, list[str]] = {}
    for path in MODULES:
        for name in defined_types(path):
            names.setdefault(name, []).append(by_name(path))
    assert {name: where for name, where in names.items() if len(where) > 1} == {}


def test_tests_stand_in_the_rooms_of_what_they_test() -> None:
    """Beside the rooms: long runs, and at the top what tests the project as a whole."""
    folders = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("*/test_*.py")}
    assert folders <= {*LEVEL, "campaigns"}
    helpers = [path.name for path in TESTS.glob("*.py") if not path.name.startswith("test_")]
    assert helpers == ["conftest.py"], "helpers stand in tests/support/"
