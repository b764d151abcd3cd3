"""PDF files, archives and books (OSWorld's compare_pdfs, compare_archive, compare_zip_files, compare_epub)."""

from __future__ import annotations

import difflib
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import METRICS, Unreadable, bytes_of, listed, of_files
from envs.tasks.metrics.code import compare_text_file
from envs.tasks.metrics.general_files import pdf_reader, pdf_text
from envs.tasks.metrics.limits import check_zip, unpack
from envs.tasks.metrics.media.audio import compare_audios, compare_videos
from envs.tasks.metrics.media.images import compare_images
from envs.tasks.metrics.office.documents_text import compare_docx_files
from envs.tasks.metrics.office.slides_compare import compare_pptx_files
from envs.tasks.metrics.office.table import compare_csv, compare_table


@METRICS
def compare_pdfs(result: str | list[str | None] | None, expected: str | list[str | None] | None) -> float:
    """How alike the texts of PDF files are, on average; a file that is not there counts 0."""
    from rapidfuzz import fuzz

    wanted = listed(expected)
    got = [*listed(result), *[None] * len(wanted)]
    score = 0.0
    for one, other in zip(got, wanted, strict=False):
        try:
            if one is not None and other is not None:
                score += fuzz.ratio(pdf_text(one).strip(), pdf_text(other).strip()) / 100
        except (Unreadable, MemoryError, RecursionError):
            continue
    return score / len(wanted)


@of_files
def compare_pdf_images(result: str, expected: str) -> float:
    """The share of pictures in two PDF files, in order, that look the same."""
    import numpy as np

    from envs.tasks.metrics.media.pictures import perceptual_hash

    both = [
        [image.image for page in pdf_reader(path).pages for image in page.images] for path in (result, expected)
    ]
    if len(both[0]) != len(both[1]):
        return 0.0
    hashes = [
        [perceptual_hash(np.asarray(one.convert("L"))) for one in found if one is not None] for found in both
    ]
    same = [int(np.count_nonzero(one != other)) <= 5 for one, other in zip(*hashes, strict=True)]
    return sum(same) / len(same) if same else 1.0


_KINDS: dict[str, Callable[..., float]] = {
    "text": compare_text_file,
    "pdf": compare_pdfs,
    "docx": compare_docx_files,
    "ppt": compare_pptx_files,
    "image": compare_images,
    "csv": compare_csv,
    "table": compare_table,
    "audio": compare_audios,
    "video": compare_videos,
}


@of_files
def compare_archive(
    result: str,
    expected: str,
    *,
    file_path: str = "",
    file_type: str = "text",
    rules: list[dict[str, Any]] | None = None,
) -> float:
    """Two archives hold the same names in a folder, and how alike these files are, on average.

    Args:
        result, expected: .zip, .tar, .tar.gz … files.
        file_path: the folder within them.
        file_type: how files are compared: text, pdf, docx, ppt, image, csv, table, audio or video.
        rules: of `compare_table`.

    Raises:
        ValueError: another `file_type`.
    """
    if file_type not in _KINDS:
        raise ValueError(f"options.file_type: {file_type!r} is not one of {', '.join(_KINDS)}")
    with tempfile.TemporaryDirectory(prefix="archive-") as name:
        sides = []
        for place, path in (("result", result), ("expected", expected)):
            root = Path(name, place)
            unpack(path, root)
            folder = (root / file_path).resolve()
            if not folder.is_relative_to(root.resolve()) or not folder.is_dir():
                return 0.0
            sides.append(sorted(folder.iterdir()))
        if [one.name for one in sides[0]] != [one.name for one in sides[1]] or not sides[0]:
            return 0.0
        options = {"rules": rules} if rules is not None else {}
        scores = [_KINDS[file_type](str(one), str(other), **options) for one, other in zip(*sides, strict=True)]
    return sum(scores) / len(scores)


@of_files
def compare_zip_files(result: str, expected: str) -> float:
    """Two .zip files hold the same names with the same content; of PDF files, texts that are alike to 95 %."""
    both = [_zipped(path) for path in (result, expected)]
    if set(both[0]) != set(both[1]):
        return 0.0
    for name, data in both[0].items():
        if name.lower().endswith(".pdf"):
            texts = [pdf_text(one) for one in (data, both[1][name])]
            if difflib.SequenceMatcher(None, texts[0], texts[1]).ratio() < 0.95:
                return 0.0
        elif data != both[1][name]:
            return 0.0
    return 1.0


def _zipped(path: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(bytes_of(path))) as archive:
            check_zip(archive, path)
            return {one: archive.read(one) for one in archive.namelist()}
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise Unreadable(f"{path}: {error}") from error


@of_files
def compare_epub(result: str, expected: str) -> float:
    """How alike two books are: the product of the shares of lines that their contents, descriptions and pages
    have in common. Identifiers, and the numbering of the contents, do not count."""
    books = [_book(path) for path in (result, expected)]
    if set(books[0]) != set(books[1]):
        return 0.0
    score = 1.0
    for name, lines in books[0].items():
        score *= difflib.SequenceMatcher(None, lines, books[1][name]).ratio()
    return score


def _book(path: str) -> dict[str, list[str]]:
    """Lines of each text file of a book; of pages one line for each element, as their line breaks mean nothing."""
    from lxml import etree, html

    found = {}
    for name, data in _zipped(path).items():
        text = data.decode("utf-8", "replace")
        if name.endswith("toc.ncx"):
            found["toc.ncx"] = [line for line in text.splitlines() if "navPoint" not in line]
        elif name.endswith("content.opf"):
            found["content.opf"] = [line for line in text.splitlines() if "dc:identifier" not in line]
        elif name.endswith((".html", ".xhtml", ".htm")):
            try:
                tree = html.document_fromstring("".join(text.splitlines()).encode())
            except (etree.ParserError, ValueError):
                continue
            found[name] = html.tostring(tree, pretty_print=True, encoding="unicode").splitlines()
    return found
