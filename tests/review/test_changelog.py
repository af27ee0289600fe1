# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from reviews import ADA, BOB
from toy import IDENTITY, Toy

from refseries.model import Series
from refseries.review import changelog, news, states
from refseries.review.changelog import Changelog
from refseries.review.model import Kind, Review, State, Task

FIXUPS = {"small-toy": "mm: make the toy small", "two-toys": "mm: add a toy"}
SUBJECTS = {"0001-mm-introduce-toys.patch": "mm: introduce toys", "0002-x.patch": "mm: tell"}
LINK = "https://lore.kernel.org/r/20261121093000.1-1-ada@example.org"


@pytest.fixture
def series(toy: Toy) -> Series:
    return toy.series()


def of(series: Series, *reviews: Review, version: str = "v2") -> Changelog:
    patch_of = {"v1-ada-1": "0001-mm-introduce-toys.patch"}
    return changelog.changelog_of(series, reviews, version, FIXUPS, patch_of, SUBJECTS)


def with_tasks(review: Review, *tasks: Task) -> Review:
    return replace(review, tasks=tasks)


def test_each_settled_task_is_a_line_that_credits_and_links(series: Series, review: Review) -> None:
    assert (
        changelog.as_mail(of(series, review))
        == f"""\
Changes in v2:

- Make the toy small (Ada Löwe [1])

Answered:

- Why toys at all? (Ada Löwe [1])
  They are fun.

Still open:

- Two of them clash (Ada Löwe [1], Bob Ångström)

[1] {LINK}
"""
    )


def test_tasks_of_one_fixup_share_a_line_in_the_order_of_the_fixups(
    series: Series, review: Review
) -> None:
    first = review.tasks[0]
    second = replace(first, id="v1-ada-9", fixup="two-toys")
    third = replace(first, id="v1-bob-1", reviewer=BOB, also=(ADA,))
    other = replace(review, name="v1-bob", reviewer=BOB, link="", tasks=(third,))
    found = of(series, with_tasks(review, second, first), other)
    assert [(entry.text, entry.tasks) for entry in found.entries] == [
        ("Make the toy small", ("v1-ada-1", "v1-bob-1")),
        ("Add a toy", ("v1-ada-9",)),
    ]
    assert "(Ada Löwe [1], Bob Ångström)" in changelog.as_mail(found)


def test_a_task_without_a_fixup_speaks_for_itself(series: Series, review: Review) -> None:
    first = replace(review.tasks[0], fixup="", summary="make the toy small")
    bug = replace(first, id="v1-ada-8", kind=Kind.BUG, summary="toys_of() leaks a toy")
    code = replace(first, id="v1-ada-9", summary="toys_of() returns none")
    found = of(series, with_tasks(review, first, bug, code))
    assert [entry.text for entry in found.entries] == [
        "Make the toy small", "Fix: toys_of() leaks a toy", "toys_of() returns none"
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["fixup! ", "squash! ", "amend! ", "fixup! fixup! "])
def test_the_subject_of_a_patch_is_no_change_of_it(
    series: Series, review: Review, mark: str
) -> None:
    fixups = {"small-toy": f"{mark}mm: introduce toys"}
    found = changelog.changelog_of(series, [review], "v2", fixups, {}, {})
    assert found.entries[0].text == "Make the toy small"


def test_what_we_found_ourselves_credits_nobody(series: Series, review: Review) -> None:
    ours = replace(review.tasks[0], reviewer=IDENTITY)
    assert "- Make the toy small\n" in changelog.as_mail(of(series, with_tasks(review, ours)))


def test_what_was_declined_or_withdrawn_is_said_with_the_reason(
    series: Series, review: Review
) -> None:
    task = review.tasks[1]
    declined = states.decline(task, "It would cost a page\nfor each.\n\nAnd more.")
    gone = states.obsolete(replace(task, id="v1-ada-5"), "Ada withdrew it.")
    twin = states.merge(task, replace(task, id="v1-ada-6"))[1]
    text = changelog.as_mail(of(series, with_tasks(review, declined, gone, twin)))
    assert "Not done:\n\n- Two of them clash (Ada Löwe [1], Bob Ångström)\n" in text
    assert "\n  It would cost a page for each.\n\n" in text
    assert "No longer relevant:\n\n- Two" in text
    assert "v1-ada-1" not in text
    assert text.count("Two of them clash") == 2


def test_an_answer_stands_in_the_first_version_that_could_give_it(
    series: Series, review: Review
) -> None:
    late = replace(review, date=datetime(2026, 12, 24, tzinfo=UTC))
    assert [entry.state for entry in of(series, late).entries] == [State.SETTLED]
    found = of(series, late, version="v3")
    assert [entry.state for entry in found.entries] == [State.ANSWERED, State.OPEN]
    # What is open stays so in each version; what was answered is not answered again.
    found = of(series, review, version="v3")
    assert [entry.state for entry in found.entries] == [State.OPEN]
    assert of(series, review, version="v1").entries == ()


