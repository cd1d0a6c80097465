"""Hand lists of words."""

from __future__ import annotations

_ANTONYMS = """
first last; early late; earlier later; earliest latest; before after; largest smallest; large small;
larger smaller; big little; bigger smaller; biggest smallest; highest lowest; high low; higher lower;
long short; longer shorter; longest shortest; old young; older younger; oldest youngest; eldest youngest;
elder younger; new old; newest oldest; good bad; better worse; best worst; more fewer; most least;
increase decrease; increases decreases; increased decreased; increasing decreasing; rise fall; rose fell;
north south; northern southern; east west; eastern western; northeast southwest; northwest southeast;
above below; inside outside; within outside; up down; upper lower; top bottom; front back; left right;
begin end; begins ends; began ended; beginning end; start end; started ended; starts ends; open close;
opened closed; win lose; won lost; winner loser; buy sell; bought sold; love hate; loved hated; loves hates;
like dislike; liked disliked; live die; lived died; alive dead; born killed; life death; husband wife;
king queen; prince princess; father mother; son daughter; brother sister; boy girl; man woman; men women;
male female; sons daughters; brothers sisters; fathers mothers; boys girls; kings queens; uncle aunt;
rich poor; strong weak; stronger weaker; strongest weakest; happy sad; beautiful ugly; wise foolish;
brave cowardly; kind cruel; friend enemy; friends enemies; true false; easy difficult; easier harder;
fast slow; faster slower; hot cold; warm cool; wet dry; day night; morning evening; summer winter;
light dark;
accept reject; accepted rejected; allow forbid; allowed forbidden; allows forbids; agree disagree;
agreed refused; include exclude; includes excludes; included excluded; support oppose; supported opposed;
supports opposes; create destroy; created destroyed; build demolish; built demolished; enter leave;
entered left; arrive depart; arrived departed; find lose; found lost; remember forget; give take; gave took;
send receive; sent received; succeed fail; succeeded failed; success failure; successful unsuccessful;
positive negative; positively negatively; advantage disadvantage; advantages disadvantages; common rare;
frequent rare; often rarely; always never; usually rarely; possible impossible; able unable;
likely unlikely;
known unknown; similar different; same different; direct indirect; directly indirectly; public private;
domestic foreign; internal external; major minor; majority minority; maximum minimum; human animal;
acute chronic;
mild severe; infected uninfected; effective ineffective; symptomatic asymptomatic; resistant susceptible;
sensitive insensitive; inhibit promote; inhibits promotes; inhibited promoted; reduce increase;
reduces increases; reduced increased; lower raise; prevent cause; prevents causes; prevented caused;
upregulated downregulated; activate deactivate; activated deactivated; protect harm; protected harmed;
safe dangerous; complete incomplete; dependent independent; normal abnormal; natural artificial;
primary secondary; former current; formerly currently; ancient modern; past future; urban rural; add remove;
added removed; appear disappear; appeared disappeared; attack defend; attacked defended; lend borrow;
hide show; hid showed; praise criticize; praised criticized; laugh cry; laughed cried; married divorced;
marry divorce; meet avoid; met avoided; help hinder; helped hindered; save kill; saved killed;
with without; for against; until since; during after; more less; many few; approved rejected;
gained lost; gain lose; improve worsen; improved worsened; permanent temporary; legal illegal;
visible invisible
"""


