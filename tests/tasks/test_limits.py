"""Files that an agent may leave to break a judge: each counts as not done, at once, and no judge breaks."""

from __future__ import annotations

import io
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from envs.tasks.metrics import METRICS
from envs.tasks.metrics.limits import CELLS, PART, PIXELS, UNPACKED, Unreadable, unpack

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **options))


def workbook(path: Path, last: str) -> str:
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"], book.active[last] = "x", "y"
    book.save(path)
    return str(path)


def archive(path: Path, files: dict[str, int]) -> str:
    """A zip file of zeros, so many bytes each."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, size in files.items():
            with packed.open(name, "w", force_zip64=True) as file:
                for _ in range(size >> 22):
                    file.write(bytes(1 << 22))
    return str(path)


def picture(path: Path, side: int) -> str:
    """A PNG file whose head says that it is of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 16))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return str(path)


def test_a_sheet_whose_last_cell_is_the_last_there_can_be(tmp_path: Path) -> None:
    rules = [{"type": "sheet_data", "sheet_idx0": "RI0", "sheet_idx1": "EI0"}]
    small = workbook(tmp_path / "small.xlsx", "C3")
    huge = workbook(tmp_path / "huge.xlsx", "XFD1048576")
    assert CELLS < 16384 * 1048576
    assert score("compare_table", small, small, rules=rules) == 1
    assert score("compare_table", huge, small, rules=rules) == 0
    assert score("compare_table", huge, huge, rules=rules) == 0


@pytest.mark.parametrize("metric", ["compare_zip_files", "compare_archive", "compare_epub"])
def test_archives_that_unpack_to_more_than_a_judge_reads(tmp_path: Path, metric: str) -> None:
    bomb = archive(tmp_path / "bomb.zip", {"a": UNPACKED // 2, "b": UNPACKED // 2 + (4 << 20)})
    assert Path(bomb).stat().st_size < UNPACKED // 20
    assert score(metric, bomb, bomb) == 0


@pytest.mark.parametrize(
    ("metric", "part", "options"),
    [
        ("compare_docx_files", "word/document.xml", {}),
        ("compare_pptx_files", "ppt/presentation.xml", {}),
        ("compare_table", "xl/worksheets/sheet1.xml", {"rules": []}),
        ("compare_odt_files", "content.xml", {}),
    ],
)
def test_office_files_with_a_huge_part(tmp_path: Path, metric: str, part: str, options: dict[str, Any]) -> None:
    if metric == "compare_odt_files":
        metric = "compare_docx_files"  # which reads both kinds
    path = tmp_path / ("bomb.odt" if part == "content.xml" else "bomb.zip")
    bomb = archive(path, {"[Content_Types].xml": 0, part: PART + (4 << 20)})
    assert score(metric, bomb, bomb, **options) == 0


@pytest.mark.parametrize(
    "metric", ["compare_images", "check_structure_sim", "check_brightness_decrease_and_structure_sim"]
)
@pytest.mark.parametrize("side", [50_000, 13_300])
def test_pictures_of_more_pixels_than_a_judge_reads(tmp_path: Path, metric: str, side: int) -> None:
    assert side * side > PIXELS
    bomb = picture(tmp_path / "bomb.png", side)
    assert score(metric, bomb, bomb) == 0


def test_deep_and_endless_files(tmp_path: Path) -> None:
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 200_000)
    assert score("check_json", str(deep), {"expect": [{"key": ["a"], "method": "eq", "ref": 1}]}) == 0
    page = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
    )
    loop = tmp_path / "loop.pdf"
    loop.write_bytes(page + b"trailer<</Root 1 0 R/Size 3>>\nstartxref\n0\n%%EOF")
    assert score("compare_pdfs", str(loop), str(loop)) == 0


def packed(path: Path, files: dict[str, str], links: dict[str, str] | None = None) -> Path:
    """An archive of the kind that its name says."""
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as one:
            for name, text in files.items():
                one.writestr(name, text)
            for name, target in (links or {}).items():
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr = 3, 0o120777 << 16
                one.writestr(info, target)
        return path
    kind = path.name.rpartition(".")[2].replace("tgz", "gz").replace("tar", "")
    with tarfile.open(path, f"w:{kind}") as many:
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            many.addfile(info)
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            many.addfile(info, io.BytesIO(text.encode()))
    return path


ENDINGS = ("zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz")


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_of_archive_is_judged_on_every_python(tmp_path: Path, ending: str) -> None:
    gold = str(packed(tmp_path / f"gold.{ending}", {"in/a.txt": "1", "in/b.txt": "2"}))
    half = str(packed(tmp_path / f"half.{ending}", {"in/a.txt": "1", "in/b.txt": "x"}))
    assert score("compare_archive", gold, gold, file_path="in") == 1
    assert score("compare_archive", half, gold, file_path="in") == 0.5
    (tmp_path / f"no.{ending}").write_bytes(b"no archive" * 100)
    assert score("compare_archive", str(tmp_path / f"no.{ending}"), gold, file_path="in") == 0


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["../out", "/tmp/gui-agent-out", "a/../../out", "..\\out"])
def test_entries_that_lead_out_are_refused(tmp_path: Path, ending: str, name: str) -> None:
    path = packed(tmp_path / f"slip.{ending}", {name: "x"})
    with pytest.raises(Unreadable, match="leads out"):
        unpack(str(path), tmp_path / "in")
    assert not (tmp_path / "out").exists()
    assert not Path("/tmp/gui-agent-out").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_written_through_a_link_of_an_archive(tmp_path: Path, ending: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    path = packed(tmp_path / f"link.{ending}", {"l/x.txt": "1"}, links={"l": str(outside)})
    unpack(str(path), tmp_path / "in")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "in" / "l" / "x.txt").read_text() == "1"


def test_rows_that_stand_only_in_the_log_beside_a_database_count(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (n)")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("INSERT INTO t VALUES (7)")
    writer.commit()
    before = path.read_bytes()
    assert score("run_sqlite3", str(path), {"sql": "SELECT n FROM t"}) == 7
    assert score("run_sqlite3", str(path), {"sql": "DELETE FROM t RETURNING n"}) == 0, "it cannot be changed"
    writer.execute("INSERT INTO t VALUES (8)")
    assert path.read_bytes() == before
    writer.close()


def test_a_complaint_is_made_at_the_end_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What windows there are is said of the moment in which the wait is given up, and a machine that fails then
    is a set-up that failed."""
    from envs.machine.base import MachineFault, Window
    from envs.tasks.base import SetupFailed
    from envs.tasks.context import TaskContext
    from envs.tasks.setup import machine as steps

    class Slow:
        platform = "Linux"

        def __init__(self, gone: bool) -> None:
            self.asked, self.gone = 0, gone

        def windows(self) -> list[Window]:
            if self.gone:
                raise MachineFault("the machine is gone")
            return [Window("1", f"seen after {self.asked} tries", "w")]

        def close_window(self, name: str, **_: Any) -> bool:
            self.asked += 1
            return False

        activate_window = close_window

    monkeypatch.setattr(steps, "WINDOW_S", 0.3)
    monkeypatch.setattr(steps._until, "__defaults__", (0.3, 0.01))
    step: Callable[..., None]
    for step in (steps.close_window, steps.activate_window):
        machine: Any = Slow(gone=False)
        with pytest.raises(SetupFailed, match=r"seen after [1-9]"):
            step(TaskContext(0, machine=machine), window_name="x")
        with pytest.raises(SetupFailed, match="the machine is gone"):
            step(TaskContext(0, machine=Slow(gone=True)), window_name="x")  # type: ignore[arg-type]
