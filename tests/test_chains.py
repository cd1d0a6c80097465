from __future__ import annotations

import asyncio

import pytest
from conftest import HashedWords
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from rag import Answer, FactChecker, Filters, QuestionError
from rag.chains import EncoderEmbeddings
from rag.encoder import EmbeddingsEncoder

QUESTION = "What restrictions remain?"


def test_the_encoder_is_an_embeddings_of_langchain(seed_checker: FactChecker) -> None:
    embeddings = seed_checker.as_embeddings()

    assert isinstance(embeddings, Embeddings)
    vector = embeddings.embed_query(QUESTION)
    assert len(vector) == 384
    assert all(type(value) is float for value in vector)
    assert embeddings.embed_documents(["Other.", QUESTION])[1] == pytest.approx(vector)


def test_any_encoder_is_an_embeddings_of_langchain() -> None:
    embeddings = EncoderEmbeddings(EmbeddingsEncoder(HashedWords(), name="fake:words"))

    assert sum(value**2 for value in embeddings.embed_query(QUESTION)) == pytest.approx(1)


def test_the_retriever_gives_documents_that_say_where_they_stand(seed_checker: FactChecker) -> None:
    retriever = seed_checker.as_retriever(limit=2)

    documents = retriever.invoke(QUESTION)

    assert isinstance(retriever, BaseRetriever)
    assert len(documents) == 2
    for rank, document in enumerate(documents, start=1):
        place = document.metadata
        article = seed_checker.article(place["article_id"])
        assert article.text[place["start"] : place["end"]] == document.page_content
        assert (place["title"], place["rank"], document.id) == (article.title, rank, place["passage_id"])
        assert isinstance(place["score"], float)


def test_the_retriever_works_without_blocking(seed_checker: FactChecker) -> None:
    retriever = seed_checker.as_retriever(limit=1)

    assert asyncio.run(retriever.ainvoke(QUESTION)) == retriever.invoke(QUESTION)


def test_the_retriever_keeps_to_its_filters(seed_checker: FactChecker) -> None:
    with pytest.raises(QuestionError, match="No article passes the filters"):
        seed_checker.as_retriever(filters=Filters(sources=("nobody",))).invoke(QUESTION)


def test_the_runnable_answers_one_or_many(seed_checker: FactChecker) -> None:
    runnable = seed_checker.as_runnable()
    answer = seed_checker.ask(QUESTION)

    assert runnable.invoke(QUESTION) == answer
    assert runnable.batch([QUESTION, QUESTION]) == [answer, answer]
    assert asyncio.run(runnable.ainvoke(QUESTION)) == answer


def test_the_runnable_is_a_link_of_a_chain(seed_checker: FactChecker) -> None:
    def first_quote(answer: Answer) -> str:
        return answer.citations[0].quote

    chain = seed_checker.as_runnable() | RunnableLambda(first_quote)

    assert chain.invoke(QUESTION) == seed_checker.ask(QUESTION).citations[0].quote


def test_an_error_comes_through_a_chain_as_it_is(seed_checker: FactChecker) -> None:
    with pytest.raises(QuestionError, match="empty"):
        seed_checker.as_runnable().invoke("")
