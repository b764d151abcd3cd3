"""Typed text is seen in the field afterwards, or it is said that it is not."""

from __future__ import annotations

import pytest

from action_space.actions import Click, Input
from envs.base import StepResult
from envs.browser.environment import BrowserConfig, BrowserEnvironment
from envs.browser.fields.native import EXAMPLES, KINDS, equal, value_of
from envs.effect import describe

pytestmark = pytest.mark.browser
FIELDS = [
    "date", "time", "datetimelocal", "month", "week", "number", "range", "color", "email", "password", "text",
    "short", "upper", "fixed",
]  # fmt: skip


@pytest.fixture
def page(browser: BrowserEnvironment, site: str) -> BrowserEnvironment:
    browser.goto(f"{site}/fields")
    return browser


def type_into(env: BrowserEnvironment, field: str, text: str, **more: bool) -> StepResult:
    point = (40, 20 + 40 * FIELDS.index(field))
    return env.execute(Input(text=text, start_point=point, **more), env.observe())


def value(env: BrowserEnvironment, field: str) -> str:
    return str(env.evaluate(f"document.getElementById('{field}').value"))


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("date", "2024-05-17", "2024-05-17"),
        ("date", "5/17/2024", "2024-05-17"),
        ("date", "17/5/2024", "2024-05-17"),
        ("date", "5/6/2024", "2024-05-06"),
        ("date", "17.05.2024", "2024-05-17"),
        ("date", "May 17, 2024", "2024-05-17"),
        ("date", "17th May 2024", "2024-05-17"),
        ("date", "2024年5月17日", "2024-05-17"),
        ("date", "05172024", "2024-05-17"),
        ("date", "20240517", "2024-05-17"),
        ("date", "2024-02-30", None),
        ("date", "tomorrow", None),
        ("time", "14:30", "14:30"),
        ("time", "2:30 PM", "14:30"),
        ("time", "2:30 p.m.", "14:30"),
        ("time", "12:00am", "00:00"),
        ("time", "7pm", "19:00"),
        ("time", "14:30:15", "14:30:15"),
        ("time", "25:00", None),
        ("datetime-local", "2024-05-17T14:30", "2024-05-17T14:30"),
        ("datetime-local", "2024-05-17 14:30", "2024-05-17T14:30"),
        ("datetime-local", "May 17, 2024, 2:30 PM", "2024-05-17T14:30"),
        ("datetime-local", "5/17/2024 2:30 PM", "2024-05-17T14:30"),
        ("datetime-local", "2024年5月17日 14:30", "2024-05-17T14:30"),
        ("datetime-local", "2024-05-17", None),
        ("month", "2024-05", "2024-05"),
        ("month", "May 2024", "2024-05"),
        ("month", "05/2024", "2024-05"),
        ("week", "2024-W20", "2024-W20"),
        ("week", "Week 20, 2024", "2024-W20"),
        ("week", "2024-05-17", "2024-W20"),
        ("week", "2024-W60", None),
        ("number", "42", "42"),
        ("number", "-1.5e3", "-1.5e3"),
        ("number", "1,234.50", "1234.50"),
        ("number", "1.234,50", "1234.50"),
        ("number", "3,5", "3.5"),
        ("number", "$ 1,000", "1000"),
        ("number", "many", None),
        ("range", "55", "55"),
        ("color", "#0f8", "#00ff88"),
        ("color", "Red", "#ff0000"),
        ("color", "rgb(1, 2, 3)", "#010203"),
        ("color", "336699", "#336699"),
        ("color", "reddish", None),
    ],
)
def test_what_a_text_means_to_a_field(kind: str, text: str, wanted: str | None) -> None:
    assert value_of(kind, text) == wanted


def test_the_order_of_day_and_month_follows_the_language() -> None:
    assert value_of("date", "5/6/2024", "en-US") == "2024-05-06"
    assert value_of("date", "5/6/2024", "en-GB") == "2024-06-05"
    assert value_of("date", "5/6/2024", "de-DE") == "2024-06-05"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_examples_are_their_own_values(kind: str) -> None:
    assert value_of(kind, EXAMPLES[kind]) == EXAMPLES[kind]


@pytest.mark.parametrize(
    ("field", "text", "wanted"),
    [
        ("date", "2024-05-17", "2024-05-17"),
        ("date", "5/17/2024", "2024-05-17"),
        ("time", "2:30 PM", "14:30"),
        ("datetimelocal", "2024-05-17 14:30", "2024-05-17T14:30"),
        ("month", "May 2024", "2024-05"),
        ("week", "2024-W20", "2024-W20"),
        ("number", "3.25", "3.25"),
        ("number", "3,5", "3.5"),
        ("number", "1,234", "1234"),
        ("range", "55", "55"),
        ("color", "#336699", "#336699"),
        ("email", "ann@example.com", "ann@example.com"),
        ("password", "p4ss wörd", "p4ss wörd"),
        ("text", "小米 SU7 🚗 ok", "小米 SU7 🚗 ok"),
    ],
)
def test_the_field_holds_what_was_asked_for(page: BrowserEnvironment, field: str, text: str, wanted: str) -> None:
    outcome = type_into(page, field, text)
    assert outcome.error is None
    kind = page.evaluate(f"document.getElementById('{field}').type")
    assert equal(kind, value(page, field), wanted)
    assert outcome.effect.typed == "seen"
    assert outcome.effect.field_value is None
    assert any(line.startswith(f"input {field}") for line in page.evaluate("log"))


