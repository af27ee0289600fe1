# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries feedback list``, ``show``, and what changes tasks: real processes in the toy."""

from __future__ import annotations

import json
import resource
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import reviews
from msgspec.structs import replace
from toy import Toy

from refseries.host import proc
from refseries.review import store
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.model import Kind, State, Task

Refseries = Callable[..., proc.Completed]
LIST_KEYS = {
    "id", "reviewer", "raised_on", "kind", "state", "settled_in", "patch", "file", "line",
    "summary", "evidence",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_review(toy: Toy) -> None:
    store.save(toy.series(), reviews.make())


def task_of(toy: Toy, task_id: str) -> Task:
    return store.find(store.load(toy.series()), task_id)[1]


def done(completed: proc.Completed) -> str:
    assert (completed.returncode, completed.stderr) == (0, "")
    return completed.stdout


def refused(completed: proc.Completed, what: str) -> None:
    assert completed.returncode == 2
    assert what in completed.stderr
    assert completed.stderr.startswith("refseries: ")
    assert completed.stderr.count("\n") == 1


def editor(toy: Toy, body: str) -> dict[str, str]:
    """The environment in which this shell script is the editor."""
    script = toy.directory / "editor.sh"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"EDITOR": f"{script} --flag", "VISUAL": ""}


def test_the_list_shows_every_task_with_its_state(refseries: Refseries) -> None:
    out = done(refseries("feedback", "list"))
    assert max(map(len, out.splitlines())) <= 80
    assert [line.split()[:2] for line in out.splitlines()[:3]] == [
        ["v1-ada-1", "settled"], ["v1-ada-2", "open"], ["v1-ada-3", "answered"],
    ]  # fmt: skip
    assert out.endswith("\n3 tasks: 1 open, 1 settled, 1 answered\n")
    assert done(refseries("feedback", "list", "--reviewer", "eve")) == "no task\n"
    assert "v1-ada-1" not in done(refseries("feedback", "list", "--open"))
    refused(refseries("feedback", "list", "--version", "v9"), "has no version `v9`")


def test_the_list_as_json_is_what_is_promised(refseries: Refseries) -> None:
    found = json.loads(done(refseries("feedback", "list", "--json", "-")))
    assert [set(entry) for entry in found] == [LIST_KEYS] * 3
    assert found[0]["evidence"] == [{"kind": "test", "detail": "toy.small", "verdict": "untested"}]
    one = json.loads(done(refseries("feedback", "list", "--state", "answered", "--json", "-")))
    assert [entry["id"] for entry in one] == ["v1-ada-3"]


def test_verdicts_are_those_of_the_results_at_hand(toy: Toy, refseries: Refseries) -> None:
    review = reviews.make()
    evidence = (DiffEvidence("mm/toy.c", added=("^short",), gone=("^int",)),)
    proven = replace(review.tasks[0], evidence=evidence)
    store.save(toy.series(), replace(review, tasks=(proven, *review.tasks[1:])))
    done(refseries("base", "--quiet"))
    found = json.loads(done(refseries("feedback", "list", "--json", "-")))
    assert [entry["verdict"] for entry in found[0]["evidence"]] == ["proven"]
    assert "proven    diff" in done(refseries("feedback", "show", "v1-ada-1"))


def test_show_tells_all_about_a_task(refseries: Refseries) -> None:
    out = done(refseries("feedback", "show", "v1-ada-1"))
    assert max(map(len, out.splitlines())) <= 80
    for part in (
        "v1-ada-1  Make the toy small\n",
        "change on v1 by Ada Löwe, 2026-11-21\n",
        "https://lore.kernel.org/r/20261121093000.1-1-ada@example.org\n",
        "settled in v2 by small-toy: mm: make the toy small\n",
        "\n0001-mm-introduce-toys.patch, mm/toy.c, line 1\n> +int toy_create;\n",
        "\nAda Löwe wrote:\n  Does this have to be an int?\n  short is enough.\n",
        "\nEvidence:\n  untested  test     ",
    ):
        assert part in out
    assert "Answer:\n  They are fun.\n" in done(refseries("feedback", "show", "v1-ada-3"))
    assert "by Ada Löwe, also Bob Ångström" in done(refseries("feedback", "show", "v1-ada-2"))


