# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mail says, as plain text: character sets, format=flowed, HTML, several parts; pure."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator
from email.message import Message

_PATCH_TYPES = ("text/x-patch", "text/x-diff")
_PATCH_NAME = re.compile(r"\.(?:patch|diff)\Z", re.IGNORECASE)
# Codecs of Python that are no character sets, and do more to a text than to decode it.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
)


def decode(data: bytes, charset: str | None) -> str:
    """``data`` as text, whatever is said about it; never fails, and loses no line.

    Args:
        charset: what the mail claims. A wrong or unknown one gives way to UTF-8, and that to
            Latin-1, in which every byte is something.
    """
    # One that is declared us-ascii and has other bytes is UTF-8, more often than not.
    for name in (charset, "utf-8"):
        text = _try(data, name)
        if text is not None:
            return text
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


def of(message: Message) -> str:
    """The text of a mail: its plain parts and the patches attached to it, else that of its HTML."""
    parts = list(_leaves(message))
    plain = [part for part in parts if _is_text(part)] or [
        part for part in parts if part.get_content_type() == "text/plain"
    ]
    if plain:
        texts = [_text(part) for part in plain]
        return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts if text)
    return "".join(
        of_html(_decoded(part)) for part in parts if part.get_content_type() == "text/html"
    )


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
    kind = part.get_content_type()
    if kind in _PATCH_TYPES or _PATCH_NAME.search(part.get_filename() or ""):
        return True
    return kind == "text/plain" and part.get_content_disposition() != "attachment"


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_param("charset")
    return lines_of(decode(data, charset if isinstance(charset, str) else None))


def _text(part: Message) -> str:
    text = _decoded(part)
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflow(text, str(part.get_param("delsp", "")).lower() == "yes")
    return text


def unflow(text: str, delsp: bool = False) -> str:
    """Undo format=flowed (RFC 3676): join the lines of a paragraph, take the stuffed space away.

    Args:
        delsp: whether the space at the end of a soft line goes.
    """
    lines: list[str] = []
    open_depth = -1  # quote depth of the last line if it goes on, else -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        content = bare.removeprefix(" ")
        # A line of spaces is an empty line of a quoted patch, and "-- " begins a signature.
        soft = content.endswith(" ") and bool(content.strip()) and content != "-- "
        if delsp and soft:
            content = content[:-1]
        if open_depth == depth and content.strip() and content != "-- ":
            lines[-1] += content
        elif depth:
            lines.append(f"{'>' * depth} {content}" if content else ">" * depth)
        else:
            lines.append(content)
        open_depth = depth if soft else -1
    return "\n".join(lines)


_TAG = re.compile(r"(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:[\s/]|\Z)")
_SILENT = frozenset({"script", "style", "title"})
_APART = frozenset({"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"})
_BLOCKS = _APART | {"address", "br", "dd", "div", "dl", "dt", "hr", "li", "ol", "table", "tr", "ul"}


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
            self._depth = max(0, self._depth + step)

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
            self.lines.append(f"{'>' * self._depth} {line}".rstrip() if self._depth else line)
        self._words = []

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self._depth)


def of_html(page: str) -> str:
    """The text of an HTML page or mail, with ``>`` in front of what is in block quotes."""
    html = _Html()
    html.read(page)
    return "\n".join(html.lines).strip("\n") + "\n"
