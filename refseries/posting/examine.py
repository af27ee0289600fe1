# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks mails over: gathers what the rules of ``lint`` need, and asks them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from refseries import git
from refseries.host.progress import Say
from refseries.mail.decode import decode
from refseries.mail.message import Mail
from refseries.mail.write import file_name
from refseries.model import BaseInfo, Series, Version, number_of
from refseries.posting import basis, checkpatch, maintainers, tags
from refseries.posting.export import Mails
from refseries.posting.lint import model
from refseries.posting.lint import patches as patch_rules
from refseries.posting.lint.model import MailEntry, MailFacts, MailFinding, Severity
from refseries.posting.lint.rules import RULES
from refseries.review import changelog
from refseries.review.model import UNFINISHED, Review
from refseries.series import store
from refseries.testing import each_patch

_MAX_DIFFS = 64 * 1024 * 1024  # bytes that get_maintainer.pl is asked about; it needs all at once


@dataclass(frozen=True)
class MailReport:
    """What was found, errors first, then in the order of the mails.

    Attributes:
        untested: states behind patches that were not tested as they stand, in words.
    """

    mails: int
    findings: tuple[MailFinding, ...]
    untested: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def of_export(
    series: Series, base: BaseInfo, cache: Path, mails: Mails, *, allow_open: bool, say: Say
) -> MailReport:
    """Look over the mails of a version before they are written.

    Args:
        allow_open: tasks may be open.

    Raises:
        StageError: a script failed.
        SeriesError: a file of the series is wrong.
    """
    version = store.version(series, f"v{mails.posting.number}")
    known = each_patch.known(series, base, version.name, cache)
    base = base.of(version.name)
    names = [file_name(mail) for mail in mails.outgoing]
    cache = cache / series.name / "mail"
    ground = base.under or base
    told = re.search(f"^{basis.MARK}", mails.posting.basis, re.M)
    told_tags = tags.facts(series, version, mails)
    facts = MailFacts(
        tasks=() if allow_open else _open_tasks(mails.reviews, version),
        called_open=_called_open(mails, version),
        unpaired=mails.posting.unpaired,
        unnamed=mails.posting.unnamed,
        stale=told_tags.stale,
        lost=told_tags.lost,
        wrong=known.wrong,
        unreviewed=told_tags.unreviewed,
        commits={ground.commit: True},
        private=(ground.commit,) if ground.source == "tree" and not told else (),
        maintainers=maintainers.maintainers_of(
            base, [patch.diff for patch in mails.posting.patches], cache, say
        ),
    )
    box_ = (decode(raw, name) for raw, name in zip(mails.raw, names, strict=True))
    report = look(box_, facts, base, cache, say, intact=True)
    return replace(report, untested=known.untested)


def look(
    mails: Iterable[Mail],
    facts: MailFacts,
    base: BaseInfo | None,
    cache: Path,
    say: Say,
    *,
    intact: bool = False,
) -> MailReport:
    """Each mail by itself, then what is left of all of them together.

    Args:
        facts: what is known beside what can be found out here.
        base: the tree whose commits and scripts are asked; None: none is.
        cache: folder in which the scripts' answers are kept.
        intact: no mail has lost the carriage returns of its lines on the way: only those that have
            some can be about files with DOS line ends, and no others are looked up in the tree.

    Raises:
        StageError: a script failed.
    """
    findings: list[MailFinding] = []
    kept: list[MailEntry] = []
    diffs: list[bytes] = []
    for number, mail in enumerate(mails, 1):
        entry = model.entry(mail)
        if base and entry.is_patch:
            text = f"{entry.message}\0{entry.diff}".encode("utf-8", "surrogateescape")
            running = partial(say, f"Running checkpatch.pl on mail {number}")
            said = checkpatch.complaints(base, mail.raw, text, cache, running)
            plain = intact and b"\r" not in mail.raw and not patch_rules.is_encoded(entry)
            dos = {mail.source: () if plain else _dos_files(base, entry)}
            facts = replace(facts, checkpatch={mail.source: said}, dos=dos)
            diffs.append(entry.diff.encode("utf-8", "surrogateescape"))
        findings += model.each(RULES, entry, facts)
        kept.append(model.without_text(entry))
    whole = model.Box(tuple(kept), facts)
    if base:
        asked = [name for name in patch_rules.bases(whole) if name not in facts.commits]
        commits = {name: _has(base, name) for name in asked}
        private = [n for n in asked if commits[n] and not basis.is_public(base.repo, n)]
        facts = replace(
            facts,
            commits={**facts.commits, **commits},
            private=(*facts.private, *private),
        )
        if not facts.maintainers and sum(map(len, diffs)) <= _MAX_DIFFS:
            facts = replace(facts, maintainers=maintainers.maintainers_of(base, diffs, cache, say))
        whole = replace(whole, facts=facts)
    findings += model.together(RULES, whole)
    places = {entry.mail.source: at for at, entry in enumerate(kept)}
    order = list(Severity)
    findings.sort(key=lambda one: (order.index(one.severity), places.get(one.mail, -1)))
    return MailReport(len(kept), tuple(findings))


def _has(base: BaseInfo, commit: str) -> bool:
    return git.git(base.repo, "cat-file", "-e", f"{commit}^{{commit}}", check=False).returncode == 0


def _dos_files(base: BaseInfo, entry: MailEntry) -> tuple[str, ...]:
    """The files with DOS line ends of which a patch changes lines."""
    found = git.read_files(base.repo, base.commit, patch_rules.changed_lines(entry))
    return tuple(name for name, text in found.items() if b"\r\n" in text)


def _called_open(mails: Mails, version: Version) -> tuple[str, ...]:
    """What the changelog calls open and is not; what went out as it is stays so."""
    if version.message_id:
        return ()
    told = changelog.no_longer_open(mails.posting.changes, mails.reviews, version.name)
    return tuple(f"{task.id} is {task.state}: {task.summary}" for task in told)


def _open_tasks(known: Iterable[Review], version: Version) -> tuple[str, ...]:
    """What is still to be done of what was asked for on earlier versions."""
    return tuple(
        f"{task.id} is {task.state}: {task.summary}"
        for review in known
        if number_of(review.version) < version.number
        for task in review.tasks
        if task.state in UNFINISHED
    )
