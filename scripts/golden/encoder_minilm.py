"""Golden vectors of all-MiniLM-L6-v2: token ids and reference embeddings of 500 descriptions and 100 odd texts.

    python encoder_minilm.py MODEL_FOLDER ../../Tests/EncodersTests/Resources/minilm-golden.safetensors

Needs torch, transformers and safetensors. The reference is transformers' BertModel in float32 with mean pooling and L2
normalisation; embeddings are stored in float16, which moves a cosine by less than 1e-7. The first 500 texts are the descriptions.
"""
import random
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

NAMES = [
    ("Apple", "AAPL"), ("Microsoft", "MSFT"), ("Tesla", "TSLA"), ("NVIDIA", "NVDA"), ("Amazon", "AMZN"), ("Alphabet", "GOOGL"),
    ("Meta Platforms", "META"), ("SPDR S&P 500 ETF", "SPY"), ("Invesco QQQ", "QQQ"), ("JPMorgan Chase", "JPM"),
    ("Exxon Mobil", "XOM"), ("Pfizer", "PFE"), ("Boeing", "BA"), ("Walt Disney", "DIS"), ("AMC Entertainment", "AMC"),
    ("Berkshire Hathaway", "BRK.B"), ("iShares 20+ Year Treasury", "TLT"), ("Advanced Micro Devices", "AMD"),
]
MONEYNESS = ["deep in the money", "in the money", "at the money", "out of the money", "far out of the money"]
EXPIRY = ["expiring today", "expiring this week", "expiring in two weeks", "expiring next month", "expiring in a quarter",
          "a year from expiry", "with more than two years to expiry"]
TRADING = ["no volume", "low volume", "average volume", "high volume", "unusually heavy volume"]
INTEREST = ["no open interest", "small open interest", "large open interest"]
VOLATILITY = ["very low implied volatility", "moderate implied volatility", "high implied volatility", "extreme implied volatility"]
SPREAD = ["a tight spread", "a wide spread", "no bid"]
TREND = ["after a sharp rise of the stock", "after a sell-off", "with the stock near its yearly high",
         "with the stock near its yearly low", "in a quiet market"]


def descriptions(count, generator):
    texts = []
    while len(texts) < count:
        name, symbol = generator.choice(NAMES)
        parts = [generator.choice(pool) for pool in (TRADING, INTEREST, VOLATILITY, SPREAD)]
        generator.shuffle(parts)
        text = f"{name} ({symbol}) {generator.choice(MONEYNESS)} {generator.choice(['call', 'put'])} option {generator.choice(EXPIRY)}"
        text += "".join(f", {part}" for part in parts[: generator.randint(0, 4)])
        if generator.random() < 0.4:
            text += ", " + generator.choice(TREND)
        if generator.random() < 0.3:
            text += f", strike {generator.randint(5, 900)}.{generator.choice(['00', '50'])} dollars"
        if text not in texts:
            texts.append(text)
    return texts


def odd_texts(count, generator):
    texts = [
        "", " ", "\t\n", ".", "?!", "a", "A", "0", "-1", "1e-12", "$", "€", "…", "\u200b", "\ufeff", "\x00", "\x07bell",
        "\U0001F680", "\U0001F469\u200D\U0001F680 to the moon \U0001F315\U0001F315", "calls \U0001F4C8 puts \U0001F4C9",
        "naïve café résumé", "NAI\u0308VE CAFE\u0301", "Straße", "İstanbul", "ﬁnancial ﬂow", "½ off", "x² + y²", "数据", "苹果看涨期权", "日本株オプション",
        "опцион колл", "خيار الشراء", "ตัวเลือก", "אופציה", "한국 주식 옵션", "ελληνικά", "Ωmega Δelta Γamma θeta",
        "AAPL230616C00150000", "https://example.com/?q=put+call&x=1", "<b>call</b>", "[CLS] [SEP] [MASK] [UNK] [PAD]", "##ing ##ed",
        "supercalifragilisticexpialidocious" * 8, "a" * 101, "é" * 99, "1" * 300, "-" * 400, ("call " * 600).strip(),
        "the quick brown fox " * 40, "put\u00a0call\u3000put", "l\u00adine", "a.b.c.d.e.f.g", "1,234,567.89", "it's don't won't",
        "ALL CAPITALS PLEASE", "MiXeD cAsE", "snake_case_word", "kebab-case-word", "C++ & C#", "100% sure", "@home #tag",
        "𝔽𝕒𝕟𝕔𝕪 𝕝𝕖𝕥𝕥𝕖𝕣𝕤", "Ｆｕｌｌ ｗｉｄｔｈ", "e\u0301\u0302\u0303", "\u0301", "ñ\u0303", "tail\u2028line\u2029para",
    ]
    alphabet = "abcdefghij KLMNOP 0123456789 .,;:!?-_'\"()[]{} äöüßçñøå 期権買売 αβγδ ежзи \U0001F600\U0001F4B0"
    while len(texts) < count:
        texts.append("".join(generator.choice(alphabet) for _ in range(generator.randint(1, 700))))
    return texts[:count]


def main():
    folder, target = sys.argv[1:3]
    generator = random.Random(20240611)
    texts = descriptions(500, generator) + odd_texts(100, generator)
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    ids = [tokenizer(text, truncation=True, max_length=256)["input_ids"] for text in texts]
    vectors = []
    with torch.inference_mode():
        for one in ids:
            vector = model(torch.tensor([one])).last_hidden_state[0].mean(0)
            vectors.append(vector / vector.norm())
    lengths = torch.tensor([0] + [len(one) for one in ids])
    save_file(
        {
            "ids": torch.tensor([i for one in ids for i in one], dtype=torch.int32).to(torch.uint16),
            "offsets": lengths.cumsum(0).to(torch.int32),
            "embeddings": torch.stack(vectors).half(),
        },
        target)


main()
