"""The forms of English verbs, from lists of common verbs and the rules of spelling."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Flag, auto
from functools import cache


class Form(Flag):
    """Which forms of a verb a word can be; "put" is a base form, a past tense and a participle."""

    NONE = 0
    BASE = auto()
    PRESENT = auto()  # with -s
    PAST = auto()
    PARTICIPLE = auto()
    GERUND = auto()


AUXILIARIES = frozenset(
    """is are was were am has have had do does did will would can could may might must shall should
    cannot isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't
    can't couldn't mustn't shouldn't""".split()
)
MODALS = frozenset(
    "will would can could may might must shall should cannot won't wouldn't can't couldn't".split()
)

# Regular verbs whose forms are hardly ever nouns.
_REGULAR = """
    abandon abdicate abolish absorb accept accompany accomplish accuse achieve acknowledge acquire
    activate adapt add adhere administer admire admit adopt affect afford agree allay allege allocate
    allow amend analyse analyze announce annoy apologise apologize appear applaud apply appoint
    appreciate approve argue arise arrange arrive ask assassinate assemble assert assess assign assist
    associate assume attach attain attend attract attribute authorise authorize avoid become begin
    behave believe belong betray borrow broadcast bury calculate carry celebrate choose cite clarify
    classify co-found co-write collaborate collect collide commemorate commence compel compete complain
    complete comply compose comprise compute conceal concede conclude condemn confer confess confirm
    confiscate congratulate conquer consider consist construct contain contaminate continue contribute
    convert convict convince cooperate coordinate create criticise criticize decide declare dedicate
    defend define defy delete deliver demolish deny depart depend deploy derail descend describe deserve
    destroy detain detect deter determine devastate develop devote diagnose die differ differentiate
    diminish disable disappear disclose discourage discover discriminate discuss dismiss displace
    disregard disrupt dissolve distinguish distribute dive divide dominate donate dwindle earn educate
    elect eliminate emerge emigrate emphasise emphasize employ enable encourage endorse enforce engage
    enjoy enlarge ensure enter erupt establish evacuate evade evaluate evolve exceed exclude execute
    exist expand expect expel expire explain explode explore expose extend facilitate fail finalise
    finalize finance finish fluctuate found fulfil fulfill gather generate guarantee halve happen hijack
    hire hospitalise hospitalize identify ignore illustrate imagine immunise implement imply impose
    improve include incorporate indicate infect inflict inform inhabit inherit injure insist inspect
    inspire install integrate intend intensify interfere interrupt introduce invade invent invest
    investigate invite invoke involve isolate join justify kidnap kill laugh learn legalise legalize
    legislate lend liberate listen locate maintain manufacture marry maximize migrate minimize mobilise
    mobilize modernise motivate mourn narrow nationalise navigate negotiate nominate notify obtain
    occupy occur offend operate oppose organise organize originate outlast outnumber overlook oversee
    overturn own participate penetrate perform persuade pick plead plummet plunge populate possess
    postpone predict prefer prepare prescribe preserve pretend prevent privatise proceed proclaim
    prohibit promote pronounce propose prosecute protect prove provide publish punish pursue qualify
    ratify re-elect react realise realize rebuild recede receive reckon recognise recognize recommend
    reconsider recover recruit reduce reelect refer refrain refuse regain reign reinforce reinstate
    reiterate reject rejoice relate relax relieve relocate rely remain remark remember remove rename
    renew renounce reopen repatriate repay repeat repel replace represent reproduce require resemble
    resettle reside resign resolve resort respond restore restrict retain retire retrieve reunite reveal
    revise revive rewrite rule satisfy say secure seize select settle shrink simulate slump smooth soar
    solve specialise specify speculate spend stabilise stagnate stall starve strengthen strive submit
    succeed succumb suck sue suffer suggest summon supervise suppress surpass surround survive suspend
    sustain swallow televise terminate testify threaten thrive topple transform translate transmit try
    tumble uncover undergo unify unite unveil update urge utilize vaccinate vanish vary violate vow
    wander warn weaken wed weigh whisper widen withdraw withhold worsen yell
