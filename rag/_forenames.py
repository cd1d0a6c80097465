"""Common forenames and the gender they give away; a name that isn't here has none."""

from __future__ import annotations

from rag._nouns import word_set

_FEMALE = word_set(
    "ada agnes alice alicia amanda amelia amina amy ana anastasia andrea angela angelina anita ann anna "
    "anne annette anya astrid audrey barbara beatrice bella bianca birgit brenda bridget camila carla "
    "carmen carol caroline catherine cecilia charlotte chiara chloe christina christine claire clara "
    "claudia cynthia daniela deborah diana donna dora dorothy edda edith eleanor elena elif elisa elizabeth "
    "ella ellen elsa emily emma esther eva evelyn fatima fiona florence frances francesca freya gabriela "
    "georgia giulia gloria grace greta hanna hannah heather heidi helen helena helga hilary ida ingrid "
    "irene iris irina isabel isabella ivanka jane janet jennifer jessica joan joanna josephine joyce judith "
    "julia juliet karen karin kate katherine kathleen katya kelly kristin larissa laura leila lena lillian "
    "linda lisa liv lucia lucy luisa lydia magda margaret margarita marguerite maria marie marina marion "
    "marta martha mary maya megan melissa mercedes michelle mila mira miriam molly monica nadia nancy naomi "
    "natalia natasha nicole nina nora olga olivia pamela patricia paula pauline petra priya rachel rebecca "
    "renata rita rosa rose ruth sabine sally samantha sandra sara sarah sharon sheila shirley silvia sofia "
    "sonia sophia sophie stella stephanie susan svetlana sylvia tamara tanya tatiana teresa tessa theresa "
    "ulrike ursula valentina vanessa vera veronica victoria viola virginia wendy yasmin yulia yvonne zoe"
)
_MALE = word_set(
    "aaron abdul adam adrian ahmed alan albert alejandro alessandro alexander alfred ali andre andrew "
    "andriy anthony anton antonio arthur axel ben benjamin bernard boris brian bruno carl carlos charles "
    "christian christopher daniel david dennis diego dmitri dmitry dominic donald douglas edgar edward emil "
    "emmanuel eric erik ernst ethan eugene felix fernando filip francis francisco frank fred frederick "
    "gabriel gareth gary george gerald giovanni gordon graham greg gregory gustav hamid hans harold harry "
    "hassan hector henry herbert hugo ian ibrahim igor ismail ivan ivo jack jacob jakob james jan jason "
    "javier jeffrey jens jeremy jerome jim joao joe johan john jonas jonathan jorge jose joseph juan julian "
    "jürgen karl keith kenneth kevin khalid klaus konrad lars laurence leo leon leonard liam louis luca "
    "lucas luis lukas magnus malcolm manuel marcel marco marcus mario mark markus martin mateo matteo "
    "matthew maurice max mehmet michael miguel mikhail milan mohamed mohammed muhammad murat mustafa neil "
    "nicholas nigel nikolai oleg oleksandr olaf oliver omar oscar otto owen pablo paolo patrick paul pavel "
    "pedro per peter petr philip pierre piotr rafael ralph raymond richard robert roberto roger roland "
    "roman ronald rupert russell ryan samuel sebastian sergei serhii sergey simon stanley stefan stephen "
    "steven stuart sven tariq taras theodore thomas tim timothy tobias tom tomas tony ulrich vasyl victor "
    "viktor vincent vladimir volodymyr walter werner wilhelm william wolfgang yusuf yuri"
)


def is_forename(lower: str) -> bool:
    """Whether a word in lower case is a common forename."""
    return lower in _FEMALE or lower in _MALE


def gender_of_name(lower: str) -> str:
    """The gender of a forename in lower case: "f", "m" or ""."""
    return "f" if lower in _FEMALE else "m" if lower in _MALE else ""
