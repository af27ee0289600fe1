# SPDX-License-Identifier: GPL-2.0-or-later
"""The bytes of one mail as a Mail: headers unfolded and decoded, dates, people; pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_tz

from refseries.errors import SeriesError
from refseries.mail import bodytext, mime
from refseries.mail.message import Mail
from refseries.model import Identity

_SIGNED = re.compile(r"^Signed-off-by: ([^<>,\n]{1,100}) <([^<>\s]{1,200})>$", re.M)
# "via" as Mailman says it in the language of a list.
_BEHIND = re.compile(
    r" [(\[]?(?:via|über|tramite|door|przez|через|a través de|através de"
    r"|par l['’]intermédiaire de) "
)
# Other lists put the author's whole address in front of their own, or that of a relay.
_MANGLED = re.compile(r"([\w.-]{1,64})=(?:40)?((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})@\S+")
_MAX_SIGNED = 100_000  # characters of a body
_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# Mailman's mailboxes have addresses such as "ada at example.org (Ada)".
_AT = re.compile(r"(?<![\w.+=-])([\w.+=-]+) at ([\w-]+(?:\.[\w-]+)+)")
_UNEVEN = re.compile(r"[\"()\[\]\\:;]|<[^<>,]*(?:<|,|$)|>[^,]*[^,\s]")
_MAX_PEOPLE = 100_000  # characters; no server takes as many recipients
_MAX_ENCODED = 20_000  # characters; decode_header takes a time that grows with their square
# Zones that parsedate_tz takes for UTC, in hours.
_ZONES = {"CET": 1, "CEST": 2, "BST": 1, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9}


def decode(raw: bytes, source: str) -> Mail:
    """Read one mail.

    Args:
        raw: as it stood in its file, without the mailbox's quoting.
        source: goes into the Mail and into errors.

    Raises:
        SeriesError: it has no header of a mail, or no parser can make anything of it.
    """
    try:
        message = mime.parse(raw.lstrip(b"\r\n"), source)
        return _mail(message, raw, source)
    except SeriesError:
        raise
    except Exception as error:  # the email package raises all sorts of things on hostile mails
        raise SeriesError(
            f"cannot be read as a mail: {type(error).__name__}.",
            where=source,
            hint="Save it again from the mail program or the archive.",
        ) from error


def _mail(message: Message, raw: bytes, source: str) -> Mail:
    headers = tuple((name, _plain(str(value))) for name, value in message.raw_items())
    # Of a header that stands there twice, the first counts, as it does for b4 and git.
    first = {name.lower(): value for name, value in reversed(headers)}
    if not {"from", "subject", "date", "message-id", "to"} & set(first):
        raise SeriesError(
            "is no mail: it has neither sender nor subject.",
            where=source,
            hint="Save it as the archive or the mail program gives it, with its headers.",
        )
    body, own = bodytext.body_and_own(message)
    answered = _ID.findall(first.get("in-reply-to", ""))
    return Mail(
        message_id=_message_id(first.get("message-id", "")),
        subject=decoded(first.get("subject", "")),
        author=_author(first, body),
        date=_date(first, headers),
        body=body,
        own=own,
        source=source,
        raw=raw,
        in_reply_to=answered[0] if answered else "",
        references=tuple(dict.fromkeys(_ID.findall(first.get("references", "")))),
        to=people(first.get("to", "")),
        cc=people(first.get("cc", "")),
        headers=tuple((name, decoded(value)) for name, value in headers),
    )


def _author(first: dict[str, str], body: str) -> Identity:
    """Who wrote it, also where a list (for DMARC) or a relay put its own address in his place.

    Lists say who it was in ``X-Original-From`` or ``Reply-To``, some beside their own address; what
    is left is a person of that name among those who got it or signed it off.
    """
    senders = people(first.get("from", ""))
    if not senders:
        return Identity("", "")
    sender = senders[0]
    name, *via = _BEHIND.split(sender.name, maxsplit=1)
    name = name.strip("'\" ")
    for person in people(first.get("x-original-from", "")):
        named = person.name != person.email.partition("@")[0]
        return Identity(person.name if named else name, person.email)
    if mangled := _MANGLED.fullmatch(sender.email):
        return Identity(name if via else sender.name, f"{mangled[1]}@{mangled[2]}")
    if not via:
        return sender
    for person in people(first.get("x-original-sender", "")):
        return Identity(name, person.email)
    answered = [who for who in people(first.get("reply-to", "")) if who.key != senders[0].key]
    if len(answered) == 1 and answered[0].name == answered[0].email.partition("@")[0]:
        return Identity(name, answered[0].email)  # an address alone
    signed = [f"{one[1]} <{one[2]}>" for one in _SIGNED.finditer(body[:_MAX_SIGNED])]
    others = (*answered, *people(first.get("cc", "")), *people(", ".join(signed)))
    same = [person for person in others if person.name.casefold() == name.casefold()]
    return Identity(name, same[0].email) if same else senders[0]


def is_passed_on(name: str) -> bool:
    """Whether a sender's name says that a list sent it: ``Ada Löwe via toys``."""
    return _BEHIND.search(name) is not None


