# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mail says, as plain text: character sets, format=flowed, HTML, several parts; pure."""

from __future__ import annotations

import binascii
import codecs
import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from email.message import Message

_PATCH_TYPES = ("text/x-patch", "text/x-diff")
_SIGNED_PATCH = re.compile(r"(?:(?!diff |--- )[^\n]*\n){0,1000}?Signed-off-by: ")
_PATCH_NAME = re.compile(r"\.(?:patch|diff)\Z", re.IGNORECASE)
_FORMAT_PATCH = re.compile(r"\s{0,9}From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\n")
SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\n"
# Codecs of Python that are no character sets, and do more to a text than to decode it.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)
# What programs make of blanks, and characters that nobody sees.
_BLANKS = {
    **dict.fromkeys(map(ord, "\xa0\u2007\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "\xad\u200b\u2060\ufeff")),
}


def decode(data: bytes, charset: str | None) -> str:
    """``data`` as text, whatever is said about it; never fails, and loses no line.

    A byte-order mark in front of it is none of the text's.

    Args:
        charset: what the mail claims. A wrong or unknown one gives way to UTF-8, and that to
            Latin-1, in which every byte is something.
    """
    marked = "utf-8" if data.startswith(codecs.BOM_UTF8) else charset
    # One that is declared us-ascii and has other bytes is UTF-8, more often than not.
    for name in dict.fromkeys((marked, charset, "utf-8")):
        text = _try(data, name)
        if text is not None:
            return text.removeprefix("\ufeff")
    return data.decode("latin-1")


def _try(data: bytes, charset: str | None) -> str | None:
    try:
        name = codecs.lookup(charset or "utf-8").name.replace("-", "_")
        if name in _NO_CHARSETS:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            text = data.decode(charset or "utf-8")
    except (LookupError, ValueError, TypeError, Warning):
        return None
    # UTF-7 can make half a surrogate pair, which cannot be written to any file.
    return text.encode("utf-8", "replace").decode("utf-8")


def lines_of(text: str) -> str:
    """``text`` with ``\\n`` at its line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def plain_blanks(text: str) -> str:
    """``text`` with plain blanks, and without characters that nobody sees."""
    return text.translate(_BLANKS)


def body_and_own(message: Message) -> tuple[str, str | None]:
    """The text of a mail: its plain parts and the patches attached to it, else that of its HTML.

    And the same without what is attached, None where nothing is.
    """
    parts = list(_leaves(message))
    plain = [part for part in parts if _is_text(part)] or [
        part for part in parts if part.get_content_type() == "text/plain"
    ]
    if not plain:
        html = [part for part in parts if part.get_content_type() == "text/html"]
        return "".join(of_html(_decoded(part)) for part in html), None
    texts = [text if text.endswith("\n") else f"{text}\n" for text in map(_text, plain) if text]
    if not any(_is_attached(part) for part in plain):
        return "".join(texts), None
    own = [_text(part) for part in plain if not _is_attached(part)]
    return "".join(texts), "".join(text if text.endswith("\n") else f"{text}\n" for text in own)


def attached_mails(message: Message) -> list[str]:
    """Patches that are attached as git format-patch makes them, each a mail of its own."""
    return [text for text in _attached(message) if _FORMAT_PATCH.match(text)]


def attached_patches(message: Message) -> list[str]:
    """Patches that are attached with their message, but without a head."""
    return [text for text in _attached(message) if "\n@@ " in text and _SIGNED_PATCH.match(text)]


def _attached(message: Message) -> Iterator[str]:
    return (_text(part) for part in _leaves(message) if _is_text(part) and _is_attached(part))


def has_html(message: Message) -> bool:
    """Whether a mail says in HTML, as well, what its plain text says."""
    kinds = {part.get_content_type() for part in _leaves(message)}
    return {"text/plain", "text/html"} <= kinds


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that are no containers, in order, without mails that are attached."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_type() == "message/rfc822" and part is not message:
            continue
        if part.is_multipart():
            subs = part.get_payload()
            assert isinstance(subs, list)
            stack += [sub for sub in reversed(subs) if isinstance(sub, Message)]
        else:
            yield part


def _is_text(part: Message) -> bool:
    plain = part.get_content_type() == "text/plain"
    return _is_patch(part) or (plain and part.get_content_disposition() != "attachment")


def _is_patch(part: Message) -> bool:
    kind = part.get_content_type()
    return kind in _PATCH_TYPES or bool(_PATCH_NAME.search(part.get_filename() or ""))


def _is_attached(part: Message) -> bool:
    return _is_patch(part) or part.get_content_disposition() == "attachment"


def _decoded(part: Message) -> str:
    data = _bytes_of(part)
    charset = part.get_param("charset")
    return lines_of(decode(data, charset if isinstance(charset, str) else None))


def _bytes_of(part: Message) -> bytes:
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        # The standard library makes an object of each line first.
        with contextlib.suppress(ValueError):
            return binascii.a2b_base64(str(part.get_payload()).encode("ascii"))
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    text = _without_signature(_decoded(part))
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflow(text, str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _without_signature(text: str) -> str:
    """What is signed with PGP in the text itself, as it was before (RFC 9580, 7.2)."""
    said, mark, rest = text.partition(SIGNED)
    if not mark or said.strip():
        return text
    signed, _, below = rest.partition("\n\n")[2].partition("\n-----BEGIN PGP SIGNATURE-----\n")
    _, _, below = below.partition("-----END PGP SIGNATURE-----\n")
    return re.sub(r"^- ", "", signed, flags=re.M) + f"\n{below}"


def unflow(text: str, delsp: bool = False) -> str:
    """Undo format=flowed (RFC 3676): join the lines of a paragraph, take the stuffed space away.

    Args:
        delsp: whether the space at the end of a soft line goes.
    """
    made = io.StringIO()
    open_depth = -1  # quote depth of the last line if it goes on, else -1
    for number, line in enumerate(io.StringIO(text, newline="\n")):
        line = line.removesuffix("\n")
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        content = bare.removeprefix(" ")
        # A line of spaces is an empty line of a quoted patch, and "-- " begins a signature.
        soft = content.endswith(" ") and bool(content.strip()) and content != "-- "
        if delsp and soft:
            content = content[:-1]
        if open_depth == depth and content.strip() and content != "-- ":
            made.write(content)
        else:
            made.write("\n" if number else "")
            made.write(f"{'>' * depth} {content}" if depth and content else ">" * depth or content)
        open_depth = depth if soft else -1
    return made.getvalue() + ("\n" if text.endswith("\n") else "")


_TAG = re.compile(r"(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:[\s/]|\Z)")
_LARGEST_PAGE = 1024 * 1024  # characters; the HTML of the longest review is a tenth of it
_SILENT = frozenset({"script", "style", "title"})
_APART = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})
_BLOCKS = _APART | {"address", "br", "dd", "div", "dl", "dt", "hr", "li", "ol", "table", "tr", "ul"}
# How deep a quote is shown; nobody quotes a hundred people, and each line has all the marks.
_DEEPEST = 100


class _Html:
    """Keeps the text, its lines, and how deep each is quoted; a reviewer's HTML has little else.

    The parser of the standard library raises on some pages, and takes minutes for a hostile one.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._words: list[str] = []  # of the line that is being made
        self._depth = 0
        self._pre = 0
        self._silent = ""  # the element whose text is not shown

    def read(self, page: str) -> None:
        text, *rest = page.split("<")
        self._text(text)
        comment = False
        for piece in rest:
            comment = comment or piece.startswith("!--")
            mark, end, text = piece.partition("-->" if comment else ">")
            if not end:
                if not comment:  # no tag at all
                    self._text(f"<{piece}")
                continue
            if not comment:
                self._tag(mark)
            comment = False
            self._text(text)
        self._break()

    def _tag(self, mark: str) -> None:
        found = _TAG.match(mark)
        if found is None:
            return
        name, ends = found["name"].lower(), bool(found["end"])
        if self._silent:
            self._silent = "" if ends and name == self._silent else self._silent
            return
        if name in _SILENT and not ends:
            self._silent = name
        if name in _BLOCKS:
            self._break(always=name == "br")
        step = -1 if ends else 1
        if name == "pre":
            self._pre = max(0, self._pre + step)
        if name in _APART:
            self._blank()
        if name == "blockquote":
            self._depth = max(0, self._depth + step)  # counted on, so that its ends are found

    def _text(self, text: str) -> None:
        if self._silent:
            return
        from html import unescape

        text = unescape(text)
        if not self._pre:
            # The space between two tags is none of the text's own at the start of a line.
            text = re.sub(r"[ \t\n\r\f]+", " ", text)
            text = text if self._words else text.lstrip(" ")
            self._words += [text.replace("\xa0", " ")] if text else []
            return
        for number, line in enumerate(text.split("\n")):
            if number:
                self._break(always=True)
            self._words.append(line)

    def _break(self, *, always: bool = False) -> None:
        line = "".join(self._words).rstrip()
        if line or always:
            self.lines.append(f"{self._mark()} {line}".rstrip() if self._depth else line)
        self._words = []

    def _mark(self) -> str:
        return ">" * min(self._depth, _DEEPEST)

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._mark())


def of_html(page: str) -> str:
    """The text of an HTML page or mail, with ``>`` in front of what is in block quotes."""
    html = _Html()
    html.read(page[:_LARGEST_PAGE])
    if len(page) > _LARGEST_PAGE:
        html.lines.append(f"[{len(page) - _LARGEST_PAGE} more characters of HTML are left out]")
    return "\n".join(html.lines).strip("\n") + "\n"
