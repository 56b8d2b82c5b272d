#!/usr/bin/env python3
"""Writes prompts with verifiable instructions: what to write about, and what a program can check.

    Tools/data/instructions.py [FOLDER]           default: .vapo/data/instructions

makes train.jsonl and test.jsonl. Rows have IFEval's columns (key, prompt, instruction_id_list,
kwargs) and, but for starts, first_word and no_exclamation, its names, so that its own scorer and
lm-evaluation-harness read them too. Held-out prompts are about
subjects, and ask for phrases, that no training prompt has. Needs Python 3.9 and nothing else; the
same arguments write the same bytes.
"""

import argparse
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]

SUBJECTS = """a lighthouse|a bakery|the moon|a bicycle|rain|a garden|a train journey|honey bees|an old
bridge|a library|the sea|coffee|a mountain hut|a violin|winter|a market|a river boat|bread|a school
trip|chess|a family dinner|a rainy Sunday|an apple tree|a night sky|a lost key|a new neighbor|a paper
map|a clock tower|whales|a village festival|a campfire|fresh snow|a small shop|swimming|a desert|a
long walk|a wooden table|pottery|a football match|the first day of school|a birthday cake|an island|a
telescope|moving to a new city|a museum|learning to cook|a friendly dog|a windmill|tea|a busy
street|a forest path|a letter from a friend|a train station|a quiet morning|cheese|an astronaut|a
harbor|good sleep|a kite|a summer storm|a painter|running|a penguin|an orchestra|a hospital|a
farm|volcanoes|a subway ride|ice cream|a treehouse|a photo album|gardening|a thunderstorm|a
cat|recycling|a job interview|a picnic|electric cars|a castle|a frozen lake|a robot|saving money|a
balloon|being on time|a mirror|a tailor|a waterfall|friendship|a camel|a dictionary|patience|a
rainbow|a spider|a new language|an umbrella|a hill|mushrooms|a race|a grandmother|a toy
shop|breakfast|the color blue|a pencil|a ship's captain|a puzzle|soap|a storm at sea|dancing|an
elephant|a nurse|a radio""".replace("\n", " ").split("|")

REQUESTS = [
    "Write a few lines about {}.", "Tell me something about {}.", "Describe {} for a child.",
    "Write a short note about {}.", "What makes {} special?", "Write a short story about {}.",
    "Give a short description of {}.", "Write a post about {}.", "Share a thought about {}.",
    "Why do people like {}?",
]

WORDS = """window|yellow|quiet|simple|river|laugh|stone|evening|gentle|market|silver|corner|promise|
bright|winter|golden|travel|soft|memory|hidden|bread|friend|morning|wooden|music|green|early|story|
little|warm|garden|paper|distant|curious|cloud|orange|slow|brave|table|secret""".replace(
    "\n", "").split("|")

ENDINGS = [
    "That is all for today.", "Thank you for reading.", "What do you think?", "See you next time.",
    "And so it goes.", "I hope this helps.", "The end.", "Tell me if you agree.",
    "That is my view.", "Have a good day.", "Now it is your turn.", "Keep it in mind.",
]

BEGINNINGS = [
    "Here is the thing:", "Let me tell you:", "Good question.", "Dear reader,", "To be honest,",
    "Listen closely:", "Once upon a time", "In short:", "First of all,", "My friend,",
    "As we know,", "Take a look:",
]

LANGUAGE_FREE = "abcdefghilmnoprstuvwy"


