"""`agent train`: supervised training, adapters, checkpoints for stock transformers. Heavy imports stand inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.cli.train.endings import EXIT_CODES, ctrl_c, faults
from agent.result import EXIT_DONE, EXIT_INTERRUPTED, EXIT_USAGE

if TYPE_CHECKING:
    from model.training.sft import Plan

EXAMPLES = """\
Examples:

agent train sft data --model CHECKPOINT --out runs/sft --lora 16 --epochs 2

agent train sft data --model CHECKPOINT --out runs/staged --stages projector:200@1e-3,all:400@1e-5

agent train export runs/sft --out my-model; agent run "…" --model my-model

The same command goes on where it was stopped.
"""

app = typer.Typer(
    help="Train models on data sets of `agent data` (docs/training.md).", no_args_is_help=True, epilog=EXIT_CODES
)

Base = Annotated[Path, typer.Option("--model", metavar="FOLDER", help="The checkpoint to begin with.")]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder to write.")]
Dtype = Annotated[str, typer.Option(help="float32, bfloat16 or float16. Absent: as the base is stored.")]


@app.command("sft", epilog=f"{EXAMPLES}\n\n{EXIT_CODES}")
def sft_command(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of a data set.")],
    model: Base,
    out: Out,
    family: Annotated[str, typer.Option(help="Model family. Absent: told from the checkpoint's name.")] = "",
    stages: Annotated[
        str, typer.Option(help="Parts of the schedule: BLOCKS:STEPS@RATE, with commas between.")
    ] = "",
    blocks: Annotated[
        str, typer.Option(help="What one stage trains: vision, projector, language, joined by +; or all.")
    ] = "all",
    epochs: Annotated[float, typer.Option(help="Times that everything is seen.")] = 1.0,
    steps: Annotated[int, typer.Option(help="Steps instead of epochs.")] = 0,
    lr: Annotated[float, typer.Option(help="Learning rate at its height. For adapters, 1e-4 is usual.")] = 1e-5,
    warmup: Annotated[int, typer.Option(help="Steps in which it rises.")] = 0,
    decay: Annotated[float, typer.Option(help="Share of a stage, at its end, in which it falls.")] = 0.35,
    optimizer: Annotated[str, typer.Option(help="adamw or muon.")] = "adamw",
    weight_decay: Annotated[float, typer.Option(help="Of the optimizer.")] = 0.0,
    clip: Annotated[float, typer.Option(help="Norm that gradients are cut to.")] = 1.0,
    lora: Annotated[int, typer.Option(help="Rank of adapters; 0: the weights themselves.")] = 0,
    lora_alpha: Annotated[float, typer.Option(help="Their scale; 0: twice the rank.")] = 0.0,
    lora_dropout: Annotated[float, typer.Option(help="Their dropout.")] = 0.0,
    batch: Annotated[int, typer.Option(help="Sequences a step, in all processes together.")] = 8,
    micro: Annotated[int, typer.Option(help="Of these in one pass of a process; 0: all.")] = 0,
    pack: Annotated[int, typer.Option(help="Most questions about one picture in one sequence.")] = 1,
    max_tokens: Annotated[int, typer.Option(help="Longest sequence; older turns leave, whole.")] = 8192,
    turns: Annotated[int, typer.Option(help="Answers at the end of a sequence that are learned; 0: all.")] = 1,
    cache_features: Annotated[
        bool, typer.Option("--cache-features", help="Keep a frozen vision encoder's output on disk.")
    ] = False,
    checkpointing: Annotated[
        bool, typer.Option("--checkpointing", help="Activations are computed again instead of kept.")
    ] = False,
    save_every: Annotated[int, typer.Option(help="Steps between states from which it goes on.")] = 200,
    keep: Annotated[int, typer.Option(help="States that are kept.")] = 2,
    eval_every: Annotated[int, typer.Option(help="Steps between evaluations; 0: none.")] = 0,
    eval_suite: Annotated[
        str, typer.Option(help="Suite of `agent eval` with items; absent: the data set's own split validation.")
    ] = "",
    eval_data: Annotated[Path | None, typer.Option(help="Folder of that suite's files.")] = None,
    eval_limit: Annotated[int, typer.Option(help="Items of an evaluation.")] = 100,
    eval_tokens: Annotated[int, typer.Option(help="Longest answer in them.")] = 128,
    device: Annotated[str, typer.Option(help="torch device. Absent: the best there is.")] = "",
    precision: Annotated[str, typer.Option(help="bf16, or no (32 bit).")] = "no",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write for TensorBoard as well.")] = False,
    wandb: Annotated[bool, typer.Option("--wandb", help="Report to Weights & Biases, over the network.")] = False,
    as_json: Json = False,
) -> None:
    """Train a checkpoint, or an adapter for it, on a data set."""
    with faults(as_json):
        from model.training.sft import Options, sft

        options = Options(
            data=data, model=model, out=out, family=family, stages=stages, blocks=blocks, epochs=epochs,
            steps=steps, lr=lr, warmup=warmup, decay=decay, optimizer=optimizer, weight_decay=weight_decay,
            clip=clip, lora=lora, lora_alpha=lora_alpha, lora_dropout=lora_dropout, batch=batch, micro=micro,
            pack=pack, max_tokens=max_tokens, turns=turns, cache_features=cache_features,
            checkpointing=checkpointing, save_every=save_every, keep=keep, evaluate_every=eval_every,
            evaluate_tokens=eval_tokens,
            device=device, precision=precision, seed=seed, tensorboard=tensorboard, wandb=wandb,
        )  # fmt: skip
        evaluate = evaluator_for(data, eval_suite, eval_data, eval_limit) if eval_every else None
        shown = _Shown(as_json)
        with ctrl_c() as stopped, shown:
            run, place = sft(options, evaluate=evaluate, tell=shown.plan, watch=shown.step, stop=stopped)
        ended = stopped()
        told = {
            "steps": run.steps,
            "loss": run.losses[-1] if run.losses else None,
            "figures": run.figures,
            "stopped": ended,
            "out": None if ended else str(place),
        }
        if as_json:
            print_json(told)
        elif ended:
            say(f"stopped after step {run.steps}, its state is saved; the same command goes on")
        else:
            say(f"{run.steps} steps, loss {told['loss']:.4f}: {place}")
    raise typer.Exit(EXIT_INTERRUPTED if ended else EXIT_DONE)


@app.command("merge", epilog=EXIT_CODES)
def merge_command(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Folder of an adapter (PEFT).")],
    model: Base,
    out: Out,
    dtype: Dtype = "",
    as_json: Json = False,
) -> None:
    """Put an adapter into the weights of its base. Weights of it that find no place are an error."""
    with faults(as_json):
        from model.training.export import merge

        changed = merge(model, adapter, out, dtype=_dtype(dtype, as_json))
    if as_json:
        print_json({"out": str(out), "layers": changed})
    else:
        say(f"{out}: {changed} layers changed")


@app.command("export", epilog=EXIT_CODES)
def export_command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of `agent train sft`, or an adapter.")],
    out: Out,
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FOLDER", help="Base of an adapter. Absent: as trained.")
    ] = None,
    dtype: Dtype = "",
    as_json: Json = False,
) -> None:
    """Write the trained model, adapters merged, as a folder that stock transformers and vLLM open."""
    with faults(as_json):
        from model.training.export import export

        export(run, out, base=model, dtype=_dtype(dtype, as_json))
    if as_json:
        print_json({"out": str(out)})
    else:
        say(out)


def _dtype(dtype: str, as_json: bool) -> str:
    accepted = ("", "float32", "bfloat16", "float16")
    if dtype not in accepted:
        stop(EXIT_USAGE, f"--dtype {dtype}: accepted: {', '.join(accepted[1:])}", as_json)
    return dtype


def evaluator_for(data: Path, suite: str, folder: Path | None, limit: int) -> Any:
    """What a trainer asks for figures: a suite of `agent eval`, or the data set's own split validation."""
    from agent.evaluate.recorded.in_training import evaluator, held_out

    if suite:
        from agent.evaluate.suites import load_items

        return evaluator(load_items(suite, folder, limit=limit).items)
    items = held_out(data, limit=limit)
    if not items:
        raise ValueError(
            f"--eval-every: {data} has no grounding items of the split validation; name an --eval-suite"
        )
    return evaluator(items)


