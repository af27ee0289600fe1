# SPDX-License-Identifier: GPL-2.0-or-later
"""Mails that programs write: absences, bounces, moderation, notices, tests that passed; pure.

What a program wrote is told by its headers, its sender and its subject, as the words differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from refseries.mail.message import Mail
from refseries.model import Identity

_ANSWER = r"(?:reply|response|antwort|antwoord|svar|vastaus|odpov[ěe][dď]|válasz|yan[ıi]t)"
_AWAY = re.compile(
    rf"\s*(?:auto\w*[- ]?{_ANSWER}|auto:\s|otomatik {_ANSWER}"
    r"|out[- ]of[- ](?:the[- ])?office|ooo\b|away from (?:the |my )?office|on vacation"
    r"|i(?:'m| am) (?:on (?:vacation|leave|holidays?)|away|out of)|vacation (?:notice|message)"
    r"|i no longer work|no longer (?:with|at|works?)|.{0,300}[(\[]out of (?:the )?office[)\]]\s*\Z"
    r"|abwesen\w*|r[ée]ponse automatique|(?:respuesta|resposta) autom[áa]tica|risposta automatica"
    r"|absen(?:ce|t|t[e]) du bureau|fuera de (?:la )?oficina|fora do escrit[óo]rio"
    r"|fuori (?:sede|ufficio)"
    r"|afwezig|frånvaro|odpowied[źz] automatyczna|r[ăa]spuns automat"
    r"|автоматическ\w+ ответ|автоответ"
    r"|автоматична відповідь|αυτόματη απάντηση|自动回复|自動回覆|自動返信|自動応答|不在"
    r"|자동 ?(?:회신|응답|답장)|부재중)",
    re.IGNORECASE,
)
# The whole of a mail that has no such subject and no header either.
_SAYS_AWAY = re.compile(
    r"\s*(?:(?:hi|hello|dear)\b[^\n]{0,40}\n\s*)?"
    r"(?:thank(?:s| you) for your (?:(?:e-?)?mail|message)[.,!]?\s*)?"
    r"(?:(?:(?:please note that )?i(?:'m| am| will be) (?:currently |now )?)"
    r"(?:away\b|out of (?:the )?office|on (?:[\w ]{1,12} )?(?:leave|vacation|holidays?|pto)\b)"
    r"|i (?:no longer work (?:at|for|here|with)|have left )"
    r"|(?!this|that|it)(?-i:[A-Z])\w+ (?:no longer works at (?-i:[A-Z])|has left the company))",
    re.IGNORECASE,
)
# Each further sentence, or part of one, is about when he is back, or whom to ask meanwhile.
_MEANWHILE = re.compile(
    r"\b(?:contact|reach|urgent|return\w*|back|access|e-?mails?|until|from|respon\w+|reply|replies"
    r"|regards|thanks?|thank you|best|hi|hello|dear|phone|call|ask|write to|monday|office|meanwhile"
    r"|instead|forwarded|delay\w*)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?,;])\s+|\n\s*\n")
_NAME = re.compile(r"(?:[^\W\d_a-z]\S*\s*){0,3}")  # of somebody, below such a mail
_LONGEST_AWAY = 600  # characters
_BOUNCE = re.compile(
    r"\s*(?:undeliver(?:ed|able)|delivery (?:status|failure)|mail delivery (?:fail|sub)"
    r"|returned mail|unzustellbar|nicht zustellbar|non remis|non distribu\w+"
    r"|failure notice|message (?:not delivered|undeliverable)|delayed mail"
    r"|warning: (?:could not send|message \S+ delayed))",
    re.IGNORECASE,
)
_MODERATION = re.compile(
    r"await\w* (?:moderator )?approval|moderation needed"
    r"|(?:held|waiting) for (?:moderat|approval)|moderator approval|pending approval"
    r"|approval needed|awaiting moderation"
    r"|your (?:message|post(?:ing)?|mail) to \S+ (?:was|has been) (?:rejected|held)",
    re.IGNORECASE,
)
_DAEMON = re.compile(
    r"(?:mailer-daemon|postmaster|mail-daemon|microsoftexchange[0-9a-f]{32})@", re.IGNORECASE
)
_LIST_SOFTWARE = re.compile(
    r"[^@]*[-+](?:owner|bounces|request)@|mailman@|majordomo@", re.IGNORECASE
)
_TREE_BOT = re.compile(r"patchwork-bot|pr-tracker|tip-bot", re.IGNORECASE)
_TREE_SUBJECT = re.compile(
    r"\s*(?:\+ \S+\.patch added to\b|\[(?:merged|folded)[^\]]*\].*\.patch|\[tip: [^\]]+\]"
    r"|patch \".*\" has been added to the \S+ tree|(?:patch|commit) .{0,200} (?:added"
    r"|queued) to \S+)",
    re.IGNORECASE,
)
# A tree gave it up again; one that a tree of others has now, is taken.
_REMOVED = re.compile(r"\s*\[(?!merged|folded)[^\]]*\] \S+\.patch removed from \S+ tree", re.I)
_NOT_TAKEN = re.compile(
    r"\b(?:fail(?:s|ed)?|failures?|could not|cannot|did not|does not|doesn't|conflicts?"
    r"|rejected)\b",
    re.I,
)
# What a program says in its subject of all that it tried.
_SUCCESS = re.compile(r".{0,100}(?:\bsuccess for\b|\bBUILD SUCCESS\b(?! WITH))")
_ROBOT = re.compile(
    r"\b(?:robot|[\w-]*bot|0-?day|lkp|syzbot|syzkaller|buildbot|ci|kernelci|patchwork|jenkins)\b",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:noticed|detected|observed) an? [^\n]{0,40}\bimprovements?\b"
    r"|\A[^\n]{0,200}\d% improvement\n",
    re.IGNORECASE,
)
_TABLES = re.compile(r"\n[=-]{20,}")  # of figures, whose names mean nothing
_PASSED = re.compile(
    r"\b(?:success(?:ful(?:ly)?)?|pass(?:ed|es)?|all (?:is )?(?:well|good|green)"
    r"|did(?: not|n't) trigger any (?:issue|crash)|no (?:new )?(?:build )?(?:errors?|warnings?"
    r"|issues?"
    r"|problems?|regressions?|failures?)|0 (?:errors?|warnings?|fail(?:ed|ures)?))\b",
    re.IGNORECASE,
)
_NO_FAULT = re.compile(
    r"\b(?:no|0|zero|without|any|free of)(?: new| build| more)? (?:errors?|warnings?|issues?"
    r"|problems?"
    r"|regressions?|fail(?:ed|ures?)?|crash(?:es)?)(?:(?:,| or| and) (?:warnings?|errors?"
    r"|regressions?|failures?))*\b"
    r"|\b(?:errors?|warnings?|fail(?:ed|ures?)?|regressions?)\s*[:=]\s*(?:0|none)\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(?:fail(?:s|ed|ures?)?|errors?|warnings?|regress\w*|crash\w*|broken?|bugs?|panic|oops|splat"
    r"|timeouts?|timed out|undefined|not described|still triggering|unable to|could not|missing)\b"
    r"|[\u26a0\u274c]",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\bplease\b(?! note)|\b(?:should|must|could you|can you|needs? to|has to|have to)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\b(?:https?|git|ftp)://\S+", re.IGNORECASE)
_TEMPLATE = re.compile(
    r"before you just go and|prefer to cc|if you, or anyone else|please let\b|please (?:do not"
    r"|don't) reply"
    r"|if you fix|if the patch|consider who else|for more (?:info|options)|about syzbot"
    r"|do not hesitate to|unsubscribe|unmonitored mailbox|no further action is",
    re.IGNORECASE,
)
# What programs that have a model review patches put around its remarks, whoever sends it on.
_OF_MODEL = re.compile(
    r"AI reviewed your patch\. Please fix the bug or (?:e-?mail )?reply (?:with |to )?"
    r"(?:reasons? )?why it['’]s not a bug\.(?: See: ?\S+)?"
    r"|This is an AI[- ]generated review of your patch\.(?: The human sending this e-?mail has"
    r" considered the AI review valid, or at least plausible\.)?(?: Full review(?: at)?: ?\S+)?"
    r"|Full review(?: at)?: ?https?://\S+"
    r"|In-Reply-To-Subject: `[^`]{1,200}`(?: CI run summary: ?\S+)?|CI run summary: ?\S+"
)
# What a gateway puts above what comes from elsewhere.
_OF_GATEWAY = re.compile(
    r"(?:\[?(?:caution|warning|external(?: e-?mail)?)\]?[:!]? ){1,2}this (?:e-?mail|message)"
    r" (?:was sent|originated|comes?|came|is) from (?:outside|an external)[^.?]{0,80}\."
    r"(?: (?:please )?(?:do not|don['’]t|be careful) [^.?]{0,160}\.)?",
    re.IGNORECASE,
)
# What a company puts below the mails of all who work there.
_OF_COMPANY = re.compile(
    r"(?:\W{0,3}(?:important|confidentiality|legal|notice|disclaimer|note)\W{0,3}){0,4}"
    r"(?:this (?:e-?mail|message|communication|transmission)|the (?:contents?|information))\b"
    r"(?=[^?]*\b(?:confidential|privileged)\b)[^?]*\b(?:recipients?|addressees?)\b[^?]*",
    re.IGNORECASE,
)
# Lines for a robot that keeps book of bugs and tests.
_COMMAND = re.compile(r"\s{0,8}#(?:regzbot|syz)\b.*", re.IGNORECASE)
# A program of somebody's own sends under his name, and says so in its first words.
_SAYS_PROGRAM = re.compile(
    r"(?:[^\n]{0,60}\n+){0,2}[^\n]{0,8}(?:this is (?:the|an?) [^\n.]{0,40}\bbot\b|my bot found"
    r"|\[ [^\n\]]{0,40}\bbot \])",
    re.IGNORECASE,
)
_OF_KERNEL = re.compile(r"\b(?:BUG|WARNING|INFO|(?:K[ACM]|UB)SAN|KFENCE): ")
_BELOW = re.compile(r"\n(?:-{20,}|---|diff --git .*)[ \t]*\n")
_LONGEST_FRAME = 2000  # characters; of more, the words alone take many times its size
_LOOKED_AT = 100_000
"""Characters of a mail that are looked at for whether a program found something."""


@dataclass(frozen=True)
class Notice:
    """A mail that asks for nothing as a whole: why, and whether it says that a tree took it."""

    why: str
    taken: str = ""


def notice(mail: Mail) -> Notice | None:
    """What a program says that nobody has to answer; None where a person may have to."""
    sender = f"{mail.author.name} {mail.author.email}"
    headers = {name.lower(): value.lower().strip() for name, value in mail.headers}
    answers = headers.get("auto-submitted", "").startswith("auto-replied")
    bare = mail.author.email.partition("<")[0]
    if _BOUNCE.match(mail.subject) or _DAEMON.match(bare) or "x-failed-recipients" in headers:
        return Notice("is a bounce.")
    if _MODERATION.search(mail.subject) or _LIST_SOFTWARE.match(bare):
        return Notice("is by list software.")
    away = {"x-autoreply", "x-autorespond"} & set(headers) or headers.get("precedence") in (
        "auto_reply",
        "junk",
    )
    if _AWAY.match(mail.subject) or answers or away or _says_away(mail.body):
        return Notice("is an automatic reply.")
    if _REMOVED.match(mail.subject) and not _asks(mail.body):
        return Notice("says that it was taken out of a tree.")
    bot = _TREE_BOT.search(sender)
    if bot or (_TREE_SUBJECT.match(mail.subject) and not _asks(mail.body)):
        if "fail" in mail.subject.lower() or _NOT_TAKEN.search(_first_words(mail)):
            return None
        return Notice("says that it was taken.", _first_words(mail))
    if is_robot(mail) and found_nothing(mail):
        return Notice("is by a program that found nothing.")
    if is_robot(mail) and _found_better(mail):
        return Notice("is by a program that found it better.")
    return None


def _says_away(body: str) -> bool:
    """Whether all that a mail says, above what it quotes, is that somebody is not there."""
    said, quote, rest = body[:_LOOKED_AT].partition("\n>")
    below = rest.split("\n")[1:] if quote else []
    if any(line.strip() and not line.startswith(">") for line in below):
        return False
    away = _SAYS_AWAY.match(said) if len(said) <= _LONGEST_AWAY else None
    if away is None:
        return False
    further = _SENTENCES.split(said[away.end() :])[1:]
    return all(
        "?" not in one and (_NAME.fullmatch(one.strip(" \n-")) or _MEANWHILE.search(one))
        for one in further
    )


def is_robot(mail: Mail) -> bool:
    """Whether a program sent it, as far as its sender and its first words tell."""
    if is_program(mail.author):
        return True
    own = "\n".join(line for line in mail.body[:_LONGEST_FRAME].split("\n") if line[:1] != ">")
    first = re.sub(r"\A\s*(?:On [^\n]{1,200} wrote:\s*)?", "", own)
    return _SAYS_PROGRAM.match(first) is not None


def is_program(who: Identity) -> bool:
    """Whether ``who`` is a program, as far as name and address tell."""
    local = who.email.partition("@")[0]
    told = f"{who.name} {local}"
    return bool(_ROBOT.search(told.replace("+", " ")) or _TREE_BOT.search(told))


def frame(text: str) -> str:
    """What program put a paragraph around what somebody says; empty where none did."""
    if len(text) > _LONGEST_FRAME:
        return ""
    said = " ".join(text.split()).rstrip("- ")  # a rule may stand below it
    if _OF_MODEL.fullmatch(said):
        return "says that a model wrote it"
    if _OF_COMPANY.fullmatch(said):
        return "says for whom it is"
    return "warns of its sender" if _OF_GATEWAY.fullmatch(said) else ""


def is_command(line: str) -> bool:
    """Whether a line is for a robot: ``#regzbot introduced: …``."""
    return _COMMAND.fullmatch(line) is not None


