# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules about one mail: what mail programs, git mailinfo and b4 make of its body; pure."""

from __future__ import annotations

import binascii
import io
import re
import unicodedata
from collections.abc import Iterator

from refseries.errors import SeriesError
from refseries.importing import prefixes
from refseries.mail import address, decode, shown
from refseries.mail.write import IN_BODY
from refseries.model import Identity
from refseries.posting.lint.model import Box, Hit, MailEntry, starts_patch
from refseries.series import trailers
from refseries.series.cover import CHANGES
from refseries.series.letter import PLACEHOLDER
from refseries.series.patches import FOLD_MARK

MAX_LINE = 998
"""Bytes of a line; RFC 5322, 2.1.1."""

MAX_SUBJECT = 75
"""Characters; Documentation/process/submitting-patches.rst, "The canonical patch format"."""

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_STAT = re.compile(r" \d+ files? changed\b")
_BEHIND = ("@@ ", "diff ", "--", "\\")  # what may stand behind a hunk, beside an empty line
_TAG = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Za-z]+)*-by: \S.*")
_SIGN_OFF = re.compile(r"^Signed-off-by:[ \t]*\"?([^<>\n\"]*?)\"?[ \t]*<([^<>\s]+)>", re.M | re.I)
_IN_BODY_FROM = re.compile(r"\s*(?:(?:Date|Subject):[^\n]*\n)*From:[ \t]*([^\n]+)", re.I)
_SCISSORS = re.compile(r"[-\s]*(?:(?:>8|8<|>%|%<)[-\s]*)+")
_INDEX = re.compile(r"^index [0-9a-f]+\.\.[0-9a-f]+", re.M)
_CONTENT = re.compile(r"^(?:@@ -|GIT binary patch|Binary files )", re.M)
# What git format-patch and b4 put into a cover letter for its author to replace.
_TEMPLATE = re.compile(rf"\*\*\* (?:SUBJECT|BLURB) HERE \*\*\*|{PLACEHOLDER.pattern}", re.M)
# Lines of a shortlog, a diffstat and trailers.
_LISTED = re.compile(
    r"^(?:\S.* \(\d+\):(?:\n {2,}\S.*)+|.* \| +(?:\d+|Bin)\b.*| \d+ files? changed.*"
    r"| (?:create|delete|rename|copy|mode change|rewrite) .*|[A-Z][A-Za-z-]+-by: \S.*)$",
    re.M,
)
_FROM = re.compile(r"^(?=>*From ).{0,30}", re.M)
_OLD = re.compile(r"^--- a/(.+)$", re.M)
_BASE = re.compile(r"base-commit:\s+[0-9a-f]{40}(?:[0-9a-f]{24})?\s*")
_PREREQUISITE = re.compile(r"prerequisite-(?:patch|change|message)-id: \S")
_DEPENDS = re.compile(r"^Depends on \S", re.M)


def _header(entry: MailEntry, name: str) -> str:
    return next((v for n, v in entry.mail.headers if n.lower() == name.lower()), "")


def _raw_body(entry: MailEntry) -> bytes:
    head, blank, body = entry.mail.raw.partition(b"\n\n")
    return body if blank and b"\r\n\r\n" not in head else entry.mail.raw.partition(b"\r\n\r\n")[2]


def is_encoded(entry: MailEntry) -> bool:
    """Whether its body stands in the mail in another form."""
    coding = _header(entry, "Content-Transfer-Encoding").lower()
    return coding in ("quoted-printable", "base64")


def flowed(box: Box) -> Iterator[Hit]:
    """format=flowed."""
    for entry in box.patches:
        if re.search(r"format\s*=\s*\"?flowed", _header(entry, "Content-Type"), re.I):
            yield Hit(entry, "it is format=flowed.")


def attached(box: Box) -> Iterator[Hit]:
    """A patch that is no plain text."""
    for entry in box.patches:
        kind = _header(entry, "Content-Type").partition(";")[0].strip().lower()
        if kind not in ("", "text/plain"):
            yield Hit(entry, f"it is {kind}.")


