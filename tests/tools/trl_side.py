"""What TRL needs to train one of our checkpoints, for what is compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SILENT = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
"""Environment of a process that runs TRL: it tells its makers of every trainer, unless told not to."""


def processor(folder: Path, backend: str = "pil") -> Any:
    """The checkpoint's processor without the part for videos, which needs torchvision.

    Args:
        backend: "pil" or "torchvision".
    """
    from transformers import AutoImageProcessor, AutoTokenizer, Qwen2_5_VLProcessor

    class WithoutVideos(Qwen2_5_VLProcessor):
        def __init__(self, image_processor: Any, tokenizer: Any, chat_template: Any = None, **kwargs: Any) -> None:
            self.image_processor, self.tokenizer, self.chat_template = image_processor, tokenizer, chat_template
            self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
            self.image_token_id = tokenizer.convert_tokens_to_ids("<|image_pad|>")
            self.video_token_id = tokenizer.convert_tokens_to_ids("<|video_pad|>")
            self.image_ids, self.video_ids, self.audio_ids = [self.image_token_id], [self.video_token_id], []

        @classmethod
        def get_attributes(cls) -> list[str]:
            return ["image_processor", "tokenizer"]

    tokenizer = AutoTokenizer.from_pretrained(folder)
    images = AutoImageProcessor.from_pretrained(folder, backend=backend)
    return WithoutVideos(images, tokenizer, tokenizer.chat_template)
