"""Names of fields that may stand for each other."""

# ruff: noqa: E501 (a table of words)

from __future__ import annotations

from model.embedded.language.words import fold

SAME: tuple[tuple[str, ...], ...] = (
    ("name", "title", "subject", "headline", "summary", "label", "full name", "名称", "标题", "姓名", "名字"),
    ("phone", "phone number", "telephone", "mobile", "tel", "mobile number", "电话", "手机", "手机号"),
    ("email", "e-mail", "email address", "mail", "e-mail address", "邮箱", "邮件"),
    ("description", "details", "notes", "note", "comment", "content", "body", "text", "message", "描述", "备注", "内容"),
    ("amount", "price", "cost", "fee", "unit price", "value", "total", "金额", "价格"),
    ("quantity", "qty", "stock", "amount", "number", "count", "in stock", "数量", "库存"),
    ("date", "day", "due date", "due", "deadline", "when", "日期"), ("time", "start time", "hour", "时间"),
    ("assignee", "owner", "assigned to", "assign to", "responsible"), ("colour", "color"),
    ("category", "type", "kind", "group", "分类", "类别", "类型"), ("tags", "tag", "labels", "标签"),
    ("username", "user name", "user", "login", "email", "account", "用户名", "账号"), ("password", "passcode", "密码"),
    ("place", "location", "city", "town", "country", "venue", "room", "address", "地点"), ("start", "start date", "starts on", "begins on", "from", "begin", "starting"),
    ("end", "end date", "ends on", "until", "to"), ("status", "state", "stage", "状态"), ("folder", "directory", "location", "文件夹"), ("year", "published", "release year"),
    ("rating", "stars", "score"), ("zip", "zip code", "postal code", "postcode"), ("company", "organisation", "organization"),
)  # fmt: skip
"""Names of fields that may stand for each other, where the one that was said is not there."""


def synonyms(name: str) -> list[str]:
    """Names of fields that may stand for one, its own first."""
    names = [name]
    for group in SAME:
        if fold(name) in group:
            names += [n for n in group if n not in names]
    return names
