"""The words of news prose that stand before names, and the nouns for who and what can speak."""

from __future__ import annotations

import re
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(text.split())


DETERMINERS = word_set(
    "the a an this that these those his her its their our my your one two three four five six seven eight "
    "nine ten several some many most other another all both few each every no any dozens hundreds "
    "thousands"
)
QUANTIFIERS = word_set("some many others most several few both all another neither")
PRONOUNS = word_set("he she they it")
NO_SPEAKER = word_set(
    "i we you this that these those there which who whom what nobody none everyone everybody somebody "
    "someone nothing something everything anything no anyone anybody"
)
FINITE = word_set(
    "is are was were be been being am has have had do does did will would can could may might should must "
    "isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't can't couldn't "
    "got went came made took became began left gave fell rose lost won ran met held saw heard felt"
)
PREPOSITIONS = word_set(
    "of for at with from in on to by near under over across between among inside outside behind against "
    "into about around after before during within without through along opposite linked close familiar "
    "including"
)
PARTICLES = word_set("de del della di da dos du van von der den bin ibn al el la le ter ten zu y &")
HONORIFICS = word_set("mr mrs ms mx miss sir dame mr. mrs. ms. mx.")
TITLES = word_set(
    "dr dr. prof prof. gen gen. lt lt. col col. maj maj. capt capt. sgt sgt. adm adm. cmdr cmdr. brig "
    "brig. gov gov. sen sen. rep rep. rev rev. insp insp. det det. supt supt. cpl cpl. pres pres. cllr "
    "cllr. amb. atty. pvt. lord lady st-sgt."
)
ROLES = word_set(
    "minister president premier chancellor secretary mayor governor senator congressman congresswoman "
    "deputy mp councillor councilman councilwoman councilor alderman commissioner ambassador envoy "
    "diplomat delegate chief chair chairman chairwoman chairperson director executive manager founder "
    "co-founder owner co-owner head leader boss partner officer chef captain coach judge justice "
    "magistrate prosecutor attorney lawyer solicitor barrister counsel coroner general colonel major "
    "lieutenant sergeant corporal admiral commander inspector superintendent constable detective sheriff "
    "marshal principal headteacher dean professor lecturer teacher rector provost doctor surgeon nurse "
    "consultant physician paramedic scientist researcher biologist ecologist zoologist chemist physicist "
    "geologist economist analyst strategist historian archaeologist engineer author co-author editor "
    "reporter correspondent journalist columnist spokesman spokeswoman spokesperson negotiator "
    "representative organiser organizer co-ordinator coordinator campaigner activist advocate adviser "
    "advisor aide official curator farmer baker butcher builder driver pilot fisherman shopkeeper "
    "landlord tenant resident neighbour neighbor pensioner student pupil mother father wife husband son "
    "daughter brother sister friend widow widower uncle aunt grandfather grandmother parent colleague "
    "witness survivor victim defendant king queen prince princess pope bishop archbishop cardinal priest "
    "vicar rabbi imam pastor reverend speaker treasurer trustee ombudsman auditor accountant "
    "minister-president vice-president striker goalkeeper midfielder defender winger forward skipper "
    "player singer actor actress artist writer poet musician conductor designer architect planner "
    "surveyor technician conservator warden ranger keeper gardener volunteer steward secretary-general "
    "ceo cfo coo cto astronomer meteorologist climatologist hydrologist epidemiologist virologist "
    "psychologist psychiatrist sociologist statistician sub-inspector firefighter crewman sailor soldier "
    "assistant counterpart predecessor successor brigadier master mistress postmaster specialist expert"
)
# The holders of these are known by the office alone: "the prime minister said".
OFFICES = word_set(
    "minister president premier chancellor mayor governor judge coroner commissioner pope king queen "
    "speaker ambassador ombudsman chairman chairwoman chair secretary archbishop magistrate sheriff"
)
OF_A_PLACE = word_set(
    "mayor governor minister president premier king queen bishop archbishop resident senator"
)
TITLE_WORDS = word_set(
    "first second deputy vice prime foreign defense defence interior finance energy health justice "
    "education transport environment agriculture trade labour labor home state attorney assistant acting "
    "former senior lead chief fire police station council executive managing general major staff high "
    "supreme district county city town regional national federal associate junior shadow opposition party "
    "union team head lord brigadier detective lieutenant superintendent inspector commander officer house "
    "majority minority co-founder and club marine retired independent veteran human amateur climate space "
    "football rugby cricket art science traffic us uk eu un nato"
)
PEOPLE = word_set(
    "people man woman child person passer-by bystander source insider migrant refugee civilian troop "
    "fighter rebel police-officer fan supporter opponent critic ally expert academic veteran relative "
    "patient customer passenger commuter motorist cyclist pedestrian local villager islander parishioner "
    "shopper employee staff-member worker trader investor shareholder lender creditor juror guard agent "
    "scholar medic clinician rescuer figure member lawmaker politician candidate voter republican "
    "democrat conservative liberal guest visitor tourist youth boy girl teenager family couple crew "
    "personnel men women children military-official police-source observer"
)
SPOKESPEOPLE = word_set("spokesman spokeswoman spokesperson spokesmen spokeswomen spokespeople spokespersons")
BODIES = word_set(
    "agency service company firm ministry department council government union court office committee "
    "commission police bank university hospital school college club team group association federation "
    "authority authorities board party army military navy force airline operator regulator institute "
    "institution foundation charity trust organisation organization body network administration "
    "parliament senate congress cabinet embassy coalition alliance consortium retailer manufacturer "
    "supplier maker developer utility brigade battalion regiment panel inquiry tribunal jury prosecution "
    "defence defense prosecutors organisers organizers museum theatre church diocese zoo port airport "
    "railway website newspaper broadcaster station magazine league society corporation chain business "
    "subsidiary parent-company insurer watchdog secretariat bureau headquarters campaign management "
    "laboratory lab observatory kremlin pentagon downing-street opposition treasury syndicate cooperative "
    "co-operative partnership unit taskforce task-force directorate inspectorate assembly leadership "
    "press exchange estates holdings industries motors foods energy petroleum airlines airways inc ltd "
    "plc corp llc co"
)
DOCUMENTS = word_set(
    "report study statement document documents letter paper survey ruling judgment judgement data figures "
    "notice filing filings indictment complaint lawsuit affidavit poll review article release records "
    "papers memo email message post analysis assessment audit forecast note estimates prospectus bulletin "
    "log diary will treaty agreement contract constitution charter decree warrant law bill sign testimony "
    "research files minutes summary media reports accounts findings"
)
ARTICLES = word_set("one the a an its their his her my our")
_KNOWN = ROLES | PEOPLE | BODIES | DOCUMENTS | SPOKESPEOPLE
NOT_PEOPLE = word_set(
    "letter paper number weather power order water matter river winter summer centre center computer "
    "offer border corner shower tower factor motor sector error doctorate cover other either former "
    "latter fire member-state newspaper October September November December quarter after under over "
    "never ever her their however whether together rather another further later earlier mirror harbor "
    "harbour favor"
)
_AGENT = re.compile(r"[a-z-]{2,}(?:er|or|ist|ian|man|woman|men|women|people|folk|wright)s?")
NATIONAL = re.compile(
    r"[A-Z][a-z]+(?:ian|ean|can|man|ish|ese|nch|tch|eek|wiss|aqi|ani|eli|orld)s?|US|UK|EU|UN|U\.S\.|U\.K\."
)
ADJECTIVE = re.compile(r"[A-Z][a-z]{2,}(?:al|ic|ing|ive|ous|ary)")
MALE = word_set(
    "mr mr. sir he his spokesman chairman congressman councilman king prince father husband son brother"
)
FEMALE = word_set(
    "mrs mrs. ms ms. miss dame she her spokeswoman chairwoman congresswoman councilwoman queen princess "
    "mother wife daughter sister actress"
)
AFTER_HEAD = word_set(
    "who whom whose which that published led based released seen obtained fighting living working "
    "standing posted carried conducted commissioned involved familiar close sent issued filed signed "
    "written"
)
# What these open doesn't belong to the name of a group: "soldiers fighting in the north".
LOOSE = AFTER_HEAD - {"familiar", "close", "involved"}
CONTRACTED = re.compile(r"['’]s?$")


