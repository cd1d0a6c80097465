"""What is a claim, and how one is split. Every claim here is made up."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.claims import CLAIM, MOST_CLAIM_WORDS, MOST_PARTS, opposite, read_claim, split_claim
from rag.errors import ClaimError, QuestionError
from rag.questions import MOST_WORDS

# Each claim with its parts below it.
PARTED = """
The storm flooded the harbour, and the ferry was cancelled.
    The storm flooded the harbour.
    The ferry was cancelled.
Prices rose in May but wages fell.
    Prices rose in May.
    Wages fell.
The mayor resigned on Monday; her deputy took over.
    The mayor resigned on Monday.
    The mayor's deputy took over.
The council closed the library, while the museum stayed open.
    The council closed the library.
    The museum stayed open.
Exports grew by 4%, whereas imports shrank.
    Exports grew by 4%.
    Imports shrank.
The bridge was reopened, although two lanes remain closed.
    The bridge was reopened.
    Two lanes remain closed.
Although the harvest was poor, bread prices fell.
    The harvest was poor.
    Bread prices fell.
While exports grew, imports shrank by a tenth.
    Exports grew.
    Imports shrank by a tenth.
The vote was held in March and the result was annulled in April.
    The vote was held in March.
    The result was annulled in April.
Two trains collided near Brennholt and the line was closed for a week.
    Two trains collided near Brennholt.
    The line was closed for a week.
Nobody was hurt, but the chapel burnt down.
    Nobody was hurt.
    The chapel burnt down.
No one was killed, but three people were injured.
    No one was killed.
    Three people were injured.
Kalvia signed the treaty, but Ostrova refused.
    Kalvia signed the treaty.
    Ostrova refused.
The dam was built in 1956, and there was a flood in 1961.
    The dam was built in 1956.
    There was a flood in 1961.
Turnout was 62%, and the mayor won 41% of the vote.
    Turnout was 62%.
    The mayor won 41% of the vote.
The ship sank within an hour; 14 sailors drowned.
    The ship sank within an hour.
    14 sailors drowned.
The factory employs 900 people and its owner lives in Geneva.
    The factory employs 900 people.
    The factory's owner lives in Geneva.
Unemployment fell, wages rose and exports doubled.
    Unemployment fell.
    Wages rose.
    Exports doubled.
The company closed the plant, but it kept 300 jobs.
    The company closed the plant.
    The company kept 300 jobs.
Olha Petrenko lost the election, but she stayed in office.
    Olha Petrenko lost the election.
    Olha Petrenko stayed in office.
The minister resigned, and he left the country.
    The minister resigned.
    The minister left the country.
Rebels seized the town, and they held it for a week.
    Rebels seized the town.
    Rebels held the town for a week.
The bank was fined, but it appealed.
    The bank was fined.
    The bank appealed.
Anton Weil wrote the report, and his sister edited it.
    Anton Weil wrote the report.
    Anton Weil's sister edited the report.
Police arrested two men and charged them with murder.
    Police arrested two men.
    Police charged two men with murder.
The firm bought the brewery and sold it in 2010.
    The firm bought the brewery.
    The firm sold the brewery in 2010.
The storm killed six people, destroyed 200 homes and cut power to 90,000 households.
    The storm killed six people.
    The storm destroyed 200 homes.
    The storm cut power to 90,000 households.
The storm killed six people, destroyed 200 homes, and left 40 missing.
    The storm killed six people.
    The storm destroyed 200 homes.
    The storm left 40 missing.
The minister resigned and left the country.
    The minister resigned.
    The minister left the country.
The suspect was arrested and charged with fraud.
    The suspect was arrested.
    The suspect was charged with fraud.
The suspect was arrested, charged and released on bail.
    The suspect was arrested.
    The suspect was charged.
    The suspect was released on bail.
The company has closed 20 shops and cut 300 jobs.
    The company has closed 20 shops.
    The company has cut 300 jobs.
The army is building a base and training troops there.
    The army is building a base.
    The army is training troops there.
