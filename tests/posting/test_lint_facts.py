# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rules about mail say would happen, seen with the real b4 and git; and that they see it.

Each mailbox is a good export with one thing wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from receiver import Receiver
from toy import Toy

from refseries.host import proc
from refseries.host.progress import silent
from refseries.model import Target
from refseries.posting import examine_file
from refseries.series import apply

Refseries = Callable[..., proc.Completed]
SEPARATOR = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"


@dataclass
class Desk:
    """An export of the toy's v2 and somebody who gets it."""

    toy: Toy
    receiver: Receiver
    box: Path

    def mails(self) -> list[bytes]:
        return self.box.read_bytes().split(SEPARATOR)[1:]

    def write(self, mails: list[bytes]) -> None:
        self.box.write_bytes(b"".join(SEPARATOR + mail for mail in mails))

    def change(self, number: int, old: str, new: str) -> None:
        """Replace, in one mail, what a regular expression finds first."""
        mails = self.mails()
        text, count = re.subn(
            old.encode(), lambda _: new.encode(), mails[number], count=1, flags=re.M
        )
        assert count == 1
        mails[number] = text
        self.write(mails)

    def rules(self) -> set[str]:
        base = self.toy.base()
        report = examine_file.mailbox(self.box, base, self.toy.cache, silent)
        return {finding.rule for finding in report.findings}

    def am(self, *options: str) -> str:
        out = self.receiver.directory / "am"
        return self.receiver.b4("am", *options, "-m", str(self.box), "-o", str(out))

    def made(self) -> Path:
        (path,) = (self.receiver.directory / "am").glob("*.mbx")
        return path

    def tree(self) -> str:
        series = self.toy.series()
        return apply.apply(series, self.toy.base(), Target("v2"), self.toy.cache).tree


@pytest.fixture
def desk(toy: Toy, receiver: Receiver, refseries: Refseries, tmp_path: Path) -> Desk:
    box = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(box))
    assert done.returncode == 0, done.stderr
    return Desk(toy, receiver, box)


def test_a_good_export_has_no_findings(desk: Desk) -> None:
    assert desk.rules() == set()


def test_a_mail_without_an_id_stops_b4(desk: Desk) -> None:
    desk.change(1, r"^Message-ID: .*\n", "")
    assert "id-missing" in desk.rules()
    assert "without a valid Message-ID" in desk.am()


def test_of_two_mails_with_one_id_b4_sees_one(desk: Desk) -> None:
    ident = re.search(rb"^Message-ID: (.*)$", desk.mails()[1], re.M)
    assert ident
    desk.change(2, r"^Message-ID: .*$", f"Message-ID: {ident[1].decode()}")
    assert "id-reused" in desk.rules()
    assert "Thread incomplete" in desk.am()


def test_a_missing_patch_is_only_a_warning_to_b4(desk: Desk) -> None:
    desk.write(desk.mails()[:2])
    assert "patch-missing" in desk.rules()
    assert "WARNING: Thread incomplete!" in desk.am()
    assert desk.made().is_file()


def test_b4_goes_by_the_date_not_the_number(desk: Desk, refseries: Refseries) -> None:
    older = desk.box.with_name("v1.mbx")
    done = refseries("export", "v1", "-o", str(older), "--date", "2027-01-01T00:00:00Z")
    assert done.returncode == 0
    desk.box.write_bytes(desk.box.read_bytes() + older.read_bytes())
    assert desk.rules() == {"version-order"}
    assert "Will use the latest revision: v1" in desk.am()


def test_with_commas_b4_takes_patches_for_versions(desk: Desk) -> None:
    for number in (1, 2):
        desk.change(number, r"^Subject: \[PATCH v2 ", "Subject: [PATCH,v2,")
    assert "prefix-comma" in desk.rules()
    printed = desk.am()
    assert "Assuming new revision: v2 ([PATCH,v2,2/2] mm: tell what a toy is)" in printed
    assert "Total patches: 1" in printed


def test_an_unquoted_from_cuts_the_mail_for_b4(desk: Desk) -> None:
    desk.change(1, r"^A toy is", "From here on a toy is")
    assert "from-unquoted" in desk.rules()
    printed = desk.am()
    assert "Total patches: 2" not in printed
    assert not list((desk.receiver.directory / "am").glob("*.mbx"))


def test_b4_leaves_the_quoting_of_a_mailbox_in_the_commit(desk: Desk) -> None:
    desk.change(1, r"^A toy is", ">From here on a toy is")
    assert desk.rules() == {"from-line"}
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert "\n>From here on a toy is a page" in desk.receiver.messages()[0]
    assert desk.receiver.head_tree() == desk.tree()


def test_b4_cuts_at_scissors(desk: Desk) -> None:
    desk.change(1, r"^A toy is", "-- >8 --\nA toy is")
    desk.change(1, r"^\n", "\nThis is dropped.\n\n")
    assert "scissors" in desk.rules()
    desk.am()
    assert "This is dropped." not in desk.made().read_text()


def test_b4_refuses_hidden_characters(desk: Desk) -> None:
    desk.change(1, r"^A toy is", "A \u202etoy is")
    assert "hidden-characters" in desk.rules()
    assert "suspicious unicode control characters" in desk.am()
    assert not list((desk.receiver.directory / "am").glob("*.mbx"))


