"""Hand files to the page, and have it hand some over."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Target
from model.embedded.language.targets import NOTHING
from model.embedded.language.words import fold, squash
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import best, name_of
from model.embedded.skills.base import Skill
from model.embedded.skills.means.controls import controls_for, of_owner, of_page
from model.embedded.skills.means.rows import is_page_of, menu_item, more_menu, open_record, owners, sure_of


@dataclass(frozen=True)
class Upload(Goal):
    """Give files to the page."""

    do = "upload"
    file: str = ""
    field: Target = NOTHING
    place: str = ""


@dataclass(frozen=True)
class Download(Goal):
    """Have the page hand over a file."""

    do = "download"
    of_kind = True
    what: Target = NOTHING
    form: str = ""


def upload(goal: Upload, now: Now) -> Answer:
    """Open the page's file chooser by its control, answer it with the file, then what confirms it."""
    given = [s for s in now.past if s.kind == "upload"]
    if given and not given[-1].error:
        shown = squash(goal.file.rsplit("/", 1)[-1])
        if shown in squash(now.scene.text):
            return Done(f"{goal.file} shows on the page", 0.95)
        after = [s for s in now.past if s.tag == "send"]
        buttons = [
            (t, s) for t, s in controls_for("upload", now.scene) if not now.tried(t.point) and t.kind == "button"
        ]
        if not after and buttons:
            thing = buttons[0][0]
            return Move(
                click_at(thing.point, thing.text),
                f"I send it with {name_of(thing)}.",
                0.88,
                last=False,
                tag="send",
            )
        return Done("the file was handed over", 0.9)
    if given and len(given) > 1:
        return Lost(f"the page does not take the file: {given[-1].error}", final=True)
    if any("file chooser is open" in note.lower() for note in now.notes):
        return Move({"action": "upload", "paths": [goal.file]}, f"I hand over {goal.file}.", 0.95, last=False)
    named = [goal.field] if goal.field.text else []
    for target in (
        *named,
        Target(text="choose file"),
        Target(text="browse"),
        Target(text="upload"),
        Target(text="select file"),
    ):
        found = best(target, now)
        if found and found.score >= 0.8 and found.thing.kind != "panel":
            action = {"action": "upload", "paths": [goal.file], "start_point": list(found.point)}
            return Move(action, f"I hand {goal.file} to {name_of(found.thing)}.", found.score, last=False)
    found_all = [(t, s) for t, s in controls_for("upload", now.scene) if not now.tried(t.point)]
    if found_all:
        thing = found_all[0][0]
        action = {"action": "upload", "paths": [goal.file], "start_point": list(thing.point)}
        return Move(action, f"I hand {goal.file} to {name_of(thing)}.", 0.85, last=False)
    return Lost("there is nothing to hand a file to", Target(text="upload"))


def download(goal: Download, now: Now) -> Answer:
    """The control of the thing that hands it over; done when a download has begun."""
    if any(s.change.get("downloads") or s.change.get("downloading") for s in now.past):
        return Done("the file has come", 0.97)
    words = (
        "download",
        "export",
        *(
            (
                f"download {goal.form}",
                f"export {goal.form}",
                f"export to {goal.form}",
                f"export as {goal.form}",
                goal.form,
            )
            if goal.form
            else ()
        ),
    )
    if move := menu_item(words, now):
        return move
    clicks = now.tagged("download")
    if len(clicks) > 3:
        return Lost("nothing was downloaded", final=True)
    if clicks and goal.form and (kind := best(Target(text=goal.form), now)) and kind.score >= 0.85:
        return Move(
            click_at(kind.point, kind.thing.text),
            f"I take {name_of(kind.thing)}.",
            kind.score,
            last=False,
            tag="download",
        )
    found = owners(goal.what, now) if goal.what.called or goal.what.nth or goal.what.most else []
    own = of_owner("download", found, now) if sure_of(found, goal.what, now) else None
    page = own or of_page("download", now)
    named = [
        best(Target(text=f"{verb} {goal.form or goal.what.called}".strip()), now)
        for verb in ("export", "download")
    ]
    named += [best(Target(text=verb), now) for verb in ("export", "download")]
    control = next((c for c in named if c and c.score >= 0.85), None)
    if own is None and control:
        said = f"I use {name_of(control.thing)}."
        return Move(click_at(control.point, control.thing.text), said, control.score, last=False, tag="download")
    if page:
        return Move(
            click_at(page[0].point, page[0].text),
            f"I use {name_of(page[0])}.",
            page[1],
            last=False,
            tag="download",
        )
    if found and sure_of(found, goal.what, now):
        if move := more_menu(found, now):
            return move
        if not is_page_of(goal.what, now) and (move := open_record(found, now)):
            return move
    return Lost(
        f"there is nothing to download {goal.what} with",
        goal.what if goal.what.called and not found else Target(text="download"),
    )


def _upload(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "upload the file X as the F", "attach X to the message"."""
    rest = re.sub(
        r"^(?:the |a |my )?(?:file|picture|image|photo|document)\s+(?=\S)", "", found["rest"], flags=re.I
    )
    field, place = Target(), clause.place
    if as_ := re.match(
        r"^(?P<f>\S+|[\ue000-\ue0ff]) (?P<how>as|to|into|in|for|on) (?:the |my |an? )?(?P<w>.+)$", rest, re.I
    ):
        rest = as_["f"]
        if as_["how"].lower() == "as":
            field = Target(text=clause.value(as_["w"]))
        else:
            place = clause.value(as_["w"])
    name = clause.value(rest)
    return [Upload(file=name, field=field, place=place)] if " " not in name or "/" in name or "." in name else []


def _download(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "download the invoice X as PDF", "export the contacts to CSV"."""
    rest, form = found["rest"], ""
    if (
        as_ := re.match(
            r"^(?P<w>.+?)\s+(?:as|to|into|in)\s+(?:an? )?(?P<f>[A-Za-z]{2,5})(?: (?:file|format))?$", rest
        )
    ) and (
        as_["f"].isupper()
        or fold(as_["f"])
        in (
            "excel",
            "word",
            "json",
            "csv",
            "pdf",
            "xml",
            "yaml",
            "xlsx",
            "html",
        )
    ):
        rest, form = as_["w"], as_["f"]
    thing = clause.noun(rest)
    if thing.role and not thing.called and not thing.nth and not thing.most:
        thing = Target(text=clause.value(re.sub(r"^(?:the|my|all(?: the)?)\s+", "", rest)))
    return [Download(what=thing, form=form)]


SKILL = Skill(
    "files",
    {Upload: upload, Download: download},
    verbs="upload|attach|download|export",
    english=(
        Form(r"^(?:upload|attach)\s+(?P<rest>.+)$", _upload),
        Form(r"^(?:download|export)\s+(?P<rest>.+)$", _download),
    ),
    chinese=(
        Form(r"^上传(?:文件|图片|照片|附件)?(?P<rest>.+)$", lambda f, c: [Upload(file=c.value(f["rest"]))]),
        Form(r"^(?:下载|导出)(?P<rest>.+)$", lambda f, c: [Download(what=Target(text=c.value(f["rest"])))]),
    ),
    touches="send",
)
