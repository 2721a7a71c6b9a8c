from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.sentences import LONG_SENTENCE, paragraph_spans, sentence_spans

# "‖" stands wherever a sentence ends and another begins; the whitespace around it is the
# text's own. A quotation of several sentences stays whole with the words that attribute it.
TRICKY = (
    # Titles, initials, abbreviations inside a sentence
    "Mr. Liu met Mrs. Okafor and Dr. Ahn on Monday.‖ Prof. Sato did not attend.",
    "Gov. Jerry Brown signed the bill.‖ Sen. Ruth Vance opposed it.‖ Rep. Al Diaz abstained.",
    "The fire began on Jan. 5 and was put out on Feb. 11.‖ Nobody was hurt.",
    "Flight No. 3 left at noon.‖ Flight No. 17 was cancelled.",
    "J. K. Rowling spoke first.‖ George R. R. Martin followed her.",
    "The novel by J.R.R. Tolkien sold out.‖ A second printing is due.",
    "The U.S. Treasury and the U.N. Secretariat declined to comment.‖ Talks go on.",
    "He flew back to the U.S.‖ The visit had lasted four days.",
    "Exports to the U.S. fell by 4.5 percent.‖ Imports rose.",
    "She lives in Washington, D.C.‖ Her brother lives in Boston.",
    "Acme Inc. said profit rose.‖ Shares of Bolt Corp. fell, and Crane Ltd. was unchanged.",
    "The buyer is Harrow & Sons Co.‖ The price was not disclosed.",
    "Lt. Gen. Mark Hale and Maj. Ana Ruiz briefed reporters.‖ Col. Park was absent.",
    "St. Louis beat St. Paul on Saturday.‖ It was the third win.",
    "Martin Luther King Jr. was born in Atlanta.‖ He was 39 when he died.",
    "The suit, Roe vs. Dalton County, was settled.‖ Terms were sealed.",
    "Fruit, e.g. apples and pears, i.e. what grows here, cost more.‖ Grain did not.",
    "The plant makes belts, hoses, etc. for export.‖ It employs 300 people.",
    "Fort Collins, Colo., and Ames, Iowa, were named.‖ So was Mesa, Ariz., a day later.",
    "The bank on Fifth Ave. near Oak St. was robbed.‖ Police closed the block.",
    "Rev. Thomas Bell, the Rt. Hon. Joan Pike and Sgt. Lee testified.‖ The jury left.",
    "It weighs approx. 40 lbs. and is 6 ft. long.‖ Two men carried it.",
    "See p. 12 and Fig. 3 of the report.‖ The annex is longer.",
    "Brig. Gen. Omar Said resigned; Adm. Cole replaced him.‖ The cabinet agreed.",
    # Numbers, money, times
    "The deal is worth $1.5 million.‖ It closes in May.",
    "Prices rose 3.2 percent in March.‖ In April they rose 0.4 percent.",
    "The meeting starts at 9 a.m. on Friday.‖ It ends at 5 p.m.‖ Lunch is served.",
    "Polls closed at 8 p.m. Tuesday.‖ Counting began at once.",
    "Turnout was 61.4%.‖ In 2012 it was 58%.",
    "The index lost 12.7 points to 2,341.55.‖ Volume was thin.",
    "Version 2.0.1 fixes the fault.‖ Users of 1.9 should update.",
    "He was born in 1950.‖ 12 years later the family moved.",
    "The vote was 51-49.‖ Three senators crossed the aisle.",
    "About 1,200 people came.‖ $40,000 was raised.",
    # Quotations
    "“We will not yield,” the minister said.‖ “Not today.”‖ He then left.",
    "“The talks failed. Both sides are to blame,” said Karim.‖ He blamed no one else.",
    "“Are we safe?” she asked.‖ Nobody answered.",
    "“Stop!” he shouted.‖ The driver did not hear.",
    "He said: “It is over.”‖ The crowd cheered.",
    '"We lost," said Pavel.‖ "Next year will be better."‖ The fans agreed.',
    '"Who knew?" asked the judge.‖ No one did.',
    "‘It was dark,’ the witness said.‖ ‘I saw nothing.’‖ The court rose.",
    "She called it “a mistake.”‖ Others called it worse.",
    "The sign read “Closed.”‖ (It had been open that morning.)‖ We left.",
    "He wrote that “the U.S. must act.”‖ It did not.",
    "“What now?”‖ “We wait.”‖ That was all they said.",
    "„Das Spiel ist aus“, said the coach.‖ The fans went home.",
    "The mayor said “no comment.” to reporters, then drove off.‖ Nobody followed.",
    # Brackets, ellipses, dashes, other marks
    "The firm (formerly Dunn Bros. Inc.) was sold.‖ Staff were told on Monday.",
    "The army denied it.‖ (A spokesman later withdrew the denial.)‖ Talks resumed.",
    "It was late ... and no one came.‖ We locked the door.",
    "“I thought ... well, never mind,” he said.‖ He sat down.",
    "They waited…‖ Nothing happened.",
    "The result stunned everyone!‖ Who could have known?‖ Nobody.",
    "Really?!‖ Yes, really.",
    "Yahoo! Inc. cut 1,000 jobs.‖ The shares rose.",
    "The court heard two claims: fraud and theft.‖ Both were dismissed.",
    "Visit www.example.com for details.‖ Tickets are sold at the door.",
    "Write to press.office@example.org.‖ Replies take a day.",
    "Node.js and ASP.NET developers met.‖ The .NET group is larger.",
    # Datelines and agency style
    "BEIJING, Feb. 14 (Xinhua) -- China called for cooperation.‖ Liu spoke on Tuesday.",
    "WASHINGTON (AP) — The Senate voted on Thursday.‖ The House will follow.",
    "LONDON, Sept. 3 (Reuters) - Oil fell below $50.‖ Gold was steady.",
    "NEW YORK — Stocks rose.‖ Bonds fell.",
    "MEXICO CITY, Mexico (AP) _ A quake struck at 2:14 a.m. local time.‖ No one died.",
    "By J. P. Moreno, Staff Writer, Oct. 9.‖ The port reopened.",
    # Line layout
    "Markets calm after vote\n‖\nShares in Lagos rose.‖ Traders were relieved.",
    "Beijing\n‖\nChina has called for talks.‖ The council met.",
    "- Rents rose.\n‖- Wages did not.\n‖- Nobody was surprised.",
    "1. The treaty is void.\n‖2. The border stays open.",
    "What we know\n‖\nTwo men were held, Det. Sgt. Rowe said.‖ A third is sought.",
    # Names that look like sentence starts; lower-case starts
    "The actor Will.i.am arrived.‖ eBay shares fell.",
    "Analysts at Moody's Corp. and S&P Global Inc. disagreed.‖ The yen rose.",
    "The patient, John Q. Public, has hepatitis B.‖ He is recovering.",
    "Vitamin C is cheap.‖ So is vitamin D.‖ Most people get enough.",
    "Plan B failed.‖ It was then that I left.‖ A new plan followed.",
    "World War I ended in 1918.‖ World War II began in 1939.",
    "He asked whether it was he or I.‖ Nobody could say.",
    "King Charles I. was beheaded in 1649.‖ His son fled.",
    "The company, founded in Oct. 1998, has offices in Ky., Tenn. and Ga.‖ It is growing.",
    "The Ph.D. student won.‖ Her M.A. thesis was on Kant.",
    "The so-called No. 1 team lost.‖ No.‖ It is not a joke.",
    "He works for the F.B.I. in Miami.‖ She works for the C.I.A.‖ They never talk about it.",
    "The bill passed on Dec. 3.‖ Jan. 1 is when it takes effect.",
    "It was 10 a.m.‖ The bell rang.",
    # Other scripts
    "中国呼吁国际合作。‖刘结一周二发言。‖会议持续了三天！",
    "他说：“我们不会退让。”‖记者随后离开。",
    "首相は辞任した。‖後任は未定だ。‖選挙はいつか？",
    "هل انتهت المحادثات؟‖ لم يعلق الوزير.‖ غادر الوفد.",
    "Владимир сказал: «Мы готовы».‖ Переговоры начались.",
    "प्रधानमंत्री ने भाषण दिया।‖ लोग खुश थे।",
    "Le ministre a dit : « Nous verrons. »‖ Il est parti.",
    "El presidente llegó.‖ ¿Quién lo esperaba?‖ ¡Nadie!",
    "የመጀመሪያው ዓረፍተ ነገር ነው።‖ ሁለተኛው ይህ ነው።",
)

