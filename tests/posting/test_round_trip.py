# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports read by the real b4 and git: each way gives the tree that ``refseries apply`` gives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from receiver import Receiver
from toy import COMMAND, Toy

from refseries.cli.context import load
from refseries.cli.options import SeriesOptions
from refseries.host import proc
from refseries.kernel import base
from refseries.model import Target
from refseries.series import apply

Refseries = Callable[..., proc.Completed]


def export(refseries: Refseries, path: Path, version: str, *options: str) -> Path:
    done = refseries("export", version, "-o", str(path), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def applied(toy: Toy, version: str) -> str:
    return apply.apply(toy.series(), toy.base(), Target(version), toy.cache).tree


def b4_am(receiver: Receiver, mailbox: Path, *options: str) -> tuple[str, Path]:
    """What b4 printed, and the mailbox that it made for git am."""
    out = receiver.directory / "am"
    printed = receiver.b4("am", *options, "-m", str(mailbox), "-o", str(out))
    made = sorted(out.glob("*.mbx"))
    assert len(made) == 1, printed
    return printed, made[0]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_way_in_gives_the_tree_of_apply(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path, version: str
) -> None:
    mailbox = export(refseries, tmp_path / "out.mbx", version)
    wanted = applied(toy, version)

    printed, made = b4_am(receiver, mailbox)
    assert "Total patches: 2" in printed
    assert "applies clean to current tree" in printed
    assert receiver.am_tree(str(made)) == wanted

    receiver.start_again()
    printed = receiver.b4("shazam", "-m", str(mailbox))
    assert receiver.head_tree() == wanted, printed

    # git am takes a cover letter for a patch that is broken; there is a way without.
    plain = export(refseries, tmp_path / "plain.mbx", version, "--no-cover-letter")
    assert receiver.am_tree("--patch-format=mboxrd", str(plain)) == wanted
    assert receiver.messages() == [
        message + "\nSigned-off-by: Sam Sender <sam@example.org>\n"
        for _author, message, _files in (toys.V1 if version == "v1" else toys.V2)
    ]
    authors = receiver.git("log", "--reverse", "--format=%an <%ae>", f"{toy.base_commit}..")
    assert authors.stdout.splitlines() == [change[0] for change in toys.V1]


LINES = toys.KERNEL["mm/memory.c"]
OLD = "include/linux/old.h"
QUOTED = """\
mm: quote a diff

As in

    diff --git a/x b/x
    --- a/x
    +++ b/x
    @@ -1 +1 @@
    -a
    +b

> --- quoted

Index of it.
"""
HEADERS = "mm: headers\n\nIn a text\n\nSubject: no\nFrom: E <eve@example.org>\nDate: no\n\nText.\n"
SEPARATORS = "a\x0cb\n\x0c\n\x0bc \x1c\x1d\x1e \x85 \u2028\n".encode()
DASHES = b"- \n-- \n--- a\n+++ b\n@@ -1 +1 @@\ndiff --git a b\n"
ADA = toys.ADA
AWKWARD: dict[str, tuple[toys.Change, ...]] = {
    "a rename": (
        (ADA, "mm: move it\n", {OLD: None, "include/linux/new.h": toys.KERNEL[OLD]}),
        (ADA, "mm: and change it\n", {"include/linux/new.h": b"#define NEW 1\n"}),
    ),
    "binary files": (
        (ADA, "lib: new logo\n", {"lib/logo.bin": bytes(range(255, -1, -1)) * 9}),
        (ADA, "lib: another\n", {"lib/other.bin": b"\0\r\n\x0cFrom x\n" * 99}),
        (ADA, "lib: none\n", {"lib/logo.bin": None}),
    ),
    "no newline at the end": (
        (ADA, "mm: end\n", {"mm/memory.c": LINES.rstrip(b"\n"), "mm/e.c": b"int e;"}),
        (ADA, "mm: end again\n", {"mm/memory.c": LINES, "mm/empty.c": b""}),
    ),
    "form feeds and other separators": (
        (ADA, "mm: feed\n", {"mm/f.c": SEPARATORS}),
        (ADA, "mm: tabs\n", {"mm/f.c": b"\t \n  \n\x0cend\n"}),
    ),
    "names that are not ASCII": (
        ("Ōtomo 大友 <otomo@example.org>", "mm: naïve 名前\n\nGrüße, 世界.\n", {"mm/ü.c": b"u\n"}),
        ('"Bär, Zoë (x)" <zoe@example.org>', "mm: b\n", {"mm/a b.c": "int ÿ; /* 名 */\n".encode()}),
        ("=?utf-8?q?Eve?= <eve@example.org>", "mm: e\n", {"mm/e.c": b"int e;\n"}),
    ),
    "a message that looks like other things": (
        (ADA, QUOTED, {"mm/q.c": b"int q;\n"}),
        (ADA, HEADERS, {"mm/h.c": b"int h;\n"}),
        (ADA, "mm: sign\n\n-- \nis none\n\nhere -- either\n", {"mm/s.c": b"-- \n-- \n"}),
    ),
    "lines that start with dashes": (
        (ADA, "mm: dashes\n", {"mm/d.c": DASHES}),
        (ADA, "mm: others\n", {"mm/d.c": b"-- \nindex 0..1\nFrom here\n>From there\n"}),
        (ADA, "mm: none\n", {"mm/d.c": None}),
    ),
    "a long line": ((ADA, "mm: long\n", {"mm/l.c": b"x = " * 999 + "é".encode() + b"\n"}),),
    "a patch of 1 MB": (
        (ADA, "mm: large\n", {"mm/large.c": b"".join(b"int l%d;\n" % n for n in range(75000))}),
    ),
    "40 patches": tuple(
        (ADA, f"mm: patch {n}\n", {"mm/memory.c": toys.lines((1 + n, b"int n%d;" % n))})
        for n in range(40)
    ),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_an_awkward_series_comes_out_as_it_went_in(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path, name: str
) -> None:
    toy.version_of(*AWKWARD[name])
    wanted = applied(toy, "v9")
    plain = export(refseries, tmp_path / "plain.mbx", "v9", "--no-cover-letter")
    assert receiver.am_tree("--patch-format=mboxrd", str(plain)) == wanted
    assert len(receiver.messages()) == len(AWKWARD[name])
    messages = receiver.messages()
    authors = receiver.git("log", "--reverse", "--format=%an <%ae>", f"{toy.base_commit}..")
    tip = apply.apply(toy.series(), toy.base(), Target("v9"), toy.cache).commit
    theirs = toy.git("log", "--reverse", "--format=%an <%ae>", f"{toy.base_commit}..{tip}")
    assert authors.stdout.splitlines() == theirs.splitlines()
    signed = "Signed-off-by: Sam Sender <sam@example.org>\n"
    for message, (_author, text, _files) in zip(messages, AWKWARD[name], strict=True):
        assert message == f"{text.replace('-- ' + chr(10), '--' + chr(10))}\n{signed}"

    mailbox = export(refseries, tmp_path / "out.mbx", "v9", "--cover-letter")
    printed, made = b4_am(receiver, mailbox)
    assert f"Total patches: {len(AWKWARD[name])}" in printed
    assert receiver.am_tree("--keep-cr", str(made)) == wanted, printed
    assert receiver.messages() == messages


def test_modes_survive(toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path) -> None:
    toy.at_base()
    (toy.tree / "scripts/check.sh").chmod(0o644)
    (toy.tree / "mm/Makefile").chmod(0o755)
    (toy.tree / "mm/Makefile").write_text("obj-y += more.o\n")
    toy.commit_all("modes\n")
    toy.version_of_head()
    mailbox = export(refseries, tmp_path / "out.mbx", "v9")
    _, made = b4_am(receiver, mailbox)
    assert receiver.am_tree(str(made)) == applied(toy, "v9")
    shown = receiver.git("ls-tree", "-r", "HEAD", "scripts/check.sh", "mm/Makefile").stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["100755", "100644"]


def test_a_patch_with_dos_line_ends_gives_what_apply_gives(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path
) -> None:
    (path,) = toy.version_of(
        (toys.ADA, "mm: dos\n\nText.\n", {"mm/dos.c": b"int a;\r\nint b;\r\n"})
    )
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    mailbox = export(refseries, tmp_path / "out.mbx", "v9")
    _, made = b4_am(receiver, mailbox)
    assert receiver.am_tree(str(made)) == applied(toy, "v9")
    assert receiver.am_tree("--patch-format=mboxrd", str(mailbox)) == applied(toy, "v9")
    assert (receiver.tree / "mm/dos.c").read_bytes() == b"int a;\nint b;\n"


def test_a_line_that_starts_with_from_is_kept_by_git_and_seen_by_the_linter(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path
) -> None:
    toy.version_of((toys.ADA, "mm: x\n\nFrom here\n>From there\n", {"mm/x.c": b"int x;\n"}))
    mailbox = tmp_path / "out.mbx"
    done = refseries("export", "v9", "-o", str(mailbox))
    assert (done.returncode, "[from-line]" in done.stderr) == (0, True)
    assert receiver.am_tree("--patch-format=mboxrd", str(mailbox)) == applied(toy, "v9")
    assert receiver.messages()[0].startswith("mm: x\n\nFrom here\n>From there\n")
    _, made = b4_am(receiver, mailbox)
    assert receiver.am_tree(str(made)) == applied(toy, "v9")


def test_a_line_of_three_dashes_ends_the_message_for_everybody(
    toy: Toy, refseries: Refseries, receiver: Receiver, tmp_path: Path
) -> None:
    text = "mm: x\n\nAbove.\n---\nBelow.\n"
    toy.version_of((toys.ADA, text, {"mm/x.c": b"int x;\n"}))
    mailbox = export(refseries, tmp_path / "out.mbx", "v9")
    assert "\n---\nBelow.\n" in mailbox.read_text().split("Above.")[1]
    _, made = b4_am(receiver, mailbox)
    for box in ([str(made)], ["--patch-format=mboxrd", str(mailbox)]):
        assert receiver.am_tree(*box) == applied(toy, "v9")
        assert "Below." not in receiver.messages()[0]
        assert "Above." in receiver.messages()[0]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Receiver:
    """A clone of the real base, without most of its files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        context = load(SeriesOptions(directory=Path(__file__).parents[2]))
        info = base.find(context.series.base, context.settings, context.series.identity)
    directory = tmp_path_factory.mktemp("kernel")
    return Receiver(directory, info.repo, info.commit, sparse=True)


@pytest.mark.main_job
@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4"])
def test_a_bundled_version_on_the_real_kernel(
    kernel: Receiver, tmp_path: Path, version: str
) -> None:
    root = Path(__file__).parents[2]
    mailbox = tmp_path / f"{version}.mbx"
    words = ["export", version, "-o", str(mailbox), "--allow-open", "--date", "now", "--json", "-"]
    done = proc.run([*COMMAND, *words, "--quiet"], cwd=root, check=False)
    data = json.loads(done.stdout)
    assert (done.returncode, data["output"]) == (0, str(mailbox)), data["findings"]
    context = load(SeriesOptions(directory=root))
    info = base.find(context.series.base, context.settings, context.series.identity)
    wanted = apply.apply(context.series, info, Target(version), context.settings.cache).tree

    out = kernel.directory / version
    kernel.start_again()
    printed = kernel.b4("am", "-g", "-m", str(mailbox), "-o", str(out))
    assert "(exact match)" in printed or "applies clean to current tree" in printed
    (made,) = out.glob("*.mbx")
    assert kernel.am_tree(str(made)) == wanted
    kernel.start_again()
    kernel.b4("shazam", "-m", str(mailbox))
    assert kernel.head_tree() == wanted
    kernel.start_again()


@pytest.mark.main_job
def test_b4_compares_two_bundled_versions(kernel: Receiver, tmp_path: Path) -> None:
    for version in ("v3", "v4"):
        words = ["export", version, "-o", str(tmp_path / version), "--no-check", "--quiet"]
        proc.run([*COMMAND, *words], cwd=Path(__file__).parents[2])
    printed = kernel.b4("diff", "-m", str(tmp_path / "v3"), str(tmp_path / "v4"))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    assert "Diffing v3 and v4" in plain
    assert re.search(r"^-:  -+ > \d:  [0-9a-f]+ arch: wire up refpage_create$", plain, re.M), plain
