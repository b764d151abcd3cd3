"""Messages as the protocol has them: texts, and pictures as PNG data URIs."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

from PIL import Image

from model.base import Message

_MARKS = re.compile(r"<(?=\|(?:im_start|im_end|endoftext|(?:vision|video|image)_(?:start|end|pad))\|>|/?image>)")
"""Where tokens begin that build the conversations of the families that we know. A server reads them as such in any
text, also where a page or a person wrote them."""


def content_of(message: Message) -> dict[str, Any]:
    """One message of a request."""
    parts = [
        # Half a character cannot be sent.
        {"type": "text", "text": _MARKS.sub("< ", part.encode("utf-8", "replace").decode())}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": data_uri(part)}}
        for part in message.parts
    ]
    plain = len(parts) == 1 and parts[0]["type"] == "text"
    return {"role": message.role, "content": parts[0]["text"] if plain else parts}


def data_uri(image: Image.Image) -> str:
    """The picture as a PNG data URI: lossless, so that the server sees what we resized."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
