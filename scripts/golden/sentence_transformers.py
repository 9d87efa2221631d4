"""What sentence-transformers makes of model folders with the settings that its models have: prompts, truncation, pooling, lengths.

    python scripts/golden/sentence_transformers.py        # needs torch, transformers, sentence-transformers and safetensors

Writes Tests/EncodersTests/Resources/sentence-transformers: three files of seeded random weights, and configurations.json with, for
each configuration, the folder's other files, the texts, and the vectors of `encode_query` and `encode_document` (`encode` where the
configuration says so).
"""
import importlib.util
import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np

# This script has the library's name, and its folder comes first on the path.
sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]
import torch  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: E402
from transformers import BertConfig, BertModel  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/EncodersTests/Resources/sentence-transformers"

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """apple call put option options deep in the out of money at volume open interest implied volatility high low stock falling rising
    days to expiry spread wide tight search for query document passage text represent this sentence relevant passages resume""".split()
PIECES = SPECIAL + sorted(set(WORDS)) + ["##ing", "##ed"] + list("abcdefghijklmnopqrstuvwxyz0123456789:,.;-'!?[]") \
    + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"]

TEXTS = [
    "apple call option deep in the money", "Put options, HIGH implied volatility!", "stock falling", "résumé of the spread: wide",
    "[SEP] open interest [MASK] low", "", "   ", "x", "deep " * 30 + "money",
    "apple put option " * 20 + "at the money, 30 days to expiry, tight spread",
    "unknown ☃ signs and a verylongwordthatisnotinthevocabulary", "call 42 days; put 7 days - volume 1,000",
]

WEIGHTS = {
    "plain": dict(shape=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
                             max_position_embeddings=48), dtype=torch.float32, prefix="", older=False),
    "older": dict(shape=dict(hidden_size=64, num_hidden_layers=1, num_attention_heads=1, intermediate_size=64,
                             max_position_embeddings=64), dtype=torch.float16, prefix="bert.", older=True),
    "wide": dict(shape=dict(hidden_size=48, num_hidden_layers=1, num_attention_heads=3, intermediate_size=32,
                            max_position_embeddings=160), dtype=torch.bfloat16, prefix="", older=False),
}


def configuration(name, weights="plain", pooling="mean", normalize=True, prompts=None, default=None, limit=32, model_limit=512,
                  side=None, direction=None, vocabulary=False, spelling="older", lower=False, encode=False):
    return dict(name=name, weights=weights, pooling=pooling, normalize=normalize, prompts=prompts, default=default, limit=limit,
                model_limit=model_limit, side=side, direction=direction, vocabulary=vocabulary, spelling=spelling, lower=lower,
                encode=encode)


BOTH = {"query": "search for: ", "document": "text: "}
CONFIGURATIONS = [
    configuration("mean"),
    configuration("cls", pooling="cls"),
    configuration("not normalised", normalize=False, weights="wide"),
    configuration("prompts", prompts=BOTH),
    configuration("prompts and a default", prompts=BOTH, default="query", weights="older"),
    configuration("a prompt for queries", prompts={"query": "Represent this sentence: "}, pooling="cls"),
    configuration("a prompt for documents", prompts={"document": "passage: "}, weights="wide"),
    configuration("empty prompts", prompts={"query": "", "document": ""}),
    configuration("a default of another name", prompts={"other": "query: "}, default="other", encode=True),
    configuration("prompts of other names", prompts={"search": "query: ", "passage": "passage: "}),
    configuration("a prompt that a text goes on with", prompts={"query": "high", "document": "q:"}),
    configuration("a prompt with signs and spaces", prompts={"query": "  Résumé: [SEP] ", "document": "\tTEXT,\n"}, weights="older"),
    configuration("cut at the left", side="left", limit=12),
    configuration("cut at the left, with prompts", side="left", limit=10, prompts=BOTH, pooling="cls"),
    configuration("cut at the left, less than the prompt", side="left", limit=5, prompts=BOTH, weights="wide"),
    configuration("cut less than the prompt", limit=5, prompts=BOTH),
    configuration("the tokenizer's file cuts at the left", direction="left", limit=12),
    configuration("settings go before the tokenizer's file", side="right", direction="left", limit=12),
    configuration("no length of the sentence model", limit=None, model_limit=16),
    configuration("no length but the positions", limit=None, model_limit=None, weights="older"),
    configuration("a null length", limit="null", model_limit=20, weights="wide"),
    configuration("long texts", limit=128, weights="wide", prompts=BOTH),
    configuration("a vocabulary alone", vocabulary=True, weights="older"),
    configuration("a vocabulary alone, cut at the left", vocabulary=True, side="left", limit=14, prompts=BOTH),
    configuration("pooling in the newer spelling", spelling="newer", pooling="cls", weights="wide"),
    configuration("lower case asked for twice", lower=True, weights="older"),
]


