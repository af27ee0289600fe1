# SPDX-License-Identifier: GPL-2.0-or-later
"""What export writes, import reads back."""

from __future__ import annotations

import re

import pytest
import toy as toys

from refseries.host.progress import silent
from refseries.importing import mailbox
from refseries.importing import write as importing_write
from refseries.mail import write
from refseries.posting import export
from refseries.posting.export import ExportRequest
from refseries.series import patches, store

ME = "Sen Der <sen@example.org>"
COVER = """\
# mm: introduce toys

Toys are what pages play with.

Changes in v3:

- a smaller toy
"""


@pytest.mark.parametrize("count", [1, 2])
def test_a_version_comes_back(toy: toys.Toy, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    config = toy.directory / "gitconfig"
    config.write_text("[user]\n\tname = Sen Der\n\temail = sen@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    signed = [(a, f"{m}\nSigned-off-by: {ME}\n", f) for a, m, f in toys.V2[:count]]
    toy.version_of(*signed, name="v3")
    (toy.project / "series/v3/cover.md").write_text(COVER)
    series, base = toy.series(), toy.base()
    mails = export.make(
        series,
        base,
        toy.cache,
        ExportRequest("v3", ask_maintainers=False),
        silent,
    )
    path = toy.directory / "v3.mbx"
    path.write_bytes(write.mboxrd(mails.raw))
    (found,) = importing_write.bring(
        series, base, mailbox.drafts(path, "x"), toy.cache, "v4"
    ).brought
    before, after = store.version(series, "v3"), found.version
    assert after.cover.read_text() == COVER
    assert after.change_id == export.change_id(series)
    assert after.message_id == mails.outgoing[0].message_id
    assert f'"change-id": "{after.change_id}"' in after.tracking
    for one, other in zip(before.patches, after.patches, strict=True):
        old, new = patches.read(one), patches.read(other)
        assert (old.author, old.message) == (new.author, new.message)
        assert code(old) == code(new)


def code(patch: patches.Patch) -> bytes:
    """The diff without git's signature and the ids of the blobs, whose length differs."""
    return re.sub(rb"^index .*\n", b"", patch.diff.partition(b"\n-- \n")[0].strip(), flags=re.M)
