# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import toy as toys
from toy import Toy

from refseries import base, git, proc
from refseries.errors import HostError, SeriesError, StageError
from refseries.model import BaseInfo, BaseSpec
from refseries.settings import Settings

NAME = "linux-6.12.tar.gz"

FILES: dict[str, bytes | str] = {
    **toys.KERNEL,
    "built.o": b"ignored by .gitignore\n",
    "arch/link": "arm64",
    "dangling": "/no where/é",
    'odd/q"uote': b"1\n",
    "odd/back\\slash": b"2\n",
    "odd/sp ace \t": b"3\n",
    "odd/é\udcff": b"not UTF-8\n",
    "odd/new\nline": b"4\n",
    "empty": b"",
    "dos": b"a\r\nb\r\n",
    "n" * 120: b"a name that needs an extended header\n",
}


def spec(url: str = "http://127.0.0.1:9/" + NAME, sha256: str = "0" * 64) -> BaseSpec:
    return BaseSpec(
        release=toys.RELEASE, package="toy-source", tarball_url=url, tarball_sha256=sha256
    )


def settings(cache: Path, tree: Path | None = None, ref: str | None = None) -> Settings:
    return Settings(cache, tree, ref, 2, {"tree": "flag"})


def find(
    cache: Path, wanted: BaseSpec | None = None, package_dir: Path = Path("/nowhere")
) -> BaseInfo:
    return base.find(wanted or spec(), settings(cache), toys.IDENTITY, package_dir=package_dir)


def leftovers(cache: Path) -> list[str]:
    return sorted(
        path.name
        for path in (cache / "base").glob("*")
        if path.suffix != ".lock" and not (path / "base.json").is_file()
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A directory with the distribution's source package."""
    directory = tmp_path / "src"
    directory.mkdir()
    toys.tarball(directory / "toy-source.tar.xz", FILES, executable=frozenset({"scripts/check.sh"}))
    return directory


# The user's tree.


def test_the_users_tree_is_used_where_it_stands_at_the_release(toy: Toy) -> None:
    info = base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert info == toy.base()
    assert base.ready(spec(), settings(toy.cache, toy.tree)) == info
    assert not toy.cache.exists()
    assert base.differs(spec(), info) is None


def test_without_the_releases_tag_its_head_is_taken_and_the_difference_said(toy: Toy) -> None:
    toy.git("tag", "-d", f"v{toys.RELEASE}")
    text = toys.KERNEL["Makefile"].replace(b"117", b"118")
    head = toy.commit((toys.ADA, "Linux 6.12.118\n", {"Makefile": text}))
    info = base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert (info.commit, info.release) == (head, "6.12.118")
    assert "6.12.118 (from tree)" in str(base.differs(spec(), info))


def test_base_ref_names_the_commit(toy: Toy) -> None:
    head = toy.git("rev-parse", "master")
    found = base.find(spec(), settings(toy.cache, toy.tree, "master"), toys.IDENTITY)
    assert found.commit == head
    linked = toy.directory / "linked"
    toy.git("worktree", "add", "--quiet", "--detach", str(linked), head)
    assert base.find(spec(), settings(toy.cache, linked, "HEAD"), toys.IDENTITY) == found
    with pytest.raises(SeriesError, match="no commit `v7`") as caught:
        base.find(spec(), settings(toy.cache, toy.tree, "v7"), toys.IDENTITY)
    assert caught.value.where == f"{toy.tree} (from flag)"
    with pytest.raises(SeriesError, match="no commit `--help`"):
        base.find(spec(), settings(toy.cache, toy.tree, "--help"), toys.IDENTITY)


def test_a_tree_that_is_no_kernel_or_no_tree(toy: Toy, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match="not a git repository"):
        base.find(spec(), settings(toy.cache, toy.project), toys.IDENTITY)
    with pytest.raises(SeriesError, match="not a git repository"):
        base.find(spec(), settings(toy.cache, tmp_path / "gone"), toys.IDENTITY)
    toy.commit((toys.ADA, "no kernel\n", {"Makefile": b"all:\n\techo VERSION\n"}))
    with pytest.raises(SeriesError, match="is not a Linux kernel"):
        base.find(spec(), settings(toy.cache, toy.tree, "HEAD"), toys.IDENTITY)
    toy.commit((toys.ADA, "less kernel\n", {"Makefile": None}))
    with pytest.raises(SeriesError, match="is not a Linux kernel"):
        base.find(spec(), settings(toy.cache, toy.tree, "HEAD"), toys.IDENTITY)


def test_a_tree_of_somebody_else_is_not_said_to_lack_the_commit(toy: Toy) -> None:
    for path in (toy.tree, toy.tree / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(HostError, match="git cannot work in this repository") as caught:
        base.find(spec(), settings(toy.cache, toy.tree), toys.IDENTITY)
    assert "safe.directory" in caught.value.detail


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\n", "6.12.117"),
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n", "6.12"),
        ("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL =\n", "6.12"),
        ("VERSION = 6\n", None),
        ("", None),
    ],
)
def test_the_release_stands_in_the_makefile(text: str, release: str | None) -> None:
    assert base.release_of(text) == release


