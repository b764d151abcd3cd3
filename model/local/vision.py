"""What differs between the classes of checkpoints: how a picture becomes tokens and features, where tokens stand.

One object a class; the rest of `model.local` knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from PIL import Image

from model.base import ModelProtocolError, ModelUnavailable
from model.local.patches import patches_of, without_convolution
from model.local.slicing import Rule, slices


class VisionAdapter(Protocol):
    """How the models of one class see."""

    def tokens(self, picture: Image.Image, number: int) -> list[int]:
        """What stands in the prompt for the picture.

        Args:
            number: how many pictures stand before it.

        Raises:
            ModelProtocolError: the model cannot see pictures of that size.
        """

    def features(self, picture: Image.Image) -> Any:
        """The vision encoder's output, as the model's `mm_encoder_outputs` take it."""

    def positions(self, ids: list[int], pictures: Sequence[Image.Image]) -> tuple[Any, int]:
        """Rotary positions of a prompt, a tensor of shape (3, 1, length), and what a later token's index lacks.

        Positions of a prompt's beginning never depend on what follows it.
        """


class Qwen:
    """Qwen2-VL, 2.5-VL and 3-VL: one token for a square of patches, positions in time, height and width."""

    def __init__(self, model: Any, processor: Any, tokenizer: Any) -> None:
        self._model, self._processor = model, processor
        without_convolution(model.model.visual)

    def _grid(self, picture: Image.Image) -> tuple[int, int, int]:
        patch = int(self._processor.patch_size)
        return 1, picture.height // patch, picture.width // patch

    def tokens(self, picture: Image.Image, number: int) -> list[int]:
        """See `VisionAdapter`. The picture must have the size that the family's rule gives."""
        merge = int(self._processor.merge_size)
        unit = int(self._processor.patch_size) * merge
        if picture.width % unit or picture.height % unit:
            raise ModelProtocolError(
                f"the picture is {picture.width}×{picture.height}, but this checkpoint takes multiples of {unit}: "
                "the family does not fit it"
            )
        _, rows, columns = self._grid(picture)
        return [self._model.config.image_token_id] * (rows * columns // merge**2)

    def features(self, picture: Image.Image) -> Any:
        """See `VisionAdapter`."""
        values, grid = patches_of(self._processor, picture, self._model.device)
        return self._model.model.get_image_features(values, grid, return_dict=True)

    def positions(self, ids: list[int], pictures: Sequence[Image.Image]) -> tuple[Any, int]:
        """See `VisionAdapter`. A text goes on by one for each token; a picture stands at one place in time, its
        rows and columns count from there, and what follows it goes on after the longer of its sides.

        It is the model's own rule (`get_rope_index`), which takes as long as a picture's preparation.
        """
        import torch

        merge, pad = int(self._processor.merge_size), self._model.config.image_token_id
        out = np.empty((3, len(ids)), dtype=np.int64)
        place = then = 0
        grids = iter([self._grid(picture) for picture in pictures])
        while place < len(ids):
            if ids[place] == pad:
                _, high, wide = next(grids)
                rows, columns = high // merge, wide // merge
                end = place + rows * columns
                out[:, place:end] = then
                out[1:, place:end] += np.indices((rows, columns)).reshape(2, -1)
                then += max(rows, columns)
            else:
                end = ids.index(pad, place) if pad in ids[place:] else len(ids)
                out[:, place:end] = np.arange(then, then + end - place)
                then += end - place
            place = end
        return torch.from_numpy(out[:, None]).to(self._model.device), then - len(ids)


_MARKS = ("<image_id>", "</image_id>", "<image>", "</image>", "<slice>", "</slice>")


class MiniCPMV46:
    """MiniCPM-V 4.6: a thumbnail and slices, each between marks; plain positions.

    The processor resizes: a picture is sent as it is, because thumbnail and slices are both taken from it.
    """

    def __init__(self, model: Any, processor: Any, tokenizer: Any) -> None:
        self._model, self._processor, self._tokenizer = model, processor, tokenizer
        known = tokenizer.get_vocab()
        if missing := [mark for mark in _MARKS if mark not in known]:
            raise ModelUnavailable(f"the checkpoint's tokenizer lacks {', '.join(missing)}")
        self._marks = {mark: known[mark] for mark in _MARKS}
        self._rule = Rule(
            side=int(processor.scale_resolution),
            most=int(processor.max_slice_nums),
            patch=int(processor.patch_size),
            merge=2 if processor.downsample_mode == "4x" else 4,
            cut=bool(processor.slice_mode),
        )

    def tokens(self, picture: Image.Image, number: int) -> list[int]:
        """`<image_id>0</image_id><image>…</image><slice>…</slice>`, with a line break after each row."""
        cut, mark = slices(*picture.size, self._rule), self._marks
        out: list[int] = []
        if self._processor.use_image_id:
            out += [mark["<image_id>"], *self._text(str(number)), mark["</image_id>"]]
        out += [mark["<image>"], *self._seen(cut.thumbnail), mark["</image>"]]
        for row in range(cut.rows):
            out += self._text("\n") if row else []
            out += [mark["<slice>"], *self._seen(cut.slice), mark["</slice>"]] * cut.columns
        return out

    def _seen(self, size: tuple[int, int]) -> list[int]:
        width, height = size
        return [self._model.config.image_token_id] * (width * height // self._rule.unit**2)

    def _text(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def features(self, picture: Image.Image) -> Any:
        """See `VisionAdapter`."""
        pixels = self._processor(picture, return_tensors="pt").to(self._model.device)
        mode = self._processor.downsample_mode
        return self._model.model.get_image_features(
            pixels["pixel_values"], pixels["target_sizes"], downsample_mode=mode, return_dict=True
        )

    def positions(self, ids: list[int], pictures: Sequence[Image.Image]) -> tuple[Any, int]:
        """See `VisionAdapter`."""
        import torch

        return torch.arange(len(ids), device=self._model.device).expand(3, 1, -1), 0


class MiniCPMV47(MiniCPMV46):
    """MiniCPM-V 4.7: as 4.6, but thumbnail and slices share one canvas of positions."""

    def positions(self, ids: list[int], pictures: Sequence[Image.Image]) -> tuple[Any, int]:
        """See `VisionAdapter`."""
        pieces = [size for picture in pictures for size in slices(*picture.size, self._rule).sizes]
        grids = [(height // self._rule.patch, width // self._rule.patch) for width, height in pieces]
        mode = self._processor.downsample_mode
        return _by_model(self._model, ids, "target_sizes", grids, downsample_mode=mode)


VISION_ADAPTERS: dict[str, Any] = {
    "Qwen2_5_VLForConditionalGeneration": Qwen,
    "Qwen2VLForConditionalGeneration": Qwen,
    "Qwen3VLForConditionalGeneration": Qwen,
    "Qwen3_5ForConditionalGeneration": Qwen,
    "MiniCPMV4_6ForConditionalGeneration": MiniCPMV46,
    "MiniCPMV4_7ForConditionalGeneration": MiniCPMV47,
}
"""Architecture in a checkpoint's config → how it sees; made from (model, image processor, tokenizer)."""


def joined(encoded: list[Any]) -> Any:
    """Features of several pictures as if they had been encoded together."""
    if len(encoded) == 1:
        return encoded[0]
    first = encoded[0]
    whole = type(first)()
    whole.pooler_output = tuple(part for one in encoded for part in one.pooler_output)
    if getattr(first, "deepstack_features", None) is not None:
        layers = range(len(first.deepstack_features))
        whole.deepstack_features = [
            tuple(part for one in encoded for part in one.deepstack_features[layer]) for layer in layers
        ]
    return whole


def _by_model(
    model: Any, ids: list[int], key: str, grids: Sequence[tuple[int, ...]], **more: Any
) -> tuple[Any, int]:
    """Positions by the model's own rule, which takes the pictures' grids under `key`."""
    import torch

    tensor = torch.tensor([ids], device=model.device)
    types = (tensor == model.config.image_token_id).long()
    known = torch.tensor(grids, device=model.device) if grids else None
    positions, delta = model.model.get_rope_index(tensor, mm_token_type_ids=types, **{key: known}, **more)
    return positions, int(delta[0])