The government will raise taxes and cut spending.
    The government will raise taxes.
    The government will cut spending.
The drug may cause nausea and harm the liver.
    The drug may cause nausea.
    The drug may harm the liver.
The ship left Rotterdam on Monday and arrived in Hull on Tuesday.
    The ship left Rotterdam on Monday.
    The ship arrived in Hull on Tuesday.
The actress was born in Lviv and studied in Vienna.
    The actress was born in Lviv.
    The actress studied in Vienna.
The town has 9,000 inhabitants and lies on the Sula.
    The town has 9,000 inhabitants.
    The town lies on the Sula.
The law was passed in May and takes effect in July.
    The law was passed in May.
    The law takes effect in July.
The court rejected the appeal but reduced the sentence.
    The court rejected the appeal.
    The court reduced the sentence.
The team lost the final but won the cup a year later.
    The team lost the final.
    The team won the cup a year later.
The firm did not pay the fine but appealed against it.
    The firm did not pay the fine.
    The firm appealed against the fine.
The pilot survived and never flew again.
    The pilot survived.
    The pilot never flew again.
The river burst its banks and also flooded the station.
    The river burst its banks.
    The river flooded the station.
The probe landed in 2014 and then fell silent.
    The probe landed in 2014.
    The probe fell silent.
The players went on strike and were sacked.
    The players went on strike.
    The players were sacked.
The festival was cancelled in 2020 and has not been held since.
    The festival was cancelled in 2020.
    The festival has not been held since.
The union accepted the offer and ended the strike on Friday.
    The union accepted the offer.
    The union ended the strike on Friday.
The winner lives in Oslo and works as a nurse.
    The winner lives in Oslo.
    The winner works as a nurse.
In 2019, the club sold its stadium and moved to Leiden.
    In 2019, the club sold its stadium.
    The club moved to Leiden.
Olha Petrenko, the mayor of Orlivka, resigned and left the country.
    Olha Petrenko, the mayor of Orlivka, resigned.
    Olha Petrenko left the country.
The man who shot the guard was arrested and charged.
    The man who shot the guard was arrested.
    The man who shot the guard was charged.
More than 200 people were evacuated and housed in a school.
    More than 200 people were evacuated.
    More than 200 people were housed in a school.
Storm kills six and leaves thousands without power
    Storm kills six.
    Storm leaves thousands without power.
STORM KILLS SIX AND LEAVES THOUSANDS WITHOUT POWER
    STORM KILLS SIX.
    STORM LEAVES THOUSANDS WITHOUT POWER.
The museum's roof collapsed and killed a guard.
    The museum's roof collapsed.
    The museum's roof killed a guard.
Police said the driver was drunk and had no licence.
    Police said the driver was drunk.
    Police said the driver had no licence.
The minister said that taxes would rise and that spending would fall.
    The minister said that taxes would rise.
    The minister said that spending would fall.
The army said the town had fallen, but Kyiv said its troops were still there.
    The army said the town had fallen.
    Kyiv said its troops were still there.
The company said it had cut 500 jobs and closed two plants.
    The company said it had cut 500 jobs.
    The company said it had closed two plants.
According to the ministry, 40 drones were shot down and three people were injured.
    According to the ministry, 40 drones were shot down.
    According to the ministry, three people were injured.
The government ignored warnings and acted too late, the court ruled.
    The government ignored warnings, the court ruled.
    The government acted too late, the court ruled.
Prices will rise and growth will slow, according to the central bank.
    Prices will rise, according to the central bank.
    Growth will slow, according to the central bank.
Zelenko: the enemy lost 600 men and retreated
    Zelenko: the enemy lost 600 men.
    Zelenko: the enemy retreated.
The report found that the crew was tired and that the radar had failed.
    The report found that the crew was tired.
    The report found that the radar had failed.
Scientists say the glacier is melting and will vanish by 2050.
    Scientists say the glacier is melting.
    Scientists say the glacier will vanish by 2050.