# Written after TRICKY was passed and before any splitter was run on them;
# docs/experiments/sentences.md gives the first figures and what was mended since.
UNSEEN = (
    "Ms. Adeyemi will succeed Mr. K. P. Nair as chair.‖ He retires in Nov. 2025.",
    "The E.U. and the U.K. signed at 3 p.m. in Brussels.‖ France abstained.",
    "Supt. Greta Holm said two boats collided near Pt. Reyes.‖ Three people were rescued.",
    "The 6.1-magnitude quake hit at 4:12 a.m.‖ Aftershocks followed.",
    "SEOUL, Oct. 30 (Yonhap) -- Exports rose 7.5 percent.‖ Chips led the gain.",
    "Johnson & Pratt Inc. posted a loss of $2.3 billion.‖ Revenue fell to $14.1 billion.",
    "“I did not sign it,” she said.‖ “No one asked me to.”",
    "“Who signed it?” asked Rep. Ito.‖ The witness shrugged.",
    "He told the court: “I am innocent.”‖ The judge adjourned.",
    "The report (see p. 44) blames the pilot.‖ The airline disagrees.",
    "Prices fell in Calif., Nev. and Wash. last month.‖ They rose in Maine.",
    "Sgt. Maj. Dale Orr, 41, of Columbus, Ga., was killed.‖ His unit returns in June.",
    "The talks, held in St. Petersburg, ended without a deal.‖ Both sides left.",
    "Is the bridge safe?‖ Engineers say so.‖ Drivers are not so sure!",
    "No. 10 declined to comment.‖ So did the Treasury.",
    "The rate was cut to 0.25%.‖ Savers complained.",
    "In 1994 it had 3.4 million residents.‖ In 2014 it had 2.9 million.",
    "Dr. A. B. Sengupta, Ph.D., led the trial.‖ It enrolled 1,100 patients.",
    "The case is United States v. Harmon.‖ It will be heard in the fall.",
    "Her book, Who Am I?, sold well.‖ A sequel is planned.",
    "The dog weighed 8 oz. at birth.‖ It now weighs 60 lbs.‖ Its owner is proud.",
    "The council met on Tues. and Thurs.‖ It will meet again.",
    "A spokesman for Delta Air Lines Inc. said no.‖ United did not reply.",
    "“Yes!” the crowd roared.‖ “Yes!”‖ Then it rained.",
    "She studied at St. John's College, Md.‖ Later she taught there.",
    "(Reporting by A. Cole; editing by B. Dunn.)‖ The story was updated.",
    "The ship, the U.S.S. Monroe, sails today.‖ Its crew is 300.",
    "The firm has offices in the U.A.E.‖ It employs 40.",
    "会谈于周三结束。‖双方未达成协议。",
    "首席代表说：“没有进展！”‖他拒绝进一步评论。",
    "انتهى الاجتماع.‖ متى يعود الوفد؟‖ لا أحد يعلم.",
    "Die Sitzung dauerte drei Stunden.‖ Danach sprach Dr. Weber.",
    "El acuerdo fracasó.‖ ¿Habrá otro?‖ Nadie lo sabe.",
    "The minister paused … and then resigned.‖ Nobody was surprised.",
    "It cost €3.50, or approx. $4.‖ That is cheap.",
    "Why vote\n‖\nThe poll is close.‖ Turnout matters.",
)