class _Shown:
    """Plan and steps on the terminal."""

    def __init__(self, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, quiet=quiet)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=self._console, disable=quiet,
        )  # fmt: skip
        self._task: Any = None

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def plan(self, plan: Plan) -> None:
        """What will be trained, before the first step."""
        from rich.table import Table

        survey = plan.survey
        self._console.print(
            f"{survey.examples} examples, {survey.tokens} tokens, {survey.learned} of them learned; "
            f"{plan.steps_of_epoch} steps an epoch"
        )
        for why, count in survey.left_out.items():
            self._console.print(f"left out: {count} × {why}", markup=False)
        if survey.dropped_turns:
            self._console.print(f"{survey.dropped_turns} old turns left because of --max-tokens")
        for number, (stage, counts) in enumerate(zip(plan.stages, plan.trained, strict=True), 1):
            table = Table("block", "trained", "of", title=f"stage {number}: {stage.steps} steps at {stage.lr:g}")
            for one in counts:
                table.add_row(one.block, f"{one.trained:,}", f"{one.total:,}")
            self._console.print(table)
        self._task = self._bar.add_task("training", total=sum(stage.steps for stage in plan.stages))

    def step(self, figures: dict[str, float]) -> None:
        """Figures of a step."""
        words = f"loss {figures['loss']:.4f}, {figures['tokens_s']:.0f} tokens/s, MFU {figures['mfu']:.0%}"
        self._bar.update(self._task, completed=figures["step"], description=words)
        found = {name: value for name, value in figures.items() if name.startswith("eval_")}
        if found:
            self._console.print(f"step {figures['step']}: " + ", ".join(f"{n} {v:.4f}" for n, v in found.items()))
