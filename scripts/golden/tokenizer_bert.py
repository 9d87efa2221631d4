"""Writes what Hugging Face tokenizers makes of hard texts, for Tests/TokenizationTests.

    pip install tokenizers==0.23.3
    python scripts/golden/tokenizer_bert.py Tests/TokenizationTests/Golden --model MODEL_FOLDER

Two files: `vocabulary.json`, made up here, and `texts.jsonl`: one object a line with a text, the greatest number of
tokens, the tokens with that vocabulary ("small") and those with the vocabulary of bert-base-uncased ("bert"), which is
read from MODEL_FOLDER/tokenizer.json.

    python scripts/golden/tokenizer_bert.py /tmp/large --model MODEL_FOLDER --count 100000 --seed 7 --exhaustive

writes as many more texts as wanted, and with --exhaustive every scalar of Unicode between letters; the tests read such
files too, from the folder that TAPEDECK_GOLDEN_TOKENIZER names.
"""
import argparse
import json
import os
import random

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """apple microsoft tesla deep in out of at near the money call put option expiring this week within a month one
to three twelve months long dated leaps no light active high very volume low moderate open interest none unusual
activity tight normal wide spread quiet up down more than two percent calm turbulent implied volatility extreme stock
split day regime""".split()
SPACES = "\t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2007\u2009\u2028\u2029\u202f\u205f\u3000 "
REMOVED = "\0\x01\x08\x1f\x7f\x80\x9f\xad\u200b\u200c\u200d\u200e\u202a\u202e\u2060\ufeff\ufffd\ue000\U000f0000\U0010fffd"
# Marks that stay after accents are removed, with and without a combining class, and accents of both sorts.
MARKS = ("\u0301\u0323\u0327\u0338\u0345\u093c\u094d\u0903\u1b44\u1baa\u1bf2\u302e\u302f\ua953\ua9c0"
         "\U000111c0\U00011235\U0001d165\U0001d166\U0001d16d\U0001d16e\U0001d167\u0941\u20dd\u200d")
CASES = "İIıiſsßẞΣσςǅǆǇŉΰᾈᾳΩΩKÅÅⅧⓐꭰᏸᲀᲽႠⴀ𐐀𞤀ﬁﬀΆ"
PLANES = [
    (0x20, 0x7F, 6), (0xA0, 0x250, 4), (0x250, 0x370, 1), (0x370, 0x590, 3), (0x590, 0x800, 3), (0x800, 0x1100, 3),
    (0x1100, 0x1200, 2), (0x1200, 0x2000, 2), (0x2000, 0x2E00, 4), (0x2E00, 0x3400, 3), (0x3400, 0xA000, 2),
    (0xA000, 0xAC00, 1), (0xAC00, 0xD7B0, 3), (0xF900, 0x10000, 3), (0x10000, 0x11000, 1), (0x11000, 0x12000, 2),
    (0x12000, 0x1D000, 1), (0x1D000, 0x1D800, 2), (0x1D800, 0x20000, 3), (0x20000, 0x30000, 2), (0x30000, 0xE0000, 1),
    (0xE0000, 0xE0200, 1), (0xF0000, 0x110000, 1)]


def word(r):
    return "".join(r.choice("bcdfghklmnprstvw") + r.choice("aeiou") for _ in range(r.randint(1, 5)))


def scalar(r):
    low, high, _ = r.choices(PLANES, [weight for _, _, weight in PLANES])[0]
    return chr(r.randrange(low, high))


def description(r):
    pick = lambda: r.choice(WORDS)
    text = f"{pick()} ({''.join(r.choice('ABCDEFGHIJKLMNOP') for _ in range(r.randint(1, 5)))}) "
    text += " ".join(pick() for _ in range(r.randint(4, 14)))
    return text + f", {pick()} {pick()}, {r.randint(0, 9999)}.{r.randint(0, 99)}%"


def emoji(r):
    people = ["\U0001f468", "\U0001f469", "\U0001f467", "\U0001f3f3\ufe0f", "\u2764\ufe0f", "\U0001f1fa\U0001f1f8",
              "\U0001f44d\U0001f3fd", "1\ufe0f\u20e3", "\U0001f680", "\U0001fae0"]
    return "\u200d".join(r.choice(people) for _ in range(r.randint(1, 4)))


