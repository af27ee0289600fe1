# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import gzip
import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import posted_series
import pytest
import toy as toys

from refseries.host import proc

Run = Callable[..., proc.Completed]

CHANGES: tuple[toys.Change, ...] = (
    (toys.ADA, "mm: introduce toys\n", {"mm/toy.c": b"int toy_create;\n"}),
    (toys.ADA, "mm: more toys\n", {"mm/more.c": b"int more;\n"}),
)


@pytest.fixture
def thread(toy: toys.Toy) -> Path:
    mails = posted_series.patches(toy, *CHANGES, number=3, cover=posted_series.COVER)
    mails.append(posted_series.reply("v3-0@example.org", "Acked-by: Rev Iewer <rev@example.org>"))
    return posted_series.mboxrd(toy.directory / "thread.mbox", mails)


def test_the_screen(refseries: Run, thread: Path, toy: toys.Toy) -> None:
    done = refseries("import", str(thread))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0] == "v3  mm: introduce toys"
    assert "  + Acked-by: Rev Iewer <rev@example.org>" in lines
    assert f"  2 patches in {toy.project}/series/v3" in lines
    assert lines[-2:] == ["Next: refseries test v3", ""]  # the cover letter came with it
    assert refseries("apply", "v3").returncode == 0
    again = refseries("import", str(thread))
    assert again.returncode == 2
    assert "the series has a v3 already; nothing was written" in again.stderr


def test_a_thread_of_versions_that_are_all_there(refseries: Run, toy: toys.Toy) -> None:
    mails = [
        mail
        for number in (3, 4)
        for mail in posted_series.patches(toy, *CHANGES, number=number, cover=posted_series.COVER)
    ]
    thread = posted_series.mboxrd(toy.directory / "thread.mbox", mails)
    assert refseries("import", str(thread)).returncode == 0
    again = refseries("import", str(thread))
    assert again.returncode == 2
    told = " ".join(again.stderr.split())
    assert "the series has v3, v4 already, as they were posted; nothing was written." in told
    assert "--as" not in told  # there is no v5 in it


def test_json_and_another_name(refseries: Run, thread: Path) -> None:
    done = refseries("import", str(thread), "--as", "v7", "--json", "-")
    (version,) = json.loads(done.stdout)["versions"]
    assert (version["version"], version["message_id"]) == ("v7", "v3-0@example.org")
    assert version["base"]["fit"] == "other"
    assert version["tags"] == ["Acked-by: Rev Iewer <rev@example.org>"]
    assert len(version["commits"]) == 2


@pytest.mark.parametrize("name", ["v0", "7", "v-1", "../v9", ""])
def test_wrong_names(refseries: Run, thread: Path, toy: toys.Toy, name: str) -> None:
    done = refseries("import", str(thread), "--as", name)
    assert done.returncode == 2, done.stderr
    assert sorted(p.name for p in (toy.project / "series").iterdir()) == ["series.toml", "v1", "v2"]


def test_standard_input(refseries: Run, thread: Path, toy: toys.Toy) -> None:
    script = 'exec "$@" < "$0"'
    words = ["sh", "-c", script, str(thread)]
    python = shutil.which("python3") or "python3"
    code = "import sys; from refseries.cli import main; sys.argv[0] = 'refseries'; main()"
    done = proc.run(
        [*words, python, "-c", code, "import", "-"], cwd=toy.project, check=False, env=toy.environ
    )
    assert done.returncode == 0, done.stderr
    assert (toy.project / "series/v3/version.toml").is_file()


def test_no_series_here(refseries: Run, thread: Path, tmp_path: Path) -> None:
    done = refseries("-C", str(tmp_path), "import", str(thread))
    assert done.returncode == 2
    assert "there is no series here" in done.stderr


@pytest.mark.parametrize("source", ["nothing", "/nowhere/x.mbox", "http://[", "--as=v3", "a@@b"])
def test_what_is_no_source(refseries: Run, source: str) -> None:
    done = refseries("import", "--", source)
    assert done.returncode == 2, done.stderr
    assert "neither a file, nor a branch" in done.stderr


@pytest.fixture
def archive(toy: toys.Toy, thread: Path) -> Iterator[str]:
    """A small archive that serves the thread as lore does; gives b4's midmask for it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/all/v3-0%40example.org/t.mbox.gz" or "v3-0" in self.path
            self.send_response(200 if found else 404)
            self.end_headers()
            if found:
                self.wfile.write(gzip.compress(thread.read_bytes()))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/all/%s"
        server.shutdown()


@pytest.mark.parametrize(
    "name",
    ["<v3-0@example.org>", "v3-0@example.org", "https://lore.kernel.org/all/v3-0@example.org/"],
)
def test_a_thread_that_b4_fetches(refseries: Run, toy: toys.Toy, archive: str, name: str) -> None:
    config = toy.directory / "gitconfig"
    config.write_text(f"[b4]\n\tmidmask = {archive}\n\tlinkmask = {archive}\n")
    env = {"GIT_CONFIG_GLOBAL": str(config), "HOME": str(toy.directory)}
    done = refseries("import", name, env=env)
    assert done.returncode == 0, done.stderr
    assert (toy.project / "series/v3/version.toml").is_file()


def test_a_thread_that_b4_does_not_find(refseries: Run, toy: toys.Toy, archive: str) -> None:
    config = toy.directory / "gitconfig"
    config.write_text(f"[b4]\n\tmidmask = {archive}\n\tlinkmask = {archive}\n")
    env = {"GIT_CONFIG_GLOBAL": str(config), "HOME": str(toy.directory)}
    done = refseries("import", "<other@example.org>", env=env)
    assert done.returncode == 3
    assert "b4 could not fetch the thread" in done.stderr
