"""The only door to ONNX Runtime, so that its telemetry is off before it is imported, wherever that happens."""

from __future__ import annotations

from typing import Any

from action_space import telemetry


def runtime() -> Any:
    """The library.

    Raises:
        ImportError: it is not installed.
    """
    telemetry.refuse()
    import onnxruntime

    return onnxruntime


def session(weights: bytes | str, *, threads: int = 1, arena: bool = True) -> Any:
    """A network, loaded for the CPU.

    Args:
        weights: content of an .onnx file, or its path.
        threads: within one operator; operators follow each other.
        arena: keep memory between calls.
    """
    onnx = runtime()
    options = onnx.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = arena
    return onnx.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
