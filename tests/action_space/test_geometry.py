from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from action_space.geometry import Box, Frame, Size, smart_resize

sides = st.integers(200, 8000)
ratios = st.one_of(st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]), st.floats(1, 3))
share = st.floats(0, 1)
origins = st.floats(-8000, 8000)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    width, height = draw(sides), draw(sides)
    crop = None
    if draw(st.booleans()):
        left, top = draw(share) * (width - 1), draw(share) * (height - 1)
        crop = Box(
            left, top, left + 1 + draw(share) * (width - 1 - left), top + 1 + draw(share) * (height - 1 - top)
        )
        if draw(st.booleans()):
            crop = Box(*(float(math.floor(edge)) for edge in crop))
        assume(math.ceil(crop.left) < math.ceil(crop.right) <= width)
        assume(math.ceil(crop.top) < math.ceil(crop.bottom) <= height)
    model = draw(
        st.one_of(st.none(), st.builds(Size, sides, sides), st.sampled_from([Size(1000, 1000), Size(1, 1)]))
    )
    ratio = draw(ratios), draw(ratios)
    return Frame(Size(width, height), model, crop, ratio, (draw(origins), draw(origins)))


def inside(frame: Frame, point: tuple[float, float]) -> bool:
    return frame.view.contains(*point)


@given(frames(), share, share)
def test_model_points_land_inside_what_was_shown(frame: Frame, fx: float, fy: float) -> None:
    size = frame.model_size
    assert inside(frame, frame.model_to_screen(fx * size.width, fy * size.height))


@given(frames(), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_results_are_inside_the_target_whatever_comes_in(frame: Frame, x: float, y: float) -> None:
    assert inside(frame, frame.model_to_screen(x, y))
    sx, sy = frame.device_to_screen(x, y)
    assert 0 <= sx < frame.screen.width
    assert 0 <= sy < frame.screen.height
    mx, my = frame.screen_to_model(x, y)
    assert 0 <= mx <= frame.model_size.width
    assert 0 <= my <= frame.model_size.height


@given(frames(), share, share)
def test_screen_to_model_and_back(frame: Frame, fx: float, fy: float) -> None:
    view, size = frame.view, frame.model_size
    x = min(math.ceil(view.left) + math.floor(fx * view.width), math.ceil(view.right) - 1)
    y = min(math.ceil(view.top) + math.floor(fy * view.height), math.ceil(view.bottom) - 1)
    assert frame.model_to_screen(*frame.screen_to_model(x, y)) == (x, y)
    # In whole model pixels: within one unit of the coarser space.
    if max(size) > 1:
        mx, my = frame.screen_to_model(x, y)
        mx, my = min(round(mx), size.width - 1), min(round(my), size.height - 1)
        bx, by = frame.model_to_screen(mx, my)
        assert abs(bx - x) <= max(1, view.width / size.width) + 1e-6
        assert abs(by - y) <= max(1, view.height / size.height) + 1e-6


@given(frames(), share, share)
def test_model_to_screen_and_back(frame: Frame, fx: float, fy: float) -> None:
    size, view = frame.model_size, frame.view
    assume(max(size) > 1)
    x, y = math.floor(fx * (size.width - 1)), math.floor(fy * (size.height - 1))
    mx, my = frame.screen_to_model(*frame.model_to_screen(x, y))
    assert abs(mx - x) <= max(1, size.width / view.width) + 1e-6
    assert abs(my - y) <= max(1, size.height / view.height) + 1e-6


@given(frames(), share, share)
def test_screen_to_device_and_back(frame: Frame, fx: float, fy: float) -> None:
    x, y = math.floor(fx * (frame.screen.width - 1)), math.floor(fy * (frame.screen.height - 1))
    assert frame.device_to_screen(*frame.screen_to_device(x, y)) == (x, y)


@given(frames(), share, share)
def test_device_to_screen_and_back(frame: Frame, fx: float, fy: float) -> None:
    x = frame.origin[0] + fx * (frame.screen.width - 1) / frame.pixel_ratio[0]
    y = frame.origin[1] + fy * (frame.screen.height - 1) / frame.pixel_ratio[1]
    bx, by = frame.screen_to_device(*frame.device_to_screen(x, y))
    assert abs(bx - x) <= 1
    assert abs(by - y) <= 1


@given(frames(), st.floats(0.01, 1e4), st.integers(0, 1))
def test_distances_there_and_back(frame: Frame, length: float, axis: int) -> None:
    assert frame.distance_to_model(frame.distance_to_screen(length, axis), axis) == pytest.approx(length)


@pytest.mark.parametrize(
    ("screen", "seen"),
    [
        ((1920, 1080), (1932, 1092)),
        ((1280, 720), (1288, 728)),
        ((1366, 768), (1372, 756)),
        ((2560, 1440), (2380, 1344)),
        ((3840, 2160), (2380, 1344)),
        ((1080, 2400), (1092, 2408)),
        ((540, 599), (532, 588)),
    ],
)
def test_smart_resize_gives_the_published_sizes(screen: tuple[int, int], seen: tuple[int, int]) -> None:
    assert smart_resize(*screen) == seen


def test_smart_resize_with_the_bound_of_another_processor() -> None:
    assert smart_resize(1920, 1080, max_pixels=1280 * 28 * 28) == (1316, 728)


@given(sides, sides, st.sampled_from([28, 32]), st.sampled_from([56 * 56, 100 * 28 * 28]))
def test_smart_resize_keeps_its_promises(width: int, height: int, factor: int, least: int) -> None:
    most = 4096 * 28 * 28
    new = smart_resize(width, height, factor=factor, min_pixels=least, max_pixels=most)
    assert new[0] % factor == new[1] % factor == 0
    assert least <= new[0] * new[1] <= most
    # Each side is off its share of the ideal scale by less than one step.
    scale = math.sqrt(new[0] * new[1] / (width * height))
    assert abs(new[0] - width * scale) < 1.5 * factor + 0.05 * new[0]
    assert smart_resize(*new, factor=factor, min_pixels=least, max_pixels=most) == new


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (4020, 20), (-5, 5)])
def test_smart_resize_refuses(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="size:"):
        smart_resize(*size)


@pytest.mark.parametrize(
    "bad",
    [
        {"screen": Size(0, 10)},
        {"model": Size(0, 10)},
        {"pixel_ratio": (0.0, 1.0)},
        {"crop": Box(-1, 0, 50, 50)},
        {"crop": Box(0, 0, 101, 50)},
        {"crop": Box(50, 50, 50, 80)},
        {"crop": Box(10.1, 10, 10.9, 20)},
    ],
)
def test_frame_refuses(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"screen:|model:|pixel_ratio:|crop:"):
        Frame(**{"screen": Size(100, 100), **bad})  # type: ignore[arg-type]


def test_retina_click_lands_on_the_logical_point() -> None:
    frame = Frame(Size(2560, 1600), Size(*smart_resize(2560, 1600)), pixel_ratio=(2.0, 2.0), origin=(-1280.0, 0.0))
    x, y = frame.screen_to_device(*frame.model_to_screen(*frame.screen_to_model(1000, 500)))
    assert (x, y) == pytest.approx((-1280 + 500, 250), abs=0.5)
