"""What the room Tokenizers is held against, read off the `tokenizers` library itself.

Made with tokenizers 0.23.3 and Python 3.11 (unicodedata 14). Run from the
root of the tree, in about half a minute:

    python3 Tools/goldens/tokenizer_goldens.py

It has tokenizer_tables.py write the Unicode tables, and writes Tests/Goldens/tokenizers-*.json:
small trained tokenizers with texts, ids and decoded texts.
"""

import json
import pathlib
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from tokenizer_tables import SCALARS, digest, write_tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "Tests/Goldens"
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
)

# --- Texts ---------------------------------------------------------------------------------------

CORPUS = """
The trainer reads a problem, writes an answer, and is told whether the answer was right. There are
many ways to be wrong, and only a few to be right; that's why the critic looks at every token.
Let x = 3 and y = 4. Then x + y = 7, x * y = 12, and x^2 + y^2 = 25, so the root is 5.
Step 1: compute 17 * 23 = 391. Step 2: 391 - 91 = 300. Step 3: 300 / 12 = 25. Answer: \\boxed{25}.
We don't know, they're sure, it'll rain, I've seen, she'd go, I'm here, you're there, who's there?
def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n
if (value != null && value.length > 0) { return value[0]; } else { throw new Error("empty"); }
Die Straße ist naß, die Bäume blühen, und über den Dächern fliegen Vögel: schöne Grüße!
L'élève a reçu une leçon à l'école; où êtes-vous allés, et pourquoi pas déjà ?
El niño pequeño comió piñas mañana y después bebió agua fría.
Съешь же ещё этих мягких французских булок, да выпей чаю. Ответ: сорок два.
我们先计算总数，然后除以三。答案是四十二。今天天气很好，我们去公园吧。
日本語の文章をトークンに分けます。答えは「四十二」です。ありがとうございます。
이 문제의 답은 사십이입니다. 감사합니다.
الجواب هو اثنان وأربعون. شكرا جزيلا لكم.
उत्तर बयालीस है। धन्यवाद।
😀 👍 🎉 👩‍👩‍👧 🇩🇪 ❤️ ∑ ∫ √ ≤ ≥ ≠ ± × ÷ → ∀ ∃ α β γ λ π θ
"""

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