# Written last, after UNSEEN had been used as well; nothing was mended for these.
FRESH = (
    "Capt. Inge Dahl and Ms. Rowan Pike left on Sept. 9.‖ Their boat is missing.",
    "The U.S. Supreme Court heard the case.‖ Justice A. M. Cole dissented.",
    "Sales fell 2 pct. in Q4.‖ They rose 5 pct. in Q1.",
    "He moved from Ft. Worth to Mt. Vernon in 2003.‖ His wife stayed.",
    "The panel ruled 2-1.‖ “It is a narrow ruling,” said Prof. Lund.",
    "“Enough!” she said.‖ The hall fell silent.",
    "The storm (category 4) killed 12.‖ Forecasters had warned of it.",
    "At 6:30 a.m. EST the doors opened.‖ By 7 a.m. the hall was full.",
    "PARIS, Dec. 1 (AFP) - Unions called a strike.‖ Trains will stop at 8 p.m.",
    "The company, Lindt & Co. AG, is based in Zurich.‖ It has 900 staff.",
    "Is it art?‖ Is it trash?‖ Critics differ.",
    "She finished in 2:19.4.‖ The record is 2:14.04.",
    "A second man, aged approx. 30, fled.‖ Police want witnesses.",
    "The Rev. Al Moss of St. Mark's prayed.‖ The crowd of 4,000 was quiet.",
    "We asked the ministry.‖ It said no.‖ We asked again.",
    "‘I was afraid,’ said Mr. Oduya.‖ ‘We all were.’",
    "The fee is £9.99 per month.‖ Students pay £4.99.",
    "The flight to L.A. was late.‖ Passengers slept on the floor.",
    "The minister (who had been ill for months) resigned…‖ A vote is due.",
    "Harris Jr. won by 3.1 points.‖ Voters in Pa. and Wis. decided it.",
    "他去年辞职了。‖“为什么？”记者问。‖没有人回答。",
    "The book is titled “Why Me?” and costs $12.‖ It is out on Oct. 4.",
)


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def expected(case: str) -> list[str]:
    return [piece.strip() for piece in case.split("‖")]


