# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from toy import Toy

from refseries import proc
from refseries.errors import HostError, SeriesError, StageError
from refseries.mail import export as core
from refseries.mail import identity
from refseries.mail.export import Mails, Request
from refseries.mail.message import Mail
from refseries.mail.read import read

Refseries = Callable[..., proc.Completed]


def make(toy: Toy, version: str = "v2", **changes: object) -> Mails:
    request = Request(version, **changes)  # type: ignore[arg-type]
    return core.make(toy.series(), toy.base(), toy.cache, request, lambda _text, _part: None)


def mails_of(path: Path) -> list[Mail]:
    unreadable: list[object] = []
    found = list(read(path, unreadable.append))
    assert not unreadable
    return found


def in_series(toy: Toy, old: str, new: str, name: str = "series.toml") -> None:
    path = toy.project / "series" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_command_says_what_it_wrote(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v1.mbx"
    done = refseries("export", "v1", "-o", str(out), "--to", "List <list@example.org>", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        "[PATCH 0/2] v1",
        "[PATCH 1/2] mm: introduce toys",
        "[PATCH 2/2] mm: tell what a toy is",
        "from  Sam Sender <sam@example.org>",
        "to    list@example.org",
        f"id    {mails_of(out)[0].message_id}",
        f"3 mails written to {out}",
    ]


def test_its_json_names_every_mail(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(out), "--cc", "c@example.org", "--json", "-")
    data = json.loads(done.stdout)
    assert data["schema"] == 1
    assert data["from"] == {"name": "Sam Sender", "email": "sam@example.org"}
    assert data["cc"] == [{"name": "", "email": "c@example.org"}]
    ids = [mail.message_id for mail in mails_of(out)]
    assert [mail["message_id"] for mail in data["mails"]] == ids
    assert data["mails"][1]["subject"] == "[PATCH v2 1/2] mm: introduce toys"


def test_the_same_version_gives_the_same_bytes(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert refseries("export", "v2", "-o", str(one)).returncode == 0
    # Settings of whoever exports must not show.
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    config.write_text(
        config.read_text() + "[diff]\n\tnoprefix = true\n\tcontext = 9\n\trenames = false\n"
        "[color]\n\tui = always\n[format]\n\tsignature = x\n[core]\n\tquotepath = false\n"
    )
    assert refseries("export", "v2", "-o", str(two)).returncode == 0
    assert one.read_bytes() == two.read_bytes()
    later = refseries("export", "v2", "-o", str(two), "--date", "2026-11-26T10:00:00+01:00")
    assert later.returncode == 0
    old, new = ([mail.message_id for mail in mails_of(box)] for box in (one, two))
    assert not set(old) & set(new)
    assert dict(mails_of(two)[1].headers)["Date"] == "Thu, 26 Nov 2026 10:00:01 +0100"


def test_the_mailbox_can_go_down_a_pipe(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v1.mbx"
    assert refseries("export", "v1", "-o", str(out)).returncode == 0
    assert refseries("export", "v1", "-o", "-").out == out.read_bytes()
    refused = refseries("export", "v1", "-o", "-", "--format", "eml")
    assert (refused.returncode, refused.stdout) == (2, "")


def test_folders_are_made_but_never_replaced(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    out = tmp_path / "eml"
    assert refseries("export", "v1", "-o", str(out), "--format", "eml").returncode == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "0000-v1.eml", "0001-mm-introduce-toys.eml", "0002-mm-tell-what-a-toy-is.eml",
    ]  # fmt: skip
    again = refseries("export", "v1", "-o", str(out), "--format", "eml")
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert refseries("export", "v1", "-o", str(out)).returncode == 2  # a mailbox over a folder
    folder = tmp_path / "maildir"
    folder.mkdir()  # an empty one may be filled
    assert refseries("export", "v1", "-o", str(folder), "--format", "maildir").returncode == 0
    subjects = sorted(mail.subject for mail in mails_of(folder))
    assert subjects == [
        "[PATCH 0/2] v1", "[PATCH 1/2] mm: introduce toys", "[PATCH 2/2] mm: tell what a toy is",
    ]  # fmt: skip
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_nothing_goes_out_without_a_sender(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "x"
    done = refseries("export", "v1", "-o", str(out), env={"GIT_CONFIG_GLOBAL": "/dev/null"})
    assert (done.returncode, out.exists()) == (3, False)
    assert "user.email" in done.stderr
    assert "git config --global" in done.stderr


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("[user]\nname = A B\nemail = a@b.c\n", "A B <a@b.c>"),
        ("[user]\nname = \"B, A\"\nemail = a@b.c\n", "B, A <a@b.c>"),
        ("[user]\nname = A\nemail = a@b.c\n[sendemail]\nfrom = X <x@y.z>\n", "X <x@y.z>"),
        ("[user]\nname = A\nemail = a@b.c\n[sendemail]\nfrom = x@y.z\n", "A <x@y.z>"),
        ("[user]\nname = A\n", None),
        ("[user]\nemail = a@b.c\n", None),
        ("[user]\nname = A\nemail = nobody\n", None),
        ("[user]\nname = \"A\\nBcc: e@b.c\"\nemail = a@b.c\n", None),
        ("[user]\nname = A\nemail = \"a@b.c, e@b.c\"\n", None),
    ],
)  # fmt: skip
def test_the_sender_is_who_git_says(config: str, wanted: str | None, tmp_path: Path) -> None:
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text(config)
    if wanted is None:
        with pytest.raises(HostError) as caught:
            identity.sender(tmp_path)
        assert "git config --global" in caught.value.hint
        return
    found = identity.sender(tmp_path)
    assert f"{found.name} <{found.email}>" == wanted


def test_the_placeholder_becomes_the_sender_and_nobody_else_does(toy: Toy) -> None:
    in_series(toy, 'email = "toy@example.org"', 'email = "ada@example.org"')
    first, second = make(toy, cover=False).raw
    assert "ada@example.org" not in first.decode()
    assert "\nFrom: Bob Ångström <bob@example.org>\n\n" in second.decode()
    assert second.startswith(b"From: Sam Sender <sam@example.org>\n")


def test_a_hand_written_changelog_is_the_only_one(toy: Toy) -> None:
    in_series(toy, "patches", 'message_id = "first@example.org"\npatches', "v1/version.toml")
    link = "- Link to v1: https://lore.kernel.org/r/first@example.org"
    assert make(toy).posting.changes == f"Changes in v2:\n\n{link}\n"
    cover = toy.project / "series/v2/cover.md"
    cover.write_text("# t\n\nText.\n\nChanges in v2:\n\n- smaller\n")
    assert make(toy).posting.changes == f"Changes in v2:\n\n- smaller\n\n{link}\n"
    cover.write_text("# t\n\nSee first@example.org.\n\nChanges in v2:\n\n- smaller\n")
    made = make(toy)
    assert made.posting.changes == "Changes in v2:\n\n- smaller"
    assert made.raw[0].count(b"Changes in v2:") == 1
    assert dict(made.posting.history) == {"v1": "first@example.org"}
    assert make(toy, "v1").posting.changes == ""


def test_the_base_is_named_only_where_others_have_it(toy: Toy) -> None:
    base = toy.base()
    assert core.basis(toy.series(), base) == f"base-commit: {toy.base_commit}"
    text = core.basis(toy.series(), replace(base, source="package"))
    assert "base-commit:" not in text
    assert "Linux 6.12.117 (tag v6.12.117" in text
    assert "toy-source" in text
    assert toy.base_commit not in text


def test_a_series_without_a_change_id_gets_one_that_stays(toy: Toy) -> None:
    derived = core.change_id(toy.series())
    assert derived == core.change_id(toy.series())
    assert derived.startswith("20261120-toy-")
    in_series(toy, "schema = 1", 'schema = 1\nchange_id = "20200101-other-0123456789ab"')
    made = make(toy)
    assert made.posting.change_id == "20200101-other-0123456789ab"
    assert b"\nchange-id: 20200101-other-0123456789ab\n" in made.raw[0]
    assert b"\nX-Change-ID: 20200101-other-0123456789ab\n" in made.raw[0]
    assert made.outgoing[0].message_id.startswith("20261125-other-v2-0-")


def test_a_range_diff_is_put_into_the_cover_letter(toy: Toy) -> None:
    body = make(toy, range_diff="v1").raw[0].decode()
    # git takes the two small patches for different ones.
    assert body.split("Range-diff against v1:\n\n")[1].splitlines()[:3] == [
        "1: < -: mm: introduce toys",
        "-: > 1: mm: introduce toys",
        "2: = 2: mm: tell what a toy is",
    ]


def test_a_version_that_does_not_apply_is_not_exported(toy: Toy) -> None:
    in_series(toy, " int line_9;", " int other;", "v1/0001-mm-introduce-toys.patch")
    with pytest.raises(StageError, match="does not apply"):
        make(toy, "v1")


@pytest.mark.parametrize("text", ["yesterday", "2026-11-24", "2026-11-24T10:00:00", ""])
def test_a_date_needs_its_offset(text: str) -> None:
    with pytest.raises(SeriesError, match="no time"):
        core.moment(text)


def test_now_is_now() -> None:
    assert abs(core.moment("now").timestamp() - time.time()) < 2


@pytest.mark.parametrize(
    "text",
    ["a@b.c", "<a@b.c>", "https://lore.kernel.org/r/a@b.c", "https://lore.kernel.org/all/a@b.c/"],
)
def test_an_id_is_taken_as_people_paste_it(text: str) -> None:
    assert core.message_id(text) == "a@b.c"


@pytest.mark.parametrize("text", ["", "a", "a@b c", "a@b\nBcc: x", "<a@b.c> <d@e.f>", "-x"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(SeriesError, match="no message id"):
        core.message_id(text)
