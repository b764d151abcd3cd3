"""`agent train rl`: that it learns, what a crash leaves, what goes on without rewards, what is refused."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch

from model.training.data.dataset import FolderData
from model.training.rewards.server import RewardServer
from model.training.rl.figures import draw_seeds, interval
from model.training.rl.journal import Journal
from model.training.rl.passes import pass_at
from model.training.rl.run import Options, Plan, rl
from model.training.sft import sft
from model.training.trainer.state import TrainingFault, read_log
from tests.training.learners import boxes, checkpoint
from tests.training.learners import options as sft_options
from tests.training.rl.test_remote_rewards import rude, running, says

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.filterwarnings("ignore")  # of other people's libraries about themselves
SPEEDS = ("tokens_s", "pictures_s", "mfu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rl")
    boxes(path / "data", pictures=4)
    boxes(path / "data", pictures=2, split="validation")
    checkpoint(path / "base")
    # So that it answers with places, and ends: answers that are cut earn nothing.
    _, taught = sft(sft_options(path, "taught", steps=60, lr=3e-3, batch=8, micro=0))
    taught.rename(path / "taught-base")
    return path


def options(folder: Path, out: str, **more: Any) -> Options:
    known: dict[str, Any] = {
        "family": "gta1", "steps": 4, "lr": 1e-3, "group": 4, "groups": 3, "most": 14, "device": "cpu",
        "save_every": 1,
    }  # fmt: skip
    return Options(data=folder / "data", model=folder / "taught-base", out=folder / out, **{**known, **more})


def even(items: Any) -> list[float | None]:
    """A reward that random answers differ in: the share of even characters."""
    return [sum(ord(sign) % 2 == 0 for sign in item["answer"]) / max(1, len(item["answer"])) for item in items]


def curve(folder: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in line.items() if k not in SPEEDS} for line in read_log(folder / "steps.jsonl")]


def drawn(folder: Path) -> list[Any]:
    return [[group.to_json() for group in rollout.groups] for rollout in Journal(folder)]


def weights(place: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(next(place.glob("*model.safetensors")))


@pytest.fixture(scope="module")
def server() -> Any:
    with running(RewardServer(even)) as own:
        yield own


# -- that it learns -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["grpo", "rloo", "dr-grpo", "dapo", "gspo"])
def test_the_reward_rises(folder: Path, server: RewardServer, algorithm: str) -> None:
    more = {"updates": 2, "steps": 60} if algorithm in ("dapo", "gspo") else {"steps": 30}
    lr = 5e-3 if algorithm == "gspo" else 1e-3
    out = f"rises-{algorithm}"
    rl(
        options(
            folder, out, rewards=server.url, algorithm=algorithm, groups=4, group=8, lr=lr, save_every=99, **more
        )
    )
    rewards = [rollout.figures["reward"] for rollout in Journal(folder / out)]
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.1
    assert len(rewards) == 30


def test_what_the_trainer_sees_is_what_the_rollout_kept(folder: Path, server: RewardServer) -> None:
    rl(options(folder, "kept", rewards=server.url))
    lines = curve(folder / "kept")
    assert 0 < max(line["mismatch"] for line in lines) < 1e-4
    rl(options(folder, "off", rewards=server.url, algorithm="grpo-clip", updates=3, steps=6, lr=3e-3))
    lines = curve(folder / "off")
    assert [line["mismatch"] > 1e-3 for line in lines[:3]] == [False, True, True]
    assert lines[2]["mismatch_kl"] > 0


def test_a_run_leaves_what_people_look_at(folder: Path) -> None:
    plans: list[Plan] = []
    run, place = rl(
        options(folder, "looked", rewards="distance:1,format:0.1", evaluate_every=2, lora=2, steps=4),
        tell=plans.append,
    )
    assert plans[0].items == {"all": 8}
    assert plans[0].held_out == 4
    out = folder / "looked"
    assert place == out / "adapter"
    assert (place / "adapter_model.safetensors").is_file()
    assert (out / "curves.png").stat().st_size > 5000
    page = (out / "gallery.html").read_text("utf-8")
    assert page.count("<section>") == sum(len(rollout.groups) for rollout in Journal(out))
    assert "the red square" in page or "the blue square" in page
    assert "data:image/png" in page
    assert "<script" not in page
    card = json.loads((out / "card.json").read_text("utf-8"))
    assert card["items"] == 4
    assert card["figures"]["eval_pass8"] >= card["figures"]["eval_pass1"] >= 0
    assert card["figures"]["step"] == run.steps == 4
    assert card["max_pixels"] <= 4096 * 2160
    assert card["answer"] == "(<x>,<y>)"
    assert len(card["prompt_sha256"]) == 16


def test_answers_are_escaped_in_the_gallery(folder: Path, server: RewardServer) -> None:
    rl(options(folder, "escaped", rewards=server.url, steps=1))
    from model.families import FAMILIES
    from model.training.opened import open_checkpoint
    from model.training.rl.gallery import write_gallery
    from model.training.rollout.prompts import Items

    journal = Journal(folder / "escaped")
    rollout = journal.read(0)
    rollout.groups[0].texts[0] = "<script>alert(1)</script>\ud800"
    rollout.number = 1
    journal.write(rollout)
    items = Items(FAMILIES["gta1"], open_checkpoint(folder / "taught-base").encoder)
    items.add("all", FolderData(folder / "data"))
    place = write_gallery(folder / "escaped", journal, items)
    assert place is not None
    page = place.read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_items_about_one_picture_are_drawn_and_learned_together(folder: Path) -> None:
    known = {"rewards": "distance:1", "groups": 6, "redraws": 0, "steps": 3, "lr": 1e-4}
    rl(options(folder, "asked", asked=2, **known))
    for rollout in Journal(folder / "asked"):
        pictures = [group.item.rpartition("-")[0] for group in rollout.groups]
        assert all(pictures[at] == pictures[at + 1] for at in range(0, len(pictures), 2))
        assert len({group.item for group in rollout.groups}) == len(rollout.groups) == 6


# -- what a crash leaves --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"algorithm": "dapo", "updates": 2, "pools": "easy:0.2,normal:0.6,hard:0.2", "replay": 2},
        {"continuous": True, "rows": 8, "lora": 2, "asked": 2},
    ],
)
def test_a_run_that_is_stopped_anywhere_goes_on_to_the_same_end(folder: Path, more: dict[str, Any]) -> None:
    name = f"stopped-{'-'.join(more)}"
    known = {"rewards": "distance:1", "steps": 6, "save_every": 2} | more
    _, end = rl(options(folder, f"{name}-whole", **known))
    for stopped in (1, 3):
        out, steps = f"{name}-{stopped}", iter(range(1, 9))
        first, _ = rl(options(folder, out, **known), stop=lambda: next(steps) == stopped)  # noqa: B023
        assert first.steps == stopped
        _, place = rl(options(folder, out, **known))
        assert curve(folder / out) == curve(folder / f"{name}-whole")
        assert drawn(folder / out) == drawn(folder / f"{name}-whole")
        one, other = weights(end), weights(place)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


CHILD = (
    "import sys; from pathlib import Path; from model.training.rl.run import rl\n"
    "from tests.training.rl.test_rl import options\n"
    "rl(options(Path(sys.argv[1]), sys.argv[2], rewards='distance:1', steps=40, save_every=3))"
)


def test_a_run_that_is_killed_at_random_moments_goes_on_to_the_same_end(folder: Path) -> None:
    """kill -9 some steps after it went on, wherever it is then."""
    rl(options(folder, "killed-whole", rewards="distance:1", steps=40, save_every=3))
    out, chance = folder / "killed", random.Random(0)
    journal = out / "rollouts.jsonl"
    kills = int(os.environ.get("RL_KILLS", "4"))  # 20 for the figure in BENCHMARKS.md
    for _ in range(kills):
        begun = journal.stat().st_size if journal.is_file() else 0
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder), "killed"], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        while child.poll() is None and (not journal.is_file() or journal.stat().st_size <= begun):
            time.sleep(0.01)
        time.sleep(chance.random() * 0.5)  # anywhere within a step: no result depends on where
        child.kill()
        child.wait()
        assert child.returncode in (-signal.SIGKILL, 0)
    rl(options(folder, "killed", rewards="distance:1", steps=40, save_every=3))
    assert curve(out) == curve(folder / "killed-whole")
    assert len({line["loss"] for line in curve(out)}) > 20, "nothing was learned: anything would be the same"
    assert drawn(out) == drawn(folder / "killed-whole")


def test_a_line_that_a_kill_cut_off_is_drawn_again(folder: Path) -> None:
    rl(options(folder, "cut-whole", rewards="distance:1"))
    rl(options(folder, "cut", rewards="distance:1", steps=4), stop=iter([False, True]).__next__)
    journal = folder / "cut" / "rollouts.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"rollout": 2, "groups": [{"item"')
    rl(options(folder, "cut", rewards="distance:1"))
    assert drawn(folder / "cut") == drawn(folder / "cut-whole")


def test_another_run_in_the_same_folder_is_refused_also_before_its_first_state(folder: Path) -> None:
    rl(options(folder, "other", rewards="distance:1", save_every=9), stop=iter([True]).__next__)
    for path in (folder / "other" / "states").iterdir():
        path.rename(folder / f"moved-{path.name}")
    with pytest.raises(TrainingFault, match=r"holds another run \(lr: 0.001 then, 0.5 now\)"):
        rl(options(folder, "other", rewards="distance:1", lr=0.5))


# -- rewards that cannot be had -------------------------------------------------------------------------------


def test_groups_go_on_without_missing_rewards_and_are_counted(folder: Path) -> None:
    def some(items: Any) -> list[float | None]:
        return [None if number % 4 == 3 else value for number, value in enumerate(even(items))]

    with running(RewardServer(some)) as own:
        rl(options(folder, "missing", rewards=own.url, steps=2))
    for rollout in Journal(folder / "missing"):
        assert rollout.figures["answers_missing"] >= len(rollout.groups) / 2
        assert rollout.figures["groups_admitted"] > 0
        for group in rollout.groups:
            told = [reward is not None for reward in group.rewards]
            assert [advantage is not None for advantage in group.advantages] == [
                there and sum(told) > 1 for there in told
            ]


def test_groups_whose_every_reward_is_missing_are_drawn_again(folder: Path) -> None:
    count = [0]

    def first_none(items: Any) -> list[float | None]:
        count[0] += 1
        return [None] * len(items) if count[0] == 1 else even(items)

    with running(RewardServer(first_none)) as own:
        run, _ = rl(options(folder, "again", rewards=own.url, steps=2, redraws=2, save_every=9))
    assert run.steps == 2
    first, second = Journal(folder / "again")
    assert first.figures["groups_missing"] == 3
    assert first.figures["groups_admitted"] > 0
    assert second.figures["groups_missing"] == 0


def test_a_server_that_is_dead_ends_the_run_with_its_state_saved(folder: Path) -> None:
    said = r"step 3: no reward could be had .* × http.*no JSON.*state is saved"
    with rude(says("no numbers here")) as url, pytest.raises(TrainingFault, match=said):
        rl(options(folder, "dead", rewards=url, steps=9, redraws=0))
    assert (folder / "dead" / "states" / "000003").is_dir()
    assert [line["loss"] for line in curve(folder / "dead")] == [0.0] * 3, "nothing was learned"
    port = int(url.rpartition(":")[2].partition("/")[0])
    # The same command goes on when the server is back at its address.
    with running(RewardServer(even, port)):
        run, _ = rl(options(folder, "dead", rewards=url, steps=9, redraws=0))
    assert run.steps == 9
    assert max(rollout.figures["groups_admitted"] for rollout in Journal(folder / "dead")) > 0


def test_a_full_disk_stops_the_run_and_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
    limit += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    code = limit + CHILD.replace("steps=40, save_every=3", "steps=40, save_every=99")
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), "full"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "rollouts.jsonl: cannot be written" in done.stderr
    kept = len(Journal(folder / "full"))
    assert kept > 0
    rl(options(folder, "full", rewards="distance:1", steps=40, save_every=99))
    assert len(Journal(folder / "full")) == 40


# -- pools, replay, tasks -------------------------------------------------------------------------------------


def test_tasks_are_mixed_by_their_file_and_told_apart(folder: Path, server: RewardServer) -> None:
    file = folder / "tasks.toml"
    file.write_text(
        f'[tasks.point]\ndata = "data"\nrewards = "distance:1"\n'
        f'[tasks.chat]\ndata = "data"\nrewards = {{"{server.url}" = 1.0}}\n'
        "[[schedule]]\nsteps = 1\nmix = {point = 1}\n[[schedule]]\nsteps = 2\nmix = {point = 1, chat = 2}\n",
        "utf-8",
    )
    known = {"data": None, "model": folder / "taught-base", "out": folder / "mixed"}
    rl(Options(**{**vars(options(folder, "mixed", steps=3, redraws=0)), **known, "curriculum": file}))
    tasks = [sorted({group.task for group in rollout.groups}) for rollout in Journal(folder / "mixed")]
    assert tasks == [["point"], ["chat", "point"], ["chat", "point"]]
    figures = Journal(folder / "mixed").read(2).figures
    assert {"reward_point", "reward_chat", "tokens_point", "tokens_chat", "passed_chat"} <= set(figures)
    assert [group.task for group in Journal(folder / "mixed").read(1).groups].count("chat") == 2


def test_a_kept_success_takes_a_place_where_a_whole_group_fails(folder: Path) -> None:
    turn = [0]

    def once(items: Any) -> list[float | None]:
        turn[0] += 1
        return [float(turn[0] <= 1 and number % 2 == 0) for number in range(len(items))]

    with running(RewardServer(once)) as own:
        rl(
            options(
                folder, "replay", rewards=own.url, algorithm="grpo-clip", replay=2, steps=6, groups=8, redraws=0
            )
        )
    replayed = [group for rollout in Journal(folder / "replay") for group in rollout.groups if group.replayed]
    assert replayed
    for group in replayed:
        assert group.state == "admitted"
        assert group.rewards[-1] == 1.0
        assert group.own() == [0.0] * 3


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"group": 1}, "--group 1: accepted: 2 or more"),
        ({"lr": 0.0}, "--lr 0.0: accepted: a number above 0"),
        ({"temperature": 0.0}, "--temperature 0.0"),
        ({"top_p": 1.5}, "--top-p 1.5"),
        ({"algorithm": "ppo"}, "--algorithm ppo: accepted: grpo, "),
        ({"updates": 2}, "--updates 2: grpo is right for one update a rollout"),
        ({"replay": 2}, "--replay 2: grpo does not look at who made the answers"),
        ({"updates": 4, "algorithm": "dapo"}, r"--updates 4: accepted: up to --groups \(3\)"),
        ({"rewards": "luck"}, "reward 'luck': accepted: "),
        ({"pools": "simple:1"}, "pools: 'simple:1'; accepted: "),
        ({"curriculum": Path("x.toml")}, "and not both"),
    ],
)
def test_what_cannot_be_says_what_is_accepted(folder: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingFault, match=said):
        rl(options(folder, "refused", **more))
    assert not (folder / "refused").exists()


def test_a_family_that_has_no_words_for_the_data_leaves_nothing_to_ask(tmp_path: Path, folder: Path) -> None:
    from tests.training.makers import episode

    data = FolderData(tmp_path / "data", create=True)
    data.append(episode(data))
    with pytest.raises(TrainingFault, match="holds no items of the split train"):
        rl(Options(**{**vars(options(folder, "none")), "data": tmp_path / "data"}))


def test_pass_at_k_by_hand() -> None:
    assert pass_at(1, 3, 8) == pytest.approx(3 / 8)
    assert pass_at(8, 1, 8) == 1
    assert pass_at(8, 0, 8) == 0
    assert pass_at(2, 2, 4) == pytest.approx(1 - (2 * 1 / 2) / (4 * 3 / 2))
    with pytest.raises(ValueError, match="pass@9"):
        pass_at(9, 1, 8)


def test_intervals_and_curves_of_seeds(tmp_path: Path) -> None:
    assert interval([0.5]) == (0.5, 0.0)
    mean, half = interval([0.5, 0.6, 0.7])
    assert mean == pytest.approx(0.6)
    assert half == pytest.approx(4.303 * 0.1 / 3**0.5)
    place = tmp_path / "seeds.png"
    draw_seeds(place, {"rl": [[(0, 0.1), (1, 0.5)], [(0, 0.2), (1, 0.7), (2, 1)]]}, across="minutes", up="hits")
    assert place.stat().st_size > 5000
