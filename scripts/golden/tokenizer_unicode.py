"""Writes Sources/Tokenization/CharacterData.swift: what BERT's normalizer and pre-tokenizer do with every scalar.

    pip install tokenizers==0.23.3 && python scripts/golden/tokenizer_unicode.py > Sources/Tokenization/CharacterData.swift

Hugging Face tokenizers mixes tables of several Unicode versions (categories, decompositions, lower case). Rather than
guess which, this asks it about each of the 1,112,064 scalars, and about pairs where order matters.
"""
import sys

import tokenizers
from tokenizers import normalizers, pre_tokenizers

NORMALIZER = normalizers.BertNormalizer(
    clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
SPLITTER = pre_tokenizers.BertPreTokenizer()
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
# Marks that stay and are moved by canonical ordering: the first has the higher combining class.
HIGH, LOW = "\U0001D16D", "\U0001D165"


def normalize(text):
    return NORMALIZER.normalize_str(text)


def classify():
    """The kind of each scalar, and what it becomes where that is not itself."""
    kinds, targets = {}, {}
    for scalar in SCALARS:
        # Between two letters, so that removing it, parting them and standing between them can be told apart.
        out = normalize("a" + chr(scalar) + "b")[1:-1]
        if out == "":
            # Canonical ordering acts before accents are removed: what has no combining class still stops it.
            moved = normalize(HIGH + chr(scalar) + LOW) == LOW + HIGH
            kinds[scalar] = "removed" if moved else "removedStarter"
            continue
        if out == " ":
            kinds[scalar] = "space"
            continue
        if len(out) == 3 and out[0] == out[2] == " ":
            kinds[scalar], out = "ideograph", out[1]
        else:
            parts = [text for text, _ in SPLITTER.pre_tokenize_str("a" + out + "b")]
            if parts == ["a" + out + "b"]:
                kinds[scalar] = "word"
            elif len(out) == 1 and parts == ["a", out, "b"]:
                kinds[scalar] = "punctuation"
            else:
                raise SystemExit(f"U+{scalar:04X} becomes {out!r}, which no kind covers")
        if out != chr(scalar):
            targets[scalar] = [ord(c) for c in out]
    return kinds, targets


def moves(first, second):
    return first != second and normalize(chr(first) + chr(second)) == chr(second) + chr(first)


def ranks(kinds, targets):
    """Order numbers, from 1, of the combining classes of the scalars that stay."""
    low, high = 0x1B44, ord(HIGH)
    assert moves(high, low)
    marks = [c for c in SCALARS if kinds[c] == "word" and c not in targets and (moves(high, c) or moves(c, low))]
    # Two marks are of one class when they behave alike towards all the others.
    behaviour = {c: tuple(moves(c, other) for other in marks) for c in marks}
    order = sorted(set(behaviour.values()), key=sum)
    rank = {c: order.index(behaviour[c]) + 1 for c in marks}
    for first in marks:
        for second in marks:
            assert moves(first, second) == (rank[first] > rank[second]), (hex(first), hex(second))
    return rank


def runs(scalars, value):
    """Maximal runs (start, count, value) of neighbours with one value."""
    result = []
    for scalar in sorted(scalars):
        if result and result[-1][0] + result[-1][1] == scalar and result[-1][2] == value(scalar):
            result[-1][1] += 1
        else:
            result.append([scalar, 1, value(scalar)])
    return result


def zigzag(number):
    return 2 * number if number >= 0 else -2 * number - 1


def base36(number):
    digits = ""
    while True:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] + digits
        number //= 36
        if not number:
            return digits


def main():
    kinds, targets = classify()
    hangul = [c for c in targets if 0xAC00 <= c <= 0xD7A3]
    for c in hangul:  # the algorithm of The Unicode Standard, section 3.12
        lead, vowel, tail = (c - 0xAC00) // 588, (c - 0xAC00) % 588 // 28, (c - 0xAC00) % 28
        assert targets[c] == [0x1100 + lead, 0x1161 + vowel] + ([0x11A7 + tail] if tail else [])
    assert len(hangul) == 11172
    numbers = []

    def ranges(kind):
        members = [c for c in SCALARS if kinds[c] == kind and c not in targets]
        found = runs(members, lambda c: 0)
        numbers.append(len(found))
        end = 0
        for start, count, _ in found:
            numbers.extend([start - end, count])
            end = start + count

    for kind in ["removed", "removedStarter", "space", "punctuation", "ideograph"]:
        ranges(kind)

    rank = ranks(kinds, targets)
    found = runs(rank, rank.get)
    numbers.append(len(found))
    end = 0
    for start, count, value in found:
        numbers.extend([start - end, count, value])
        end = start + count

    # Runs of scalars, one or two apart, that become another scalar at one distance: alphabets and their cases.
    code = {"word": 0, "punctuation": 1, "ideograph": 2}
    single = {c: t[0] for c, t in targets.items() if len(t) == 1}
    found = []
    for c in sorted(single):
        shift = (code[kinds[c]], single[c] - c)
        if found:
            start, count, step, last, same = found[-1]
            if same == shift and (c - last == step or (count == 1 and c - last in (1, 2))):
                found[-1] = (start, count + 1, c - last, c, same)
                continue
        found.append((c, 1, 1, c, shift))
    numbers.append(len(found))
    previous = 0
    for start, count, step, last, (kind, distance) in found:
        numbers.extend([start - previous, (count * 2 + step - 1) * 3 + kind, zigzag(distance)])
        previous = last

    several = {c: t for c, t in targets.items() if len(t) > 1 and not 0xAC00 <= c <= 0xD7A3}
    numbers.append(len(several))
    previous = 0
    for c in sorted(several):
        assert kinds[c] == "word"
        numbers.extend([c - previous, len(several[c])])
        last = c
        for target in several[c]:
            numbers.append(zigzag(target - last))
            last = target
        previous = c

    print(f"// Made by scripts/golden/tokenizer_unicode.py with tokenizers {tokenizers.__version__}; do not edit.")
    print()
    print("/// Numbers in base 36 that `CharacterTable` unfolds; the script says in what order.")
    print('let characterData: StaticString = """')
    line = ""
    for number in map(base36, numbers):
        if len(line) + 1 + len(number) > 112:
            print("    " + line + " \\")
            line = ""
        line += (" " if line else "") + number
    print("    " + line)
    print('    """')
    print(len(numbers), "numbers;", {k: sum(v == k for v in kinds.values()) for k in set(kinds.values())},
          len(rank), "marks of", max(rank.values()), "classes", file=sys.stderr)


main()
