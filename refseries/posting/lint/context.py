# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about what is known beside the mails: the file, the tree, the tasks, the tools; pure."""

from __future__ import annotations

from collections.abc import Iterator

from refseries.posting.lint import patches
from refseries.posting.lint.model import Box, Hit


def bare_from(box: Box) -> Iterator[Hit]:
    """A line ``From `` that is not quoted."""
    for line in box.facts.bare:
        yield Hit(None, f"line {line} of the file starts with `From ` and is not quoted.", line)


def unknown_base(box: Box) -> Iterator[Hit]:
    """A base that is not in the tree at hand."""
    for commit in patches.bases(box):
        if box.facts.commits.get(commit) is False:
            yield Hit(None, f"base-commit {commit[:12]} is not in the tree.")


def private_base(box: Box) -> Iterator[Hit]:
    """A base that is in the tree at hand alone."""
    for commit in box.facts.private:
        yield Hit(
            None, f"the base {commit[:12]} is in no release tag and no remote branch of the tree."
        )


def open_tasks(box: Box) -> Iterator[Hit]:
    """What reviewers asked for and is not done."""
    for task in box.facts.tasks:
        yield Hit(None, task)


def called_open(box: Box) -> Iterator[Hit]:
    """A changelog that was written before a task was done."""
    for task in box.facts.called_open:
        yield Hit(None, f"the cover letter calls it still open, and {task}")


def unpaired(box: Box) -> Iterator[Hit]:
    """A range-diff that does not compare a patch with what it was rewritten into."""
    for what in box.facts.unpaired:
        yield Hit(None, what)


def published(box: Box) -> Iterator[Hit]:
    """A published tag that is not these mails, or another version's."""
    for what in box.facts.unnamed:
        yield Hit(None, what)


def checkpatch(box: Box) -> Iterator[Hit]:
    """What checkpatch says."""
    for entry in box.patches:
        for line in box.facts.checkpatch.get(entry.mail.source, ()):
            yield Hit(entry, line)


def stale_tags(box: Box) -> Iterator[Hit]:
    """A tag on a patch that is no longer what the reviewer saw."""
    for entry in box.patches:
        for tag in box.facts.stale.get(entry.mail.source, ()):
            yield Hit(entry, f"the patch changed since it got `{tag}`.")


def lost_tags(box: Box) -> Iterator[Hit]:
    """A tag that the version before was given, and that is not there any more."""
    for what in box.facts.lost:
        yield Hit(None, what)


def no_review(box: Box) -> Iterator[Hit]:
    """Patches that have neither Reviewed-by nor Acked-by."""
    names = box.facts.unreviewed
    if names and len(names) == len(box.patches) > 1:
        yield Hit(None, "no patch has a Reviewed-by or an Acked-by yet.")
    elif names:
        listed = ", ".join(f"`{subject}`" for subject in names)
        yield Hit(None, f"without Reviewed-by and Acked-by: {listed}.")


def missing_recipients(box: Box) -> Iterator[Hit]:
    """Somebody whom get_maintainer.pl names and who gets no patch."""
    got = {
        person.email.lower() for one in box.patches for person in (*one.mail.to, *one.mail.cc)
    } | {one.mail.author.email.lower() for one in box.patches}
    for person in box.facts.maintainers:
        if box.patches and person.email.lower() not in got:
            yield Hit(None, f"{person.email} is not among the recipients.")


def wrong_patches(box: Box) -> Iterator[Hit]:
    """States behind patches that came out wrong."""
    for what in box.facts.wrong:
        yield Hit(None, what)
