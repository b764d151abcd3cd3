"""Sentences about shops and sites: carts, cookies, filters, newsletters, bookings, signing out, the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from model.embedded.understand.clauses import split_list
from model.embedded.understand.goals import (
    Amount,
    Choose,
    Click,
    Consent,
    Do,
    Filter,
    Find,
    Goal,
    Language,
    Reach,
    Read,
    Submit,
    Target,
    Type,
)
from model.embedded.understand.language import concept_of, fold
from model.embedded.understand.nouns import Quotes, target
from model.embedded.understand.values import EXTREMES, number_word, price
from model.embedded.understand.whereabouts import PLACES

_LANGUAGES = {
    "chinese": ("中文", "简体中文", "Chinese", "zh", "cn", "汉语"), "english": ("English", "en", "英文", "英语"),
    "german": ("Deutsch", "German", "de"), "french": ("Français", "French", "fr"),
    "spanish": ("Español", "Spanish", "es"),
    "japanese": ("日本語", "Japanese", "ja", "jp"), "italian": ("Italiano", "Italian", "it"),
}  # fmt: skip
_NAME = r"(?P<name>(?-i:[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*))"
EMAIL = Target(text="email", kinds=("field",))


def in_place(where: str, quotes: Quotes) -> list[Goal]:
    """The step to a place that is named ("the cart"), none if it is no place of a site."""
    name = fold(quotes.value(where))
    found = concept_of(name) & PLACES
    return [Reach(places=(min(found),))] if found else []


def amount(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "change the quantity of X in the cart to 3"."""
    number = number_word(quotes.value(found["n"]))
    if number is None:
        return []
    where = found.groupdict().get("where")
    go = in_place(where, quotes) if where else [Reach(places=("cart",), sign=target(found["what"], quotes))]
    return [*go, Amount(value=int(number), thing=target(found["what"], quotes))]


