"""`FactChecker`: the one place where the parts are wired, and the numbered steps from question to answer."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rag._steps import Stopwatch
from rag.attribution import attribute, citation_of
from rag.chat import ChatModel, open_chat_model
from rag.checking import ClaimChecker
from rag.claim_review import claim_review
from rag.claims import read_claim
from rag.conversation import Conversation
from rag.dossier import build_dossier, verify_dossier
from rag.encoder import Encoder, open_encoder
from rag.errors import ArticleNotFoundError, CorpusError, IndexBusyError, IndexStoreError, QuestionError
from rag.evidence import RankAgain, nearest_evidence, select_evidence
from rag.expectations import Kind, asked_for
from rag.followups import Turn
from rag.generation import ChatWriter
from rag.guard import Guard
from rag.index import IndexManifest, PassageIndex
from rag.ingestion import Progress, ingest_folder
from rag.injections import trusted, trusted_neighbours
from rag.library import Library, Shelf, TokenWriter
from rag.passages import PassageLimits, split_passages
from rag.questions import read_question
from rag.ranker import PASSAGES_READ, RankedSentence, Ranking, SentenceRanker
from rag.reader import open_reader
from rag.retrieval import Candidate, Query
from rag.schema import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Attribution,
    ClaimCheck,
    DossierReport,
    Evidence,
    Filters,
    IngestReport,
    Passage,
    RankedPassage,
    Statement,
)
from rag.settings import Settings
from rag.stances import StanceModel
from rag.verification import ClaimVerifier
from rag.verifier import OnnxVerifier
from rag.writing import EVIDENCE_PASSAGES, AnswerWriter, Found

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.runnables import Runnable

    from rag.chains import PassageRetriever
    from rag.conversation import Callbacks


SCHEMA_VERSION = 1
"""Of what the index holds; raise it when an index made before can't be read any more."""

MOST_PASSAGES = 100  # that one search gives

_ATTEMPTS = 5
_REMEMBERED = 256  # articles whose attributions are kept
_Found = TypeVar("_Found")


