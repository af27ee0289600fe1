# SPDX-License-Identifier: GPL-2.0-or-later
"""``refseries check-mail``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from exported_mails import Refseries, in_series
from toy import Toy

pytestmark = pytest.mark.usefixtures("sender")


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


def test_a_series_that_is_wrong_is_told_and_not_done_without(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    out = tmp_path / "v2.mbx"
    assert refseries("export", "v2", "-o", str(out)).returncode == 0
    # Without the base, half of what can be wrong is not looked for.
    in_series(toy, "schema = 1", "schema = 1\nodd = 2")
    done = refseries("check-mail", str(out))
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown field `odd`" in done.stderr


def test_check_mail_says_what_it_cannot_read(refseries: Refseries, tmp_path: Path) -> None:
    path = tmp_path / "x"
    assert refseries("check-mail", str(path)).returncode == 2
    path.write_text("no mail\n")
    done = refseries("check-mail", str(path))
    assert (done.returncode, "holds no mail" in done.stderr) == (2, True)


def test_check_mail_reads_standard_input(toy: Toy, refseries: Refseries, tmp_path: Path) -> None:
    out = tmp_path / "v2.mbx"
    assert refseries("export", "v2", "-o", str(out)).returncode == 0
    # A line of a message that separates no mails, which only the file itself shows.
    mails = out.read_bytes().replace(b"Signed-off-by: Sam", b"From here\nSigned-off-by: Sam", 1)
    done = refseries("check-mail", "-", "--json", "-", stdin=mails)
    out.write_bytes(mails)
    told = refseries("check-mail", str(out), "--json", "-").stdout
    assert "from-unquoted" in told
    assert done.stdout == told.replace(str(out), "standard input")


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
