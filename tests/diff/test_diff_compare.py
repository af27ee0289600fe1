# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import posted_series
import pytest
import toy as toys

from refseries.diff import compare, side
from refseries.diff.compare import Difference, FileChange
from refseries.diff.text import as_mail
from refseries.errors import SeriesError
from refseries.git.rangediff import PairStatus, PatchPart


def diff(toy: toys.Toy, old: str, new: str) -> Difference:
    series, base = toy.series(), toy.base()
    one, other = (side.find(series, base, name, toy.cache) for name in (old, new))
    return compare.between(base, one, other, creation_factor=200)  # the toy's patches are small


def test_two_versions(toy: toys.Toy) -> None:
    found = diff(toy, "v1", "v2")
    assert [(pair.old, pair.new, pair.status) for pair in found.pairs] == [
        (1, 1, PairStatus.CHANGED),
        (2, 2, PairStatus.UNCHANGED),
    ]
    assert found.pairs[0].parts == (PatchPart.MESSAGE, PatchPart.CODE)
    assert found.files == (FileChange("mm/memory.c", 1, 1), FileChange("mm/toy.c", 1, 1))
    assert found.diffstat.endswith(" 2 files changed, 2 insertions(+), 2 deletions(-)\n")
    assert found.cover == "@@ -1,4 +1,4 @@\n-# v1\n+# v2\n \n Toys for all.\n \n"


def test_a_version_and_itself(toy: toys.Toy) -> None:
    assert not diff(toy, "v2", "v2")


def test_patches_in_another_order_are_a_difference(toy: toys.Toy) -> None:
    one: toys.Change = (toys.ADA, "mm: one\n", {"mm/one.c": b"int one;\n"})
    two: toys.Change = (toys.ADA, "mm: two\n", {"mm/two.c": b"int two;\n"})
    for name, changes in (("one", (one, two)), ("other", (two, one))):
        toy.at_base()
        toy.git("checkout", "--quiet", "-b", name)
        for change in changes:
            toy.commit(change)
    found = diff(toy, "one", "other")
    assert {pair.status for pair in found.pairs} == {PairStatus.UNCHANGED}
    assert found.files == ()
    assert found


def test_the_last_fixup_state_has_the_tree_of_its_version(toy: toys.Toy) -> None:
    found = diff(toy, "v2:two-toys", "v2")
    assert found.files == ()
    assert found.cover == ""  # a state on the way has no cover letter
    assert found  # the patches are others


def test_the_base_has_no_patch(toy: toys.Toy) -> None:
    found = diff(toy, "base", "v1")
    assert [pair.status for pair in found.pairs] == [PairStatus.NEW, PairStatus.NEW]
    assert {change.path for change in found.files} >= {"mm/toy.c", "Documentation/mm/toy.rst"}


def test_a_branch_counts_from_where_it_left_the_base(toy: toys.Toy) -> None:
    toy.at_base()
    toy.git("checkout", "--quiet", "-b", "mine")
    for change in toys.V2:
        toy.commit(change)
    pairs = diff(toy, "v2", "mine").pairs
    assert [pair.status for pair in pairs] == [PairStatus.UNCHANGED] * len(toys.V2)
    # master went on behind the base: what it has beyond is what it is compared by.
    assert [pair.subject for pair in diff(toy, "base", "master").pairs] == ["my work"]


@pytest.mark.parametrize("name", ["nothing", "--output=x", "v7", "v2:nope", "-", "master..mine"])
def test_what_is_nothing_is_named(toy: toys.Toy, name: str) -> None:
    with pytest.raises(SeriesError) as caught:
        diff(toy, "v1", name)
    assert caught.value.hint
    assert not (toy.tree / "x").exists()


def test_a_branch_that_has_nothing_to_do_with_the_base(toy: toys.Toy) -> None:
    toy.git("checkout", "--quiet", "--orphan", "other")
    toy.commit_all("other\n")
    with pytest.raises(SeriesError, match="not related to the base"):
        diff(toy, "v1", "other")


def test_recipients_of_cover_and_messages(toy: toys.Toy) -> None:
    cc = "Cc: Mel Example <mel@example.org>\n"
    toy.version_of((toys.ADA, f"mm: toys\n\n{cc}", {"mm/toy.c": b"int toy;\n"}), name="v3")
    cover = toy.project / "series/v3/cover.md"
    cover.write_text("# toys\n\nTo: list@example.org\ncc: MEL Example <mel@example.org>\n")
    found = diff(toy, "v1", "v3")
    assert found.recipients_added[0] == "list@example.org"
    assert len(found.recipients_added) == 2  # one person in two spellings
    assert diff(toy, "v3", "v1").recipients_removed == found.recipients_added


