# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that depends on another series: what the real b4 makes of its mails and its branch."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import depending_series
import pytest
from exported_mails import mails_of
from toy import Toy

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


def test_a_branch_for_b4_knows_what_it_stands_on(stacked: Toy, refseries: Refseries) -> None:
    done = refseries("prep", "v3", "--branch", "b4/toys")
    assert done.returncode == 0, done.stderr
    stacked.git("checkout", "--quiet", "b4/toys")
    out = stacked.directory / "out"
    said = _b4(stacked, "send", "--no-sign", "-o", str(out))
    assert out.is_dir(), said
    covers = [path for path in out.iterdir() if " 0/2]" in path.read_text()]
    (cover,) = (mail.body for path in covers for mail in mails_of(path))
    assert f"\nbase-commit: {stacked.base_commit}\n" in cover
    for each in depending_series.patch_ids(stacked):
        assert cover.count(f"\nprerequisite-patch-id: {each}\n") == 1
    # And it comes back as it was.
    done = refseries("import", "b4/toys", "--as", "v4")
    assert done.returncode == 0, done.stderr
    text = (stacked.project / "series/v4/version.toml").read_text()
    assert f'depends = ["{NAME}"]' in text
    assert "[base]" not in text
    assert refseries("apply", "v4").returncode == 0
    tree = stacked.git("rev-parse", "refseries/toy/v4^{tree}")
    assert tree == stacked.git("rev-parse", "topic^{tree}")
