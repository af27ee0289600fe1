# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds of the fake kernel: real make, real compilers, real git."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_kernel import ARM64_FRAGMENT, BROKEN, FakeKernel
from waiting import SECONDS, until

from refseries.errors import HostError, SeriesError, StageError
from refseries.host import proc
from refseries.kernel import build
from refseries.kernel.model import Config, Image

HERE = Path(__file__).parents[1]

# A run of its own, to be killed: FakeKernel.request() of a kernel that is already there.
BUILDER = """
import sys
from pathlib import Path
from fake_kernel import Commit, FakeKernel
from refseries.kernel import build
kernel = FakeKernel.__new__(FakeKernel)
kernel.directory = Path(sys.argv[1])
kernel.work = kernel.directory / "linux"
build.build(kernel.request(Commit(sys.argv[2], sys.argv[3])))
"""


def processes_with(mark: str) -> list[str]:
    """Command lines of all processes that hold ``mark``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if mark in words:
                found.append(words)
    return found


@contextlib.contextmanager
def small_disk(directory: Path, kilobytes: int) -> Iterator[None]:
    """A file system of that size on ``directory``; only root of some namespace may make one."""
    proc.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "refseries-test", directory])
    try:
        yield
    finally:
        proc.run(["umount", "--lazy", directory])


def room(directory: Path) -> int:
    info = os.statvfs(directory)
    return info.f_bavail * info.f_frsize


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def compiled(image: Image) -> list[str]:
    """The objects that a build compiled, as its log has them."""
    lines = image.log.read_text().splitlines()
    return sorted(line.split()[1] for line in lines if line.startswith("  CC "))


def record(image: Image) -> dict[str, object]:
    found: dict[str, object] = json.loads((image.directory / "image.json").read_text())
    return found


ALL = ["init/main.o", "lib/string.o", "mm/memory.o", "mm/mmap.o"]


def test_a_build_leaves_image_config_log_and_record(kernel: FakeKernel) -> None:
    told: list[tuple[int, str]] = []
    image = build.build(
        kernel.request(kernel.base), progress=lambda count, name: told.append((count, name))
    )
    assert image.path is not None
    assert image.path.read_bytes()[:4] == b"\x7fELF"
    assert image.release == "6.12.117"
    assert compiled(image) == ALL
    assert told[-1][0] == 4
    config = (image.directory / "config").read_text().splitlines()
    assert "CONFIG_SWAP=y" in config
    assert "# CONFIG_VMEMMAP is not set" in config
    kept = record(image)
    assert kept["tree"] == kernel.base.tree
    assert kept["toolchain"] == image.toolchain
    commands = kept["commands"]
    assert isinstance(commands, list)
    assert [command[-1] for command in commands] == ["tinyconfig", "olddefconfig", "Image"]
    assert "O=o-default" in commands[-1]


def test_a_second_build_does_nothing(kernel: FakeKernel) -> None:
    request = kernel.request(kernel.base)
    first = build.build(request)
    elsewhere = kernel.commit("v1", {"mm/new.c": "int n;\n"})
    build.build(kernel.request(elsewhere))
    (kernel.source / "mm/memory.c").write_text("damaged")
    again = build.build(request)
    assert again == first
    # Not even the work tree was looked at.
    assert (kernel.source / "mm/memory.c").read_text() == "damaged"


def test_the_next_version_compiles_only_what_changed(kernel: FakeKernel) -> None:
    source = (kernel.work / "mm/memory.c").read_text()
    v1 = kernel.commit("v1", {"mm/memory.c": source.replace("+ 1", "+ 10")})
    header = (kernel.work / "include/linux/mm.h").read_text()
    v2 = kernel.commit(
        "v2", {"include/linux/mm.h": header.replace("#endif", "extern int x;\n#endif")}
    )
    base = build.build(kernel.request(kernel.base))
    first = build.build(kernel.request(v1))
    second = build.build(kernel.request(v2))
    assert compiled(first) == ["mm/memory.o"]
    assert compiled(second) == ["init/main.o", "mm/memory.o", "mm/mmap.o"]
    assert len({base.key, first.key, second.key}) == 3
    paths = [image.path for image in (base, first) if image.path]
    assert paths[0].read_bytes() != paths[1].read_bytes()
    commands = record(first)["commands"]
    assert isinstance(commands, list)
    assert [command[-1] for command in commands] == ["Image"]


def test_changed_kconfig_files_and_fragments_configure_again(kernel: FakeKernel) -> None:
    build.build(kernel.request(kernel.base))
    text = (kernel.work / "Kconfig").read_text()
    v1 = kernel.commit("v1", {"Kconfig": text + "\nconfig REFPAGE\n\tdefault y\n"})
    image = build.build(kernel.request(v1))
    assert "CONFIG_REFPAGE=y" in (image.directory / "config").read_text()
    other = build.build(kernel.request(v1, kernel.config("CONFIG_NR_CPUS=4\n")))
    assert "CONFIG_NR_CPUS=4" in (other.directory / "config").read_text()
    assert other.key != image.key


def test_ccache_s_account_is_kept(kernel: FakeKernel) -> None:
    first = record(build.build(kernel.request(kernel.base)))["ccache"]
    # Another configuration of the same text for every source.
    other = kernel.config(ARM64_FRAGMENT.replace("=8", "=4"), name="other")
    again = record(build.build(kernel.request(kernel.base, other)))["ccache"]
    assert first == {"hits": 0, "misses": 4}
    assert again == {"hits": 4, "misses": 0}


def test_rebuild_starts_from_nothing(kernel: FakeKernel) -> None:
    first = build.build(kernel.request(kernel.base)).directory.stat().st_ino
    again = build.build(kernel.request(kernel.base, rebuild=True))
    assert again.directory.stat().st_ino != first
    assert compiled(again) == ALL


def test_a_compile_only_config_has_a_log_and_no_image(kernel: FakeKernel) -> None:
    image = build.build(kernel.request(kernel.base, kernel.compile_only()))
    assert image.path is None
    assert compiled(image) == ["mm/memory.o", "mm/mmap.o"]


def test_a_compile_error_is_told_by_file_and_line_and_the_log_is_kept(kernel: FakeKernel) -> None:
    bad = kernel.commit("v1", {"mm/memory.c": BROKEN})
    with pytest.raises(StageError) as caught:
        build.build(kernel.request(bad))
    error = caught.value
    assert error.where == "mm/memory.c:5"
    assert "undeclared" in error.what
    assert "return page;" in error.detail
    log = Path(error.hint.removeprefix("The whole log is ").removesuffix("."))
    assert "mm/memory.c:5" in log.read_text()
    assert error.exit_code == 1


def inject(recipe: str) -> dict[str, str | None]:
    """A file that the objects wait for and that is not made."""
    return {"inject.mk": f"init/main.o: lab.btf\nlab.btf:\n\t@{recipe}\n"}


def test_a_tool_s_last_words_are_the_reason_and_the_log_outlives_the_next_build(
    kernel: FakeKernel,
) -> None:
    said = "FAILED: load BTF from vmlinux: Invalid argument"
    bad = kernel.commit("v1", inject(f"touch $@; echo '{said}' >&2; exit 255"))
    with pytest.raises(StageError) as caught:
        build.build(kernel.request(bad))
    build.build(kernel.request(kernel.base))
    assert (caught.value.where, caught.value.what) == ("lab.btf", said)
    assert caught.value.log is not None
    assert str(caught.value.log) in caught.value.hint
    log = caught.value.log.read_text()
    assert said in log
    assert "Deleting file 'lab.btf'" in log
    assert not list(caught.value.log.parent.rglob("failure.json"))  # it is tried again


def test_a_program_that_the_machine_has_not_is_no_failed_build(kernel: FakeKernel) -> None:
    bad = kernel.commit("v1", inject("aarch64-none-such-ld -r -o $@"))
    with pytest.raises(HostError, match="aarch64-none-such-ld is missing") as caught:
        build.build(kernel.request(bad))
    assert "Error 127" in Path(caught.value.where).read_text()


def test_a_refused_build_is_remembered_and_rebuild_forgets_it(kernel: FakeKernel) -> None:
    bad = kernel.commit("v1", {"mm/memory.c": BROKEN})
    good = kernel.commit("v2", {"mm/memory.c": "int handle_fault(int a) { return a; }\n"})
    with pytest.raises(StageError) as first:
        build.build(kernel.request(bad))
    build.build(kernel.request(good))
    with pytest.raises(StageError) as second:
        build.build(kernel.request(bad))
    assert str(second.value) == str(first.value)
    # The tree was not moved for the second, and is for the third.
    assert (kernel.source / "mm/memory.c").read_text() != BROKEN
    with pytest.raises(StageError):
        build.build(kernel.request(bad, rebuild=True))
    assert (kernel.source / "mm/memory.c").read_text() == BROKEN


def test_a_linker_error_names_the_object(kernel: FakeKernel) -> None:
    bad = kernel.commit("v1", {"mm/mmap.c": "int other;\n"})
    with pytest.raises(StageError) as caught:
        build.build(kernel.request(bad))
    assert caught.value.where == "init/main.o"
    assert "undefined reference to `do_mmap'" in caught.value.what


def test_an_option_that_does_not_survive_is_named(kernel: FakeKernel) -> None:
    config = kernel.config("CONFIG_MMU=y\nCONFIG_SWAP=y\n")
    with pytest.raises(StageError) as caught:
        build.build(kernel.request(kernel.base, config))
    assert caught.value.where == "default.config:2"
    assert "CONFIG_SWAP" in caught.value.what
    # Nothing was remembered: fixing the fragment is enough.
    fixed = kernel.config("CONFIG_MMU=y\nCONFIG_SHMEM=y\nCONFIG_SWAP=y\n")
    assert build.build(kernel.request(kernel.base, fixed)).path


def test_exit_status_0_without_the_image_is_a_failure(kernel: FakeKernel) -> None:
    # The image of the version before lies there and must not pass for this one's.
    build.build(kernel.request(kernel.base))
    bad = kernel.commit("v1", {"inject.mk": "inject_no_image = y\n"})
    with pytest.raises(StageError) as caught:
        build.build(kernel.request(bad))
    assert "exit status 0" in caught.value.what
    assert caught.value.where == "o-default/arch/arm64/boot/Image"


def test_a_build_that_hangs_ends_by_its_deadline_and_leaves_no_process(kernel: FakeKernel) -> None:
    mark = "611.4711"
    bad = kernel.commit("v1", {"inject.mk": f"before_memory = sleep {mark}\n"})
    with pytest.raises(StageError, match="deadline"):
        build.build(kernel.request(bad, deadline=1.5))
    until(lambda: processes_with(mark) == [])  # killed it is, but maybe not yet gone


def test_a_config_that_needs_what_is_left_out_says_so(kernel: FakeKernel) -> None:
    config = kernel.config("CONFIG_DRM=y\n")
    with pytest.raises(SeriesError) as caught:
        build.build(kernel.request(kernel.base, config, leave_out=("drivers/gpu",)))
    assert "drivers/gpu/drm.c" in caught.value.what
    assert "leave_out" in caught.value.where
    assert build.build(kernel.request(kernel.base, config)).path


def test_a_source_whose_header_is_left_out_is_no_fault_of_the_version(kernel: FakeKernel) -> None:
    string = '#include "../tools/testing/toy.h"\nint string = TOY;\n'
    files = {"tools/testing/toy.h": "#define TOY 1\n", "lib/string.c": string}
    at = kernel.commit("a header of tools", files)
    with pytest.raises(SeriesError, match=r"needs tools/testing/toy\.h") as caught:
        build.build(kernel.request(at, leave_out=("tools/testing",)))
    assert "leave_out" in caught.value.where
    # It is not kept as what the compiler makes of that version.
    assert build.build(kernel.request(at)).path


def test_a_full_disk_is_a_fault_of_the_machine_and_not_remembered(kernel: FakeKernel) -> None:
    """The cache is on a file system of its own that runs full while the compiler writes."""
    if os.geteuid() != 0:
        # The same test, as root of a user namespace.
        this = (
            f"{__file__}::{test_a_full_disk_is_a_fault_of_the_machine_and_not_remembered.__name__}"
        )
        python = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", this]
        proc.run(["unshare", "--user", "--map-root-user", "--mount", *python])
        return
    cache = kernel.directory / "cache"
    cache.mkdir()
    with small_disk(cache, kilobytes=2048):
        filler = cache / "filler"
        bad = kernel.commit(
            "v1", {"inject.mk": f"before_mmap = cat /dev/zero > {filler} 2> /dev/null || true\n"}
        )
        with pytest.raises(HostError, match="full") as caught:
            build.build(kernel.request(bad))
        assert caught.value.exit_code == 3
        filler.unlink()
        good = kernel.commit("v2", {"inject.mk": ""})
        assert build.build(kernel.request(good)).path
        filler.write_bytes(b"\0" * room(cache))
        other = kernel.commit("v3", {"mm/memory.c": "int handle_fault(int a) { return a; }\n"})
        with pytest.raises(HostError, match="full"):
            build.build(kernel.request(other))
        filler.unlink()
        assert build.build(kernel.request(other)).path


def test_a_killed_build_is_followed_by_one_that_works(kernel: FakeKernel) -> None:
    """kill -9 while a compiler runs: half an object is left where a whole one was."""
    build.build(kernel.request(kernel.base))
    # The commands of v1 are those of base, but the "compiler" leaves half an object and hangs.
    mark = "611.4712"
    half = f"sleep 0.1; printf half > mm/memory.o; sleep {mark}"
    header = (
        (kernel.work / "include/linux/mm.h").read_text().replace("#endif", "extern int x;\n#endif")
    )
    bad = kernel.commit(
        "v1", {"include/linux/mm.h": header, "inject.mk": f"before_memory = {half}\n"}
    )
    good = kernel.commit("v2", {"inject.mk": ""})
    builder = [sys.executable, "-c", BUILDER, str(kernel.directory), bad.commit, bad.tree]
    with proc.start(builder, env={"PYTHONPATH": f"{HERE.parent}:{HERE}/support"}) as run:
        # Not the shell, which has the mark in its command line as well.
        until(lambda: any(words.startswith("sleep") for words in processes_with(mark)))
        os.kill(run.pid, signal.SIGKILL)
        run.popen.wait()
        until(lambda: not processes_with(mark))
    assert (kernel.source / "o-default/mm/memory.o").read_text() == "half"
    image = build.build(kernel.request(good))
    assert "mm/memory.o" in compiled(image)
    assert image.path is not None


def test_two_runs_at_once_build_once(kernel: FakeKernel) -> None:
    """The first is done when the second has said that it waits."""
    gate, built = kernel.directory / "gate", kernel.directory / "built"
    waits = f"echo >> {built}; while [ ! -e {gate} ]; do sleep 0.05; done"
    request = kernel.request(kernel.commit("v1", {"inject.mk": f"before_memory = {waits}\n"}))
    said: list[str] = []
    found: list[Image] = []

    def say(text: str, _part: float = 0.0, /) -> None:
        said.append(text)
        gate.touch()

    def run() -> None:
        found.append(build.build(request, say=say))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(found) == 2
    assert built.read_text() == "\n"
    assert len(said) == 1


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (("mm/",), ("mm/built-in.a",)),
        (("mm/memory.o", "vmlinux"), ("mm/memory.o", "vmlinux")),
        (("prepare",), ()),
    ],
)
def test_the_files_that_a_target_must_leave(
    targets: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    config = Config("c", "x86_64", (), boot=False, targets=targets)
    assert build.artifacts(config) == expected


def test_a_release_names_no_commit_for_images_are_kept_by_tree(kernel: FakeKernel) -> None:
    # As scripts/setlocalversion does it, with CONFIG_LOCALVERSION_AUTO.
    asks = "KERNELRELEASE := 6.12.117$(shell git rev-parse --verify HEAD 2>/dev/null)\n"
    image = build.build(kernel.request(kernel.commit("v1", {"inject.mk": asks})))
    assert image.release == "6.12.117"
