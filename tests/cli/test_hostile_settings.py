# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user set in git changes no byte of a patch, an id or a mail."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import hostile_gitconfig
import posted_series
import pytest
import toy as toys
from task_commits import review

from refseries import git
from refseries.host import proc

USER = "[user]\n\tname = Sam Sender\n\temail = sam@example.org\n"
HERE = toys.lines((30, b"int here;"), (31, b"\tint  a; "))
FIRST: tuple[tuple[str, ...], ...] = (
    ("apply", "v2"),
    ("apply", "v2", "--by-task"),
    ("export", "v2", "-o", "v2.mbx", "--allow-open", "--range-diff", "v1"),
    ("export", "v2", "-o", "v2", "--format", "maildir", "--no-cover-letter", "--allow-open"),
    ("check-mail", "v2.mbx"),
    ("diff", "v1", "v2", "--mail"),
    ("diff", "v1", "v2", "--json", "-"),
    ("report", "-o", "page.html"),
    ("prep", "v2"),
    ("feedback", "start", "v2-rita-1"),
)
THEN: tuple[tuple[str, ...], ...] = (
    ("feedback", "status"),
    ("reroll", "v3"),
    ("import", f"v{toys.RELEASE}..mine", "--as", "v4"),
    ("import", "posted.mbox", "--as", "v5"),
    ("import", "b4/toy", "--as", "v6"),
    ("rebase", "v4", "--onto", "next"),
    ("status",),
)


WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "t"), ("EMAIL", "t@t"), ("DATE", "@1790000000 +0000"))
}


def world(here: Path, template: toys.Toy) -> toys.Toy:
    """The toy with a review, a branch of the user's and a mailbox, at the same place each time."""
    shutil.rmtree(here, ignore_errors=True)
    toy = toys.copy(template, here)
    review(toy, "v2", "make it smaller")
    changes: tuple[toys.Change, ...] = (
        (toys.ADA, "mm: here\n\nIt was nowhere.\n", {"mm/memory.c": HERE}),
        (toys.ADA, "lib: ünlogo\n", {"lib/logo.bin": bytes(range(255, -1, -1)) * 4}),
        (toys.ADA, "mm: move\n", {"mm/memory.c": None, "mm/mem.c": HERE}),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", "2026-11-02T10:00:00+0000")
        posted_series.mboxrd(
            toy.project / "posted.mbox", posted_series.patches(toy, *changes, number=5)
        )
        toy.at_base()
        for change in changes:
            toy.commit(change)
        toy.git("branch", "mine")
        toy.at_base()
        toy.commit((toys.ADA, "lib: next\n", {"lib/next.c": b"int next;\n"}))
    toy.git("branch", "next")
    toy.git("checkout", "--quiet", "--force", "master")
    return toy


def session(toy: toys.Toy, config: Path) -> dict[str, bytes]:
    """Everything that the commands say and write, by its place."""
    env = {**toy.environ, "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}
    seen: dict[str, bytes] = {}

    def run(*words: str) -> None:
        done = proc.run(
            [*toys.COMMAND, *words], cwd=toy.project, env=env, check=False, deadline=120
        )
        told = b"%d\n" % done.returncode + done.out + done.err
        seen[" ".join(words)] = told
        assert done.returncode == 0 or words[0] == "check-mail", told.decode()

    for words in FIRST:
        run(*words)
    work = toy.project / ".refseries/work/v2"
    seen |= {f"checkout {name}": (work / name).read_bytes() for name in ("Makefile", "mm/memory.c")}
    (work / "mm/toy.c").write_text("char toy_create;\n")
    git.git(work, "add", "--all")
    message = "mm: smaller\n\nAddresses: v2-rita-1\n"
    git.git(work, "commit", "-q", "-m", message, env=WHO)
    for words in THEN:
        run(*words)
    kept = (path for path in toy.project.rglob("*") if path.is_file() and path.name != ".git")
    seen |= {str(path.relative_to(toy.project)): path.read_bytes() for path in kept}
    for name, ref in (("prep", "b4/toy"), ("apply", "refseries/toy/v2")):
        shown = git.git(toy.tree, "log", "--format=%an%ae%cn%ce%n%B%T", ref)
        seen[f"log of {name}"] = shown.out
    return {name: timeless(name, text) for name, text in seen.items()}


def timeless(name: str, text: bytes) -> bytes:
    """``text`` without what says when it was made: prep and reroll are of now."""
    text = re.sub(rb"(?m)^date = .*$", b"date", text)
    ids = rb"\b[0-9a-f]{7,40}\b"
    return re.sub(ids, b"ID", text) if name.startswith(("prep ", "import b4/", "reroll ")) else text


@pytest.fixture(scope="module")
def plain(
    toy_template: toys.Toy, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, bytes]]:
    here = tmp_path_factory.mktemp("hostile") / "toy"
    config = here.with_name("plain")
    config.write_text(USER)
    return here, session(world(here, toy_template), config)


@pytest.mark.parametrize("where", ["global", "local", "attributes"])
def test_a_hostile_configuration_changes_no_byte(
    plain: tuple[Path, dict[str, bytes]], toy_template: toys.Toy, where: str, tmp_path: Path
) -> None:
    here, wanted = plain
    toy = world(here, toy_template)
    config, odd = tmp_path / "config", tmp_path / "odd"
    text = hostile_gitconfig.make(odd)
    config.write_text(USER + (text if where == "global" else ""))
    if where != "global":
        with (toy.tree / ".git/config").open("a") as stream:
            stream.write(text)
    if where == "attributes":
        (toy.tree / ".git/info").mkdir(exist_ok=True)
        (toy.tree / ".git/info/attributes").write_text(hostile_gitconfig.ATTRIBUTES)
    got = session(toy, config)
    assert got.keys() == wanted.keys()
    assert {name: (text, wanted[name]) for name, text in got.items() if text != wanted[name]} == {}
    assert not (odd / "ran").exists()
