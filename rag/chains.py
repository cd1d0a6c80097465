"""The border to LangChain: its embeddings, retriever and runnable over our parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from rag.encoder import Encoder
from rag.schema import Answer, Filters, RankedPassage

if TYPE_CHECKING:
    from rag.pipeline import FactChecker


class EncoderEmbeddings(Embeddings):
    """An encoder as LangChain `Embeddings`: vectors of unit length, of `encoder.dimensions` floats."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each passage."""
        return [self._encoder.encode(text).vector.tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector: list[float] = self._encoder.encode_question(text).vector.tolist()
        return vector


class PassageRetriever(BaseRetriever):
    """`FactChecker.search` as a LangChain retriever.

    Each document's text is a passage; its metadata are `article_id`, `passage_id`, `title`, `start` and
    `end` (offsets in the article), `score` and `rank`. `limit` is 1 to 100.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    checker: Any
    limit: int = 5
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.checker.search(query, limit=self.limit, filters=self.filters)
        return [_document(ranked) for ranked in found]


def _document(ranked: RankedPassage) -> Document:
    passage = ranked.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "article_id": passage.article_id,
            "passage_id": passage.id,
            "title": ranked.title,
            "start": passage.start,
            "end": passage.end,
            "score": ranked.score,
            "rank": ranked.rank,
        },
    )


def answering(checker: FactChecker) -> Runnable[str, Answer]:
    """Question in, Answer out."""
    return RunnableLambda(checker.ask, afunc=checker.aask, name="presscheck")
