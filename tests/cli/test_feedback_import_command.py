# SPDX-License-Identifier: GPL-2.0-or-later
"""The screens and exit codes of refseries feedback import."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sample_mails import NORA, letter, mbox
from toy import Toy

from refseries.host.proc import Completed

REVIEW = "On Monday, Ada wrote:\n> +short toy_create;\n\nWhy not an int, as it was before?\n"


@pytest.fixture
def take(toy: Toy, refseries: Callable[..., Completed]) -> Callable[..., Completed]:
    """Runs the command on mails given as bytes."""

    def take(*raws: bytes, options: tuple[str, ...] = ()) -> Completed:
        path = toy.directory / "box"
        path.write_bytes(mbox(*raws))
        return refseries("feedback", "import", "-q", str(path), *options)

    return take


def test_each_task_is_shown_with_its_place_and_words(take: Callable[..., Completed]) -> None:
    done = take(letter(REVIEW), letter("Why toys?\n", author=NORA, message_id="n@example.org"))
    assert done.returncode == 0
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "Rita Review on v2, 2026-11-10",
        "v2-rita-1  change  mm/toy.c:1  Why not an int, as it was before?",
        "",
        "Nora Next on v2, 2026-11-10",
        "v2-nora-1  question  message 0001  Why toys?",
        "",
        "2 new tasks in series/feedback: v2-rita.toml, v2-nora.toml",
    ]
    assert done.stderr == ""


def test_what_is_left_out_is_named(toy: Toy, take: Callable[..., Completed]) -> None:
    stranger = letter(subject="Re: [PATCH v2] net: queues\x1b[31m", message_id="s@example.org")
    assert take(letter(REVIEW)).returncode == 0
    done = take(stranger, letter(REVIEW), letter("Thanks.\n", message_id="t@example.org"))
    assert done.returncode == 0
    box = toy.directory / "box"
    assert f"{box}: mail 1 (Re: [PATCH v2] net: queues" in done.stdout
    assert "neither its subject nor what it answers" in done.stdout
    assert (
        f"{box}: mail 2 (Re: [PATCH v2 1/2] mm: introduce toys): is imported already, as v2-rita."
        in done.stdout
    )
    assert "\x1b" not in done.stdout
    assert done.stdout.endswith("0 new tasks.\n")


def test_exit_codes(
    toy: Toy, refseries: Callable[..., Completed], take: Callable[..., Completed]
) -> None:
    done = take(letter(REVIEW), b"X-Nothing: at all\n\n")
    assert done.returncode == 1
    assert "1 mail cannot be read:" in done.stdout
    assert "1 new task in series/feedback: v2-rita.toml" in done.stdout
    stranger = letter(subject="Re: lunch", message_id="s@example.org")
    done = take(stranger)
    assert done.returncode == 2
    assert "--version vN" in done.stderr
    assert take(stranger, options=("--version", "v7")).returncode == 2
    assert refseries("feedback", "import", "no-such-file").returncode == 2
    assert refseries("feedback", "import").returncode == 2
    assert take(stranger, options=("--version", "v1", "--dry-run")).stdout.endswith(
        "1 new task; nothing was written.\n"
    )


def test_json(take: Callable[..., Completed]) -> None:
    done = take(letter(REVIEW), letter(REVIEW), options=("--json", "-"))
    data = json.loads(done.stdout)
    (review,) = data["reviews"]
    assert review["name"] == "v2-rita"
    assert review["tasks"] == [
        {
            "id": "v2-rita-1",
            "kind": "change",
            "summary": "Why not an int, as it was before?",
            "patch": "0001-mm-introduce-toys.patch",
            "file": "mm/toy.c",
            "line": 1,
            "text": "short toy_create;",
            "certainty": "line",
            "comment": "Why not an int, as it was before?",
        }
    ]
    assert [one["why"] for one in data["left_out"]] == ["known"]


def test_a_tag_for_some_patches_is_one_line(take: Callable[..., Completed]) -> None:
    said = "Fine.\n\nFor patches 1 and 2:\nAcked-by: Rita <rita@example.org>\n"
    done = take(letter(said, subject="Re: [PATCH v2 0/2] mm: introduce toys"))
    assert "Acked-by: Rita <rita@example.org> (patches 1, 2)\n" in done.stdout
    assert done.stdout.count("Acked-by") == 1


def test_a_name_like_an_option(toy: Toy, refseries: Callable[..., Completed]) -> None:
    (toy.project / "--help").write_bytes(letter(REVIEW))
    done = refseries("feedback", "import", "-q", "--", "--help")
    assert done.returncode == 0
    assert "v2-rita-1" in done.stdout


def test_hostile_text_reaches_no_terminal(take: Callable[..., Completed]) -> None:
    body = "\x1b[2JWhy \x1b]0;title\x07?\n\nAcked-by: R\x1b[31m <rita@example.org>\n"
    done = take(letter(body, subject="Re: [PATCH v2 1/2] mm: introduce toys\x9b"))
    assert done.returncode == 0
    assert not set(done.stdout) & set("\x1b\x07\x9b")


def test_how_a_version_was_posted_is_told_by_what_is_answered(
    toy: Toy, take: Callable[..., Completed], refseries: Callable[..., Completed]
) -> None:
    answered = b"References: <posted@example.org> <1@example.org>\n"
    done = take(answered + letter(REVIEW))
    assert 'write `message_id = "posted@example.org"` into' in done.stdout
    assert "posted@example.org" in refseries("feedback", "fetch", "v2").stderr
    assert "posted@example.org" not in refseries("feedback", "fetch", "v1").stderr
    path = toy.project / "series/v2/version.toml"
    path.write_text(f'message_id = "posted@example.org"\n{path.read_text()}')
    other = letter("And why toys?\n", author=NORA, message_id="n@example.org")
    assert "message_id" not in take(answered + other).stdout
