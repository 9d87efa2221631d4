"""A BERT with seeded random weights, as a folder."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] call put option stock in out at of the money deep expiring this week within month one to three twelve "
    "months long dated leaps more than year volume open interest no low moderate high very light active unusual options activity far above "
    "simulated ( ) , -"
).split() + [piece for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for piece in (letter, "##" + letter)]
HIDDEN, WIDE, POSITIONS = 32, 64, 64


def _shapes() -> list[tuple[str, list[int]]]:
    def dense(name: str, outputs: int, inputs: int) -> list[tuple[str, list[int]]]:
        return [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])]

    def norm(name: str) -> list[tuple[str, list[int]]]:
        return [(name + ".weight", [HIDDEN]), (name + ".bias", [HIDDEN])]

    layer = "encoder.layer.0."
    shapes: list[tuple[str, list[int]]] = [
        ("embeddings.word_embeddings.weight", [len(WORDS), HIDDEN]),
        ("embeddings.position_embeddings.weight", [POSITIONS, HIDDEN]),
        ("embeddings.token_type_embeddings.weight", [2, HIDDEN]),
    ]
    shapes += norm("embeddings.LayerNorm")
    for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
        shapes += dense(layer + name, HIDDEN, HIDDEN)
    shapes += dense(layer + "intermediate.dense", WIDE, HIDDEN) + dense(layer + "output.dense", HIDDEN, WIDE)
    return shapes + norm(layer + "attention.output.LayerNorm") + norm(layer + "output.LayerNorm")


def write_model(folder: Path, seed: int) -> None:
    """A BERT with seeded random weights: real enough to encode with in milliseconds."""
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": WIDE, "layer_norm_eps": 1e-12, "max_position_embeddings": POSITIONS, "vocab_size": len(WORDS),
        "type_vocab_size": 2,
    }))
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (folder / "modules.json").write_text('[{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"1_Pooling"}]')
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode_mean_tokens":true}')
    numbers = random.Random(seed)
    header, data = {}, bytearray()
    for name, shape in _shapes():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        scale = 1 if "word" in name else 0.05 if "position" in name else 0.1
        mean = 1.0 if name.endswith("LayerNorm.weight") else 0.0
        start = len(data)
        data += struct.pack(f"<{count}f", *(mean + scale * numbers.uniform(-1, 1) for _ in range(count)))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