def damaged(box: Box) -> Iterator[Hit]:
    """A hunk that does not have the lines which it says it has."""
    for entry in box.patches:
        if found := damage(entry.diff):
            before = (entry.message + entry.below).count("\n")
            yield Hit(entry, found[1], before + found[0])


def damage(diff: str) -> tuple[int, str] | None:
    """The first line (from 1) of ``diff`` at which a hunk is broken, and how.

    A line behind a hunk that belongs to nothing counts as well: git ignores it, and what a mail
    program broke off the hunk's last line is lost.
    """
    old = new = 0
    inside = False
    lines = diff.split("\n")
    for number, line in enumerate(lines, 1):
        if old <= 0 and new <= 0:
            if hunk := _HUNK.match(line):
                old, new = (int(count or 1) for count in hunk.groups())
            elif inside and line and not line.startswith(_BEHIND):
                return number, f"`{line[:40]}` stands behind a hunk and belongs to none."
            inside = bool(hunk) or (inside and line.startswith("\\"))
            continue
        mark = line[:1] or " "
        if mark not in " +-\\" or (number == len(lines) and not line):
            return number, f"the hunk breaks off: `{line[:40]}`." if line else "a hunk is cut."
        old -= mark in " -"
        new -= mark in " +"
        if old < 0 or new < 0:
            return number, f"the hunk has more lines than it says: `{line[:40]}`."
    return (len(lines), "the last hunk is cut.") if old > 0 or new > 0 else None


def from_line(box: Box) -> Iterator[Hit]:
    """A line of a message that has to be quoted in a mailbox."""
    for entry in box.patches:
        for found in _FROM.finditer(entry.message):
            number = entry.message.count("\n", 0, found.start()) + 1
            yield Hit(entry, f"a line of the message starts with `{found[0]}`.", number)


def scissors(box: Box) -> Iterator[Hit]:
    """``-- >8 --``; is_scissors_line() in git's mailinfo.c."""
    for entry in box.patches:
        if not any(blades in entry.message for blades in (">8", "8<", ">%", "%<")):
            continue
        for number, line in enumerate(entry.message.split("\n"), 1):
            if "-" in line and _SCISSORS.fullmatch(line) and len(line.strip()) >= 8:
                yield Hit(entry, f"`{line.strip()}` is a scissors line.", number)


def header_in_message(box: Box) -> Iterator[Hit]:
    """A message that begins as if with a header, below one that is."""
    for entry in box.patches:
        above, blank, rest = entry.message.lstrip("\n").partition("\n\n")
        if blank and IN_BODY.match(above) and IN_BODY.match(rest):
            first = rest.lstrip().partition("\n")[0]
            line = entry.message[: entry.message.rindex(rest)].count("\n") + 1
            yield Hit(entry, f"the message begins with `{first[:40]}`.", line)


def diff_in_message(box: Box) -> Iterator[Hit]:
    """A line of the message that looks like the start of a diff."""
    for entry in box.patches:
        lines = f"{entry.below}{entry.diff}".split("\n")
        start = lines[0] if lines else ""
        real = [line for line in lines[1:] if line.rstrip() == "---"]
        if real and starts_patch(start) and start.rstrip() != "---":
            line = entry.message.count("\n") + 1
            yield Hit(entry, f"the message ends at `{start[:40]}`.", line)


def diff_shown(box: Box) -> Iterator[Hit]:
    """A diff that a cover letter or the notes of a patch show, and that git takes for one."""
    for entry in box.entries:
        above = entry.message.count("\n")
        if entry.is_cover and (at := shown.starts(entry.mail.body)):
            yield Hit(entry, "the cover letter shows a diff.", at)
        elif entry.is_patch and (at := shown.starts(entry.below)):
            yield Hit(entry, "the notes below the line `---` show a diff.", above + at)
        elif entry.is_patch and _stat_within(entry.diff):
            line = above + entry.below.count("\n") + 1
            yield Hit(entry, "a diff stands above the diffstat.", line)


def _stat_within(diff: str) -> bool:
    """Whether the last line of a diffstat stands between the files of ``diff``."""
    left = [0, 0]
    for line in diff.split("\n"):
        if max(left) <= 0:
            if hunk := _HUNK.match(line):
                left = [int(count or 1) for count in hunk.groups()]
            elif _STAT.match(line):
                return True
            continue
        left[0] -= line[:1] not in ("+", "\\")
        left[1] -= line[:1] not in ("-", "\\")
    return False


