# SPDX-License-Identifier: GPL-2.0-or-later
"""Signed mails; patatt itself makes the key and verifies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import patatt
import pytest
from toy import Toy

from refseries.errors import HostError
from refseries.host import proc
from refseries.mail.read import read
from refseries.posting import sign

Refseries = Callable[..., proc.Completed]
PATATT = Path(sys.executable).with_name("patatt")
MAIL = (
    b"From: Sam Sender <sam@example.org>\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n"
    b"Subject: [PATCH] mm: toys\nMessage-ID: <1@example.org>\n\nA toy.\n"
)


@pytest.fixture
def keys(toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key of the sender's in his git configuration; gives the folder of public keys."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(patatt, "KEYCACHE", {})
    proc.run([PATATT, "genkey", "-n", "toykey"], cwd=toy.project)
    settings = "[patatt]\n\tsigningkey = ed25519:toykey\n\tselector = toykey\n"
    with (tmp_path / "gitconfig").open("a") as stream:
        stream.write(settings)
    return tmp_path / "data/patatt/public"


def verdicts(mail: bytes, keys: Path) -> list[int]:
    return [result[0] for result in patatt.validate_message(mail, [str(keys)])]


def test_what_was_signed_is_verified_and_what_was_changed_is_not(toy: Toy, keys: Path) -> None:
    signed = sign.sign(MAIL, toy.project, "sam@example.org")
    assert b"s=toykey" in signed
    assert verdicts(signed, keys) == [patatt.RES_VALID]
    assert verdicts(signed.replace(b"A toy.", b"A boy."), keys) == [patatt.RES_BADSIG]
    assert verdicts(signed.replace(b"mm: toys", b"mm: boys"), keys) == [patatt.RES_BADSIG]


def test_without_a_key_it_says_how_to_make_one(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(patatt, "KEYCACHE", {})
    with pytest.raises(HostError, match="cannot be signed") as caught:
        sign.sign(MAIL, toy.project, "sam@example.org")
    assert "patatt genkey" in caught.value.hint


@pytest.mark.usefixtures("keys")
def test_every_mail_of_an_export_is_signed(
    toy: Toy, refseries: Refseries, keys: Path, tmp_path: Path
) -> None:
    path = tmp_path / "v2.mbx"
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    done = refseries(
        "export", "v2", "-o", str(path), "--sign", "--no-maintainers", "--no-check", env=env
    )
    assert done.returncode == 0, done.stderr
    mails = list(read(path, lambda lost: pytest.fail(lost.why)))
    assert len(mails) == 3
    assert [verdicts(mail.raw, keys) for mail in mails] == [[patatt.RES_VALID]] * 3


def test_an_export_without_a_key_writes_nothing(
    toy: Toy, refseries: Refseries, tmp_path: Path
) -> None:
    path = tmp_path / "v2.mbx"
    env = {"XDG_DATA_HOME": str(tmp_path / "none")}
    words = ["--sign", "--no-maintainers", "--no-check"]
    done = refseries("export", "v2", "-o", str(path), *words, env=env)
    assert done.returncode == 3
    assert "genkey" in done.stderr
    assert not path.exists()