def long_word(r):
    unit = r.choice(["a", "ab", word(r), "é", "e\u0301", "Ж", "한", "ก", "\U0001d400", "a\u200b", "1", "\u1b44"])
    return unit * max(1, r.choice([33, 49, 50, 51, 99, 100, 101, 102, 300]) // r.choice([1, len(unit)]))


def special(r):
    return r.choice(SPECIAL + ["[SEP", "SEP]", "[[SEP]]", "[sep]", "[MASK][MASK]", "[CLS]x", "x[UNK]y", "[ SEP ]", "[",
                               "[PAD]\u0301", "\u200b[SEP]", "[S\u200bEP]", "[ＳＥＰ]"])


def piece(r):
    return r.choice([
        lambda: word(r), lambda: word(r).upper(), lambda: r.choice(WORDS), lambda: scalar(r),
        lambda: "".join(scalar(r) for _ in range(r.randint(2, 8))), lambda: r.choice(SPACES), lambda: r.choice(REMOVED),
        lambda: r.choice("aeo\u1b05\U0001d15e한") + "".join(r.choice(MARKS) for _ in range(r.randint(1, 6))),
        lambda: r.choice(CASES), lambda: emoji(r), lambda: special(r), lambda: r.choice("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        lambda: r.choice(["中文", "株価は", "سوق الأسهم", "שוק", "ราคา", "कीमत", "naïve", "Zürich", "№", "½", "₤", "ﷺ"]),
        lambda: str(r.randint(0, 10 ** r.randint(1, 12)))])()


def text(r):
    kind = r.random()
    if kind < 0.25:
        return description(r)
    if kind < 0.32:
        return r.choice(["", " "]) + long_word(r) + r.choice(["", " ", "!", " x"])
    if kind < 0.36:
        return "".join(r.choice(SPACES + REMOVED) for _ in range(r.randint(0, 6)))
    if kind < 0.42:
        return "".join(r.choice(MARKS) for _ in range(r.randint(1, 12)))
    separator = r.choice(["", " ", " "])
    return separator.join(piece(r) for _ in range(r.randint(1, 12)))


def is_scalar(c):
    return not 0xD800 <= c < 0xE000


def corpus(count, seed, exhaustive):
    r = random.Random(seed)
    texts = ["", " ", "a", "[SEP]", "\0", "\ufffd", "\u0301", "x" * 10_000, "word " * 600, "é" * 100, "é" * 101]
    while len(texts) < count:
        candidate = text(r)
        if all(is_scalar(ord(c)) for c in candidate):
            texts.append(candidate)
    if exhaustive:
        for c in filter(is_scalar, range(0x110000)):
            texts.append(f"a{chr(c)}b {chr(c)}")
            if chr(c).isalpha() is False and c % 3 == 0:
                texts.append(f"\U0001d16d{chr(c)}\U0001d165")
    return [(t, r.choice([2, 3, 8, 16, 64]) if r.random() < 0.1 else 512) for t in texts]


def small_vocabulary(seed=5):
    r = random.Random(seed)
    pieces = SPECIAL + [chr(c) for c in range(33, 127) if not 65 <= c <= 90]
    pieces += WORDS + [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    for _ in range(700):
        fragment = word(r)[:r.randint(2, 6)]
        pieces += [fragment, "##" + fragment[r.randint(0, 1):]]
    letters = [scalar(r) for _ in range(500)] + list(CASES.lower()) + list(MARKS) + list("\u1b05\U0001d157\U0001d158")
    letters += [chr(c) for low, high in ((0x1100, 0x1113), (0x1161, 0x1176), (0x11A8, 0x11C3)) for c in range(low, high)]
    letters += ["σς", "жж", "中"]
    letters += ["a" * n for n in (15, 16, 17, 18, 24, 33)] + ["ж" * n for n in (7, 8, 9, 12)]
    for letter in letters:
        pieces += [letter, "##" + letter]
    return list(dict.fromkeys(pieces))


def every_scalar():
    """Pieces for all scalars that are left of a text, so that no two of them look alike."""
    normalizer, splitter = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    pieces = []
    for c in filter(is_scalar, range(0x110000)):
        if normalizer.normalize_str(chr(c)).strip(" ") == chr(c):
            alone = c >= 0x80 and len(splitter.pre_tokenize_str("a" + normalizer.normalize_str(chr(c)))) == 2
            pieces.append(chr(c) if alone else "##" + chr(c))
    return pieces


def small_tokenizer(pieces):
    number = {p: i for i, p in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(number, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", number["[SEP]"]), ("[CLS]", number["[CLS]"]))
    tokenizer.add_special_tokens([AddedToken(p, normalized=False) for p in SPECIAL])
    return tokenizer


def encode(tokenizer, texts):
    tokenizer.no_padding()
    ids = [None] * len(texts)
    for limit in {limit for _, limit in texts}:
        tokenizer.enable_truncation(max_length=limit)
        chosen = [i for i, (_, l) in enumerate(texts) if l == limit]
        for i, encoding in zip(chosen, tokenizer.encode_batch([texts[i][0] for i in chosen])):
            ids[i] = encoding.ids
    return ids


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exhaustive", action="store_true")
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    texts = corpus(args.count, args.seed, args.exhaustive)
    pieces = small_vocabulary()
    if args.exhaustive:
        pieces = list(dict.fromkeys(pieces + every_scalar()))
    with open(os.path.join(args.folder, "vocabulary.json"), "w") as file:
        json.dump(pieces, file, indent=0)
        file.write("\n")
    small = encode(small_tokenizer(pieces), texts)
    bert = encode(Tokenizer.from_file(os.path.join(args.model, "tokenizer.json")), texts)
    with open(os.path.join(args.folder, "texts.jsonl"), "w") as file:
        for (text, limit), small_ids, bert_ids in zip(texts, small, bert):
            line = {"text": text, "max": limit, "small": small_ids, "bert": bert_ids}
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


main()
