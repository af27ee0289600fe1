# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
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
COMMAND = (sys.executable, "-c", "from refseries.cli import main; main()")


def env_of(toy: Toy) -> dict[str, str]:
    """As for the fixture ``refseries``, where a test has to start the command itself."""
    return {
        "REFSERIES_TREE": str(toy.tree),
        "REFSERIES_CACHE": str(toy.cache),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


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
    in_series(toy, "patches", 'message_id = "1%st@example.org"\npatches', "v1/version.toml")
    link = "- Link to v1: https://lore.kernel.org/r/1%25st@example.org"
    assert make(toy).posting.changes == f"Changes in v2:\n\n{link}\n"
    cover = toy.project / "series/v2/cover.md"
    cover.write_text("# t\n\nText.\n\nChanges in v2:\n\n- smaller\n")
    assert make(toy).posting.changes == f"Changes in v2:\n\n- smaller\n\n{link}\n"
    cover.write_text("# t\n\nSee 1%st@example.org.\n\nChanges in v2:\n\n- smaller\n")
    made = make(toy)
    assert made.posting.changes == "Changes in v2:\n\n- smaller"
    assert made.raw[0].count(b"Changes in v2:") == 1
    assert dict(made.posting.history) == {"v1": "1%st@example.org"}
    assert make(toy, "v1").posting.changes == ""


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
    strict = make(toy, range_diff="v1", creation_factor=60).raw[0].decode()
    assert "1: < -: mm: introduce toys\n-: > 1: mm: introduce toys\n" in strict
    body = make(toy, range_diff="v1").raw[0].decode()
    text = body.split("Range-diff against v1:\n\n")[1]
    # With git range-diff's own creation factor, the two small patches are different ones.
    assert [line for line in text.splitlines() if re.match(r"[\d-]: ", line)] == [
        "1: ! 1: mm: introduce toys",
        "2: = 2: mm: tell what a toy is",
    ]
    assert "\n    -+int toy_create;\n    ++short toy_create;\n" in text


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


REVIEW = """\
schema = 1
version = "v1"
date = 2026-11-21T10:00:00Z
message_id = "review@example.org"
reviewer = { name = "Rae Reviewer", email = "rae@example.org" }

[[task]]
id = "v1-rae-1"
kind = "change"
state = "open"
summary = "make it small"
"""


def test_open_tasks_hold_an_export_up(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    feedback = toy.project / "series" / "feedback"
    feedback.mkdir()
    (feedback / "v1-rae.toml").write_text(REVIEW)
    out = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(out), "--quiet")
    assert (done.returncode, done.stdout, out.exists()) == (1, "", False)
    assert "v1-rae-1 is open: make it small [open-task]" in done.stderr
    assert "1 error in the mails of v2; nothing was written." in done.stderr
    data = json.loads(refseries("export", "v2", "-o", str(out), "--json", "-").stdout)
    assert (data["output"], out.exists()) == (None, False)
    assert [finding["rule"] for finding in data["findings"]] == ["open-task"]
    for option in ("--allow-open", "--no-check"):
        assert refseries("export", "v2", "-o", str(out), option).returncode == 0
        assert "rae@example.org" in [person.email for person in mails_of(out)[0].cc]
        out.unlink()
    # v1 itself is what she reviewed.
    assert refseries("export", "v1", "-o", str(out)).returncode == 0
    assert "rae@example.org" not in out.read_text()


def test_a_tag_on_a_changed_patch_is_seen(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    tag = "Reviewed-by: Rae Reviewer <rae@example.org>"
    for version in ("v1", "v2"):
        for patch in ("0001-mm-introduce-toys.patch", "0002-mm-tell-what-a-toy-is.patch"):
            in_series(toy, "\n---\n", f"\n\n{tag}\n---\n", f"{version}/{patch}")
    done = refseries("export", "v2", "-o", str(tmp_path / "x"), "--json", "-")
    assert [(one["rule"], one["mail"]) for one in json.loads(done.stdout)["findings"]] == [
        ("stale-tag", "0001-mm-introduce-toys.eml")
    ]
    assert done.returncode == 0


def with_scripts(toy: Toy) -> None:
    """Give the toy's base a checkpatch.pl and a get_maintainer.pl that are small but real perl."""
    toy.at_base()
    scripts = {
        "scripts/checkpatch.pl": b"while (<>) "
        b'{ print "a.patch:$.: ERROR:TOY: no toys\\n" if /^\\+.*toy;/ }',
        "scripts/get_maintainer.pl": b'open(M, "MAINTAINERS") or die "no MAINTAINERS"; print <M>;',
        "MAINTAINERS": b"Max Maintainer <max@example.org>\nlist@example.org\n",
    }
    for name, text in scripts.items():
        (toy.tree / name).write_bytes(text)
    toy.commit_all("scripts\n")
    toy.git("tag", "--force", "v6.12.117")


def test_the_scripts_of_the_base_are_asked_once(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    with_scripts(toy)
    out = tmp_path / "v1.mbx"
    done = refseries("export", "v1", "-o", str(out), "--json", "-", "--quiet")
    data = json.loads(done.stdout)
    assert [person["email"] for person in data["cc"]] == ["max@example.org", "list@example.org"]
    assert [(one["rule"], one["what"].rpartition(": ERROR")[2]) for one in data["findings"]] == [
        ("checkpatch", ":TOY: no toys")
    ]
    kept = sorted((toy.cache / "toy" / "mail").iterdir())
    assert len(kept) == 5  # the scripts, who maintains, what is said of each patch, the diffstat
    stamps = [path.stat().st_mtime_ns for path in kept]
    assert refseries("export", "v1", "-o", str(out), "--json", "-", "--quiet").stdout == done.stdout
    assert [path.stat().st_mtime_ns for path in kept] == stamps
    for path in kept:
        path.write_text("{")  # a damaged answer is asked for again
    assert refseries("export", "v1", "-o", str(out), "--json", "-", "--quiet").stdout == done.stdout
    alone = refseries("export", "v1", "-o", str(out), "--no-maintainers")
    assert "max@example.org" not in out.read_text()
    assert "max@example.org is not among the recipients." in alone.stderr


def test_a_script_that_fails_is_said(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    with_scripts(toy)
    toy.at_base()
    (toy.tree / "scripts/get_maintainer.pl").write_text('die "it is broken\\n";')
    toy.commit_all("break it\n")
    toy.git("tag", "--force", "v6.12.117")
    done = refseries("export", "v1", "-o", str(tmp_path / "x"))
    assert (done.returncode, (tmp_path / "x").exists()) == (1, False)
    assert "it is broken" in done.stderr
    assert "--no-maintainers" in done.stderr


@pytest.mark.parametrize("form", ["mbox", "eml", "maildir"])
def test_a_full_disk_leaves_nothing(
    toy: Toy, refseries: Refseries, tmp_path: Path, form: str
) -> None:
    (toy.project / "series/v1/cover.md").write_text("# v1\n\n" + "A line of text.\n" * 20000)
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'disk=$1; mount -t tmpfs -o size=64k none "$disk" || exit 99; shift; "$@"; status=$?; '
        'find "$disk"; umount --lazy "$disk"; exit $status'
    )
    others = ["unshare", "--user", "--map-root-user", "--mount"] if os.geteuid() else []
    command = [*COMMAND, "export", "v1", "-o", str(disk / "out"), "--format", form, "--quiet"]
    done = proc.run(
        [*others, "sh", "-c", script, "sh", disk, *command],
        cwd=toy.project, check=False, env=env_of(toy),
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the disk is full" in done.stderr
    assert done.stdout.splitlines() == [str(disk)]


def test_an_old_mailbox_stays_when_the_new_one_cannot_be_written(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    out = tmp_path / "v1.mbx"
    out.write_text("old")
    done = refseries("export", "v2", "-o", str(out), env={"GIT_CONFIG_GLOBAL": "/dev/null"})
    assert done.returncode == 3
    assert out.read_text() == "old"
    missing = refseries("export", "v1", "-o", str(tmp_path / "no" / "v1.mbx"))
    assert missing.returncode == 3
    assert f"{tmp_path}/no/v1.mbx: there is no folder to write it in." in missing.stderr


def test_two_exports_at_once_both_leave_a_whole_mailbox(toy: Toy, tmp_path: Path) -> None:
    out = tmp_path / "v1.mbx"
    env = env_of(toy)
    command = [*COMMAND, "export", "v1", "-o", str(out), "--quiet"]
    with (
        proc.start(command, cwd=toy.project, env=env) as one,
        proc.start(command, cwd=toy.project, env=env) as two,
    ):
        assert (one.wait(60), two.wait(60)) == (0, 0)
    assert len(mails_of(out)) == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_check_mail_needs_no_series(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v2.mbx"
    assert refseries("export", "v2", "-o", str(out)).returncode == 0
    done = refseries("check-mail", str(out), cwd=tmp_path, env={"REFSERIES_TREE": ""})
    assert (done.returncode, done.stdout) == (0, "3 mails: 0 errors, 0 warnings, 0 notes\n")
    out.write_bytes(out.read_bytes().replace(b"Signed-off-by: Sam", b"Signed-off-by: X <x@y.z>\n#"))
    done = refseries("check-mail", str(out), "--json", "-")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert data["mails"] == 3
    first = data["findings"][0]
    assert (first["rule"], first["severity"]) == ("sign-off", "error")
    assert first["mail"] == f"{out}: mail 2"
    shown = refseries("check-mail", str(out))
    assert "[sign-off]" in shown.stdout
    assert "3 mails: 2 errors" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_check_mail_says_what_it_cannot_read(refseries: Refseries, tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert refseries("check-mail", str(path)).returncode == 2
    path.write_text("no mail\n")
    done = refseries("check-mail", str(path))
    assert (done.returncode, "holds no mail" in done.stderr) == (2, True)


def test_terminal_escapes_in_a_mail_stay_off_the_screen(
    refseries: Refseries, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(
        b"From: E <e@example.org>\nSubject: [PATCH] =?utf-8?q?=1B]0;owned=07?= x\n"
        b"Message-ID: <\x1b[31m@x>\nDate: x\n\n>\x1b[2JFrom x\n"
        b"diff --git a/\x1b[0m b/x\n@@ -1 +1 @@\n\x1b[2J\n"
    )
    done = refseries("check-mail", str(path))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr


def test_the_changelog_comes_from_the_tasks_where_the_letter_has_none(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    feedback = toy.project / "series" / "feedback"
    feedback.mkdir()
    settled = REVIEW.replace('"open"', '"settled"') + 'settled_in = "v2"\n'
    (feedback / "v1-rae.toml").write_text(settled)
    out = tmp_path / "v2.mbx"
    assert refseries("export", "v2", "-o", str(out), "--no-check").returncode == 0
    letter = mails_of(out)[0].body
    assert "Changes in v2:\n\n- Make it small (Rae Reviewer)\n" in letter
    (toy.project / "series/v2/cover.md").write_text("# t\n\nText.\n\nChanges in v2:\n\n- mine\n")
    assert refseries("export", "v2", "-o", str(out), "--no-check").returncode == 0
    letter = mails_of(out)[0].body
    assert "- mine" in letter
    assert (letter.count("Changes in v2:"), "Make it small" in letter) == (1, False)
