# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user sees when something goes wrong: real processes, their exit codes and output."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import toy_releases
from toy import COMMAND, Toy
from waiting import SECONDS

from refseries.cli import documents
from refseries.errors import HostError
from refseries.host import proc
from refseries.series import store

ROOT = Path(__file__).parents[2]
MAIN = "from refseries.cli import main; main()"
Refseries = Callable[..., proc.Completed]


def command(toy: Toy, *words: str, before: str = "") -> tuple[list[str], dict[str, str]]:
    """The command, after a line of python that may break something in it, and its environment."""
    env = {
        **os.environ, "PYTHONPATH": str(ROOT), "REFSERIES_TREE": str(toy.tree),
        "REFSERIES_CACHE": str(toy.cache), "TMPDIR": str(toy.directory),
    }  # fmt: skip
    return [sys.executable, "-c", f"{before}\n{MAIN}", *words], env


def run(toy: Toy, *words: str, before: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    argv, env = command(toy, *words, before=before)
    return subprocess.run(
        argv, env={**env, **more}, cwd=toy.project, capture_output=True, text=True, check=False
    )


def is_paragraph(text: str) -> bool:
    """One line, nothing of python's, ending with what to do."""
    return (
        text.startswith("refseries: ")
        and text.count("\n") == 1
        and "Traceback" not in text
        and text.rstrip().endswith(".")
    )


def test_all_well_is_0(refseries: Refseries) -> None:
    for words in (["--version"], ["--help"], ["apply", "--help"], ["base"]):
        done = refseries(*words)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words", [["--nonsense"], ["nonsense"], ["apply"], ["apply", "v1", "--branch"]]
)
def test_wrong_use_is_2(refseries: Refseries, words: Sequence[str]) -> None:
    done = refseries(*words)
    assert done.returncode == 2
    assert "Error" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["apply", "v9"], "the series `toy` has no version `v9`. It has v1, v2."),
        (["apply", "v2:gone"], "v2 has no fixup `gone`. It has small-toy, two-toys."),
        (["apply", "v1", "--by-task"], "v1 has no fixups"),
        (["apply", "v1", "--branch", "a..b"], "--branch: `a..b` cannot be the name of a branch"),
        (["apply", "v1", "--base-ref", "gone"], "there is no commit `gone`"),
        (
            ["apply", "v1", "--tree", "/nowhere"],
            "/nowhere: is not a git repository. Name a git tree",
        ),
        (["--series", "/", "apply", "v1"], "/: there is no series here"),
    ],
)
def test_wrong_data_is_2(refseries: Refseries, words: Sequence[str], what: str) -> None:
    done = refseries(*words)
    assert done.returncode == 2
    assert what in done.stderr
    assert is_paragraph(done.stderr)
    assert done.stdout == ""


def test_a_wrong_key_is_2_with_file_line_and_key(toy: Toy, refseries: Refseries) -> None:
    path = toy.project / "series" / "series.toml"
    path.write_text(path.read_text().replace("title", "titel"))
    done = refseries("apply", "v1")
    assert done.returncode == 2
    assert done.stderr.startswith(f"refseries: {path}:3: titel: ")
    assert is_paragraph(done.stderr)


def test_a_umask_keeps_nobody_from_what_is_his_own(toy: Toy) -> None:
    argv, env = command(toy, "apply", "v1")
    assert subprocess.run(argv, env=env, cwd=toy.project, umask=0o377, check=True)
    modes = {path.stat().st_mode & 0o777 for path in toy.cache.iterdir()}
    assert modes <= {0o700, 0o600}


def test_a_missing_tool_is_3_with_its_package(refseries: Refseries) -> None:
    done = refseries("apply", "v1", env={"PATH": "/nowhere"})
    assert done.returncode == 3
    assert "`git` is not installed" in done.stderr
    assert "apt-get install git" in done.stderr
    assert is_paragraph(done.stderr)