class FactChecker:
    """Answers questions from articles, in their own words.

    One object may be used by several threads. Every method raises RagError or one of its kinds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        encoder: Encoder,
        index: PassageIndex,
        ranker: SentenceRanker,
        verifier: ClaimVerifier,
        chat: ChatModel | None = None,
    ) -> None:
        self.settings = settings
        self._encoder = encoder
        self._index = index
        self._ranker = ranker
        self._claims = ClaimChecker(encoder=encoder, verifier=verifier)
        self._chat = (
            AnswerWriter(ChatWriter(chat), Guard(verifier=verifier, encoder=encoder), settings)
            if chat is not None
            else None
        )
        self._attributions = lru_cache(maxsize=_REMEMBERED)(self._attributions_at)
        self._derived = settings.index_dir.absolute() / "derived"
        self._library = Library(index=index, encoder=encoder, folder=self._derived)
        self._limits = PassageLimits(tokens=settings.passage_tokens, word_pieces=encoder.max_word_pieces)

    @classmethod
    def open(cls, settings: Settings | None = None) -> FactChecker:
        """Open the index that the settings (or else the environment) name, or create it, empty.

        Raises SettingsError, ModelError, or an IndexStoreError.
        """
        settings = settings or Settings()
        chat = open_chat_model(settings)
        encoder = open_encoder(settings.embeddings, threads=settings.threads)
        manifest = IndexManifest(
            encoder=encoder.name,
            passage_tokens=settings.passage_tokens,
            dimensions=encoder.dimensions,
            schema_version=SCHEMA_VERSION,
        )
        ranker = SentenceRanker(reader=open_reader(settings.reader, threads=settings.threads))
        verifier = ClaimVerifier(OnnxVerifier(threads=settings.threads), StanceModel())
        index = PassageIndex.open(folder=settings.index_dir, url=settings.chroma_url, manifest=manifest)
        return cls(settings, encoder=encoder, index=index, ranker=ranker, verifier=verifier, chat=chat)

    def close(self) -> None:
        """Let go of the index; the object can't be used afterwards."""
        self._index.close()

    def __enter__(self) -> FactChecker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # The articles

    def ingest(self, folder: str | Path | None = None, *, progress: Progress | None = None) -> IngestReport:
        """Make the index hold the articles of the files below `folder` (the settings' corpus by default).

        Files that did not change cost nothing. `progress` is called after each file. Raises CorpusError
        when the folder can't be read or has nothing to index, IndexBusyError when another process is
        writing.
        """
        with self._index.writing(self.settings.lock_timeout_s), self._writer() as writer:
            return ingest_folder(
                Path(folder) if folder is not None else self.settings.corpus_dir,
                index=self._index,
                encode=writer.encode,
                split=lambda article: self._split(article, writer),
                max_bytes=int(self.settings.max_file_mb * 1_000_000),
                lock_timeout_s=self.settings.lock_timeout_s,
                progress=progress,
            )

    def add(self, articles: Iterable[Article]) -> None:
        """Add articles, each replacing the one with its id; raises CorpusError for one without text."""
        with self._index.writing(self.settings.lock_timeout_s), self._writer() as writer:
            for article in [articles] if isinstance(articles, Article) else articles:
                passages = self._split(article, writer)
                if not passages:
                    raise CorpusError(f"The article {article.title or article.id!r} has no text to index.")
                self._index.add_article(article, passages, writer.encode(passages))

    def remove(self, article_ids: Iterable[str]) -> None:
        """Remove articles; raises ArticleNotFoundError, removing none, when one is not in the index."""
        wanted = [article_ids] if isinstance(article_ids, str) else list(article_ids)
        with self._index.writing(self.settings.lock_timeout_s), self._writer():
            known = {article.id for article in self._index.articles()}
            for article_id in wanted:
                if article_id not in known:
                    self._index.article(article_id)  # says what is wrong
            self._index.remove_articles(wanted)

    def articles(self) -> tuple[ArticleSummary, ...]:
        """What is in the index, sorted by id."""
        return self._index.articles()

    def article(self, article_id: str) -> Article:
        """An article, character for character as its citations count; raises ArticleNotFoundError."""
        return self._index.article(article_id)

    def _split(self, article: Article, writer: TokenWriter) -> tuple[Passage, ...]:
        writer.take_title(article)
        return split_passages(article, limits=self._limits, count_word_pieces=self._encoder.count_word_pieces)

    @contextmanager
    def _writer(self) -> Iterator[TokenWriter]:
        writer = TokenWriter(encoder=self._encoder, folder=self._derived)
        yield writer
        writer.finish(self._index)

    def _attributions_at(self, revision: str, article_id: str) -> tuple[Attribution, ...]:
        return attribute(self._index.article(article_id))

    def _attributions_of(self, shelf: Shelf) -> Callable[[str], tuple[Attribution, ...]]:
        return lambda article_id: self._attributions(shelf.revision, article_id)

    # Questions

    def prepare(self) -> None:
        """Load what the first question or claim would wait for: encoder, BM25, reader, ranker, verifier."""
        query = Query.read("ready?", self._encoder)
        self._library.shelf()
        self._ranker.load(tokens=query.tokens is not None)
        self._claims.load()

    def ask(self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None) -> Answer:
        """Answer from the articles, or say with `not_found` that they don't say.

        `callbacks` are LangChain's, for what a chat model does. Raises QuestionError when the question can't
        be asked or no article passes the filters, CorpusError when the index is empty, ChatModelError when
        the chat model of the settings can't be used.
        """
        *_, answer = self.stream(question, filters=filters, callbacks=callbacks)
        return answer

    def stream(
        self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None
    ) -> Iterator[Answer]:
        """The answer as it grows, by one statement at a time; the last one is whole. Raises as `ask` does."""
        if callbacks is None:
            yield from self._answers(question, None, filters=filters)
        else:
            from rag.chains import Answering

            look = partial(self._answers, filters=filters)
            yield from Answering(look).stream(question, {"callbacks": callbacks})

    def _answers(self, question: str, callbacks: Any, *, filters: Filters | None = None) -> Iterator[Answer]:
        with Stopwatch("ask") as watch:
            yield from self._answered(question, filters, callbacks, watch)

    def _answered(
        self, question: str, filters: Filters | None, callbacks: Any, watch: Stopwatch
    ) -> Iterator[Answer]:
        # 1. read the question
        query = Query.read(read_question(question), self._encoder)
        watch.lap("read")
        found = self._of_one_revision(filters, lambda shelf, among: self._found(query, shelf, among, watch))
        if self._chat is None:
            own = replace(found.extractive, timings=watch.timings())
            for count in range(1, len(own.statements)):
                yield replace(own, statements=own.statements[:count])
            yield own
            return
        # 6. have the chat model write from the same passages, and keep what they bear out
        for answer in self._chat.answers(found, callbacks=callbacks, lap=watch.lap):
            yield replace(answer, timings=watch.timings())

    def _found(self, query: Query, shelf: Shelf, among: frozenset[str] | None, watch: Stopwatch) -> Found:
        # 2. find the best passages
        found = self._passages(query, shelf, among, limit=PASSAGES_READ)
        watch.lap("retrieve")
        # 3. read them, and rank their sentences
        titles = shelf.titles()
        own_titles = [titles[candidate.passage.article_id] for candidate in found]
        ranking = self._ranker.rank(query, found, own_titles)
        ranked = ranking.sentences
        watch.lap("rank")
        # 4. choose those that answer, with what they can't stand without
        threshold = ranking.threshold if self.settings.threshold is None else self.settings.threshold
        chosen = select_evidence(
            ranked,
            titles=titles,
            threshold=threshold,
            most=self.settings.max_statements,
            neighbours=trusted_neighbours(shelf.retriever.neighbours),
            # Who asks whether something is so looks for yes or no before anything else.
            best_first=Kind.WHETHER in asked_for(query.text),
            again=self._ranking_again(query, found, own_titles, ranking),
        )
        # 5. state and cite them, with who says so
        said = self._attributions_of(shelf)
        statements = tuple(
            _quoted(number, evidence, said(evidence.article_id))
            for number, evidence in enumerate(chosen, start=1)
        )
        answer = Answer(
            question=query.text,
            statements=statements,
            status=AnswerStatus.ANSWERED if statements else AnswerStatus.NOT_FOUND,
            confidence=ranked[0].probability if ranked else 0.0,
            evidence=nearest_evidence(ranked, titles),
        )
        watch.lap("answer")
        # A chat model may use more of them; what is answered without it doesn't depend on that.
        candidates = (
            () if self._chat is None else self._passages(query, shelf, among, limit=EVIDENCE_PASSAGES)
        )
        articles = {candidate.passage.article_id for candidate in candidates}
        return Found(
            extractive=answer,
            candidates=candidates,
            titles=titles,
            attributions={one: said(one) for one in articles},
            answering={
                (one.row.candidate.passage.article_id, one.row.sentence.start): one.probability
                for one in ranked
            },
        )

    def _passages(
        self, query: Query, shelf: Shelf, among: frozenset[str] | None, *, limit: int
    ) -> tuple[Candidate, ...]:
        retriever = shelf.retriever
        return trusted(retriever.candidates(query, limit=limit, articles=among), retriever.neighbours)

    def _ranking_again(
        self, query: Query, found: Sequence[Candidate], titles: Sequence[str], ranking: Ranking
    ) -> RankAgain | None:
        """How to rank what is left beside some sentences; None without a reader, which alone could tell."""
        if not ranking.readings:
            return None

        latest = ranking  # with the readings of all before it

        def again(taken: Sequence[RankedSentence]) -> Sequence[RankedSentence]:
            nonlocal latest
            latest = self._ranker.rank_rest(query, found, titles, ranking=latest, taken=taken)
            return latest.sentences

        return again

    def conversation(self, turns: Sequence[Turn] = ()) -> Conversation:
        """A conversation, in which follow-ups are understood; `turns` are those of an earlier one."""
        return Conversation(self.stream, rewrite=self._rewritten if self._chat else None, turns=turns)

    def _rewritten(self, question: str, turns: Sequence[Turn], callbacks: Any) -> str:
        assert self._chat is not None
        return self._chat.rewrite(question, turns, callbacks=callbacks)

    async def aask(
        self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None
    ) -> Answer:
        """`ask`, without blocking the event loop."""
        return await asyncio.to_thread(self.ask, question, filters=filters, callbacks=callbacks)

    async def astream(
        self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None
    ) -> AsyncIterator[Answer]:
        """`stream`, without blocking the event loop."""
        growing = self.stream(question, filters=filters, callbacks=callbacks)
        while (answer := await asyncio.to_thread(next, growing, None)) is not None:
            yield answer

    def search(
        self, query: str, *, limit: int = 5, filters: Filters | None = None
    ) -> tuple[RankedPassage, ...]:
        """The passages that fit `query` best, at most `limit` (1 to 100).

        Raises QuestionError for a query that can't be used, CorpusError when the index is empty.
        """
        if not 1 <= limit <= MOST_PASSAGES:
            raise QuestionError(f"The limit can't be {limit}: use a number from 1 to {MOST_PASSAGES}.")
        asked = Query.read(read_question(query), self._encoder)
        return self._of_one_revision(filters, lambda shelf, among: _search(asked, limit, shelf, among))

    # Claims

    def check(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        """Say whether the articles support a claim, refute it, disagree, or don't say enough, and quote them.

        Raises ClaimError for what is not one claim (a question, an opinion, a paragraph), QuestionError when
        no article passes the filters, CorpusError when the index is empty.
        """
        with Stopwatch("check") as watch:
            read = read_claim(claim)
            check = self._of_one_revision(
                filters,
                lambda shelf, among: self._claims.check(
                    read, shelf, among, attributions=self._attributions_of(shelf), lap=watch.lap
                ),
            )
            return replace(check, timings=watch.timings())

    async def acheck(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        """`check`, without blocking the event loop."""
        return await asyncio.to_thread(self.check, claim, filters=filters)

    def dossier(self, check: ClaimCheck, *, filters: Filters | None = None) -> dict[str, Any]:
        """A check as a record that JSON can hold and `verify` can check again; dated today.

        `filters` are those it was made with. Raises ArticleNotFoundError when a cited article is gone.
        """
        return build_dossier(check, article=self.article, checked_on=datetime.date.today(), filters=filters)

    def claim_review(self, check: ClaimCheck) -> dict[str, Any]:
        """A check as schema.org `ClaimReview` in JSON-LD, dated today.

        Raises ArticleNotFoundError when a cited article is gone.
        """
        return claim_review(check, article=self.article, checked_on=datetime.date.today())

    def verify(self, dossier: Mapping[str, Any]) -> DossierReport:
        """What has changed since a dossier was made: its articles, its quotes, its verdict.

        Raises DossierError for what isn't a dossier.
        """
        return verify_dossier(
            dossier,
            article=self.article,
            articles=self.articles,
            check=self.check,
        )

    def _of_one_revision(
        self, filters: Filters | None, look: Callable[[Shelf, frozenset[str] | None], _Found]
    ) -> _Found:
        """Look things up, again when another process replaced articles meanwhile."""
        for _ in range(_ATTEMPTS):
            shelf, among = self._articles_for(filters)
            try:
                return look(shelf, among)
            except (IndexStoreError, ArticleNotFoundError):
                if self._index.revision == shelf.revision:
                    raise
        raise IndexBusyError("The index kept changing while it was read. Try again when its ingest is done.")

    def _articles_for(self, filters: Filters | None) -> tuple[Shelf, frozenset[str] | None]:
        shelf = self._library.shelf()
        if not shelf.articles:
            raise CorpusError(
                "There are no articles in the index yet. Put some into a folder and run "
                "`python -m rag ingest FOLDER`."
            )
        if filters is None or filters == Filters():
            return shelf, None
        if not isinstance(filters, Filters):
            raise QuestionError(f"The filters are a Filters object, not {type(filters).__name__}.")
        among = frozenset(article.id for article in shelf.articles if filters.admits(article))
        if not among:
            raise QuestionError(
                "No article passes the filters. `python -m rag articles` lists the sources, authors and "
                "dates there are."
            )
        return shelf, among

    # For people who have a LangChain chain already

    def as_retriever(self, *, limit: int = 5, filters: Filters | None = None) -> PassageRetriever:
        """A LangChain retriever over `search`."""
        from rag.chains import PassageRetriever

        return PassageRetriever(checker=self, limit=limit, filters=filters)

    def as_embeddings(self) -> Embeddings:
        """The encoder as LangChain `Embeddings`."""
        from rag.chains import EncoderEmbeddings

        return EncoderEmbeddings(self._encoder)

    def as_runnable(self) -> Runnable[str, Answer]:
        """A LangChain runnable: question in, Answer out, with `stream`, `ainvoke`, `batch` and the like."""
        from rag.chains import Answering

        return Answering(self._answers)


def _search(
    query: Query, limit: int, shelf: Shelf, among: frozenset[str] | None
) -> tuple[RankedPassage, ...]:
    found = shelf.retriever.candidates(query, limit=limit, articles=among)
    by_maxsim = sorted(found, key=lambda candidate: -candidate.maxsim)
    titles = shelf.titles()
    return tuple(
        RankedPassage(
            passage=candidate.passage,
            title=titles[candidate.passage.article_id],
            score=candidate.score,
            rank=rank,
            dense_rank=candidate.dense_rank,
            bm25_rank=candidate.bm25_rank,
            maxsim_rank=_place(candidate, by_maxsim),
        )
        for rank, candidate in enumerate(found, start=1)
    )


def _place(candidate: Candidate, ordered: list[Candidate]) -> int | None:
    return ordered.index(candidate) + 1 if candidate.interaction is not None else None


def _quoted(number: int, evidence: Evidence, attributions: tuple[Attribution, ...]) -> Statement:
    """A statement in the article's own words; only its line breaks become spaces."""
    citation = citation_of(number, evidence, attributions)
    return Statement(text=" ".join(evidence.text.split()), citations=(citation,))
