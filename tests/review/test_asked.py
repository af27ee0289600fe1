# SPDX-License-Identifier: GPL-2.0-or-later
"""How many tasks mails make, against how many a reader counts: none missed, few too many."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sample_mails import letter, mbox
from toy import Toy

from refseries.model import Identity
from refseries.review import import_mail, imported, status, store
from refseries.review.reading import classify

CORPUS = Path(__file__).parents[1] / "data" / "mail" / "asked.txt"
_HEAD = re.compile(r"== (?P<wanted>\d+) (?P<sender>[^|]+?)(?: \| (?P<subject>.+))?")
_SENDER = re.compile(r"(?:(?P<name>.*?) <)?(?P<email>[^<>\s]+)>?")


@dataclass(frozen=True)
class Sample:
    """One mail, and how many tasks a reader finds in it."""

    wanted: int
    raw: bytes
    message_id: str
    body: str


def samples() -> list[Sample]:
    found = []
    for number, part in enumerate(re.split(r"(?m)^(?=== \d)", CORPUS.read_text("utf-8"))[1:]):
        head, _, body = part.partition("\n")
        read = _HEAD.fullmatch(head)
        assert read, head
        sender = _SENDER.fullmatch(read["sender"])
        assert sender, head
        message_id = f"asked-{number}@example.org"
        raw = letter(
            body,
            subject=read["subject"] or "Re: [PATCH v2 1/2] mm: introduce toys",
            author=Identity(sender["name"] or "", sender["email"]),
            message_id=message_id,
            in_reply_to="<p1@example.org>",
            content_type="text/plain; charset=utf-8",
        )
        found.append(Sample(int(read["wanted"]), raw, message_id, body))
    return found


def test_mails_of_the_list_make_the_tasks_that_they_ask_for(
    toy: Toy, capsys: pytest.CaptureFixture[str]
) -> None:
    mails = samples()
    assert len(mails) >= 60
    path = toy.directory / "asked.mbox"
    path.write_bytes(mbox(*(mail.raw for mail in mails)))
    found = import_mail.run(toy.series(), [path], "v2")
    made = Counter({one.message_id: len(one.tasks) for one in store.load(toy.series())})
    missed = [mail for mail in mails if made[mail.message_id] < mail.wanted]
    false = [mail for mail in mails if made[mail.message_id] > mail.wanted]
    total = sum(made.values())
    many = sum(made[mail.message_id] - mail.wanted for mail in false)
    counts = f"{len(mails)} mails, {total} tasks, {many} that nobody asked for"
    with capsys.disabled():
        print(f"\n{counts}, missed in {len(missed)} mails")
    assert [mail.body for mail in missed] == []
    assert many <= 0.02 * total, [mail.body for mail in false]
    # What made no task is named, or is a review with trailers alone.
    quiet = [mail for mail in mails if not made[mail.message_id]]
    with_trailers = [one for one in store.load(toy.series()) if one.trailers and not one.tasks]
    assert len(quiet) == len(found.left_out) + len(with_trailers)


def test_importing_them_again_changes_nothing(toy: Toy) -> None:
    path = toy.directory / "asked.mbox"
    path.write_bytes(mbox(*(mail.raw for mail in samples())))
    import_mail.run(toy.series(), [path], "v2")
    folder = toy.project / "series" / "feedback"
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert import_mail.run(toy.series(), [path], "v2").new == []
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before


def test_the_version_that_was_taken_is_named_by_status(toy: Toy, tmp_path: Path) -> None:
    path = toy.directory / "taken"
    path.write_bytes(letter("> Toys.\n\nApplied to toys-next, thanks.\n"))
    found = import_mail.run(toy.series(), [path])
    assert [one.why for one in found.left_out] == [imported.Why.TAKEN]
    reviews = store.load(toy.series())
    rows = status.status_of(toy.series(), None, (), tmp_path, reviews=reviews).rows
    assert {row.version.name: [one.taken for one in row.taken] for row in rows} == {
        "v1": [],
        "v2": ["Applied to toys-next, thanks."],
    }
    assert [one.why for one in import_mail.run(toy.series(), [path]).left_out] == [
        imported.Why.KNOWN
    ]


@pytest.mark.parametrize(
    "tail",
    [
        "> Signed-off-by: Ada <ada@example.org>\n",
        "> ---\n>  mm/toy.c | 1 +\n>  1 file changed, 1 insertion(+)\n",
        "> Ada (1):\n>   mm: introduce toys\n>\n>  mm/toy.c | 1 +\n> -- \n> 2.43.0\n",
    ],
)
def test_a_remark_under_tags_or_a_diffstat_is_about_the_text(toy: Toy, tail: str) -> None:
    path = toy.directory / "stat"
    path.write_bytes(letter(f"> Toys.\n{tail}\nA selftest would be good.\n"))
    import_mail.run(toy.series(), [path])
    (task,) = [task for review in store.load(toy.series()) for task in review.tasks]
    assert task.anchor.patch == "0001-mm-introduce-toys.patch"
    assert task.anchor.file == ""


@pytest.mark.parametrize(
    ("report", "file", "line"),
    [
        ("smatch warnings:\nmm/toy.c:1 make() warn: unused\n", "mm/toy.c", 1),
        (">> Warning: mm/toy.c:1 function parameter 't' not described\n", "mm/toy.c", 1),
        (">> Documentation/mm/toy.rst:12: WARNING: bad title\n", "Documentation/mm/toy.rst", 12),
        (">> Warning: MAINTAINERS references a file that is not there: x.rst\n", "MAINTAINERS", 0),
    ],
)
def test_a_report_has_its_place(toy: Toy, report: str, file: str, line: int) -> None:
    path = toy.directory / "report"
    body = f"kernel test robot noticed:\n\nAll warnings (new ones prefixed by >>):\n\n{report}"
    path.write_bytes(letter(body, author=Identity("kernel test robot", "lkp@example.org")))
    import_mail.run(toy.series(), [path])
    (task,) = [task for review in store.load(toy.series()) for task in review.tasks]
    assert (task.anchor.file, task.anchor.line) == (file, line)


@pytest.mark.parametrize(
    ("comment", "summary"),
    [
        (
            "I looked at it again. The toy is kept. Please take the lock here.",
            "Please take the lock here.",
        ),
        ("Hmm, okay. This leaks.", "This leaks."),
        ("It is\n\n\tint a;\n\nnow. Why not a short?", "Why not a short?"),
    ],
)
def test_a_summary_is_the_point(comment: str, summary: str) -> None:
    assert classify.summary(comment) == summary
