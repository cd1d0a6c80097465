"""Presscheck: answers from news articles in their own words, cited to the exact characters.

from rag import FactChecker

checker = FactChecker.open()
checker.ingest("corpus/")
print(checker.ask("What restrictions remain?").text)
"""

from rag.errors import (
    ArticleNotFoundError,
    ArticleReadError,
    ClaimError,
    CorpusError,
    DossierError,
    IndexBusyError,
    IndexCorruptError,
    IndexMismatchError,
    IndexStoreError,
    IndexUnavailableError,
    ModelError,
    QuestionError,
    RagError,
    SettingsError,
)
from rag.pipeline import FactChecker
from rag.schema import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Disagreement,
    Evidence,
    FailedFile,
    Filters,
    IngestReport,
    Passage,
    RankedPassage,
    Sentence,
    SentenceKind,
    Speech,
    Stance,
    Statement,
    Verdict,
)
from rag.settings import Settings

__all__ = [
    "Answer",
    "AnswerStatus",
    "Article",
    "ArticleNotFoundError",
    "ArticleReadError",
    "ArticleSummary",
    "Attribution",
    "Citation",
    "ClaimCheck",
    "ClaimError",
    "ClaimEvidence",
    "ClaimPart",
    "CorpusError",
    "Disagreement",
    "DossierError",
    "Evidence",
    "FactChecker",
    "FailedFile",
    "Filters",
    "IndexBusyError",
    "IndexCorruptError",
    "IndexMismatchError",
    "IndexStoreError",
    "IndexUnavailableError",
    "IngestReport",
    "ModelError",
    "Passage",
    "QuestionError",
    "RagError",
    "RankedPassage",
    "Sentence",
    "SentenceKind",
    "Settings",
    "SettingsError",
    "Speech",
    "Stance",
    "Statement",
    "Verdict",
]
