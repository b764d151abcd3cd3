"""`agent train rl`: learning by reinforcement. Heavy imports stand inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.console import Json, print_json, say
from agent.cli.train.endings import EXIT_CODES, ctrl_c, faults
from agent.result import EXIT_DONE, EXIT_INTERRUPTED

if TYPE_CHECKING:
    from model.training.rl.run import Plan

EXAMPLES = f"""\
Examples:

agent train rl data --model CHECKPOINT --out runs/rl --lora 16 --lr 1e-5 --steps 200 --eval-every 20

agent train rl data --model CHECKPOINT --out runs/rl --rewards point_in_box:1,http://127.0.0.1:9000/score:1

agent train rl --curriculum tasks.toml --model CHECKPOINT --out runs/mixed --pools easy:0.1,normal:0.7,hard:0.2

The same command goes on where it was stopped.

{EXIT_CODES}
"""


def rl_command(
    model: Annotated[Path, typer.Option("--model", metavar="FOLDER", help="The checkpoint to begin with.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder of the run.")],
    data: Annotated[Path | None, typer.Argument(metavar="[DATA]", help="Folder of a data set.")] = None,
    curriculum: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Tasks, their data and a schedule, instead of DATA.")
    ] = None,
    family: Annotated[str, typer.Option(help="Model family. Absent: told from the checkpoint's name.")] = "",
    rewards: Annotated[str, typer.Option(help="NAME:WEIGHT with commas between; an address: a server.")] = (
        "point_in_box:1"
    ),
    reward_timeout: Annotated[float, typer.Option(help="Seconds for a batch at a reward server.")] = 30.0,
    longest: Annotated[int, typer.Option(help="Tokens from which an answer earns nothing; 0: --most.")] = 0,
    algorithm: Annotated[
        str, typer.Option(help="grpo, grpo-clip, grpo-clip-high, rloo, gspo, dr-grpo or dapo.")
    ] = "grpo",
    mean: Annotated[str, typer.Option(help="token, sequence or group, instead of the algorithm's own.")] = "",
    normalise: Annotated[
        bool | None, typer.Option("--normalise/--no-normalise", help="Divide by the group's deviation.")
    ] = None,
    group: Annotated[int, typer.Option(help="Answers to an item.")] = 8,
    groups: Annotated[int, typer.Option(help="Groups that a rollout is to bring.")] = 16,
    asked: Annotated[int, typer.Option(help="Items about one picture that are drawn together.")] = 1,
    updates: Annotated[int, typer.Option(help="Steps from one rollout; above 1 for clipped algorithms.")] = 1,
    steps: Annotated[int, typer.Option(help="Steps of the optimizer.")] = 100,
    lr: Annotated[float, typer.Option(help="Learning rate. For adapters, 1e-5 is usual.")] = 1e-6,
    warmup: Annotated[int, typer.Option(help="Steps in which it rises.")] = 0,
    decay: Annotated[float, typer.Option(help="Share of the steps, at the end, in which it falls.")] = 0.0,
    optimizer: Annotated[str, typer.Option(help="adamw or muon.")] = "adamw",
    weight_decay: Annotated[float, typer.Option(help="Of the optimizer.")] = 0.0,
    clip: Annotated[float, typer.Option(help="Norm that gradients are cut to.")] = 1.0,
    blocks: Annotated[str, typer.Option(help="vision, projector, language, joined by +; or all.")] = "all",
    lora: Annotated[int, typer.Option(help="Rank of adapters; 0: the weights themselves.")] = 0,
    lora_alpha: Annotated[float, typer.Option(help="Their scale; 0: twice the rank.")] = 0.0,
    most: Annotated[int, typer.Option(help="Tokens of an answer.")] = 128,
    temperature: Annotated[float, typer.Option(help="Of drawing.")] = 1.0,
    top_p: Annotated[float, typer.Option(help="Of drawing.")] = 1.0,
    max_tokens: Annotated[int, typer.Option(help="Longest prompt.")] = 8192,
    pools: Annotated[str, typer.Option(help="How often easy, normal and hard items are drawn.")] = "",
    redraws: Annotated[
        float, typer.Option(help="Groups begun again for those without signal, in rollouts.")
    ] = 1.0,
    signal: Annotated[float, typer.Option(help="Least advantage of a group that is learned.")] = 1e-6,
    replay: Annotated[int, typer.Option(help="Successes of an item kept for groups that fail whole.")] = 0,
    rows: Annotated[int, typer.Option(help="Answers drawn at the same time; 0: all.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads that fetch rewards.")] = 8,
    continuous: Annotated[
        bool, typer.Option("--continuous", help="Draw on while rewards are fetched; nobody waits for the last.")
    ] = False,
    micro: Annotated[int, typer.Option(help="Groups in one pass of the update; 0: all.")] = 0,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Activations are computed again instead of kept.")
    ] = False,
    eval_every: Annotated[int, typer.Option(help="Steps between evaluations; 0: none.")] = 0,
    eval_items: Annotated[int, typer.Option(help="Items of an evaluation, of the split validation.")] = 100,
    eval_samples: Annotated[int, typer.Option(help="Answers to each, for pass@k.")] = 8,
    save_every: Annotated[int, typer.Option(help="Steps between states from which it goes on.")] = 20,
    keep: Annotated[int, typer.Option(help="States that are kept.")] = 2,
    device: Annotated[str, typer.Option(help="torch device. Absent: the best there is.")] = "",
    precision: Annotated[str, typer.Option(help="bf16, or no (32 bit).")] = "no",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write for TensorBoard as well.")] = False,
    wandb: Annotated[bool, typer.Option("--wandb", help="Report to Weights & Biases, over the network.")] = False,
    as_json: Json = False,
) -> None:
    """Learn from rewards (docs/reinforcement.md): group sampling, GRPO fully on policy unless told otherwise."""
    with faults(as_json):
        from model.training.rl.run import Options, rl

        options = Options(
            data=data, model=model, out=out, curriculum=curriculum, family=family, rewards=rewards,
            reward_timeout=reward_timeout, longest=longest, algorithm=algorithm, mean=mean, normalise=normalise,
            group=group, groups=groups, asked=asked, updates=updates, steps=steps, lr=lr, warmup=warmup,
            decay=decay,
            optimizer=optimizer, weight_decay=weight_decay, clip=clip, blocks=blocks, lora=lora,
            lora_alpha=lora_alpha, most=most, temperature=temperature, top_p=top_p, max_tokens=max_tokens,
            pools=pools, redraws=redraws, signal=signal, replay=replay, rows=rows, workers=workers,
            continuous=continuous, micro=micro, checkpointing=checkpointing, evaluate_every=eval_every,
            evaluate_items=eval_items, evaluate_samples=eval_samples, save_every=save_every, keep=keep,
            device=device, precision=precision, seed=seed, tensorboard=tensorboard, wandb=wandb,
        )  # fmt: skip
        shown = _Shown(as_json, steps)
        with ctrl_c() as stopped, shown:
            run, place = rl(options, tell=shown.plan, watch=shown.step, stop=stopped)
        ended = stopped()
        told = {
            "steps": run.steps,
            "figures": run.figures,
            "stopped": ended,
            "out": None if ended else str(place),
        }
        if as_json:
            print_json(told)
        elif ended:
            say(f"stopped after step {run.steps}, its state is saved; the same command goes on")
        else:
            say(f"{run.steps} steps: {place}; see {out / 'curves.png'} and {out / 'gallery.html'}")
    raise typer.Exit(EXIT_INTERRUPTED if ended else EXIT_DONE)


class _Shown:
    """Plan and steps on the terminal."""

    def __init__(self, quiet: bool, steps: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, quiet=quiet)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=self._console, disable=quiet,
        )  # fmt: skip
        self._steps = steps
        self._task: Any = None

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def plan(self, plan: Plan) -> None:
        """What will be done, before the first step."""
        from rich.table import Table

        tasks = ", ".join(f"{task}: {count} items" for task, count in plan.items.items())
        self._console.print(f"{plan.algorithm}; {tasks}; {plan.held_out} items held out", markup=False)
        for why, count in plan.left_out.items():
            self._console.print(f"left out: {count} × {why}", markup=False)
        table = Table("block", "trained", "of")
        for one in plan.trained:
            table.add_row(one.block, f"{one.trained:,}", f"{one.total:,}")
        self._console.print(table)
        self._task = self._bar.add_task("learning", total=self._steps)

    def step(self, figures: dict[str, float]) -> None:
        """Figures of a step."""
        reward = f"reward {figures['reward']:.3f}" if "reward" in figures else "no rewards"
        words = (
            f"{reward}, {figures.get('groups_admitted', 0):.0f} groups, rows idle {figures['idle_s_share']:.0%}"
        )
        self._bar.update(self._task, completed=figures["step"], description=words)
        found = {name: value for name, value in figures.items() if name.startswith("eval_")}
        if found:
            self._console.print(f"step {figures['step']}: " + ", ".join(f"{n} {v:.3f}" for n, v in found.items()))
