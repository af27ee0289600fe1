# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures that we ship: of the program that we ship, and shown as they are saved."""

from pathlib import Path

from refseries.bench import description, document, keeping, measurements, run
from refseries.series import store
from refseries.testing.expectations import Expectations

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run `refseries bench --report docs/refpage.md`"


def test_the_document_and_its_picture_show_what_is_saved() -> None:
    series = store.load(ROOT)
    saved = keeping.everything(series)
    words = description.load(description.sources(series))
    path = ROOT / "docs" / "refpage.md"
    text = path.read_text(encoding="utf-8")
    blocks = document.blocks(saved, words, Expectations.load(ROOT))
    assert document.rewrite(text, blocks, "docs/refpage.md") == text, AGAIN
    assert keeping.drawn(series, words, saved) == path.with_suffix(".svg").read_text(), AGAIN


def test_every_version_is_measured_by_the_program_as_it_stands() -> None:
    series = store.load(ROOT)
    program = run.program_hash(description.sources(series))
    for version in series.versions:
        kept = measurements.load(series, version.name)
        assert kept is not None, version.name
        assert kept.origin.program == program, version.name
        assert all(figure.settled for figure in kept.figures), version.name


def test_every_figure_has_words() -> None:
    series = store.load(ROOT)
    words = description.load(description.sources(series))
    for each in keeping.everything(series):
        for name in (figure.name for figure in each.figures):
            assert name.operation in words.operations, name
            assert name.memory in words.memories, name
            assert name.pattern in words.patterns, name


def test_the_cover_of_v4_quotes_what_is_saved() -> None:
    series = store.load(ROOT)
    cover = " ".join(store.version(series, "v4").cover.read_text(encoding="utf-8").split())
    v3, v4 = (
        {str(figure.name): figure.value for figure in kept.figures}
        for kept in map(measurements.load, [series] * 2, ["v3", "v4"])
        if kept is not None
    )
    for name in (
        "read.refpage.dense",
        "read.refpage.one16",
        "write.refpage.dense",
        "munmap_read.refpage.dense",
    ):
        assert f"{v4[name]:.0f} ({v3[name]:.0f})" in cover, name