def test_what_is_called_open_and_was_done_since_is_found(series: Series, review: Review) -> None:
    task = replace(review.tasks[1], summary="two of them clash " * 8)  # more than a line
    kept = changelog.as_mail(of(series, with_tasks(review, task, review.tasks[2])))

    def found(now: Task, version: str = "v2") -> list[str]:
        reviews = [with_tasks(review, now, review.tasks[2])]
        return [each.id for each in changelog.no_longer_open(kept, reviews, version)]

    assert found(task) == []  # it is open, and what is answered is not called open
    assert found(states.decline(task, "No.")) == ["v1-ada-2"]
    settled = replace(task, state=State.SETTLED, settled_in="v3")
    assert (found(settled), found(settled, "v3")) == ([], ["v1-ada-2"])
    assert found(states.decline(replace(task, summary="two of them"), "No.")) == []


def test_nothing_to_say_is_said(series: Series) -> None:
    assert changelog.as_mail(of(series)) == "Changes in v2:\n\n- Nothing that a task asked for\n"
    assert "Nothing that a task asked for" in changelog.as_markdown(of(series))


def test_a_base_that_moved_is_told(toy: Toy) -> None:
    path = toy.project / "series/v2/version.toml"
    own = '[base]\nrelease = "6.13.0"\ncommit = "{}"\n'.format("1" * 40)
    path.write_text(f"{path.read_text()}\n{own}")
    words = "Linux 6.13.0, commit 111111111111"
    found = news.news_of(toy.series(), "v2")
    assert news.text(toy.series(), "v2") == f"Changes in v2:\n\n- Rebased onto {words}.\n"
    assert f"\n\n- Rebased onto {words}.\n" in changelog.as_markdown(found)
    assert changelog.as_json(found)["rebased"] == words
    first = toy.project / "series/v1/version.toml"
    first.write_text(f"{first.read_text()}\n{own}")
    assert news.text(toy.series(), "v2") == ""
    path.write_text(path.read_text().removesuffix(f"\n{own}"))
    assert news.news_of(toy.series(), "v2").rebased == "Linux 6.12.117"


def test_a_base_that_moved_stands_with_the_changes(series: Series, review: Review) -> None:
    found = dataclasses.replace(of(series, review), rebased="v6.13")
    line, change = "- Rebased onto v6.13.\n", "- Make the toy small (Ada Löwe [1])\n"
    assert changelog.as_mail(found).startswith(f"Changes in v2:\n\n{change}{line}\nAnswered:")
    per_patch = changelog.as_mail(found, per_patch=True)
    assert per_patch.startswith(f"Changes in v2:\n\n{line}\nmm: introduce toys:")


def test_the_version_before_is_linked_where_it_was_posted(series: Series, review: Review) -> None:
    v1 = dataclasses.replace(series.versions[0], message_id="v1+a/b%c@example.org")
    posted = dataclasses.replace(series, versions=(v1, *series.versions[1:]))
    link = "https://lore.kernel.org/r/v1+a%2Fb%25c@example.org"
    assert f"\n- Link to v1: {link}\n" in changelog.as_mail(of(posted, review))
    assert f"\nLink to v1: <{link}>\n" in changelog.as_markdown(of(posted, review))


def test_a_link_is_among_no_answers(series: Series, review: Review) -> None:
    posted = dataclasses.replace(
        series, versions=(dataclasses.replace(series.versions[0], message_id="1@example.org"),)
    )
    unsettled = [task for task in review.tasks if task.state is not State.SETTLED]
    said = changelog.as_mail(of(posted, with_tasks(review, *unsettled)))
    assert said.startswith(
        "Changes in v2:\n\n- Link to v1: https://lore.kernel.org/r/1@example.org\n\nAnswered:\n\n- "
    )


def test_per_patch_the_changes_stand_under_the_patch(series: Series, review: Review) -> None:
    first = review.tasks[0]
    general = replace(first, id="v1-ada-7", fixup="", summary="Copy linux-api")
    found = of(series, with_tasks(review, general, first))
    assert (
        changelog.as_mail(found, per_patch=True)
        == f"""\
Changes in v2:

mm: introduce toys:

- Make the toy small (Ada Löwe [1])

Cover letter and series:

- Copy linux-api (Ada Löwe [1])

[1] {LINK}
"""
    )


def test_markdown_keeps_names_and_escapes_what_would_mean_something(
    series: Series, review: Review
) -> None:
    answered = replace(review.tasks[2], summary="Does *toy_create* <b>help</b>?", answer="_No_.")
    text = changelog.as_markdown(of(series, with_tasks(review, review.tasks[0], answered)))
    assert f"- Make the toy small ([Ada Löwe]({LINK}))\n" in text
    assert r"- Does \*toy_create\* \<b\>help\</b\>? ([Ada" in text
    assert "  \n  \\_No\\_.\n" in text


def test_mail_is_72_columns_wide_but_for_links(series: Series, review: Review) -> None:
    long = replace(review.tasks[2], summary="Why? " * 40, answer="Because it is so. " * 40)
    text = changelog.as_mail(of(series, with_tasks(review, long)))
    assert max(len(line) for line in text.splitlines() if "https:" not in line) <= 72


def test_as_json_each_line_names_its_tasks(series: Series, review: Review) -> None:
    found = changelog.as_json(of(series, review))
    assert found["version"] == "v2"
    assert found["entries"][0] == {
        "state": "settled",
        "text": "Make the toy small",
        "why": None,
        "credits": [{"name": "Ada Löwe", "link": LINK}],
        "tasks": ["v1-ada-1"],
        "patch": "0001-mm-introduce-toys.patch",
    }
