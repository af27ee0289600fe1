# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that want to do harm, or are very large."""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys

import posted_series
import pytest
import toy as toys
from toy_import import V3, bring_in, files, mailbox

from refseries.errors import SeriesError
from refseries.host import proc
from refseries.series import patches


def packed(data: object) -> str:
    return base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()


def with_header(mail: bytes, value: str) -> bytes:
    return f"X-B4-Tracking: v=1; b={value}\n".encode() + mail


@pytest.mark.parametrize("name", [b"X-B4-Tracking", b"x-b4-tracking"])
def test_tracking_is_kept(toy: toys.Toy, name: bytes) -> None:
    data = {
        "series": {"revision": 3, "change-id": "20261110-toys-0123456789ab", "prefixes": ["RFC"]}
    }
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    first = with_header(mails[0], packed(data)).replace(b"X-B4-Tracking", name)
    (found,) = bring_in(toy, mailbox(toy, [first, *mails[1:]])).brought
    assert json.loads(found.version.tracking) == data
    assert found.version.change_id == "20261110-toys-0123456789ab"


@pytest.mark.parametrize(
    "value",
    [
        base64.b64encode(gzip.compress(b"[" * 50_000_000)).decode(),  # a bomb of 50 MB
        base64.b64encode(gzip.compress(b"[" * 200_000)).decode(),
        packed({"series": {"revision": "3", "change-id": "x"}}),
        packed({"series": {"revision": 3, "change-id": "../../x"}}),
        packed([]),
        "!!!",
        packed({})[:-12],
    ],
    ids=["bomb", "deep", "type", "path", "list", "base64", "cut"],
)
def test_damaged_tracking_is_left_out_with_a_word(toy: toys.Toy, value: str) -> None:
    mails = posted_series.patches(toy, V3[0], number=3, cover=posted_series.COVER)
    (found,) = bring_in(toy, mailbox(toy, [with_header(mails[0], value), mails[1]])).brought
    assert not found.version.tracking
    (said,) = found.draft.remarks
    assert "X-B4-Tracking is left out" in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"mm/toy.c", b"../../evil.c"),
        (b"mm/toy.c", b".git/hooks/post-checkout"),
        (b"new file mode 100644", b"new file mode 120000"),
    ],
)
def test_a_patch_that_reaches_out_of_the_tree(toy: toys.Toy, old: bytes, new: bytes) -> None:
    mails = posted_series.patches(toy, V3[0], number=3)
    before = files(toy)
    with pytest.raises(SeriesError):
        bring_in(toy, mailbox(toy, [mails[0].replace(old, new)]))
    assert files(toy) == before


@pytest.mark.parametrize(
    "subject",
    ["--output=/tmp/evil", "-o evil", "../../../evil", "a/b\\c", "$(touch evil)", "x" * 400],
)
def test_odd_subjects_are_names_of_files_and_no_options(toy: toys.Toy, subject: str) -> None:
    mails = posted_series.patches(
        toy, (toys.ADA, f"{subject}\n", {"mm/x.c": b"int x;\n"}), number=3
    )
    (found,) = bring_in(toy, mailbox(toy, mails)).brought
    (patch,) = found.version.patches
    assert patch.parent == toy.project / "series/v3"
    assert patches.read(patch).subject == subject
    assert not list(toy.directory.rglob("evil*"))


def test_names_cannot_add_headers(toy: toys.Toy) -> None:
    name = "=?utf-8?q?Evil=0ASubject=3A_owned?="
    mails = posted_series.patches(toy, V3[0], number=3)
    mail = re.sub(rb"^From: .*", f"From: {name} <e@example.org>".encode(), mails[0], flags=re.M)
    (found,) = bring_in(toy, mailbox(toy, [mail])).brought
    read = patches.read(found.version.patches[0])
    assert read.subject == "mm: introduce toys"
    assert "\n" not in read.author.name


def test_200_megabytes_in_bounded_memory(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    path = mailbox(toy, mails)
    with path.open("ab") as stream:
        for number in range(2000):
            mail = posted_series.reply("v3-1@example.org", "y" * 70 + "\n", name=f"n{number}")
            stream.write(
                b"From mboxrd@z Thu Jan  1 00:00:00 1970\n" + mail + b"x" * 99 * 1000 + b"\n\n"
            )
    assert path.stat().st_size > 190_000_000
    code = (
        "import sys\nfrom pathlib import Path\nfrom refseries.importing import mailbox\n"
        "(d,) = mailbox.drafts(Path(sys.argv[1]), 'x')\nassert len(d.patches) == 2\n"
        "print(Path('/proc/self/status').read_text())"
    )
    done = proc.run([sys.executable, "-c", code, str(path)])
    # getrusage would count what this process has as well: a child begins as its copy.
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.M)
    assert peak is not None
    assert int(peak[1]) < 150 * 1024
