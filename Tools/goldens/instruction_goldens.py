#!/usr/bin/env python3
"""Writes Tests/Goldens/instructions.json: what IFEval's own checkers say of texts of ours.

    pip install lm_eval==0.4.9 --no-deps && pip install nltk langdetect immutabledict
    Tools/goldens/instruction_goldens.py [FOLDER OF lm_eval]

The checkers are those that lm-evaluation-harness carries. Left to others are what needs files that no
package holds (sentences) and what is a guess (languages): langdetect is made to say English always,
so that the case of letters alone decides.
"""

import importlib.util
import json
import pathlib
import sys
import types

import nltk
from nltk.tokenize import NLTKWordTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]

TEXTS = [
    "The river is quiet.",
    "the river is quiet, and the window is yellow.",
    "THE RIVER IS QUIET",
    "THE RIVER IS QUIET. 42!",
    "42 - 17 = 25.",
    "   \n",
    "Windows and WINDOW and window; rewindows.",
    "a window's width, a window",
    "Here is the thing: I like rivers. That is all for today.",
    "\"Here is the thing: I like rivers. That is all for today.\"",
    "\"\"", "\"", "“Quoted”",
    "That is all for today",
    "That is all for today.\"\"  ",
    "* one\n* two\n- three\n** not one **\n",
    "  * one\n\t- two\n-three\n--- \n*",
    "1. one\n2. two\n*three*\n**four**",
    "*a* and **b** and *** and * c*\nand * d\n e * f",
    "**bold****bolder** ** ** * *",
    "***",
    "one\n***\ntwo",
    "one***two *** three",
    "***\none\n***\ntwo\n***",
    "one\n***\n***\ntwo",
    "one ****** two", "one ****** one", "****** one ****** two ******", "one ****** ****** two",
    "one ************ two",
    "{\"a\": [1, 2, {\"b\": null}]}", "```json\n{\"a\": 1}\n```", "```\n[1, 2]\n``` ", "{a: 1}",
    "{\"a\": 1} and more", "5", "\"text\"", "```JSON {\"a\": 1, \"a\": 2} ```",
    "<<A title>>\nText", "<< >>", "<<<>>>", "<<a\nb>>", "text <<a>> <b>>", "<<>> <<x>>",
    "[name] and [address], [a\nb] [[c]] []",
    "[ [ ] ] [",
    "Text.\nP.S. more", "Text.\np. s. more", "P.P.S more", "p.p. s more", "P.S more", "PS: no",
    "Section 1\ntext\nSection 2: text", "Section1 Section 22 Section x section 3", "SECTION 1 Part 2",
    "My answer is yes.", "I think. My answer is maybe. Thanks", "My answer is yes", "my answer is no.",
    "Write about rain. Rain is wet.", "  write about RAIN. and more", "I write about rain.",
    "first words\n\nsecond, words\n\nthird words", "first\n\n\n\nsecond\n\nthird",
    "'first' one\n\n\"second\" two\n\nthird! three",
    "\n\nfirst\n\nsecond\n\nthird",
    "I am A HUGE fan of NASA and of state-of-THE-art and X-RAY, OK?",
    "Ünïcödé WÖRTER ÄÖÜ straße",
    "привет МИР", "你好，世界。",
    "!!! five !!! # tags # ,",
    "Sure! Here it is:\nthe river is quiet\nHope this helps!",
    "*the river is quiet*",
    "line one\nTHE RIVER IS QUIET",
    "THE RIVER IS QUIET\nline two",
    "one two three four five six seven eight nine ten",
    "under_score and hyphen-word and it's 3.14",
]

CASES = [
    ("keywords:existence", {"keywords": ["river", "Quiet"]}),
    ("keywords:existence", {"keywords": ["window"]}),
    ("keywords:frequency", {"keyword": "window", "frequency": 2, "relation": "at least"}),
    ("keywords:frequency", {"keyword": "WINDOW", "frequency": 4, "relation": "less than"}),
    ("keywords:forbidden_words", {"forbidden_words": ["window", "river"]}),
    ("keywords:forbidden_words", {"forbidden_words": ["Is"]}),
    ("keywords:letter_frequency", {"letter": "e", "let_frequency": 4, "let_relation": "less than"}),
    ("keywords:letter_frequency", {"letter": "W", "let_frequency": 2, "let_relation": "at least"}),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 3}),
    ("length_constraints:number_words", {"num_words": 5, "relation": "at least"}),
    ("length_constraints:number_words", {"num_words": 5, "relation": "less than"}),
    ("length_constraints:number_words", {"num_words": 10, "relation": "at least"}),
    ("length_constraints:nth_paragraph_first_word",
     {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "Second"}),
    ("length_constraints:nth_paragraph_first_word",
     {"num_paragraphs": 3, "nth_paragraph": 1, "first_word": "first"}),
    ("detectable_content:number_placeholders", {"num_placeholders": 1}),
    ("detectable_content:number_placeholders", {"num_placeholders": 4}),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 3}),
    ("detectable_format:constrained_response", {}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 3}),
    ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
    ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 1}),
    ("detectable_format:json_format", {}),
    ("detectable_format:title", {}),
    ("combination:two_responses", {}),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Write about rain."}),
    ("startend:end_checker", {"end_phrase": "That is all for today."}),
    ("startend:quotation", {}),
    ("change_case:capital_word_frequency", {"capital_frequency": 4, "capital_relation": "at least"}),
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "less than"}),
    ("change_case:english_capital", {}),
    ("change_case:english_lowercase", {}),
    ("punctuation:no_comma", {}),
]


def reference(folder):
    """IFEval's registry and its strict and loose reading, as lm-evaluation-harness carries them."""
    nltk.data.find = lambda *_: None
    nltk.word_tokenize = NLTKWordTokenizer().tokenize
    import langdetect
    langdetect.detect = lambda text: "en"
    for name in ["lm_eval", "lm_eval.tasks", "lm_eval.tasks.ifeval"]:
        module = types.ModuleType(name)
        module.__path__ = [str(folder / "/".join(name.split(".")[1:]))]
        sys.modules[name] = module
    spec = importlib.util.spec_from_file_location(
        "lm_eval.tasks.ifeval.utils", folder / "tasks/ifeval/utils.py")
    utils = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(utils)
    return utils


def main():
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
    else:
        folder = pathlib.Path(importlib.util.find_spec("lm_eval").origin).parent
    utils = reference(folder)
    cases = []
    for name, arguments in CASES:
        example = utils.InputExample(key=0, instruction_id_list=[name], prompt="", kwargs=[arguments])
        strict, loose = (
            "".join("1" if reading(example, text).follow_all_instructions else "0" for text in TEXTS)
            for reading in (utils.test_instruction_following_strict,
                            utils.test_instruction_following_loose))
        truth = json.dumps({"instruction_id_list": [name], "kwargs": [arguments]})
        cases.append({"truth": truth, "strict": strict, "loose": loose})
    target = ROOT / "Tests/Goldens/instructions.json"
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    texts = ",\n".join("    " + json.dumps(text) for text in TEXTS)
    target.write_text(f'{{\n  "texts": [\n{texts}\n  ],\n  "cases": [\n{lines}\n  ]\n}}\n')
    print(f"{target}: {len(CASES)} instructions, {len(TEXTS)} texts, "
          f"{sum(case['strict'].count('1') for case in cases)} followed strictly")


if __name__ == "__main__":
    main()
