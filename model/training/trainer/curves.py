"""The lines of a run as pictures and for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model.training.trainer.state import read_log

_RUNNING = ("step", "stage", "lr", "norm", "tokens_s", "pictures_s", "mfu", "padding")


class Curves:
    """What `steps.jsonl` of a run says.

    Args:
        folder: of the run.
        tensorboard, wandb: also write there, step by step; wandb's own settings say where that is.
    """

    def __init__(self, folder: Path, *, tensorboard: bool = False, wandb: bool = False) -> None:
        self._folder = folder
        self._board: Any = None
        self._wandb: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(folder / "tensorboard"))
        if wandb:
            import wandb as service

            self._wandb = service.init(dir=str(folder), name=folder.name)

    def add(self, figures: dict[str, float]) -> None:
        """A step."""
        step = int(figures["step"])
        if self._board:
            for name, value in figures.items():
                self._board.add_scalar(name, value, step)
        if self._wandb:
            self._wandb.log(dict(figures), step=step)

    def draw(self) -> Path | None:
        """`curves.png` in the run's folder: loss and learning rate, and what was evaluated; None: no step yet."""
        log = self._folder / "steps.jsonl"
        lines = read_log(log) if log.is_file() else []
        if not lines:
            return None
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        names = [name for name in dict.fromkeys(key for line in lines for key in line) if name not in _RUNNING]
        losses = [name for name in names if sum(name in line for line in lines) == len(lines)]
        others = [name for name in names if name not in losses]
        figure = Figure(figsize=(9, 7 if others else 4), layout="constrained")
        FigureCanvasAgg(figure)
        above = figure.add_subplot(2 if others else 1, 1, 1)
        for name in losses:
            values = [line[name] for line in lines]
            above.plot([line["step"] for line in lines], _smooth(values), label=name)
        above.set_ylabel("loss, smoothed")
        above.set_xlabel("step")
        above.set_yscale("log" if min(min(line[name] for name in losses) for line in lines) > 0 else "linear")
        above.legend()
        rate = above.twinx()
        rate.plot([line["step"] for line in lines], [line["lr"] for line in lines], color="0.8", linewidth=1)
        rate.set_ylabel("learning rate (grey)")
        if others:
            below = figure.add_subplot(2, 1, 2)
            for name in others:
                points = [(line["step"], line[name]) for line in lines if name in line]
                below.plot(*zip(*points, strict=True), marker=".", label=name)
            below.set_xlabel("step")
            below.legend(fontsize="small")
        place = self._folder / "curves.png"
        figure.savefig(place, dpi=100, metadata={"Software": f"matplotlib {matplotlib.__version__}"})
        return place

    def close(self) -> None:
        """Write out what is held back."""
        if self._board:
            self._board.close()
        if self._wandb:
            self._wandb.finish()


def _smooth(values: list[float], share: float = 0.9) -> list[float]:
    """Exponential mean, begun without its lag."""
    out: list[float] = []
    mean = weight = 0.0
    for value in values:
        mean, weight = share * mean + (1 - share) * value, share * weight + (1 - share)
        out.append(mean / weight)
    return out