def save_weights(name, w):
    torch.manual_seed(sum(map(ord, name)))
    model = BertModel(BertConfig(vocab_size=len(PIECES), **w["shape"])).eval()
    tensors = {}
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if not value.is_floating_point():
                continue
            # Larger than BERT's initial 0.02, so that attention is far from uniform and the text makes a difference.
            value.copy_(1 + torch.randn_like(value) * 0.2 if key.endswith("LayerNorm.weight") else torch.randn_like(value) * 0.15)
            if w["older"]:
                key = key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
            tensors[w["prefix"] + key] = value.to(w["dtype"]).contiguous().clone()
    save_file(tensors, FOLDER / f"{name}.safetensors", metadata={"format": "pt"})


def tokenizer(direction):
    one = Tokenizer(models.WordPiece({p: i for i, p in enumerate(PIECES)}, unk_token="[UNK]"))
    one.normalizer = normalizers.BertNormalizer(lowercase=True)
    one.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    one.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    one.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    if direction:
        one.enable_truncation(99, direction=direction)
    return one.to_str()


def files(c):
    made = {}
    shape = WEIGHTS[c["weights"]]["shape"]
    made["config.json"] = dict(model_type="bert", architectures=["BertModel"], hidden_act="gelu", layer_norm_eps=1e-12,
                               type_vocab_size=2, vocab_size=len(PIECES), pad_token_id=0, **shape)
    modules = ["Transformer", "Pooling"] + (["Normalize"] if c["normalize"] else [])
    made["modules.json"] = [dict(idx=i, name=str(i), path="" if i == 0 else f"{i}_{m}", type=f"sentence_transformers.models.{m}")
                            for i, m in enumerate(modules)]
    flags = {"cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max", "mean_sqrt_len_tokens": "?"}
    made["1_Pooling/config.json"] = dict(
        word_embedding_dimension=shape["hidden_size"],
        **({"pooling_mode": c["pooling"], "include_prompt": True} if c["spelling"] == "newer"
           else {"pooling_mode_" + flag: mode == c["pooling"] for flag, mode in flags.items()}))
    if c["limit"] is not None:
        made["sentence_bert_config.json"] = dict(max_seq_length=None if c["limit"] == "null" else c["limit"], do_lower_case=c["lower"])
    settings = dict(tokenizer_class="BertTokenizer", do_lower_case=True, unk_token="[UNK]", sep_token="[SEP]", cls_token="[CLS]",
                    pad_token="[PAD]", mask_token="[MASK]")
    if c["model_limit"]:
        settings["model_max_length"] = c["model_limit"]
    if c["side"]:
        settings["truncation_side"] = c["side"]
    made["tokenizer_config.json"] = settings
    if c["prompts"] is not None:
        made["config_sentence_transformers.json"] = dict(
            __version__=dict(sentence_transformers="5.0.0"), prompts=c["prompts"], default_prompt_name=c["default"], similarity_fn_name="cosine")
    made = {name: json.dumps(value) for name, value in made.items()}
    made["vocab.txt" if c["vocabulary"] else "tokenizer.json"] = \
        "".join(p + "\n" for p in PIECES) if c["vocabulary"] else tokenizer(c["direction"])
    return made


def vectors(c, made):
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        for name, text in made.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(text)
        for module in json.loads(made["modules.json"])[1:]:
            (place / module["path"]).mkdir(exist_ok=True)
        shutil.copy(FOLDER / f"{c['weights']}.safetensors", place / "model.safetensors")
        model = SentenceTransformer(str(place), device="cpu", model_kwargs=dict(torch_dtype=torch.float32))
        of = [model.encode, model.encode] if c["encode"] else [model.encode_query, model.encode_document]
        # One text a call: padding moves the last bits.
        return [np.stack([encode(text) for text in TEXTS]).astype(np.float64) for encode in of]


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, w in WEIGHTS.items():
        save_weights(name, w)
    result = []
    for c in CONFIGURATIONS:
        made = files(c)
        query, document = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in vectors(c, made))
        rounded = [[[round(x, 7) for x in row] for row in v.tolist()] for v in (query, document)]
        result.append(dict(name=c["name"], weights=c["weights"], files=made, query=rounded[0], document=rounded[1]))
        print(c["name"], query.shape, float(np.abs(query - document).max()))
    shared = {}
    for one in result:
        for name in ("tokenizer.json", "vocab.txt"):
            if name in one["files"]:
                text = one["files"].pop(name)
                key = next((k for k, v in shared.items() if v == text), f"tokenizer-{len(shared)}")
                shared[key] = text
                one["tokenizer"] = dict(file=name, text=key)
    (FOLDER / "configurations.json").write_text(json.dumps(dict(texts=TEXTS, tokenizers=shared, configurations=result)) + "\n")


main()
