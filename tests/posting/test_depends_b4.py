# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that depends on another series: what the real b4 makes of its mails and its branch."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import depending_series
import lore_archive
import pytest
from exported_mails import mails_of
from toy import RELEASE, Toy

from refseries.host import proc

Refseries = Callable[..., proc.Completed]
pytestmark = pytest.mark.usefixtures("sender")
NAME = "count-v2"


@pytest.fixture
def stacked(toy: Toy, refseries: Refseries) -> Toy:
    """The toy with a v3 that stands on another series."""
    for key, value in (
        ("user.name", "Sen Der"),
        ("user.email", "sen@example.org"),
        ("sendemail.smtpServer", "127.0.0.1"),
    ):
        toy.git("config", key, value)
    depending_series.branches(toy)
    assert refseries("depend", str(depending_series.mails(toy))).returncode == 0
    depending_series.version(toy, "v3", NAME)
    return toy


def _b4(toy: Toy, *words: str) -> str:
    done = proc.run(
        [sys.executable, "-m", "b4.command", "-n", "--offline-mode", *words], cwd=toy.tree,
        env={"HOME": str(toy.directory)}, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_b4_reads_base_and_prerequisites(stacked: Toy, refseries: Refseries) -> None:
    done = refseries("export", "v3", "-o", "out.mbox", "--no-maintainers", "--json", "-")
    assert done.returncode == 0, done.stdout + done.stderr
    rules = {finding["rule"] for finding in json.loads(done.stdout)["findings"]}
    assert not rules & {"prerequisite", "base-unknown", "base-private"}
    mails = str(stacked.project / "out.mbox")
    script = (
        "import sys, b4\nfrom argparse import Namespace\nb4.can_network = False\n"
        "b4.setup_config(Namespace(config={}))\nbox = b4.LoreMailbox()\n"
        "for mail in b4.get_msgs_from_mailbox_or_maildir(sys.argv[1]): box.add_message(mail)\n"
        "found = box.get_series(3)\nprint(found.base_commit, *found.prereq_patch_ids)\n"
    )
    read = proc.run([sys.executable, "-c", script, mails], cwd=stacked.tree)
    assert read.stdout.split() == [stacked.base_commit, *depending_series.patch_ids(stacked)]
    # What b4 hands to git am applies where the other series is, and gives the same tree.
    _b4(stacked, "am", "-m", mails, "-o", str(stacked.directory / "am"))
    (mailbox,) = (stacked.directory / "am").glob("*.mbx")
    stacked.git("checkout", "--quiet", "--detach", "count")
    stacked.git("am", "--quiet", "--patch-format=mboxrd", str(mailbox))
    tree = stacked.git("rev-parse", "HEAD^{tree}")
    assert tree == stacked.git("rev-parse", "topic^{tree}")


def _sent(toy: Toy, refseries: Refseries, mask: str = "") -> tuple[str, str]:
    """The cover letter that b4 makes of the branch of v3, and what b4 says of its dependencies."""
    done = refseries("prep", "v3", "--branch", "b4/toys")
    assert done.returncode == 0, done.stderr
    toy.git("checkout", "--quiet", "b4/toys")
    env = lore_archive.settings(toy.directory, mask) if mask else {"HOME": str(toy.directory)}
    argv = [sys.executable, "-m", "b4.command", "-n", *([] if mask else ["--offline-mode"])]
    checked = proc.run([*argv, "prep", "--check-deps"], cwd=toy.tree, env=env, check=False)
    out = toy.directory / "out"
    sent = [*argv, "send", "--no-sign", "-o", str(out)]
    done = proc.run(sent, cwd=toy.tree, env=env, check=False)
    assert out.is_dir(), done.stdout + done.stderr
    covers = [path for path in out.iterdir() if " 0/2]" in path.read_text()]
    (cover,) = (mail.body for path in covers for mail in mails_of(path))
    assert f"\nbase-commit: {toy.base_commit}\n" in cover
    for each in depending_series.patch_ids(toy):
        assert cover.count(f"\nprerequisite-patch-id: {each}\n") == 1
    return cover, checked.stdout + checked.stderr


def _comes_back(toy: Toy, refseries: Refseries) -> None:
    before = (toy.project / "series/v3/cover.md").read_text()
    done = refseries("import", "b4/toys", "--as", "v4")
    assert done.returncode == 0, done.stderr
    text = (toy.project / "series/v4/version.toml").read_text()
    assert f'depends = ["{NAME}"]' in text
    assert "[base]" not in text
    moved = f"Changes in v3:\n\n- Rebased onto Linux {RELEASE} with {NAME}."
    brought = (toy.project / "series/v4/cover.md").read_text()
    assert brought.strip() == f"{before.strip()}\n\n{moved}"
    assert refseries("apply", "v4").returncode == 0
    tree = toy.git("rev-parse", "refseries/toy/v4^{tree}")
    assert tree == toy.git("rev-parse", "topic^{tree}")


def test_a_branch_for_b4_knows_what_it_stands_on(stacked: Toy, refseries: Refseries) -> None:
    """By the names under which it was posted, which b4 looks up in a real archive's place."""
    posted = {"v2-0@example.org": (stacked.directory / "count.mbox").read_bytes()}
    with lore_archive.serving(posted) as mask:
        cover, said = _sent(stacked, refseries, mask)
    assert f"\nprerequisite-change-id: {depending_series.CHANGE_ID}:v2\n" in cover
    assert cover.count('\nDepends on "mm: count pages" v2 (2 patches), https://lore') == 1
    for what in (
        f"change-id: {depending_series.CHANGE_ID}:v2",
        f"base-commit: {stacked.base_commit}",
    ):
        assert f"\x1b[32m●\x1b[0m {what}\n" in said, said
    _comes_back(stacked, refseries)


@pytest.mark.parametrize("known", ["message id", "patches"])
def test_what_was_posted_without_a_change_id_or_not_at_all(
    stacked: Toy, refseries: Refseries, known: str
) -> None:
    path = stacked.project / "series/depends" / NAME / "dependency.toml"
    gone = ("change_id",) if known == "message id" else ("change_id", "message_id")
    kept = [line for line in path.read_text().splitlines() if not line.startswith(gone)]
    path.write_text("\n".join(kept) + "\n")
    if known == "patches":
        cover, _ = _sent(stacked, refseries)
        assert cover.count("prerequisite-") == len(depending_series.patch_ids(stacked))
    else:
        posted = {"v2-0@example.org": (stacked.directory / "count.mbox").read_bytes()}
        with lore_archive.serving(posted) as mask:
            cover, _ = _sent(stacked, refseries, mask)
        assert "\nprerequisite-message-id: <v2-0@example.org>\n" in cover
    _comes_back(stacked, refseries)