@pytest.mark.parametrize("broken", ["int toy[2];\n+more", "int\ntoy[2];"])
def test_a_wrapped_line_breaks_the_patch_or_is_lost(desk: Desk, broken: str) -> None:
    desk.change(1, r"int toy\[2\];", broken)
    assert "damaged" in desk.rules()
    desk.am()
    done = desk.receiver.git("am", str(desk.made()), check=False)
    assert done.returncode != 0
    assert "corrupt patch" in done.stderr


def test_what_is_wrapped_off_a_last_line_is_lost_without_a_word(desk: Desk) -> None:
    desk.change(1, r"^\+short toy_create;", "+short\ntoy_create;")
    assert "damaged" in desk.rules()
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert (desk.receiver.tree / "mm/toy.c").read_text() == "short\n"


def test_a_diff_in_the_message_is_taken_for_the_patch(desk: Desk) -> None:
    desk.change(1, r"^A toy is", "diff --git a/x b/x\nA toy is")
    assert "diff-in-message" in desk.rules()
    desk.am()
    assert desk.receiver.git("am", str(desk.made()), check=False).returncode != 0


def test_b4_drops_what_keeps_a_first_line_from_being_a_header(desk: Desk) -> None:
    desk.change(1, r"^A toy is", "Subject: a toy\nA toy is")
    assert "header-in-message" in desk.rules()
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert desk.receiver.messages()[0].startswith("a toy\n")


def test_a_diff_in_the_notes_is_applied_with_the_patch(desk: Desk) -> None:
    desk.change(
        1, r"^---\n", "---\nTried with:\n\n--- a/lib/x.c\n+++ b/lib/x.c\n@@ -0,0 +1 @@\n+int x;\n\n"
    )
    assert desk.rules() == {"diff-shown"}
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert (desk.receiver.tree / "lib/x.c").read_text() == "int x;\n"


def test_a_diff_in_a_cover_letter_becomes_a_commit_for_git(desk: Desk) -> None:
    desk.change(0, r"^Toys", "--- a/lib/x.c\n+++ b/lib/x.c\n@@ -0,0 +1 @@\n+int x;\n\nToys")
    assert "diff-shown" in desk.rules()
    desk.receiver.git("am", "--quiet", str(desk.box))
    assert (desk.receiver.tree / "lib/x.c").read_text() == "int x;\n"
    assert len(desk.receiver.messages()) == 3


def test_a_tag_below_the_line_is_not_committed(desk: Desk) -> None:
    desk.change(1, r"^---\n", "---\nAcked-by: Al <al@example.org>\n")
    assert desk.rules() == {"tag-below-line"}
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert "Acked-by" not in desk.receiver.messages()[0]


def test_bytes_that_are_not_utf8_are_replaced(desk: Desk) -> None:
    mails = desk.mails()
    mails[1] = mails[1].replace(b"+int toy[2];", b"+int toy[2]; /* \xe9 */")
    desk.write(mails)
    assert "bad-bytes" in desk.rules()
    desk.am()
    assert b"\xef\xbf\xbd" in desk.made().read_bytes()


def test_carriage_returns_do_not_arrive(desk: Desk) -> None:
    desk.change(1, r"^\+short toy_create;", "+short toy_create;\r")
    assert desk.rules() == {"carriage-returns"}
    desk.am()
    desk.receiver.git("am", "--quiet", str(desk.made()))
    assert (desk.receiver.tree / "mm/toy.c").read_bytes() == b"short toy_create;\n"


def test_a_base_that_nobody_has_is_ignored(desk: Desk) -> None:
    desk.change(0, r"^base-commit: .*$", "base-commit: " + "1" * 40)
    assert desk.rules() == {"base-unknown"}
    assert "not known, ignoring" in desk.am()


def test_b4_finds_a_commit_in_any_word(desk: Desk) -> None:
    desk.change(0, r"^base-commit: .*$", "base-commit: none")
    assert desk.rules() == {"base-broken"}
    assert "base-commit e not known" in desk.am()


def test_a_prerequisite_sends_b4_to_the_network(desk: Desk) -> None:
    desk.change(0, r"^base-commit: .*$", "prerequisite-patch-id: " + "1" * 40)
    assert desk.rules() == {"prerequisite"}
    assert "looking for dependencies" in desk.receiver.b4("shazam", "-m", str(desk.box))


def test_without_index_lines_there_is_nothing_to_compare(desk: Desk) -> None:
    desk.change(1, r"^index .*\n", "")
    mails = desk.mails()
    mails[1] = re.sub(rb"^index .*\n", b"", mails[1], flags=re.M)
    desk.write(mails)
    assert desk.rules() == {"no-index"}
    printed = desk.receiver.b4("diff", "-m", str(desk.box), str(desk.box))
    assert "Could not create fake-am range" in printed


def test_format_flowed_is_taken_as_it_stands(desk: Desk) -> None:
    desk.change(1, r"charset=UTF-8", "charset=UTF-8; format=flowed")
    assert "flowed" in desk.rules()
