# SPDX-License-Identifier: GPL-2.0-or-later
"""Threads of posted versions, fetched by the real b4 from an archive on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import lore_archive
import posted_series
import pytest
import toy as toys
from reviewer_tags import TOM, line

from refseries.host import proc
from refseries.review import store

Run = Callable[..., proc.Completed]
COVER_ID, RESENT_ID = "v2-0@example.org", "again-0@example.org"
TAGGED = posted_series.reply(
    "v2-2@example.org", line(TOM), "Tom Tagger <tom@example.org>", "tom"
).replace(b"Re: [PATCH 1/2] mm: introduce toys", b"Re: [PATCH v2 2/2] mm: tell what a toy is")
ASKS = posted_series.reply(
    "v2-1@example.org", "> +short toy_create;\n\nWhy short?", name="asks"
).replace(
    b"\nSubject: Re: [PATCH 1/2]",
    b"\nCc: Newly Added <added@example.org>\nSubject: Re: [PATCH v2 1/2]",
)
PRAISE = posted_series.reply("v2-0@example.org", "Nice work!", "Kim Kind <kim@example.org>", "kim")
TAKEN = posted_series.reply(
    "v2-0@example.org", "Applied to toys-next, thanks!", "Mai Ntainer <mai@example.org>", "mai"
)


@dataclass(frozen=True)
class Desk:
    """A series of which v2 was posted, and the archive's threads by message id."""

    toy: toys.Toy
    threads: dict[str, bytes]
    env: dict[str, str]


def box(toy: toys.Toy, *replies: bytes) -> bytes:
    mails = posted_series.patches(toy, *toys.V2, number=2, cover=posted_series.COVER)
    return posted_series.mboxrd(toy.directory / "thread.mbox", [*mails, *replies]).read_bytes()


def say_posted(toy: toys.Toy, version: str, message_id: str) -> None:
    path = toy.project / "series" / version / "version.toml"
    path.write_text(f'message_id = "{message_id}"\n{path.read_text()}')


@pytest.fixture
def desk(toy: toys.Toy) -> Iterator[Desk]:
    say_posted(toy, "v2", COVER_ID)
    threads = {COVER_ID: box(toy, ASKS, TAGGED, PRAISE)}
    with lore_archive.serving(threads) as mask:
        yield Desk(toy, threads, lore_archive.settings(toy.directory, mask))


def test_what_is_new_is_imported_and_the_rest_is_named(desk: Desk, refseries: Run) -> None:
    done = refseries("feedback", "fetch", "--json", "-", env=desk.env)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["fetched"], told["not_posted"], told["not_fetched"]) == (["v2"], ["v1"], [])
    kept = {review.reviewer.name: review for review in store.load(desk.toy.series())}
    assert set(kept) == {"Rev Iewer", "Tom Tagger", "Kim Kind"}
    assert [task.comment.strip() for task in kept["Rev Iewer"].tasks] == ["Why short?"]
    assert [(tag.value, tag.patch[:4]) for tag in kept["Tom Tagger"].trailers] == [
        ("Tom Tagger <tom@example.org>", "0002")
    ]
    assert [person.email for person in kept["Rev Iewer"].people] == ["added@example.org"]
    left = [(one["why"], one["author"].partition(" <")[0]) for one in told["left_out"]]
    assert sorted(left)[0] == ("empty", "Kim Kind")
    assert [why for why, _who in left].count("patch") == 3  # with the cover letter


def test_the_same_again_does_nothing_and_more_is_more(desk: Desk, refseries: Run) -> None:
    assert refseries("feedback", "fetch", env=desk.env).returncode == 0
    folder = desk.toy.project / "series" / "feedback"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = refseries("feedback", "fetch", "v2", env=desk.env)
    assert again.returncode == 0, again.stderr
    # A thread is long, and was there the last time; the file of b4 is gone by now.
    assert again.stdout.splitlines() == [
        "3 mails imported before", "3 mails left out, patches or cover letters", "0 new tasks.",
        "Fetched: v2",
    ]  # fmt: skip
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    desk.threads[COVER_ID] = box(desk.toy, ASKS, TAGGED, PRAISE, TAKEN)
    more = refseries("feedback", "fetch", "v2", env=desk.env)
    assert f"  {COVER_ID}: mail 7 (Re: [PATCH 1/2] mm: introduce toys): says that v2 was taken" in (
        more.stdout
    )
    (taken,) = [one for one in store.load(desk.toy.series()) if one.taken]
    assert taken.version == "v2"
    assert "taken" in refseries("status", env=desk.env).stdout