def test_a_full_disk_is_3(toy: Toy) -> None:
    done = run(toy, "base", "--json", "/dev/full")
    assert done.returncode == 3
    assert "/dev/full: cannot be written: No space left on device" in done.stderr
    argv, env = command(toy, "base")
    with Path("/dev/full").open("w") as full:
        filled = subprocess.run(
            argv, env=env, cwd=toy.project, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert filled.returncode == 3
    assert b"the disk is full" in filled.stderr
    assert b"Exception" not in filled.stderr


@pytest.mark.parametrize(
    ("words", "code"), [(("rebase", "v2", "--onto", "v6.13"), 3), (("rebase",), 2)]
)
def test_work_is_done_where_it_cannot_be_told(toy: Toy, words: tuple[str, ...], code: int) -> None:
    """A full disk below standard error ends nothing, and nothing is as expected then."""
    toy_releases.add(toy)
    argv, env = command(toy, *words)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(argv, env=env, cwd=toy.project, stderr=full, check=False)
    assert done.returncode == code
    assert (store.version(toy.series(), "v2").base is not None) == (code == 3)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("test", "v1"), "--json"),
        (("test", "v1"), "--junit"),
        (("test", "v1"), "--html"),
        (("test", "v1"), "--kcidb"),
        (("coverage", "v1"), "--lcov"),
        (("coverage", "v1"), "--html"),
        (("bench", "v1"), "--plot"),
        (("report",), "--output"),
        (("feedback", "obsolete", "v1-ann-1", "--why", "gone"), "--json"),
    ],
)
def test_what_could_not_be_written_in_the_end_is_told_before_anything_is_done(
    toy: Toy, words: tuple[str, ...], option: str
) -> None:
    before = (toy.project / "series").stat().st_mtime_ns
    for file, problem in (("no/such/file", "No such file or directory"), (".", "Is a directory")):
        done = run(toy, *words, option, file)
        assert (done.returncode, done.stdout) == (3, "")
        assert (
            done.stderr == f"refseries: {file}: cannot be written: {problem}. Name another file.\n"
        )
    assert not toy.cache.exists() or not list(toy.cache.rglob("build"))
    assert (toy.project / "series").stat().st_mtime_ns == before


def test_a_name_that_can_be_no_file_is_told_and_a_pipe_by_its_name_is_written_to(
    toy: Toy,
) -> None:
    (toy.project / "loop").symlink_to("loop")
    for file, problem in (("x" * 300, "File name too long"), ("loop", "Too many levels")):
        done = run(toy, "status", "--json", file)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"cannot be written: {problem}" in done.stderr
    assert (toy.project / "loop").is_symlink()
    done = run(toy, "feedback", "list", "--json", "/dev/stdout")
    assert (done.returncode, done.stdout[:1]) == (0, "["), done.stderr


def test_a_folder_in_which_nobody_may_write_is_told_before_anything_is_done(toy: Toy) -> None:
    (toy.directory / "theirs").mkdir()
    (toy.directory / "old").write_text("")
    with pytest.MonkeyPatch.context() as patch:  # root may write everywhere
        patch.setattr(os, "access", lambda path, _mode: path != toy.directory / "theirs")
        with pytest.raises(HostError, match="cannot be written: Permission denied"):
            documents.writable(str(toy.directory / "theirs" / "file"))
        assert documents.writable(str(toy.directory / "old")) == str(toy.directory / "old")
        patch.chdir(toy.directory / "theirs")
        assert (documents.writable("-"), documents.writable(None)) == ("-", None)
        assert documents.writable("/dev/full") == "/dev/full"


