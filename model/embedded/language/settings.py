"""Fields and their values in a sentence: "with phone 555 0199, city Kiel and a rating of 5" → settings.

The field is what can be a name of a field, the value what cannot: a quoted text, a name, a number, an address. Where
a part names no field it belongs to the value before it ("tags winter, city").
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.goals import Setting, Target
from model.embedded.language.nouns import QUOTED, Quotes
from model.embedded.language.values import find_date

_FIELDS = (
    "name title description phone number telephone mobile email e-mail mail address street city town country state zip "
    "code postcode price cost amount quantity qty stock date day start end due deadline time duration priority status "
    "category type tag tags group label labels owner assignee author year month role password username user login "
    "comment note notes url link color colour size unit units language currency company organisation organization "
    "department position job subject body message text content nickname website rating score genre artist publisher "
    "isbn sku vat weight height width length age birthday gender theme location room place project team folder list "
    "vendor supplier customer client payee account reference frequency interval reason summary severity version "
    "environment branch slug key value host port limit budget total tax discount percentage format visibility access "
    "permission first last middle full short long display zone manager parent icon image rate level stage plan topic"
).split()
_PHRASE = (
    "first name|last name|full name|user name|display name|phone number|mobile number|email address|e-mail address|"
    "zip code|postal code|due date|start date|end date|start time|end time|birth date|date of birth|job title|"
    "time zone|vat number|house number|order number|serial number|credit limit|unit price|item name|short description"
).split("|")
FIELD = "|".join(sorted((re.escape(f) for f in (*_PHRASE, *_FIELDS)), key=len, reverse=True))
"""Nouns that name fields, the longest first."""
_WEAK = frozenset(
    "login user text content image icon display short long first last middle full order level plan list room place host"
    " port key value code link message summary account project team folder vendor time start end day width item".split()
)
"""Names of fields that are common words too: only before what is plainly a value."""
_FIELD_RUN = rf"(?:[A-Z]{{2,4}}\s+|[a-z]+\s+)?(?:{FIELD})(?:\s+(?-i:{FIELD}))?"
_IS = r"\s*(?:\s(?:is|as|to|of|be|being|should be|set to|equal to|equals|called|named|with)\s|(?<!\d)[:=]|\s(?:is|=)\s*)\s*"
_JOIN = r"^(?:and|with|having|whose|using|plus|setting|set|give it|has|its|their|his|her|the|an?|,)\s+"
_TIME = r"\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\.?)|\d{1,2}:\d{2}"
_DAY = r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2} [A-Z][a-z]+ \d{4}"
DAY = re.compile(_DAY)
_BY_PREPOSITION: tuple[tuple[str, str], ...] = (
    (rf"^(?:is )?due(?: date)?(?: on| by| at| is|:)?\s+(?P<v>{_DAY}|{QUOTED}|tomorrow|today|\S+day)$", "due date"),
    (rf"^(?:on|for|dated?)\s+(?P<v>{_DAY})$", "date"),
    (rf"^at\s+(?P<v>{_TIME})$", "time"),
    (r"^(?:of|for|costing|priced at|at)\s+(?P<v>[$€£¥]?\d[\d.,]*(?:\s?(?:euros?|dollars|EUR|USD))?)$", "amount"),
    (rf"^(?:assigned to|for)\s+(?P<v>{QUOTED}|[A-Z]\S*(?: [A-Z]\S*)*)$", "assignee"),
)


def settings(text: str, quotes: Quotes) -> tuple[list[Setting], str]:
    """The settings of a phrase, and what is left that names none."""
    found: list[Setting] = []
    left: list[str] = []
    joiner = re.compile(r"(\s*[,;]\s*(?:and\s+)?|\s+and\s+(?:also\s+)?|\s+with\s+(?=(?:the|an?)\s))")
    text = re.sub(rf"(?<=\S)\s+(?=(?:to|in|into|under) the (?:{FIELD})\s+\S)", ", ", text)
    parts = joiner.split(text.strip(" ,;:."))
    for at in range(0, len(parts), 2):
        part, before = parts[at].strip(), parts[at - 1] if at else ""
        if not part:
            continue
        more = _one(part, quotes)
        if more:
            found += more
        elif found and before:
            last = found[-1]
            glue = ", " if "," in before else before
            found[-1] = Setting(last.field, f"{last.value}{glue}{quotes.value(part)}")
        else:
            left.append(part)
    return found, " ".join(left)


def _one(part: str, quotes: Quotes) -> list[Setting]:
    """The settings of one part: mostly one; "the date 2027-01-15 at 10:30" has two."""
    bare = part
    while (shorter := re.sub(_JOIN, "", bare, flags=re.I)) != bare:
        bare = shorter
    if both := re.match(rf"^(?P<a>.+?)\s+(?P<b>(?:at|on|for|by)\s+(?:{_TIME}|{_DAY}))$", bare):
        first, second = _one(both["a"], quotes), _one(both["b"], quotes)
        if first and second:
            return [*first, *second]
    if hit := re.match(r"^(?P<v>\d[\d.,]*)\s+(?P<f>[a-z]{3,}(?: [a-z]+)?)$", bare):
        return [_setting(hit["f"], hit["v"], quotes)]
    for pattern, name in _BY_PREPOSITION:
        if hit := re.match(pattern, bare, re.I if name == "due date" else 0):
            return [_setting(name, hit["v"], quotes)]
    if hit := re.match(
        rf"^(?P<v>.+?)\s+(?:as|for)\s+(?:the|its|their|an?)\s+(?P<f>{_FIELD_RUN}|[a-z]+(?: [a-z]+)?)$", bare
    ):
        return [_setting(hit["f"], hit["v"], quotes)]
    if hit := re.match(rf"^(?:in|to|into|on|under)\s+(?:the\s+)?(?P<f>{FIELD})\s+(?P<v>\S.*)$", bare, re.I):
        return [_setting(hit["f"], hit["v"], quotes)]
    if (hit := re.match(rf"^(?P<f>[A-Za-z][\w'’ -]{{0,30}}?){_IS}(?P<v>\S.*)$", bare)) and (
        re.fullmatch(_FIELD_RUN, hit["f"], re.I)
        or hit["f"][:1].isupper()
        or ":" in bare
        or "=" in bare
        or re.match(rf"{QUOTED}$", hit["v"])
    ):
        return [_setting(hit["f"], hit["v"], quotes)]
    if hit := re.match(rf"^(?P<f>{_FIELD_RUN})\s+(?P<v>\S.*)$", bare, re.I):
        value = hit["v"]
        if hit["f"].lower() in _WEAK and not re.match(rf"{QUOTED}|[A-Z]|[$€£¥]?\d|\S+@", value):
            return []
        return [_setting(hit["f"], value, quotes)]
    if (
        hit := re.match(
            rf"^(?P<f>[a-z][a-z-]*(?: [a-z-]+){{0,2}})\s+(?P<v>(?:{QUOTED}|[A-Z]|[$€£¥]?\d|\S+@).*)$", bare
        )
    ) and hit["f"].split()[0] not in ("in", "on", "at", "to", "for", "from", "of", "by", "into", "under"):
        return [_setting(hit["f"], hit["v"], quotes)]
    return []


def _setting(name: str, value: str, quotes: Quotes) -> Setting:
    name = re.sub(r"^(?:the|its|an?|their)\s+", "", name.strip(), flags=re.I)
    return Setting(Target(text=quotes.value(name)), quotes.value(value.strip(" .,;")))


def tail(text: str) -> tuple[str, str]:
    """A phrase cut before its settings: ("a contact named Ada", "with phone 555"); the second may be empty."""
    cuts = [
        rf"\s+(?:with|having|whose|using)\s+(?=(?:the |an? |its )?(?:{_FIELD_RUN}|[a-z]+ [\ue000-\ue0ff])\b|[a-z]+ \d|[\ue000-\ue0ff])",
        r"\s+(?:with|having|for)\s+(?=\d[\d.,]* [a-z]{3,}(?: [a-z]+)?(?:$|,| and ))",
        r"\s*:\s+",
        rf"\s*,\s+(?=(?:and |with )?(?:the |its |an? )?(?:{_FIELD_RUN})\b)",
        rf"\s+and\s+(?=(?:the |its |an? )(?:{_FIELD_RUN})\b|(?:{_FIELD_RUN})\s+[\ue000-\ue0ff\d])",
        rf"\s+(?=due\s+(?:on |by )?(?:{_DAY}|tomorrow|today|[\ue000-\ue0ff]|\S+day))",
        rf"\s+(?=(?:on|for|at)\s+(?:{_DAY}|{_TIME})\b)",
        r"\s+(?=(?:costing|priced at)\s)",
    ]
    places = [hit for cut in cuts if (hit := re.search(cut, text))]
    if not places:
        return text, ""
    first = min(places, key=lambda hit: hit.start())
    return text[: first.start()].strip(), text[first.end() :].strip()


def is_field(name: str) -> bool:
    """Whether a phrase is a name that fields have."""
    return bool(re.fullmatch(rf"(?:{_FIELD_RUN})", name.strip(), re.I))


def day_in(text: str) -> str:
    """The ISO date in a text, "" for none."""
    found = find_date(text)
    return found.isoformat() if found else ""
