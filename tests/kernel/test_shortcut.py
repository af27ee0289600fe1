# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of commits that differ in one source, by what make was seen to do: real make and git."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fake_kernel import BROKEN, Commit, FakeKernel

from refseries.errors import StageError
from refseries.kernel import build
from refseries.kernel.model import Image

MEMORY = "mm/memory.c"


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def mutant(kernel: FakeKernel, number: int, name: str = MEMORY) -> Commit:
    """A commit whose source says ``number``."""
    text = (kernel.work / name).read_text().split("\nint mutant")[0].rstrip()
    stem = Path(name).stem
    return kernel.commit("m", {name: f"{text}\nint mutant_{stem} = {number};\n"})


def built(kernel: FakeKernel, at: Commit) -> Image:
    return build.build(replace(kernel.request(at), one_of_many=True))


def programs(image: Image) -> list[str]:
    """What a build ran: make, or the shell with its script."""
    record = json.loads((image.directory / "image.json").read_text())
    return [Path(command[0]).name for command in record["commands"]]


def recorded(kernel: FakeKernel) -> list[Image]:
    """The base and two mutants of a source; with the second it is known what to do."""
    return [built(kernel, at) for at in (kernel.base, mutant(kernel, 1), mutant(kernel, 2))]


def same_as_made(kernel: FakeKernel, at: Commit, image: Image, elsewhere: Path) -> bool:
    """Whether a build in an empty directory by make alone gives the same bytes."""
    plain = build.build(replace(kernel.request(at), directory=elsewhere))
    assert set(programs(plain)) == {"make"}
    assert plain.path is not None
    assert image.path is not None
    return plain.path.read_bytes() == image.path.read_bytes()


def out(kernel: FakeKernel) -> Path:
    return kernel.source / "o-default"


def test_what_changes_again_and_again_is_built_without_make(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    first = recorded(kernel)
    assert [programs(each)[-1] for each in first] == ["make", "make", "sh"]
    third = mutant(kernel, 3)
    image = built(kernel, third)
    assert programs(image) == ["sh"]
    assert "CC      mm/memory.o" in image.log.read_text()
    assert same_as_made(kernel, third, image, tmp_path / "elsewhere")
    assert len({each.digest() for each in (*first, image)}) == 4


def test_make_builds_where_another_source_or_more_changed(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    recorded(kernel)
    text = (kernel.work / "mm/mmap.c").read_text()
    (kernel.work / "mm/mmap.c").write_text(f"{text}\nint more;\n")
    for at in (mutant(kernel, 4), mutant(kernel, 5, "lib/string.c")):
        image = built(kernel, at)
        assert programs(image) == ["make"]
        assert same_as_made(kernel, at, image, tmp_path / "elsewhere")


def test_make_builds_what_a_build_of_others_left(kernel: FakeKernel, tmp_path: Path) -> None:
    recorded(kernel)
    header = (kernel.work / "include/linux/mm.h").read_text()
    other = header.replace("#endif", "#define mutant other\n#endif")
    build.build(kernel.request(kernel.commit("v2", {"include/linux/mm.h": other})))
    kernel.commit("back", {"include/linux/mm.h": header})
    at = mutant(kernel, 6)
    image = built(kernel, at)
    assert programs(image) == ["make"]
    assert same_as_made(kernel, at, image, tmp_path / "elsewhere")


def test_what_does_not_compile_is_told_as_by_make(kernel: FakeKernel, tmp_path: Path) -> None:
    recorded(kernel)
    good = (kernel.work / MEMORY).read_text()
    with pytest.raises(StageError) as caught:
        built(kernel, kernel.commit("broken", {MEMORY: BROKEN}))
    assert caught.value.where == "mm/memory.c:5"
    assert "page" in caught.value.what
    kernel.commit("good", {MEMORY: good})
    at = mutant(kernel, 7)
    image = built(kernel, at)
    assert programs(image) == ["make"]  # nobody knows what the broken one left
    assert same_as_made(kernel, at, image, tmp_path / "elsewhere")
    assert programs(built(kernel, mutant(kernel, 8))) == ["sh"]


@pytest.mark.parametrize("script", ["rm {}/mm/memory.o; exit 1\n", "exit 0\n"])
def test_a_script_that_fails_or_makes_nothing_leaves_it_to_make(
    kernel: FakeKernel, tmp_path: Path, script: str
) -> None:
    recorded(kernel)
    (out(kernel) / ".refseries-again.sh").write_text(script.format(out(kernel)))
    at = mutant(kernel, 9)
    image = built(kernel, at)
    assert programs(image) == ["sh", "make"]
    assert same_as_made(kernel, at, image, tmp_path / "elsewhere")


def test_where_the_bytes_are_others_the_script_is_not_used(
    kernel: FakeKernel, tmp_path: Path
) -> None:
    # A build that comes out differently each time: no script can be seen to do what make does.
    makefile = (kernel.work / "Makefile").read_text()
    odd = "\t@cp $(or $(wildcard $(srctree)/guest.sh),$<) $@"
    assert odd in makefile
    kernel.commit("odd", {"Makefile": makefile.replace(odd, f"{odd}\n\t@date +%N >> $@")})
    built(kernel, mutant(kernel, 0))
    images = [built(kernel, mutant(kernel, number)) for number in range(1, 5)]
    assert [programs(each)[-1] for each in images] == ["make"] * 4
    assert [("sh" in programs(each)) for each in images] == [False, True, False, False]


def test_commits_that_git_no_longer_has_leave_it_to_make(kernel: FakeKernel) -> None:
    """No branch holds mutants: `git gc` removes them, and the build directory outlives them."""
    recorded(kernel)
    for name, at in (
        (".refseries-again.json", mutant(kernel, 3)),
        (".refseries-built", mutant(kernel, 4)),
    ):
        place = out(kernel) / name
        told = json.loads(place.read_text())
        place.write_text(json.dumps({**told, "commit": "5" * 40}))
        assert programs(built(kernel, at))[0] == "make"


def test_another_config_or_flag_is_not_built_by_the_script(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(kernel)
    monkeypatch.setenv("KCFLAGS", "-DOTHER")
    assert programs(built(kernel, mutant(kernel, 3))) == ["make"]
    monkeypatch.delenv("KCFLAGS")
    config = kernel.config("CONFIG_SHMEM=y\n# CONFIG_SWAP is not set\n")
    request = replace(kernel.request(mutant(kernel, 4), config), one_of_many=True)
    assert set(programs(build.build(request))) == {"make"}


def test_nothing_of_the_users_environment_is_written_down(
    kernel: FakeKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_TOKEN", "known to the user alone")
    recorded(kernel)
    kept = b"".join(path.read_bytes() for path in out(kernel).glob(".refseries-*"))
    assert b"gcc" in kept
    assert b"known to the user" not in kept


def test_one_that_nobody_said_is_of_many_is_made(kernel: FakeKernel) -> None:
    recorded(kernel)
    assert programs(build.build(kernel.request(mutant(kernel, 3)))) == ["make"]
