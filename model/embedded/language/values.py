"""Values on a screen: numbers, prices, dates, sums, and what is most or least of them."""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from model.embedded.language.words import NUMBERS

# word → (key, +1 for the greatest or -1 for the least)
EXTREMES: dict[str, tuple[str, int]] = {
    word: (key, sign)
    for key, sign, words in (
        ("cheapest", -1, "cheapest least-expensive 最便宜 最便宜的 价格最低"),
        ("dearest", 1, "dearest priciest costliest most-expensive 最贵 最贵的 价格最高"),
        ("greatest", 1, "greatest highest most largest-number maximum max 最大 最高 最多"),
        ("least", -1, "lowest least minimum min fewest 最小 最低 最少"),
        ("largest", 1, "largest biggest"),
        ("smallest", -1, "smallest tiniest"),
        ("longest", 1, "longest 最长"),
        ("shortest", -1, "shortest 最短 quickest fastest 最快"),
        ("newest", 1, "newest latest most-recent 最新"),
        ("nearest", -1, "nearest closest 最近"),
        ("oldest", -1, "oldest earliest 最早"),
        ("best", 1, "best best-rated highest-rated top-rated"),
    )
    for word in (w.replace("-", " ") for w in words.split())
}
SIGNS = dict(EXTREMES.values())

_NUMBER = re.compile(r"(?<![\w.])[-−]?\(?(\d{1,3}(?:[,\s]\d{3})+|\d+)(\.\d+)?\)?\s*(万|[kKmM](?![A-Za-z]))?")
_POINTED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.,])")
_CURRENCY = re.compile(r"[$€£¥￥]|元|(?:\b(?:USD|EUR|GBP|CNY|RMB|JPY)\b)", re.I)
_MONTHS = "january february march april may june july august september october november december".split()
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def numbers(text: str) -> list[float]:
    """All numbers in reading order: thousands separators, k, m and 万 understood."""
    found = []
    for hit in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        value = float(re.sub(r"[,\s]", "", hit[1]) + (hit[2] or ""))
        value *= {"万": 1e4, "k": 1e3, "m": 1e6}.get((hit[3] or "").lower(), 1)
        found.append(-value if hit[0][0] in "-−" else value)
    return found


def price(text: str) -> float | None:
    """The price in a text that carries a currency sign; three digits behind a point are thousands."""
    text = _POINTED.sub(lambda hit: hit[0].replace(".", ","), unicodedata.normalize("NFKC", text))
    sign = _CURRENCY.search(text)
    if not sign:
        return None
    after, before = numbers(text[sign.end() :]), numbers(text[: sign.start()])
    close = re.match(r"\s*[\d]", text[sign.end() :])
    if after and close:
        return after[0]
    return before[-1] if before else (after[0] if after else None)


def number_word(text: str) -> float | None:
    """A number that is written as digits or as a word."""
    text = text.strip().lower()
    if text in NUMBERS:
        return float(NUMBERS[text])
    found = numbers(text)
    return found[0] if len(found) == 1 and re.fullmatch(r"[-−$€£¥\d.,\s%]+\w{0,3}", text) else None


def show(value: float) -> str:
    """A number as a person would type it."""
    return str(int(value)) if float(value).is_integer() else f"{value:.6g}"


def arithmetic(text: str) -> float | None:
    """The value of the first sum in a text ("12 - 3 =", "4 × 5", "what is 2 plus 2?"), None if there is none."""
    text = unicodedata.normalize("NFKC", text.lower())
    for word, sign in (("plus", "+"), ("minus", "-"), ("times", "*"), ("multiplied by", "*"), ("divided by", "/")):
        text = re.sub(rf"\b{word}\b", sign, text)
    text = re.sub(r"(?<=\d)\s*x\s*(?=\d)", "*", text)
    text = text.translate(str.maketrans("×÷−–·", "*/--*"))
    found = re.search(r"-?\d+(?:\.\d+)?(?:\s*[-+*/]\s*\(?-?\d+(?:\.\d+)?\)?)+", text)
    if not found:
        return None
    try:
        return _reckon(ast.parse(re.sub(r"\b0+(?=\d)", "", found[0]), mode="eval").body)
    except (SyntaxError, ZeroDivisionError, ValueError):
        return None


def _reckon(node: ast.expr) -> float:
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_reckon(node.left), _reckon(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_reckon(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    raise ValueError("not a sum")


def unknown(text: str) -> float | None:
    """Solve "x + 3 = 10", "4 * x = 12", "7 = x - 2" for its one letter or blank."""
    text = re.sub(r"(?<=[-+*/=(−–])\s*[×χ✕]|^\s*[×χ✕](?=\s*[-+*/=−–])", "x", text)  # a letter taken for a sign
    text = text.translate(str.maketrans("×÷−–?_", "*/--xx"))
    text = re.sub(r"x+", "x", re.sub(r"\s+", "", text.lower()))
    found = re.search(r"([-+*/\dx.]+)=([-+*/\dx.]+)", text)
    if not found or (found[1] + found[2]).count("x") != 1:
        return None
    side, other = (found[1], found[2]) if "x" in found[1] else (found[2], found[1])
    result = number_word(other) if re.fullmatch(r"-?[\d.]+", other) else arithmetic(other)
    if result is None:
        return None
    if hit := re.fullmatch(r"x([-+*/])([\d.]+)", side):
        back = {
            "+": result - float(hit[2]),
            "-": result + float(hit[2]),
            "*": result / (float(hit[2]) or 1),
            "/": result * float(hit[2]),
        }
        return back[hit[1]]
    if hit := re.fullmatch(r"([\d.]+)([-+*/])x", side):
        left = float(hit[1])
        back = {"+": result - left, "-": left - result, "*": result / (left or 1), "/": left / (result or 1)}
        return back[hit[2]]
    return result if side == "x" else None


def find_date(text: str) -> date | None:
    """The date in a text: ISO, 12/31/2016 (month first unless impossible), December 31 2016, 2016年12月31日."""
    text = unicodedata.normalize("NFKC", text.lower())
    if hit := re.search(r"(\d{4})\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})", text):
        return _date(int(hit[1]), int(hit[2]), int(hit[3]))
    if hit := re.search(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b", text):
        month, day = int(hit[1]), int(hit[2])
        return _date(int(hit[3]), *((month, day) if month <= 12 else (day, month)))
    names = "|".join(f"{m}|{m[:3]}" for m in _MONTHS)
    if hit := re.search(rf"\b({names})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", text):
        return _date(int(hit[3]), month_number(hit[1]), int(hit[2]))
    if hit := re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({names})\.?,?\s+(\d{{4}})\b", text):
        return _date(int(hit[3]), month_number(hit[2]), int(hit[1]))
    return None


def month_number(word: str) -> int:
    """1–12 for a month's name or its first three letters, 0 for anything else."""
    word = word.lower().strip(". ")
    return next(
        (n for n, m in enumerate(_MONTHS, 1) if word == m or (len(word) >= 3 and word == m[: len(word)])), 0
    )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def most(key: str, values: Sequence[float | None]) -> int | None:
    """Index of the value that is the most in the sense of `key`; None if no value is known."""
    known = [(v, i) for i, v in enumerate(values) if v is not None]
    if not known:
        return None
    sign = SIGNS[key]
    return max(known, key=lambda pair: (sign * pair[0], -pair[1]))[1]
