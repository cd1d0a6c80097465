"""Presscheck: answers from news articles in their own words, cited to the exact characters.

from rag import FactChecker

checker = FactChecker.open()
checker.ingest("corpus/")
print(checker.ask("What restrictions remain?").text)
"""

from rag.errors import (
    ArticleNotFoundError,
    ArticleReadError,
    CorpusError,
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
    Citation,
    Evidence,
    FailedFile,
    Filters,
    IngestReport,
    Passage,
    RankedPassage,
    Sentence,
    SentenceKind,
    Statement,
)
from rag.settings import Settings

__all__ = [
    "Answer",
    "AnswerStatus",
    "Article",
    "ArticleNotFoundError",
    "ArticleReadError",
    "ArticleSummary",
    "Citation",
    "CorpusError",
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
    "Statement",
]
