# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import dataclasses
import re
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import reviews
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from toy import Toy
from waiting import SECONDS

from refseries.errors import HostError, SeriesError
from refseries.host import proc
from refseries.model import Identity, Version
from refseries.review import store
from refseries.review.evidence.build import BuildEvidence
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.check import CheckEvidence
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.evidence.measure import MeasureEvidence
from refseries.review.evidence.text import TextEvidence
from refseries.review.model import Anchor, Kind, Review, State, Task, Trailer


def path_of(toy: Toy, name: str = "v1-ada") -> Path:
    return toy.project / "series" / "feedback" / f"{name}.toml"


def with_task(review: Review, number: int, **changes: object) -> Review:
    tasks = list(review.tasks)
    tasks[number - 1] = replace(tasks[number - 1], **changes)
    return replace(review, tasks=tuple(tasks))


def test_a_series_without_feedback_has_no_reviews(toy: Toy) -> None:
    assert store.load(toy.series()) == ()


def test_what_was_saved_is_loaded(toy: Toy, review: Review) -> None:
    assert store.save(toy.series(), review) == path_of(toy)
    assert store.load(toy.series()) == (review,)


def test_every_kind_of_evidence_and_the_trailers_are_kept(toy: Toy, review: Review) -> None:
    evidence = (
        CaseEvidence(("toy.*", "map.one"), config="debug"),
        DiffEvidence("mm/toy.c", added=(r"\bshort\b",), gone=('"int"',)),
        BuildEvidence("x86_64-sparsemem"),
        CheckEvidence("checkpatch", "WARNING: .* braces"),
        MeasureEvidence("fault-read", 1.02),
        TextEvidence("cover", added=("userfaultfd",)),
        ManualEvidence("Seen on a board.\nTwice.", "https://example.org/x"),
    )
    full = replace(
        with_task(review, 1, evidence=evidence),
        trailers=(Trailer("Reviewed-by", "Bob <bob@example.org>", "cover"),),
        references=("a@example.org", "b@example.org"),
    )
    store.save(toy.series(), full)
    assert store.load(toy.series()) == (full,)


def test_others_may_read_what_was_written(toy: Toy, review: Review) -> None:
    plain = toy.project / "plain"
    plain.touch()
    store.save(toy.series(), review)
    assert path_of(toy).stat().st_mode == plain.stat().st_mode
    path_of(toy).chmod(0o640)
    store.save(toy.series(), with_task(review, 3, answer="x"))
    assert path_of(toy).stat().st_mode & 0o777 == 0o640


def test_reviews_come_in_the_order_of_versions_and_dates(toy: Toy, review: Review) -> None:
    bare = replace(review, tasks=())
    for name, version, day in (("a", "v10", 1), ("b", "v2", 3), ("c", "v2", 2), ("d", "v1", 9)):
        date = datetime(2026, 11, day, tzinfo=UTC)
        store.save(toy.series(), replace(bare, name=name, version=version, date=date))
    assert [found.name for found in store.load(toy.series())] == ["d", "c", "b", "a"]