@lru_cache(maxsize=4096)
def singular(word: str) -> str:
    """The singular, lower-case form under which the lists know a noun."""
    lower = CONTRACTED.sub("", word.lower())
    candidates = (lower, lower[:-1], lower[:-2], lower[:-3] + "y", lower.replace("men", "man"))
    return next((form for form in candidates if form in _KNOWN), lower)


@lru_cache(maxsize=4096)
def is_person_noun(word: str) -> bool:
    noun = singular(word)
    if noun in ROLES or noun in PEOPLE or noun in SPOKESPEOPLE:
        return True
    return word.islower() and word not in NOT_PEOPLE and bool(_AGENT.fullmatch(word))


def is_known_noun(word: str) -> bool:
    """Whether the word is a noun for people, bodies or documents that can speak."""
    return is_person_noun(word) or singular(word) in BODIES or singular(word) in DOCUMENTS


def is_title(word: str) -> bool:
    lower = word.lower()
    listed = lower in TITLES or lower in HONORIFICS or lower in ROLES or lower in PEOPLE
    return listed or (lower.endswith("ist") and len(lower) > 5)


def is_capital(word: str) -> bool:
    """Whether the word starts with a capital letter, behind a prefix such as "al-" or "d'"."""
    return word[:1].isupper() or (word[:3] in ("al-", "el-") and word[3:4].isupper())
