# SPDX-License-Identifier: GPL-2.0-or-later
"""What is sent says how its tests came out, where that is asked for, as what is exported does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sample_reports
import toy as toys
from mailserver import Sink

from refseries.host import proc
from refseries.testing.model import CaseResult, Outcome

Refseries = Callable[..., proc.Completed]


@pytest.mark.parametrize("words", [(), ("--results",)])
def test_the_letter_has_results_when_asked(
    mine: toys.Toy, sink: Sink, refseries: Refseries, words: tuple[str, ...]
) -> None:
    sample_reports.keep_run(mine, "v3", CaseResult("toy.a", Outcome.PASS))
    done = refseries("send", "v3", "--yes", "--no-maintainers", *words)
    assert done.returncode == 0, done.stderr
    cover = sink.mails[0][2].replace(b"\r\n", b"\n")
    told = b"\n---\nTested with refseries: v3 on Linux 6.12.117.\n\n" in cover
    assert told == (b"\ndefault: 1 pass (as expected)\n" in cover) == bool(words)
    assert all(b"Tested with" not in content for _id, _who, content in sink.mails[1:])
