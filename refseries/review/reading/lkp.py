# SPDX-License-Identifier: GPL-2.0-or-later
"""The build reports of the kernel test robot (0-day); pure.

Such a mail is no review: it has a config, a compiler, and what the compiler said, the new of it
marked with ``>>``. It makes one task, whatever it counts up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from refseries.mail.message import Mail
from refseries.review.model import Anchor
from refseries.review.reading.classify import one_line
from refseries.review.reading.version_lines import Places, key

_SENDER = re.compile(r"\b(?:robot|0-?day|lkp)\b", re.IGNORECASE)
_FIELD = re.compile(
    r"(?P<name>config|compiler|base|url|patch link|patch subject):[ \t]*(?P<value>\S.*)"
)
# "mm/toy.c:7:7: error: …" of a compiler, "mm/toy.c:7 make_toy() warn: …" of smatch, and of
# kernel-doc and Sphinx "Warning: mm/toy.c:7 …" and "Documentation/mm/toy.rst:7: WARNING: …".
_COMPLAINT = re.compile(
    r"(?P<new>>> )?(?:(?:Warning|Error|WARNING|ERROR"
    r"|htmldocs): )?(?:[\w./+-]{0,200}ld(?:\.lld)?: )?"
    r"(?P<file>[\w./+-]{1,300}\.(?:[chSsily]|rs|lds|dtsi?|dtso|rst|txt|ya?ml|py|sh|pl)):"
    r"(?P<line>\d{1,9})(?::\d+)?:? (?P<text>\S.*)"
)
_REFERENCE = re.compile(
    r"(?P<new>>> )?(?:Warning|WARNING): (?P<file>[\w./+-]{1,300})(?P<line>) "
    r"(?P<text>references a file that .*)"
)
_SAYS = re.compile(
    r"\b(?:warn(?:ing)?s?|errors?|undefined|parameter|described|note|inconsistent)\b", re.I
)
_OTHER = re.compile(r">> (?P<text>\S.*)")
# "  > 11<tab>code", behind a commit, a name and a date when the report blames somebody.
_LISTED = re.compile(r"[^>@]{0,120}[>@] *(?P<line>\d{1,9})[ \t](?P<text>.*\S)")
_ID = re.compile(r"/r/(?P<id>[^\s/@]+@[^\s/@]+)|/(?P<other>[^\s/@]+@[^\s/@]+)/?\s*\Z")
_TAIL = re.compile(r"(?:vim \+|---\s*\Z|-- ?\Z|0-DAY CI Kernel|_{20,})")
_BY_HAND = re.compile(r"^(?:New |Old )?smatch warnings:", re.MULTILINE)
_LONGEST = 1000
"""Characters of a line that are looked at."""


@dataclass(frozen=True)
class RobotReport:
    """What a report says.

    Attributes:
        file, line: where the first new complaint is, in the robot's tree; empty and 0 where the
            complaint, as a linker's, names none.
        complaint: what the compiler said there, without the place.
        source: the line of code that the report shows for it; may be empty.
        answers: message id of the patch that was built, where it says so; may be empty.
        subject: of that patch; may be empty.
        text: the report without what is the same in each of them.
    """

    config: str
    compiler: str
    file: str
    line: int
    complaint: str
    source: str = ""
    answers: str = ""
    subject: str = ""
    text: str = ""

    @property
    def summary(self) -> str:
        """One line for the task."""
        compiler = self.compiler.partition(" (")[0]
        where = f"{self.file}:{self.line}: " if self.file else ""
        with_what = f"{self.config} ({compiler})" if compiler else self.config
        return one_line(": ".join(filter(None, (with_what, f"{where}{self.complaint}"))))


def read(mail: Mail) -> RobotReport | None:
    """The report in a mail; None when it is none."""
    sender = _SENDER.search(f"{mail.author.name} {mail.author.email}")
    # A person forwards what smatch says to the robot.
    if not sender and not ("kernel test robot" in mail.body and _BY_HAND.search(mail.body)):
        return None
    lines = mail.body.split("\n")
    fields: dict[str, str] = {}
    complaints: list[tuple[int, re.Match[str]]] = []
    others: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        line = line[:_LONGEST].rstrip()
        if field := _FIELD.fullmatch(line):
            fields[field["name"]] = field["value"]
        elif found := _COMPLAINT.fullmatch(line) or _REFERENCE.fullmatch(line):
            if (found["new"] or _SAYS.search(found["text"])) and len(complaints) < _MOST:
                complaints.append((number, found))
        elif (other := _OTHER.fullmatch(line)) and not others:
            others.append((number, other["text"]))
    at, new = next((one for one in complaints if one[1]["new"]), (0, None))
    if new is None and not others and complaints:
        at, new = complaints[0]
    if (new is None and not others) or ("config" not in fields and not _marked(mail.body)):
        return None
    return _report(lines, fields, at if new else others[0][0], new, others[0][1] if others else "")


_MOST = 1000  # complaints of a report that are kept


def _marked(body: str) -> bool:
    """Whether a report without a config, as one on documentation, says what is new in it."""
    return (
        "new ones prefixed by >>" in body
        or _BY_HAND.search(body) is not None
        or ("kernel test robot" in body and re.search(r"^>> ", body, re.MULTILINE) is not None)
    )


def _report(
    lines: list[str], fields: dict[str, str], at: int, new: re.Match[str] | None, other: str
) -> RobotReport:
    link = _ID.search(fields.get("patch link", ""))
    # "x86_64-randconfig-a003 (attached as .config)", "… (https://…/config)"
    config = fields.get("config", "").partition(" (")[0]
    file = _safe(new["file"]) if new else ""
    starts = [n for n, line in enumerate(lines) if line.startswith("config:")]
    start = min(at, starts[0] if starts else at)
    tails = (n for n in range(at + 1, len(lines)) if _TAIL.match(lines[n]))
    listing = _listed(lines, new["line"]) if new else ""
    return RobotReport(
        config=one_line(config),
        compiler=one_line(fields.get("compiler", "")),
        file=file,
        line=min(int(new["line"] or 0), 10**8) if new and file else 0,
        complaint=one_line(new["text"] if new else other),
        source=listing,
        answers=(link["id"] or link["other"] or "") if link else "",
        subject=fields.get("patch subject", ""),
        text="\n".join(lines[start : next(tails, len(lines))]).strip("\n"),
    )


def _safe(path: str) -> str:
    """The path if it is one inside the kernel tree, else empty."""
    path = path.removeprefix("./")
    return "" if path.startswith("/") or ".." in path.split("/") else path


def _listed(lines: list[str], number: str) -> str:
    """The line of code called ``number`` in the listing of a report; may be empty."""
    listed = (_LISTED.match(line[:_LONGEST]) for line in lines)
    return next((one["text"].strip() for one in listed if one and one["line"] == number), "")


def anchor(report: RobotReport, places: Places, patch: str) -> Anchor:
    """Where in the version the complaint is.

    Args:
        patch: what the mail answers; taken where no patch touches the file.
    """
    here = [place for place in places.diff if place.file == report.file]
    same = [place for place in here if report.source and key(place.text) == key(report.source)]
    if same:
        return min(same, key=lambda place: abs(place.line - report.line)).anchor
    if here:
        return Anchor(here[-1].patch, report.file, report.line, report.source)
    return Anchor(patch, report.file, report.line, report.source)
