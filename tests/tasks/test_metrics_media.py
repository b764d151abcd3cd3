"""Metrics over pictures, sound, films, PDF files and archives that the tests make."""

from __future__ import annotations

import io
import wave
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from envs.tasks.metrics import METRICS


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


@pytest.fixture
def photo() -> Image.Image:
    """A picture with colours, edges and no symmetry."""
    rows, columns = np.mgrid[0:96, 0:128]
    waves = [128 + 60 * np.sin(columns / 9 + shift) * np.cos(rows / 11) for shift in (0, 1, 2)]
    image = Image.fromarray(np.stack(waves, axis=2).astype(np.uint8))
    ImageDraw.Draw(image).rectangle((10, 10, 40, 50), fill=(200, 90, 40))
    return image


def saved(path: Path, image: Image.Image) -> str:
    image.save(path)
    return str(path)


def test_what_was_done_to_a_picture_is_seen(photo: Image.Image, tmp_path: Path) -> None:
    start = saved(tmp_path / "start.png", photo)
    other = saved(tmp_path / "other.png", ImageOps.flip(photo))
    done = {
        "check_brightness_decrease_and_structure_sim": ImageEnhance.Brightness(photo).enhance(0.7),
        "check_contrast_increase_and_structure_sim": ImageEnhance.Contrast(photo).enhance(1.4),
        "check_palette_and_structure_sim": photo.quantize(128),
        "check_image_mirror": ImageOps.mirror(photo),
        "check_structure_sim": ImageEnhance.Brightness(photo).enhance(0.98),
        "check_structure_sim_resized": photo.resize((256, 192)),
        "check_file_exists_and_structure_sim": photo,
        "compare_image_list": photo,
    }
    for name, image in done.items():
        assert score(name, saved(tmp_path / f"{name}.png", image), start) == 1, name
        assert score(name, other, start) == 0, name
        assert score(name, None, start) == 0, name
        assert score(name, str(tmp_path / "none.png"), start) == 0, name


def test_saturation(tmp_path: Path) -> None:
    value = (120 + np.mgrid[0:64, 0:64][0]).astype(np.uint8)
    hue, saturation = np.full_like(value, 20), np.full_like(value, 90)

    def coloured(extra: int) -> Image.Image:
        return Image.merge("HSV", [Image.fromarray(one) for one in (hue, saturation + extra, value)])

    pale, strong = coloured(0), coloured(60)
    one, two = saved(tmp_path / "p.png", pale.convert("RGB")), saved(tmp_path / "s.png", strong.convert("RGB"))
    assert score("check_saturation_increase_and_structure_sim", two, one) == 1
    assert score("check_saturation_increase_and_structure_sim", one, two) == 0
    assert (score("increase_saturation", one, two), score("increase_saturation", two, one)) == (1, 0)


def test_similarity_of_pictures(photo: Image.Image, tmp_path: Path) -> None:
    start = saved(tmp_path / "a.png", photo)
    near = saved(tmp_path / "b.png", ImageEnhance.Brightness(photo).enhance(0.9))
    assert score("compare_images", start, start) == pytest.approx(1)
    assert 0.8 < score("compare_images", near, start) < 1
    assert score("compare_images", near, start, reference_base_result=0.999) == 0
    dark = saved(tmp_path / "d.png", ImageEnhance.Brightness(photo).enhance(0.5))
    assert (score("decrease_brightness", start, dark), score("decrease_brightness", dark, start)) == (1, 0)
    soft = saved(tmp_path / "soft.png", photo.resize((32, 24)).resize(photo.size))
    assert (score("check_sharper", start, soft), score("check_sharper", soft, start)) == (1, 0)


def test_where_things_lie_in_a_picture(tmp_path: Path) -> None:
    def drawn(name: str, points: Any, back: str = "white", fill: str = "black") -> str:
        image = Image.new("RGB", (120, 80), back)
        ImageDraw.Draw(image).polygon(points, fill=fill)
        return saved(tmp_path / name, image)

    middle = drawn("m.png", [(60, 20), (40, 50), (80, 50)], fill="yellow")
    corner = drawn("c.png", [(10, 5), (2, 20), (20, 20)], fill="yellow")
    assert (score("check_triangle_position", middle), score("check_triangle_position", corner)) == (1, 0)
    assert score("compare_triangle_positions", corner, middle) == 1
    assert score("compare_triangle_positions", middle, corner) == 0
    left, right = drawn("l.png", [(2, 10), (2, 30), (40, 20)]), drawn("r.png", [(60, 10), (60, 30), (99, 20)])
    assert (score("check_textbox_on_leftside", left), score("check_textbox_on_leftside", right)) == (1, 0)
    thing = [(60, 20), (40, 50), (80, 50)]
    white, green = drawn("w.png", thing), drawn("g.png", thing, back="green")
    assert (score("check_green_background", green, white), score("check_green_background", white, white)) == (1, 0)