def test_commits_do_not_say_who_gets_no_mail_any_more(toy: toys.Toy, sender: Path) -> None:
    """Their messages name neither reviewers nor lists, and the sender gets no copy of his own."""
    toml = toy.project / "series/series.toml"
    listed = '[recipients]\nto = ["linux-toys@example.org"]\n\n[identity]'
    toml.write_text(toml.read_text().replace("[identity]", listed, 1))
    toy.at_base()
    toy.git("checkout", "--quiet", "-b", "mine")
    tags = "Cc: Mel Example <mel@example.org>\nSigned-off-by: Sam Sender <sam@example.org>\n"
    toy.commit((toys.ADA, f"mm: toys\n\n{tags}", {"mm/toy.c": b"int toy;\n"}))
    found = diff(toy, "v2", "mine")
    assert found.recipients_added == ("Mel Example <mel@example.org>",)
    assert found.recipients_removed == ()
    assert diff(toy, "mine", "v2").recipients_added == ()


def test_odd_names_of_files(toy: toys.Toy) -> None:
    files: toys.Files = {"mm/ä b.c": b"int ae;\n", "mm/logo.bin": bytes(range(256))}
    toy.version_of((toys.ADA, "mm: odd\n", files), name="v3")
    found = diff(toy, "base", "v3")
    assert FileChange("mm/ä b.c", 1, 0) in found.files
    assert FileChange("mm/logo.bin", None, None) in found.files


def test_a_mailbox(toy: toys.Toy) -> None:
    toml = toy.project / "series/series.toml"
    listed = '[recipients]\nto = ["linux-toys@example.org"]\n\n[identity]'
    toml.write_text(toml.read_text().replace("[identity]", listed, 1))
    old = posted_series.patches(toy, *toys.V1, number=1)
    mails = posted_series.patches(
        toy, *toys.V2, number=2, cover=posted_series.COVER, above="v1-1@example.org"
    )
    mails[0] = b'Cc: "Mai, M." <mai@example.org>\n' + mails[0]
    path = posted_series.mboxrd(toy.directory / "thread.mbox", [*old, *mails])
    found = diff(toy, "v2", str(path))
    assert [pair.status for pair in found.pairs] == [PairStatus.UNCHANGED] * len(toys.V2)
    assert found.recipients_added == ('"Mai, M." <mai@example.org>',)
    assert "+Toys are what pages play with.\n" in found.cover
    assert diff(toy, "v1", f"{path}:v1").files == ()


def test_as_mail_nothing_ends_the_letter_or_begins_a_patch(toy: toys.Toy) -> None:
    text = as_mail(diff(toy, "v1", "v2"))
    assert text.startswith("Patches from v1 to v2:\n\n- v2 1/2 mm: introduce toys: changed (mess")
    assert "Range-diff against v1:\n\n1: ! 1: mm: introduce toys\n" in text.replace("1:  ", "1: ")
    for line in text.split("\n"):
        assert not line.startswith(("---", "diff --git", "From ", "@@"))
        assert line == line.rstrip()


def test_as_mail_of_long_subjects_keeps_to_72_columns(toy: toys.Toy) -> None:
    subject = "mm: " + "introduce quite a lot of toys " * 4
    toy.version_of((toys.ADA, subject.strip() + "\n", {"mm/z.c": b"int z;\n"}), name="v3")
    text = as_mail(diff(toy, "base", "v3"))
    assert max(map(len, text.split("\n"))) <= 72


def test_an_address_in_other_letters_is_the_same_recipient(toy: toys.Toy) -> None:
    old, new = (side.find(toy.series(), toy.base(), name, toy.cache) for name in ("v1", "v2"))
    old = replace(old, recipients=("Ada <ADA@Example.org>", "bob@example.org"))
    new = replace(new, recipients=("ada@example.org", "Rita <rita@example.org>"))
    found = compare.between(toy.base(), old, new)
    assert found.recipients_added == ("Rita <rita@example.org>",)
    assert found.recipients_removed == ("bob@example.org",)