def no_address(box: Box) -> Iterator[Hit]:
    """A person in a trailer who cannot get a copy."""
    for entry in box.patches:
        for who in trailers.copied(entry.message):
            try:
                address.person(who, "")
            except SeriesError:
                yield Hit(entry, f"a trailer names `{who}`, which is no mail address.")


def tag_below(box: Box) -> Iterator[Hit]:
    """A trailer below the line ``---``."""
    for entry in box.patches:
        for number, line in enumerate(entry.below.split("\n")):
            if ":" in line and _TAG.fullmatch(line):
                at = entry.message.count("\n") + 1 + number
                yield Hit(entry, f"`{line}` stands below the line `---`.", at)


def bad_bytes(box: Box) -> Iterator[Hit]:
    """A body that is not in the encoding which it names."""
    for entry in box.patches:
        body = _raw_body(entry)
        if is_encoded(entry) or body.isascii():
            continue
        named = re.search(r"charset\s*=\s*\"?([\w.:-]+)", _header(entry, "Content-Type"), re.I)
        charset = named[1] if named else "utf-8"
        try:
            body.decode("utf-8" if charset.lower() in ("us-ascii", "unknown-8bit") else charset)
        except (UnicodeDecodeError, LookupError):
            yield Hit(entry, f"its body is not in {charset}.")


def hidden_characters(box: Box) -> Iterator[Hit]:
    """Characters that change the direction of text and the like; get_am_message() in b4."""
    for entry in box.patches:
        if entry.mail.body.isascii():
            continue
        for number, line in enumerate(entry.mail.body.split("\n"), 1):
            kinds = set() if line.isascii() else set(map(unicodedata.category, line))
            if "Cf" in kinds and "Lo" not in kinds:
                odd = next(char for char in line if unicodedata.category(char) == "Cf")
                name = unicodedata.name(odd, f"U+{ord(odd):04X}")
                yield Hit(entry, f"the line holds {name}.", number)
                break


def long_line(box: Box) -> Iterator[Hit]:
    """A line that no server has to take."""
    for entry in box.entries:
        lines = io.BytesIO(_raw_body(entry) + b"\n")  # one by one: there may be ten million of them
        longest = max(map(len, lines)) - 1
        if longest > MAX_LINE:
            yield Hit(entry, f"a line has {longest} bytes.")


def carriage_returns(box: Box) -> Iterator[Hit]:
    """Lines of a diff that end in a carriage return beyond those of the mail, or would have to."""
    for entry in box.patches:
        dos_mail = b"\r\n" in entry.mail.raw.partition(b"\n\n")[0]
        body = _raw_body(entry)
        if is_encoded(entry):
            body = _unpacked(entry, body)
            dos_mail = body.count(b"\r\n") == body.count(b"\n")
        if count := body.count(b"\r\r\n" if dos_mail else b"\r\n"):
            ends = "line ends" if count == 1 else "lines end"
            yield Hit(entry, f"{count} {ends} in a carriage return.")
        for name in box.facts.dos.get(entry.mail.source, ()):
            yield Hit(entry, f"{name} has DOS line ends in the base.")


def _unpacked(entry: MailEntry, body: bytes) -> bytes:
    base64 = _header(entry, "Content-Transfer-Encoding").lower() == "base64"
    try:
        return binascii.a2b_base64(body) if base64 else binascii.a2b_qp(body)
    except binascii.Error:
        return b""


def changed_lines(entry: MailEntry) -> tuple[str, ...]:
    """The files of which a patch changes lines; a binary patch of one has no lines."""
    return tuple(dict.fromkeys(name.removesuffix("\t") for name in _OLD.findall(entry.diff)))


def no_index(box: Box) -> Iterator[Hit]:
    """A diff without the ids of blobs."""
    for entry in box.patches:
        if _CONTENT.search(entry.diff) and not _INDEX.search(entry.diff):
            yield Hit(entry, "its diff has no `index` lines.")