# The distribution's package.


def test_a_package_becomes_the_tree_that_git_add_makes(package: Path, tmp_path: Path) -> None:
    said: list[tuple[str, float]] = []
    info = base.find(
        spec(), settings(tmp_path / "cache"), toys.IDENTITY, package_dir=package,
        progress=lambda text, part: said.append((text, part)),
    )  # fmt: skip
    proc.run(["tar", "-xf", package / "toy-source.tar.xz"], cwd=tmp_path)
    plain = tmp_path / "linux-6.12"
    proc.run(["git", "init", "--quiet"], cwd=plain)
    proc.run(["git", "add", "--force", "--all"], cwd=plain)
    assert info.tree == proc.run(["git", "write-tree"], cwd=plain).stdout.strip()
    assert (info.release, info.source) == (toys.RELEASE, "package")
    assert git.resolve(info.repo, "HEAD") == info.commit
    shown = git.git(info.repo, "log", "--format=%an <%ae> %cn %ct %s", "HEAD").stdout.strip()
    assert (
        shown
        == f"{toys.IDENTITY.name} <{toys.IDENTITY.email}> Refseries Toy 1700000000 base kernel"
    )
    assert not git.git(info.repo, "fsck", "--strict").stdout
    assert leftovers(tmp_path / "cache") == []
    assert said[0][0] == "Importing the base kernel"
    assert all(0 <= part <= 1 for _text, part in said)


