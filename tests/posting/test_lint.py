# SPDX-License-Identifier: GPL-2.0-or-later
"""Each rule finds what it is for, and nothing in mails that are as they should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refseries.mail import subjects
from refseries.mail.decode import decode
from refseries.model import Identity
from refseries.posting.lint import model, patches
from refseries.posting.lint.model import Box, MailFacts, MailFinding
from refseries.posting.lint.rules import RULES

BASE = "a" * 40
DIFF = """\
diff --git a/x b/x
index 0123456..789abcd 100644
--- a/x
+++ b/x
@@ -1,2 +1,2 @@
 one
-two
+three
"""


@dataclass(frozen=True)
class Draft:
    """A mail to be; what is wrong with it is put in by ``replace``."""

    number: int
    subject: str
    message: str = "Because.\n\nSigned-off-by: Sam Sender <sam@example.org>\n"
    below: str = "---\n x | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
    diff: str = DIFF
    last: str = "-- \nrefseries\n"
    ident: str = ""
    date: str = ""
    answers: str = "<0@example.org>"
    kind: str = "text/plain; charset=UTF-8"

    def raw(self) -> bytes:
        date = self.date or f"Fri, 20 Nov 2026 12:00:{self.number:02} +0000"
        headers = {
            "From": "Sam Sender <sam@example.org>",
            "To": "list@example.org",
            "Subject": self.subject,
            "Message-ID": self.ident or f"<{self.number}@example.org>",
            "Date": date,
            "In-Reply-To": self.answers if self.number else "",
            "Content-Type": self.kind,
        }
        head = "".join(f"{name}: {value}\n" for name, value in headers.items() if value.strip("-"))
        body = f"{self.message}{self.below}{self.diff}{self.last}"
        return f"{head}\n{body}".encode("utf-8", "surrogateescape")


COVER = Draft(
    0, "[PATCH v2 0/2] x: more", "Why.\n\n", "---\n",
    f"base-commit: {BASE}\nchange-id: 20261120-x-0123456789ab\n\n",
)  # fmt: skip
ONE = Draft(1, "[PATCH v2 1/2] x: one")
EVE = "Eve <eve@example.org>"
TWO = Draft(2, "[PATCH v2 2/2] x: two")


LISTED = """\
Sam Sender (2):
      x: one
      x: two

 x                  | 2 +-
 Documentation/x.rst | Bin 0 -> 12 bytes
 2 files changed, 1 insertion(+), 1 deletion(-)
 create mode 100644 Documentation/x.rst

