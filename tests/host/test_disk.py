# SPDX-License-Identifier: GPL-2.0-or-later
"""Full disks: real ones of a few kilobytes, in a mount namespace of their own."""

from __future__ import annotations

import os
from pathlib import Path

import kill_at_step
import pytest
import toy as toys

from refseries.host import disk

NONE_LEFT = "/proc"  # a file system without a single free block


def test_a_tool_says_so() -> None:
    assert disk.is_full("cc: error: x.o: No space left on device", ())
    assert disk.is_full("fatal: Out of diskspace", ())
    assert not disk.is_full("error: unable to write file x", ())


@pytest.mark.parametrize(
    "said",
    [
        "fatal: update_ref failed for ref 'x': couldn't write '.git/./x.lock'",
        "fatal: couldn't close '.git/HEAD.lock'",
        "error: could not close '.git/rebase'",
        "fatal: failed to flush 'x'",
        "fatal: unable to create temporary file",
        "fatal: unable to deflate new object (0)",
        "error: error when closing loose object file",
        "fatal: fwrite error",
        "fatal: fsync error on 'x'",
    ],
)
def test_all_words_of_git_for_that(said: str) -> None:
    assert disk.is_full(said, (NONE_LEFT,))


def test_a_tool_only_says_that_it_cannot_write(tmp_path: Path) -> None:
    assert disk.is_full("error: unable to write file mm/x.c", ("git", str(tmp_path), NONE_LEFT))
    assert disk.is_full("fatal: unable to write new index file", (f"{NONE_LEFT}/none/at/all",))
    assert not disk.is_full("error: unable to write file mm/x.c", ("proc", str(tmp_path)))
    assert disk.is_full("cat: cannot write: what", (NONE_LEFT,))
    assert not disk.is_full("error: patch failed", (NONE_LEFT,))
    assert not disk.is_full("unable to write", ("/nul\0",))


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("REFSERIES_CACHE", ("apply", "v2", "--quiet")),
        ("TMPDIR", ("apply", "v2", "--quiet")),
        ("TMPDIR", ("export", "v2", "--no-check", "--quiet", "--to", "l@example.org", "-o", "{}")),
    ],
)
def test_a_command_on_a_disk_of_few_kilobytes(
    toy: toys.Toy, variable: str, words: tuple[str, ...]
) -> None:
    small, out = toy.directory / "small", toy.directory / "out.mbx"
    small.mkdir()
    config = toy.directory / "gitconfig"
    config.write_text("[user]\n\tname = Sen\n\temail = sen@example.org\n")
    env = {**toy.environ, variable: str(small), "GIT_CONFIG_GLOBAL": str(config)}
    namespace = ["unshare", *(["--user", "--map-root-user"] if os.geteuid() else []), "--mount"]
    seen = {}
    for size in (4, 24, 40, 72, 512):
        script = f'mount -t tmpfs -o size={size}k refseries-test "$0" && exec "$@"'
        command = [
            *toys.COMMAND,
            "-C",
            str(toy.project),
            *(w.replace("{}", str(out)) for w in words),
        ]
        done = kill_at_step.run([*namespace, "sh", "-c", script, str(small), *command], env)
        seen[size] = done.returncode, "disk is full" in done.stderr
        if done.returncode == 0 and words[0] == "export":
            assert out.read_bytes().count(b"\nSubject: ") == 3  # nothing is cut
    assert set(seen.values()) <= {(0, False), (3, True)}, seen
    assert seen[512] == (0, False)