def filter_(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "show only X", "show only products up to 300"."""
    rest = quotes.value(found["rest"])
    if re.search(r"sort|order", rest):
        return []
    limit = re.search(
        r"(?:up to|under|below|less than|at most|no more than|cheaper than|maximum of)\s*(\S*\d\S*)", rest, re.I
    )
    if limit and (value := price(limit[1])) is not None:
        return [Filter(limit=value)]
    return [Filter(option=target(rest, quotes) if " " in rest else Target(text=rest))]


def subscribe(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "subscribe to the newsletter with a@b.c"."""
    said = quotes.value(found["mail"])
    places = ("newsletter", "subscribe")
    return [
        Reach(places=places, sign=EMAIL, deep=True),
        Type(text=said, field=EMAIL),
        Submit(target=Target(text="subscribe")),
    ]


def sign_out(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """Where the account is shown, the control that ends the session."""
    out = Target(text="sign out")
    return [Reach(places=("account",), sign=out), Click(target=out)]


def book(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "book a test drive of X for NAME, phone number N": a form behind a link of that name."""
    what, name = quotes.value(found["what"]), quotes.value(found["name"])
    fields = [Type(text=name, field=Target(text="name")), *_pairs(found["more"], quotes)]
    thing = found.groupdict().get("thing")
    choose: list[Goal] = [Choose(option=target(thing, quotes), field=Target(kinds=("select",)))] if thing else []
    sign = Target(text="name", kinds=("field",))
    return [
        Reach(places=(f"book a {what}", what), sign=sign),
        *choose,
        *fields,
        Submit(target=Target(text="book")),
    ]


def _pairs(text: str, quotes: Quotes) -> list[Type]:
    found = []
    for part in split_list(text or ""):
        if pair := re.match(r"^(?:with |and )?(?:the |his |her |a )?(.+?)(?: is|:)? (\S*[\d@]\S*)$", part):
            found.append(Type(text=quotes.value(pair[2]), field=Target(text=re.sub(r"\s+number$", "", pair[1]))))
    return found


def order(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "order what is in the cart for NAME in CITY": cart, checkout, the form; the order is placed last."""
    fields: list[Goal] = [Type(text=quotes.value(found["name"]), field=Target(text="name"))]
    if found["city"]:
        fields.append(Type(text=quotes.value(found["city"]), field=Target(text="city")))
    checkout = Click(target=Target(text="checkout"))
    return [Reach(places=("cart",)), checkout, *fields, Submit(target=Target(text="place order"))]


def collect(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "he will collect it in the store"."""
    return [Choose(option=Target(text="pick up in store"))]


def to_language(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Language(names=_LANGUAGES[fold(found["lang"])])]


def several(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "add the A and the B to the comparison": one step for each."""
    names = split_list(found["what"])
    concept = min(concept_of(quotes.value(found["where"])) & PLACES, default="")
    listed = len(names) > 1 and all(re.match(r"(?:the|an?) ", n, re.I) for n in names)
    if not (concept and listed):
        return []
    return [Do(concept=concept, thing=target(n, quotes)) for n in names]


def property_of(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "how many kilometres is the range of X?": on the page of X."""
    thing, prop = target(found["thing"], quotes), quotes.value(found["prop"])
    read = Read(target=replace(Target(text=prop), whose=thing.text))
    return [Find(target=thing, opened=True), read]


def stated(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "how many years of warranty does X have?": stated somewhere, beside these words."""
    prop, unit = quotes.value(found["prop"]), quotes.value(found["unit"])
    return [Read(target=Target(text=f"{unit} of {prop}"))]


def which(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    """ "which lamp has the longest life?", "which lamp is the cheapest?"."""
    most = EXTREMES.get(fold(found["most"]).replace("-", " "))
    if most is None:
        return []
    prop = quotes.value(found["prop"] or "")
    return [Read(target=Target(text=prop, role=quotes.value(found["kind"]), most=most[0]))]


Builder = Callable[[re.Match[str], Quotes], list[Goal]]
PATTERNS: tuple[tuple[str, Builder], ...] = (
    (r"^(?:change|set|adjust|update|increase|decrease|reduce) the (?:quantity|number|amount|count)"
     r" of (?:the )?(?P<what>.+?)"
     r"(?: in (?:the |my |your )?(?P<where>[\w ]+?))? to (?P<n>\S+)$", amount),
    (r"^(?:accept|allow|agree to) (?:all )?(?:the |all )?cookies.*", lambda f, q: [Consent(accept=True)]),
    (r"^(?:decline|reject|refuse|deny|accept only|allow only|accept no|do not accept|only accept) .*cookies.*",
     lambda f, q: [Consent(accept=False)]),
    (r"^(?:show|list|display) only (?P<rest>.+)$", filter_),
    (r"^filter (?:the \w+ )?(?:by|to|for)?\s*(?P<rest>.+)$", filter_),
    (r"^(?:subscribe|sign up|register) (?:to|for) .*?(?:newsletter|news|mailing list|updates)\b"
     r".*? (?P<mail>\S+@\S+)$", subscribe),
    (r"^(?:sign|log)[ -]?out\b.*", sign_out),
    (rf"^(?:book|arrange|schedule|request|reserve) (?:an? )?(?P<what>[a-z][a-z ]*?)"
     rf"(?: (?:of|with|in) (?:the |an? )?(?P<thing>.+?))?"
     rf" for {_NAME}(?P<more>,.*| with .*)?$", book),
    (rf"^(?:order|buy|purchase) (?:what is in|what's in|everything in|the contents? of)"
     rf" (?:the |my )?(?:cart|basket|bag|shopping cart)"
     rf"(?: for {_NAME}(?: in (?P<city>(?-i:[A-Z])[\w -]*))?)?$", order),
    (r"^(?:i|he|she|they|we)(?:'ll| will| wants? to| would like to) (?:collect|pick)\b.*", collect),
    (rf"^(?:switch|change|set|turn|put|show)\b.*\b(?:to|in|into) (?P<lang>{'|'.join(_LANGUAGES)})$", to_language),
    (r"^(?:add|put|save|place) (?P<what>.+) (?:to|on|in|into) (?:the |my |your )?(?P<where>[\w ]+)$", several),
    (r"^(?:which|what) (?P<kind>\w+) (?:has|have|offers|is|costs) the (?P<most>[\w-]+)(?: (?P<prop>[\w ]+))?\??$",
     which),
    (r"^how (?:many|much) \w+ (?:is|are) the (?P<prop>.+?) of (?:the )?(?P<thing>.+)$", property_of),
    (r"^(?:what|how \w+) (?:is|are) the (?P<prop>range|price|power|top speed|weight|battery|capacity|size)"
     r" of (?:the )?(?P<thing>(?-i:[A-Z]).+)$",
     property_of),
    (r"^how (?:many|much) (?P<unit>\w+) of (?P<prop>\w+) (?:does|do|is|are|has|have)\b.*$", stated),
)  # fmt: skip
"""Sentence patterns with their makers, as in `parse`; the first that fits and makes goals."""


def last_things_last(goals: list[Goal]) -> list[Goal]:
    """An option that is told after the order belongs before the button that places it."""
    for at, goal in enumerate(goals[:-1]):
        if isinstance(goal, Submit) and goal.target.text == "place order":
            return [*goals[:at], *goals[at + 1 :], goal]
    return goals
