"""The news outlets that an article names as where something was said."""

from __future__ import annotations

import re

_OUTLETS = {
    "AP": "the Associated Press",
    "Associated Press": "the Associated Press",
    "Reuters": "Reuters",
    "AFP": "Agence France-Presse",
    "Agence France-Presse": "Agence France-Presse",
    "BBC": "the BBC",
    "BBC News": "BBC News",
    "CNN": "CNN",
    "NPR": "NPR",
    "NBC": "NBC",
    "NBC News": "NBC News",
    "ABC News": "ABC News",
    "CBS": "CBS",
    "CBS News": "CBS News",
    "Fox News": "Fox News",
    "Sky News": "Sky News",
    "ITV": "ITV",
    "ITV News": "ITV News",
    "Al Jazeera": "Al Jazeera",
    "Bloomberg": "Bloomberg",
    "Bloomberg News": "Bloomberg News",
    "Politico": "Politico",
    "Axios": "Axios",
    "dpa": "dpa",
    "DPA": "dpa",
    "Xinhua": "Xinhua",
    "TASS": "TASS",
    "Tass": "TASS",
    "Interfax": "Interfax",
    "Ukrinform": "Ukrinform",
    "Kyodo": "Kyodo",
    "PA Media": "PA Media",
    "Press Association": "the Press Association",
    "New York Times": "the New York Times",
    "Washington Post": "the Washington Post",
    "Wall Street Journal": "the Wall Street Journal",
    "Financial Times": "the Financial Times",
    "Guardian": "the Guardian",
    "Economist": "the Economist",
    "Le Monde": "Le Monde",
    "Der Spiegel": "Der Spiegel",
    "El País": "El País",
}
# The last word of a newspaper's or broadcaster's name.
_PAPER = (
    r"(?:News|Times|Post|Herald|Tribune|Journal|Gazette|Courier|Sentinel|Telegraph|Observer|Chronicle|Echo"
    r"|Mail|Standard|Dispatch|Bulletin|Argus|Mercury|Examiner|Register|Globe|Star|Independent|Radio|TV"
    r"|Television|Weekly)"
)
_KNOWN = "|".join(re.escape(name) for name in sorted(_OUTLETS, key=len, reverse=True))
_NAME = (
    rf"(?:[Tt]he )?(?:(?:{_KNOWN})(?![\w’'-])"
    rf"|(?:[A-Z][\w-]+ ){{1,4}}{_PAPER}\b|(?<=[Tt]he ){_PAPER}\b)"
)
_OUTLET = re.compile(_NAME)
_TOLD = re.compile(
    r"\b(?i:told|tells|telling|informed|spoke (?:to|with)|speaking (?:to|with|on)|talk(?:ed|ing) (?:to|with)"
    r"|said to|(?:interview|conversation|talk)s?(?: on \w+)? (?:with|to|for|by|on|published (?:by|in))"
    r"|(?:comment|remark|statement|e-?mail|message|letter|answer|repl(?:y|ies)|response)s?"
    r" (?:to|on|sent to|for|published (?:by|in))"
    r"|(?:quoted|reported|cited|interviewed) (?:by|in|on)|wrote in)"
    rf"\s+(?:journalists (?:from|at|of) )?(?P<outlet>{_NAME})"
)


def told_outlet(text: str) -> str:
    """The outlet to which something was said: "the Associated Press" of "told AP"; empty if none is named."""
    match = _TOLD.search(text)
    return expand_outlet(match["outlet"]) if match else ""


def is_outlet(name: str) -> bool:
    """Whether a speaker is a news outlet."""
    return bool(_OUTLET.fullmatch(name))


def expand_outlet(name: str) -> str:
    """The outlet's name as a sentence would have it: "the Associated Press" for "AP" and "The AP"."""
    bare = re.sub(r"^[Tt]he ", "", name)
    return _OUTLETS.get(bare) or ("the " + bare if bare != name else name)
