"""Cutting a Chinese task into clauses."""

from __future__ import annotations

import re

from model.embedded.language.clauses import Piece
from model.embedded.language.nouns import QUOTED, Quotes

_VERBS = (
    "点击|单击|双击|右击|右键点击|长按|点选|点开|点一下|按下|输入|填写|填入|键入|选择|选中|选取|挑选|勾选"
    "|取消勾选|打开|进入|前往|访问|搜索|查找|搜一下|提交|关闭|删除|移除|收藏|滚动|向下滚动|向上滚动|拖动|拖拽|登录|回复|转发|确认|返回|把"
    "|将|从|在|加入|添加|新建|新增|创建|购买|查看|展开|收起|切换|设置|告诉我|按|保存|上传|下载|启用|禁用|开启"
)
_CUT = (
    rf"[。；;！!？?\n]+|[，,](?=\s*(?:请|然后|接着|再|最后|并)*(?:{_VERBS}))|[，,](?!\s*[\u3400-\u9fff]{{2,5}}[为是：:]?\s*[^\u3400-\u9fff，,]|[^，,]{{0,14}}(?:$|[，,。]))"
    rf"|\s+(?=(?:{_VERBS}))|(?:然后|接着|之后|随后|最后|并且|并|再)(?=(?:{_VERBS}))"
    rf"|(?<=[^，。；在从把将])(?<!点击)(?<!单击)(?<!双击)(?<!按下)(?<!点开)(?=(?:点击|单击|双击|输入|填写|勾选"
    rf"|搜索|提交|然后|打开|将其|把它))"
)
_LEAD = re.compile(
    r"^(?:请|请你|帮我|帮忙|麻烦|首先|先|然后|接着|之后|随后|最后|并且|并|再|我想要?|我要|你需要|[，,])+"
)
_PLACE = re.compile(r"^在(?P<place>[^在]{2,12}?)(?:页面|页|里面|里|中|上)$")


def clauses(quotes: Quotes) -> list[Piece]:
    """The clauses of a task in the order in which they were said."""
    text = re.sub(r"[，,]\s*(?=搭配|配有|配上|配|带有|要)", "", quotes.text)
    text = re.sub(rf"\s*({QUOTED}|[A-Za-z0-9.@_+-]+(?: [A-Za-z0-9.@_+-]+)*)\s*", r"\1", text)
    found: list[Piece] = []
    place = ""
    waiting = ""
    for raw in re.split(_CUT, text):
        piece = waiting + _LEAD.sub("", (raw or "").strip())
        waiting = ""
        if not piece:
            continue
        if (
            re.match(r"^(?:在|往|把|将|从|用)", piece)
            and not re.search(_VERBS, re.sub("搜索(?=框|栏)", "", piece[1:]))
            and not _PLACE.match(piece)
        ):
            waiting = piece  # it waits for its verb
            continue
        if fronted := _PLACE.match(piece):
            place = quotes.value(fronted["place"])
            continue
        if re.match(r"^(?:不要|别|请勿|切勿)", piece):
            found.append(Piece(piece, kind="not"))
            continue
        found.append(Piece(piece, place))
    return [*found, Piece(waiting)] if waiting else found