@pytest.mark.parametrize(
    "words", ["-C LOOP status", "apply v2 --tree LOOP", "apply v2", "export v2 --no-check -o LOOP"]
)
def test_a_link_that_leads_to_itself_is_told(toy: Toy, words: str) -> None:
    loop, config = toy.directory / "loop", toy.directory / "gitconfig"
    loop.symlink_to(loop)
    config.write_text("[user]\n\tname = Sam\n\temail = sam@example.org\n")
    env = {**toy.environ, "GIT_CONFIG_GLOBAL": str(config)}
    if "LOOP" not in words:
        env["REFSERIES_CACHE"] = str(loop)
    argv = [*COMMAND, *words.replace("LOOP", str(loop)).split()]
    done = proc.run(argv, env=env, cwd=toy.project, check=False)
    assert done.returncode in (2, 3)
    assert str(loop) in done.stderr
    assert "has a bug" not in done.stderr


def test_an_error_is_told_where_no_file_can_be_opened(toy: Toy) -> None:
    for most in range(8, 24):
        words = ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *COMMAND, "-C", str(toy.project)]
        done = proc.run([*words, "diff", "v1", "v2", "--quiet"], env=toy.environ, check=False)
        assert done.returncode == 0 or "refseries: " in done.stderr, most
        assert "has a bug" not in done.stderr


def test_a_cache_that_cannot_be_made_is_3(toy: Toy, refseries: Refseries) -> None:
    (toy.directory / "file").write_text("")
    done = refseries("apply", "v1", env={"REFSERIES_CACHE": str(toy.directory / "file" / "x")})
    assert done.returncode == 3
    assert "Not a directory" in done.stderr
    assert is_paragraph(done.stderr)


def test_a_bug_of_ours_is_3_and_its_traceback_goes_to_a_file(toy: Toy) -> None:
    done = run(
        toy, "base", before="import refseries.series.store as s; s.load = lambda root: 1 / 0"
    )
    assert done.returncode == 3
    first, second = done.stderr.splitlines()
    assert first.startswith("refseries: refseries itself has a bug that stopped it. Please report")
    assert second == "ZeroDivisionError: division by zero"
    (file,) = toy.directory.glob("refseries-bug-*.txt")
    assert str(file) in first
    assert "Traceback" in file.read_text()


def test_a_bug_without_a_place_for_its_traceback_is_still_told(toy: Toy) -> None:
    break_both = (
        "import refseries.series.store as s, tempfile\n"
        "s.load = lambda root: 1 / 0\n"
        "def full(**options): raise OSError(28, 'full')\n"
        "tempfile.mkstemp = full"
    )
    done = run(toy, "base", before=break_both)
    assert done.returncode == 3
    assert "Please report it.\nZeroDivisionError" in done.stderr


def test_a_bug_in_an_import_is_told_too(toy: Toy) -> None:
    done = run(toy, "base", before="import sys; sys.modules['refseries.cli.app'] = None")
    assert done.returncode == 3
    assert "refseries itself has a bug" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["--help"], ["base"], ["base", "--json", "-"]])
def test_a_reader_that_has_gone_is_1_without_a_word(toy: Toy, words: Sequence[str]) -> None:
    argv, env = command(toy, *words)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        done = subprocess.run(
            argv, env=env, cwd=toy.project, stdout=stream, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"")


def test_closed_streams_do_no_harm(toy: Toy) -> None:
    argv, env = command(toy, "base")
    for closing, status in ((">&-", 0), ("2>&-", 0), (">&- 2>&-", 0)):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {closing}', "sh", *argv], env=env, cwd=toy.project,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("feedback", "add", "x", "--version", "v1", "--reviewer", "Eve", "--comment", "-"), 0),
        (("feedback", "import", "-"), 2),
        (("import", "-"), 2),
        (("check-mail", "-"), 2),
        (("feedback", "decline", "v1-eve-1"), 2),
    ],
)
def test_closed_standard_input_is_an_empty_one(toy: Toy, words: Sequence[str], status: int) -> None:
    assert run(toy, "feedback", "add", "y", "--version", "v1", "--reviewer", "Eve").returncode == 0
    argv, env = command(toy, *words)
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *argv], env=env, cwd=toy.project,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert "bug" not in done.stderr
    assert ".refseries-scratch" not in done.stderr  # the user named standard input