class Maker:
    """Draws instructions; `held_out` takes the words and phrases that training does not have."""

    def __init__(self, draw, held_out):
        self.draw = draw
        self.held_out = held_out

    def of(self, items):
        """One of every third item for the held-out side, one of the others for training."""
        return self.draw.choice([item for place, item in enumerate(items)
                                 if (place % 3 == 2) == self.held_out])

    def number(self, low, high):
        return self.draw.randint(low, high)

    def say(self, *ways):
        return self.draw.choice(ways)

    # Each returns a sentence and the arguments.
    def keywords(self):
        words = sorted({self.of(WORDS) for _ in range(self.number(1, 2))})
        listed = " and ".join(f'"{word}"' for word in words)
        return self.say(f"Include the keyword{'s' * (len(words) > 1)} {listed}.",
                        f"Use {listed} in your response."), {"keywords": words}

    def frequency(self):
        word, times = self.of(WORDS), self.number(2, 3)
        return (f'The word "{word}" should appear at least {times} times.',
                {"keyword": word, "frequency": times, "relation": "at least"})

    def forbidden(self):
        words = self.draw.sample(["the", "and", "is", "of", "it", "very", "a", "to"], 1)
        return f'Do not use the word "{words[0]}".', {"forbidden_words": words}

    def letter(self):
        letter, most = self.draw.choice(LANGUAGE_FREE), self.number(3, 8)
        return (f"The letter {letter} should appear less than {most} times.",
                {"letter": letter, "let_frequency": most, "let_relation": "less than"})

    def sentences(self):
        count = self.number(2, 4)
        if self.draw.random() < 0.5:
            return (f"Write at least {count} sentences.",
                    {"num_sentences": count, "relation": "at least"})
        return (f"Your response should contain less than {count} sentences.",
                {"num_sentences": count, "relation": "less than"})

    def paragraphs(self):
        count = self.number(2, 3)
        return (f"Write {count} paragraphs, separated by the markdown divider: ***",
                {"num_paragraphs": count})

    def words(self):
        if self.draw.random() < 0.5:
            count = 5 * self.number(2, 8)
            return self.say(f"Answer with less than {count} words.",
                            f"Use less than {count} words."), {
                                "num_words": count, "relation": "less than"}
        count = 10 * self.number(2, 5)
        return (f"Answer with at least {count} words.",
                {"num_words": count, "relation": "at least"})

    def placeholders(self):
        count = self.number(1, 3)
        return (f"Include at least {count} placeholder{'s' * (count > 1)} in square brackets, such "
                "as [name].", {"num_placeholders": count})

    def postscript(self):
        mark = self.draw.choice(["P.S.", "P.P.S"])
        return f"At the end, add a postscript that starts with {mark}", {"postscript_marker": mark}

    def bullets(self):
        count = self.number(2, 4)
        return self.say(f"Answer with exactly {count} bullet points, such as: * This is a point.",
                        f"Use exactly {count} markdown bullet points."), {"num_bullets": count}

    def highlights(self):
        count = self.number(1, 3)
        return (f"Highlight at least {count} part{'s' * (count > 1)} of your response with markdown, "
                "such as *highlighted part*.", {"num_highlights": count})

    def sections(self):
        mark, count = self.draw.choice(["Section", "Part", "Chapter"]), self.number(2, 3)
        return (f"Write {count} sections. Mark the beginning of each with {mark} and its number, "
                f"such as {mark} 1.", {"section_spliter": mark, "num_sections": count})

    def json_format(self):
        return self.say("Wrap your whole response in JSON.", "Answer in JSON only."), {}

    def title(self):
        return "Give it a title in double angular brackets, such as <<my title>>.", {}

    def two_responses(self):
        return "Give two different responses, separated by 6 asterisks: ******", {}

    def starts(self):
        phrase = self.of(BEGINNINGS)
        return self.say(f'Start your response with "{phrase}"',
                        f'Begin with the exact words "{phrase}"'), {"start_phrase": phrase}

    def ends(self):
        phrase = self.of(ENDINGS)
        return self.say(f'End your response with the exact phrase "{phrase}"',
                        f'Finish with "{phrase}" and nothing after it.'), {"end_phrase": phrase}

    def first_word(self):
        word = self.of(WORDS)
        return f'The first word of your response should be "{word}".', {"first_word": word}

    def quotation(self):
        return self.say("Wrap your whole response in double quotation marks.",
                        "Put your whole response between double quotation marks."), {}

    def capital_words(self):
        count = self.number(1, 4)
        return (f"Write at least {count} word{'s' * (count > 1)} in all capital letters.",
                {"capital_frequency": count, "capital_relation": "at least"})

    def capital(self):
        return self.say("Use only capital letters.", "Write in all capital letters."), {}

    def lowercase(self):
        return self.say("Use only lowercase letters.", "Write in all lowercase letters.",
                        "Do not use any capital letters."), {}

    def no_comma(self):
        return self.say("Do not use any commas.", "Write it without commas."), {}

    def no_exclamation(self):
        return "Do not use exclamation marks.", {}

    def repeat_request(self):
        return ("First repeat this request word for word, without the sentence that you are "
                "reading, then answer it.", {})

    def constrained(self):
        return ("Answer with one of these: My answer is yes. My answer is no. My answer is maybe.",
                {})

    def language(self):
        code, name = self.draw.choice([("ru", "Russian"), ("zh", "Chinese"), ("ar", "Arabic"),
                                       ("hi", "Hindi"), ("ja", "Japanese"), ("ko", "Korean")])
        return f"Answer in {name} only.", {"language": code}


