"""Small data sets of our own in the published layouts, drawn when a test needs them."""

from __future__ import annotations

import csv
import gzip
import json
import struct
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

SIZE = (400, 240)
BUTTONS = {"Save": (30, 30, 130, 70), "Open file": (200, 30, 340, 70), "Delete": (30, 150, 150, 200)}
"""What stands on every picture: text → left, top, right, bottom in pixels."""


def draw(path: Path, letters: bool = False) -> Path:
    """A window with three buttons, with or without a letter at each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", SIZE, (245, 245, 245))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.load_default(18)
    for number, (text, box) in enumerate(BUTTONS.items()):
        pen.rounded_rectangle(box, 6, fill=(30, 90, 200))
        pen.text((box[0] + 14, box[1] + 9), text, fill="white", font=font)
        if letters:
            pen.text((box[0] - 18, box[1]), "ABC"[number], fill="red", font=font)
    picture.save(path)
    return path


def write(path: Path, data: Any) -> Path:
    """A JSON file, or JSON Lines by its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.suffix == ".jsonl"
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in data) if lines else json.dumps(data)
    path.write_text(text, encoding="utf-8")
    return path


def sized(box: tuple[int, int, int, int]) -> list[int]:
    """Left, top, width, height."""
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def screenspot(folder: Path, version: str = "") -> Path:
    """ScreenSpot: three platforms, each with a text and two icons."""
    draw(folder / "screenspot_imgs" / "window.png")
    for platform, source in (("mobile", "android"), ("desktop", "windows"), ("web", "shop")):
        items = [
            {
                "img_filename": "window.png",
                "bbox": sized(box),
                "instruction": text.lower(),
                "data_type": "text" if text == "Save" else "icon",
                "data_source": source,
            }
            for text, box in BUTTONS.items()
        ]
        write(folder / f"screenspot_{platform}{version}.json", items)
    return folder


def screenspot_pro(folder: Path) -> Path:
    """ScreenSpot-Pro: two applications."""
    draw(folder / "images" / "cad" / "window.png")
    for name, group in (("autocad_windows", "CAD"), ("word_macos", "Office")):
        items = [
            {
                "img_filename": "cad/window.png",
                "bbox": list(box),
                "instruction": text,
                "instruction_cn": f"点击{text}",
                "id": f"{name}_{number}",
                "application": name.split("_")[0],
                "platform": name.split("_")[1],
                "img_size": list(SIZE),
                "ui_type": "icon" if number else "text",
                "group": group,
            }
            for number, (text, box) in enumerate(BUTTONS.items())
        ]
        write(folder / "annotations" / f"{name}.json", items)
    return folder


def osworld_g(folder: Path) -> Path:
    """OSWorld-G: a box, a polygon with a hollow, a refusal; plain and refined."""
    draw(folder / "images" / "window.png")
    shapes = (
        ("a1", "bbox", sized(BUTTONS["Save"])),
        ("a2", "polygon", [200, 30, 340, 30, 340, 70, 270, 40, 200, 70]),
        ("a3", "refusal", [-1, -1, -1, -1]),
    )
    items = [
        {
            "id": name,
            "image_path": "window.png",
            "image_size": list(SIZE),
            "instruction": f"press {name}",
            "box_type": kind,
            "box_coordinates": numbers,
            "GUI_types": ["Button"],
        }
        for name, kind, numbers in shapes
    ]
    write(folder / "OSWorld-G.json", items)
    write(folder / "OSWorld-G_refined.json", [{**item, "instruction": "refined"} for item in items])
    classes = {"classified": {"text_matching": [{"id": "a1"}], "refusal": [{"id": "a3"}]}}
    write(folder / "classification_result.json", classes)
    return folder


def visualwebbench(folder: Path) -> Path:
    """VisualWebBench: an item of each subset."""
    draw(folder / "page.png", letters=True)
    shares = [[box[0] / 400, box[1] / 240, box[2] / 400, box[3] / 240] for box in BUTTONS.values()]
    more: dict[str, dict[str, Any]] = {
        "web_caption": {"answer": "A window with three blue buttons."},
        "heading_ocr": {"answer": "Save"},
        "webqa": {"question": "How many buttons are there?", "answer": ["three", "3"]},
        "element_ocr": {"bbox": shares[1], "answer": "Open file"},
        "element_ground": {"elem_desc": "the button that deletes", "options": shares, "answer": 2},
        "action_prediction": {"bbox": shares[0], "options": ["A. saved", "B. deleted"], "answer": 0},
        "action_ground": {"instruction": "open a file", "options": shares, "answer": 1},
    }
    for subset, fields in more.items():
        item = {"id": f"{subset}_0", "task_type": subset, "website": "shop", "image": "page.png", **fields}
        write(folder / f"{subset}.jsonl", [item])
    return folder


