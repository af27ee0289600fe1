# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries export``: real processes in the toy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from exported_mails import REVIEW, Refseries, in_series, mails_of
from toy import COMMAND, Toy
from waiting import SECONDS

from refseries.host import proc

pytestmark = pytest.mark.usefixtures("sender")


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
        "cc    ada@example.org, bob@example.org",
        f"id    {mails_of(out)[0].message_id}",
        f"3 mails written to {out}",
        "Note: v1 was never tested patch by patch in default; see refseries test v1 --by-patch",
    ]


def test_its_json_names_every_mail(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v2.mbx"
    done = refseries("export", "v2", "-o", str(out), "--cc", "c@example.org", "--json", "-")
    data = json.loads(done.stdout)
    assert data["schema"] == 1
    assert data["from"] == {"name": "Sam Sender", "email": "sam@example.org"}
    assert [person["email"] for person in data["cc"]] == [
        "c@example.org", "ada@example.org", "bob@example.org",
    ]  # fmt: skip
    assert data["cc"][0]["name"] == ""
    assert data["joined"] == []
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
    assert [finding["rule"] for finding in data["findings"]] == ["open-task", "no-review"]
    for option in ("--allow-open", "--no-check"):
        assert refseries("export", "v2", "-o", str(out), option).returncode == 0
        assert "rae@example.org" in [person.email for person in mails_of(out)[0].cc]
        out.unlink()
    # v1 itself is what she reviewed.
    assert refseries("export", "v1", "-o", str(out)).returncode == 0
    assert "rae@example.org" not in out.read_text()


def test_a_letter_that_calls_open_what_was_answered_is_named(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    feedback = toy.project / "series" / "feedback"
    feedback.mkdir()
    (feedback / "v1-rae.toml").write_text(REVIEW)
    told = refseries("feedback", "changelog", "v2").stdout
    (toy.project / "series/v2/cover.md").write_text(f"# t\n\nText.\n\n{told}")
    words = ("export", "v2", "-o", str(tmp_path / "x"), "--json", "-", "--allow-open")
    rules = [one["rule"] for one in json.loads(refseries(*words).stdout)["findings"]]
    assert rules == ["no-review"]
    assert refseries("feedback", "answer", "v1-rae-1", "--text", "It is.").returncode == 0
    found = json.loads(refseries(*words).stdout)["findings"]
    assert [(one["rule"], one["what"]) for one in found if one["rule"] != "no-review"] == [
        (
            "called-open",
            "the cover letter calls it still open, and v1-rae-1 is answered: make it small",
        )
    ]


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


FIRST, SECOND = "0001-mm-introduce-toys.patch", "0002-mm-tell-what-a-toy-is.patch"


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (FIRST, ("`mm: introduce toys` does not have it: the patch changed",)),
        (SECOND, ("`mm: tell what a toy is` does not have it: the patch is as it was",)),
        (
            "cover",
            (
                "`mm: introduce toys` does not have it: the patch changed",
                "`mm: tell what a toy is` does not have it: the patch is as it was",
            ),
        ),
        ("", ("no patch has it: its mail does not say which patch it is for",)),
    ],
)
def test_a_tag_that_the_new_version_lost_is_named(
    toy: Toy, refseries: Refseries, tmp_path: Path, patch: str, said: tuple[str, ...]
) -> None:
    feedback = toy.project / "series" / "feedback"
    feedback.mkdir()
    review = REVIEW.partition("[[task]]")[0]
    tag = f'[[trailer]]\nname = "Acked-by"\nvalue = "Rae <rae@example.org>"\npatch = "{patch}"\n'
    (feedback / "v1-rae.toml").write_text(review + tag)
    words = ("export", "v2", "--json", "-", "-o")
    done = refseries(*words, str(tmp_path / "lost"))
    found = [(one["rule"], one["what"]) for one in json.loads(done.stdout)["findings"]]
    assert found == [
        *(
            ("lost-tag", f"v1 was given `Acked-by: Rae <rae@example.org>`, and {each}.")
            for each in said
        ),
        ("no-review", "no patch has a Reviewed-by or an Acked-by yet."),
    ]
    assert done.returncode == 0
    for name in (FIRST, SECOND):
        in_series(toy, "\n---\n", "\n\nAcked-by: Rae <rae@example.org>\n---\n", f"v2/{name}")
    done = refseries(*words, str(tmp_path / "kept"))
    told = [one["rule"] for one in json.loads(done.stdout)["findings"]]
    # It stands under a patch that changed, or that nobody gave it to.
    assert "no-review" not in told
    assert ("lost-tag" in told) == (patch == "")


def with_scripts(toy: Toy) -> None:
    """Give the toy's base a checkpatch.pl and a get_maintainer.pl that are small but real perl."""
    toy.at_base()
    scripts = {
        "scripts/checkpatch.pl": b'exit if -e "$ENV{HOME}/.checkpatch.conf"; while (<>) '
        b'{ print "a.patch:$.: ERROR:TOY: no toys\\n" if /^\\+.*toy;/ }',
        "scripts/get_maintainer.pl": b'open(M, "MAINTAINERS") or die "no MAINTAINERS";'
        b'print <M> unless -e "$ENV{HOME}/.get_maintainer.conf";',
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
    for name in (".checkpatch.conf", ".get_maintainer.conf"):
        (tmp_path / name).touch()  # which the real ones heed, and nobody else
    home = {"HOME": str(tmp_path)}
    done = refseries("export", "v1", "-o", str(out), "--json", "-", "--quiet", env=home)
    data = json.loads(done.stdout)
    assert [person["email"] for person in data["cc"]] == [
        "max@example.org", "list@example.org", "ada@example.org", "bob@example.org",
    ]  # fmt: skip
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


def test_what_is_kept_is_not_said_to_be_asked(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    with_scripts(toy)
    asked = ("Asking get_maintainer.pl", *(f"Running checkpatch.pl on mail {n}" for n in (2, 3)))
    first, again = (refseries("export", "v1", "-o", str(tmp_path / "x")).stderr for _ in range(2))
    assert [words in first for words in asked] == [True] * 3
    assert [words in again for words in asked] == [False] * 3


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
        cwd=toy.project, check=False, env=toy.environ,
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
    env = toy.environ
    command = [*COMMAND, "export", "v1", "-o", str(out), "--quiet"]
    with (
        proc.start(command, cwd=toy.project, env=env) as one,
        proc.start(command, cwd=toy.project, env=env) as two,
    ):
        assert (one.wait(SECONDS), two.wait(SECONDS)) == (0, 0)
    assert len(mails_of(out)) == 3
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


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
