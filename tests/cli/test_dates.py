# SPDX-License-Identifier: GPL-2.0-or-later
"""What is dated today, on other days and in other time zones: the real command by another clock."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import posted_series
import pytest
import reviews
from exported_mails import mails_of
from reroll_author import Author
from toy import V1, Toy
from waiting import SECONDS

from refseries.errors import SeriesError
from refseries.host import clock, proc
from refseries.posting.sending import send
from refseries.review import store
from refseries.series import store as versions
from refseries.testing import runs

pytestmark = pytest.mark.usefixtures("sender")

# Time (UTC), time zone, and what the clock on the wall shows there.
DAYS = [
    ("2026-11-24T15:00:00", "UTC", "Tue, 24 Nov 2026 15:00:00 +0000"),
    ("2028-02-29T23:59:59", "Pacific/Kiritimati", "Wed, 01 Mar 2028 13:59:59 +1400"),
    ("2027-01-01T00:00:00", "Etc/GMT+12", "Thu, 31 Dec 2026 12:00:00 -1200"),
    ("2037-03-29T01:30:00", "Europe/Berlin", "Sun, 29 Mar 2037 03:30:00 +0200"),
]
PROGRAM = """\
import sys
from datetime import datetime
from refseries.host import clock
from refseries.cli import main
moment = datetime.fromisoformat(sys.argv.pop(1))
clock.precise = lambda: moment
main()
"""


class Day:
    """A moment, and the real command run at it."""

    def __init__(self, toy: Toy, when: str, zone: str, shown: str) -> None:
        self.toy, self.zone, self.shown = toy, zone, shown
        self.moment = datetime.fromisoformat(when).replace(microsecond=999, tzinfo=UTC)
        self.second = self.moment.replace(microsecond=0)

    def __call__(self, *words: str) -> str:
        """Run it; gives what it printed."""
        argv = [sys.executable, "-c", PROGRAM, self.moment.isoformat(), *words]
        env = {**self.toy.environ, "TZ": self.zone}
        return proc.run(argv, cwd=self.toy.project, env=env, deadline=SECONDS).stdout


@pytest.fixture(params=DAYS, ids=[f"{when}-{zone}" for when, zone, _shown in DAYS])
def day(toy: Toy, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Day:
    found = Day(toy, *request.param)
    monkeypatch.setattr(clock, "precise", lambda: found.moment)
    return found


def toml(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text())


def test_an_export_is_dated_as_its_version_or_now(day: Day, tmp_path: Path) -> None:
    out, now = tmp_path / "v2.mbx", tmp_path / "now.mbx"
    day("export", "v2", "-o", str(out), "--no-maintainers")
    dates = [dict(mail.headers)["Date"] for mail in mails_of(out)]
    # The version's date is its first patch's; the cover letter goes a second before it.
    times = ("11:59:59", "12:00:00", "12:00:01")
    assert dates == [f"Wed, 25 Nov 2026 {time} +0000" for time in times]
    assert all(mail.message_id.startswith("20261125-") for mail in mails_of(out))
    day("export", "v2", "-o", str(now), "--no-maintainers", "--date", "now")
    first = mails_of(now)[0]
    assert dict(first.headers)["Date"] == f"{day.second:%a, %d %b %Y %H:%M:%S} +0000"
    assert first.message_id.startswith(f"{day.second:%Y%m%d}-")


def test_an_export_has_the_same_bytes_every_day(
    toy: Toy, refseries: Callable[..., proc.Completed], day: Day, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.mbx", tmp_path / "other.mbx"
    day("export", "v2", "-o", str(one), "--no-maintainers")
    done = refseries("export", "v2", "-o", str(other), "--no-maintainers", env={"TZ": "Asia/Tokyo"})
    assert done.returncode == 0, done.stderr
    assert one.read_bytes() == other.read_bytes()


def test_a_reply_has_the_time_on_the_wall(day: Day, tmp_path: Path) -> None:
    store.save(day.toy.series(), reviews.make())
    day("feedback", "reply", "-o", str(out := tmp_path / "out.mbx"))
    (mail,) = mails_of(out)
    assert dict(mail.headers)["Date"] == day.shown
    assert parsedate_to_datetime(day.shown) == day.second


def test_a_point_is_raised_now(day: Day) -> None:
    day("feedback", "add", "Why?", "--version", "v2", "--reviewer", "Eve <eve@example.org>")
    (review,) = store.load(day.toy.series())
    assert review.date == day.second


def test_a_version_is_made_now(day: Day) -> None:
    author = Author(day.toy)
    author.commit("fixup! mm: introduce toys", {"mm/toy.c": "long toy;\n"})
    day("reroll", "v3", "--quiet")
    assert versions.version(day.toy.series(), "v3").date == day.second


def test_a_cover_letter_without_a_date_came_now(day: Day, tmp_path: Path) -> None:
    mails = posted_series.patches(day.toy, *V1, number=3, cover=posted_series.COVER)
    bare, count = re.subn(rb"^Date: .*\n", b"", mails[0], flags=re.M)
    assert count == 1
    thread = posted_series.mboxrd(tmp_path / "thread.mbox", [bare, *mails[1:]])
    day("import", str(thread))
    first_patch = day.second + timedelta(seconds=1)  # its cover letter came now
    assert versions.version(day.toy.series(), "v3").date == first_patch


def test_a_version_was_sent_now(day: Day) -> None:
    send.record(versions.version(day.toy.series(), "v2"), ["a@example.org"])
    path = day.toy.project / "series/v2/version.toml"
    assert toml(path)["sent"]["when"] == day.second  # type: ignore[index]
    said = day("status")
    assert f"{day.second:%Y-%m-%d}" in said
    with pytest.raises(SeriesError, match=f"was sent already on {day.second:%Y-%m-%d}"):
        send._check_sent(versions.version(day.toy.series(), "v2"), False, day.toy.project)


def test_a_run_is_called_after_its_start(day: Day, tmp_path: Path) -> None:
    assert runs.begin(tmp_path, "toy").name.startswith(f"{day.second:%Y%m%d-%H%M%S}-")
