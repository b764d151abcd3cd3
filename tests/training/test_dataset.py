"""Data sets on disk: what a crash, a full disk or two writers at once leave behind."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from model.training.data.dataset import (
    BadRecord,
    CannotWrite,
    DataError,
    FolderData,
    copy_records,
    open_data,
    pictures_of,
)
from model.training.data.pictures import PictureFault, distance, encode, perceptual_hash
from model.training.data.shards import ShardData, write_shards
from tests.training.makers import episode, folder, item, screen

ROOT = Path(__file__).parents[2]


def test_what_is_appended_comes_back_equal(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen())
    records = [item(picture, "a"), episode(data), item(picture, "b", boxes=(), absent=True)]
    data.append(*records)
    again = open_data(tmp_path / "set")
    assert list(again) == records
    assert again.ids() == {"a", "b", "episode"}
    assert again.open_picture(picture).tobytes() == screen().tobytes()


def test_equal_pictures_are_kept_once_and_never_written_again(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    first = data.add_picture(screen())
    place = data.folder / first.path
    os.utime(place, (1, 1))
    assert data.add_picture(encode(screen())) == first
    (tmp_path / "copy.png").write_bytes(place.read_bytes())
    assert data.add_picture(tmp_path / "copy.png") == first
    assert place.stat().st_mtime == 1
    place.write_bytes(b"damaged")
    assert data.add_picture(screen()) == first, "what is damaged is mended"
    assert data.open_picture(first).size == (640, 400)
    assert len(list((data.folder / "pictures").rglob("*.png"))) == 1


def test_a_jpeg_stays_the_file_that_it_was(tmp_path: Path) -> None:
    data, buffer = folder(tmp_path / "set"), io.BytesIO()
    screen().save(buffer, "JPEG", quality=80)
    picture = data.add_picture(buffer.getvalue(), scale=2.0)
    assert picture.path.endswith(".jpg")
    assert picture.scale == 2.0
    assert (data.folder / picture.path).read_bytes() == buffer.getvalue()
    assert picture.sha256 == hashlib.sha256(buffer.getvalue()).hexdigest()


@pytest.mark.parametrize("left", [0, 8, 60, 900])
def test_a_picture_that_is_cut_off_is_refused(left: int, tmp_path: Path) -> None:
    data, whole = folder(tmp_path / "set"), encode(screen())
    with pytest.raises(PictureFault, match="is no whole picture"):
        data.add_picture(whole[:left])
    assert not (data.folder / "pictures").exists()
    picture = data.add_picture(whole)
    (data.folder / picture.path).write_bytes(whole[:left])
    with pytest.raises(PictureFault, match="cut off or changed"):
        data.open_picture(picture)


def test_another_picture_in_its_place_is_noticed(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    one, two = data.add_picture(screen(1)), data.add_picture(screen(2))
    (data.folder / one.path).write_bytes((data.folder / two.path).read_bytes())
    with pytest.raises(PictureFault, match="the record says"):
        data.open_picture(one)


@pytest.mark.parametrize("path", ["../x.png", "/etc/passwd", "a/../../x.png", "a\\b.png", "c:/x.png", ""])
def test_a_path_that_leaves_the_folder_is_refused(path: str, tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    wild = data.add_picture(screen()).model_copy(update={"path": path})
    with pytest.raises(PictureFault, match="below the folder"):
        data.open_picture(wild)
    with pytest.raises(BadRecord, match=r"picture\.path"):
        data.append(item(wild))


def test_a_record_that_breaks_a_rule_is_not_written_nor_those_beside_it(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen())
    with pytest.raises(BadRecord, match=r"boxes\.0: \[600, 10, 700, 30\]; accepted: .*640×400"):
        data.append(item(picture, "good"), item(picture, "bad", boxes=((600, 10, 700, 30),)))
    assert list(data) == []


def test_a_line_that_a_crash_cut_off_is_mended_when_writing_goes_on(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen())
    data.append(item(picture, "a"), item(picture, "b"))
    path = data.folder / "records.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    assert [record.id for record in open_data(data.folder)] == ["a"], "a reader does not trip over it"
    again = FolderData(data.folder, create=True)
    again.append(item(picture, "c"))
    assert [record.id for record in again] == ["a", "c"]


WRITER = """
import sys
from pathlib import Path
from model.training.data.dataset import FolderData
from tests.training.makers import item, screen
data = FolderData(Path(sys.argv[1]), create=True)
picture = data.add_picture(screen(int(sys.argv[2]) % 3))
for number in range(int(sys.argv[3])):
    data.append(item(picture, f"{sys.argv[2]}-{number}", text="x" * 3000))
    print(number, flush=True)
