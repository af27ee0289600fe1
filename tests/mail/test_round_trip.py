# SPDX-License-Identifier: GPL-2.0-or-later
"""Exports read by the real b4 and git: each way gives the tree that ``refseries apply`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import toy as toys
from receiver import Receiver
from toy import Toy

from refseries import apply, proc
from refseries.model import Target

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
