# SPDX-License-Identifier: GPL-2.0-or-later
"""The encoding of the user's locale changes no byte of a commit, a file or a document."""

from __future__ import annotations

import json
import sys

import pytest
import toy as toys

from refseries.host import proc

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""With these, Python itself can write and pass on nothing but ASCII."""


def run(toy: toys.Toy, env: dict[str, str], *words: str) -> proc.Completed:
    return proc.run([*toys.COMMAND, *words], cwd=toy.project, env={**toy.environ, **env})


def test_commits_are_the_same(toy: toys.Toy) -> None:
    made = []
    for env in ({}, ASCII):
        run(toy, env, "apply", "v2", "--quiet")
        made.append(toy.git("log", "--format=%H %an", "refseries/toy/v2"))
        toy.git("update-ref", "-d", "refs/heads/refseries/toy/v2")
    assert made[0] == made[1]
    assert "Bob Ångström" in made[0]


def test_what_is_shown_keeps_to_the_terminal(toy: toys.Toy) -> None:
    toy.version_of((toys.ADA, "lib: über\n", {"lib/new.c": b"int new;\n"}))
    assert b" lib: ?ber\n" in run(toy, ASCII, "apply", "v9").out
    odd = {**ASCII, "PYTHONIOENCODING": "latin-1"}
    assert b" lib: \xfcber\n" in run(toy, odd, "apply", "v9").out


@pytest.mark.parametrize(
    "odd", [ASCII, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "utf-16"}]
)
@pytest.mark.parametrize(
    "words",
    [
        ("diff", "v1", "v2", "--json", "-"),
        ("diff", "v1", "v2", "--mail"),
        ("feedback", "changelog", "v2"),
    ],
)
def test_a_document_is_in_utf_8(toy: toys.Toy, odd: dict[str, str], words: tuple[str, ...]) -> None:
    path = toy.project / "series/v2/0002-mm-tell-what-a-toy-is.patch"
    path.write_bytes(path.read_bytes().replace(b"+====", "+==== ü".encode()))
    plain = run(toy, {}, *words)
    assert run(toy, odd, *words).out == plain.out


def test_a_project_in_a_folder_of_another_language(toy: toys.Toy) -> None:
    there = toy.directory / "prüfung"
    toy.project.rename(there)
    words = ("-C", str(there), "status", "--json", "-")
    done = proc.run([*toys.COMMAND, *words], env={**toy.environ, **ASCII})
    assert json.loads(done.out)


@pytest.mark.parametrize(("env", "mode"), [({"LC_ALL": "C.UTF-8"}, "0"), (ASCII, "1")])
def test_python_is_started_once_more_only_where_it_must(env: dict[str, str], mode: str) -> None:
    code = "from refseries.host import starting\nstarting.use_utf_8()\nimport sys\n"
    argv = [sys.executable, "-c", f"{code}print(sys.flags.utf8_mode)"]
    paths = {"PYTHONPATH": ":".join(sys.path)}
    assert proc.run(argv, env={**paths, **env}).stdout.strip() == mode
