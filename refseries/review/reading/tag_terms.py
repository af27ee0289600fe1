# SPDX-License-Identifier: GPL-2.0-or-later
"""On which terms a reviewer gives a tag: words that go with a trailer and ask for nothing; pure."""

from __future__ import annotations

import re

from refseries.review.reading import courtesy

_THOSE = r"(?:that|this|those|these|the above|it|(?:that|this|the) \w+(?: \w+)?)"
_DONE = (
    r"(?:fixed|done|changed|added|addressed|sorted(?: out)?|resolved|corrected|updated|removed"
    r"|taken care of)"
)
_TAG = r"(?:r-?b|a-?b|t-?b|acks?|tags?|\w+-(?:by|bys)|reviews?)"
# What stands in front of a trailer: "With that fixed:", "Feel free to add", "For the mm parts,".
_IN_FRONT = re.compile(
    r"(?:with (?:that|this|those|these|the above)|other(?:wise| than)|apart from"
    r"|for (?:the|this|these|patch(?:es)?|all|both|my|what it's worth)\b|fwiw)"
    r"\b.{0,100}[,:]|for (?:[\w-]+/[\w./*-]*|,|and|&|overall|\s){1,20}:"
    r"|(?:if|in case|when|whoever) (?:\w+(?:/\w+)?(?:'re)? )?(?:is |are )?(?:takes?"
    r"|taking|picks?|picking|merges?|merging|routes?|routing) (?:this|it|these|them)\b"
    r"[^?.;,]{0,60}[,:]|(?:(?:also|and|please|so|then|but),? ){0,2}"
    r"(?:feel free|you (?:can|may) add)\b.{0,100}"
    rf"|with {_THOSE}(?: \w+)? {_DONE}[,:.]?(?: feel free to (?:add|include).{{0,40}})?"
    rf"|(?:so )?(?:here(?:'s| is)|have) (?:my|a|an) {_TAG}[:.]?",
    re.IGNORECASE,
)
# What stands behind one, and says what it is given for.
_BEHIND = re.compile(
    r"(?:including|excluding|(?:only )?for the) [^?.,;:]{1,80}"
    r"(?<=parts|.bits|.part|.side|eries|tches)\.?|\((?:on|for|in) [^?.,;:]{1,80}\)",
    re.IGNORECASE,
)
# What he will do once his points are dealt with.
_WILL_DO = re.compile(
    rf"with {_THOSE}(?: \w+)? {_DONE},? i(?:'ll| will| can| could|'m happy to"
    r"| am happy to) (?:give|add|offer|take|ack|review|apply|queue|merge|pick)\b[^?]{0,120}",
    re.IGNORECASE,
)
_KEEPING = re.compile(
    rf"\(?(?:(?:please )?(?:feel free to )?|you (?:can|may) )?(?:keep|carry|retain) (?:this|my|the)"
    rf" {_TAG}\b[^?]{{0,100}}\)?"
    rf"|(?:please )?(?:feel free to|you (?:can|may)) (?:add|include|use|keep|put) my {_TAG}"
    r"(?: (?:to|on|for) (?:it|this|that|these|them|all|both|the \w+|v\d+))*[.!]?"
    rf"|my {_TAG} (?:still |also )*(?:stands?|holds?|applies|remains?)"
    r"(?: (?:for|to|on) [^?]{1,40})?[.!]?",
    re.IGNORECASE,
)
# What he wants first, behind the address: "once the lock is gone", "(with the typo fixed)".
_FIRST = re.compile(
    r"[^<>]*<[^<>]*>[\s#,;(\[-]*(?:(?:but|only|as long as|provided|assuming|unless|once|if|after"
    rf"|when|modulo|except)\b.*\w.*|with (?!(?:th(?:at|is|[eo]se|e above)|it)\b).*\b{_DONE}\W*)",
    re.IGNORECASE,
)


def wants_more(name: str, value: str) -> bool:
    """Whether a trailer says, behind the address, what is to be done before it counts."""
    return name.lower() in ("reviewed-by", "acked-by") and _FIRST.fullmatch(value) is not None


def goes_in_front(text: str) -> bool:
    """Whether a text in front of a trailer says on which terms it is given, besides thanks."""
    if _IN_FRONT.fullmatch(text):
        return True
    first, _, rest = text.partition(". ")
    return courtesy.courtesy_of(first) is not None and _IN_FRONT.fullmatch(rest.strip()) is not None


def goes_behind(text: str) -> bool:
    """Whether a text right behind a trailer says what it is given for."""
    return _BEHIND.fullmatch(text) is not None


def are_terms(text: str) -> bool:
    """Whether a text, wherever it stands, is about nothing but his tag."""
    return _KEEPING.fullmatch(text) is not None or _WILL_DO.fullmatch(text) is not None