"""
# Regular verbs whose base form or form in -s is a noun as well.
_NOUNS_TOO = """
    abuse access account act address advance advise age aid aim air alarm alert anger answer appeal
    approach arm arrest assault attack attempt audit award back balance ban bargain base battle benefit
    blame blast blaze block blockade board boast bomb book boost border bother brand breach bribe bridge
    brief budget bump burn bus bypass call camp campaign cap capture care cascade cash cast catalogue
    cause caution cease centre chair challenge champion change channel charge chart chase check claim
    clash clean clear climb close clutch coach coat collapse combat combine comfort comment commission
    compare compound concern conduct conflict contact contest contract contrast control convoy cook copy
    correct cost cough counsel count counter couple cover crash credit cross crowd crush curb cure curse
    damage dance date deal debate debut decline decrease defeat defect delay delegate demand design
    desire detail dip direct disagree discount display dispute dock document double downgrade draft
    drain dream dress drift drill drone drop drown dub dump ease edge effect embrace end escape estimate
    exchange excuse exempt exercise exit experience experiment exploit export face fail farm favour fear
    feast feature fence field figure file fill film filter fine fire fix flame flank flash float flood
    flourish flow focus fold follow force forecast form frame fuel function fund fuse gain gamble gauge
    glance govern grab grade graduate grant greet grip guard guess guide gun hail halt hand handle
    harbour harm harvest haul head heat help highlight hike hint honour hope host house hunger hunt
    hurry idle impact import increase influence insult interest interview issue jail join joke judge
    jump kick label labour lack land lap last launch lead leak lease lecture level license lift light
    limit line link list live load loan lobby lock lodge look loot love lower mail man manage map march
    mark market mask master match mate matter mean measure mention mine mirror miss mix model monitor
    mould move murder name need neglect nod note notice number obey object offer offset open order
    outlaw outline overthrow own pack paint pair park part pass patrol pause pay permit petition phone
    photograph picture pilot place plan plant play please pledge plot point poison police poll pose
    position post pour power practise praise present press price pride print prize probe process produce
    profit program progress project promise prompt protest pull purchase push quadruple question quit
    quote race raid rain raise rally range rank rate reach reason rebel recall record reform refund
    regard register regret rehearse relay release rent repair repeal reply report request rescue
    research reserve respect rest result resume retail retreat return retweet reverse review reward risk
    roam rob rock roll root row ruin rush sabotage sack sail salvage sample sanction save scale scan
    schedule score scrap scrape scream screen search seat sense sentence serve shape share shell shelter
    shield shift ship shock shop shout shovel show sign signal sip slam slash slaughter slip slow smash
    smoke snatch snow sort sound source spark spin sponsor spot spy stab staff stage stamp stand stare
    start state station stay steam steer stem step stitch stop store storm stress stretch strip stroke
    struggle study style supply support surface surge surrender survey suspect swap sweat switch tackle
    tail talk target task tax team tease tender term test thank thrill tie tilt time title top torture
    total touch tour trace track trade train transfer transport trap travel treat trend trial trick
    trigger trip triple trust tunnel turn type upgrade use value veil vent veto view visit voice
    volunteer vote wait walk want warm wash waste watch wave wear welcome wheel wipe wire wish witness
    work worry wound wreck yield
