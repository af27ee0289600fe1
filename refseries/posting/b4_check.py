# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a version that somebody reviews in b4, as b4's check commands answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import RefseriesError, SeriesError
from refseries.host.text import counted
from refseries.mail import decode, subjects, tracking
from refseries.model import BaseInfo, Series, Target, Version, number_of
from refseries.posting import export
from refseries.review import store as reviews
from refseries.review import verify
from refseries.review.evidence.facts import Facts
from refseries.review.evidence.kind import Verdict
from refseries.review.model import UNFINISHED
from refseries.series import apply, cover
from refseries.testing import runs
from refseries.testing.judges import Judges
from refseries.testing.model import Outcome, tally

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True)
class B4Check:
    """One line of b4's list of checks; see _run_external_cmd in b4/review/checks.py.

    Attributes:
        status: ``pass``, ``warn`` or ``fail``.
        url: where to read more; empty where there is no such place.
    """

    tool: str
    status: str
    summary: str
    url: str = ""
    details: str = ""


def of_mail(series: Series, base: BaseInfo | None, cache: Path, raw: bytes) -> tuple[B4Check, ...]:
    """What is known of the version whose cover letter (or only patch) ``raw`` is.

    Args:
        base: None when it has not been imported, so that no result can be known to be current.

    Raises:
        SeriesError: it is no mail, or the series is wrong.
    """
    version = find(series, raw)
    if version is None:
        return (
            B4Check("refseries", WARN, f"not a version of {series.name}", details=_known(series)),
        )
    told = B4Check("refseries", PASS, f"{version.name} of {series.name}: {series.title}")
    return (told, *_tests(series, base, cache, version), *_tasks(series, base, cache, version))


def find(series: Series, raw: bytes) -> Version | None:
    """The version that a mail posts: by its message id, else by number and change-id or title."""
    mail = decode.decode(raw, "standard input")
    for version in series.versions:
        if mail.message_id and version.message_id == mail.message_id:
            return version
    said = subjects.parse(mail.subject)
    for version in series.versions:
        if version.number != said.version or said.reply:
            continue
        known = {version.change_id, export.change_id(series)}
        if tracking.change_id(mail.body) in known - {""} or said.title == _title(version):
            return version
    return None


def _title(version: Version) -> str:
    try:
        return cover.read(version.cover).title
    except SeriesError:
        return ""


def _known(series: Series) -> str:
    return "\n".join(f"{v.name} {v.message_id or ''}".rstrip() for v in series.versions)


def _tests(
    series: Series, base: BaseInfo | None, cache: Path, version: Version
) -> Iterator[B4Check]:
    """The newest result in each config; what was not seen to pass did not."""
    target = Target(version.name)
    tree = None
    if base is not None:
        try:
            tree = apply.apply(series, base, target, cache).tree
        except RefseriesError as error:
            yield B4Check("refseries-apply", FAIL, "does not apply", details=str(error))
            return
    judges = Judges.load(series.root)
    for config in series.configs:
        found = runs.latest(cache, series.home, target, config)
        outdated = judges.outdated(found, target, config, tree) if found else ""
        yield _result(f"refseries-{config}", version, config, found, outdated)


def _result(
    tool: str, version: Version, config: str, found: runs.LatestRun | None, outdated: str
) -> B4Check:
    command = f"refseries test {version.name} --config {config}"
    if found is None or outdated:
        what = "not tested" if found is None else f"tested with {outdated} only"
        return B4Check(tool, WARN, what, details=command)
    failed = [f"{stage}: {o}" for stage, o in found.stages.items() if o not in ("pass", "not-run")]
    bad = [r for r in found.results if r.outcome not in (Outcome.PASS, Outcome.SKIP)]
    lines = [f"{r.name}: {r.outcome} {r.task or ''}".rstrip() for r in bad]
    details = "\n".join([*lines, *(f"splat: {s.title}" for s in found.splats), found.log])
    summary = "; ".join(filter(None, (tally(found.results), ", ".join(failed)))) or "built"
    if not found.as_expected:
        return B4Check(tool, FAIL, f"{summary}; not as expected", details=details)
    # A failure that somebody expected is one all the same to who reviews it.
    return B4Check(tool, WARN if bad or failed else PASS, summary, details=details)


def _tasks(
    series: Series, base: BaseInfo | None, cache: Path, version: Version
) -> Iterator[B4Check]:
    """What reviewers of earlier versions asked for: what is open, whether the rest is proven."""
    known = reviews.load(series)
    tasks = [
        task
        for review in known
        for task in review.tasks
        if number_of(task.raised_on) < version.number
    ]
    if not tasks:
        return
    still = [
        task
        for task in tasks
        if task.state in UNFINISHED
        or (task.settled_in and number_of(task.settled_in) > version.number)
    ]
    open_ones = f"{len(still)} of {counted(len(tasks), 'point')}"
    text = f"{open_ones} of earlier reviews {'is' if len(still) == 1 else 'are'} open"
    details = "\n".join(f"{task.id}: {task.summary}" for task in still)
    yield B4Check("refseries-tasks", WARN if still else PASS, text, details=details)
    settled = [task for task in tasks if task not in still and task.settled_in]
    if base is not None and settled:
        yield _proofs(verify.look(Facts(series, base, cache), settled))


def _proofs(verified: Sequence[verify.Verified]) -> B4Check:
    worst = {v.verdict for v in verified}
    proven = sum(v.verdict is Verdict.PROVEN for v in verified)
    lines = [f"{v.task.id}: {v.verdict or 'no evidence'}" for v in verified]
    status = PASS if worst == {Verdict.PROVEN} else FAIL if Verdict.BROKEN in worst else WARN
    summary = f"{proven} of {len(verified)} settled points are proven"
    return B4Check("refseries-verify", status, summary, details="\n".join(lines))
