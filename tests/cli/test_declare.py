# SPDX-License-Identifier: GPL-2.0-or-later
"""How commands come out of their files, and that the table has all of them."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from refseries.cli import commands, declare
from refseries.cli.app import app
from refseries.cli.options import SeriesOptions
from refseries.host import proc

Run = Callable[..., proc.Completed]


def modules_of(group: Any) -> Iterator[str]:  # noqa: ANN401 - typer gives it no public type
    for command in group.commands.values():
        yield command.module
        yield from modules_of(command) if hasattr(command, "commands") else ()


CLI = Path(declare.__file__).parent
KINDS = {"typer.Option", "typer.Argument"}
MODULES = sorted(modules_of(typer.main.get_command(app)))


def test_every_file_is_a_command_of_the_table() -> None:
    files = pkgutil.walk_packages(commands.__path__, f"{commands.__name__}.")
    assert sorted(each.name for each in files) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_the_help_is_the_docstring(module: str) -> None:
    loaded = importlib.import_module(module)
    about, example = declare.docstring(module)
    assert " ".join(f"{about} {example}".split()) == " ".join((loaded.__doc__ or "").split())
    if hasattr(loaded, "__path__"):
        return
    assert example.startswith("Example: ")
    (parameter,) = inspect.signature(loaded.main).parameters
    kind: Any = get_type_hints(loaded.main)[parameter]
    assert issubclass(kind, SeriesOptions)
    assert kind.__dataclass_params__.frozen


def test_an_option_is_declared_once() -> None:
    """What two commands take in the same words stands in one place, and is inherited or named."""
    declared: dict[str, list[str]] = {}
    for path in sorted(CLI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in KINDS:
                place = f"{path.relative_to(CLI)}:{node.lineno}"
                declared.setdefault(ast.unparse(node), []).append(place)
    assert len(declared) > 100
    assert {text: where for text, where in declared.items() if len(where) > 1} == {}


def test_a_group_without_a_command_says_what_there_is(refseries: Run) -> None:
    done = refseries("feedback")
    assert done.returncode == 2
    assert "What reviewers asked for" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("check", "v2", "--only", "sparse,tables"), "--only sparse --only tables"),
        (("feedback", "list", "--state", "open,answered"), "--state open --state answered"),
        (("feedback", "start", "v2-ada-1,v2-bob-2"), "itself: v2-ada-1 v2-bob-2"),
        (("check", "v1,v2"), "itself: v1 v2"),
        (("export", "v1", "--to", "a@example.org,b@example.org", "-o", "x"), "--to b@example.org"),
        (("check", "v2", "--only", "sparse"), ""),
    ],
)
def test_several_in_one_word_are_told_apart(
    refseries: Run, words: tuple[str, ...], hint: str
) -> None:
    said = re.sub(r"[\s│╭╮╰╯─]+", " ", refseries(*words).stderr)
    assert hint in said
    assert bool(hint) == ("Give each by itself: " in said), said


@pytest.mark.parametrize(
    ("words", "wanted"),
    [(("appl", "v1"), "'apply'"), (("feedback", "sho", "v1-ada-1"), "'show'")],
)
def test_a_typing_error_gets_a_suggestion(
    refseries: Run, words: tuple[str, ...], wanted: str
) -> None:
    done = refseries(*words)
    assert done.returncode == 2
    assert f"Did you mean {wanted}" in " ".join(done.stderr.replace("│", " ").split())


def loaded_by(code: str) -> set[str]:
    """The modules that Python has loaded when some code of ours ends."""
    last = """
import json, sys
print(json.dumps(list(sys.modules)))
"""
    done = proc.run([sys.executable, "-c", f"{code}{last}"])
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--help"], {"feedback"}),  # where a group's files are found
        (["doctor", "--help"], {"doctor"}),
        (["doctr"], set()),
    ],
)
def test_a_command_is_loaded_when_its_options_are_wanted(
    words: list[str], wanted: set[str]
) -> None:
    loaded = loaded_by(f"""
import contextlib
from refseries.cli.app import app
with contextlib.suppress(SystemExit):
    app({words!r}, prog_name="refseries")
""")
    below = f"{declare.COMMANDS}."
    assert {each.removeprefix(below) for each in loaded if each.startswith(below)} <= wanted


# What does the work of a command; each takes some hundredths of a second to load.
WORKING = """
bench.run check.catalogue diff.whole importing.write mutate.run posting.b4_check posting.examine
posting.export posting.sending.send reroll.draft reroll.write review.evidence.known
review.import_mail review.reply review.verify review.work_branch testing.lab testing.matrix
"""


def test_the_options_are_there_before_what_the_work_needs() -> None:
    working = {f"refseries.{name}" for name in WORKING.split()}
    for name in working:
        assert importlib.util.find_spec(name), f"there is no {name}"
    loaded = loaded_by("\n".join(f"import {module}" for module in MODULES))
    assert set(MODULES) <= loaded
    assert sorted(loaded & working) == []


@dataclass(frozen=True, kw_only=True)
class Shared(SeriesOptions):
    """What others have too."""

    tree: Annotated[Path | None, typer.Option("--tree")] = None


@dataclass(frozen=True, kw_only=True)
class Shown(Shared):
    """What one command has."""

    name: Annotated[str, typer.Argument()]
    more: Annotated[tuple[int, ...], typer.Option("--more")] = ()
    first: Annotated[tuple[Path, ...], typer.Option("--first")] = (Path("a"), Path("b"))


def made_of(*words: str) -> tuple[Shown, str]:
    """What a command gets of its command line, and what its help says."""
    got: list[Shown] = []
    own = typer.Typer()

    def main(options: Shown) -> None:
        got.append(options)

    own.command()(declare.signature(main))
    done = CliRunner().invoke(own, words)
    assert done.exit_code == 0, done.output
    return got[0], CliRunner().invoke(own, ["--help"]).output


def test_options_become_a_dataclass_and_its_own_stand_first() -> None:
    options, text = made_of("x", "--more", "1", "--more", "2", "--tree", "/t")
    assert options == Shown(
        name="x", more=(1, 2), first=(Path("a"), Path("b")), tree=Path("/t"), directory=None
    )
    assert isinstance(options.more[0], int)
    assert isinstance(options.first[0], Path)
    places = [text.index(word) for word in ("--more", "--first", "--tree")]
    assert places == sorted(places)
    assert "--jobs" not in text  # a field that is no option