def test_show_as_json_has_the_texts(refseries: Refseries) -> None:
    found = json.loads(done(refseries("feedback", "show", "v1-ada-1", "--json", "-")))
    assert set(found) > LIST_KEYS
    assert found["comment"] == "Does this have to be an int?\nshort is enough.\n"
    assert found["fixup"] == "small-toy"


def test_nothing_that_a_mail_holds_reaches_the_terminal(toy: Toy, refseries: Refseries) -> None:
    review = reviews.make()
    evil = "\x1b]0;owned\x07 \x1b[2J\u202e"
    bad = replace(review.tasks[0], comment=evil, quote=f"+{evil}\n", answer=evil)
    store.save(toy.series(), replace(review, tasks=(bad, *review.tasks[1:])))
    out = done(refseries("feedback", "show", "v1-ada-1"))
    assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_an_unknown_task_is_refused_with_those_that_look_like_it(refseries: Refseries) -> None:
    refused(refseries("feedback", "show", "v1-ida-1"), "no task `v1-ida-1`. Is it v1-ada-1")
    refused(refseries("feedback", "answer", "x", "--text", "y"), "`refseries feedback list` shows")


def test_a_task_goes_through_its_states(toy: Toy, refseries: Refseries) -> None:
    steps: list[tuple[list[str], State, str]] = [
        (
            ["settle", "--in", "v2", "--fixup", "two-toys", "--text", "Two."],
            State.SETTLED,
            "settled in v2",
        ),
        (["reopen", "--why", "It clashes still."], State.OPEN, "open"),
        (["answer", "--text", "They do not."], State.ANSWERED, "answered"),
        (["reopen", "--why", "They do."], State.OPEN, "open"),
        (["decline", "--why", "They may."], State.DECLINED, "declined"),
        (["reopen", "--why", "They may not."], State.OPEN, "open"),
        (["obsolete", "--why", "Withdrawn."], State.OBSOLETE, "obsolete"),
    ]
    for words, state, shown in steps:
        out = done(refseries("feedback", words[0], "v1-ada-2", *words[1:]))
        assert out == f"v1-ada-2  {shown}  Two of them clash\n"
        assert task_of(toy, "v1-ada-2").state is state
    assert task_of(toy, "v1-ada-2").answer == "Withdrawn."


def test_no_state_without_its_reason(toy: Toy, refseries: Refseries) -> None:
    before = store.load(toy.series())
    refused(refseries("feedback", "settle", "v1-ada-2"), "no version and no fixup settles it")
    refused(refseries("feedback", "decline", "v1-ada-2", "--why", " "), "without a reason")
    refused(refseries("feedback", "decline", "v1-ada-2"), "no terminal to ask for it")
    refused(refseries("feedback", "answer", "v1-ada-1", "--text", "x"), "settled in v2 already")
    refused(refseries("feedback", "reopen", "v1-ada-2", "--why", "x"), "is open already")
    assert store.load(toy.series()) == before


def test_texts_come_from_the_editor_without_what_is_below_the_cut(
    toy: Toy, refseries: Refseries
) -> None:
    env = editor(
        toy,
        'test "$1" = --flag || exit 9; cp "$2" "$0.seen"\n'
        '{ echo "They do not."; echo "#define TOY"; cat "$2"; } > "$2.new"; mv "$2.new" "$2"',
    )
    done(refseries("feedback", "answer", "v1-ada-2", env=env))
    assert task_of(toy, "v1-ada-2").answer == "They do not.\n#define TOY"
    seen = (toy.directory / "editor.sh.seen").read_text()
    assert "\n# v1-ada-2, Ada Löwe on v1: Two of them clash\n" in seen


