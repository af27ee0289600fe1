# SPDX-License-Identifier: GPL-2.0-or-later
"""All kinds of evidence: what a file may name as its ``kind``."""

from __future__ import annotations

from refseries.review.evidence.build import BuildEvidence
from refseries.review.evidence.case import CaseEvidence
from refseries.review.evidence.check import CheckEvidence
from refseries.review.evidence.coverage import CoverageEvidence
from refseries.review.evidence.diff import DiffEvidence
from refseries.review.evidence.manual import ManualEvidence
from refseries.review.evidence.measure import MeasureEvidence
from refseries.review.evidence.text import TextEvidence

AnyEvidence = (
    CaseEvidence
    | DiffEvidence
    | BuildEvidence
    | CheckEvidence
    | CoverageEvidence
    | MeasureEvidence
    | TextEvidence
    | ManualEvidence
)