PAGE = """<html tid="0"><head tid="1"><title tid="2">Cameras</title></head>
<body tid="3"><div tid="4"><h1 tid="5">Web camera</h1><br tid="6"><p tid="7">Costs
<b tid="8">40 dollars</b></p></div><script tid="9">var x = "40 dollars";</script></body></html>"""


def websrc(folder: Path) -> Path:
    """WebSRC: a span and a yes/no question about one page."""
    site = folder / "camera" / "01"
    draw(site / "processed_data" / "0100001.png")
    (site / "processed_data" / "0100001.html").write_text(PAGE, encoding="utf-8")
    with (site / "dataset.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "answer", "element_id", "answer_start", "id"])
        writer.writerow(["What does it cost?", "40 dollars", "8", "0", "ca010000100000"])
        writer.writerow(["Is it a camera?", "yes", "-1", "1", "ca010000100001"])
    write(folder / "dataset_split.json", {"dev": ["ca01"], "test": []})
    return folder


def cagui(folder: Path) -> Path:
    """CAGUI: one episode that taps, types, swipes, goes back, presses long, waits and ends."""
    home = folder / "domestic" / "e1"
    save, opened = BUTTONS["Save"], BUTTONS["Open file"]
    boxes = [[b[1] / 240, b[0] / 400, (b[3] - b[1]) / 240, (b[2] - b[0]) / 400] for b in (save, opened)]
    touch = [50 / 240, 80 / 400]
    steps: list[dict[str, Any]] = [
        {"result_action_type": 4, "result_touch_yx": str(touch), "result_lift_yx": str(touch)},
        {"result_action_type": 3, "result_action_text": "刘大饼"},
        {"result_action_type": 4, "result_touch_yx": "[0.8, 0.5]", "result_lift_yx": "[0.2, 0.5]"},
        {"result_action_type": 5},
        {"result_action_type": 0, "result_touch_yx": str(touch), "result_lift_yx": str(touch), "duration": 1000},
        {"result_action_type": 1},
        {"result_action_type": 10},
    ]
    records = []
    for number, step in enumerate(steps):
        draw(home / f"e1_{number}.png")
        records.append(
            {
                "episode_id": "e1",
                "step_id": number,
                "instruction": "搜索刘大饼",
                "image_path": f"domestic/e1/e1_{number}.png",
                "image_width": SIZE[0],
                "image_height": SIZE[1],
                "ui_positions": json.dumps(boxes),
                **step,
            }
        )
    write(home / "e1.json", records)
    return folder


def android_control(folder: Path) -> Path:
    """AndroidControl, converted: one episode of four steps."""
    names = [draw(folder / "images" / f"{number}.png").name for number in range(5)]
    episode = {
        "episode_id": 7,
        "goal": "save it",
        "step_instructions": ["open the app", "tap Save", "scroll on", "go home"],
        "actions": [
            {"action_type": "open_app", "app_name": "Notes"},
            {"action_type": "click", "x": 80, "y": 50},
            {"action_type": "scroll", "direction": "down"},
            {"action_type": "navigate_home"},
        ],
        "screenshots": names,
        "boxes": [[], [list(box) for box in BUTTONS.values()], [], []],
    }
    write(folder / "episodes.jsonl", [episode])
    return folder


def screenagent(folder: Path) -> Path:
    """ScreenAgent: a plan, two turns with hands, a judgement."""
    turns: list[list[dict[str, Any]]] = [
        [{"action_type": "PlanAction", "element": "save"}],
        [
            {
                "action_type": "MouseAction",
                "mouse_action_type": "click",
                "mouse_button": "left",
                "mouse_position": {"width": 80, "height": 50},
            }
        ],
        [{"action_type": "KeyboardAction", "keyboard_action_type": "press", "keyboard_key": "Ctrl+S"}],
        [{"action_type": "EvaluateSubTaskAction", "situation": "sub_task_success"}],
    ]
    for number, actions in enumerate(turns):
        name = f"2024-01-01_00-00-0{number}"
        draw(folder / "s1" / "images" / f"{name}.jpg")
        turn = {
            "task_prompt_en": "Save the file",
            "task_prompt_zh": "保存文件",
            "send_prompt_en": 'The current subtask is "press Save". You can use the mouse.',
            "send_prompt_zh": "现在的子任务是“点击保存”。",
            "saved_image_name": f"{name}.jpg",
            "session_id": "s1",
            "actions": actions,
        }
        write(folder / "s1" / f"{name}_translate.json", turn)
    return folder


def own(folder: Path) -> Path:
    """A folder of one's own, with one item of each kind."""
    draw(folder / "window.png")
    items: list[dict[str, Any]] = [
        {"id": "box", "instruction": "Save", "box": list(BUTTONS["Save"]), "groups": {"application": "Notes"}},
        {"id": "polygon", "instruction": "Delete", "polygon": [30, 150, 150, 150, 150, 200]},
        {"id": "nothing", "instruction": "Print", "refusal": True},
        {"id": "question", "instruction": "What does the first button say?", "answer": ["Save", "“Save”"]},
    ]
    write(folder / "items.jsonl", [{"picture": "window.png", **item} for item in items])
    return folder


LAYOUTS = {
    "screenspot": screenspot,
    "screenspot-v2": lambda folder: screenspot(folder, "_v2"),
    "screenspot-pro": screenspot_pro,
    "osworld-g": osworld_g,
    "visualwebbench": visualwebbench,
    "websrc": websrc,
    "stepwise": cagui,
    "android-control": android_control,
    "screenagent": screenagent,
    "folder": own,
}
COUNTS = {
    "screenspot": 9,
    "screenspot-v2": 9,
    "screenspot-pro": 6,
    "osworld-g": 3,
    "visualwebbench": 7,
    "websrc": 2,
    "stepwise": 7,
    "android-control": 4,
    "screenagent": 2,
    "folder": 4,
}
"""Items in each sample."""


def message(*fields: tuple[int, Any]) -> bytes:
    """A protocol buffer of numbered fields: integers, or bytes."""
    parts = b""
    for number, value in fields:
        if isinstance(value, int):
            parts += varint(number << 3) + varint(value % (1 << 64))
        else:
            parts += varint(number << 3 | 2) + varint(len(value)) + value
    return parts


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    parts = b""
    while value > 127:
        parts += bytes([value & 127 | 128])
        value >>= 7
    return parts + bytes([value])


def android_control_tfrecord(folder: Path) -> Path:
    """The episode of `android_control` as AndroidControl's own files have it."""
    android_control(folder / "json")
    (line,) = (folder / "json" / "episodes.jsonl").read_text("utf-8").splitlines()
    episode = json.loads(line)

    def texts(values: list[bytes]) -> bytes:
        return message((1, message(*((1, value) for value in values))))

    def tree(boxes: list[list[int]]) -> bytes:
        nodes = [(1, message((2, message(*enumerate(box, 1))), (14, 1), (23, 1))) for box in boxes]
        hidden = (1, message((2, message((3, 9), (4, 9))), (14, 1)))
        root = (1, message((2, message((3, SIZE[0]), (4, SIZE[1]))), (23, 1), (25, b"\x01\x02")))
        return message((1, message((4, -1), (11, message(root, hidden, *nodes)))))

    features = {
        "episode_id": message((3, message((1, varint(episode["episode_id"]))))),
        "goal": texts([episode["goal"].encode()]),
        "actions": texts([json.dumps(action).encode() for action in episode["actions"]]),
        "step_instructions": texts([text.encode() for text in episode["step_instructions"]]),
        "screenshots": texts(
            [(folder / "json" / "images" / name).read_bytes() for name in episode["screenshots"]]
        ),
        "accessibility_trees": texts([tree(boxes) for boxes in episode["boxes"]]),
    }
    entries = [(1, message((1, name.encode()), (2, feature))) for name, feature in features.items()]
    content = message((1, message(*entries)))
    record = struct.pack("<Q", len(content)) + bytes(4) + content + bytes(4)
    (folder / "set").mkdir()
    with gzip.open(folder / "set" / "android_control-00000-of-00001", "wb") as file:
        file.write(record)
    write(folder / "set" / "splits.json", {"train": [1], "test": [episode["episode_id"]]})
    return folder / "set"