def test_a_value_that_is_there_is_replaced_or_added_to(page: BrowserEnvironment) -> None:
    page.evaluate("date.value = '2020-01-02'; number.value = '7'; text.value = '🚗 old'")
    assert type_into(page, "date", "2024-05-17").effect.typed == "seen"
    assert value(page, "date") == "2024-05-17"
    assert type_into(page, "number", "12", clear=True).effect.typed == "seen"
    assert value(page, "number") == "12"
    assert type_into(page, "text", "new", clear=True).effect.typed == "seen"
    assert value(page, "text") == "new"
    assert type_into(page, "date", "", clear=True).error is None
    assert value(page, "date") == ""


@pytest.mark.parametrize(
    ("field", "text", "holds"), [("short", "123456", "1234"), ("upper", "abc", "ABC"), ("text", "a\nb", "ab")]
)
def test_what_a_field_makes_of_it_is_said(page: BrowserEnvironment, field: str, text: str, holds: str) -> None:
    outcome = type_into(page, field, text)
    assert outcome.error is None
    assert value(page, field) == holds
    if text.replace("\n", "") == holds:
        assert outcome.effect.typed == "seen"
    else:
        assert (outcome.effect.typed, outcome.effect.field_value) == ("differs", holds)
        assert repr(holds) in describe(outcome.effect)


def test_a_password_that_was_cut_is_not_told(page: BrowserEnvironment) -> None:
    page.evaluate("password.maxLength = 3")
    outcome = type_into(page, "password", "hunter2")
    assert outcome.effect.typed == "differs"
    assert outcome.effect.field_value is None
    assert "hun" not in describe(outcome.effect)


@pytest.mark.parametrize(
    ("field", "text"), [("date", "tomorrow"), ("week", "soon"), ("color", "reddish"), ("number", "many")]
)
def test_no_value_at_all_is_refused(page: BrowserEnvironment, field: str, text: str) -> None:
    before = value(page, field)
    outcome = type_into(page, field, text)
    assert outcome.error is not None
    assert outcome.error.kind == "refused"
    assert EXAMPLES[page.evaluate(f"document.getElementById('{field}').type")] in outcome.error.message
    assert value(page, field) == before


def test_a_field_that_takes_nothing_says_so(page: BrowserEnvironment) -> None:
    outcome = type_into(page, "fixed", "more")
    assert outcome.error is not None
    assert "read-only" in outcome.error.message
    assert value(page, "fixed") == "kept"


CODE = "def f(x):\n    if x:\n        return 1\n    return 2\n"


@pytest.mark.parametrize(("name", "y"), [("area", 100), ("rich", 300)])
def test_indented_code_is_indented_once(browser: BrowserEnvironment, site: str, name: str, y: int) -> None:
    browser.goto(f"{site}/editors")
    outcome = browser.execute(Input(text=CODE, start_point=(200, y)), browser.observe())
    got = browser.evaluate(f"{name}.value ?? {name}.innerText")
    assert got.rstrip("\n") == CODE.rstrip("\n")
    assert outcome.effect.typed == "seen"


def test_what_cannot_be_read_is_unknown(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/editors")
    drawn = browser.execute(Input(text="abc", start_point=(200, 450)), browser.observe())
    assert browser.evaluate("keys") == ["a", "b", "c"]
    assert drawn.effect.typed == "unknown"
    sent = browser.execute(Input(text="hello\n", start_point=(200, 530)), browser.observe())
    assert browser.evaluate("sent") == ["hello"]
    assert sent.effect.typed == "unknown"


def test_a_field_in_a_frame_is_read_too(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/plain")
    browser.evaluate(
        "document.body.innerHTML = `<iframe id=f style='border:0;width:400px;height:100px' "
        "srcdoc=\"<body style='margin:0'><input id=d type=date style='width:300px;height:40px'>\"></iframe>`"
    )
    left, top = browser.evaluate("(() => { const r = f.getBoundingClientRect(); return [r.left, r.top] })()")
    point = (int(left) + 30, int(top) + 20)
    outcome = browser.execute(Input(text="May 17, 2024", start_point=point), browser.observe())
    assert outcome.effect.typed == "seen"
    assert browser.evaluate("f.contentDocument.getElementById('d').value") == "2024-05-17"


# -- a click that leads to another page -----------------------------------------------------------------------


def test_text_goes_to_the_page_that_the_click_leads_to(browser: BrowserEnvironment, site: str) -> None:
    browser.goto(f"{site}/search")
    outcome = browser.execute(Input(text="SU7", start_point=(200, 20)), browser.observe())
    assert outcome.error is None
    assert outcome.observation.title == "Result"
    assert browser.evaluate("q.value") == "SU7"
    assert outcome.effect.typed == "seen"


@pytest.mark.parametrize("text", ["abc 小米 🚗 abc", "x" * 600])
def test_a_click_that_leads_away_never_hangs(site: str, text: str) -> None:
    config = BrowserConfig(url=f"{site}/gone", load_timeout_s=20)
    with BrowserEnvironment(config) as env:
        for _ in range(12):
            env.goto(f"{site}/gone")
            outcome = env.execute(Input(text=text, start_point=(200, 20)), env.observe())
            assert outcome.observation.title == "Plain"
            assert outcome.effect.typed == "unknown"
            assert env.execute(Click(start_point=(5, 5)), outcome.observation).error is None
