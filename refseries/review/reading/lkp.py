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
    r"^(?P<name>config|compiler|base|url|patch link|patch subject):[ \t]*(?P<value>\S.*)$", re.M
)
_COMPLAINT = re.compile(
    r"^(?P<new>>> )?(?:[\w./+-]*ld(?:\.lld)?: )?(?P<file>[\w./+-]+\.(?:[chSsi]|rs|lds|dtsi?)):"
    r"(?P<line>\d+)(?::\d+)?: (?P<text>\S.*)$",
    re.M,
)
_OTHER = re.compile(r"^>> (?P<text>\S.*)$", re.M)
# "  > 11<tab>code", behind a commit, a name and a date when the report blames somebody.
_LISTED = re.compile(r"^[^>\n]{0,120}> *(?P<line>\d+)[ \t](?P<text>.*\S)", re.M)
_ID = re.compile(r"/r/(?P<id>[^\s/]+@[^\s/]+)|/(?P<other>[^\s/]+@[^\s/]+)/?\s*$")
_TAIL = re.compile(r"^(?:vim \+|---\s*$|-- ?$|0-DAY CI Kernel|_{20,})", re.M)


@dataclass(frozen=True)
class Report:
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
        return one_line(f"{with_what}: {where}{self.complaint}")


def read(mail: Mail) -> Report | None:
    """The report in a mail; None when it is none."""
    if not _SENDER.search(f"{mail.author.name} {mail.author.email}"):
        return None
    fields = {found["name"]: found["value"].strip() for found in _FIELD.finditer(mail.body)}
    if "config" not in fields:
        return None
    complaints = list(_COMPLAINT.finditer(mail.body))
    new = next((one for one in complaints if one["new"]), None)
    other = _OTHER.search(mail.body)
    if new is None and other is None:
        new = next(iter(complaints), None)
    if new is None and other is None:
        return None
    link = _ID.search(fields.get("patch link", ""))
    # "x86_64-randconfig-a003 (attached as .config)", "… (https://…/config)"
    config = fields["config"].partition(" (")[0]
    tail = _TAIL.search(mail.body, new.end() if new else 0)
    start = min(mail.body.find("\nconfig:") % (len(mail.body) + 1), new.start() if new else 0)
    return Report(
        config=one_line(config),
        compiler=one_line(fields.get("compiler", "")),
        file=_safe(new["file"]) if new else "",
        line=min(int(new["line"][:9]), 10**8) if new and _safe(new["file"]) else 0,
        complaint=one_line(new["text"] if new else other["text"] if other else ""),
        source=_source(mail.body, new["line"]) if new else "",
        answers=(link["id"] or link["other"] or "") if link else "",
        subject=fields.get("patch subject", ""),
        text=mail.body[start : tail.start() if tail else len(mail.body)].strip("\n"),
    )


def _safe(path: str) -> str:
    """The path if it is one inside the kernel tree, else empty."""
    path = path.removeprefix("./")
    return "" if path.startswith("/") or ".." in path.split("/") else path


def _source(body: str, line: str) -> str:
    return next((f["text"].strip() for f in _LISTED.finditer(body) if f["line"] == line), "")


def anchor(report: Report, places: Places, patch: str) -> Anchor:
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
