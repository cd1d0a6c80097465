"""Claim checks measured on public claims: a sentence's stance, a verdict on one article, and cross-validated.

Needs the data's folder and `training/`, as the measurement on SQuAD 2 does; nothing else does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from pathlib import Path

from evals import classification, metrics
from evals.claim_baselines import best_overlap, stems_of, stems_of_sentences
from evals.claim_data import (
    CLIMATE_FILE,
    WICE_FILE,
    CitingClaim,
    LabelledPair,
    balanced,
    read_climate,
    read_wice,
)
from evals.claim_sets import (
    CLIMATE,
    FEVER,
    FOOL_ME_TWICE,
    PRODUCT,
    WICE,
    ClaimSetFigures,
    SetFigures,
    confusion_of,
    figures_of,
)
from evals.figures import Figure
from evals.run import Tell
from rag.attribution import attribute
from rag.checking import ClaimChecker
from rag.claims import read_claim
from rag.cross_encoder import ReadPassage
from rag.encoder import Encoder, Floats, open_encoder
from rag.errors import ClaimError
from rag.library import Shelf
from rag.retrieval import Query
from rag.schema import Article, ArticleSummary, Attribution, ClaimCheck, Stance, Verdict
from rag.settings import Settings
from rag.stances import StanceCalibration, StanceModel, in_context, read_stance_signals
from rag.verification import ClaimVerifier
from rag.verifier import STANCES, OnnxVerifier, Verifier

_MAJORITY = "always the same"
_OVERLAP = "word overlap (upper bound)"
_COSINE = "cosine of the encoder (upper bound)"
_SOURCES = {FEVER: "fever", FOOL_ME_TWICE: "fool me twice"}


def measure_claim_sets(
    data: Path, *, tell: Callable[[str], Tell] = lambda name: lambda done, total: None
) -> ClaimSetFigures:
    """All sets in the folder `data`, with the models that come with Presscheck.

    `tell` gives, for the name of a set, what to call with how much of it is done.
    """
    settings = Settings()
    encoder = open_encoder(settings.embeddings, threads=settings.threads)
    verifier, stances = OnnxVerifier(threads=settings.threads), StanceModel()
    climate = measure_pairs(
        balanced(read_climate(data / CLIMATE_FILE)),
        verifier=verifier,
        calibration=stances.calibration,
        encoder=encoder,
        tell=tell(CLIMATE),
    )
    wice = measure_citing(
        read_wice(data / WICE_FILE),
        verifier=ClaimVerifier(verifier, stances),
        encoder=encoder,
        passage_tokens=settings.passage_tokens,
        tell=tell(WICE),
    )
    return ClaimSetFigures(sets={CLIMATE: climate, WICE: wice, **measure_cross_validated(data)})


# One sentence each


def measure_pairs(
    pairs: Sequence[LabelledPair],
    *,
    verifier: Verifier,
    calibration: StanceCalibration,
    encoder: Encoder,
    tell: Tell,
) -> SetFigures:
    """What the product says of single sentences, and what the baselines do."""

    from training.alignments import Alignments

    @cache
    def vector(text: str) -> Floats:
        return encoder.encode(text).vector

    alignments = Alignments(encoder)
    truth = [pair.stance for pair in pairs]
    said, overlaps, cosines = [], [], []
    for done, pair in enumerate(pairs, start=1):
        said.append(stance_of(pair, verifier, calibration, alignments.of(pair.claim, [pair.sentence])))
        overlaps.append(best_overlap(pair.claim, [stems_of(pair.sentence)]))
        cosines.append(float(vector(pair.claim) @ vector(pair.sentence)))
        tell(done, len(pairs))
    ways = {
        PRODUCT: said,
        _MAJORITY: [classification.most_common(truth)] * len(truth),
        _OVERLAP: _by_bands(overlaps, truth),
        _COSINE: _by_bands(cosines, truth),
    }
    criteria = {"macro-F1": _macro_f1, "accuracy": classification.accuracy}
    return SetFigures(
        ways={way: figures_of(truth, own, criteria, intervals=way == PRODUCT) for way, own in ways.items()},
        confusion=confusion_of(truth, said),
    )


def stance_of(
    pair: LabelledPair, verifier: Verifier, calibration: StanceCalibration, alignment: Floats
) -> Stance:
    """The likeliest stance of a sentence that is all there is of its passage."""
    passage = ReadPassage(title=pair.title, sentences=(pair.sentence,))
    (judgement,) = verifier.judge(pair.claim, [passage])
    sentences = in_context(pair.title, passage.sentences)
    _, signals = read_stance_signals(pair.claim, sentences, judgement, alignment)
    return STANCES[int(calibration.probabilities(signals)[0].argmax())]


def _macro_f1(truth: Sequence[Hashable], said: Sequence[Hashable]) -> float | None:
    return classification.macro_f1(truth, said, STANCES)


def _by_bands(scores: Sequence[float], truth: Sequence[Stance]) -> list[Stance]:
    order = (Stance.NEITHER, Stance.REFUTES, Stance.SUPPORTS)
    return classification.best_bands(scores, truth, order, _macro_f1).said(scores)


# One article each


def measure_citing(
    claims: Sequence[CitingClaim],
    *,
    verifier: ClaimVerifier,
    encoder: Encoder,
    passage_tokens: int,
    tell: Tell,
) -> SetFigures:
    """What the product says of claims on one article each, supported or not, and what the baselines do."""
    checker = ClaimChecker(encoder=encoder, verifier=verifier)
    truth = [claim.supported for claim in claims]
    checks, overlaps, cosines = [], [], []
    for done, one in enumerate(claims, start=1):
        shelf = shelf_of(one.article, encoder=encoder, passage_tokens=passage_tokens)
        checks.append(check_on(one, checker, shelf))
        overlaps.append(best_overlap(one.claim, stems_of_sentences([one.article])))
        found = shelf.retriever.candidates(Query.read(one.claim, encoder))
        cosines.append(max((candidate.dense for candidate in found), default=0.0))
        tell(done, len(claims))
    said = [check is not None and check.verdict is Verdict.SUPPORTED for check in checks]
    ways = {
        PRODUCT: (said, [support_of(check) for check in checks]),
        _MAJORITY: ([classification.most_common(truth)] * len(truth), [0.0] * len(truth)),
        _OVERLAP: (_from_best_bound(overlaps, truth), overlaps),
        _COSINE: (_from_best_bound(cosines, truth), cosines),
    }
    return SetFigures(
        ways={way: _citing_figures(truth, *own, way=way) for way, own in ways.items()},
        confusion=confusion_of([_named(known) for known in truth], [_named(own) for own in said]),
        refused=sum(check is None for check in checks),
    )


def _citing_figures(
    truth: Sequence[bool], said: Sequence[bool], scores: Sequence[float], *, way: str
) -> dict[str, Figure]:
    criteria = {"balanced accuracy": classification.balanced_accuracy, "accuracy": classification.accuracy}
    auroc = Figure.of(metrics.auroc(scores, truth), None, len(truth))
    return {**figures_of(truth, said, criteria, intervals=way == PRODUCT), "AUROC": auroc}


def _from_best_bound(scores: Sequence[float], truth: Sequence[bool]) -> list[bool]:
    criterion = classification.balanced_accuracy
    return classification.best_bands(scores, truth, (False, True), criterion).said(scores)


def _named(supported: bool) -> str:
    return "supported" if supported else "not supported"


def shelf_of(article: Article, *, encoder: Encoder, passage_tokens: int) -> Shelf:
    """A library of one article, in memory."""
    from training.memory import MemoryCorpus

    corpus = MemoryCorpus([article], encoder=encoder, passage_tokens=passage_tokens)
    summary = ArticleSummary(
        id=article.id,
        title=article.title,
        source=article.source,
        author=article.author,
        published=article.published,
        url=article.url,
        passages=len(corpus.passages),
    )
    return Shelf(revision=article.id, articles=(summary,), retriever=corpus.retriever())


def check_on(one: CitingClaim, checker: ClaimChecker, shelf: Shelf) -> ClaimCheck | None:
    """The product's check of a claim on the article that it cites; None where it is sent back as none."""

    @cache
    def attributions(article_id: str) -> tuple[Attribution, ...]:
        return attribute(one.article)

    try:
        claim = read_claim(one.claim)
    except ClaimError:
        return None
    return checker.check(claim, shelf, None, attributions=attributions, lap=lambda step: None)


