# SPDX-License-Identifier: GPL-2.0-or-later
"""A version that nobody else has yet, imported once more from its branch."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace as replace_draft

import pytest
import toy as toys
from msgspec.structs import replace
from task_commits import review
from toy_import import COVER, TRACKING

from refseries.errors import SeriesChangedError
from refseries.host import proc
from refseries.importing import branch, write
from refseries.review import states
from refseries.review import store as tasks
from refseries.review.model import State
from refseries.series import patches, store

Refseries = Callable[..., proc.Completed]


@pytest.fixture
def mine(toy: toys.Toy, refseries: Refseries) -> toys.Toy:
    """The toy with v3 imported from a branch, with a letter, a note and a task of v2 settled."""
    review(toy, "v2", "Make it short.")
    toy.at_base()
    toy.git("checkout", "-q", "-b", "mine")
    for change in toys.V2:
        toy.commit(change)
    assert bring(toy, refseries).returncode == 0
    v3 = store.version(toy.series(), "v3")
    v3.cover.write_text("# mm: my toys\n\nThey are mine.\n\nChanges in v3:\n- short\n")
    path = v3.patches[0]
    path.write_text(path.read_text().replace("\n---\n", "\n---\nNot tried on 32 bits.\n\n", 1))
    (kept,) = tasks.load(toy.series())
    done = states.settle(kept.tasks[0], toy.series(), "v3", text="It is.")
    tasks.save(toy.series(), replace(kept, tasks=(done,)))
    return toy


def bring(toy: toys.Toy, refseries: Refseries, *words: str) -> proc.Completed:
    return refseries("import", f"v{toys.RELEASE}..mine", "--as", "v3", *words)


def test_the_branch_as_it_is_now_goes_into_its_place(mine: toys.Toy, refseries: Refseries) -> None:
    mine.commit((toys.V2[0][0], "mm: make it shorter\n", {"mm/toy.c": b"int shorter;\n"}))
    refused = bring(mine, refseries)
    assert refused.returncode == 2
    assert "--as v3 --replace" in refused.stderr
    done = bring(mine, refseries, "--replace")
    assert done.returncode == 0, done.stderr
    v3 = store.version(mine.series(), "v3")
    assert v3.cover.read_text() == ("# mm: my toys\n\nThey are mine.\n\nChanges in v3:\n- short\n")
    read = list(map(patches.read, v3.patches))
    assert any(b"+int shorter;" in patch.diff for patch in read)
    assert b"Not tried on 32 bits." in read[0].below
    (kept,) = tasks.load(mine.series())
    assert (kept.tasks[0].state, kept.tasks[0].settled_in) == (State.SETTLED, "v3")


def test_what_stood_there_and_does_not_stay_is_named(mine: toys.Toy, refseries: Refseries) -> None:
    path = store.version(mine.series(), "v3").patches[1]
    path.write_text(path.read_text().replace("\n---\n", "\nThey are small.\n---\n", 1))
    mine.git("reset", "-q", "--hard", f"v{toys.RELEASE}")
    mine.commit((toys.V2[0][0], "mm: toys anew\n", toys.V2[0][2]))
    mine.commit(toys.V2[1])
    done = bring(mine, refseries, "--replace")
    assert done.returncode == 0, done.stderr
    first = toys.V2[0][1].splitlines()[0]
    assert f"the notes below `{first}` in the v3 that was there are not kept" in done.stdout
    assert f"`{toys.V2[1][1].splitlines()[0]}` had another message in the v3" in done.stdout
    assert "cover letter" not in done.stdout


def test_a_letter_that_the_branch_brings_takes_the_place_of_the_one_there(
    mine: toys.Toy, refseries: Refseries
) -> None:
    mine.git("config", "branch.mine.description", COVER)
    mine.git("config", "branch.mine.b4-tracking", json.dumps(TRACKING))
    done = refseries("import", "mine", "--as", "v3", "--replace")
    assert done.returncode == 0, done.stderr
    assert "They are mine." not in (mine.project / "series/v3/cover.md").read_text()
    assert "the cover letter of the v3 that was there is not kept" in done.stdout


def test_mails_in_its_place_stay_as_they_were_posted(mine: toys.Toy) -> None:
    base, old = mine.base(), store.version(mine.series(), "v3")
    draft = replace_draft(branch.draft(base, f"v{toys.RELEASE}..mine"), posted=True, notes=False)
    result = write.bring(mine.series(), base, [draft], mine.cache, "v3", replaces=old)
    remarks = result.brought[0].draft.remarks
    assert "the cover letter of the v3 that was there is not kept" in remarks
    assert any("notes below" in remark for remark in remarks)
    assert b"32 bits" not in (mine.project / "series/v3" / old.patches[0].name).read_bytes()


def test_one_that_was_sent_meanwhile_stays(mine: toys.Toy) -> None:
    base, old = mine.base(), store.version(mine.series(), "v3")
    draft = branch.draft(base, f"v{toys.RELEASE}..mine")
    sent(mine)
    with pytest.raises(SeriesChangedError):
        write.bring(mine.series(), base, [draft], mine.cache, "v3", replaces=old)


def test_a_patch_that_is_gone_from_the_branch_is_gone(mine: toys.Toy, refseries: Refseries) -> None:
    mine.git("reset", "-q", "--hard", "HEAD~1")
    done = bring(mine, refseries, "--replace")
    assert done.returncode == 0
    assert f"no patch is called `{toys.V2[1][1].splitlines()[0]}` any more" in done.stdout
    folder = mine.project / "series/v3"
    assert len(list(folder.glob("*.patch"))) == len(store.version(mine.series(), "v3").patches) == 1


def sent(toy: toys.Toy) -> None:
    path = toy.project / "series/v3/version.toml"
    path.write_text(f'message_id = "x@example.org"\n{path.read_text()}')


def reviewed(toy: toys.Toy) -> None:
    review(toy, "v3", "Why?")


@pytest.mark.parametrize(("done", "why"), [(sent, "v3 was sent"), (reviewed, "v3 was reviewed")])
def test_one_that_others_have_stays(
    mine: toys.Toy, refseries: Refseries, done: Callable[[toys.Toy], None], why: str
) -> None:
    done(mine)
    refused = bring(mine, refseries, "--replace")
    assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr


def test_what_would_be_refused_is_not_proposed(toy: toys.Toy, refseries: Refseries) -> None:
    path = toy.project / "series/v2/version.toml"
    path.write_text(f'message_id = "x@example.org"\n{path.read_text()}')
    refused = refseries("import", "HEAD~1..HEAD", "--as", "v2")
    assert "v2 already; nothing was written" in refused.stderr, refused.stderr
    assert "--replace" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "does not say which version"),
        (("--as", "v7"), "v7"),
        (("--as", "v1"), "v1 is older than v2"),
    ],
)
def test_which_version_has_to_be_plain(
    toy: toys.Toy, refseries: Refseries, words: tuple[str, ...], why: str
) -> None:
    refused = refseries("import", "HEAD~1..HEAD", "--replace", *words)
    assert (refused.returncode, why in refused.stderr) == (2, True), refused.stderr