"""


def writer(path: Path, name: int, count: int, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(name), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **options)  # type: ignore[call-overload, no-any-return]


def test_several_processes_append_at_once(tmp_path: Path) -> None:
    running = [writer(tmp_path / "set", name, 40) for name in range(3)]
    for one in running:
        one.communicate(timeout=120)
        assert one.returncode == 0
    records = list(open_data(tmp_path / "set"))
    assert {record.id for record in records} == {f"{name}-{number}" for name in range(3) for number in range(40)}
    assert len(records) == 120


def test_a_kill_at_any_moment_leaves_whole_records(tmp_path: Path) -> None:
    done = writer(tmp_path / "set", 0, 100_000)
    assert done.stdout is not None
    for line in done.stdout:
        if int(line) >= 20:
            done.send_signal(signal.SIGKILL)
            break
    done.wait(timeout=60)
    done.stdout.close()
    before = [record.id for record in open_data(tmp_path / "set")]
    assert before[:21] == [f"0-{number}" for number in range(21)]
    data = FolderData(tmp_path / "set", create=True)
    data.append(item(data.add_picture(screen()), "after"))
    assert [record.id for record in data] == [*before, "after"]


FULL = """
import resource, signal, sys
from pathlib import Path
from model.training.data.dataset import CannotWrite, FolderData
from tests.training.makers import item, screen
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
data = FolderData(Path(sys.argv[1]), create=True)
picture = data.add_picture(screen())
data.append(item(picture, "small"))
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))  # as a disk that has no more room
for work in (lambda: data.append(item(picture, "large", text="x" * 9000)),
             lambda: data.add_picture(screen(5, size=(1200, 900)))):
    try:
        work()
    except CannotWrite as error:
        print("refused:", error)
data.append(item(picture, "again"))
"""


def test_a_full_disk_is_told_and_leaves_what_was_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "set")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refused:") == 2
    assert "what was there before stays" in done.stdout
    data = open_data(tmp_path / "set")
    assert [record.id for record in data] == ["small", "again"]
    names = [path.name for path in data.folder.rglob("*") if path.is_file()]
    assert sorted(name.rpartition(".")[2] for name in names) == ["json", "jsonl", "lock", "png"], (
        "no half-written file"
    )


def test_a_read_only_folder_and_one_with_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_text("mine")
    with pytest.raises(DataError, match=r"holds other files \(photo.txt\)"):
        FolderData(tmp_path, create=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot be written"):
        FolderData(tmp_path / "file" / "set", create=True)
    with pytest.raises(DataError, match="holds no data set"):
        open_data(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        open_data(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("header", "told"),
    [('{"data_version": 2}', "later toolkit"), ("{}", "data_version"), ("[", "cannot be read"),
     ('{"data_version": "1"}', "data_version")],
)  # fmt: skip
def test_a_data_set_of_another_version_is_refused(header: str, told: str, tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    (data.folder / "dataset.json").write_text(header)
    with pytest.raises(DataError, match=told):
        open_data(data.folder)


def test_the_file_is_plain_json_without_what_is_usual(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    data.append(item(data.add_picture(screen()), "心愿单"))
    text = (data.folder / "records.jsonl").read_text("utf-8")
    assert "心愿单" in text
    line = json.loads(text)
    assert line["record"] == "grounding"
    assert "asked_by" not in line


def test_shards_hold_the_same_records_and_pictures(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    data.append(*(item(data.add_picture(screen(number)), f"i{number}") for number in range(40)), episode(data))
    assert write_shards(data, tmp_path / "shards", data) == 41
    packed = open_data(tmp_path / "shards")
    assert isinstance(packed, ShardData)
    assert list(packed) == list(data)
    for record in packed:
        for picture in pictures_of(record):
            assert packed.open_picture(picture).tobytes() == data.open_picture(picture).tobytes()
    back = folder(tmp_path / "back")
    assert copy_records(packed, back, packed) == 41
    assert list(back) == list(data)
    with pytest.raises(DataError, match="is not empty"):
        write_shards(data, tmp_path / "shards", data)


def test_shards_with_a_missing_picture_are_not_left_half_done(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    pictures = [data.add_picture(screen(number)) for number in range(3)]
    data.append(*(item(picture, picture.sha256) for picture in pictures))
    (data.folder / pictures[2].path).unlink()
    with pytest.raises(PictureFault):
        write_shards(data, tmp_path / "shards", data)
    assert not list((tmp_path / "shards").glob("*.parquet*"))
    assert not list((tmp_path / "shards").glob(".*"))


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    data.append(item(data.add_picture(screen())))
    write_shards(data, tmp_path / "shards", data)
    path = tmp_path / "shards" / "records-00000.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"records-00000\.parquet: is no whole Parquet file"):
        list(open_data(tmp_path / "shards"))


def test_the_perceptual_hash_bears_what_the_eye_bears() -> None:
    plain = screen(3)
    buffer = io.BytesIO()
    plain.save(buffer, "JPEG", quality=50)
    pressed = Image.open(buffer)
    smaller = plain.resize((320, 200))
    assert distance(perceptual_hash(plain), perceptual_hash(pressed)) <= 4
    assert distance(perceptual_hash(plain), perceptual_hash(smaller)) <= 4
    assert distance(perceptual_hash(plain), perceptual_hash(screen(4))) > 12
    assert perceptual_hash(Image.new("RGB", (5, 900), "red")) == perceptual_hash(Image.new("RGB", (5, 900), "red"))