def _both_ways(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one, other in (pair.split() for pair in text.replace("\n", " ").split(";")):
        found[one] = (*found.get(one, ()), other)
        found[other] = (*found.get(other, ()), one)
    return found


ANTONYMS = _both_ways(_ANTONYMS)
"""The words of opposite or incompatible meaning, by word as it is written in lower case."""

_SYNONYMS = """
verb: begin start; end finish; buy purchase;  show demonstrate;
demonstrate show; reveal show; indicate suggest; suggest indicate; help assist; assist help; use employ;
utilize use; employ use; need require; require need; create make; construct build; build construct;
kill slay; slay kill;  choose select; select choose; reply answer; answer reply;
inform tell; speak talk; talk speak; happen occur; occur happen; contain include; cause produce;
produce make; found establish; establish found; locate find; discover find; find discover; keep retain;
allow permit; permit allow; prevent stop; stop halt; attempt try; try attempt; want wish; wish want;
desire want; hurry rush; rush hurry; depart leave; return come_back; marry wed; reside live; dwell live;
perish die; die pass_away; purchase buy; increase rise; reduce lower; decrease fall; decline fall;
examine study; investigate study; assess evaluate; evaluate assess; measure determine; observe see;
behold see; notice see; identify find; develop create; seize grab; give offer; hide conceal;
conceal hide; shout cry; cry shout; weep cry; fetch bring; carry bear; strike hit; beat defeat;
defeat beat; believe think; think believe; recall remember; remain stay; stay remain; portray play;
play portray; direct lead; release publish; publish release; win gain; name call; call name;
compose write; write author; appear seem; transmit spread; spread pass;
noun: house home; home house; palace castle;  forest woods; wood forest; child kid; 
road path; path road; illness disease; disease illness; physician doctor; film movie; movie film;
author writer; writer author; wife spouse; husband spouse; job work; job occupation; city town; town city;
boat ship; ship vessel; sea ocean; stone rock; gift present; present gift; reward prize; sorrow grief;
grief sorrow;
joy happiness; anger rage; lad boy; maiden girl; maid girl; damsel girl; steed horse; monarch king;
ruler king; sovereign king; infant baby; beginning start; country nation; nation country; aim goal;
goal aim;
method approach; approach method; result finding;   rise increase;
increase rise; decrease decline; purpose aim; amount quantity; role part; area region; region area;
kind type; type kind; company firm; firm company; battle fight; war conflict; fire blaze; garment robe;
meal dinner; answer reply; reply answer; task job; strength power; riches wealth; wealth riches;
treasure riches;
adj: big large; large big; huge enormous; enormous huge; great large; small little; little small;
tiny small;
beautiful lovely; lovely beautiful; pretty beautiful; fair beautiful; angry furious; furious angry;
afraid scared; frightened afraid; happy glad; glad happy; pleased glad; sad unhappy; sorrowful sad;
unhappy sad;
wise clever; clever smart; rich wealthy; wealthy rich; important significant; significant important;
main chief; chief main; principal main; primary main; quick fast; rapid fast; fast quick; strange odd;
difficult hard; hard difficult; wicked evil; evil wicked; various different; common frequent;
severe serious; serious severe; entire whole; whole entire; additional further; weary tired; tired weary;
famous well-known; old aged; ill sick; sick ill; terrible awful; dreadful terrible; effective successful
"""


def _synonyms(text: str) -> dict[tuple[str, str], str]:
    found, pos = {}, ""
    for entry in text.replace("\n", " ").split(";"):
        if ":" in entry:
            pos, entry = (part.strip() for part in entry.split(":"))  # noqa: PLW2901
            pos = pos.upper()
        if entry.strip():
            word, other = entry.split()
            found[pos, word] = other.replace("_", " ")
    return found


SYNONYMS = _synonyms(_SYNONYMS)
"""A word to say instead, by part of speech and lemma."""

PEOPLE = frozenset(
    """man woman boy girl king queen prince princess father mother son daughter brother sister husband wife
    child children men women sons daughters brothers sisters people person farmer peasant soldier knight
    giant witch fairy
    dwarf lord lady servant maid maiden youth lad merchant fisherman hunter shepherd widow stepmother
    stepdaughter grandmother grandfather uncle aunt cousin nephew niece tailor miller cook priest monk
    judge doctor
    nurse patient patients author authors researcher researchers scientist scientists physician student
    teacher actor actress singer writer director president minister emperor empress chief warrior robber
    thief
    thieves magician wizard old-man master mistress friend friends neighbor neighbour stranger guest hero
    heroine fellow baby infant bride bridegroom suitor ogre troll sultan vizier duke count countess captain
    sailor king's parents workers worker individuals participants volunteers donors someone everybody
    everyone
    smith blacksmith woodcutter beggar landlord host hostess gentleman governor general officer guard guards
    player coach musician composer producer artist poet politician scholar critic engineer inventor
    founder""".split()
)
"""Nouns that "who" asks for."""

FEELINGS = frozenset(
    """happy sad angry afraid glad sorry surprised frightened scared pleased delighted ashamed jealous
    proud lonely tired unhappy furious terrified astonished amazed worried anxious upset miserable overjoyed
    joyful curious envious content hungry thirsty weary grateful disappointed shocked""".split()
)

MONTHS = frozenset(
    """January February March April May June July August September October November December""".split()
)

NUMBERS = (
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred".split()
)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