def _message_id(value: str) -> str:
    found = _ID.search(value)
    return found.group(1) if found else value.strip(" <>").partition(" ")[0]


def _plain(value: str) -> str:
    """A header's value on one line, its raw bytes read as UTF-8 or Latin-1."""
    data = value.encode("utf-8", "surrogateescape")
    unfolded = re.sub(r"\r?\n[ \t]*", " ", bodytext.decode(data, None))
    return _CONTROL.sub(" ", unfolded).strip()


def decoded(value: str) -> str:
    """``value`` with its encoded words (RFC 2047) decoded, without control characters."""
    if "=?" not in value or len(value) > _MAX_ENCODED:
        return value
    try:
        words = decode_header(value)
    except Exception:  # malformed base64 and the like: shown as it stands
        return value
    text = "".join(
        word if isinstance(word, str) else bodytext.decode(word, charset) for word, charset in words
    )
    return _CONTROL.sub(" ", text).strip()


def people(value: str) -> tuple[Identity, ...]:
    """The people of an address header; encoded words are decoded only after it is taken apart."""
    return _read_people(value) if len(value) > _MAX_ENCODED else _known_people(value)


def _read_people(value: str) -> tuple[Identity, ...]:
    found = []
    value = _AT.sub(r"\1@\2", value[:_MAX_PEOPLE])
    for name, address in getaddresses([value]) if _UNEVEN.search(value) else _plain_people(value):
        clean = re.sub(r"[<>\"]+", "", decoded(name)).strip()
        if address and "@" in address:
            address = re.sub(r"[<>\s]+", "", decoded(address))
            found.append(Identity(clean or address.partition("@")[0], address))
    return tuple(found)


def _plain_people(value: str) -> Iterator[tuple[str, str]]:
    """As ``getaddresses``, which takes a hundred times as long, without quotes and comments."""
    for one in value.split(","):
        name, angle, rest = one.partition("<")
        yield (name.strip(), rest.partition(">")[0]) if angle else ("", "".join(one.split()))


# The mails of a thread go to the same people. Bounded in number and length: mails are hostile.
_known_people = functools.lru_cache(maxsize=256)(_read_people)


def _date(first: dict[str, str], headers: tuple[tuple[str, str], ...]) -> datetime | None:
    """When it was sent; where it does not say, when the nearest server got it."""
    got = [value.rpartition(";")[2] for name, value in headers if name.lower() == "received"]
    for value in (first.get("date", ""), *got):
        if found := date(value):
            return found
    return None


def date(text: str) -> datetime | None:
    """A date of a mail or of an archive's page, with an offset; None when it is none."""
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        offset: float | None = parts[9]
        if not offset:
            zone = re.search(r"\b([A-Z]{3,4})\b", text)
            offset = 3600 * _ZONES.get(zone.group(1) if zone else "", 0)
        zone_of = timezone(timedelta(seconds=offset)) if offset else UTC
        found = datetime(*parts[:6], tzinfo=zone_of)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    # At both ends of the calendar, the same in another zone, or a second later, may be no date.
    return found if 1 < found.year < 9999 else None
