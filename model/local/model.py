"""A checkpoint in this process: any class of `model.local.checkpoint.CLASSES` that transformers loads natively."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from model.base import Message, ModelProtocolError, ModelUnavailable, Reply, Request, Usage
from model.local.attention import install
from model.local.checkpoint import check_memory, inspect
from model.local.device import choose_placement
from model.local.kv_cache import ImageFeatureCache, Session, Sessions, empty_cache, picture_key
from model.local.vision import VISION_ADAPTERS, Qwen, VisionAdapter, joined

if TYPE_CHECKING:
    import torch

    from model.local.decode import Decoded


NOTHING: Mapping[str, Any] = {}


class LocalModel:
    """Answers with a checkpoint loaded into this process.

    Args:
        folder: the checkpoint.
        family: row of `model.families`.
        name: as the trace shows it; default: the folder's name.
        device, dtype: see `choose_placement`; None: chosen.
        quantize: "8bit" or "4bit": load the weights so (bitsandbytes).
        adapter: folder of a LoRA adapter (PEFT).
        cache: keep keys, values and picture features across the steps of a run.
        constrained: let the request's schema decide which tokens may come.

    Raises:
        UnknownModel, ModelUnavailable: see `model.local.checkpoint`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        family: str,
        name: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        quantize: str | None = None,
        adapter: Path | None = None,
        cache: bool = True,
        constrained: bool = True,
    ) -> None:
        checkpoint = inspect(folder)
        try:
            import torch
            from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer
        except ImportError as error:
            raise ModelUnavailable(
                f"{folder}: needs {error.name}", hint='pip install "gui-agent-toolkit[local]"'
            ) from error
        self.family, self.name = family, name or folder.name
        self.placement = choose_placement(device, dtype)
        each = {"8bit": 1.0, "4bit": 0.5}.get(quantize or "", 4.0 if self.placement.dtype == "float32" else 2.0)
        where = "GPU" if self.placement.device.startswith("cuda") else "main"
        check_memory(checkpoint, each, self.placement.free_bytes, where)

        options: dict[str, Any] = {"dtype": getattr(torch, self.placement.dtype)}
        if self.placement.device.startswith("cuda") or quantize:
            options["device_map"] = "auto" if self.placement.device == "cuda" else self.placement.device
        if quantize:
            from transformers import BitsAndBytesConfig

            options["quantization_config"] = BitsAndBytesConfig(
                load_in_8bit=quantize == "8bit", load_in_4bit=quantize == "4bit"
            )
        try:
            model: Any = AutoModelForImageTextToText.from_pretrained(folder, **options)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
            # The PIL backend: it works without torchvision.
            processor: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            raise ModelUnavailable(f"{folder}: cannot be loaded ({_first_line(error)})") from error
        if not self._tokenizer.chat_template:
            raise ModelUnavailable(
                f"{folder}: its tokenizer has no chat template",
                hint="Copy chat_template.jinja from the model that it was made of.",
            )
        if adapter is not None:
            model = _with_adapter(model, adapter)
        if "device_map" not in options:
            model = model.to(self.placement.device)
        self._model = model.eval()
        install(model, windows=VISION_ADAPTERS[checkpoint.architecture] is Qwen)
        self._core = model.model
        self._cache_argument = cache_argument(self._core)
        self._sight: VisionAdapter = VISION_ADAPTERS[checkpoint.architecture](model, processor, self._tokenizer)
        self._sessions, self._pictures = Sessions(), ImageFeatureCache()
        self._cache, self.holds_schema = cache, constrained
        self._grammar_tokenizer: Any = None
        self._marks = structural_tokens(self._tokenizer, self._model.config)
        # What stands for pictures in a prompt is never said: an answer with it would have no pixels.
        ids = (getattr(model.config, f"{name}_token_id", None) for name in ("image", "video"))
        self._never = [token for token in ids if isinstance(token, int)]

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """See `model.base.Model`. Memory of the session is kept under `request.session`."""
        import torch

        started, cpu = time.perf_counter(), time.process_time()
        name = request.session if self._cache else ""
        try:
            with torch.inference_mode():
                prompt = self._encode(request.messages, request.chat_template_kwargs)
                pieces = _Pieces(self._tokenizer, on_text)
                reused, answer = self._answer(prompt, self._sessions.get(name), request, pieces)
        except BaseException:
            self._sessions.forget(name)
            raise
        usage = Usage(
            prompt_tokens=len(prompt.tokens),
            cached_tokens=reused,
            completion_tokens=len(answer.tokens),
            model_calls=answer.calls,
            cpu_s=time.process_time() - cpu,
        )
        return Reply(
            str(self._tokenizer.decode(answer.tokens, skip_special_tokens=True)),
            usage,
            wall_s=time.perf_counter() - started,
            finish_reason="stop" if answer.ended else "length",
            details={"forced_tokens": answer.forced, "first_token_s": round(pieces.first - started, 4)}
            | ({"hurried": True} if answer.hurried else {}),
        )

    def _answer(self, prompt: _Prompt, session: Session, request: Request, pieces: _Pieces) -> tuple[int, Decoded]:
        """How much of the prompt was held already, and what follows it."""
        from model.local.decode import decode

        reused, logits = self._prefill(prompt, session)

        def step(tokens: list[int]) -> torch.Tensor:
            return self._feed(session, tokens, prompt)

        return reused, decode(
            step,
            logits,
            end=self._ends(),
            sampling=request.sampling,
            matcher=self._matcher(request.schema),
            on_token=pieces.add,
            deadline=request.deadline,
        )

    def close(self) -> None:
        """Give the memory back."""
        self._sessions.clear()
        self._pictures.clear()
        self._model = self._core = self._sight = None  # type: ignore[assignment]

    # -- the prompt -----------------------------------------------------------------------------------------

    def _encode(self, messages: tuple[Message, ...], kwargs: Mapping[str, Any] = NOTHING) -> _Prompt:
        """Tokens of the conversation, with every picture's tokens in place."""
        pictures = [part for message in messages for part in message.parts if isinstance(part, Image.Image)]
        chat = chat_of(messages, self._marks)
        text = self._tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False, **kwargs)
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        placeholder = self._model.config.image_token_id
        if ids.count(placeholder) != len(pictures):
            raise ModelProtocolError(f"the chat template of {self.name} leaves pictures out, or adds some")
        tokens: list[tuple[int, bytes]] = []
        spans: list[tuple[int, int]] = []
        keys = [picture_key(picture) for picture in pictures]
        for token in ids:
            if token != placeholder:
                tokens.append((token, b""))
                continue
            number = len(spans)
            begun = len(tokens)
            tokens += [(part, keys[number]) for part in self._sight.tokens(pictures[number], number)]
            spans.append((begun, len(tokens)))
        positions, delta = self._sight.positions([token for token, _ in tokens], pictures)
        return _Prompt(tokens, spans, pictures, keys, positions, delta)

    def _features(self, picture: Image.Image, key: bytes) -> Any:
        def compute() -> Any:
            return self._sight.features(picture)

        return self._pictures.get(key, compute) if self._cache else compute()

    def _prefill(self, prompt: _Prompt, session: Session) -> tuple[int, torch.Tensor]:
        """Compute what the session does not hold yet; returns how much it held, and the last logits."""
        reused = session.reuse(prompt.tokens, prompt.spans)
        if reused == 0:
            session.start(empty_cache(self._model.config.get_text_config()))
        begun, logits = reused, None
        for end in session.stops(len(prompt.tokens)):
            new = [index for index, (first, _) in enumerate(prompt.spans) if begun <= first < end]
            encoded = [self._features(prompt.pictures[index], prompt.keys[index]) for index in new]
            logits = self._forward(
                [token for token, _ in prompt.tokens[begun:end]],
                prompt.positions[:, :, begun:end],
                session,
                {"image": joined(encoded)} if encoded else None,
            )
            session.mark()
            begun = end
        assert logits is not None  # the last stop is the prompt's end, which is never reused
        session.tokens = list(prompt.tokens)
        return reused, logits

    def _feed(self, session: Session, tokens: list[int], prompt: _Prompt) -> torch.Tensor:
        import torch

        held = session.cache.get_seq_length()
        positions = torch.arange(held, held + len(tokens), device=self._model.device) + prompt.delta
        logits = self._forward(tokens, positions.expand(3, 1, -1), session, None)
        session.tokens += [(token, b"") for token in tokens]
        return logits

    def _forward(self, tokens: list[int], positions: Any, session: Session, features: Any) -> torch.Tensor:
        """Logits after the last of `tokens`; the session's cache grows by them."""
        import torch

        # Without the head, which some classes would apply to every token of the prompt.
        hidden = self._core(
            input_ids=torch.tensor([tokens], device=self._model.device),
            position_ids=positions,
            mm_encoder_outputs=features,
            use_cache=True,
            **{self._cache_argument: session.cache},
        )[0]
        logits: torch.Tensor = self._model.get_output_embeddings()(hidden[:, -1])[0]
        logits[self._never] = float("-inf")
        return logits

    # -- the answer -----------------------------------------------------------------------------------------

    def _ends(self) -> frozenset[int]:
        ends = self._model.generation_config.eos_token_id
        found = {self._tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
        return frozenset(token for token in found if token is not None)

    def _matcher(self, schema: dict[str, Any] | None) -> Any:
        if schema is None or not self.holds_schema:
            return None
        from model.local.grammar import grammar_for

        if self._grammar_tokenizer is None:
            import llguidance.hf

            size = self._model.get_output_embeddings().out_features
            self._grammar_tokenizer = llguidance.hf.from_tokenizer(self._tokenizer, n_vocab=size)
        return grammar_for(self._grammar_tokenizer, schema).matcher()


def cache_argument(module: Any) -> str:
    """What the class calls its key-value cache: `cache` from transformers 5.24 on, `past_key_values` before."""
    return "cache" if "cache" in signature(module.forward).parameters else "past_key_values"


def structural_tokens(tokenizer: Any, config: Any) -> tuple[str, ...]:
    """Special tokens that build a conversation: those of the chat template, and those that stand for pictures.

    Others, such as UI-TARS's marks around a point, are words of the model's own language.
    """
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    stand_ins = {getattr(config, name, None) for name in names}
    special = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    pictures = {str(tokenizer.convert_ids_to_tokens(number)) for number in stand_ins if number is not None}
    return tuple(sorted(pictures | {token for token in special if token in str(tokenizer.chat_template)}))


def chat_of(messages: tuple[Message, ...], marks: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The conversation as chat templates take it; pictures are told of, not carried.

    Args:
        marks: special tokens that no text may hold, as a page or a person may write them: a blank breaks them.
    """

    def plain(text: str) -> str:
        for mark in marks:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return text

    return [
        {
            "role": message.role,
            "content": [
                {"type": "text", "text": plain(part)} if isinstance(part, str) else {"type": "image"}
                for part in message.parts
            ],
        }
        for message in messages
    ]


@dataclass(frozen=True)
class _Prompt:
    """A conversation as tokens.

    Attributes:
        tokens: ids, each with the key of the picture that it belongs to, or b"".
        spans: (first, end) of each picture's tokens.
        positions: rotary positions, shape (3, 1, length); delta: what to add to a later token's index.
    """

    tokens: list[tuple[int, bytes]]
    spans: list[tuple[int, int]]
    pictures: list[Image.Image]
    keys: list[bytes]
    positions: Any
    delta: int


class _Pieces:
    """Turns tokens into text as they come, holding back characters that are not whole yet."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None] | None) -> None:
        self._tokenizer, self._on_text = tokenizer, on_text
        self._tokens: list[int] = []
        self._told, self._begun = 0, False
        self.first = time.perf_counter()

    def add(self, token: int) -> None:
        if not self._begun:
            self._begun, self.first = True, time.perf_counter()
        if self._on_text is None:
            return
        self._tokens.append(token)
        text = self._tokenizer.decode(self._tokens, skip_special_tokens=True)
        if len(text) > self._told and not text.endswith("\ufffd"):
            self._on_text(text[self._told :])
            self._told = len(text)


def _with_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, adapter).merge_and_unload()
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{adapter}: is no adapter for this model ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
