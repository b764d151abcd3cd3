"""What the page says by itself: that it worked, that it did not, what is missing; and what is still loading."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.matching.scene import Scene

_ERROR = re.compile(
    r"\b(?:is required|are required|required field|this field|please (?:enter|fill|select|choose|provide|specify|correct)"
    r"|invalid|not valid|must (?:be|have|contain|not)|cannot be|can't be|could not|couldn't|not allowed|already (?:exists?"
    r"|taken|in use)|failed|error|denied|incorrect|wrong|too (?:short|long)|no such|not found|unable to)\b"
    r"|不能为空|必填|无效|错误|失败|已存在|不正确",
    re.I,
)
_SUCCESS = re.compile(
    r"\b(?:success(?:ful(?:ly)?)?|(?:has|have|was|were) (?:been )?(?:created|added|saved|updated|deleted|removed|sent|renamed"
    r"|changed|uploaded|moved|published|archived)|(?:created|added|saved|updated|deleted|removed|sent|renamed|uploaded|moved)"
    r"(?: successfully|[.!]?$)|thank you|all done|solved|congratulations)\b|成功|已保存|已删除|已添加|已创建|已更新",
    re.I,
)
_LOADING = re.compile(
    r"^(?:loading|please wait|fetching|saving|working|processing)\b.{0,20}$|^(?:加载中|请稍候|正在加载)", re.I
)
_REQUIRED = re.compile(
    r"^\W*(?:the )?(?P<f>[\w ]{2,30}?)(?: field)? (?:is|are) required|^please (?:enter|fill in|select|provide) (?:an? |the |your )?(?P<g>[\w ]{2,30})",
    re.I,
)


def errors(scene: Scene) -> list[str]:
    """Lines that complain."""
    return [
        line.text
        for _, line in scene.lines
        if len(line.text) < 160 and _ERROR.search(line.text) and not _SUCCESS.search(line.text)
    ]


def fresh_errors(scene: Scene, known: list[str]) -> list[str]:
    """Lines that complain and did not stand there before."""
    return [text for text in errors(scene) if text not in known]


def success(scene: Scene, known: list[str]) -> str:
    """The line that says that it worked and did not stand there before, "" for none."""
    fitting = [line.text for _, line in scene.lines if len(line.text) < 160 and _SUCCESS.search(line.text)]
    return next((text for text in fitting if text not in known), "")


def told(scene: Scene) -> list[str]:
    """Every message in view, to be known again."""
    return errors(scene) + [
        line.text for _, line in scene.lines if len(line.text) < 160 and _SUCCESS.search(line.text)
    ]


def loading(scene: Scene) -> str:
    """The line that says that the page is not ready, "" for none."""
    short = len(scene.lines) < 12
    return next((line.text for _, line in scene.lines if short and _LOADING.search(line.text.strip())), "")


def missing_field(text: str) -> str:
    """The field that a complaint names as missing, "" for none."""
    hit = _REQUIRED.search(text)
    return ((hit["f"] or hit["g"]) if hit else "").strip()