"""
# Base form, past tense, and participle where it is another word.
_IRREGULAR = """
    become became become; begin began begun; bet bet; bite bit bitten; bleed bled; blow blew blown;
    break broke broken; breed bred; bring brought; broadcast broadcast; build built; burn burnt; burst
    burst; buy bought; cast cast; catch caught; choose chose chosen; come came come; cost cost; creep
    crept; cut cut; deal dealt; dig dug; draw drew drawn; drink drank drunk; drive drove driven; eat ate
    eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; flee fled; fly flew flown;
    forbid forbade forbidden; forecast forecast; forget forgot forgotten; forgive forgave forgiven;
    freeze froze frozen; get got; give gave given; go went gone; grow grew grown; hang hung; hear heard;
    hide hid hidden; hit hit; hold held; hurt hurt; keep kept; know knew known; lay laid; lead led;
    leave left; lend lent; let let; lie lay lain; lose lost; make made; mean meant; meet met; overcome
    overcame overcome; oversee oversaw overseen; overtake overtook overtaken; overthrow overthrew
    overthrown; pay paid; put put; quit quit; read read; rebuild rebuilt; ride rode ridden; ring rang
    rung; rise rose risen; run ran run; say said; see saw seen; seek sought; sell sold; send sent; set
    set; shake shook shaken; shed shed; shine shone; shoot shot; show showed shown; shrink shrank
    shrunk; shut shut; sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid; speak spoke
    spoken; speed sped; spend spent; split split; spread spread; spring sprang sprung; stand stood;
    steal stole stolen; stick stuck; strike struck; swear swore sworn; sweep swept; swim swam swum;
    swing swung; take took taken; teach taught; tear tore torn; tell told; think thought; throw threw
    thrown; undergo underwent undergone; understand understood; undertake undertook undertaken; uphold
    upheld; wake woke woken; wear wore worn; weave wove woven; weep wept; win won; withdraw withdrew
    withdrawn; withhold withheld; withstand withstood; write wrote written; arise arose arisen; overrun
    overran overrun; outgrow outgrew outgrown; underlie underlay underlain; beat beat beaten; bear bore
    borne; bind bound; cling clung; fling flung; kneel knelt; rid rid; mistake mistook mistaken; awake
    awoke awoken
"""
_DOUBLED = frozenset(
    """ban stop plan drop rob stab admit commit permit occur prefer refer transfer control compel rebel
    travel label model drag grab hug jog nod pop ship shop skip slam slip spot stem step strip
    swap tip top trap trim trip veto wrap plot equip fulfil propel repel submit omit expel patrol
    cancel signal fit dub scan scrap stir mug quit wed kidnap program dip""".split()
) - {"veto"}
_PRESENT_NOUNS = frozenset(
    """lives leaves falls rises cuts deals hits holds shows runs reads costs bets fights finds drives
    draws wins strikes stands sets splits spreads springs swings slides rings rides catches breaks
    builds buys burns casts feels flies grows hides leads lies loses makes meets needs pays rests
    sees sells shakes sheds shoots sleeps sweeps tears thinks throws""".split()
) - frozenset(
    "finds builds feels grows hides loses makes meets pays sees sells takes thinks throws leads".split()
)
# No verbs, though they end in -ed.
_NO_VERB = frozenset(
    """hundred speed seed need feed bed red shed indeed breed weed greed creed deed reed steed infrared
    naked sacred wicked rugged crooked united related embed exceed proceed succeed ahmed mohammed
    biped moped unarmed unmanned unnamed unprecedented so-called alleged supposed beloved hatred
    kindred aged interested tired sled bored married armed outlet outset overcast""".split()
)
_VOWELS = "aeiou"


def form_of(word: str) -> Form:
    """The forms of verbs that a word, in any case, can be; of words not in the lists by their ending."""
    lower = word.lower()
    if lower in _NO_VERB:
        return Form.NONE
    if (known := _forms().get(lower)) is not None:
        return known[0]
    prefix = next((p for p in ("re", "over", "under", "out", "mis") if lower.startswith(p)), "")
    if prefix and (known := _forms().get(lower.removeprefix(prefix))) is not None:
        return known[0] & (Form.PAST | Form.PARTICIPLE)  # "retaken", "outbid"; not "report", "outplay"
    if len(lower) > 4 and lower.isalpha() and not lower.startswith("un"):
        if lower.endswith("ed"):
            return Form.PAST | Form.PARTICIPLE
        if lower.endswith("ing") and lower not in ("during", "including", "evening", "morning", "building"):
            return Form.GERUND
    return Form.NONE


def lemma_of(word: str) -> str:
    """The base form of a verb's form; a word that is in no list as it is, in lower case."""
    lower = word.lower()
    known = _forms().get(lower)
    return known[1] if known else lower


