"""The English words that tell a byline, a dateline and the end of a sentence apart."""

from __future__ import annotations


def words(text: str, separator: str | None = None) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split(separator))


ROLES = words(
    "writer correspondent correspondents reporter reporters editor editors columnist "
    "contributor contributors chief analyst photographer bureau staff desk agencies intern "
    "fellow producer jr jr. sr sr. ii iii iv md phd ph.d. m.d."
)
"""What a writer is, after the name."""

BYLINE_WORDS = ROLES | words(
    "by and of for in at from the with our special senior news service services agency wire "
    "wires report reports reporting monitoring web online additional de da do dos del della "
    "der den van von la le el al bin ibn di du y e to"
)
"""Words of a byline that need no capital."""

PLACE_WORDS = words(
    "of de del della di da do dos das du des la le les el los las al ar der den upon on en am "
    "an im sur sous near the y e"
)
"""Words within the names of places that need no capital."""

SENTENCE_WORDS = words(
    "for to is are was were be says said say with after before over from will has have had "
    "not no by amid who how why what when where this that these those it he she we they i you "
    "his her its their our my your a but if as at into calls warns against"
)
"""Words of headlines and sentences, never of places."""

NOT_PLACES = words(
    "breaking update updated exclusive watch video opinion analysis correction corrected note "
    "editorial summary introduction background advertisement abstract highlights headlines "
    "interview review preview photos question answer factbox timeline explainer recap live "
    "sports business politics letters comment commentary obituary press release monday "
    "tuesday wednesday thursday friday saturday sunday today yesterday tomorrow nasa nato "
    "unicef unesco asean opec nasdaq nyse fifa uefa covid aids fema oecd brexit unhcr "
    "interpol nafta swift"
)
"""What stands alone before an article, or in capitals before a colon, and is no place."""

AGENCIES = words(
    "reuters;ap;associated press;the associated press;afp;agence france-presse;xinhua;upi;"
    "dpa;bloomberg;bloomberg news;ians;pti;ani;tass;itar-tass;interfax;ria novosti;kyodo;"
    "yonhap;cnn;bbc;efe;ansa;app;kuna;wam;spa;irna;kyodo news;jiji;cna;bernama;antara;aap;"
    "canadian press;the canadian press;thomson reuters foundation;rfe/rl;voa;ips;irin;"
    "anadolu;tanjug;pap;ptv;apa;belga;ritzau;ntb;tt;stt;lusa;mena;press association",
    ";",
)
"""News agencies and broadcasters, as datelines name them."""

ABBREVIATIONS = words(
    "mr mrs ms dr prof rev hon sen rep gov pres gen col lt sgt capt cmdr maj adm st mt ft jr "
    "sr inc corp co ltd bros plc no nos vs v etc approx jan feb mar apr jun jul aug sep sept "
    "oct nov dec mon tue wed thu fri sat sun ave blvd dept est fig pct mln bln ala ariz ark "
    "calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev okla "
    "ont ore pa que tenn tex va vt wash wis wyo"
)
"""What a full stop follows within a sentence."""

DANGLING = words("a an the and or but of to in on at by for from with as that its their")
"""What a shortened title must not end with."""
