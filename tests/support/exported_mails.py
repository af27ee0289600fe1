# SPDX-License-Identifier: GPL-2.0-or-later
"""Versions of the toy as mails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from toy import Toy

from refseries.host import proc
from refseries.host.progress import silent
from refseries.mail.message import Mail
from refseries.mail.read import read
from refseries.posting import export as core
from refseries.posting.export import ExportRequest, Mails

Refseries = Callable[..., proc.Completed]


def make(toy: Toy, version: str = "v2", **changes: object) -> Mails:
    request = ExportRequest(version, **changes)  # type: ignore[arg-type]
    return core.make(toy.series(), toy.base(), toy.cache, request, silent)


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