The mayor told reporters on Monday that the bridge was safe and would reopen in June.
    The mayor told reporters on Monday that the bridge was safe.
    The mayor told reporters on Monday that the bridge would reopen in June.
The minister resigned and said the army was ready.
    The minister resigned.
    The minister said the army was ready.
The bridge, which was built in 1956, collapsed on Monday.
    The bridge collapsed on Monday.
    The bridge was built in 1956.
The court fined the company, which had ignored the warnings.
    The court fined the company.
    The company had ignored the warnings.
Anna Holt, who leads the union, called the strike.
    Anna Holt called the strike.
    Anna Holt leads the union.
The town of Orlivka, which has 9,000 inhabitants, was evacuated.
    The town of Orlivka was evacuated.
    The town of Orlivka has 9,000 inhabitants.
The prize went to Ida Lund, who was born in Bergen.
    The prize went to Ida Lund.
    Ida Lund was born in Bergen.
Police questioned the driver, who was unhurt.
    Police questioned the driver.
    The driver was unhurt.
The drug, which was approved in 2021, costs 900 euros a month.
    The drug costs 900 euros a month.
    The drug was approved in 2021.
The mayor of Kalm, who is 71, will not stand again.
    The mayor of Kalm will not stand again.
    The mayor of Kalm is 71.
The bank, which employs 4,000 people, was sold and renamed.
    The bank was sold.
    The bank employs 4,000 people.
    The bank was renamed.
The ministry said the dam, which was built in 1956, had burst.
    The ministry said the dam had burst.
    The ministry said the dam was built in 1956.
The fire destroyed Hull House, which dates from 1830.
    The fire destroyed Hull House.
    Hull House dates from 1830.
A missile hit a hospital, killing five people.
    A missile hit a hospital.
    A missile killed five people.
A missile hit a hospital, killing five people and wounding nine.
    A missile hit a hospital.
    A missile killed five people.
    A missile wounded nine.
The ferry sank off Samra, leaving 11 missing.
    The ferry sank off Samra.
    The ferry left 11 missing.
The quake struck at dawn, destroying 300 homes.
    The quake struck at dawn.
    The quake destroyed 300 homes.
The striker scored twice, becoming the club's top scorer.
    The striker scored twice.
    The striker became the club's top scorer.
Floodwater entered the tunnel, trapping 20 workers.
    Floodwater entered the tunnel.
    Floodwater trapped 20 workers.
The attack killed six soldiers and two civilians.
    The attack killed six soldiers.
    The attack killed two civilians.
Six soldiers and two civilians were killed in the attack.
    Six soldiers were killed in the attack.
    Two civilians were killed in the attack.
One soldier and three civilians were killed in the attack.
    One soldier was killed in the attack.
    Three civilians were killed in the attack.
Two people were killed and three injured.
    Two people were killed.
    Three people were injured.
Two people were killed and three were injured in the blast.
    Two people were killed.
    Three people were injured in the blast.
At least 40 people were killed and about 200 wounded.
    At least 40 people were killed.
    About 200 people were wounded.
One person was killed and four injured.
    One person was killed.
    Four people were injured.
The navy lost 12 ships and 40 aircraft.
    The navy lost 12 ships.
    The navy lost 40 aircraft.
The club has 40 players and six coaches.
    The club has 40 players.
    The club has six coaches.
The poem says that roses are red and violets are blue.
    The poem says that roses are red.
    The poem says that violets are blue.
The bank said profits rose 12% and costs fell 3%.
    The bank said profits rose 12%.
    The bank said costs fell 3%.
The court sentenced Marko Ilic to 12 years and ordered him to pay a fine.
    The court sentenced Marko Ilic to 12 years.
    The court ordered Marko Ilic to pay a fine.
The firm is owned by a Dutch fund and run by Paul Mertens.
    The firm is owned by a Dutch fund.
    The firm is run by Paul Mertens.
The town was captured in 2014 and retaken a year later.
    The town was captured in 2014.
    The town was retaken a year later.