# What random texts are made of: every branch of the pattern, every kind of added token, and every
# corner of NFC, so that neighbors meet that never meet in ordinary text.
FRAGMENTS = [
    *" \t\n\r\v\f\u0085\u00a0\u1680\u2003\u2028\u202f\u3000",
    *["  ", "   ", "\r\n", "\n\n", " \n", "\t\n ", "\n \n  ", "\u200b", "\ufeff", "\u180e", "\x00"],
    *["'s", "'S", "'ſ", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'vE", "'m", "'M", "'ll", "'LL"],
    *["'d", "'D", "'", "''", "'r", "'l", "'v", "’s", "'x", "'1", "' s", "'sz", "'llama"],
    *["the", "The", "THE", "x", "is", "right", "answer", "Straße", "é", "ñ", "ß", "İ", "ı", "ŉ"],
    *["答案", "四十二", "です", "Ответ", "الجواب", "उत्तर", "क्षि", "ᄒ", "ᅡ", "ᆫ", "한", "하", "ﷺ"],
    *["0", "7", "42", "1234567890", "٣", "४", "五", "Ⅷ", "½", "²", "𝟙", "〇", "൫", "①"],
    *["+", "-", "=", "*", "/", "==", "!=", "...", "…", "?!", "({[", ")}]", "\\boxed{", "$", "€", "_"],
    *["😀", "👍🏽", "👩‍👩‍👧", "🇩🇪", "❤️", "☺", "\U0001fae8", "\U000e0061", "∑", "→", "≠", "∀"],
    *["e\u0301", "e\u0323\u0301", "e\u0301\u0323", "A\u030a", "\u212b", "\u2126", "\u1e9b\u0323"],
    *["\u0301", "\u0345", "\u0334", "\u0323", "\u3099", "か\u3099", "\u0958", "\u0f73", "\u0344"],
    *["\ufb1d", "\uf900", "\U0002f800", "\U0001d15e", "\u1100\u1161\u11a8", "가\u11a8", "\u2adc"],
    *["\U00010041\u0300", "\U000111a5\u0301", "a\u07fd\u0323", "\U00011935\U00011930", "\u0b47\u0b57"],
    *["\u0378", "\u2fff", "\ufffd", "\ufffe", "\U0010ffff", "\ue000", "\U000323b0", "\u1c89", "\x7f"],
    *["\x01", "\x1b[0m", "\u00ad", "\u061c", "\u202e"],
]


def random_text(numbers, fragments, longest=12):
    """A text of fragments, with now and then a scalar from anywhere."""
    text = ""
    for _ in range(numbers.randint(1, longest)):
        if numbers.random() < 0.1:
            text += chr(numbers.choice(SCALARS))
        else:
            text += numbers.choice(fragments)
    return text


HANDMADE = [
    "", " ", "  ", "\n", "\r\n", "\t", "\x00", "a", " a", "  a", "a ", "a  ", " a b  c   d ",
    "Hello, world!", "Hello\nworld\r\n", "  leading", "trailing   ", "tabs\tand\t\tmore\t",
    "We don't, WE DON'T, we'Ll, I'VE, 'tis, rock'n'roll, x's'll've", "a'ſb", "'ſ", "don’t",
    "1234567890", "3.14159 -2e10 0x1F 1,000,000", "١٢٣ ४५६ 一二三 Ⅷ½²", "abc123def", "x1y2",
    "a\n\n\nb", "a \n \n b", "a\r\n\r\nb", "line\n  indented\n\ttabbed\n", "\n \n  \n   x", "!\n\n",
    "!!\r\n\r\n x", " !\n", "  !\n", "def f(x):\n    return x**2  # square\n", "{'a': [1, 2], \"b\": None}",
    "\\boxed{\\frac{1}{2}}", "https://example.org/a?b=c&d=%20#e", "snake_case camelCase kebab-case",
    "café", "cafe\u0301", "A\u030a \u212b Å", "\u1e9b\u0323", "e\u0323\u0301 e\u0301\u0323", "\u0344",
    "한국어 \u1112\u1161\u11ab 하\u11ab", "が か\u3099", "नि \u0958", "\ufb1d\uf900", "\u0301abc", "x\u0301\u0301",
    "😀😀", "👩‍👩‍👧", "👍🏽", "🇩🇪🇫🇷", "❤️", "a😀b", "日本語テキスト", "中文，标点。", "Русский текст", "العربية",
    "\u200b\u200d\ufeff", "\u00a0nbsp\u00a0", "\u3000全角", "\u2028\u2029", "\u0085", "\u001c\u001f", "\x7f",
    "\ufffd\ufffd", "\ufffe", "\U0010ffff", "\u0378\u0379", "\U000323b0", "\x00\x00a\x00",
    "<|endoftext|>", "a<|endoftext|>b", "<|im_start|>user\nhi<|im_end|>\n", "<|im_start", "<|im_end|",
    "<|endoftext|><|endoftext|>", " <|im_end|> ", "<|IM_END|>", "<<|im_end|>>", "\n<|im_end|>\n",
    "ﬁn ﬆ Ǆ ŉ", "İstanbul ıI", "𝐀𝟘𝓏", "∑∫√≤", "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./",
    "a" * 300, " " * 100, "ab" * 200, "the " * 80, "\n" * 50, "1" * 64, "é" * 70, "😀" * 30, "!?" * 90,
    "the" * 100 + "right" * 20, "\u0301" * 40, "a" + "\u0323\u0301" * 20, "'s" * 20,
]

AWKWARD = [
    # content, single_word, lstrip, rstrip, normalized, special
    ("<|endoftext|>", False, False, False, False, True),
    ("<|im_end|>", False, False, False, False, True),
    ("<|im", False, False, False, False, False),
    ("<tool>", False, False, False, False, False),
    ("<tool>>", False, False, False, False, True),
    ("[L]", False, True, False, False, True),
    ("[R]", False, False, True, False, True),
    ("[B]", False, True, True, False, False),
    ("[W]", True, False, False, False, True),
    ("right", True, False, False, True, False),
    ("wrong", True, True, True, True, True),
    ("abc", False, False, False, False, False),
    ("ab", False, False, False, False, True),
    ("bcd", False, False, False, False, False),
    ("abcdef", True, False, False, False, False),
    ("cafe\u0301", False, False, False, True, False),
    ("\u212bngstrom", False, False, False, True, True),
    ("e\u0323\u0301", False, False, False, False, False),
    ("日本", True, False, False, True, False),
    ("  ", False, False, False, False, False),
    ("\n\n", False, False, True, True, False),
    (" lead", False, True, False, True, False),
    ("😀", True, True, False, False, False),
    ("don't", False, False, False, True, False),
    ("nul\x00", False, False, False, False, True),
    ("the", False, False, False, False, False),
    ("42", True, False, False, True, False),
]
AWKWARD_FRAGMENTS = [t[0] for t in AWKWARD] + [t[0][:-1] for t in AWKWARD if len(t[0]) > 1]
AWKWARD_FRAGMENTS += ["café", "Ångstrom", "angstrom", "ẹ\u0301", "ef", "abcde", "wrongly", "_right", "é", "_"]

# --- Tokenizers ----------------------------------------------------------------------------------


def byte_level(vocabulary_size, added):
    """A trained byte-level BPE with Qwen2's pipeline."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS.splitlines(keepends=True) * 2, trainer)
    tokenizer.add_tokens(added)
    return tokenizer


def trained():
    control = [AddedToken(t, normalized=False, special=True) for t in CONTROL]
    tools = [AddedToken(t, normalized=False, special=False) for t in ("<tool_call>", "</tool_call>")]
    return byte_level(760, control + tools)


def awkward():
    names = ("single_word", "lstrip", "rstrip", "normalized", "special")
    added = [AddedToken(t[0], **dict(zip(names, t[1:]))) for t in AWKWARD]
    return byte_level(330, added)


def case(tokenizer, text):
    """What the library makes of a text, with and without control tokens."""
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = True
    plain = tokenizer.encode(text, add_special_tokens=False).ids
    tokenizer.encode_special_tokens = False
    decoded = tokenizer.decode(ids, skip_special_tokens=False)
    skipped = tokenizer.decode(ids, skip_special_tokens=True)
    found = {"text": text, "ids": ids}
    # Left out where it goes without saying, to keep the file small.
    if plain != ids:
        found["plain"] = plain
    if decoded != text:
        found["decoded"] = decoded
    if skipped != decoded:
        found["skipped"] = skipped
    return found


def decodings(tokenizer, seed, count):
    """Ids in any order, some of them beyond the vocabulary: mostly broken UTF-8."""
    numbers = random.Random(seed)
    size = tokenizer.get_vocab_size()
    found = []
    for _ in range(count):
        ids = [numbers.randrange(size + 20) for _ in range(numbers.randint(1, 12))]
        if numbers.random() < 0.5:  # bytes only
            ids = [numbers.randrange(256) for _ in ids]
        found.append({"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False)})
    return found


def write(name, value):
    text = json.dumps(value, separators=(",", ":"))
    (GOLDENS / f"tokenizers-{name}.json").write_text(text + "\n")


def write_cases(name, tokenizer, texts):
    write(f"{name}-file", json.loads(tokenizer.to_str()))
    size = tokenizer.get_vocab_size()
    write(
        f"{name}-cases",
        {
            "vocabularySize": size,
            "specials": sorted(i for i, t in tokenizer.get_added_tokens_decoder().items() if t.special),
            "tokens": {str(i): tokenizer.id_to_token(i) for i in range(256, size, 1)},
            "cases": [case(tokenizer, text) for text in texts],
            "decodings": decodings(tokenizer, 7, 60),
        },
    )


def whole_pieces():
    """A tokenizer that takes a piece that is a token whatever the merges say: its last two tokens
    are out of the merges' reach."""
    value = json.loads(byte_level(300, []).to_str())
    model = value["model"]
    parts = {part for merge in model["merges"] for part in merge}
    plain = [m for m in model["merges"] if "".join(m).isascii() and "".join(m) not in parts][-2:]
    lost = ["".join(merge) for merge in plain]
    model["merges"] = [m for m in model["merges"] if m not in plain]
    merged = Tokenizer.from_str(json.dumps(value))
    model["ignore_merges"] = True
    whole = Tokenizer.from_str(json.dumps(value))
    texts = lost + [lost[0] * 2, "x" + lost[1], "the answer is right", " the the"]
    cases = [{"text": t, "ids": whole.encode(t).ids, "merged": merged.encode(t).ids} for t in texts]
    assert any(c["ids"] != c["merged"] for c in cases)
    write("whole-pieces-file", value)
    write("whole-pieces-cases", cases)


def character_file(alphabet, end_of_text):
    """The vocabulary of characters, as the library writes it after we put it together."""
    spelled = byte_characters()
    vocabulary = {end_of_text: 0} | {spelled[ord(c)]: i + 1 for i, c in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], continuing_subword_prefix="", end_of_word_suffix=""))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = trained().pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel()
    tokenizer.add_tokens([AddedToken(end_of_text, normalized=False, special=True)])
    # Qwen2's files have these off, though they change nothing but offsets.
    value = json.loads(tokenizer.to_str())
    for part in (value["decoder"], value["post_processor"], value["pre_tokenizer"]["pretokenizers"][1]):
        part |= {"add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return Tokenizer.from_str(json.dumps(value))


def word_file(words, end_of_text):
    """The vocabulary of words, each with the space before it, as the library writes it."""
    value = json.loads(character_file("", end_of_text).to_str())
    model = value["model"]
    model["vocab"] = {end_of_text: 0} | {"\u0120" + word: i + 1 for i, word in enumerate(words)}
    model["ignore_merges"] = True
    value["pre_tokenizer"]["pretokenizers"][0]["pattern"] = {"Regex": " [^ ]+"}
    return Tokenizer.from_str(json.dumps(value))


def byte_characters():
    tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    found = {}
    for byte in range(0x80):
        found[byte] = tokenizer.pre_tokenize_str(chr(byte))[0][0]
    return found


def main():
    classes = write_tables()
    nfc = normalizers.NFC().normalize_str
    forms = {}
    for kind in ("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"):
        normalize = getattr(normalizers, kind)().normalize_str
        changed = [(c, normalize(chr(c))) for c in SCALARS]
        changed = [(c, text) for c, text in changed if text != chr(c)]
        record = digest([x for c, text in changed for x in (c, *map(ord, text))])
        forms[kind] = {"count": len(changed), "digest": record}
    numbers = random.Random(11)
    marks = [f for f in FRAGMENTS if nfc(f) != f or any(unicodedata.combining(c) for c in f)]
    marks += [chr(c) for c in SCALARS if unicodedata.combining(chr(c)) and c % 7 == 0]
    marks += list("aeouAEOUあか한\u1100\u1161\u11a8\U00010041\U00011347")
    texts = ["".join(numbers.choice(marks) for _ in range(numbers.randint(1, 8))) for _ in range(300)]
    write(
        "unicode",
        {
            "classes": classes,
            "forms": forms,
            "normalizations": [[text, nfc(text)] for text in texts],
        },
    )

    numbers = random.Random(3)
    plain_texts = HANDMADE + [random_text(numbers, FRAGMENTS) for _ in range(160)]
    write_cases("trained", trained(), plain_texts)

    fragments = FRAGMENTS + AWKWARD_FRAGMENTS * 5
    awkward_texts = ["".join(p) for p in zip(AWKWARD_FRAGMENTS, AWKWARD_FRAGMENTS[1:])]
    awkward_texts += [f"x {f} y" for f in AWKWARD_FRAGMENTS] + [f"x{f}y" for f in AWKWARD_FRAGMENTS]
    awkward_texts += [random_text(numbers, fragments) for _ in range(160)]
    write_cases("awkward", awkward(), awkward_texts)

    whole_pieces()

    alphabet = "0123456789+-*/%=:^abcdefghijklmnopqrstuvwxyz .,\n\t\"\\"
    small = character_file(alphabet, "<|endoftext|>")
    texts = ["37:a^b%=", "a b\n\tc \"q\" \\x", "<|endoftext|>", "1+2=3<|endoftext|>", "héllo €", "ABC", "", "'s 're x's"]
    write(
        "characters",
        {
            "alphabet": alphabet,
            "file": json.loads(small.to_str()),
            "cases": [case(small, text) for text in texts],
        },
    )

    words = ["=", "#", "a", "so", "12", "1", "+12", "-3", "n12", "ab"]
    whole = word_file(words, "<|endoftext|>")
    texts = [" n12 1 -3 =", " 12 n12 a -3 so #", " a  so", "a so", " ab abc b", "", " 12 nowhere 1", " so<|endoftext|>", " é a"]
    write(
        "words",
        {
            "words": words,
            "file": json.loads(whole.to_str()),
            "cases": [case(whole, text) for text in texts],
        },
    )


if __name__ == "__main__":
    main()
