# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refseries.errors import SeriesError
from refseries.host import toml


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    arch: str
    jobs: int = 1
    inner: dict[str, int] = {}


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: int
    names: tuple[str, ...] = ()
    table: Table | None = None
    fixups: tuple[Table, ...] = ()
    config: dict[Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9._-]+$")], Table] = {}


def test_a_right_file_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "a.toml").write_text(
        'schema = 1\nnames = ["é"]\n[config.x]\narch = "arm64"\n', encoding="utf-8"
    )
    assert toml.load(path, File) == File(schema=1, names=("é",), config={"x": Table(arch="arm64")})


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        pytest.param('schema = "1"', ":1: schema", "got `str`", id="wrong type"),
        pytest.param("\nschema = 1\nsize = 2", ":3: size", "unknown field `size`", id="unknown"),
        pytest.param("# nothing\n", ":1", "missing required field `schema`", id="missing"),
        pytest.param(
            "schema = 1\n[table]\njobs = 3\narch = 4\n", ":4: table.arch", "`int`", id="in table"
        ),
        pytest.param("schema = 1\ntable.arch = 4\n", ":2: table.arch", "`int`", id="dotted key"),
        pytest.param(
            "schema = 1\ntable = { arch = 4 }\n", ":2: table.arch", "`int`", id="inline table"
        ),
        pytest.param(
            "schema = 1\nnames = [\n  'a',\n  3,\n]\n", ":2: names[1]", "`int`", id="in array"
        ),
        pytest.param(
            "schema = 1\n[[fixups]]\narch = 'a'\n\n[[fixups]]\narch = 'b'\njobs = 'x'\n",
            ":7: fixups[1].jobs", "got `str`", id="second array table",
        ),
        pytest.param(
            "schema = 1\n[[fixups]]\narch = 'a'\n[[ fixups ]] # arch = 'c'\njobs = 1\n",
            ":4: fixups[1]", "missing required field `arch`", id="missing in array table",
        ),
        pytest.param(
            "schema = 1\n[[fixups]]\narch = 'a'\n[fixups.inner]\na = 1\n[[fixups]]\narch = 'a'\n"
            "[fixups.inner]\na = 'x'\n",
            ":9: fixups[1].inner.a", "got `str`", id="table in an array table",
        ),
        pytest.param(
            "schema = 1\n[config.x]\narch = 'a'\njobs = 1\n[config.y]\narch = 'a'\njobs = 'x'\n",
            ":7: config.y.jobs", "got `str`", id="free name, not the first",
        ),
        pytest.param(
            "schema = 1\n[config.x]\narch = 'a'\n[config.\"y.z\"]\njobs = 1\n",
            ":4: config.y.z", "missing required field `arch`", id="quoted free name",
        ),
        pytest.param(
            "schema = 1\n[config.x]\narch = 'a'\n[config.y.inner]\nq = 1\nr = 'x'\n"
            "[config.y]\narch = 'a'\n",
            ":6: config.y.inner.r", "got `str`", id="free names in free names",
        ),
        pytest.param(
            "schema = 1\n[config.x]\narch = 'a'\n[config.Y]\narch = 'a'\n",
            ":4: config.Y", "matching regex", id="bad free name",
        ),
        pytest.param(
            'schema = 1\nnames = ["""\n[config.x]\njobs = 1\n"""]\n'
            "[config.x]\narch = 'a'\njobs = 1.5\n",
            ":8: config.x.jobs", "got `float`", id="what looks like a table in a long string",
        ),
        pytest.param("schema = 1\nschema = = 2\n", ":2", "not valid TOML", id="broken"),
        pytest.param("schema = 1\nnames = [\n", ":2", "not valid TOML", id="cut short"),
        pytest.param("schema = 1\nschema = 1\n", ":2", "overwrite", id="twice"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_file_and_line(
    tmp_path: Path, text: str, place: str, what: str
) -> None:
    (path := tmp_path / "a.toml").write_text(text)
    with pytest.raises(SeriesError) as caught:
        toml.load(path, File)
    assert caught.value.where == f"{path}{place}"
    assert what in caught.value.what
    assert caught.value.hint


def test_a_missing_key_is_in_the_hint(tmp_path: Path) -> None:
    (path := tmp_path / "a.toml").write_text("schema = 1\n[table]\n")
    with pytest.raises(SeriesError) as caught:
        toml.load(path, File)
    assert caught.value.where == f"{path}:2: table"
    assert caught.value.hint == "Add `arch = …` there."


def test_a_file_that_is_missing_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"cannot be read: No such file") as caught:
        toml.load(tmp_path / "gone.toml", File)
    assert caught.value.where == str(tmp_path / "gone.toml")
    (path := tmp_path / "latin.toml").write_bytes(b"# caf\xe9\nschema = 1\n")
    with pytest.raises(SeriesError, match="not UTF-8"):
        toml.load(path, File)


_WORD = st.text(st.sampled_from("ab.[]\"'= \n#-\\é\x00"), max_size=6)


@given(text=st.text(st.sampled_from("ab.[]\"'= \n#-\\é"), max_size=80), keys=st.lists(_WORD))
def test_line_of_never_fails_and_stays_in_the_text(text: str, keys: list[str]) -> None:
    assert 1 <= toml.line_of(text, keys) <= max(len(text.splitlines()), 1)


@given(st.text())
def test_a_file_of_anything_is_read_or_refused(text: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as stream:
        stream.write(text.encode("utf-8", "surrogatepass"))
        stream.flush()
        with contextlib.suppress(SeriesError):
            toml.load(Path(stream.name), File)
