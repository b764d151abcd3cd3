"""From a name to a folder with weights: a folder, a short name, or a hub id that is on disk or may be fetched."""

from __future__ import annotations

import re
from pathlib import Path

from model.base import ModelUnavailable, UnknownModel

SHORT_NAMES = {
    "mimo-vl-7b": "XiaomiMiMo/MiMo-VL-7B-RL-2508",
    "mimo-vl-7b-sft": "XiaomiMiMo/MiMo-VL-7B-SFT-2508",
    "ui-tars-7b": "ByteDance-Seed/UI-TARS-1.5-7B",
    "qwen2.5-vl-7b": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen3-vl-8b": "Qwen/Qwen3-VL-8B-Instruct",
    "minicpm-v-4.6": "openbmb/MiniCPM-V-4.6",
}
"""Short name → hub id."""

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def is_local(name: str) -> bool:
    """Whether `name` can only mean weights in this process: a folder, a short name or a hub id."""
    return name in SHORT_NAMES or Path(name).is_dir() or bool(_HUB_ID.fullmatch(name))


def locate(name: str, *, download: bool = False) -> Path:
    """The folder that holds the weights of `name`.

    Args:
        download: fetch them if they are not on disk, with a progress bar; nothing is fetched otherwise.

    Raises:
        UnknownModel: `name` is neither a folder nor a hub id.
        ModelUnavailable: the weights are not on disk, or cannot be fetched.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    hub_id = SHORT_NAMES.get(name, name)
    if not _HUB_ID.fullmatch(hub_id):
        raise UnknownModel(f"model: {name!r} is neither a folder nor a hub id (owner/name)")
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModelUnavailable(
            f"{name}: needs {error.name}", hint='pip install "gui-agent-toolkit[local]"'
        ) from error
    try:
        return Path(snapshot_download(hub_id, local_files_only=not download))
    except LocalEntryNotFoundError as error:
        if not download:
            raise ModelUnavailable(
                f"{hub_id}: its weights are not on this machine",
                hint="--download fetches them; --model FOLDER takes weights that are elsewhere.",
            ) from error
        raise ModelUnavailable(f"{hub_id}: cannot be fetched: the hub cannot be reached") from error
    except (HfHubHTTPError, OSError) as error:
        raise ModelUnavailable(f"{hub_id}: cannot be fetched ({str(error).splitlines()[0][:200]})") from error
