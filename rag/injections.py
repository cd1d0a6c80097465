"""Sentences of an article that speak to a program, not to readers: orders, fake turns, fake evidence.

Such a sentence is no evidence for anything, nor is what follows it in its paragraph. English, with the
commonest such orders in a few other languages. What somebody in the article is quoted with as part of a
sentence ("he typed 'ignore all instructions'") is reported, and stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from rag._visible import visible_line
from rag.evidence import Neighbours
from rag.retrieval import Candidate
from rag.schema import Passage, SentenceKind

_START = r"""(?:^\W*|[.!?:;>\])}*]\s*
    |\b(?:please|kindly|now|you\ (?:must|should|shall|have\ to|need\ to|are\ to))\s+)"""
_AGENT = r"""(?:ai|a\.i\.|llms?|(?:large\ )?language\ models?|(?:ai\ )?models|chat\ ?bots?
    |(?:ai\ |digital\ |virtual\ )?assistants?|bots?|gpt)"""
_MODEL = rf"(?:{_AGENT}|model)"
_ORDERS = r"""(?:instructions?|prompts?|rules|guidelines|directions|directives|orders|commands|constraints
    |messages?|evidence|context|sources?|articles?|text|passages?|sentences?|content|information|everything
    |anything)"""
_TELL = r"(?:answer|respond|reply|say|state|output|write|print|claim|tell|cite)"
_ONLY = r"(?:always\ |only\ |simply\ |just\ |please\ |you\ (?:must|should)\ |then\ )*"
_SIGNS = (
    # orders to forget other orders
    rf"""{_START}(?:ignore|disregard|forget|override|bypass|discard|overlook)\b[^.!?]{{0,40}}?
    \b(?:all|any|the|your|my|these|those|this|that|previous|prior|above|earlier|preceding|foregoing|other|rest)\b
    [^.!?]{{0,40}}?\b{_ORDERS}\b""",
    r"""\b(?:new|updated|revised|real|actual|hidden|secret|special|important)\ (?:system\ )?
    (?:instructions?|prompt|directives?)\ ?(?::|follow|for\ (?:you|the))""",
    # who the model is
    rf"""\byou(?:'re|’re|\ are)\ (?:now\ |no\ longer\ |only\ |just\ |still\ )*(?:an?\ |the\ |my\ )?
    (?:\w+[-\ ]){{0,3}}{_MODEL}\b""",
    r"""\byou(?:'re|’re|\ are)\ (?:now\ )?(?:in\ )?(?:\w+\ )?
    (?:mode|dan|jailbroken|unrestricted|unfiltered|free\ from)\b""",
    r"""\byou\ (?:must|should|will|have\ to|need\ to|are\ (?:required|instructed|asked|told|programmed)\ to)\b
    (?:\ now|\ always|\ only)?\ (?:answer|respond|reply|output|print|state|cite)\b""",
    rf"{_START}(?:respond|answer|speak|write|reply)\ as\ (?:if|though|an?|the)\b",
    rf"{_START}(?:act|behave)\ as\ (?:if|though|an?|the)\b[^.!?]{{0,60}}\b(?:you|{_MODEL})\b",
    rf"{_START}(?:pretend|imagine)\ (?:that\ )?you(?:['’]re|\ are)\ (?:an?|the)\b|{_START}role-?play\b",
    rf"\bas\ an?\ (?:ai|{_MODEL})\b[^.!?]{{0,40}}\byou\b",
    r"""\byour\ (?:only|sole|new|real|true|actual|next)\ (?:task|job|role|duty|goal|purpose|mission|objective
    |instructions?)\b""",
    # what to answer
    rf"""\b(?:if|when|whenever|should|once)\b[^.!?]{{0,40}}
    \b(?:asks?|asked|quer(?:y|ies|ied)|prompted|questioned)\b[^.!?]{{0,120}}[,:;—–-]\ ?{_ONLY}{_TELL}\b""",
    rf"""{_START}{_ONLY}(?:answer|respond|reply)(?:\ only|\ simply|\ exactly|\ always)?
    (?:\ to\ [^.!?]{{0,60}})?(?:\ that\b|\ with\b|\ as\ follows|\ in\ one\ word|\ yes\b|\ no\b|\ ?[:"“'])""",
    rf"""{_START}{_ONLY}(?:say|state|output|print|write|repeat)(?:\ only|\ exactly|\ back|\ out)?\ 
    (?:that\b|(?:the|this)\ (?:word|phrase|following|sentence)|["“'‘]|(?-i:[A-Z]{{4,}}))""",
    r"""\b(?:correct|right|only|expected|official|true|final|best|approved|verified|required)\ 
    (?:answer|response|reply|output)(?:\ (?:to|for)\ (?:this|that|the|any|every|each|all)\b[^.!?]{0,80}
    (?:\ (?:is|must|should|will|has\ to)\b|\ ?:)|\ ?:
    |\ (?:is|must\ be|should\ be)(?:\ that\b|\ ?[:"“'‘]))""",
    rf"""{_START}(?:do\ not|don['’]t|never|under\ no\ circumstances)\ (?:\w+\ )?
    (?:mention|cite|quote|use|trust|reveal|follow|rely)\b[^.!?]{{0,40}}\b(?:evidence|articles?|sources?
    |sentences?|passages?|instructions?|above|below|this\ (?:text|message|note))\b""",
    r"\btell\ (?:the|your|every|any|each)\ (?:users?|readers?|questioners?|humans?)\b[^.!?]{0,40}\bthat\b",
    # to whom it is said
    rf"""{_START}(?:note|notice|message|instructions?|attention|memo|reminder|warning|dear|hello|hey|hi)\b
    [\ ,:]{{1,2}}(?:(?:to|for|all|any|every|the|whichever)[\ ,]+){{0,3}}{_AGENT}\b[^.!?]{{0,60}}
    (?:[:,!—–]|\b(?:reading|processing|must|should|please)\b)""",
    rf"""\b{_MODEL}\b[^.!?]{{0,30}}
    \b(?:reading|processing|summari[sz]ing|parsing|analy[sz]ing|answering\ from)\b
    [^.!?]{{0,40}}\b(?:this|these|the\ (?:article|page|text|document))\b""",
    # the model's own workings
    r"""\b(?:reveal|print|output|show|repeat|disclose|display|list|leak|give|tell|send)\b[^.!?]{0,30}
    \b(?:your|the|its|system)\b[^.!?]{0,20}\b(?:system\ prompt|prompt|hidden\ instructions
    |initial\ instructions|instructions\ (?:you|above)|configuration|api\ keys?|other\ articles)\b""",
    # turns, marks and evidence that are none
    r"^\W*(?:assistant|chatbot|developer|user|human|ai|model|bot)\s*(?:>|:)",
    rf"""^\W*system\s*(?:prompt|message|note|override|instruction|update|notice|alert)?\s*(?:>|:)
    (?=.*\b(?:you|your|answer|respond|reply|ignore|disregard|must|instructions?|{_MODEL})\b)""",
    r"""[#]{2,}\s*(?:instructions?|system|response|input|output|user|assistant|task
    |new\ (?:instructions?|task|prompt))\b""",
    r"<\|[^|>]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>",
    r"""</?\s*(?:system|evidence|instructions?|prompt|question|answer|context|article|user|assistant|document
    |sources?|data)\b[^>]{0,40}>""",
    r"""\b(?:begin|end|start|close)(?:ning)?(?:\ of)?(?:\ the)?\ (?:evidence|prompt|instructions?|context
    |system|article|document|quoted\ material|user\ input|data|untrusted)\b(?=\W*(?:$|[-=*\#_\]>.:]))""",
    r"""^\W*(?:evidence|source|sentence|passage|quote|citation|fact|reference)\s*(?:no\.?\s*)?
    [\[(\#]?\d{1,3}[\])]?\s*[:—–-]""",
    r"\baccording\ to\ (?:source|evidence|sentence|passage|reference|citation)s?\s*[\[(\#]?\d{1,3}",
    # the same in other languages
    r"""\b(?:ignorier\w*|vergiss|vergessen\ sie|missachte\w*|ignorez|oubliez|ignora(?:d|te|re)?
    |ignoren|olvid\w+|dimentica\w*|ignoreer|vergeet|zignoruj\w*|ignoruj\w*|игнорируй\w*|проигнорируй\w*
    |забудь\w*|ігноруй\w*)\b.{0,60}(?:anweisung|instru[ckçz]|aufforderung|vorgabe|regel|regla|r[eè]gle
    |istruzion|инструкц|указан|правил|команд|prompt|polece|eerdere|вказівк)""",
    r"(?:忽略|无视|無視|忘记|忘記|無視して|忘れ).{0,20}(?:指令|指示|命令|规则|規則|提示|内容|ルール)",
    r"(?:指令|指示|命令|规则|規則|提示).{0,10}(?:忽略|无视|無視|忘记|忘記|忘れ)",
    r"(?:تجاهل|انس[َ]?).{0,30}(?:تعليمات|التعليمات|الأوامر)",
    r"""^\W*(?:antworte(?:n\ sie)?|répond(?:s|ez)|responde|responda|rispondi|отвечай(?:те)?|ответь(?:те)?
    |antwoord)\b.{0,30}(?:\bdass\b|\bque\b|\bche\b|\bчто\b|\bdat\b|:|\bmit\b|\bnur\b)""",
    r"(?:请|請)?(?:回答|回复|回覆|答复)(?:说|說|：|:|“|「)|と(?:答え|回答し)",
)
_RECORD = re.compile(r"""["“'](?:statements|evidence|answer|verdict)["”']\s*:\s*[\[{"“']""", re.IGNORECASE)
_SIGN = re.compile("|".join(f"(?:{sign})" for sign in _SIGNS), re.IGNORECASE | re.VERBOSE)
_QUOTED = re.compile(r"[\"“«][^\"“”«»]*[\"”»]|(?<!\w)['‘][^'‘’]{3,}['’](?!\w)")


def addresses_a_program(text: str) -> bool:
    """Whether a sentence speaks to a program: gives it orders, or passes for its turns or its evidence."""
    plain = _plain(text)
    if _RECORD.search(plain):
        return True
    if not _SIGN.search(plain):
        return False
    reported = _QUOTED.sub(" ", plain)
    around = reported.split()
    # Within quotation marks, as a part of a sentence that reports it.
    return not (len(around) >= 4 and len(around) < len(plain.split()) and not _SIGN.search(reported))


def _plain(text: str) -> str:
    """The text as a model may see through it: compatibility forms, nothing invisible, on one line."""
    return visible_line(unicodedata.normalize("NFKC", text))


def trusted(candidates: Iterable[Candidate], neighbours: Neighbours) -> tuple[Candidate, ...]:
    """The candidates with such sentences marked as `INJECTED`, less those that have no others."""
    marked = (replace(candidate, passage=_marked(candidate.passage, neighbours)) for candidate in candidates)
    return tuple(c for c in marked if any(s.kind is not SentenceKind.INJECTED for s in c.passage.sentences))


def trusted_neighbours(neighbours: Neighbours) -> Neighbours:
    """The same passages, with such sentences marked as `INJECTED`."""

    def give(passage: Passage) -> tuple[Passage | None, Passage | None]:
        before, after = neighbours(passage)
        return before and _marked(before, neighbours), after and _marked(after, neighbours)

    return give


def _marked(passage: Passage, neighbours: Neighbours) -> Passage:
    """A passage marked, as it follows from those before it: a paragraph may begin in one of them."""
    if not passage.sentences:
        return passage
    paragraph = passage.sentences[0].paragraph
    before = neighbours(passage)[0]
    while before is not None and before.sentences and before.sentences[-1].paragraph == paragraph:
        if any(s.kind is SentenceKind.INJECTED for s in mark_injections(before).sentences[-1:]):
            return mark_injections(passage, paragraph)
        before = neighbours(before)[0]
    return mark_injections(passage)


@lru_cache(maxsize=4096)
def mark_injections(passage: Passage, poisoned_before: int | None = None) -> Passage:
    """The passage with its sentences that speak to a program marked, and what follows in their paragraphs.

    They are of the kind `INJECTED` then, of which nothing is read or quoted. Its text stays as it is.
    `poisoned_before` is the number of a paragraph in which an earlier passage has such a sentence.
    """
    poisoned = set() if poisoned_before is None else {poisoned_before}
    kinds = []
    for sentence in passage.sentences:
        if addresses_a_program(passage.text_of(sentence)):
            poisoned.add(sentence.paragraph)
        kinds.append(SentenceKind.INJECTED if sentence.paragraph in poisoned else sentence.kind)
    if not poisoned:
        return passage
    marked = (replace(one, kind=kind) for one, kind in zip(passage.sentences, kinds, strict=True))
    return replace(passage, sentences=tuple(marked))
