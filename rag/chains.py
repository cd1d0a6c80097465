"""The border to LangChain: its embeddings, retriever and runnable over our parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForChainRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.encoder import Encoder
from rag.schema import Answer, Filters, RankedPassage


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


Look = Callable[[str, Any], Iterator[Answer]]
"""What answers a question, telling the callbacks of the run that it is part of: the answer as it grows."""


class Answering(Runnable[str, Answer]):
    """Question in, Answer out; streamed, the answer as it grows. Callbacks are told of every step inside."""

    name = "presscheck"

    def __init__(self, look: Look) -> None:
        self._look = look

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """The whole answer."""
        return self._call_with_config(self._whole, input, config)

    def stream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """The answer as it grows; the last one is whole."""
        yield from self._transform_stream_with_config(iter([input]), self._growing, config)

    def _whole(
        self, question: str, run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Answer:
        *_, answer = self._look(question, run_manager.get_child())
        return answer

    def _growing(
        self, questions: Iterator[str], run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[Answer]:
        for question in questions:
            yield from self._look(question, run_manager.get_child())