Two gunmen stormed the bank, took four hostages and fled.
    Two gunmen stormed the bank.
    Two gunmen took four hostages.
    Two gunmen fled.
Three people died and another 12 were taken to hospital.
    Three people died.
    Another 12 people were taken to hospital.
Ten miners were rescued, but six are still missing.
    Ten miners were rescued.
    Six miners are still missing.
Iceland has no army and has never fought a war.
    Iceland has no army.
    Iceland has never fought a war.
NASA said the probe had landed and was sending data.
    NASA said the probe had landed.
    NASA said the probe was sending data.
Thousands demonstrated in Kalm, and the mayor, who had called the vote, resigned.
    Thousands demonstrated in Kalm.
    The mayor resigned.
    The mayor had called the vote.
"""

# Nothing in these can be parted for sure, or what is said of it holds for both halves together.
WHOLE = """
North and South Korea signed a deal.
Between 4 and 6 people died.
The trade and industry minister resigned.
Spending on research and development rose by 4%.
The photographs were in black and white.
More and more people are moving to Kalm.
The government will try and win the vote.
Marks and Spencer closed 30 shops.
Johnson and Johnson settled the case.
The US and Ukraine signed the agreement.
The firm makes cars and lorries.
The film was written and directed by Anna Holt.
She wrote and directed the film.
Kovac designed and built the bridge.
The rebels killed and wounded dozens of soldiers.
The soldier was tired and hungry.
The vaccine is safe and effective.
The army evacuated women and wounded civilians.
The minister for families and women's rights resigned.
The price is between 4 and 6 million euros.
The runner finished in two hours and six minutes.
The judge gave him two years and six months in prison.
The club won two gold and three silver medals.
The cup was won by Hull City and the league by Leeds United.
The council will close schools and fire stations.
Black and white voters turned out in equal numbers.
The Bank of Kalm and Ostrova was founded in 1890.
The firm sells bread and butter.
The two leaders met and shook hands with each other.
If the vote fails, the government will fall and an election will be called.
The strike will go on unless the firm pays and the minister resigns.
The company did not close the plant and fire its workers.
Neither the army nor the police knew, and the mayor was not told.
Either the pilot erred or the engine failed and the wing broke.
She won both the cup and the league.
Few voters read the law and understood it.
No soldier was killed and buried there.
Only one minister resigned and left the country.
The firm not only closed the plant but also cut wages.
More people died in Kalm than in Hull and Leeds.
The town is bigger than Kalm and Ostrova.
The minister denied that the army had fled and that the town had fallen.
It is not true that the bridge was closed and the ferry sank.
Nobody said that the plant was safe and would reopen.
The man who shot Smith and Jones was arrested.
The people who fled and returned were housed in tents.
Police arrested a man who stole a car and crashed it.
The minister left before the king and the queen arrived.
The firm closed because prices rose and wages fell.
Police want to know who died and who fled.
The bank raised rates in March while unemployment fell.
The dam in Orlivka, which was built in 1956, collapsed.
The bank raised rates, which hurt borrowers.
A hospital was hit by a missile, killing five people.
The minister resigned, citing ill health.
Police chased the man, but he escaped.
The president fired the minister, but he refused to leave.
Permission was refused to Velin; he got it later.
The report said he was sorry and resigned.
"We won and they lost," the coach said.
The song "Bread and Roses" won the prize.
The group (founded in 1990 and dissolved in 2001) had 40 members.
The mayor welcomed the plan and the money set aside for it.
The army hit a school and a hospital filled with refugees.
The bridge closed in May.
Poland and Hungary vetoed the budget.
The minister said Poland and Hungary had vetoed the budget.
The storm brought down trees and power lines.
The report blames the pilot and the control tower.
The firm makes drones that can carry bombs and fly for 40 hours.
The prize was shared by Ann Lee and Bo Ek, who discovered the gene.
Amazon fired 18,000 workers and Meta 11,000.
"""

CLAIMS = r"""
Who-led teams arrived in Gaza.
WHO declared a pandemic in March 2020.
What happened in Kharkiv was an accident.
The government should have acted earlier, the court ruled.
Police say the driver was drunk.
May is the hottest month.
Will Smith won an Oscar.
Is has 300 inhabitants.
'The US lifted every restriction.'
“The US lifted every restriction.
It was the best result since 1990.
The novel was the best-selling book of 2010.
Storm kills six in Kalm
STORM KILLS SIX IN KALM
Putin dead
Mayor guilty
Six dead in Kharkiv blast
Russia attacks
Zelensky resigned
Will Young sang.
May Britt Moser won the Nobel Prize.
May 9 is a public holiday in Russia.
Who Framed Roger Rabbit won three Oscars.
The Who split in 1982.
Where Eagles Dare was released in 1968.
Whoever lit the fire has fled.
How the fire started is unknown.
Why the plane crashed is not known.
When the war began, prices rose.
Which of them fired first is disputed.
Had the bridge been repaired, it would not have collapsed, the report says.
She wrote the song "Who Am I?"
The minister asked: "Who paid?"
The union said members should strike.
The minister must resign by Friday under the deal.
Drivers must wear seat belts.
The report says that ministers should resign.
Children should not be given aspirin.
The train should arrive by noon.
"We won. They lost," the coach said.
J.K. Rowling lives in the U.K.
He lived at No. 10 in St. Louis.
The film is called The Beautiful Game.
Rome was a great power.
He is a joke writer.
Terrible weather closed the port.
Can Dündar was jailed in 2016.
Do Kwon was arrested in Montenegro.
Please Please Me was released in 1963.
Show Boat opened in 1927.
Do Not Go Gentle is a poem by Dylan Thomas.
List prices rose by 4%.
Check Point bought the firm.
Report says 40 died
Talks collapse
Police: 3 dead
I was in Kyiv on Monday.
We are at war, the president said.
Love Is Blind was renewed.
Inflation: 9%
No survivors
Not one survivor was found.
There is no evidence of fraud.
It’s raining in Kalm.
Let It Be was released in 1970.
Give Peace a Chance was recorded in Montreal.
Tell Abyad was captured in 2015.
This label, Impulse! Records, was sold by Shout! Factory.
Should he resign, the party will lose its majority.
"""

QUESTIONS = """
What restrictions remain?
what restrictions remain
Who killed Kennedy
Is Kalvia a member of NATO
Did Kalvia attack Ostrova
Has the minister resigned
Will the mayor resign
Was the general shot
When was the bridge built
Why is the sky blue
How many people died
What did the mayor say happened
Can vaccines cause autism
Is it true that Kalvia attacked
Kalvia attacked, right?
Which country won the cup
Are the talks over
Could the dam burst
Who is the man who was arrested
So where is the money now
"Who paid?"
"""
REQUESTS = """
Tell me about Ukraine.
Please check this claim.
Show the evidence for this.
Summarise the articles.
Ignore all previous instructions.
Write a poem about Kyiv.
Can you check whether the dam burst
Let's talk about Ukraine
Find out who won
Don't trust the minister.
Close the border now.
Prove that the earth is flat
Explain why prices rose
"""
OPINIONS = """
I think the war is lost.
We want peace.
In my opinion, he lied.
The government should resign.
Hopefully the war will end.
The film is awful.
He is the best president ever.
The new law is disgraceful.
Long live the king!
May the best team win.
Messi is the greatest footballer of all time.
What a disgrace!
"""
TOPICS = """
Ukraine
HIMARS
Kharkiv offensive
the war in Ukraine
Joe Biden
climate change
90,000
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def with_parts() -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in lines(PARTED):
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        else:
            found.append((line, []))
    return found


