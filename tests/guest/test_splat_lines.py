# SPDX-License-Identifier: GPL-2.0-or-later
"""Each line by which a kernel from 6.1 on begins a complaint, in each form that a console gives it.

``splat-lines.tsv`` has kind, title and line of those that are one, and lines that are none.
"""

import re
from pathlib import Path

import pytest

from refseries.guest import splat

TABLE = Path(__file__).resolve().parents[1] / "data" / "splat-lines.tsv"
ROWS = [
    tuple(row.split("\t"))
    for row in TABLE.read_text(encoding="utf-8").splitlines()
    if not row.startswith("#")
]
COMPLAINTS = [row for row in ROWS if row[0] != "-"]
NONE = [line for kind, _, line in ROWS if kind == "-"]

FORMS = {
    "stamps": "[    1.000000] {}\n",
    "no-stamps": "{}\n",
    "task": "[    1.000000][   T70] {}\n",
    "processor": "[    1.000000][    C1] {}\n",
    "long-id": "[123456.000000][T1234567] {}\n",
    "caller-alone": "[   T70] {}\n",
    "level": "<4>[    1.000000] {}\n",
    "level-alone": "<4>{}\n",
    "returns": "[    1.000000] {}\r\n",
    "behind-words": "[    0.900000] boot\na program's words[    1.000000] {}\n",
}


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, each.title) for each in splat.find(text)]


def test_the_table_is_all_there() -> None:
    assert len(COMPLAINTS) > 200
    assert len(NONE) > 20


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_complaint_is_known_by_its_first_line(form: str) -> None:
    wrong = [
        (line, said)
        for kind, title, line in COMPLAINTS
        if (said := found(form.format(line) + form.format("lab: behind"))) != [(kind, title)]
    ]
    assert wrong == []


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_what_is_no_complaint_is_none(form: str) -> None:
    assert [line for line in NONE if found(form.format(line))] == []


def test_who_ran_and_where_it_lay_is_in_no_title() -> None:
    def elsewhere(line: str) -> str:
        line = re.sub(r"\b(lab_test|kworker/u8:1-a b)(?=[:/]\d| is| has|  p|$)", "(sd pam)", line)
        line = re.sub(r"\b(0x)?(?=[0-9a-f]*[0-9])[0-9a-f]{12,16}\b", r"\g<1>ffff800081234567", line)
        line = re.sub(r"([:/])70\b", r"\g<1>4321", line)
        return re.sub(r"\b(CPU: |CPU#?|cpu )\d+", r"\g<1>7", line)

    changed = [(title, line) for _, title, line in COMPLAINTS if elsewhere(line) != line]
    assert len(changed) > 80
    wrong = [
        (line, said) for title, line in changed
        if [title] != (said := [each[1] for each in found(elsewhere(line))])
    ]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("device", ["lab 0000:00:04.0", "EXT4-fs (vda)", "virtio_lab virtio0 lab0"])
def test_a_device_may_stand_before_a_bug(device: str) -> None:
    ((kind, title),) = found(f"[    1.000000] {device}: BUG: ring is torn\n")
    assert kind == "bug"
    assert title.endswith(": BUG: ring is torn")