def test_a_dry_run_writes_nothing(desk: Desk, refseries: Run) -> None:
    done = refseries("feedback", "fetch", "--dry-run", env=desk.env)
    assert "1 new task; nothing was written." in done.stdout
    assert store.load(desk.toy.series()) == ()


def test_a_version_that_was_sent_again_has_two_threads(desk: Desk, refseries: Run) -> None:
    series = desk.toy.series()
    path = desk.toy.project / "series/v2/version.toml"
    from refseries.series import store as versions

    digest = versions.digest(series.versions[1])
    ids = f'["{COVER_ID}", "v2-1@example.org", "{RESENT_ID}"]'
    path.write_text(
        f"{path.read_text()}\n[sent]\nwhen = 2026-11-20T10:00:00Z\n"
        f'message_ids = {ids}\ndigest = "{digest}"\n'
    )
    late = posted_series.reply(RESENT_ID, line(TOM), "Tom Tagger <tom@example.org>", "late")
    desk.threads[COVER_ID] = box(desk.toy, ASKS)
    desk.threads[RESENT_ID] = posted_series.mboxrd(
        desk.toy.directory / "late.mbox",
        [late.replace(b"[PATCH 1/2]", b"[PATCH RESEND v2 1/2]")],
    ).read_bytes()
    done = refseries("feedback", "fetch", env=desk.env)
    assert done.returncode == 0, done.stderr
    names = {review.reviewer.name for review in store.load(desk.toy.series())}
    assert names == {"Rev Iewer", "Tom Tagger"}


def test_a_thread_that_is_not_there_is_named_and_the_others_come(
    desk: Desk, refseries: Run
) -> None:
    say_posted(desk.toy, "v1", "v1-0@example.org")
    done = refseries("feedback", "fetch", env=desk.env)
    assert done.returncode == 3
    assert "Not fetched: v1, v1-0@example.org" in done.stdout
    assert "b4 could not fetch the thread" in done.stderr
    assert len(store.load(desk.toy.series())) == 3
    none = refseries("feedback", "fetch", "v1", env=desk.env)
    assert (none.returncode, none.stdout) == (3, "")


def test_offline_from_a_mailbox(toy: toys.Toy, refseries: Run, tmp_path: Path) -> None:
    """Of a mailbox in which there is more, what is of the series; nothing of it is no error."""
    say_posted(toy, "v2", COVER_ID)
    other = posted_series.reply("other@example.org", "Why?", name="other")
    other = other.replace(b"mm: introduce toys", b"net: something else")
    mailbox = tmp_path / "saved.mbox"
    mailbox.write_bytes(box(toy, ASKS, other))
    done = refseries("feedback", "fetch", "--from", str(mailbox))
    assert done.returncode == 0, done.stderr
    assert "1 mail left out, of no version:" in done.stdout
    assert [review.reviewer.name for review in store.load(toy.series())] == ["Rev Iewer"]
    posted_series.mboxrd(mailbox, [other])
    nothing = refseries("feedback", "fetch", "-m", str(mailbox))
    assert nothing.returncode == 0, nothing.stderr


def test_a_version_that_nobody_posted(toy: toys.Toy, refseries: Run) -> None:
    for words in (("v1",), ()):
        done = refseries("feedback", "fetch", *words)
        assert done.returncode == 2
        assert "so nothing says which thread is about it" in done.stderr


@pytest.mark.parametrize(
    "source", [f"<{COVER_ID}>", COVER_ID, f"https://lore.kernel.org/all/{COVER_ID}/"]
)
def test_import_takes_a_message_id_and_a_link(desk: Desk, refseries: Run, source: str) -> None:
    done = refseries("feedback", "import", source, env=desk.env)
    assert done.returncode == 0, done.stderr
    assert len(store.load(desk.toy.series())) == 3
    assert f"  {source}: mail 2 ([PATCH v2 1/2] mm: introduce toys)" in done.stdout.splitlines()
    assert refseries("feedback", "import", "<no@example.org>", env=desk.env).returncode == 3
