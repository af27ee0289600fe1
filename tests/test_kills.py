# SPDX-License-Identifier: GPL-2.0-or-later
"""Commands that write, ended at some of their steps: a small form of tests/campaigns/kills.py."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kill_at_step
import mailserver
import pytest
import toy as toys
import writing_commands

from refseries.host import proc

KILLS = {"merge": 5, "import": 4, "bring": 4, "reroll": 5, "init": 5, "export": 4, "maildir": 4}
KILLS |= {"send": 5, "start": 4, "rebase": 4, "depend": 3, "publish": 3, "anew": 5, "replace": 5}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[writing_commands.Ground]:
    with mailserver.running() as sink, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
        yield writing_commands.make(tmp_path_factory.mktemp("kills"), sink)


@pytest.mark.parametrize("name", KILLS)
def test_whenever_it_ends_the_next_command_finds_old_or_new(
    ground: writing_commands.Ground, tmp_path: Path, name: str
) -> None:
    def run(words: Sequence[str], number: signal.Signals, step: int) -> proc.Completed:
        return kill_at_step.run(kill_at_step.command(number, step, words), ground.environ)

    trial = writing_commands.Trial(ground, writing_commands.COMMANDS[name], run)
    count = tmp_path / "count"
    ground.restore(trial.command)
    words = ground.words(trial.command)
    kill_at_step.run(kill_at_step.command(signal.SIGKILL, 0, words, count=count), ground.environ)
    last = int(count.read_text())
    signals = (signal.SIGKILL, signal.SIGTERM)
    for at, step in enumerate(writing_commands.spread(last, KILLS[name])):
        number = signals[at % 2]
        assert trial.end(number, step) == "", f"{number.name} at step {step} of {last}"


def test_of_two_init_at_once_one_is_refused(toy: toys.Toy) -> None:
    (toy.directory / "gitconfig").write_text("[user]\n\tname = Sen\n\temail = sen@example.org\n")
    env = {**toy.environ, "GIT_CONFIG_GLOBAL": str(toy.directory / "gitconfig")}
    words = ("--tree", str(toy.tree), "--base-ref", f"v{toys.RELEASE}")

    def begin(name: str) -> proc.Completed:
        fresh = str(toy.directory / "fresh")
        return kill_at_step.run([*toys.COMMAND, "init", fresh, "--name", name, *words], env)

    with ThreadPoolExecutor(4) as pool:
        done = dict(zip("abcd", pool.map(begin, "abcd"), strict=True))
    won = [name for name, each in done.items() if each.returncode == 0]
    assert len(won) == 1
    assert f'name = "{won[0]}"' in (toy.directory / "fresh/series/series.toml").read_text()
    for name in set(done) - set(won):
        assert done[name].returncode == 2
        assert "holds a series already" in done[name].stderr