def test_sizes_of_pictures(photo: Image.Image, tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", photo)
    assert score("check_image_size", path, {"width": 128, "height": 96}) == 1
    assert score("check_image_size", path, {"height": 97}) == 0
    clear = Image.new("RGBA", (50, 50))
    clear.paste((255, 0, 0, 255), (10, 10, 30, 20))
    part = saved(tmp_path / "t.png", clear)
    assert score("check_image_size", part, {"height": 10, "width": 20, "ignore_transparent": True}) == 1
    assert score("check_image_file_size", path, {"max_size": 10**6}) == 1
    assert score("check_image_file_size", path, {"max_size": 10}) == 0


def test_text_in_a_picture_is_read(tmp_path: Path) -> None:
    from PIL import ImageFont

    image = Image.new("RGB", (420, 90), "white")
    ImageDraw.Draw(image).text((20, 20), "Invoice", fill="black", font=ImageFont.load_default(40))
    path = saved(tmp_path / "t.png", image)
    assert score("compare_image_text", path, {"type": "text", "text": " Invoice"}) == 1
    assert score("compare_image_text", path, {"type": "text", "text": "nothing"}) == 0


def tone(path: Path, *pitches: float, rate: int = 22050) -> str:
    parts = [np.sin(2 * np.pi * pitch * np.arange(rate // 2) / rate) for pitch in pitches]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.concatenate(parts) * 12000).astype(np.int16).tobytes())
    return str(path)


def test_sound(tmp_path: Path) -> None:
    one, same = tone(tmp_path / "1.wav", 300, 900, 500), tone(tmp_path / "2.wav", 300, 900, 500)
    other = tone(tmp_path / "3.wav", 2000, 150, 4000)
    assert score("compare_audios", same, one) == 1
    assert score("compare_audios", other, one) < 0.2
    (tmp_path / "no.mp3").write_bytes(b"no sound")
    assert score("compare_audios", str(tmp_path / "no.mp3"), one) == 0


def film(path: Path, frames: list[np.ndarray]) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 64))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return str(path)


def test_films(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (30, 8, 8, 3), dtype=np.uint8)
    frames = [cv2.resize(one, (64, 64), interpolation=cv2.INTER_CUBIC) for one in noise]
    one, same = film(tmp_path / "1.avi", frames), film(tmp_path / "2.avi", frames)
    turned, short = film(tmp_path / "3.avi", [one[::-1] for one in frames]), film(tmp_path / "4.avi", frames[:9])
    assert score("compare_videos", same, one) == 1
    assert score("compare_videos", turned, one) == 0
    assert score("compare_videos", short, one) == 0
    assert score("compare_videos", short, one, max_frames_to_check=9) == 1


def test_tags_of_a_song(tmp_path: Path) -> None:
    from mutagen.id3 import ID3, TIT2

    path = tmp_path / "a.mp3"
    tags = ID3()
    tags.add(TIT2(encoding=3, text="Song"))
    tags.save(path)
    assert score("check_mp3_meta", str(path), {"title": {"method": "eq", "ref": "Song"}}) == 1
    assert score("check_mp3_meta", str(path), {"artist": {"method": "eq", "ref": "Me"}}) == 0


def pdf(path: Path, *pages: str) -> str:
    """A PDF file of one line of text a page."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {count}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    for i, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET"
        parts.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]"
            f"/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * i} 0 R>>"
        )
        parts.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
    out, places = io.BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, part in enumerate(parts, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj{part}endobj\n".encode())
    start = out.tell()
    out.write(f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n".encode())
    out.write("".join(f"{place:010} 00000 n \n" for place in places).encode())
    out.write(f"trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode())
    path.write_bytes(out.getvalue())
    return str(path)


def test_pdf_files(tmp_path: Path) -> None:
    one = pdf(tmp_path / "1.pdf", "Invoice 243729 paid")
    two = pdf(tmp_path / "2.pdf", "quite different", "and longer")
    assert score("compare_pdfs", one, one) == 1
    assert score("compare_pdfs", two, one) < 0.6
    assert score("compare_pdfs", [one, None], [one, two]) == 0.5
    assert score("compare_pdfs", None, one) == 0
    assert score("check_pdf_pages", two, {"relation": "eq", "ref_value": 2}) == 1
    assert score("check_pdf_pages", one, {"relation": "gt", "ref_value": 1}) == 0
    assert score("compare_pdf_images", one, one) == 1
    (tmp_path / "gold.json").write_text('{"number": "243729"}', encoding="utf-8")
    assert score("is_gold_text_included_in_pdf", one, str(tmp_path / "gold.json")) == 1
    assert score("is_gold_text_included_in_pdf", two, str(tmp_path / "gold.json")) == 0


def zipped(path: Path, **files: str) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return str(path)


def test_archives(tmp_path: Path) -> None:
    gold = zipped(tmp_path / "gold.zip", in__a_txt="1", in__b_txt="2")
    same = zipped(tmp_path / "s.zip", in__a_txt="1", in__b_txt="2")
    half = zipped(tmp_path / "h.zip", in__a_txt="1", in__b_txt="x")
    other = zipped(tmp_path / "o.zip", in__c_txt="1")
    assert score("compare_archive", same, gold, file_path="in") == 1
    assert score("compare_archive", half, gold, file_path="in", file_type="text") == 0.5
    assert score("compare_archive", other, gold, file_path="in") == 0
    assert score("compare_archive", gold, gold, file_path="../..") == 0
    assert [score("compare_zip_files", one, gold) for one in (same, half, other)] == [1, 0, 0]


def test_books(tmp_path: Path) -> None:
    def book(name: str, page: str, number: str) -> str:
        head = f"<package>\n<dc:identifier>{number}</dc:identifier>\n<dc:title>T</dc:title>\n</package>"
        return zipped(tmp_path / name, toc_ncx="<ncx>\n</ncx>", content_opf=head, a_html=page)

    gold = book("g.epub", "<p>one</p><p>two</p>", "1")
    assert score("compare_epub", book("s.epub", "<p>one</p>\n<p>two</p>", "2"), gold) == 1
    assert score("compare_epub", book("o.epub", "<p>one</p><p>three</p>", "1"), gold) < 1
    (tmp_path / "no.epub").write_bytes(b"no book")
    assert score("compare_epub", str(tmp_path / "no.epub"), gold) == 0
