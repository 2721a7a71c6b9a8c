"""The small word lists behind `qa.conversation`: English function words, verbs, names, places.

Closed classes are complete enough to be relied on. The open ones (verbs, given names, places,
roles) only sharpen a guess: a word that is missing costs a less exact resolution, never an error.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _lines(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


BE = _words("be is are was were am been being 's 're isn aren wasn weren")
DO = _words("do does did don doesn didn")
HAVE = _words("have has had having 've haven hasn hadn")
MODAL = _words(
    """
will would can could shall should may might must 'll 'd wouldn couldn shouldn cannot
    """
)
AUXILIARIES = BE | DO | HAVE | MODAL
WH = _words("who whom whose what which when where why how")
DETERMINERS = _words(
    """
the a an this that these those my your our its his her their some any no each every
    """
)
PREPOSITIONS = _words(
    """
of in on at by for from with without to into onto over under about against between among after
before during since until till through across near around behind beyond within regarding towards
toward upon per via than like as despite outside inside off out up down along amid
    """
)
CONJUNCTIONS = _words("and or but nor so yet if whether because while although though unless that")
PERSONAL = _words(
    """
i me you we us he him she her it they them myself yourself himself herself itself themselves
everyone everybody someone somebody anyone anybody nobody nothing something anything everything mine
yours ours hers theirs
    """
)
ADVERBS = _words(
    """
not 't also too very really just still even only again already ever never now then there here else
more most much many less few several another other others such same own both all any actually
exactly currently recently later earlier afterwards next first ago back away instead far long often
soon together yes no ok okay please well quite rather maybe perhaps almost apart enough today
yesterday tomorrow tonight able least way
    """
)
ASKING = _words(
    """
tell give show explain describe list name summarize summarise know think mean want like let find get
please thanks thank talk speak
    """
)
GREETINGS = _words("thanks thank hello hi hey great cool nice good morning bye interesting wow")
FUNCTION = (
    AUXILIARIES
    | WH
    | DETERMINERS
    | PREPOSITIONS
    | CONJUNCTIONS
    | PERSONAL
    | ADVERBS
    | {"'m", "s", "t"}
)

SPEECH = _words(
    """
say says said saying claim claims claimed report reports reported think thinks thought believe
believes believed know knows knew announce announced confirm confirmed deny denied show shows showed
mean means suggest suggests suggested argue argued warn warned tell told hear heard find found sure
true state stated insist insisted admit admitted agree agreed promise promised hope hoped fear
feared reveal revealed fact evidence so given seem seems likely possible clear
    """
)

VERBS = _words(
    """
accept accuse achieve act adopt affect agree aim allow announce answer appeal appear apply appoint
approve argue arrest arrive ask attack attend avoid back ban be beat become begin believe blame
block break bring build buy call cancel capture carry catch cause celebrate change charge choose
claim clash close collapse come condemn confirm consider continue control convict cost create cross
cut deal decide declare decline defeat defend delay deliver demand deny depend deploy describe
destroy detain develop die disappear discover discuss dismiss divorce drop earn eat elect end enter
escape evacuate execute expand expect explain explode face fail fall fight file find finish fire
flee fly follow force form found fund get give go govern grow halt handle happen hate help hide hire
hit hold host hurt impose improve include increase injure intend introduce invade invent invest
invite issue join jump keep kill know lack land last launch lead learn leave let lie lift like live
look lose lower make manage mark marry matter mean meet miss move name need negotiate occur offer
open operate oppose order organise organize originate own pass pay perform plan play pledge praise
predict prepare present press prevent produce promise propose protect protest prove provide publish
pull punish purchase push put quit raise reach react receive recover reduce refuse reject release
remain remove replace reply report represent request rescue resign resist resolve respond restore
result retire return reveal rise rule run say score search see seek sell send sentence serve set
settle shoot show shut sign sink sit sleep slow solve speak spend split spread stand start stay
steal stop strike struggle suffer suggest sue support survive suspend take talk target teach tell
test think threaten throw tour train travel treat try turn understand urge use veto visit vote want
warn watch wear win withdraw work write eliminate recommend compare contain differ exist enforce
cover cure treat transmit design calculate save shrink worsen improve warm
    """
)
IRREGULAR = _words(
    """
began begun became beaten bought broke broken brought built came caught chose chosen cost cut dealt
died drew drawn drove driven ate eaten fell fallen felt fought found fled flew flown gave given went
gone got grew grown heard held hid hidden hit hurt kept knew known led left lost lay made meant met
paid put quit ran read rose risen said sold sent shot shown shut sang sung sank sunk sat slept spoke
spoken spent split spread stood stole stolen struck swore sworn taught told thought threw thrown
took taken understood woke won wore worn withdrew withdrawn wrote written born sued vetoed done seen
set
    """
)
# Verbs as often as nouns: a verb only where the grammar asks for one.
NOUN_OR_VERB = _words(
    """
