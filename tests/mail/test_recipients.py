# SPDX-License-Identifier: GPL-2.0-or-later
"""People whom trailers name get a copy, and export and diff agree on who they are."""

from __future__ import annotations

import toy as toys
from exporting import make

from refseries.diff import side
from refseries.posting import recipients
from refseries.series import trailers

MESSAGE = """\
mm: count toys

Nobody counted them.  Cc: nobody@example.org stands in a sentence.

Reported-by: Rob Reporter <rob@example.org>
Closes: https://example.org/1
Suggested-by: Sue Suggest <sue@example.org> [in another mail]
Cc: stable@vger.kernel.org # 6.1+
cc: "Zed, Zoe" <zoe@example.org>
Tested-by: Nobody who has an address
Reported-by: Rob Reporter <rob@example.org>
"""
NAMED = ("rob@example.org", "sue@example.org", "stable@vger.kernel.org", "zoe@example.org")


def test_whom_trailers_name() -> None:
    people = recipients.named([MESSAGE])
    assert tuple(person.email for person in people) == NAMED
    assert people[3].name == "Zed, Zoe"
    assert "Nobody who has an address" in trailers.copied(MESSAGE)


def test_export_and_diff_agree(toy: toys.Toy) -> None:
    toy.version_of((toys.ADA, MESSAGE, {"mm/toy.c": b"int two;\n"}), name="v3")
    posting = make(toy, "v3", ask_maintainers=False).posting
    copies = {person.email for person in posting.cc}
    assert set(NAMED) <= copies
    shown = side.find(toy.series(), toy.base(), "v3", toy.cache).recipients
    assert all(any(email in one for one in shown) for email in NAMED)