def support_of(check: ClaimCheck | None) -> float:
    """The best score for the claim (0 to 1), of its least supported part; 0 without support."""
    if check is None:
        return 0.0
    return min(max((one.score for one in part.supporting), default=0.0) for part in check.parts)


# Judgements of verifiers that did not see the claims


def measure_cross_validated(
    data: Path, judgements: Path | None = None, alignments: Path | None = None
) -> dict[str, SetFigures]:
    """The accuracy of each way that training/stances.py compares, from out-of-fold judgements that were kept.

    `judgements` and `alignments` are those of training/ unless given; empty where there are none.
    """
    from training.judgements import JUDGEMENTS, KEPT_ALIGNMENTS, Judgements, KeptRows

    kept = judgements or JUDGEMENTS, alignments or KEPT_ALIGNMENTS
    if not all(path.exists() for path in kept):
        return {}
    from training.claims import measured_claims
    from training.stances import WAYS, either_way, out_of_fold, signalled

    items = signalled(measured_claims(data), Judgements.load(kept[0]), KeptRows.load(kept[1]))
    scored = {
        PRODUCT if way == "all" else way: out_of_fold(items, columns=columns) for way, columns in WAYS.items()
    }
    counts = Counter(item.source for item in items)
    return {
        name: SetFigures(
            ways={
                way: {"accuracy": Figure.of(either_way(own, source), None, counts[source])}
                for way, own in scored.items()
            }
        )
        for name, source in _SOURCES.items()
    }
