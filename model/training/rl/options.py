"""What `agent train rl` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.training.algorithms import named
from model.training.pools.difficulty import parse_pools
from model.training.rewards import parse_rewards
from model.training.trainer.state import TrainingFault


@dataclass(frozen=True)
class Options:
    """Every field is an option of `agent train rl`.

    Attributes:
        data, model, out: folders of the data set, the checkpoint, and the run.
        curriculum: a file of tasks and their schedule (`model.training.pools.curriculum`) instead of `data`.
        family: row of `model.families`; "": told from the checkpoint's name.
        rewards: as `parse_rewards` takes them; `reward_timeout`: seconds for a batch at a reward model.
        algorithm, mean, normalise: see `model.training.algorithms.named`.
        group, groups: answers to an item; groups that a rollout is to bring.
        asked: items about one picture that are drawn together and share a sequence, so that it is looked at once.
        updates: steps taken from one rollout, each from its part of the groups; above 1 not on policy.
        steps, lr, warmup, decay, optimizer, weight_decay, clip: of the optimizer; `decay` 0: the rate stays.
        blocks: which parts of the model are trained; lora, lora_alpha: adapters on them instead.
        most: tokens of an answer; temperature, top_p: how they are drawn.
        pools: probability of easy, normal and hard items; "": all items alike.
        redraws: how often the number of groups may be begun again for those that taught nothing.
        signal: least size of an advantage of a group that is admitted.
        replay: successes of an item that are kept for a group that fails as a whole; 0: none.
        rows, workers, continuous: see `model.training.rollout.engine.Engine`; rows 0: as many as are wanted.
        micro: groups in one pass of the update; 0: all.
        evaluate_every, evaluate_items, evaluate_samples: steps between evaluations on the split validation, its
            items, and the answers of pass@k.
    """

    data: Path | None
    model: Path
    out: Path
    curriculum: Path | None = None
    family: str = ""
    rewards: str = "point_in_box:1"
    reward_timeout: float = 30.0
    longest: int = 0
    algorithm: str = "grpo"
    mean: str = ""
    normalise: bool | None = None
    group: int = 8
    groups: int = 16
    asked: int = 1
    updates: int = 1
    steps: int = 100
    lr: float = 1e-6
    warmup: int = 0
    decay: float = 0.0
    optimizer: str = "adamw"
    weight_decay: float = 0.0
    clip: float = 1.0
    blocks: str = "all"
    lora: int = 0
    lora_alpha: float = 0.0
    most: int = 128
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 8192
    pools: str = ""
    redraws: float = 1.0
    signal: float = 1e-6
    replay: int = 0
    rows: int = 0
    workers: int = 8
    continuous: bool = False
    micro: int = 0
    checkpointing: bool = False
    evaluate_every: int = 0
    evaluate_items: int = 100
    evaluate_samples: int = 8
    save_every: int = 20
    keep: int = 2
    device: str = ""
    precision: str = "no"
    seed: int = 0
    tensorboard: bool = False
    wandb: bool = False

    def check(self) -> None:
        """Raises TrainingFault for what cannot be; the message names the option and says what is accepted."""
        if (self.data is None) == (self.curriculum is None):
            raise TrainingFault("accepted: a data set, or --curriculum FILE, and not both")
        least = {
            "group": 2, "groups": 1, "asked": 1, "updates": 1, "steps": 1, "most": 1, "lora": 0, "replay": 0,
            "rows": 0,
            "workers": 1, "micro": 0, "evaluate_every": 0, "evaluate_items": 1, "evaluate_samples": 1,
            "save_every": 1, "max_tokens": 16, "redraws": 0, "longest": 0,
        }  # fmt: skip
        for name, lowest in least.items():
            if not getattr(self, name) >= lowest:
                shown = name.replace("_", "-")
                raise TrainingFault(f"--{shown} {getattr(self, name)}: accepted: {lowest} or more")
        for name in ("lr", "temperature", "reward_timeout", "clip"):
            if not 0 < getattr(self, name) < float("inf"):
                shown = name.replace("_", "-")
                raise TrainingFault(f"--{shown} {getattr(self, name)}: accepted: a number above 0")
        if not 0 < self.top_p <= 1:
            raise TrainingFault(f"--top-p {self.top_p}: accepted: above 0, up to 1")
        for name, accepted in {"precision": ("no", "bf16"), "optimizer": ("adamw", "muon")}.items():
            if getattr(self, name) not in accepted:
                raise TrainingFault(f"--{name} {getattr(self, name)}: accepted: {', '.join(accepted)}")
        algorithm = named(self.algorithm, mean=self.mean, normalise=self.normalise, longest=self.most)
        if algorithm.on_policy and self.updates > 1:
            raise TrainingFault(
                f"--updates {self.updates}: {algorithm.name} is right for one update a rollout; accepted: 1, or "
                "an algorithm that is clipped (grpo-clip, grpo-clip-high, dapo, gspo)"
            )
        if algorithm.on_policy and self.replay:
            raise TrainingFault(
                f"--replay {self.replay}: {algorithm.name} does not look at who made the answers; accepted: 0, "
                "or an algorithm that is clipped (grpo-clip, grpo-clip-high, dapo, gspo)"
            )
        if self.updates > self.groups:
            raise TrainingFault(f"--updates {self.updates}: accepted: up to --groups ({self.groups})")
        try:
            parse_pools(self.pools)
            parse_rewards(self.rewards)
        except ValueError as error:
            raise TrainingFault(str(error)) from error