def test_a_terminal_without_unicode_is_enough(toy: Toy) -> None:
    path = next((toy.project / "series" / "v1").glob("0001*"))
    path.write_text(path.read_text().replace("[PATCH 1/2] mm: introduce", "[PATCH] mm: löwe…"))
    done = run(toy, "apply", "v1", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "mm: l?we? toys" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_130_and_nothing_stays(toy: Toy, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # answers nobody
        path = toy.project / "series" / "series.toml"
        path.write_text(path.read_text().replace(":9/", f":{server.getsockname()[1]}/"))
        argv, env = command(toy, "base")
        env["REFSERIES_TREE"] = ""
        with subprocess.Popen(
            argv, env=env, cwd=toy.project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            connection, _address = server.accept()
            with connection:
                connection.recv(100)
                running.send_signal(number)
                out, err = running.communicate(timeout=SECONDS)
    assert running.returncode == 130
    assert (out, err.decode()) == (
        b"", "refseries: stopped. What was finished is kept; run it again to go on.\n",
    )  # fmt: skip
    assert [entry.suffix for entry in (toy.cache / "base").iterdir()] == [".lock"]


def test_nohup_is_respected(toy: Toy) -> None:
    before = "import os, signal, refseries.series.store as s; real = s.load\n" + (
        "s.load = lambda root: os.kill(os.getpid(), signal.SIGHUP) or real(root)"
    )
    argv, env = command(toy, "base", before=before)
    nohup = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *argv]
    done = subprocess.run(nohup, env=env, cwd=toy.project, capture_output=True, check=False)
    assert done.returncode == 0


def in_a_terminal(argv: list[str], env: dict[str, str], cwd: Path) -> str:
    """What a command writes to a terminal of its own."""
    ours, theirs = os.openpty()
    with subprocess.Popen(argv, env=env, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        text = b""
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:  # that is how the other end says it is closed
                break
            text += chunk
    os.close(ours)
    return text.decode()


def test_colour_is_for_terminals_that_want_it(toy: Toy, refseries: Refseries) -> None:
    coloured = re.compile(r"\x1b\[[\d;]*[1-9][\d;]*m")
    argv, env = command(toy, "apply", "v1")
    env.update(TERM="xterm-256color")
    assert coloured.search(in_a_terminal(argv, env, toy.project))
    env.update(NO_COLOR="1")
    shown = in_a_terminal(argv, env, toy.project)
    assert "mm: introduce toys" in shown
    assert not re.search(r"\x1b\[[\d;]*3\d[\d;]*m", shown)
    assert "\x1b" not in refseries("apply", "v1").stdout


def test_what_a_patch_says_is_not_obeyed(toy: Toy, refseries: Refseries) -> None:
    path = next((toy.project / "series" / "v1").glob("0001*"))
    text = path.read_text().replace("introduce toys", "\x1b]0;pwned\x07\u202e toys")
    path.write_text(text)
    assert "pwned" in refseries("apply", "v1").stdout
    path.write_text(text.replace("+int toy;", "+int \x1b[2Jtoy;").replace(" int line_9;", " no;"))
    failed = refseries("apply", "v1")
    assert failed.returncode == 1
    assert "[2Jtoy" in failed.stderr
    for done in (refseries("apply", "v2"), failed):
        assert not set("\x1b\x07\u202e") & set(done.stdout + done.stderr)


@pytest.mark.parametrize("words", ["--help", "--version", "apply --help", "test --help"])
def test_help_imports_none_of_the_slow_libraries(toy: Toy, words: str) -> None:
    say = (
        "import atexit, sys\n"
        "slow = ('b4', 'git', 'unidiff', 'liblore', 'junitparser', 'urllib.request', 'tarfile')\n"
        "atexit.register(lambda: print([n for n in slow if n in sys.modules], file=sys.stderr))"
    )
    done = run(toy, *words.split(), before=say)
    assert (done.returncode, done.stderr) == (0, "[]\n")