def test_an_editor_that_fails_or_leaves_nothing_changes_nothing(
    toy: Toy, refseries: Refseries
) -> None:
    before = store.load(toy.series())
    failed = refseries("feedback", "answer", "v1-ada-2", env=editor(toy, "exit 1"))
    assert failed.returncode == 3
    assert "nothing was changed" in failed.stderr
    refused(
        refseries("feedback", "answer", "v1-ada-2", env=editor(toy, "true")), "without an answer"
    )
    # Where the task is finished, nobody is asked to write.
    env = editor(toy, f'touch "{toy.directory}/asked"')
    refused(refseries("feedback", "answer", "v1-ada-1", env=env), "settled in v2 already")
    assert not (toy.directory / "asked").exists()
    assert store.load(toy.series()) == before


def test_a_point_from_elsewhere_is_added_and_anchored(toy: Toy, refseries: Refseries) -> None:
    words = [
        "feedback", "add", "Name it better", "--version", "v2", "--reviewer",
        "Eve <eve@example.org>", "--kind", "docs", "--patch", "1", "--file", "mm/toy.c", "--line",
        "1", "--comment", "Said on IRC.", "--link", "https://example.org/log",
    ]  # fmt: skip
    assert done(refseries(*words)) == "v2-eve-1  open  Name it better\n"
    task = task_of(toy, "v2-eve-1")
    assert task.anchor.text == "short toy_create;"
    assert task.comment == "Said on IRC."
    again = json.loads(done(refseries(*words, "--json", "-")))
    assert again["id"] == "v2-eve-2"
    names = [review.name for review in store.load(toy.series())]
    assert names == ["v1-ada", "v2-eve"]
    known = ["feedback", "add", "More", "--version", "v1", "--reviewer", "ada"]
    assert done(refseries(*known)).startswith("v1-ada-4  open")
    assert [review.name for review in store.load(toy.series())][:2] == ["v1-ada", "v1-ada-2"]
    refused(refseries(*words[:3], "--version", "v2", "--reviewer", "<x>"), "`<x>` names nobody")
    refused(refseries(*words, "--line", "77"), "line 77 is not in")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("answer", "v1-ada-2", "--text", "No."), "answered"),
        (("decline", "v1-ada-2", "--why", "No."), "declined"),
        (("obsolete", "v1-ada-2", "--why", "No."), "obsolete"),
        (("reopen", "v1-ada-1", "--why", "No."), "open"),
        (("settle", "v1-ada-2", "--in", "v2"), "settled"),
        (("edit", "v1-ada-2", "--kind", "docs"), "open"),
    ],
)
def test_what_changes_a_task_gives_it(
    toy: Toy, refseries: Refseries, words: tuple[str, ...], state: str
) -> None:
    given = json.loads(done(refseries("feedback", *words, "--json", "-")))
    assert set(given) == LIST_KEYS
    assert (given["id"], given["state"]) == (words[1], state)
    assert task_of(toy, words[1]).state == state


def test_what_splits_a_task_gives_all_parts_and_what_merges_them_one(refseries: Refseries) -> None:
    parts = json.loads(done(refseries("feedback", "split", "v1-ada-2", "A", "B", "--json", "-")))
    assert [(part["state"], part["summary"]) for part in parts] == [("open", "A"), ("open", "B")]
    ids = [part["id"] for part in parts]
    assert json.loads(done(refseries("feedback", "merge", *ids, "--json", "-")))["id"] == ids[0]