def is_noun_too(word: str) -> bool:
    """Whether a base form or a form in -s is a noun as well: "plans", "cut", "leaves"."""
    return word.lower() in _noun_forms()


def past_of(word: str) -> str:
    """The past tense of a verb from any of its forms; "" for a verb that is in no list."""
    return _pasts().get(lemma_of(word), "")


@cache
def _forms() -> dict[str, tuple[Form, str]]:
    found: dict[str, tuple[Form, str]] = {}
    for lemma, word, form in _listed():
        before = found.get(word, (Form.NONE, lemma))
        # "found" is rather of "find" than the base of its own verb, "left" rather of "leave".
        found[word] = (before[0] | form, lemma if form is not Form.BASE and before[1] == word else before[1])
    return found


@cache
def _pasts() -> dict[str, str]:
    return {lemma: word for lemma, word, form in reversed([*_listed()]) if form & Form.PAST}


@cache
def _noun_forms() -> frozenset[str]:
    regular = (form for verb in _NOUNS_TOO.split() for form in (verb, _with_s(verb)))
    irregular = {entry.split()[0] for entry in _IRREGULAR.split(";")}
    sure = frozenset(
        "become bring choose come eat forget give go hear keep know let say seek send tell".split()
    )
    return frozenset(regular) | _PRESENT_NOUNS | (irregular - sure)


def _listed() -> Iterator[tuple[str, str, Form]]:
    """Each form of each verb in the lists: lemma, word, form; the irregular ones first."""
    irregular = set()
    for entry in _IRREGULAR.split(";"):
        lemma, past, *participle = entry.split()
        irregular.add(lemma)
        yield lemma, past, Form.PAST if participle else Form.PAST | Form.PARTICIPLE
        yield from ((lemma, word, Form.PARTICIPLE) for word in participle)
        yield from _regular_forms(lemma)
    yield from (("be", word, Form.PARTICIPLE) for word in ("been",))
    yield from (("be", word, Form.GERUND) for word in ("being",))
    yield from (
        ("do", "done", Form.PARTICIPLE),
        ("have", "having", Form.GERUND),
        ("do", "doing", Form.GERUND),
    )
    for lemma in dict.fromkeys((*_REGULAR.split(), *_NOUNS_TOO.split())):
        if lemma not in irregular:
            yield lemma, _with_ed(lemma), Form.PAST | Form.PARTICIPLE
            yield from _regular_forms(lemma)


def _regular_forms(lemma: str) -> Iterator[tuple[str, str, Form]]:
    yield lemma, lemma, Form.BASE
    yield lemma, _with_s(lemma), Form.PRESENT
    yield lemma, _with_ing(lemma), Form.GERUND


def _with_s(lemma: str) -> str:
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return lemma[:-1] + "ies"
    return lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "o", "z")) else "s")


def _with_ed(lemma: str) -> str:
    if lemma.endswith("e"):
        return lemma + "d"
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return lemma[:-1] + "ied"
    return (lemma + lemma[-1] if lemma in _DOUBLED else lemma) + "ed"


def _with_ing(lemma: str) -> str:
    if lemma.endswith("ie"):
        return lemma[:-2] + "ying"
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe")):
        return lemma[:-1] + "ing"
    doubled = lemma in _DOUBLED or lemma in (
        "begin",
        "cut",
        "get",
        "hit",
        "put",
        "run",
        "set",
        "win",
        "sit",
        "shut",
    )
    return (lemma + lemma[-1] if doubled else lemma) + "ing"
