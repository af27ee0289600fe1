# SPDX-License-Identifier: GPL-2.0-or-later
"""Files with DOS line ends: what import, check-mail, b4 and git say of a patch to one."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from pathlib import Path

import posted_series
import pytest
import toy as toys
from receiver import Receiver
from toy_import import bring_in, git_am, mailbox

from refseries import git
from refseries.errors import StageError
from refseries.host.progress import silent
from refseries.importing import branch, write
from refseries.model import Target
from refseries.posting import examine_file
from refseries.series import apply, store

DOS = b"".join(b"int dos_%d;\r\n" % number for number in range(1, 31))
CHANGE: toys.Change = (
    toys.ADA,
    "lib: dos\n\nWhy.\n\nSigned-off-by: Ada Löwe <ada@example.org>\n",
    {"lib/d os[1].c": DOS.replace(b"dos_10;", b"dos_ten;")},
)
NAME = "lib/d os[1].c"


@pytest.fixture
def dos(toy: toys.Toy) -> toys.Toy:
    """The toy, whose base has a file with DOS line ends."""
    toy.at_base()
    toy.commit((toys.ADA, "lib: old\n", {NAME: DOS}))
    toy.git("tag", "--force", f"v{toys.RELEASE}")
    toy.git("checkout", "--quiet", "--force", "master")
    toy.git(
        "rebase",
        "--quiet",
        f"v{toys.RELEASE}",
        env={"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"},
    )
    return toy


@pytest.fixture
def receiver(dos: toys.Toy, tmp_path: Path) -> Receiver:
    return Receiver(tmp_path / "receiver", dos.tree, dos.base_commit)


def packed(raw: bytes, coding: str, ends: Callable[[bytes], bytes]) -> bytes:
    """A mail in an encoding that keeps carriage returns on the way, with these line ends."""
    head, _, body = raw.partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if not line.startswith((b"MIME", b"Content-"))]
    kept += [b"MIME-Version: 1.0", b"Content-Type: text/plain; charset=UTF-8"]
    kept += [f"Content-Transfer-Encoding: {coding}".encode(), b"", b""]
    if coding == "base64":
        return b"\n".join(kept) + base64.encodebytes(ends(body))
    lines = [quopri.encodestring(line, quotetabs=False) for line in ends(body).split(b"\n")]
    return b"\n".join(kept) + b"\n".join(line.replace(b"\r", b"=0D") for line in lines)


def as_it_is(body: bytes) -> bytes:
    return body


def all_dos(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def doubled(body: bytes) -> bytes:
    return body.replace(b"\n", b"\r\n")


def lost(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n")


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "8bit": lambda raw: raw,
    "base64, as it is": lambda raw: packed(raw, "base64", as_it_is),
    "base64, all lines DOS": lambda raw: packed(raw, "base64", all_dos),
    "base64, canonical": lambda raw: packed(raw, "base64", doubled),
    "base64, none left": lambda raw: packed(raw, "base64", lost),
    "quoted-printable": lambda raw: packed(raw, "quoted-printable", as_it_is),
}


def rules(toy: toys.Toy, path: Path) -> dict[str, str]:
    report = examine_file.mailbox(path, toy.base(), toy.cache, silent)
    return {finding.rule: finding.what for finding in report.findings}


@pytest.mark.parametrize("form", [name for name in FORMS if name != "base64, canonical"])
def test_a_patch_that_lost_its_line_ends_is_told_as_that(dos: toys.Toy, form: str) -> None:
    (raw,) = posted_series.patches(dos, CHANGE, number=3)
    path = mailbox(dos, [FORMS[form](raw)])
    with pytest.raises(StageError) as caught:
        bring_in(dos, path)
    error = caught.value
    assert error.what.startswith(f"{NAME} has DOS line ends")
    assert "binary patch" in error.hint
    assert error.where.startswith(f"{path}: mail 1")
    assert NAME in rules(dos, path)["carriage-returns"]


@pytest.mark.parametrize("form", FORMS)
def test_b4_takes_none_of_them(dos: toys.Toy, receiver: Receiver, form: str) -> None:
    (raw,) = posted_series.patches(dos, CHANGE, number=3)
    path = mailbox(dos, [FORMS[form](raw)])
    receiver.b4("am", "--no-cover", "-m", str(path), "-o", str(receiver.directory / "am"))
    (made,) = (receiver.directory / "am").glob("*.mbx")
    with pytest.raises(StageError):
        receiver.git("am", "--quiet", str(made))


def test_line_ends_that_arrive_are_taken(dos: toys.Toy) -> None:
    (raw,) = posted_series.patches(dos, CHANGE, number=3)
    path = mailbox(dos, [FORMS["base64, canonical"](raw)])
    (found,) = bring_in(dos, path).brought
    made = git.git(dos.tree, "cat-file", "blob", f"{found.commits[-1].commit}:{NAME}").out
    assert made == CHANGE[2][NAME]
    assert NAME in rules(dos, path)["carriage-returns"]


def test_a_mail_of_another_file_beside_it_is_no_matter(dos: toys.Toy) -> None:
    change: toys.Change = (toys.ADA, "mm: a\n", {"mm/memory.c": toys.lines((9, b"int a;"))})
    path = mailbox(dos, posted_series.patches(dos, change, number=3))
    assert "carriage-returns" not in rules(dos, path)
    assert bring_in(dos, path).brought


def test_another_base_is_the_cause_where_line_ends_alone_do_not_mend_it(dos: toys.Toy) -> None:
    (raw,) = posted_series.patches(dos, CHANGE, number=3)
    path = mailbox(dos, [raw.replace(b"int dos_9;", b"int dos_nine;")])
    with pytest.raises(StageError, match="its context is not in the tree") as caught:
        bring_in(dos, path)
    assert "--base-ref" in caught.value.hint


def test_a_branch_keeps_them_in_a_binary_patch(dos: toys.Toy, receiver: Receiver) -> None:
    dos.at_base()
    changes: tuple[toys.Change, ...] = (
        CHANGE,
        (toys.ADA, "lib: new\n", {"lib/new.c": b"int a;\r\nint b;\n", "lib/plain.c": b"int c;\n"}),
    )
    for change in changes:
        dos.commit(change)
    dos.git("branch", "mine")
    dos.git("checkout", "--quiet", "--force", "master")
    draft = branch.draft(dos.base(), "mine")
    (found,) = write.bring(dos.series(), dos.base(), [draft], dos.cache, "v3").brought
    assert found.commits[-1].tree == dos.git("rev-parse", "mine^{tree}")
    first, second = (patch.read_bytes() for patch in store.version(dos.series(), "v3").patches)
    assert b"GIT binary patch" in first
    assert b"+int c;\n" in second
    assert b"\r" not in first + second
    mails = [
        b"Message-ID: <v3-%d@example.org>\n%s%s" % (number, above, text.partition(b"\n")[2])
        for number, text, above in (
            (1, first, b""),
            (2, second, b"In-Reply-To: <v3-1@example.org>\n"),
        )
    ]
    path = mailbox(dos, mails)
    assert "carriage-returns" not in rules(dos, path)
    applied = apply.apply(dos.series(), dos.base(), Target("v3"), dos.cache)
    assert posted_series.facts(dos, applied.commit, 2) == git_am(dos, mails, 2)
    made = git.git(dos.tree, "cat-file", "blob", f"{applied.commit}:{NAME}").out
    assert made == CHANGE[2][NAME]
    receiver.b4("am", "--no-cover", "-m", str(path), "-o", str(receiver.directory / "am"))
    (made_of_it,) = (receiver.directory / "am").glob("*.mbx")
    receiver.git("am", "--quiet", str(made_of_it))
    assert (receiver.tree / NAME).read_bytes() == CHANGE[2][NAME]