def no_prefix(box: Box) -> Iterator[Hit]:
    """A diff whose paths have no ``a/`` and ``b/``."""
    for entry in box.patches:
        diff = entry.diff.encode("utf-8", "surrogateescape")
        if prefixes.added(diff) != diff:
            yield Hit(entry, "its diff names files without a/ and b/.")


def long_subject(box: Box) -> Iterator[Hit]:
    """A summary that is too long."""
    for entry in (*box.patches, *(one for one in box.entries if one.is_cover)):
        length = len(entry.heading.title)
        if length > MAX_SUBJECT:
            yield Hit(entry, f"its subject has {length} characters.")


def unfolded(box: Box) -> Iterator[Hit]:
    """A commit that was to become part of another one."""
    for entry in box.patches:
        if found := FOLD_MARK.match(entry.heading.title):
            yield Hit(entry, f"it is a `{found[0].strip()}` commit that was never folded.")


def empty_cover(box: Box) -> Iterator[Hit]:
    """A cover letter with nothing in it but the list of patches, or the words of a template."""
    for entry in box.entries:
        if not entry.is_cover:
            continue
        if found := _TEMPLATE.search(f"{entry.mail.subject}\n{entry.message}"):
            yield Hit(entry, f"the cover letter still has `{found[0]}` in it.")
            continue
        said, _, _ = f"\n{entry.message}".partition("\n-- \n")
        text = _LISTED.sub("", said).strip()
        if not text:
            yield Hit(entry, "the cover letter says nothing beside the list of patches.")
        elif CHANGES.match(text):
            yield Hit(entry, "the cover letter says what changed, and not what the series is for.")


def no_sign_off(box: Box) -> Iterator[Hit]:
    """A patch that neither its sender signed off nor its author, whom the body may name."""
    for entry in box.patches:
        sender = entry.mail.author
        if not any(_signed(who, entry.message) for who in (sender, _author(entry))):
            yield Hit(entry, f"{sender.email}, who sends it, did not sign it off.")


def sent_unsigned(box: Box) -> Iterator[Hit]:
    """A patch that its author signed off, and not its sender; both may be one person."""
    for entry in box.patches:
        author, sender = _author(entry), entry.mail.author
        if _signed(author, entry.message) and not _signed(sender, entry.message):
            yield Hit(entry, f"{sender.email}, who sends it, did not sign it off.")


def _author(entry: MailEntry) -> Identity:
    named = _IN_BODY_FROM.match(entry.message)
    return next(iter(decode.people(named[1]) if named else ()), entry.mail.author)


def _signed(person: Identity, message: str) -> bool:
    """Whether a person signed off, who is known by the name as well: many have two addresses."""
    signed = _SIGN_OFF.findall(message)
    emails = {email.lower() for _, email in signed}
    names = {_words(name) for name, _ in signed} - {frozenset()}
    return person.email.lower() in emails or _words(person.name) in names


def _words(name: str) -> frozenset[str]:
    """A name whose parts may stand in any order, without a company in parentheses."""
    return frozenset(re.findall(r"\w+", re.sub(r"\(.*?\)", "", name).casefold()))


def prerequisites(box: Box) -> Iterator[Hit]:
    """Lines that make b4 look for other patches and that no word explains; or that it ignores."""
    for entry in box.entries:
        told = _DEPENDS.search(entry.mail.body)
        for mark in () if entry.heading.reply else entry.marks:
            known = _PREREQUISITE.match(mark)
            if mark.startswith("prerequisite-") and not (told and known):
                yield Hit(entry, f"`{mark[:60]}`.")


def broken_base(box: Box) -> Iterator[Hit]:
    """``base-commit:`` with something else behind it than a commit's id."""
    for entry in box.entries:
        for mark in () if entry.heading.reply else entry.marks:
            if mark.startswith("base-commit:") and not _BASE.fullmatch(mark):
                yield Hit(entry, f"`{mark[:60]}` names no commit.")


def bases(box: Box) -> tuple[str, ...]:
    """Every commit that a mail names as its base."""
    found = (
        mark.partition(":")[2].strip()
        for entry in box.entries
        for mark in (() if entry.heading.reply else entry.marks)
        if _BASE.fullmatch(mark)
    )
    return tuple(dict.fromkeys(found))
