"""`agent train dpo`: learning from preferences. Heavy imports stand inside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.console import Json, print_json, say
from agent.cli.train.endings import EXIT_CODES, ctrl_c, faults
from agent.result import EXIT_DONE, EXIT_INTERRUPTED

if TYPE_CHECKING:
    from model.training.dpo.run import Plan

EXAMPLES = f"""\
Examples:

agent data import from-runs runs --to pairs --verdict any; agent train dpo pairs --model CHECKPOINT --out runs/dpo

agent train dpo screens --model CHECKPOINT --out runs/rlaif --ask "Describe the screen." --splitter qwen3 --checker
qwen3-vl --base-url http://127.0.0.1:8000/v1

The same command goes on where it was stopped.

{EXIT_CODES}
"""


def dpo_command(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of a data set.")],
    model: Annotated[Path, typer.Option("--model", metavar="FOLDER", help="The checkpoint to begin with.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder of the run.")],
    family: Annotated[str, typer.Option(help="Model family. Absent: told from the checkpoint's name.")] = "",
    ask: Annotated[
        str, typer.Option(help="A question about every picture; its answers are drawn and scored. Absent: runs.")
    ] = "",
    splitter: Annotated[str, typer.Option(metavar="NAME", help="Model that splits answers into claims.")] = "",
    checker: Annotated[str, typer.Option(metavar="NAME", help="Model that says yes or no to a claim.")] = "",
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="Endpoint that serves both; its key in AGENT_API_KEY.")
    ] = "",
    samples: Annotated[int, typer.Option(help="Answers that are drawn to a question.")] = 10,
    temperature: Annotated[float, typer.Option(help="Of drawing.")] = 1.0,
    most: Annotated[int, typer.Option(help="Tokens of an answer.")] = 128,
    pairs_each: Annotated[int, typer.Option(help="Pairs of one question.")] = 2,
    near: Annotated[int, typer.Option(help="Bits of a hash in which two screens may differ and be the same.")] = 0,
    beta: Annotated[float, typer.Option(help="Larger: the model stays nearer to where it began.")] = 0.1,
    epochs: Annotated[float, typer.Option(help="Times that every pair is seen.")] = 1.0,
    steps: Annotated[int, typer.Option(help="Steps instead of epochs.")] = 0,
    batch: Annotated[int, typer.Option(help="Pairs a step.")] = 8,
    micro: Annotated[int, typer.Option(help="Of these in one pass; 0: all.")] = 0,
    lr: Annotated[float, typer.Option(help="Learning rate at its height. For adapters, 1e-5 is usual.")] = 1e-6,
    warmup: Annotated[int, typer.Option(help="Steps in which it rises.")] = 0,
    decay: Annotated[float, typer.Option(help="Share of the steps, at the end, in which it falls.")] = 0.35,
    weight_decay: Annotated[float, typer.Option(help="Of the optimizer.")] = 0.0,
    clip: Annotated[float, typer.Option(help="Norm that gradients are cut to.")] = 1.0,
    blocks: Annotated[str, typer.Option(help="vision, projector, language, joined by +; or all.")] = "all",
    lora: Annotated[int, typer.Option(help="Rank of adapters; 0: the weights themselves.")] = 0,
    lora_alpha: Annotated[float, typer.Option(help="Their scale; 0: twice the rank.")] = 0.0,
    max_tokens: Annotated[int, typer.Option(help="Longest prompt.")] = 8192,
    eval_every: Annotated[int, typer.Option(help="Steps between evaluations; 0: none.")] = 0,
    eval_grounding: Annotated[
        Path | None, typer.Option(metavar="DATA", help="Also ask the grounding items of its split validation.")
    ] = None,
    eval_limit: Annotated[int, typer.Option(help="So many of them.")] = 100,
    save_every: Annotated[int, typer.Option(help="Steps between states from which it goes on.")] = 100,
    keep: Annotated[int, typer.Option(help="States that are kept.")] = 2,
    device: Annotated[str, typer.Option(help="torch device. Absent: the best there is.")] = "",
    precision: Annotated[str, typer.Option(help="bf16, or no (32 bit).")] = "no",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn from pairs of answers, one better than the other (docs/reinforcement.md)."""
    with faults(as_json):
        from model.training.dpo.run import Options, dpo

        options = Options(
            data=data, model=model, out=out, family=family, ask=ask, samples=samples, temperature=temperature,
            most=most, pairs_each=pairs_each, near=near, beta=beta, epochs=epochs, steps=steps, batch=batch,
            micro=micro, lr=lr, warmup=warmup, decay=decay, weight_decay=weight_decay, clip=clip, blocks=blocks,
            lora=lora, lora_alpha=lora_alpha, max_tokens=max_tokens, evaluate_every=eval_every,
            save_every=save_every, keep=keep, device=device, precision=precision, seed=seed,
        )  # fmt: skip
        with ctrl_c() as stopped:
            run, place = dpo(
                options,
                splitter=_opened(splitter, base_url),
                checker=_opened(checker, base_url),
                evaluate=_grounding(eval_grounding, eval_limit) if eval_grounding else None,
                tell=lambda plan: _tell(plan, as_json),
                watch=lambda figures: _step(figures, as_json),
                stop=stopped,
            )
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


def _opened(name: str, base_url: str) -> Any:
    if not name:
        return None
    from model.registry import ModelOptions, open_model

    return open_model(name, ModelOptions(base_url=base_url or None, api_key=os.environ.get("AGENT_API_KEY")))


def _grounding(data: Path, limit: int) -> Any:
    """Grounding by `agent eval`'s own question and scoring, so that it can be seen not to fall."""
    from agent.cli.train.sft import evaluator_for

    figures = evaluator_for(data, "", None, limit)

    def evaluate(opened: Any, family: str) -> dict[str, float]:
        from model.training.opened import Asked

        return dict(figures(Asked(opened, family)))

    return evaluate


def _tell(plan: Plan, quiet: bool) -> None:
    if quiet:
        return
    say(f"{plan.pairs} pairs, {plan.held_out} held out")
    for why, count in plan.left_out.items():
        say(f"left out: {count} × {why}")
    for one in plan.trained:
        say(f"{one.block}: {one.trained:,} of {one.total:,} parameters are trained")


def _step(figures: dict[str, float], quiet: bool) -> None:
    found = {name: value for name, value in figures.items() if name.startswith("eval_")}
    if found and not quiet:
        say(f"step {figures['step']}: " + ", ".join(f"{name} {value:.4f}" for name, value in found.items()))
