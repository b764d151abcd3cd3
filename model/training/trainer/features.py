"""What the vision encoder makes of pictures: computed together, or kept on disk while the encoder is frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from model.local.patches import patches_of
from model.local.vision import Qwen, joined
from model.training.trainer.batch import Features, Seen
from model.training.trainer.state import TrainingFault


class Eyes:
    """A model's sight as batches need it.

    Args:
        model: the vision-language model; `sight` and `processor`: of its class (`model.local.vision`).
    """

    def __init__(self, model: Any, sight: Any, processor: Any) -> None:
        self.model, self.sight, self.processor = model, sight, processor

    def features_of(self, pictures: list[Image.Image]) -> Any:
        """The encoder's output for several pictures, as `mm_encoder_outputs` takes it.

        A picture that is there several times, as one object, is looked at once.
        """
        single = {id(picture): picture for picture in pictures}
        if len(single) < len(pictures):
            places = {key: place for place, key in enumerate(single)}
            return _repeated(self.features_of([*single.values()]), [places[id(picture)] for picture in pictures])
        if not isinstance(self.sight, Qwen):
            return joined([self.sight.features(picture) for picture in pictures])
        made = [patches_of(self.processor, picture, self.model.device) for picture in pictures]
        values, grids = (torch.cat(parts) for parts in zip(*made, strict=True))
        return self.model.model.get_image_features(values, grids, return_dict=True)

    def inputs(self, pictures: list[Image.Image], ids: torch.Tensor) -> dict[str, Any]:
        """What `generate` takes for these pictures, beside the tokens `ids`."""
        if not isinstance(self.sight, Qwen):
            made = self.processor(pictures, return_tensors="pt").to(self.model.device)
            return {"pixel_values": made["pixel_values"], "target_sizes": made["target_sizes"]}
        parts = [patches_of(self.processor, picture, self.model.device) for picture in pictures]
        values, grids = (torch.cat(part) for part in zip(*parts, strict=True))
        types = (ids == self.model.config.image_token_id).long()
        return {"pixel_values": values, "image_grid_thw": grids, "mm_token_type_ids": types}

    def restored(self, kept: list[Features]) -> Any:
        """The same from what was kept of each picture."""
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        output: Any = BaseModelOutputWithPooling  # declared to hold one tensor, made to hold one a picture
        device = self.model.device
        if "patches" in kept[0]:
            return output(pooler_output=self._projected(kept))
        out = output(pooler_output=tuple(one["tokens"].to(device) for one in kept))
        layers = sorted(name for name in kept[0] if name.startswith("deep"))
        if layers:
            out.deepstack_features = [tuple(one[name].to(device) for one in kept) for name in layers]
        return out

    def _projected(self, kept: list[Features]) -> tuple[torch.Tensor, ...]:
        visual = self.model.model.visual
        whole = visual.merger(torch.cat([one["patches"] for one in kept]).to(self.model.device))
        parts = whole.split([one["order"].numel() for one in kept])
        return tuple(part[one["order"].to(part.device)] for part, one in zip(parts, kept, strict=True))


class Kept:
    """Features on disk, a file a picture, in a folder that is named by the weights that made them.

    Args:
        folder: where; files of other weights stay beside them.
        projected: keep what the projector made of them; False: what it is given, so that it can be trained.

    Raises:
        TrainingFault: this class's projector takes more than can be kept.
    """

    def __init__(self, eyes: Eyes, folder: Path, *, projected: bool) -> None:
        visual = getattr(eyes.model.model, "visual", None)
        if not projected and (visual is None or hasattr(visual, "deepstack_merger_list")):
            raise TrainingFault(
                f"--cache-features: {type(eyes.model).__name__} feeds its projector from several places; "
                "train other blocks than the projector, or go without the cache"
            )
        self._eyes, self._projected = eyes, projected
        self._folder = folder / _fingerprint(eyes.model, projected)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._read = lru_cache(256)(self._load)

    def __call__(self, seen: Seen) -> Features:
        """What is kept of the picture."""
        return self._read(seen.key)

    def fill(self, pictures: Iterable[Seen], tell: Callable[[int], None] = lambda count: None) -> int:
        """Compute what is missing; how many that were."""
        count = 0
        for number, seen in enumerate(pictures, 1):
            if not self._file(seen.key).is_file():
                self._save(seen.key, self._made(seen.load()))
                count += 1
            tell(number)
        return count

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"

    @torch.no_grad()
    def _made(self, picture: Image.Image) -> Features:
        found = self._eyes.features_of([picture])
        if not self._projected:
            return {"patches": found.last_hidden_state.cpu(), "order": self._order(picture)}
        features = {"tokens": found.pooler_output[0].cpu()}
        for number, layer in enumerate(getattr(found, "deepstack_features", None) or ()):
            features[f"deep{number}"] = (layer[0] if isinstance(layer, tuple | list) else layer).cpu()
        return features

    def _order(self, picture: Image.Image) -> torch.Tensor:
        """Where each of the projector's outputs goes: encoders with windows reorder their patches."""
        processor, visual = self._eyes.processor, self._eyes.model.model.visual
        rows, columns = picture.height // processor.patch_size, picture.width // processor.patch_size
        if not hasattr(visual, "window_size"):
            return torch.arange(rows * columns // processor.merge_size**2)
        from transformers.vision_utils import get_vision_window_index

        index, _ = get_vision_window_index(
            torch.tensor([[1, rows, columns]]),
            spatial_merge_size=visual.spatial_merge_size,
            window_size=visual.window_size,
            patch_size=visual.patch_size,
        )
        return torch.argsort(index)

    def _save(self, key: str, features: Features) -> None:
        from safetensors.torch import save_file

        part = self._folder / f".{key}.part"
        try:
            save_file({name: value.contiguous() for name, value in features.items()}, part)
            part.replace(self._file(key))
        except OSError as error:
            part.unlink(missing_ok=True)
            raise TrainingFault(f"{self._folder}: features cannot be kept ({error.strerror or error})") from error

    def _load(self, key: str) -> Features:
        from safetensors.torch import load_file

        return load_file(self._file(key))


def _repeated(output: Any, order: list[int]) -> Any:
    """The output for pictures, with some of them again: `order` has a place in `output` for each."""
    whole = type(output)()
    whole.pooler_output = tuple(output.pooler_output[place] for place in order)
    if getattr(output, "deepstack_features", None) is not None:
        whole.deepstack_features = [tuple(layer[place] for place in order) for layer in output.deepstack_features]
    return whole


def _fingerprint(model: Any, projected: bool) -> str:
    """Names the weights that features depend on."""
    from model.training.trainer.blocks import block_of

    digest = hashlib.sha256(f"{type(model).__name__} {projected}".encode())
    for name, weight in sorted(model.named_parameters()):
        if block_of(name) == "vision" or (projected and block_of(name) == "projector"):
            digest.update(name.encode())
            digest.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
