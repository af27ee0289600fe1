# SPDX-License-Identifier: GPL-2.0-or-later
"""A type that two threads meet for the first time at once."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import refseries
from refseries.host import proc

# To learn the type of `Inner` takes half a second; meanwhile, `Outer` is half known.
RACE = """
import sys, threading, time
import msgspec
from refseries.host import typed

def slow():
    time.sleep(0.5)
    return int

class Inner(msgspec.Struct):
    number: "slow()"

class Outer(msgspec.Struct):
    inner: Inner

def read():
    if sys.argv[1] == "json":
        found = typed.from_json(b'{"inner":{"number":1}}', Outer)
    else:
        found = typed.from_table({"inner": {"number": 1}}, Outer)
    sys.stdout.write(f"{found}\\n")

threads = [threading.Thread(target=read) for _ in range(2)]
for thread in threads:
    thread.start()
    time.sleep(0.2)
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("way", ["json", "table"])
def test_both_threads_read_it(way: str) -> None:
    env = {"PYTHONPATH": str(Path(refseries.__file__).parents[1])}
    done = proc.run([sys.executable, "-c", RACE, way], env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Outer(inner=Inner(number=1))\n" * 2


def test_nothing_else_asks_msgspec_for_values() -> None:
    package = Path(refseries.__file__).parent
    asks = re.compile(r"msgspec\.(?:convert|json\.decode|toml\.decode|msgpack\.decode)|Decoder\(")
    found = [path.name for path in package.rglob("*.py") if asks.search(path.read_text())]
    assert found == ["typed.py"]
