"""Reference outputs of full-size encoders with the weights that RandomWeights makes, which are thus not stored.

    python encoder_random.py ../../Tests/EncodersTests/Resources/random-golden.safetensors

Needs numpy, torch, transformers and safetensors.
"""
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from nomic import nomic_model, stored_tensors
from random_weights import values

BASE = dict(num_hidden_layers=12, hidden_size=768, intermediate_size=3072, num_attention_heads=12)
SHAPES = {
    "minilm": (dict(num_hidden_layers=6, hidden_size=384, intermediate_size=1536, num_attention_heads=12), "mean"),
    "bge-base": (BASE, "cls"),
    "e5-base": (BASE, "mean"),
    "nomic": (BASE | dict(vocab_size=30528), "mean"),
}


def main():
    tensors = {}
    for name, (shape, pooling) in SHAPES.items():
        is_nomic = name == "nomic"
        model = nomic_model(shape, 1000.0) if is_nomic else BertModel(BertConfig(**shape), add_pooling_layer=False).eval()
        generator = np.random.default_rng(7)
        ids, outputs = [], []
        with torch.no_grad():
            for key, value in stored_tensors(model) if is_nomic else model.state_dict().items():
                if value.is_floating_point():
                    value.copy_(torch.from_numpy(values(key, tuple(value.shape))))
            for n in (2, 9, 28, 64, 100) + ((600,) if is_nomic else ()):
                one = torch.from_numpy(generator.integers(0, 30522, n))
                hidden = model(one[None]).last_hidden_state[0]
                vector = hidden[0] if pooling == "cls" else hidden.mean(0)
                ids.append(one)
                outputs.append(vector / vector.norm())
        tensors[f"{name}.ids"] = torch.cat(ids).to(torch.uint16)
        tensors[f"{name}.offsets"] = torch.tensor([0] + [len(i) for i in ids]).cumsum(0).to(torch.int32)
        tensors[f"{name}.embeddings"] = torch.stack(outputs).half()
    save_file(tensors, sys.argv[1])


main()