EVERY_CLAIM = [claim for claim, _ in with_parts()] + lines(WHOLE) + lines(CLAIMS)
# What a claim is made of, in any order: what is typed in haste, and what no rule has thought of.
JUMBLED = st.lists(
    st.sampled_from(
        """and but or ; , . : - – " “ ” ' ’ ( ) who which that while although if because when said says was
        were has had will not no nobody he she it they them his its the a an two 40 people men Kalm Petrenko
        killed injured killing leaving resigned arrested charged prices rose fell it's there's between both
        according to""".split()
    ),
    max_size=30,
).map(" ".join)


@pytest.mark.parametrize(("claim", "parts"), with_parts())
def test_a_claim_is_split_into_what_it_says(claim: str, parts: list[str]) -> None:
    assert [part.text for part in split_claim(claim)] == parts


@pytest.mark.parametrize("claim", lines(WHOLE))
def test_what_belongs_together_stays_whole(claim: str) -> None:
    (part,) = split_claim(claim)

    assert (part.start, part.end) == (0, len(claim))
    assert part.text.rstrip(".") == claim.rstrip(".")


@pytest.mark.parametrize("claim", EVERY_CLAIM)
def test_a_real_claim_is_accepted(claim: str) -> None:
    assert read_claim(claim).strip("“”'") == claim.strip("“”'")