def test_an_edit_keeps_what_is_not_named(toy: Toy, refseries: Refseries) -> None:
    before = task_of(toy, "v1-ada-1")
    done(refseries("feedback", "edit", "v1-ada-1", "--kind", "bug", "--summary", "Smaller"))
    assert task_of(toy, "v1-ada-1") == replace(before, kind=Kind.BUG, summary="Smaller")
    done(refseries("feedback", "edit", "v1-ada-1", "--file", "mm/memory.c", "--line", "10"))
    assert task_of(toy, "v1-ada-1").anchor == replace(
        before.anchor, file="mm/memory.c", line=10, text="int toy;"
    )
    env = editor(toy, 'printf "Tiny\\n\\nMake it tiny.\\n" > "$2"')
    done(refseries("feedback", "edit", "v1-ada-1", env=env))
    edited = task_of(toy, "v1-ada-1")
    assert (edited.summary, edited.comment) == ("Tiny", "Make it tiny.\n")


def test_split_and_merge(toy: Toy, refseries: Refseries) -> None:
    out = done(refseries("feedback", "split", "v1-ada-2", "One clashes", "Two clash"))
    assert out == "v1-ada-2  open  One clashes\nv1-ada-4  open  Two clash\n"
    env = editor(toy, 'printf "A\\nB\\n" > "$2"')
    assert "v1-ada-5  open  B\n" in done(refseries("feedback", "split", "v1-ada-4", env=env))
    out = done(refseries("feedback", "merge", "v1-ada-2", "v1-ada-4", "v1-ada-5"))
    assert out == "v1-ada-2  open  One clashes\n"
    assert task_of(toy, "v1-ada-5").merged_into == "v1-ada-2"
    refused(refseries("feedback", "merge", "v1-ada-2", "v1-ada-1"), "settled in v2 already")
    refused(refseries("feedback", "split", "v1-ada-2", "One"), "at least two")


def test_a_wrong_file_is_named_whatever_is_asked_for(toy: Toy, refseries: Refseries) -> None:
    path = toy.project / "series" / "feedback" / "v1-ada.toml"
    path.write_text(path.read_text().replace('state = "open"', 'state = "opened"'))
    for words in (["list"], ["show", "v1-ada-1"], ["answer", "v1-ada-2", "--text", "x"]):
        refused(refseries("feedback", *words), f"{path}:")


def large(toy: Toy) -> None:
    """300 tasks on a series of 60 patches."""
    toy.at_base()
    for number in range(60):
        name = f"mm/part{number}.c"
        toy.commit(
            (
                reviews.ADA.name + " <ada@example.org>",
                f"mm: part {number}\n",
                {name: b"int a;\n" * 20},
            )
        )
    patches = toy.version_of_head("v3")
    names = [path.name for path in patches]
    same = toy.project / "series" / "v4"
    same.mkdir()
    toy.add_version("v4", [Path(shutil.copy(path, same)) for path in patches])
    plain = replace(reviews.make().tasks[1], also=())
    for person in range(10):
        tasks = tuple(
            replace(
                plain,
                id=f"v3-p{person}-{number}",
                state=State.SETTLED,
                settled_in="v4",
                anchor=replace(
                    plain.anchor, patch=names[number * 2], file=f"mm/part{number * 2}.c"
                ),
                comment="A word.\n" * 20,
                evidence=(DiffEvidence(f"mm/part{number * 2}.c", gone=(f"^int a{number}",)),),
            )
            for number in range(30)
        )
        whole = replace(reviews.make(), name=f"v3-p{person}", version="v3", tasks=tasks)
        store.save(toy.series(), whole)


def seconds(refseries: Refseries, *words: str) -> float:
    """Processor time: how long it takes where nothing else runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert refseries(*words).returncode in (0, 1)  # 1: status finds tasks that are not proven
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_300_tasks_on_60_patches_are_listed_within_a_second(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    large(toy)
    done(refseries("base", "--quiet"))
    out = str(tmp_path / "list.json")
    done(refseries("feedback", "list", "--json", out))  # applies the versions, once
    assert len(json.loads(Path(out).read_text())) == 303
    for words in ("list", f"list --json {out}", "show v3-p3-3"):
        assert min(seconds(refseries, "feedback", *words.split()) for _ in range(3)) < 1
    assert min(seconds(refseries, "status") for _ in range(3)) < 1
    assert len(refseries("status").stdout.splitlines()) < 24
