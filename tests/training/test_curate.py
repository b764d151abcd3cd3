"""Curation: what goes and why, what must not be trained on, harder copies, captions that lead back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from agent.data.curation import curate_data
from model.families import FAMILIES
from model.scripted import ScriptedModel
from model.training.data.augment import KINDS, augmented
from model.training.data.base import DataError
from model.training.data.check import check
from model.training.data.curate import Contaminated, Dropped, Rules, curate, density
from model.training.data.dataset import FolderData
from model.training.data.near import Near, groups
from model.training.data.pictures import distance
from model.training.data.records import Element, Episode, GroundingItem, ParsedScreen, TextItem
from model.training.data.split import deal
from tests.training.makers import ORIGIN, episode, folder, item, screen

TEST = ORIGIN.model_copy(update={"split": "test"})


def dropped(data: FolderData, *tests: FolderData, drop: bool = False, **rules: Any) -> dict[str, str]:
    found = curate(data, Rules(**rules), tests, drop=drop)
    return {one.id: one.rule for one in found if isinstance(one, Dropped)}


def pressed(image: Image.Image) -> Image.Image:
    """Nearly the same: blurred a little and scaled there and back."""
    small = image.filter(ImageFilter.GaussianBlur(0.6)).resize((480, 300))
    return small.resize(image.size)


def test_near_duplicates_show_and_say_the_same(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    first, again, other = (data.add_picture(one) for one in (screen(1), pressed(screen(1)), screen(2)))
    assert first.sha256 != again.sha256
    ticked = (Element(kind="checkbox", box=(10, 10, 30, 30), states=("checked",)),)
    data.append(
        item(first, "a"),
        item(again, "same", instruction="The  RED button"),
        item(again, "another question", instruction="the blue button"),
        item(other, "another picture"),
        ParsedScreen(id="screen", origin=ORIGIN, picture=first,
                     elements=(Element(kind="checkbox", box=(10, 10, 30, 30)),)),
        ParsedScreen(id="another state", origin=ORIGIN, picture=again, elements=ticked),
        ParsedScreen(id="same state", origin=ORIGIN, picture=first, elements=ticked),
        episode(data, steps=3),
        episode(data, steps=3, name="same episode"),
        episode(data, steps=4, name="longer episode"),
        TextItem(id="t", origin=ORIGIN, prompt="Press OK", completion="click OK"),
        TextItem(id="same text", origin=ORIGIN, prompt="press  ok", completion="click OK"),
    )  # fmt: skip
    wanted = dict.fromkeys(("same", "same state", "same episode", "same text"), "near-duplicate")
    assert dropped(data) == wanted
    assert dropped(data, near=-1) == {}


def test_a_test_picture_in_the_training_set_is_refused_unless_told(tmp_path: Path) -> None:
    data, test = folder(tmp_path / "train"), folder(tmp_path / "test")
    data.append(
        item(data.add_picture(screen(1)), "exact"),
        item(data.add_picture(pressed(screen(2))), "nearly", instruction="something else"),
        item(data.add_picture(screen(3)), "clean"),
        item(data.add_picture(screen(4)), "own test", origin=TEST),
        item(data.add_picture(pressed(screen(4))), "of the own test"),
        episode(data, steps=3),  # its screens are 0, 1, 2
    )
    test.append(item(test.add_picture(screen(1)), "t1"), item(test.add_picture(screen(2)), "t2"))
    with pytest.raises(Contaminated, match=r"4 training records show test pictures; --drop-contaminated"):
        dropped(data, test)
    found = dropped(data, test, drop=True)
    assert found == dict.fromkeys(("exact", "nearly", "of the own test", "episode"), "contamination")
    assert dropped(data, test, near_test=-1, near=-1) == {}


def test_pages_with_little_on_them_are_not_taken_for_one_another(tmp_path: Path) -> None:
    """Hashes of nearly empty pages say little; the thumbnails keep them apart."""
    data, test = folder(tmp_path / "train"), folder(tmp_path / "test")

    def page(x: int) -> Image.Image:
        image = Image.new("RGB", (640, 400), "white")
        ImageDraw.Draw(image).rectangle((x, 100, x + 220, 300), fill=(60, 60, 60))
        return image

    data.append(item(data.add_picture(page(20)), "left", boxes=((15, 90, 60, 140),)))
    test.append(item(test.add_picture(page(300)), "right", boxes=((290, 90, 340, 140),)))
    assert dropped(data, test, near_test=31) == {}
    test.append(item(test.add_picture(pressed(page(20))), "same", boxes=((15, 90, 60, 140),)))
    with pytest.raises(Contaminated):
        dropped(data, test, near_test=31)


def test_quality(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    drawn = screen(1)
    ImageDraw.Draw(drawn).rectangle((0, 290, 40, 320), fill="white")
    picture, blank = data.add_picture(drawn), data.add_picture(Image.new("RGB", (640, 400), "white"))
    bad = episode(data, steps=2, name="nothing learned")
    bad = bad.model_copy(update={"steps": tuple(one.model_copy(update={"learn": False}) for one in bad.steps)})
    data.append(
        item(picture, "good"),
        item(picture, "tiny", boxes=((100, 40, 102, 70),)),
        item(picture, "huge", boxes=((0, 0, 640, 399),)),
        item(picture, "wordless", instruction="… ?"),
        item(picture, "endless", instruction="x" * 601),
        item(blank, "blank page"),
        item(picture, "nothing there", boxes=((1, 300, 5, 305),)),
        ParsedScreen(id="no elements", origin=ORIGIN, picture=picture),
        bad,
    )
    assert dropped(data, min_contrast=0.5) == {
        "tiny": "small target",
        "huge": "large target",
        "wordless": "instruction",
        "endless": "instruction",
        "blank page": "knowledge density",
        "nothing there": "empty target",
        "no elements": "elements",
        "nothing learned": "nothing to learn",
    }


def test_density_grows_with_what_there_is_to_know() -> None:
    form = Image.new("RGB", (1280, 800), "white")
    pen = ImageDraw.Draw(form)
    pen.rectangle((500, 340, 780, 380), outline="grey")
    assert density(Image.new("RGB", (1280, 800), "white")) < density(form) < density(screen(1, (1280, 800)))


@pytest.mark.parametrize(
    ("rules", "told"),
    [({"near": 32}, "near: 32"), ({"near_test": -2}, "near_test: -2"), ({"max_share": 2}, "max_share: 2"),
     ({"min_density": -1}, "min_density: -1")],
)  # fmt: skip
def test_rules_that_cannot_be(rules: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        Rules(**rules)


@pytest.mark.parametrize("kind", KINDS)
def test_harder_copies_leave_the_answer_right(kind: str, tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    made = []
    for number in range(6):
        one = item(data.add_picture(screen(number)), f"i{number}", boxes=((200, 120, 420, 280),))
        data.append(one)
        made += list(augmented(one, data, (kind,), share=1.0, seed=3))
    assert [one.id for one in made] == [f"i{number}~{kind}" for number in range(6)]
    for number, one in enumerate(made):
        assert isinstance(one, GroundingItem)
        before, after = (np.asarray(picture) for picture in (screen(number), data.open_picture(one.picture)))
        assert (before != after).any()
        if kind != "blur":
            assert (before[120:280, 200:420] == after[120:280, 200:420]).all(), "what is asked for stays visible"
    data.append(*made)
    assert list(check(data)) == []


def test_what_a_harder_copy_would_spoil_gets_none(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen(1))
    parsed = ParsedScreen(id="s", origin=ORIGIN, picture=picture,
                          elements=(Element(kind="button", box=(1, 2, 30, 40)),))  # fmt: skip
    kinds = tuple(KINDS)
    assert [one.id for one in augmented(parsed, data, kinds, share=1.0)] == ["s~blur"]
    assert list(augmented(episode(data), data, kinds, share=1.0)) == []
    assert list(augmented(item(picture, origin=TEST), data, kinds, share=1.0)) == []
    with pytest.raises(DataError, match="'fog'; accepted: blur, occlusion, handwriting"):
        list(augmented(parsed, data, ("fog",)))


def everything(path: Path) -> dict[str, str]:
    return {
        one.relative_to(path).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(path.rglob("*"))
        if one.is_file()
    }


def test_a_curated_copy_says_what_became_of_each_record_and_is_the_same_again(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    for number in range(12):
        data.append(item(data.add_picture(screen(number % 8)), f"i{number}"))
    made, rules = [], Rules(min_contrast=0)
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        target = folder(tmp_path / name)
        made.append(
            curate_data(data, target, rules, tests=[], augment=("blur", "occlusion"), share=0.5, seed=seed)
        )
    assert made[0] == made[1]
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    assert everything(tmp_path / "a") != everything(tmp_path / "c")
    report = json.loads((tmp_path / "a" / "curation.json").read_text())
    assert report == made[0]
    assert (report["records"], report["kept"], report["dropped"]) == (12, 8, {"near-duplicate": 4})
    gone = [json.loads(line) for line in (tmp_path / "a" / "dropped.jsonl").read_text().splitlines()]
    assert [one["id"] for one in gone] == ["i8", "i9", "i10", "i11"]
    assert "shows and says the same as i0" in gone[0]["reason"]
    curated = FolderData(tmp_path / "a")
    assert list(check(curated)) == []
    assert len(list(curated)) == 8 + sum(report["added"].values())


def test_captions_are_kept_where_they_lead_back(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen(1))
    data.append(*(item(picture, f"i{number}", instruction=f"number {number}") for number in range(4)))
    # In MiMo-VL's words: what it is called, then where that is.
    said = [
        '"The crimson Save button."', '[{"bbox_2d": [101, 40, 170, 66], "label": "x"}]',
        "The big button", '[{"bbox_2d": [500, 300, 520, 320], "label": "x"}]',
        "The button in the magenta frame",
        "x " * 150,
    ]  # fmt: skip
    model, target = ScriptedModel(said, family="mimo-vl"), folder(tmp_path / "out")
    report = curate_data(data, target, Rules(), tests=[], share=1.0, captioner=(model, FAMILIES["mimo-vl"]))
    assert report["added"] == {"caption": 1}
    assert report["dropped"] == {"caption": 3}
    captions = [one for one in target if isinstance(one, GroundingItem) and one.asked_by == "caption"]
    assert [(one.id, one.instruction) for one in captions] == [("i0~caption", "The crimson Save button")]
    reasons = [json.loads(line)["reason"] for line in (target.folder / "dropped.jsonl").read_text().splitlines()]
    assert "does not lead back" in reasons[0]
    assert "names the frame" in reasons[1]
    assert "characters" in reasons[2]
    with pytest.raises(DataError, match="only grounds"):
        curate_data(data, folder(tmp_path / "no"), Rules(), tests=[], captioner=(model, FAMILIES["gta1"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=12), st.integers(0, 12), st.integers(0, 2**64 - 1))
def test_near_finds_exactly_what_comparing_all_finds(values: list[int], bits: int, asked: int) -> None:
    near = Near(bits)
    # Neighbours of the one asked for, so that there is something to find.
    values += [asked, asked ^ 1, asked ^ (2**bits - 1), asked ^ (2 ** (bits + 1) - 1)]
    hashes = {f"{value:016x}" for value in values}
    for one in hashes:
        near.add(one)
    question = f"{asked:016x}"
    assert set(near.find(question)) == {one for one in hashes if distance(one, question) <= bits}


def test_groups_hang_together_through_their_members() -> None:
    a, b, c, d = "0" * 16, "0" * 15 + "3", "0" * 15 + "f", "f" * 16
    leaders = groups([(a,), (c,), (b,), (d,)], 2)
    assert leaders[a] == leaders[b] == leaders[c] != leaders[d]
    assert len(set(groups([(a, d), (c,), (b,)], 2).values())) == 1


def test_a_split_tears_nothing_apart_and_does_not_depend_on_the_rest(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    for number in range(30):
        data.append(item(data.add_picture(screen(number)), f"a{number}"),
                    item(data.add_picture(pressed(screen(number))), f"b{number}"))  # fmt: skip
    dealt = {one.id: one.origin.split for one in deal(data, by="picture", shares={"validation": 0.2, "test": 0.2})}
    assert all(dealt[f"a{number}"] == dealt[f"b{number}"] for number in range(30))
    assert set(dealt.values()) == {"train", "validation", "test"}
    fewer = folder(tmp_path / "fewer")
    fewer.append(*(item(fewer.add_picture(screen(number)), f"a{number}") for number in range(0, 30, 3)))
    again = {
        one.id: one.origin.split for one in deal(fewer, by="picture", shares={"validation": 0.2, "test": 0.2})
    }
    assert sum(again[name] == dealt[name] for name in again) >= 8
    assert {one.origin.split for one in deal(data, by="source", shares={"test": 1.0})} == {"test"}
    whole = folder(tmp_path / "whole")
    whole.append(episode(whole, steps=3))
    assert isinstance(next(iter(deal(whole, by="look", shares={}))), Episode)
