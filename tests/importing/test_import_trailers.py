# SPDX-License-Identifier: GPL-2.0-or-later
"""Trailers that reviewers gave in replies."""

from __future__ import annotations

import sys

import posted_series
import toy as toys
from toy_import import V3, bring_in, mailbox

from refseries.host import proc
from refseries.series import patches


def test_trailers_out_of_replies(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    talk = [
        posted_series.reply(
            "v3-1@example.org",
            "Fine.\n\nReviewed-by: Rev Iewer <rev@example.org>\n> Acked-by: No <no@example.org>\n"
            "Tested-by: Some Body <else@example.org>\n-- \nSigned-by: Sig <rev@example.org>\n",
        ),
        posted_series.reply(
            "v3-0@example.org", "Acked-by: REV Iewer <other@example.org>", name="r2"
        ),
        posted_series.reply(
            "r2@example.org", "Tested-by: T <t@example.org>", "T <t@example.org>", "r3"
        ),
    ]
    path = mailbox(toy, [*mails, *talk])
    (found,) = bring_in(toy, path).brought
    messages = [patches.read(patch).message for patch in found.version.patches]
    for_all = "Acked-by: REV Iewer <other@example.org>\nTested-by: T <t@example.org>\n"
    assert messages[0].endswith(f"\n\nReviewed-by: Rev Iewer <rev@example.org>\n{for_all}")
    assert messages[1].endswith(f"Über.\n\n{for_all}")
    assert found.draft.doubtful == ("Tested-by: Some Body <else@example.org>",)


def test_a_tag_below_the_cover_letter_may_be_for_some_patches(toy: toys.Toy) -> None:
    mails = posted_series.patches(toy, *V3, number=3, cover=posted_series.COVER)
    tag = "Acked-by: Rev Iewer <rev@example.org>"
    talk = posted_series.reply("v3-0@example.org", f"> Toys.\nFine. For patch 2:\n\n{tag}")
    (found,) = bring_in(toy, mailbox(toy, [*mails, talk])).brought
    one, two = (patches.read(patch).message for patch in found.version.patches)
    assert (tag in one, tag in two, found.draft.tags) == (False, True, (tag,))


def test_b4_takes_the_same_trailers(toy: toys.Toy) -> None:
    signed = [(a, f"{m}\nSigned-off-by: {a}\n", f) for a, m, f in V3]
    mails = posted_series.patches(toy, *signed, number=3, cover=posted_series.COVER)
    talk = [
        posted_series.reply("v3-1@example.org", "Reviewed-by: Rev Iewer <rev@example.org>"),
        posted_series.reply(
            "v3-0@example.org", "Acked-by: Mai N <mai@example.org>", "Mai N <mai@example.org>", "r2"
        ),
    ]
    path = mailbox(toy, [*mails, *talk])
    out = toy.directory / "b4"
    b4 = [sys.executable, "-m", "b4.command", "-n", "--offline-mode", "am", "-m", str(path)]
    proc.run([*b4, "-o", str(out), "-n", "t"], cwd=toy.tree, env={"HOME": str(toy.directory)})
    (made,) = out.glob("*.mbx")
    toy.at_base()
    toy.git("-c", "user.name=t", "-c", "user.email=t@x", "am", "--patch-format=mboxrd", str(made))
    theirs = toy.git("log", "-2", "--format=%B%T")
    (found,) = bring_in(toy, path).brought
    assert toy.git("log", "-2", "--format=%B%T", found.commits[-1].commit) == theirs
