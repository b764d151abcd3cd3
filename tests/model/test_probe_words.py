"""`agent doctor` on models that take no questions, and on servers that take no pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.base import ModelUnavailable
from model.embedded.model import EmbeddedModel
from model.families import FAMILIES
from model.probe import Probe
from model.probe_report import find_words
from model.scripted import ScriptedModel
from model.servers.openai import ServerModel
from tests.model.seeing_server import Behaviour, serving


def test_the_embedded_model_finds_the_buttons() -> None:
    model = EmbeddedModel()
    said: list[str] = []
    report = find_words(model, FAMILIES["canonical"], said.append)
    model.close()
    assert report.sees
    assert report.space.name == "pixels"
    assert report.findings[0].words.startswith("it finds 4 of 4 buttons")
    assert said


def test_a_model_that_points_elsewhere_is_found_out(tmp_path: Path) -> None:
    script = tmp_path / "answers"
    script.write_text('{"action": "click", "start_point": [180, 120]}\n' * 4, "utf-8")
    report = find_words(ScriptedModel.from_file(script), FAMILIES["canonical"], lambda line: None)
    assert not report.sees
    assert report.space.name == "unknown"
    assert report.findings[0].words.endswith("not Cancel, Settings, Log out")


def test_a_server_that_refuses_pictures_is_told_from_one_that_is_down() -> None:
    with serving(Behaviour(text_only=True)) as url:
        model = ServerModel("some-model", url, family="mimo-vl", retries=0)
        report = Probe(model, FAMILIES["mimo-vl"]).run()
        model.close()
    assert report.sees is False
    assert [finding.name for finding in report.findings] == ["sees"]
    assert "refuses pictures" in report.findings[0].words
    assert "image input is not supported" in report.findings[0].words
    model = ServerModel("some-model", url, family="mimo-vl", retries=0)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        Probe(model, FAMILIES["mimo-vl"]).run()
    model.close()
