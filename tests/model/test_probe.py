"""The probe against servers that really look, each made to misbehave in one way: it must name that way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from action_space.geometry import Frame, Size, smart_resize
from model import profile
from model.families import FAMILIES
from model.grounding import ground
from model.probe import Probe, Report
from model.registry import ModelOptions, open_model, row_of
from model.servers.openai import ServerModel
from tests.model.seeing_server import Behaviour, capped, serving

NAME = "mimo-vl-7b-rl-2508"


def probed(behaviour: Behaviour, family: str = "mimo-vl") -> Report:
    with serving(behaviour) as url:
        model = ServerModel(NAME, url, family=family, retries=0)
        try:
            return Probe(model, FAMILIES[family]).run()
        finally:
            model.close()


def found(report: Report, name: str) -> tuple[bool | None, str]:
    return next((finding.ok, finding.words) for finding in report.findings if finding.name == name)


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AGENT_PROFILE_DIR", str(tmp_path))
    return tmp_path


def test_a_good_server() -> None:
    report = probed(Behaviour())
    assert (report.space.name, report.space.scale, report.sees) == ("pixels", 1.0, True)
    assert report.space.error < 2
    assert all(finding.ok is not False for finding in report.findings), report.findings
    assert found(report, "schema") == (True, "answers obey a JSON Schema, given as response_format")
    assert found(report, "thinking") == (True, "its switch works")
    assert found(report, "resizing")[0] is True


@pytest.mark.parametrize(
    ("behaviour", "name", "size"),
    [
        (Behaviour(numbers=lambda x, y, w, h: (round(1000 * x / w), round(1000 * y / h))), "0–1000", (1000, 1000)),
        (Behaviour(numbers=lambda x, y, w, h: (round(x / w, 3), round(y / h, 3))), "0–1", (1, 1)),
        (Behaviour(numbers=lambda x, y, w, h: (999 * x / w, 999 * y / h)), "0–999", (999, 999)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_coordinate_spaces(behaviour: Behaviour, name: str, size: tuple[float, float]) -> None:
    report = probed(behaviour)
    assert (report.space.name, report.space.size) == (name, size)
    assert "assumes otherwise" in found(report, "coordinates")[1]


def test_a_noisy_model_is_not_taken_for_0_to_999() -> None:
    shifts = iter([3, -4, 5, -2, 4, -3, 2, -5] * 20)
    noisy = Behaviour(numbers=lambda x, y, w, h: (1000 * x / w + next(shifts), 1000 * y / h + next(shifts)))
    assert probed(noisy).space.name == "0–1000"


def test_a_server_that_drops_pictures() -> None:
    report = probed(Behaviour(blind=True))
    assert report.sees is False
    assert report.space.name == "unknown"
    assert "without seeing the picture" in found(report, "coordinates")[1]
    assert found(report, "sees")[0] is False


def test_a_server_that_halves_pictures() -> None:
    report = probed(Behaviour(shrink=lambda width, height: (width // 2, height // 2)))
    assert report.space.name == "shrunk pixels"
    assert report.space.scale == pytest.approx(0.5, rel=0.02)
    assert found(report, "resizing") == (False, "the server shrinks pictures (always): small things are lost")


def test_a_server_with_a_bound_on_the_area() -> None:
    """The default of transformers' image processor: 1,003,520 pixels."""
    report = probed(Behaviour(shrink=capped))
    assert report.space.name == "shrunk pixels"
    assert "(large ones only)" in found(report, "resizing")[1]
    assert report.max_pixels == pytest.approx(1_003_520, rel=0.1)
    assert report.max_pixels < 1_003_520


@pytest.mark.parametrize(
    ("area", "ok", "words"), [(400_000, False, "the server shrinks it"), (200_000, None, "cost the same")]
)
def test_shrinking_shows_in_tokens_where_coordinates_are_relative(area: int, ok: bool | None, words: str) -> None:
    report = probed(
        Behaviour(
            numbers=lambda x, y, w, h: (1000 * x / w, 1000 * y / h),
            shrink=lambda width, height: smart_resize(width, height, max_pixels=area),
        )
    )
    assert report.space.name == "0–1000"
    assert found(report, "resizing")[0] is ok
    assert words in found(report, "resizing")[1]


def test_a_server_that_ignores_the_schema() -> None:
    report = probed(Behaviour(schema=""))
    assert report.schema_parameter == "none"
    assert found(report, "schema")[0] is False


def test_a_server_with_another_parameter_for_the_schema() -> None:
    report = probed(Behaviour(schema="guided_json", refused=("response_format", "structured_outputs")))
    assert report.schema_parameter == "guided_json"


def test_a_server_that_answers_in_prose() -> None:
    with serving(Behaviour()) as url:
        model = ServerModel("prose", url, family="generic", retries=0)  # the server has no words for its question
        report = Probe(model, FAMILIES["generic"]).run()
        model.close()
    assert report.space.name == "unknown"
    assert "0 of 7 answers hold a point" in found(report, "coordinates")[1]


def test_a_model_that_thinks_whatever_it_is_told() -> None:
    assert found(probed(Behaviour(thinks="always")), "thinking") == (False, "it thinks even when told not to")
    assert found(probed(Behaviour(thinks="never")), "thinking") == (None, "it does not think when told to")


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(numbers=lambda x, y, w, h: (round(1000 * x / w), round(1000 * y / h))),
        Behaviour(shrink=lambda width, height: (width // 2, height // 2)),
        Behaviour(shrink=capped),
    ],
    ids=["0–1000", "halved", "bounded"],
)
def test_with_its_profile_the_model_points_right(behaviour: Behaviour) -> None:
    """Before: far off. After `--save`: on the spot, on a screen of another size."""
    screen = Image.new("RGB", (1920, 1080), (236, 236, 236))
    screen.paste((220, 20, 20), (1500, 800, 1540, 840))
    with serving(behaviour) as url:
        options = ModelOptions(base_url=url)
        model = open_model(NAME, options)
        wrong = ground(model, screen, "the red square", family=row_of(model, options)).point
        Probe(model, FAMILIES[model.family]).run().profile(url, "now").save()
        point = ground(model, screen, "the red square", family=row_of(model, options)).point
        unused = row_of(model, ModelOptions(base_url=url, profile=False))
        model.close()
    assert wrong is None or max(abs(wrong[0] - 1520), abs(wrong[1] - 820)) > 40
    assert point is not None
    assert max(abs(point[0] - 1520), abs(point[1] - 820)) <= 8
    assert unused == FAMILIES["mimo-vl"]


def test_a_profile_is_kept_by_place_and_name(profiles: Path) -> None:
    here = profile.Profile("m", "http://a/v1", space=(999.0, 999.0), schema_parameter="format")
    path = here.save()
    assert path.parent == profiles
    assert profile.find("m", "http://a/v1/") == here
    assert profile.find("m", "http://b/v1") is None
    assert profile.find("m") is None
    row = here.apply(FAMILIES["qwen3-vl"])
    assert row.view(Image.new("RGB", (640, 640)), Frame(Size(640, 640)))[1].model_size == (999, 999)
    assert profile.Profile("m").apply(FAMILIES["mimo-vl"]) == FAMILIES["mimo-vl"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profile_version": 99}', '{"profile_version": 1, "no": 2}'])
def test_a_broken_profile_is_as_good_as_none(text: str) -> None:
    path = profile.path_of("m")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert profile.find("m") is None


def test_the_report_is_json() -> None:
    assert json.loads(json.dumps(probed(Behaviour()).to_json()))["space"]["name"] == "pixels"