attack strike vote call report fire protest talk talks demand order rule test visit tour plan offer
deal fall rise cut ban appeal support result cause change charge claim clash cost delay drop end
face fight form fund help increase issue land launch lead move name need pass play press push
release request return run score search sentence set shoot show sign split spread start state stop
target train turn use win work crash release purchase marks works review hit
    """
)

ROLES = _words(
    """
president minister chancellor premier mayor governor senator congressman congresswoman ambassador
king queen prince princess pope bishop priest imam judge lawyer attorney prosecutor sheriff officer
general commander soldier gunman shooter attacker suspect killer victim driver pilot captain coach
manager player striker goalkeeper director actor actress singer author writer journalist reporter
editor professor doctor nurse teacher student scientist researcher chief chairman chairwoman chair
ceo founder owner boss leader spokesman spokeswoman spokesperson secretary candidate politician
lawmaker diplomat envoy man woman boy girl father mother son daughter brother sister husband wife
widow child winner champion artist official witness survivor hostage astronaut farmer chef hero
viceroy emperor dictator deputy vice whistleblower activist poet composer bomber person guy lady
    """
)
TITLES = _words(
    """
mr mrs ms miss dr sir lord lady dame president minister chancellor premier mayor governor gov
senator sen rep king queen prince princess pope general gen colonel col captain capt judge justice
professor prof doctor secretary sheriff coach ambassador chief deputy saint st rev
    """
)
GROUPS = _words(
    """
government party union company council police team court ministry army committee parliament congress
senate house commission agency department bank club association federation group family band crew
navy force forces opposition administration cabinet coalition firm corporation corp inc ltd
university school hospital church board jury crowd staff public squad airline network newspaper nato
un eu who fifa uefa nba nfl nhl mlb fbi cia nasa opec imf wto asean ioc united nations rangers
cardinals patriots
    """
)
PLURALS = _words(
    """
people police children men women media troops cattle workers staff homeless poor elderly unemployed
wounded migrants
    """
)
MALE = _words(
    """
aaron adam alan albert alex alexander ali andrew anthony arthur barack ben benjamin bernie bill bob
boris brian bruno carl carlos charles chris christopher daniel dave david dennis dmitry donald
douglas edward elon emmanuel eric ernest francis francisco frank fred gary george gerald gordon
graham greg hans harry hassan henry hugo ian igor ivan jack jacob jair james jamie jason jean jeff
jeffrey jeremy jerome jim jimmy joe joel john johnny jonathan jorge jose joseph josh joshua juan
justin karl keith ken kenneth kevin kim kofi kyle larry lars lee leo leonard lewis lionel louis luis
luke marcus mario mark martin matt matthew max michael miguel mike mitt mohamed mohammed muhammad
narendra nathan neil nelson nicholas nick nicolas oliver omar oscar pablo patrick paul pedro peter
phil philip pierre rafael ralph ray recep ricardo richard rick rob robert roger roman ron ronald roy
rupert russell ryan sam samuel scott sean sergei sergey simon stefan stephen steve steven ted terry
theo thomas tim timothy tom tony vaclav victor vincent vladimir volodymyr walter warren wayne
william winston xi yusuf
    """
)
FEMALE = _words(
    """
aisha alexandra alice amanda amy angela anna anne annie aung barbara beth betty carol carolina
caroline catherine cecilia charlotte chloe christine claire claudia diana diane donna dorothy elena
elizabeth ella ellen emily emma eva fatima fiona florence gabriela grace greta hannah helen hillary
indira irene isabel ivanka jacinda jane janet jennifer jessica jill joan joanna judith julia julie
kamala karen kate katherine kathleen laura leila linda lisa louise lucy madeleine malala margaret
maria marie marine marta martha mary megan melania melinda merkel michelle monica nadia nancy
natalie natasha nicola olga olivia pamela patricia rachel rebecca rita rosa rose ruth sally sandra
sara sarah serena sharon sofia sonia sophia sophie susan svetlana sylvia tamara teresa theresa tina
ursula valerie vanessa venus vera victoria wendy yulia
    """
)
PLACES = _lines(
    """