def test_comments_order_and_form_of_an_edited_file_stay(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    path = path_of(toy)
    text = "# SPDX-License-Identifier: MIT\n" + path.read_text().replace(
        'state = "open"', "state =   'open'   # until Bob is back"
    )
    path.write_text(text)
    store.save(toy.series(), with_task(review, 3, answer="They are."))
    assert path.read_text() == text.replace("They are fun.", "They are.")
    store.save(toy.series(), with_task(review, 2, state=State.STARTED))
    assert '\nstate =   "started"   # until Bob is back\n' in path.read_text()


def test_a_new_key_goes_in_front_of_the_tables_of_its_task(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    changed = with_task(review, 1, answer="Done.", also=(Identity("Bob", ""),))
    store.save(toy.series(), changed)
    assert store.load(toy.series()) == (changed,)


def test_tasks_that_come_go_and_move_leave_the_others_as_they_are(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    first, second, third = review.tasks
    new = replace(second, id="v1-ada-4", comment="Four:\n\n> three\n")
    for tasks in ((first, second, third, new), (third, new, first), (first,), (), (second, new)):
        wanted = replace(review, tasks=tasks)
        store.save(toy.series(), wanted)
        assert store.load(toy.series()) == (wanted,)
        assert not re.search(r"[^\n]\n\[\[", path_of(toy).read_text())


ODD = st.lists(
    st.text(max_size=5)
    | st.sampled_from(["\n", "\r", "\t", '"', "'", "\\", "\x1b", "\x85", "\u2028"]),
    max_size=12,
).map("".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.tuples(ODD, ODD, ODD), again=st.tuples(ODD, ODD, ODD))
def test_any_text_of_a_mail_survives(
    toy: Toy, review: Review, texts: tuple[str, str, str], again: tuple[str, str, str]
) -> None:
    path_of(toy).unlink(missing_ok=True)
    for comment, quote, line in (texts, again):
        odd = with_task(review, 2, comment=comment, quote=quote, anchor=Anchor(text=line, line=3))
        store.save(toy.series(), odd)
        assert store.load(toy.series()) == (odd,)


@pytest.mark.parametrize("name", ["../v1-ada", "a/b", "", ".", "..", "A", "a.b", "a\n", "x" * 101])
def test_no_name_leaves_the_folder(toy: Toy, review: Review, name: str) -> None:
    with pytest.raises(SeriesError, match="cannot be the name of a review"):
        store.save(toy.series(), replace(review, name=name))
    assert store.load(toy.series()) == ()


def test_a_link_that_leads_out_is_refused_and_never_written_through(
    toy: Toy, review: Review, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.toml"
    store.save(toy.series(), review)
    path_of(toy).rename(outside)
    before = outside.read_bytes()
    path_of(toy).symlink_to(outside)
    with pytest.raises(SeriesError, match="leads out of the folder"):
        store.load(toy.series())
    with pytest.raises(SeriesError, match="leads out of the folder"):
        store.save(toy.series(), with_task(review, 3, answer="x"))
    assert outside.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("schema = 1", "schema = 2", "schema", "schema 2 is not known"),
        ('kind = "bug"', 'kind = "bugg"', "task[1].kind", "Invalid enum value 'bugg'"),
        ('id = "v1-ada-2"', 'id = "v1 ada"', "task[1].id", "matching regex"),
        ('id = "v1-ada-2"', 'id = "v2-ada-2"', "task[1].id", "does not begin with `v1-`"),
        ('id = "v1-ada-2"', 'id = "v1-ada-1"', "task[1].id", "a task `v1-ada-1` in v1-ada.toml"),
        ('state = "open"', 'state = "declined"', "task[1].state", "declined without a reason"),
        ('state = "open"', 'state = "settled"', "task[1].state", "is settled nowhere"),
        ('state = "open"', 'status = "open"', "task[1].status", "unknown field `status`"),
        ('settled_in = "v2"', 'settled_in = "v7"', "task[0].settled_in", "no version `v7`"),
        ('settled_in = "v2"', 'settled_in = ""', "task[0].state", "is settled nowhere"),
        ('fixup = "small-toy"', 'fixup = "big"', "task[0].fixup", "v2 has no fixup `big`"),
        ('state = "answered"', 'state = "open"\nfixup = "x"', "task[2].fixup", "is open, not"),
        (
            'state = "answered"',
            'state = "obsolete"\nmerged_into = "v1-ada-9"',
            "task[2].merged_into",
            "no task `v1-ada-9`",
        ),
        (
            'state = "open"',
            'state = "open"\nmerged_into = "v1-ada-1"',
            "task[1].merged_into",
            "open",
        ),
        ("line = 1", "line = -1", "task[0].anchor.line", "`int` >= 0"),
        ('"mm/toy.c"', '"../toy.c"', "task[0].anchor.file", "matching regex"),
        ('"mm/toy.c"', '"/mm/toy.c"', "task[0].anchor.file", "matching regex"),
        ('"mm/toy.c"', '"mm/../../toy.c"', "task[0].anchor.file", "matching regex"),
        ('patch = "0001-', 'patch = "0009-', "task[0].anchor.patch", "v1 has no patch"),
        ('kind = "test"', 'kind = "tst"', "task[0].evidence[0].kind", "Invalid value 'tst'"),
        ('cases = ["toy.small"]', "cases = []", "task[0].evidence[0].cases", "length >= 1"),
        (
            'kind = "test"\ncases = ["toy.small"]',
            'kind = "diff"\nfile = "mm/toy.c"\nadded = ["(a"]',
            "task[0].evidence[0].added",
            "`(a` is not a regular expression",
        ),
        (
            'kind = "test"\ncases = ["toy.small"]',
            'kind = "text"\nwhere = "cover"',
            "task[0].evidence[0].kind",
            "looks for nothing",
        ),
        (
            'kind = "test"\ncases = ["toy.small"]',
            f'kind = "check"\ncheck = "sparse"\npattern = "{"a" * 401}"',
            "task[0].evidence[0].pattern",
            "length <= 400",
        ),
        ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00", "date", "timezone"),
        ('link = "https:', 'link = "javascript:', "link", "matching regex"),
        ('"Ada Löwe"', '"Ada <Löwe"', "reviewer.name", "matching regex"),
        ('"20261121093000.', '"a b', "message_id", "matching regex"),
        ('summary = "Two', 'summary = "\\u001b[2J', "task[1].summary", "matching regex"),
        ('summary = "Two of them clash"', 'summary = " "', "task[1].summary", "matching regex"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_key(
    toy: Toy, review: Review, old: str, new: str, where: str, what: str
) -> None:
    store.save(toy.series(), review)
    path = path_of(toy)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(SeriesError) as caught:
        store.load(toy.series())
    assert caught.value.where.startswith(f"{path}:")
    assert caught.value.where.endswith(where)
    assert what in caught.value.what


def test_the_words_that_a_wrong_one_may_be_are_named(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    path = path_of(toy)
    said = path.read_text()
    for old, new, known in (
        ('kind = "bug"', 'kind = "bugg"', "bug, build, change, docs, process, question."),
        ('kind = "test"', 'kind = "tst"', " test, text"),
    ):
        path.write_text(said.replace(old, new, 1))
        with pytest.raises(SeriesError) as caught:
            store.load(toy.series())
        assert known in caught.value.hint


def test_a_line_number_is_that_of_the_key(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    lines = path_of(toy).read_text().splitlines()
    number = lines.index('settled_in = "v2"') + 1
    lines[number - 1] = 'settled_in = "v9"'
    path_of(toy).write_text("\n".join(lines))
    with pytest.raises(SeriesError, match=rf"v1-ada\.toml:{number}: task\[0\]\.settled_in: "):
        store.load(toy.series())


def test_a_task_cannot_be_settled_before_it_was_raised(toy: Toy, review: Review) -> None:
    first = replace(review.tasks[0], id="v2-ada-1", settled_in="v1", fixup="")
    early = replace(review, version="v2", tasks=(replace(first, anchor=Anchor()),))
    with pytest.raises(SeriesError, match="v1 was there before v2"):
        store.save(toy.series(), early)


def test_a_review_of_a_version_that_is_not_here_is_kept(toy: Toy, review: Review) -> None:
    task = replace(review.tasks[1], id="v7-ada-1", anchor=Anchor("0009-x.patch"))
    late = replace(review, version="v7", tasks=(task,))
    store.save(toy.series(), late)
    assert store.load(toy.series()) == (late,)


def test_an_id_is_unique_over_all_files(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    again = replace(review, name="v1-bob", tasks=review.tasks[1:2])
    with pytest.raises(SeriesError, match=r"`v1-ada-2` in v1-ada\.toml already"):
        store.save(toy.series(), again)
    assert not path_of(toy, "v1-bob").exists()


def test_nothing_is_written_when_anything_is_wrong(toy: Toy, review: Review) -> None:
    store.save(toy.series(), review)
    before = path_of(toy).read_bytes()
    good = with_task(review, 3, answer="Other.")
    bad = replace(review, name="v1-bob", tasks=(replace(review.tasks[0], settled_in="v9"),))
    with pytest.raises(SeriesError):
        store.update(toy.series(), lambda _reviews: (good, bad))
    assert path_of(toy).read_bytes() == before
    assert [path.name for path in path_of(toy).parent.iterdir()] == ["v1-ada.toml"]


def test_a_review_that_has_no_form_in_a_file_is_refused(toy: Toy, review: Review) -> None:
    for task in (
        replace(review.tasks[1], id="v2-ada-2"),
        replace(review.tasks[1], comment="\ud800"),
        replace(review.tasks[1], summary="two\nlines"),
    ):
        with pytest.raises(SeriesError):
            store.save(toy.series(), replace(review, tasks=(task,)))
    assert not path_of(toy).exists()


def test_two_writers_at_once_lose_nothing(toy: Toy, review: Review) -> None:
    store.save(toy.series(), replace(review, tasks=()))
    code = """
import pathlib, sys
from msgspec import structs
from refseries.series import store as series_store
from refseries.review import store
from refseries.review.model import Kind, State, Task
series = series_store.load(pathlib.Path(sys.argv[1]))
for number in range(10):
    def add(reviews):
        review, = reviews
        name = f"v1-{sys.argv[2]}-{number}"
        task = Task(id=name, kind=Kind.BUG, state=State.OPEN, summary="x", reviewer=review.reviewer)
        return [structs.replace(review, tasks=(*review.tasks, task))]
    store.update(series, add)
"""
    with (
        proc.start([sys.executable, "-c", code, str(toy.project), "eve"]) as eve,
        proc.start([sys.executable, "-c", code, str(toy.project), "max"]) as other,
    ):
        assert (eve.wait(SECONDS), other.wait(SECONDS)) == (0, 0)
    assert sorted(task.id for task in store.load(toy.series())[0].tasks) == sorted(
        f"v1-{name}-{number}" for name in ("eve", "max") for number in range(10)
    )


def test_a_task_is_found_by_its_id_and_a_slip_is_told(toy: Toy, review: Review) -> None:
    assert store.find((review,), "v1-ada-2") == (review, review.tasks[1])
    with pytest.raises(SeriesError, match=r"no task `v1-ida-2`. Is it v1-ada-2 or "):
        store.find((review,), "v1-ida-2")
    with pytest.raises(SeriesError, match="`refseries feedback list` shows them all"):
        store.find((review,), "xyz")
    with pytest.raises(SeriesError, match="There is no task yet"):
        store.find((), "v1-ada-2")


def test_an_offset_of_a_date_is_kept(toy: Toy, review: Review) -> None:
    date = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=-4)))
    store.save(toy.series(), replace(review, date=date))
    (found,) = store.load(toy.series())
    assert found.date.isoformat() == "2026-11-21T09:30:00-04:00"


def test_300_tasks_on_60_patches_load_in_well_under_a_second(toy: Toy, review: Review) -> None:
    series = toy.series()
    v1 = series.versions[0]
    patches = tuple(v1.path / f"{number:04}-x.patch" for number in range(1, 61))
    large = dataclasses.replace(
        series, versions=(replace_patches(v1, patches), *series.versions[1:])
    )
    for person in range(15):
        tasks = tuple(
            Task(
                id=f"v1-p{person}-{n}",
                kind=Kind.CHANGE,
                state=State.SETTLED,
                summary="Change that",
                reviewer=review.reviewer,
                anchor=Anchor(patches[(person * 20 + n) % 60].name, "mm/x.c", n, "x"),
                comment="Comment.\n" * 20,
                quote="+quote\n" * 20,
                settled_in="v2",
                evidence=(DiffEvidence("mm/x.c", (rf"a{n}+",), (r"\bx\b",)),),
            )
            for n in range(20)
        )
        store.save(large, replace(review, name=f"v1-p{person}", tasks=tasks))
    start = time.process_time()
    assert sum(len(found.tasks) for found in store.load(large)) == 300
    assert time.process_time() - start < 10


def replace_patches(version: Version, patches: tuple[Path, ...]) -> Version:
    return dataclasses.replace(version, patches=patches)


@pytest.mark.parametrize("what", ["file", "loop"])
def test_a_folder_that_cannot_be_read_is_not_one_without_tasks(toy: Toy, what: str) -> None:
    feedback = toy.project / "series/feedback"
    if what == "file":
        feedback.touch()
    else:
        feedback.symlink_to("feedback")
    with pytest.raises(HostError, match="cannot be read") as caught:
        store.load(toy.series())
    assert caught.value.where == str(feedback)


def test_tasks_that_are_merged_in_a_circle_are_refused(toy: Toy) -> None:
    usual = reviews.make()
    into = ("v1-ada-2", "v1-ada-3", "v1-ada-1")
    tasks = tuple(
        replace(task, state=State.OBSOLETE, settled_in="", fixup="", answer="So.", merged_into=to)
        for task, to in zip(usual.tasks, into, strict=True)
    )
    with pytest.raises(SeriesError, match="v1-ada-1 → v1-ada-2 → v1-ada-3 → v1-ada-1"):
        store.save(toy.series(), replace(usual, tasks=tasks))