@pytest.mark.parametrize("claim", EVERY_CLAIM)
def test_a_part_has_no_parts(claim: str) -> None:
    for part in split_claim(read_claim(claim)):
        assert [again.text for again in split_claim(part.text)] == [part.text]
        assert read_claim(part.text) == part.text


def test_parts_know_where_they_stand() -> None:
    claim = "The bridge, which was built in 1956, collapsed, but nobody was hurt."
    parts = split_claim(claim)

    assert [(part.text, claim[part.start : part.end]) for part in parts] == [
        ("The bridge collapsed.", "The bridge, which was built in 1956, collapsed"),
        ("The bridge was built in 1956.", "was built in 1956"),
        ("Nobody was hurt.", "nobody was hurt"),
    ]


def test_a_claim_with_too_many_parts_stays_whole() -> None:
    claims = ["Prices rose", *(f"wages fell in {year}" for year in range(2001, 2001 + MOST_PARTS))]

    assert len(split_claim("; ".join(claims[:MOST_PARTS]) + ".")) == MOST_PARTS
    assert len(split_claim("; ".join(claims) + ".")) == 1


@pytest.mark.parametrize("typed", lines(QUESTIONS))
def test_a_question_is_sent_to_ask(typed: str) -> None:
    with pytest.raises(ClaimError, match=r"is a question, not a claim.*`ask`"):
        read_claim(typed)


@pytest.mark.parametrize("typed", lines(REQUESTS))
def test_a_request_is_sent_back(typed: str) -> None:
    with pytest.raises(ClaimError, match="is a request, not a claim"):
        read_claim(typed)


@pytest.mark.parametrize("typed", lines(OPINIONS))
def test_an_opinion_or_wish_is_sent_back(typed: str) -> None:
    with pytest.raises(ClaimError, match="is an opinion or a wish"):
        read_claim(typed)


@pytest.mark.parametrize("typed", lines(TOPICS))
def test_a_topic_is_sent_to_search(typed: str) -> None:
    with pytest.raises(ClaimError, match=r"is a topic, not a claim.*`search`"):
        read_claim(typed)


def test_a_paragraph_is_sent_back_with_its_first_sentence() -> None:
    with pytest.raises(ClaimError, match=r"2 sentences, 7 words.*for instance: 'The dam burst\.'"):
        read_claim("The dam burst. Six people were killed.")


def test_two_exclamations_are_a_paragraph() -> None:
    with pytest.raises(ClaimError, match="2 sentences"):
        read_claim("Khalid is free! The court let him out.")