def test_a_second_time_imports_nothing(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert base.ready(spec(), settings(cache), package_dir=package) is None
    info = find(cache, package_dir=package)
    before = sorted((path, path.stat().st_mtime_ns) for path in cache.rglob("*"))
    assert find(cache, package_dir=package) == info
    assert base.ready(spec(), settings(cache), package_dir=package) == info
    assert sorted((path, path.stat().st_mtime_ns) for path in cache.rglob("*")) == before


def test_another_package_is_imported_anew(package: Path, tmp_path: Path) -> None:
    first = find(tmp_path / "cache", package_dir=package)
    makefile = toys.KERNEL["Makefile"].replace(b"117", b"118")
    toys.tarball(package / "toy-source.tar.xz", {**FILES, "Makefile": makefile})
    second = find(tmp_path / "cache", package_dir=package)
    assert (first.release, second.release) == ("6.12.117", "6.12.118")
    assert "6.12.118 (from package)" in str(base.differs(spec(), second))


@pytest.mark.parametrize("damage", ["record gone", "record cut", "record odd", "objects gone"])
def test_an_import_that_was_damaged_is_made_again(
    package: Path, tmp_path: Path, damage: str
) -> None:
    cache = tmp_path / "cache"
    info = find(cache, package_dir=package)
    record = info.repo.parent / "base.json"
    if damage == "record gone":
        record.unlink()
    elif damage == "objects gone":
        for pack in (info.repo / "objects" / "pack").iterdir():
            pack.unlink()
    else:
        record.write_text(record.read_text()[:20] if damage == "record cut" else '{"commit": 1}')
    assert base.ready(spec(), settings(cache), package_dir=package) is None
    assert find(cache, package_dir=package) == info
    assert git.resolve(info.repo, info.commit) == info.commit
    assert leftovers(cache) == []


def test_hard_links_are_files(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in toys.KERNEL.items():
            member = tarfile.TarInfo(f"./top/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        member = tarfile.TarInfo("./top/mm/again.c")
        member.type, member.linkname = tarfile.LNKTYPE, "./top/mm/memory.c"
        tar.addfile(member)
    write_package(tmp_path, plain.getvalue())
    info = find(tmp_path / "cache", package_dir=tmp_path)
    assert git.read_file(info.repo, info.commit, "mm/again.c") == toys.KERNEL["mm/memory.c"]


def write_package(directory: Path, plain: bytes) -> None:
    packed = proc.run(["xz", "-c", "-0"], stdin=plain).out
    (directory / "toy-source.tar.xz").write_bytes(packed)


def test_what_git_cannot_hold_is_refused(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        member = tarfile.TarInfo("top/fifo")
        member.type = tarfile.FIFOTYPE
        tar.addfile(member)
    write_package(tmp_path, plain.getvalue())
    with pytest.raises(StageError, match="top/fifo is neither a file nor a link"):
        find(tmp_path / "cache", package_dir=tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"rubbish" * 1000, id="rubbish"),
        pytest.param(lambda data: data[:6], id="header alone"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:-8], id="end cut off"),
        pytest.param(lambda data: data[:500] + bytes(64) + data[564:], id="hole"),
        pytest.param(lambda data: data + b"tail", id="tail"),
    ],
)
def test_a_damaged_package_is_said_so_and_leaves_nothing(
    package: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = package / "toy-source.tar.xz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StageError, match="the tarball is damaged") as caught:
        find(tmp_path / "cache", package_dir=package)
    assert caught.value.where == str(path)
    assert leftovers(tmp_path / "cache") == []


def test_a_package_that_is_no_kernel_leaves_nothing(tmp_path: Path) -> None:
    toys.tarball(tmp_path / "toy-source.tar.xz", {"README": b"no kernel\n"})
    with pytest.raises(SeriesError, match="not a Linux kernel"):
        find(tmp_path / "cache", package_dir=tmp_path)
    assert leftovers(tmp_path / "cache") == []


# The release tarball.


class Server(http.server.ThreadingHTTPServer):
    """Serves one tarball, whole or not; counts how often."""

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.data = data
        self.status = 200
        self.say_length: int | None = len(data)
        self.asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{NAME}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        if self.server.say_length is not None:
            self.send_header("Content-Length", str(self.server.say_length))
        self.end_headers()
        self.wfile.write(self.server.data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    path = toys.tarball(tmp_path / NAME, FILES)
    with Server(path.read_bytes()) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("length", [True, False])
def test_a_tarball_is_fetched_and_imported_once(
    server: Server, tmp_path: Path, length: bool
) -> None:
    if not length:
        server.say_length = None
    wanted = spec(server.url, sha256(server.data))
    info = find(tmp_path / "cache", wanted)
    assert (info.source, info.release) == ("tarball", toys.RELEASE)
    assert find(tmp_path / "cache", wanted) == info
    assert base.ready(wanted, settings(tmp_path / "cache")) == info
    assert server.asked == 1
    assert leftovers(tmp_path / "cache") == []  # the tarball is gone too


def test_the_package_goes_before_the_tarball(server: Server, package: Path, tmp_path: Path) -> None:
    wanted = spec(server.url, sha256(server.data))
    assert find(tmp_path / "cache", wanted, package).source == "package"
    assert server.asked == 0


def test_a_tarball_with_another_digest_is_not_taken(server: Server, tmp_path: Path) -> None:
    with pytest.raises(StageError, match=f"has sha256 {sha256(server.data)}, not 0000"):
        find(tmp_path / "cache", spec(server.url))
    assert leftovers(tmp_path / "cache") == []


def test_a_tarball_cut_short_is_not_taken(server: Server, tmp_path: Path) -> None:
    whole = server.data
    server.data = whole[: len(whole) // 2]
    with pytest.raises(HostError, match=r"cannot be fetched: .*\d+ of \d+ bytes|more expected"):
        find(tmp_path / "cache", spec(server.url, sha256(whole)))
    assert leftovers(tmp_path / "cache") == []
    server.data = whole
    assert find(tmp_path / "cache", spec(server.url, sha256(whole))).source == "tarball"


def test_a_damaged_tarball_with_the_right_digest(server: Server, tmp_path: Path) -> None:
    server.data = server.data[:-200]
    server.say_length = len(server.data)
    with pytest.raises(StageError, match="the tarball is damaged"):
        find(tmp_path / "cache", spec(server.url, sha256(server.data)))


def test_a_server_that_has_no_such_file(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(HostError, match="cannot be fetched: Not Found") as caught:
        find(tmp_path / "cache", spec(server.url))
    assert caught.value.where == server.url
    assert "toy-source" in caught.value.hint
    assert "--tree" in caught.value.hint


def test_a_server_that_is_down_or_talks_rubbish(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"cannot be fetched: .*refused"):
        find(tmp_path / "cache", spec())
    with pytest.raises(SeriesError, match="neither an http nor an https address"):
        find(tmp_path / "cache", spec("file:///etc/passwd"))
    with pytest.raises(HostError, match="cannot be fetched"):
        find(tmp_path / "cache", spec("http://127.0.0.1:port/x.tar.xz"))


def test_the_command_says_where_the_base_is(
    server: Server, toy: Toy, refseries: Callable[..., proc.Completed]
) -> None:
    file = toy.project / "series" / "series.toml"
    text = file.read_text().replace("0" * 64, sha256(server.data))
    file.write_text(text.replace(f"http://127.0.0.1:9/{NAME}", server.url))
    done = refseries("base", "--json", "-", env={"REFSERIES_TREE": ""})
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"release", "source", "repo", "commit", "tree"}
    assert "Downloading linux-6.12.tar.gz" in done.stderr
    server.status = 500
    again = refseries("base", env={"REFSERIES_TREE": ""})
    assert again.stdout.startswith("Linux 6.12.117 from tarball: commit ")


# Faults.

# Imports the base and says what it does; stops for good in the middle when told so.
PROGRAM = """
import sys, time
from pathlib import Path
from refseries import base
from refseries.errors import RefseriesError
from refseries.model import BaseSpec, Identity
from refseries.settings import Settings

def progress(text, part):
    print(text, flush=True)
    if part > 0.3 and "hang" in sys.argv:
        print("in the middle", flush=True)
        time.sleep(60)

spec = BaseSpec(release="6.12.117", package="toy-source", tarball_url="", tarball_sha256="0" * 64)
settings = Settings(Path(sys.argv[1]), None, None, 1)
try:
    info = base.find(spec, settings, Identity("a", "b@c"), progress=progress,
                     package_dir=Path(sys.argv[2]))
    print("commit", info.commit, flush=True)
except RefseriesError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package that takes a while, and more space than a small disk has."""
    directory = tmp_path_factory.mktemp("many")
    files = {f"drivers/{number}.c": os.urandom(4000) for number in range(800)}
    toys.tarball(directory / "toy-source.tar.xz", {**FILES, **files})
    return directory


def program(cache: Path, package_dir: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, str(cache), str(package_dir), *words]


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_after_a_kill_9_in_the_middle_the_next_run_works(many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    killed = program(cache, many, "hang")
    with subprocess.Popen(killed, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        while "in the middle" not in running.stdout.readline():
            assert running.poll() is None
        family = children(running.pid)
        assert len(family) == 3  # xz, fast-import and the guard
        running.send_signal(signal.SIGKILL)
    assert leftovers(cache) != []
    assert base.ready(spec(), settings(cache), package_dir=many) is None
    commit = proc.run(program(cache, many)).stdout.split()[-1]
    assert git.resolve(find(cache, package_dir=many).repo, commit) == commit
    assert leftovers(cache) == []
    assert not [pid for pid in family if Path(f"/proc/{pid}/exe").exists()]


def test_two_runs_at_once_import_once(many: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with contextlib.ExitStack() as stack:
        runs = [
            stack.enter_context(
                subprocess.Popen(program(cache, many), stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        said = [running.communicate(timeout=60)[0] for running in runs]
    assert [running.returncode for running in runs] == [0, 0]
    commits = {text.split()[-1] for text in said}
    assert len(commits) == 1
    assert sorted("Importing" in text for text in said) == [False, True]
    assert leftovers(cache) == []


def test_a_full_disk_is_said_and_leaves_nothing(many: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'disk=$1; mount -t tmpfs -o size=2m none "$disk" || exit 99; shift; "$@"; status=$?; '
        'find "$disk" ! -name "*.lock"; umount --lazy "$disk"; exit $status'
    )
    # Root may mount as it is, also where a chroot forbids user namespaces.
    others = ["unshare", "--user", "--map-root-user", "--mount"] if os.geteuid() else []
    done = proc.run([*others, "sh", "-c", script, "sh", disk, *program(disk, many)], check=False)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the disk is full" in done.stdout
    assert f"{disk}/base: the disk is full" in done.stdout
    assert done.stdout.splitlines()[-2:] == [str(disk), f"{disk}/base"]
