# SPDX-License-Identifier: GPL-2.0-or-later
"""Any thread of mails, and any bytes, give versions or a SeriesError."""

from __future__ import annotations

import base64
import contextlib
import gzip
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refseries.errors import RefseriesError, SeriesError
from refseries.importing import mailbox, received, thread_mail
from refseries.mail import tracking
from refseries.mail.decode import decode
from refseries.series import letter, trailers

QUICK = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
IDS = st.sampled_from(["a@x", "b@x", "c@x", "d@x", "", "no id", "<<>>"])
SUBJECTS = st.sampled_from(
    [
        "[PATCH v3 0/2] t", "[PATCH v3 1/2] one", "[PATCH v3 2/2] two", "[PATCH 1/2] one",
        "[PATCH] alone", "Re: [PATCH v3 1/2] one", "[PATCH v0 9/2] x", "", "[PATCH v9999 0/0] x",
        "=?utf-8?b?////?=", "[PATCH 0000/9999] many",
    ]
)  # fmt: skip
BODIES = st.sampled_from(
    [
        "text\n", "diff --git a/m b/m\n", "--- a/m\n", "---\n m | 1 +\n 1 file changed\n",
        "Reviewed-by: R <r@x>\n", "Reviewed-by: R <r@x\n", "base-commit: 0123456789\n", "\x00\n",
    ]
)  # fmt: skip


@st.composite
def mails(draw: st.DrawFn) -> list[bytes]:
    made = []
    for _ in range(draw(st.integers(1, 7))):
        head = f"From: R <r@x>\nSubject: {draw(SUBJECTS)}\nMessage-ID: <{draw(IDS)}>\n"
        head += f"In-Reply-To: <{draw(IDS)}>\nReferences: <{draw(IDS)}> <{draw(IDS)}>\n"
        made.append(f"{head}\n{draw(BODIES)}{draw(BODIES)}".encode())
    return made


@QUICK
@given(mails())
def test_any_thread(made: list[bytes]) -> None:
    read = [decode(raw, f"mail {at}") for at, raw in enumerate(made)]
    try:
        thread = received.gather(read, "box")
    except SeriesError:
        return
    found = received.pick(read, thread.posted)
    for posted in thread.posted:
        assert posted.sources
        assert {*posted.sources, posted.cover} - {None} <= set(found)
    # Whatever is a patch is in a version, or named; of mails with one id, the first counts.
    named = {name for one in thread.not_taken for name in one.sources}
    ids: set[str] = set()
    for mail in read:
        first = not mail.message_id or mail.message_id not in ids
        ids.add(mail.message_id)
        if first and thread_mail.thread_mail_of(mail).place:
            assert mail.source in {*found, *named}


@QUICK
@given(mails(), st.binary(max_size=60), st.integers(0, 2000))
def test_any_bytes_in_a_mailbox(made: list[bytes], noise: bytes, at: int) -> None:
    box = b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + raw + b"\n" for raw in made)
    broken = box[:at] + noise + box[at:]
    with tempfile.TemporaryDirectory() as scratch, contextlib.suppress(RefseriesError):
        path = Path(scratch, "box")
        path.write_bytes(broken)
        mailbox.drafts(path, "box")


@QUICK
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_any_tracking(value: str | bytes) -> None:
    header = value if isinstance(value, str) else base64.b64encode(gzip.compress(value)).decode()
    with contextlib.suppress(SeriesError):
        tracking.unpack(f"v=1; b={header}", "mail")
    with contextlib.suppress(SeriesError):
        tracking.parse(header, "mail")


@QUICK
@given(st.text(alphabet="ab|-+ \n1(): \r\t", max_size=300))
def test_any_cover_letter(body: str) -> None:
    said = letter.text(body)
    assert letter.cover_md("a title", said).startswith("# a title\n")


def test_a_cover_letter_of_git_has_no_rules() -> None:
    made = "Ada (2):\n  mm: one\n  mm: two\n\n mm/a.c | 2 +-\n 1 file changed\n\n-- \n2.39\n"
    assert letter.text(f"What it is.\n\nMore.\n\n{made}") == "What it is.\n\nMore."


def test_trailers_go_behind_trailers() -> None:
    line = "Reviewed-by: R <r@x.example>"
    assert trailers.add("s\n\ntext\n", [line]) == f"s\n\ntext\n\n{line}\n"
    signed = "s\n\nSigned-off-by: A <a@x.example>\n"
    assert trailers.add(signed, [line, line]) == f"{signed}{line}\n"
    assert trailers.add(signed, ["Signed-off-by: A <a@x.example>"]) == signed
    assert trailers.add("s: x\n", [line]) == f"s: x\n\n{line}\n"
