# SPDX-License-Identifier: GPL-2.0-or-later
"""The threads of versions that were posted, fetched by b4 and imported."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from refseries.errors import HostError, SeriesError
from refseries.host.progress import Say, silent
from refseries.importing import mailbox
from refseries.model import Series, Version
from refseries.review import import_mail, posted_as
from refseries.review import store as reviews
from refseries.review.imported import Imported
from refseries.series import store


@dataclass(frozen=True)
class NotFetched:
    """A thread that b4 did not bring, and why."""

    version: str
    message_id: str
    error: HostError


@dataclass(frozen=True)
class Fetched:
    """What the threads came to.

    Attributes:
        versions: the names of those whose threads are in it.
        unposted: of those without a message id, which cannot be looked for.
    """

    found: Imported
    versions: tuple[str, ...] = ()
    unposted: tuple[str, ...] = ()
    failed: tuple[NotFetched, ...] = ()


@contextmanager
def found(series: Series, sources: Sequence[str]) -> Iterator[dict[Path, str]]:
    """Where the mails of each of ``sources`` are, and what it is called: as the user called it.

    Files and folders are as they are; of a message id or a link the thread, which b4 fetches.

    Raises:
        HostError: b4 could not fetch it.
    """
    with ExitStack() as stack:
        yield {_source(stack, series, source): source for source in sources}


def _source(stack: ExitStack, series: Series, source: str) -> Path:
    path = Path(source)
    if source == "-" or path.exists() or mailbox.message_id(source) is None:
        return path
    return stack.enter_context(mailbox.fetched(source, series.root))


def run(
    series: Series,
    name: str | None = None,
    files: Sequence[Path] = (),
    *,
    dry_run: bool = False,
    say: Say = silent,
) -> Fetched:
    """Import what is new in the threads of the versions that were posted.

    Args:
        name: the version whose thread is fetched; None for all that were posted.
        files: mailboxes to read instead of asking b4, as ``mail.read.read`` takes them. They, as
            well as the threads, are read whole: what they say of other versions is imported, too.
        dry_run: write nothing.

    Raises:
        SeriesError: there is no such version, or none was posted.
        HostError: b4 brought none of the threads.
    """
    versions = (store.version(series, name),) if name else series.versions
    if files:
        return Fetched(import_mail.run(series, files, dry_run=dry_run, strict=False))
    posted = [version for version in versions if version.message_id]
    if not posted:
        raise _not_posted(series, name)
    failed: list[NotFetched] = []
    with ExitStack() as stack:
        threads: dict[Path, str] = {}
        for number, version in enumerate(posted):
            say(f"Fetching the thread of {version.name}", number / len(posted))
            threads |= _threads(stack, series, version, failed)
        if not threads:
            raise failed[0].error
        say("Reading mail", 1.0)
        result = import_mail.run(
            series, tuple(threads), names=threads, dry_run=dry_run, strict=False
        )
    lacking = {one.version for one in failed}
    return Fetched(
        result,
        tuple(version.name for version in posted if version.name not in lacking),
        tuple(version.name for version in versions if not version.message_id),
        tuple(failed),
    )


def _threads(
    stack: ExitStack, series: Series, version: Version, failed: list[NotFetched]
) -> dict[Path, str]:
    """The thread of a version with its message id; further ones where it was sent again."""
    paths: dict[Path, str] = {}
    for message_id in dict.fromkeys((version.message_id, *version.message_ids)):
        if not message_id or any(_holds(path, message_id) for path in paths):
            continue
        try:
            path = stack.enter_context(mailbox.fetched(message_id, series.root))
        except HostError as error:
            failed.append(NotFetched(version.name, message_id, error))
            break  # else each of its mails would be asked for
        paths[path] = message_id
    return paths


def _holds(path: Path, message_id: str) -> bool:
    return f"<{message_id}>".encode() in path.read_bytes()


def _not_posted(series: Series, name: str | None) -> SeriesError:
    what = f"{name} has no message id" if name else "no version has a message id"
    threads = posted_as.threads(series, reviews.load(series))
    told = posted_as.hint(series, {key: threads[key] for key in threads if name in (None, key)})
    return SeriesError(
        f"{what}, so nothing says which thread is about it.",
        where=str(series.root / "series"),
        hint="`refseries send` writes it; of one that was posted in another way, write it into "
        f"version.toml: message_id. {told or 'Or name a saved thread: --from FILE.'}",
    )