# Name, IFEval's or one made after it; what draws it; what it occupies: two that occupy the same
# cannot both be followed, or one would follow from the other. "all" goes with nothing.
KINDS = {
    "keywords": ("keywords:existence", "words"),
    "frequency": ("keywords:frequency", "words"),
    "forbidden": ("keywords:forbidden_words", "words start end"),
    "letter": ("keywords:letter_frequency", "words start end length marks"),
    "sentences": ("length_constraints:number_sentences", "length marks"),
    "paragraphs": ("length_constraints:number_paragraphs", "length marks"),
    "words": ("length_constraints:number_words", "length"),
    "placeholders": ("detectable_content:number_placeholders", "marks"),
    "postscript": ("detectable_content:postscript", "end"),
    "bullets": ("detectable_format:number_bullet_lists", "length marks start"),
    "highlights": ("detectable_format:number_highlighted_sections", "marks"),
    "sections": ("detectable_format:multiple_sections", "length marks case start"),
    "json_format": ("detectable_format:json_format", "start end marks length"),
    "title": ("detectable_format:title", "start marks"),
    "two_responses": ("combination:two_responses", "length marks start end"),
    "starts": ("startend:start_checker", "start"),
    "ends": ("startend:end_checker", "end"),
    "first_word": ("first_word:first_word_answer", "start words"),
    "quotation": ("startend:quotation", "start end"),
    "capital_words": ("change_case:capital_word_frequency", "case"),
    "capital": ("change_case:english_capital", "case"),
    "lowercase": ("change_case:english_lowercase", "case"),
    "no_comma": ("punctuation:no_comma", "commas start"),
    "no_exclamation": ("punctuation:punctuation_exclamation", "exclamations"),
    "repeat_request": ("combination:repeat_prompt", "start length case words commas"),
    "constrained": ("detectable_format:constrained_response", "all"),
    "language": ("language:response_language", "all"),
}


# Those of which SmolLM2-135M-Instruct follows some and not all before it has learned anything.
SMALL = ["placeholders", "highlights", "words", "sentences", "title", "postscript", "constrained",
         "letter", "keywords", "sections", "no_comma", "forbidden", "paragraphs", "starts",
         "capital_words", "json_format", "frequency"]


def row(key, draw, held_out, kinds, most):
    """One prompt with one to `most` instructions."""
    maker = Maker(draw, held_out)
    request = draw.choice(REQUESTS).format(maker.of(SUBJECTS))
    wanted, taken, chosen = draw.randint(1, most), set(), []
    for kind in draw.sample(kinds, len(kinds)):
        zones = set(KINDS[kind][1].split())
        if len(chosen) == wanted or (zones & taken) or (chosen and "all" in zones | taken):
            continue
        taken |= zones
        chosen.append((kind, *getattr(maker, kind)()))
    prompt = " ".join([request, *(sentence for _, sentence, _ in chosen)])
    arguments = []
    for kind, sentence, given in chosen:
        if kind == "repeat_request":
            given = {"prompt_to_repeat": prompt.replace(" " + sentence, "")}
        arguments.append(given)
    return {"key": key, "id": f"instructions/{'test' if held_out else 'train'}/{key}",
            "data_source": "instructions", "prompt": prompt,
            "instruction_id_list": [KINDS[kind][0] for kind, _, _ in chosen], "kwargs": arguments}


def write(path, count, seed, held_out, kinds, most):
    draw = random.Random(f"{seed}/{held_out}")
    seen, rows = set(), []
    for _ in range(100 * count):
        if len(rows) == count:
            break
        made = row(len(rows), draw, held_out, kinds, most)
        if made["prompt"] not in seen:
            seen.add(made["prompt"])
            rows.append(json.dumps(made, ensure_ascii=False))
    if len(rows) < count:
        raise SystemExit(f"{path}: only {len(rows)} different prompts of these kinds; ask for fewer")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{path}: {count} prompts")


def main():
    reader = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("folder", nargs="?", type=pathlib.Path,
                        default=ROOT / ".vapo/data/instructions")
    reader.add_argument("--train", type=int, default=4000, help="training prompts (4000)")
    reader.add_argument("--test", type=int, default=300, help="held-out prompts (300)")
    reader.add_argument("--most", type=int, default=2, help="the most instructions of a prompt (2)")
    reader.add_argument("--kinds", default=",".join(KINDS),
                        help="which kinds, separated by commas, or 'small' for those that a model of "
                        "135 million weights can learn: " + ", ".join(KINDS))
    reader.add_argument("--seed", type=int, default=0)
    options = reader.parse_args()
    kinds = SMALL if options.kinds == "small" else options.kinds.split(",")
    for kind in kinds:
        if kind not in KINDS:
            reader.error(f"--kinds: there is no kind '{kind}'; there are {', '.join(KINDS)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    write(options.folder / "train.jsonl", options.train, options.seed, False, kinds, options.most)
    write(options.folder / "test.jsonl", options.test, options.seed, True, kinds, options.most)


if __name__ == "__main__":
    main()