KNOWN_WRONG = {
    # A lone capital before the full stop reads as an initial.
    "He asked whether it was he or I.‖ Nobody could say.",
    # "no." reads as the abbreviation of "number".
    "A spokesman for Delta Air Lines Inc. said no.‖ United did not reply.",
    # Chinese has no lower case to show that the sentence goes on behind the quotation.
    "他去年辞职了。‖“为什么？”记者问。‖没有人回答。",
}


@pytest.mark.parametrize("case", [c for c in TRICKY + UNSEEN + FRESH if c not in KNOWN_WRONG])
def test_tricky_sentences(case: str) -> None:
    assert pieces(case.replace("‖", "")) == expected(case)


@pytest.mark.parametrize("case", sorted(KNOWN_WRONG))
def test_what_is_known_to_go_wrong_still_does(case: str) -> None:
    # When this fails the splitter has become better: move the case out of KNOWN_WRONG.
    assert pieces(case.replace("‖", "")) != expected(case)


def test_a_long_quotation_is_divided_and_keeps_its_closing_quote() -> None:
    clause = "The harbour will stay shut until the divers have searched all of it"
    text = f"“{'. '.join([clause] * 8)},” the mayor said. Ships wait outside."
    found = pieces(text)
    assert found[0] == f"“{clause}."
    assert found[-2:] == [f"{clause},” the mayor said.", "Ships wait outside."]
    assert all(len(piece) < LONG_SENTENCE for piece in found)


def test_lines_wrapped_to_a_width_are_one_paragraph() -> None:
    text = (
        "The drought has eased since the rains came early in the year and\n"
        "prospects for the crop are better, the growers' union said in a\n"
        "letter to Mr. Okello of the port. Normal levels are not yet back and\n"
        "will not be for weeks.\n"
        "    Arrivals for the week were 155,221 bags, making a total for the\n"
        "season of 5.9 million.\n"
        "- Prices rose for a third week in the north, where the roads are open\n"
        "- Prices fell elsewhere"
    )
    assert [" ".join(piece.split()) for piece in pieces(text)] == [
        "The drought has eased since the rains came early in the year and prospects for the "
        "crop are better, the growers' union said in a letter to Mr. Okello of the port.",
        "Normal levels are not yet back and will not be for weeks.",
        "Arrivals for the week were 155,221 bags, making a total for the season of 5.9 million.",
        "- Prices rose for a third week in the north, where the roads are open",
        "- Prices fell elsewhere",
    ]


def test_one_paragraph_a_line_is_not_taken_for_wrapped_text() -> None:
    lines = ["Rain in the north of the country", "Sun in the south of the country", "Hail at sea"]
    text = "\n".join(lines)
    assert [text[start:end] for start, end in paragraph_spans(text)] == lines


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\n\n"])
def test_every_kind_of_newline_ends_a_sentence(newline: str) -> None:
    assert pieces(f"Beijing{newline}China has called.") == ["Beijing", "China has called."]


def test_the_same_sentence_twice_has_two_places() -> None:
    assert sentence_spans("No. No. He left. He left.")[-2:] == [(8, 16), (17, 25)]


@pytest.mark.parametrize("text", ["", " \n\t\u3000 ", "\n" * 50])
def test_nothing_but_whitespace_has_no_sentences(text: str) -> None:
    assert sentence_spans(text) == []


MARKS = st.sampled_from([*'.?!…。”“"’‘()[]:;,-–—/ \n\t\r', "\u0301", "\u200b", "🎉", "\x00"])
WORDS = st.sampled_from(["Mr.", "U.S.", "a.m.", "the", "He", "No.", "3", "1.5", "中国", "هل", "é"])
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    st.lists(MARKS | WORDS, max_size=120).map("".join),
    st.lists(MARKS | WORDS, max_size=120).map(" ".join),
)


@given(TEXTS)
def test_sentences_are_in_order_trimmed_and_cover_every_word(text: str) -> None:
    spans = sentence_spans(text)
    covered: set[int] = set()
    for start, end in spans:
        piece = text[start:end]
        assert piece
        assert piece == piece.strip()
        covered.update(range(start, end))
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    assert all(n in covered for n, character in enumerate(text) if not character.isspace())


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        ". ",
        "A. ",
        '"a. B ',
        "“a. B ",
        "中国。",
        "中",
        "e\u0301",
        "🎉",
        "هل؟ ",
        "1. ",
        "(",
        ".[",
    ],
)
def test_a_long_paragraph_of_anything_is_covered(unit: str) -> None:
    text = unit * (50_000 // len(unit))
    spans = sentence_spans(text)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text.rstrip())


@pytest.mark.timeout(10)
def test_a_long_paragraph_takes_linear_time() -> None:
    # One call of the library over the whole of it takes about twice the time limit.
    assert len(sentence_spans("中国。" * 100_000)) == 100_000
