"""Items that ask what a picture says: VisualWebBench, WebSRC, questions of one's own.

Metrics, each as published; the value of an item is the one that the benchmark ranks by:

* VisualWebBench (Liu et al. 2024, `utils/eval_utils.py`): ROUGE-1, -2 and -L of `web_caption`, `heading_ocr` and
  `element_ocr` (ranked by ROUGE-L; a one-letter answer to `element_ocr` counts as none); the best ROUGE-1 over the
  accepted answers of `webqa`, which it calls F1; `accuracy` of the letter in `element_ground`, `action_ground` and
  `action_prediction`.
* WebSRC (Chen et al. 2021, `utils_evaluate.py`): `exact`, `f1` and `pos` (see `pages`); ranked by exact match.
  Models that name no element are given the deepest one that holds their answer.

The wordings are ours (`model/prompts/ask_*.j2`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agent.evaluate.datasets.base import Groups, Prediction, Score, look
from agent.evaluate.datasets.pages import path_overlap, read_page
from agent.evaluate.datasets.texts import choice, exact, rouge_l, rouge_n, word_f1
from model.base import Model
from model.family import Family

Measure = Literal["rouge", "rouge_1", "choice", "reading"]

_META = re.compile(r'<meta\b[^>]*?content="(.*)"', re.IGNORECASE | re.DOTALL)
_LEAD_IN = re.compile(r"^.*?bounding box is:\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Question:
    """One question about one picture.

    Attributes:
        instruction: the question in short, for people.
        measure: how answers are compared.
        answers: all that are accepted; for a choice the one letter.
        wording, context: template of the question and what it needs.
        options: how many letters there are to choose from.
        page, element, start: WebSRC: the page file, tid of the answer, its `answer_start`.
        shortest: answers of fewer letters count as none.
    """

    id: str
    instruction: str
    picture: Path
    measure: Measure
    answers: tuple[str, ...]
    wording: str = "ask_question"
    context: Mapping[str, Any] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)
    options: int = 0
    page: Path | None = None
    element: int | None = None
    start: int = 0
    shortest: int = 1

    def answer(self, model: Model, family: Family) -> Prediction:
        """Ask in words.

        Raises:
            ModelFault: no answer can be had.
            ValueError: models of this family only ground.
        """
        from model.question import ask

        asked = ask(model, look(self.picture), self.wording, dict(self.context), family=family)
        return Prediction(
            text=asked.text,
            outcome=asked.outcome,
            error=asked.error,
            usage=asked.reply.usage,
            wall_s=asked.reply.wall_s,
        )

    def score(self, prediction: Prediction) -> Score:
        """See the module text."""
        text = self._said(prediction.text)
        reason = f"{_short(text)} against {_short(' | '.join(self.answers))}"
        if self.measure == "choice":
            named = choice(text)
            hit = float(named is not None and chr(ord("A") + named) == self.answers[0])
            return Score(hit, {"accuracy": hit}, reason)
        if self.measure == "rouge_1":
            best = max(rouge_n(text, wanted, 1) for wanted in self.answers)
            return Score(best, {"f1": best}, reason)
        if self.measure == "rouge":
            figures = {
                "rouge_1": rouge_n(text, self.answers[0], 1),
                "rouge_2": rouge_n(text, self.answers[0], 2),
                "rouge_l": rouge_l(text, self.answers[0]),
            }
            return Score(figures["rouge_l"], figures, reason)
        figures = {
            "exact": max(float(exact(text, wanted)) for wanted in self.answers),
            "f1": max(word_f1(text, wanted) for wanted in self.answers),
        }
        if self.page is not None and self.element is not None:
            figures["pos"] = self._path_score(prediction, text)
        return Score(figures["exact"], figures, reason)

    def oracle(self) -> Prediction:
        """The first accepted answer."""
        tags = (self.element,) if self.element is not None and self.element >= 0 else ()
        return Prediction(text=self.answers[0], tags=tags)

    def chances(self) -> Mapping[str, float]:
        """A letter drawn at random; saying nothing."""
        if self.measure == "choice":
            return {"random-choice": 1 / self.options if self.options else 0.0, "always-refuse": 0.0}
        return {"always-refuse": self.score(Prediction()).value}

    def shown(self) -> dict[str, Any]:
        """The accepted answers."""
        return {"answers": list(self.answers)}

    def _said(self, text: str) -> str:
        """The answer without the frame that the published prompts ask for, and without a repeated lead-in."""
        if found := _META.search(text):
            text = found[1]
        text = _LEAD_IN.sub("", text).strip()
        return text if len(text) >= self.shortest else ""

    def _path_score(self, prediction: Prediction, text: str) -> float:
        assert self.page is not None
        assert self.element is not None
        page = read_page(self.page)
        if self.element < 0 and not prediction.tags:
            # No element holds a yes or a no: the path is right where the answer is.
            return max(float(exact(text, wanted)) for wanted in self.answers)
        found = page.deepest(text)
        tags = prediction.tags or ((found,) if found is not None else ())
        return path_overlap(page, self.element, self.start, tags)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 80 else f"{plain[:79]}…")