def test_a_sentence_that_is_too_long_is_a_paragraph() -> None:
    longest = "The dam burst " + "again " * (MOST_CLAIM_WORDS - 3)

    assert len(read_claim(longest).split()) == MOST_CLAIM_WORDS
    with pytest.raises(ClaimError, match=f"1 sentence, {MOST_CLAIM_WORDS + 1} words"):
        read_claim(longest + "again")


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("", f"The claim is empty. Type a claim, such as: {CLAIM.example}"),
        (" \n\u200b", "The claim is empty"),
        ("?!", "There is no word.*Write in words, such as: The US"),
        ("word " * (MOST_WORDS + 1), f"The claim has {MOST_WORDS + 1} words.*Write in at most {MOST_WORDS}"),
        (
            "Die Brücke ist gestern eingestürzt.",
            "The claim seems to be in another language.*write in English",
        ),
        ("Мост обрушился", "The claim seems to be in another script"),
    ],
)
def test_what_can_not_be_read_is_called_a_claim(typed: str, match: str) -> None:
    with pytest.raises(ClaimError, match=match):
        read_claim(typed)


def test_a_claim_that_is_not_text_is_refused() -> None:
    with pytest.raises(ClaimError, match="A claim is text, not int"):
        read_claim(5)  # type: ignore[arg-type]


def test_a_claim_error_is_a_question_error() -> None:
    with pytest.raises(QuestionError):
        read_claim("Who paid?")


@pytest.mark.parametrize(
    ("typed", "claim"),
    [
        ("  The dam\u00a0burst\r\n in\u200b May.\x1b[0m ", "The dam burst in May."),
        ('"The dam burst."', "The dam burst."),
        ("“The dam burst.”", "The dam burst."),
        ("‘The dam burst.’", "The dam burst."),
        ("“The dam burst.", "The dam burst."),
        ('The dam burst."', "The dam burst."),
        ('"Up" is a film and "Down" is a song.', '"Up" is a film and "Down" is a song.'),
        ("The workers' union won the workers'", "The workers' union won the workers'"),
    ],
)
def test_a_claim_is_cleaned(typed: str, claim: str) -> None:
    assert read_claim(typed) == claim


@pytest.mark.parametrize(
    ("claim", "turned"),
    [
        ("Prices rose.", "Prices fall."),
        ("The minister didn't resign.", "The minister did resign."),
        ("The team can’t win.", "The team can lose."),
        ("The law was not accepted, nor rejected.", "The law was reject, accept."),
        ("The bridge is grey.", "The bridge is grey."),
        ("No", "No"),
    ],
)
def test_the_opposite_is_the_claim_turned_round(claim: str, turned: str) -> None:
    assert opposite(claim) == turned


@given(st.one_of(st.text(max_size=120), JUMBLED))
@example("“")
@example("' '")
@example("and and")
@example("Kalm, which")
def test_whatever_is_typed_is_a_claim_or_a_claim_error(typed: str) -> None:
    try:
        claim = read_claim(typed)
    except ClaimError as error:
        assert str(error)
        return
    assert claim == " ".join(claim.split())
    assert read_claim(claim) == claim


@given(st.one_of(st.text(max_size=120), JUMBLED))
@example("")
@example("; ;")
@example("It's he, who was, and which.")
def test_parts_are_in_order_within_the_claim_and_say_something(claim: str) -> None:
    parts = split_claim(claim)

    assert 1 <= len(parts) <= MOST_PARTS
    assert [part.start for part in parts] == sorted(part.start for part in parts)
    assert opposite(claim) is not None
    for part in parts:
        assert 0 <= part.start <= part.end <= len(claim)
        if len(parts) > 1:
            assert any(character.isalnum() for character in claim[part.start : part.end])
            assert any(character.isalnum() for character in part.text)


@given(JUMBLED)
def test_a_part_of_anything_has_no_parts(claim: str) -> None:
    parts = split_claim(claim)

    if len(parts) > 1:
        for part in parts:
            assert [again.text for again in split_claim(part.text)] == [part.text]


def test_a_claim_takes_a_few_milliseconds() -> None:
    worst = ["He was killed, and " * 15, "the man was and " * 15, "'a " * 60, ", " * 60]
    claims = [*EVERY_CLAIM, *worst]
    read_claim(CLAIM.example)  # the tables are read once
    begun = time.process_time()
    for claim in claims:
        split_claim(claim)
        opposite(claim)

    assert (time.process_time() - begun) / len(claims) < 0.005