def finding(report: str) -> str:
    """The first line of a program's report that names a fault; empty where none does."""
    lines = (line.strip() for line in report[:_LOOKED_AT].split("\n") if "://" not in line)
    found = (line for line in lines if not _TEMPLATE.search(line))
    return next(
        (
            line
            for line in found
            if _OF_KERNEL.search(line) or _FAULT.search(_NO_FAULT.sub("", line))
        ),
        "",
    )


def found_nothing(mail: Mail) -> bool:
    """Whether all that a program says is that its tests passed."""
    said = "\n".join(
        line
        for line in mail.body[:_LOOKED_AT].split("\n")
        if not line.startswith((">", "Reported", "Closes:")) and "://" not in line
    )
    if len(mail.body) > _LOOKED_AT or re.search(r"^diff --git ", said, re.MULTILINE):
        return False
    if _SUCCESS.match(mail.subject):
        return True
    told = f"{re.sub(r'^.*?]', '', mail.subject)}\n{said}"
    passed = _PASSED.search(told) is not None
    return passed and _FAULT.search(_NO_FAULT.sub(" ", said)) is None and not _asks(said)


def _found_better(mail: Mail) -> bool:
    """Whether all that a program says is that something became faster, or smaller."""
    said = f"{mail.subject}\n{mail.body[:_LOOKED_AT]}"
    above = _TABLES.split(said, maxsplit=1)[0]
    return (
        len(mail.body) <= _LOOKED_AT
        and _BETTER.search(above) is not None
        and "regress" not in said.lower()
        and _FAULT.search(_NO_FAULT.sub(" ", above)) is None
        and not _asks(above)
    )


def _asks(body: str) -> bool:
    """Whether a paragraph above the patch that a notice shows asks for something."""
    above = _BELOW.split(body[:_LOOKED_AT], maxsplit=1)[0]
    paragraphs = re.split(r"\n[ \t]*\n", above)
    own = ["\n".join(x for x in p.split("\n") if not x.startswith(">")) for p in paragraphs]
    own = [_ADDRESS.sub("", paragraph) for paragraph in own]  # `?` stands in one as well
    return any(_ASKS.search(one) and not _TEMPLATE.search(one) for one in own)


def _first_words(mail: Mail) -> str:
    paragraphs = (p for p in re.split(r"\n[ \t]*\n", mail.body[:_LOOKED_AT]) if len(p.split()) > 3)
    first = next((p for p in paragraphs if not p.lstrip().startswith(">")), mail.subject)
    return " ".join(first.split()).rstrip(":,")