Signed-off-by: Sam Sender <sam@example.org>
"""
NOTHING = MailFacts()


def look(*drafts: Draft | bytes, facts: MailFacts = NOTHING) -> list[MailFinding]:
    raws = [draft if isinstance(draft, bytes) else draft.raw() for draft in drafts]
    entries = [model.entry(decode(raw, f"mail {n}")) for n, raw in enumerate(raws)]
    alone = [finding for one in entries for finding in model.each(RULES, one, facts)]
    whole = Box(tuple(map(model.without_text, entries)), facts)
    return [*alone, *model.together(RULES, whole)]


def test_good_mails_pass() -> None:
    assert look(COVER, ONE, TWO) == []
    reply = Draft(3, "Re: [PATCH v2 1/2] x: one", "> +three\nFrom where?\n", "", "", "")
    assert look(COVER, ONE, TWO, reply) == []


def patch(**changes: object) -> Callable[[], list[MailFinding]]:
    return lambda: look(COVER, replace(ONE, **changes), TWO)  # type: ignore[arg-type]


def with_facts(**known: object) -> Callable[[], list[MailFinding]]:
    return lambda: look(COVER, ONE, TWO, facts=MailFacts(**known))  # type: ignore[arg-type]


LATER = "Sat, 21 Nov 2026 12:00:00 +0000"
V1 = replace(ONE, subject="[PATCH 1/1] x: one", ident="<v1@example.org>", answers="", date=LATER)
BAD: tuple[tuple[str, Callable[[], list[MailFinding]], str], ...] = (
    ("id-missing", patch(ident="-"), "mail 1"),
    ("id-reused", patch(ident="<2@example.org>"), "mail 2"),
    ("date-missing", patch(date="some day"), "mail 1"),
    ("date-order", patch(date="Fri, 20 Nov 2026 13:00:00 +0000"), "mail 2"),
    ("version-order", lambda: look(COVER, ONE, TWO, V1), "mail 1"),
    ("prefix-comma", patch(subject="[PATCH,v2,1/2] x: one"), "mail 1"),
    ("prefix-unread", patch(subject="[PATCH-v2 1/2] x: one"), "mail 1"),
    ("prefix-missing", patch(subject="[v2 1/2] x: one"), "mail 1"),
    ("patch-missing", lambda: look(COVER, TWO), ""),
    ("number-twice", patch(subject="[PATCH v2 2/2] x: one"), "mail 2"),
    ("not-threaded", patch(answers="<9@example.org>"), "mail 1"),
    ("version-differs", patch(subject="[PATCH v3 1/2] x: one"), "mail 1"),
    ("flowed", patch(kind="text/plain; charset=UTF-8; format=flowed"), "mail 1"),
    ("attached", patch(kind="text/x-patch; charset=UTF-8"), "mail 1"),
    ("damaged", patch(diff=DIFF.replace(" one", "one")), "mail 1"),
    ("from-unquoted", with_facts(bare=(17,)), ""),
    ("from-line", patch(message="From here\n\nSigned-off-by: S <sam@example.org>\n"), "mail 1"),
    ("scissors", patch(message=f"Hi\n-- >8 ----\n{ONE.message}"), "mail 1"),
    ("header-in-message", patch(message=f"From: A <a@b.c>\n\nSubject: x\n{ONE.message}"), "mail 1"),
    ("diff-in-message", patch(message=f"As in\ndiff --git a/y b/y\n{ONE.message}"), "mail 1"),
    ("diff-shown", patch(below=f"---\nAs in:\n@@ -1,2 +1,2 @@\n one\n{ONE.below}"), "mail 1"),
    ("tag-below-line", patch(below=f"---\nAcked-by: A <a@b.c>\n{ONE.below}"), "mail 1"),
    (
        "trailer-address",
        patch(message="Because.\n\nCc: all toys\nSigned-off-by: Sam Sender <sam@example.org>\n"),
        "mail 1",
    ),
    ("bad-bytes", patch(diff=DIFF.replace("three", "\udce9")), "mail 1"),
    ("hidden-characters", patch(diff=DIFF.replace("three", "\u202ethree")), "mail 1"),
    ("long-line", patch(message=f"{'x' * 999}\n{ONE.message}"), "mail 1"),
    ("carriage-returns", patch(diff=DIFF.replace("three\n", "three\r\n")), "mail 1"),
    ("no-index", patch(diff=DIFF.replace("index 0123456..789abcd 100644\n", "")), "mail 1"),
    ("no-prefix", patch(diff=DIFF.replace("a/x", "x").replace("b/x", "x")), "mail 1"),
    ("subject-long", patch(subject=f"[PATCH v2 1/2] x: {'y' * 73}"), "mail 1"),
    ("unfolded", patch(subject="[PATCH v2 1/2] fixup! x: zero"), "mail 1"),
    ("cover-empty", lambda: look(replace(COVER, message=LISTED), ONE, TWO), "mail 0"),
    ("sign-off", patch(message="Because.\n\nSigned-off-by: E <eve@example.org>\n"), "mail 1"),
    ("sender-sign-off", patch(message=f"From: {EVE}\n\nWhy.\n\nSigned-off-by: {EVE}\n"), "mail 1"),
    ("prerequisite", patch(last=f"prerequisite-patch-id: {BASE}\n"), "mail 1"),
    ("base-broken", patch(last="base-commit: next-20261120\n"), "mail 1"),
    ("base-unknown", with_facts(commits={BASE: False}), ""),
    ("base-private", with_facts(private=(BASE,)), ""),
    ("change-id", lambda: look(replace(COVER, diff=f"base-commit: {BASE}\n"), ONE, TWO), "mail 0"),
    ("open-task", with_facts(tasks=("v1-ada-1 is open: do it",)), ""),
    ("called-open", with_facts(called_open=("v1-ada-1 is answered: do it",)), ""),
    ("range-diff", with_facts(unpaired=("`x: one` is gone and new.",)), ""),
    ("published", with_facts(unnamed=("the tag `x-v1` is another.",)), ""),
    ("checkpatch", with_facts(checkpatch={"mail 1": ("x:1: ERROR:X: no",)}), "mail 1"),
    ("stale-tag", with_facts(stale={"mail 1": ("Reviewed-by: A <a@b.c>",)}), "mail 1"),
    ("lost-tag", with_facts(lost=("v1 was given `Acked-by: A <a@b.c>`; it is gone.",)), ""),
    ("no-review", with_facts(unreviewed=("x: one",)), ""),
    ("patch-wrong", with_facts(wrong=("v2:1 did not come out as expected",)), ""),
    ("recipient", with_facts(maintainers=(Identity("M", "m@example.org"),)), ""),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "findings", "mail"), BAD, ids=[case[0] for case in BAD])
def test_a_rule_finds_what_it_is_for(
    rule: str, findings: Callable[[], list[MailFinding]], mail: str
) -> None:
    found = [finding for finding in findings() if finding.rule == rule]
    assert [finding.mail for finding in found] == [mail]
    (one,) = found
    assert one.what
    assert one.effect.endswith(".")
    assert one.mend.endswith(".")


def test_every_rule_has_a_mail_that_breaks_it() -> None:
    assert [case[0] for case in BAD] == [rule.name for rule in RULES]


@pytest.mark.parametrize(
    ("rule", "good"),
    [
        ("prefix-comma", patch(subject="[PATCH, v2, 1/2] x: one, two")),
        ("header-in-message", patch(message=f"From: A <a@b.c>\n\nx\n\nSubject: x\n{ONE.message}")),
        ("header-in-message", patch(message=f"From: A <a@b.c>\nDate: now\n\n{ONE.message}")),
        ("diff-in-message", patch(message=f"As in\n\n    diff --git a/y b/y\n\n{ONE.message}")),
        ("diff-shown", patch(below=f"---\nAs in:\n  @@ -1,2 +1,2 @@\n   one\n{ONE.below}")),
        ("diff-shown", patch(diff=DIFF.replace(" one", " 1 file changed"))),
        ("diff-shown", patch(diff=f"diff -urN a/x b/x\n{DIFF[DIFF.index('---') :]}")),
        ("scissors", patch(message=f"----\n>8\n{ONE.message}")),
        ("from-line", patch(message=f"Fromage\n from here\n{ONE.message}")),
        ("hidden-characters", patch(message=f"می‌خواهم\n{ONE.message}")),
        ("recipient", with_facts(maintainers=(Identity("L", "LIST@example.org"),))),
        ("recipient", with_facts(maintainers=(Identity("S", "sam@example.org"),))),
        ("base-unknown", with_facts(commits={BASE: True})),
        ("bad-bytes", patch(diff=DIFF.replace("three", "é"))),
        ("damaged", patch(diff=DIFF + "@@ -9 +9 @@\n-a\n\\ No newline at end of file\n+b\n")),
        ("damaged", patch(diff=DIFF.replace(" one\n", "\n"))),
        (
            "version-order",
            lambda: look(COVER, ONE, TWO, replace(V1, date="1 Nov 2026 12:00 +0000")),
        ),
        ("subject-long", patch(subject=f"[PATCH v2 1/2] x: {'y' * 72}")),
        ("sign-off", patch(message="Because.\n\nSigned-off-by: Sam Sender <sam@work.example>\n")),
        ("sign-off", patch(message=f"From: Sam Sender <sam@w.example>\n\n{ONE.message}")),
        ("sign-off", patch(message=f"From: {EVE}\n\nWhy.\n\nSigned-off-by: {EVE}\n")),
        (
            "sign-off",
            patch(message="Because.\n\nSigned-off-by: Sender, Sam (Work) <s@work.example>\n"),
        ),
        ("sender-sign-off", patch(message=f"From: {EVE}\n\n{ONE.message}Signed-off-by: {EVE}\n")),
        ("long-line", patch(message=f"{'x' * 998}\n{ONE.message}")),
        ("cover-empty", lambda: look(replace(COVER, message=f"Why.\n\n{LISTED}"), ONE, TWO)),
    ],
)
def test_a_rule_leaves_alone_what_does_no_harm(
    rule: str, good: Callable[[], list[MailFinding]]
) -> None:
    assert not [finding for finding in good() if finding.rule == rule]


@pytest.mark.parametrize(
    ("draft", "line"),
    [
        (replace(COVER, message=f"Why.\n\n{DIFF}\n"), 3),
        (replace(ONE, below=f"---\nAs in:\n{DIFF}\n x | 2 +-\n 1 file changed\n\n"), 6),
        (replace(ONE, below=f"---\nAs in:\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n{ONE.below}"), 7),
    ],
)
def test_a_diff_that_is_shown_is_found_at_its_line(draft: Draft, line: int) -> None:
    found = look(*(draft if each.number == draft.number else each for each in (COVER, ONE, TWO)))
    assert [(each.rule, each.line) for each in found if each.rule != "damaged"] == [
        ("diff-shown", line)
    ]


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("[PATCH v2 0/2] x: more", LISTED),
        ("[PATCH v2 0/2] x: more", f"{LISTED}\n-- \n2.39.5\n"),
        ("[PATCH v2 0/2] x: more", ""),
        ("[PATCH v2 0/2] *** SUBJECT HERE ***", f"Why.\n\n{LISTED}"),
        ("[PATCH v2 0/2] x: more", f"*** BLURB HERE ***\n\n{LISTED}"),
        ("[PATCH v2 0/2] x: more", f"EDITME: describe what is in this series\n\n{LISTED}"),
        ("[PATCH v2 0/2] x: more", f"Why.\n\n- EDITME: describe what is new\n\n{LISTED}"),
        ("[PATCH v2 0/2] x: more", f"Why.\n\n- Link to v1: EDITME (not there)\n\n{LISTED}"),
    ],
)
def test_a_cover_letter_that_nobody_wrote_is_found(subject: str, message: str) -> None:
    cover = replace(COVER, subject=subject, message=message)
    assert [finding.rule for finding in look(cover, ONE, TWO)] == ["cover-empty"]


def test_a_changelog_alone_is_no_cover_letter() -> None:
    cover = replace(COVER, message=f"Changes in v2:\n\n- x\n\n{LISTED}")
    assert [finding.rule for finding in look(cover, ONE, TWO)] == ["cover-empty"]
    cover = replace(COVER, message=f"Why.\n\nChanges in v2:\n\n- x\n\n{LISTED}")
    assert look(cover, ONE, TWO) == []


def again(number: int, draft: Draft) -> Draft:
    """``draft``, posted once more, a day later."""
    return replace(
        draft, subject=draft.subject.replace("PATCH", "PATCH RESEND"),
        ident=f"<again{number}@example.org>", answers="<again0@example.org>",
        date=f"Sat, 21 Nov 2026 12:00:{number:02} +0000",
    )  # fmt: skip


def test_what_is_posted_again_stands_beside_the_first_posting() -> None:
    whole = tuple(again(number, draft) for number, draft in enumerate((COVER, ONE, TWO)))
    assert look(COVER, ONE, TWO, *whole) == []
    assert look(*whole) == []
    # One patch of two, posted again: the other is there.
    alone = replace(whole[2], answers="<0@example.org>")
    assert [one.rule for one in look(COVER, ONE, TWO, alone) if one.rule != "change-id"] == []
    assert "patch-missing" in [one.rule for one in look(COVER, ONE, whole[0], whole[1])]


def test_a_mail_sent_with_dos_line_ends_is_fine() -> None:
    raws = [draft.raw().replace(b"\n", b"\r\n") for draft in (COVER, ONE, TWO)]
    assert look(*raws) == []


@pytest.mark.parametrize(
    ("diff", "line"),
    [
        (DIFF, 0),
        (DIFF.replace("+three", "+th\nree"), 9),
        (DIFF.replace("+three\n", ""), 8),
        (DIFF.replace("-two", "two"), 7),
        (DIFF + "-- \nrefseries\n", 0),
        ("", 0),
        ("GIT binary patch\nliteral 3\nKcmZQzWB\n\n", 0),
    ],
)
def test_damage_is_found_at_its_line(diff: str, line: int) -> None:
    found = patches.damage(diff)
    assert (found[0] if found else 0) == line


def test_findings_name_the_line_of_the_body() -> None:
    (found,) = patch(diff=DIFF.replace("-two", "two"))()
    body = replace(ONE, diff=DIFF.replace("-two", "two")).raw().decode().partition("\n\n")[2]
    assert body.split("\n")[found.line - 1] == "two"


@given(st.text())
@settings(max_examples=200)
def test_any_text_can_be_looked_at(text: str) -> None:
    raw = f"From: a@b.c\nSubject: [PATCH] x\n\n{text}".encode("utf-8", "surrogatepass")
    look(raw)


@given(st.text())
@settings(max_examples=300)
def test_any_subject_can_be_taken_apart(text: str) -> None:
    found = subjects.parse(text)
    assert found.number >= 0
    assert subjects.parse(f"[PATCH v7 3/4] {found.title}").version >= 1


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("[PATCH v4 2/7] mm: x", (4, 2, 7, "mm: x", True)),
        ("[PATCHv2] mm: x", (2, 1, 1, "mm: x", False)),
        ("[RFC PATCH 0/3] [mm] x", (1, 0, 3, "x", True)),
        ("[PATCH, v3, 1/2] x", (3, 1, 2, "x", True)),
        ("Re: [PATCH v2 1/2] x", (2, 1, 2, "x", True)),
        ("x [not a prefix]", (1, 1, 1, "x [not a prefix]", False)),
    ],
)
def test_a_subject_is_taken_apart_as_b4_does(subject: str, wanted: tuple[object, ...]) -> None:
    found = subjects.parse(subject)
    got = (found.version, found.number, found.total, found.title, found.numbered)
    assert got == wanted
    from b4 import LoreSubject

    theirs = LoreSubject(subject)
    assert (theirs.revision, theirs.counter, theirs.expected, theirs.subject, theirs.reply) == (
        found.version, found.number, found.total, found.title, found.reply,
    )  # fmt: skip