afghanistan, albania, algeria, andorra, angola, argentina, armenia, australia, austria, azerbaijan
bahamas, bahrain, bangladesh, barbados, belarus, belgium, belize, benin, bhutan, bolivia, bosnia
botswana, brazil, brunei, bulgaria, burkina faso, burundi, cambodia, cameroon, canada, chad, chile
china, colombia, congo, costa rica, croatia, cuba, cyprus, czech republic, czechia, denmark
djibouti, dominican republic, ecuador, egypt, el salvador, eritrea, estonia, ethiopia, fiji, finland
france, gabon, gambia, georgia, germany, ghana, greece, grenada, guatemala, guinea, guyana, haiti
honduras, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, ivory coast
jamaica, japan, jordan, kazakhstan, kenya, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon
lesotho, liberia, libya, liechtenstein, lithuania, luxembourg, madagascar, malawi, malaysia
maldives, mali, malta, mauritania, mauritius, mexico, moldova, monaco, mongolia, montenegro
morocco, mozambique, myanmar, namibia, nepal, netherlands, new zealand, nicaragua, niger, nigeria
north korea, north macedonia, norway, oman, pakistan, palestine, panama, papua new guinea
paraguay, peru, philippines, poland, portugal, qatar, romania, russia, rwanda, samoa, saudi arabia
senegal, serbia, seychelles, sierra leone, singapore, slovakia, slovenia, somalia, south africa
south korea, south sudan, spain, sri lanka, sudan, suriname, sweden, switzerland, syria, taiwan
tajikistan, tanzania, thailand, tibet, togo, tonga, tunisia, turkey, turkmenistan, uganda, ukraine
united arab emirates, uae, united kingdom, uk, u.k, britain, great britain, england, scotland, wales
northern ireland, united states, us, u.s, usa, u.s.a, america, uruguay, uzbekistan, vatican
venezuela, vietnam, yemen, zambia, zimbabwe, africa, asia, europe, north america, south america
latin america, middle east, antarctica, arctic, gaza, west bank, crimea, hong kong, catalonia
alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, hawaii
idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland, massachusetts
michigan, minnesota, mississippi, missouri, montana, nebraska, nevada, new hampshire, new jersey
new mexico, new york, north carolina, north dakota, ohio, oklahoma, oregon, pennsylvania
rhode island, south carolina, south dakota, tennessee, texas, utah, vermont, virginia, washington
west virginia, wisconsin, wyoming, london, paris, berlin, madrid, rome, moscow, beijing, shanghai
tokyo, delhi, new delhi, mumbai, kabul, baghdad, tehran, damascus, aleppo, jerusalem, cairo, lagos
nairobi, johannesburg, cape town, sydney, melbourne, toronto, vancouver, montreal, ottawa, chicago
boston, los angeles, san francisco, seattle, houston, dallas, miami, atlanta, detroit, philadelphia
las vegas, denver, mexico city, havana, caracas, bogota, lima, buenos aires, rio de janeiro, rio
sao paulo, brussels, amsterdam, vienna, geneva, zurich, milan, naples, venice, barcelona, lisbon
athens, istanbul, ankara, warsaw, prague, budapest, belgrade, kiev, kyiv, stockholm, oslo
copenhagen, helsinki, dublin, edinburgh, glasgow, manchester, liverpool, birmingham, munich
hamburg, frankfurt, cologne, seoul, pyongyang, manila, jakarta, bangkok, hanoi, karachi, dubai, doha
riyadh, soviet union, palestinian territories, new orleans, san diego, earth, mars, jupiter
"""
)
DEMONYMS = _words(
    """
american british english scottish welsh irish french german spanish italian russian chinese japanese
indian pakistani israeli palestinian iranian iraqi syrian turkish greek polish ukrainian canadian
mexican brazilian australian korean european african asian dutch swedish norwegian danish finnish
swiss austrian belgian egyptian saudi afghan nigerian kenyan cuban
    """
)
PLACE_NOUNS = _words(
    """
country city town village state region province island county district nation continent place
capital area street building airport port
    """
)
EVENTS = _words(
    """
attack attacks crash earthquake quake fire wildfire explosion blast shooting shootings bombing
protest protests strike election elections flood floods flooding storm hurricane typhoon tornado
tsunami war match game final accident collapse riot riots massacre siege coup vote referendum trial
raid derailment eruption landslide avalanche outbreak epidemic pandemic invasion race tournament
festival ceremony summit meeting debate championship marathon hijacking kidnapping robbery heist
assassination battle conflict disaster stampede drought famine spill sinking incident scandal merger
rally march
    """
)
# Words that say what is asked about something without saying what that something is.
RELATIONAL = _words(
    """
die dies died dead death deaths toll killed kill kills injured injure hurt wounded casualties
casualty victims victim missing arrested arrest arrests charged charges survived survive survivors
survivor damage damaged damages cost costs responsible reason reasons cause causes caused happen
happened happens happening start started starts begin began begins end ended ends stop stopped win
won wins lose lost loses score scored winner winners outcome result results reaction reactions
respond responded response involved affected witnesses suspects suspect motive details date time
location price worth called name pay paid agree agreed vote voted votes favour favor support
supported oppose opposed population capital size consequences consequence impact effect effects
aftermath deal police officials authorities official critics experts people person persons said say
attended attend participated resign resigned injuries rescued evacuated difference alternatives
examples goal purpose distance number name names part type kind fled flee displaced homeless left
country home homes
    """
)
"""Relational words need an argument; a question of nothing else leans on the conversation."""
