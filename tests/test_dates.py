from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dates import applicable, read_timing, without_time_words
from qa.records import Window

WEDNESDAY = date(2025, 3, 12)

# question, first day, last day, phrase; asked on Wednesday 12 March 2025
WINDOWS = [
    ("What happened today?", "2025-03-12", "2025-03-12", "today"),
    ("What happened this morning?", "2025-03-12", "2025-03-12", "this morning"),
    ("What happened yesterday?", "2025-03-11", "2025-03-12", "yesterday"),
    ("What happened last night?", "2025-03-11", "2025-03-12", "last night"),
    ("How was it reported yesterday?", "2025-03-11", "2025-03-11", "yesterday"),
    (
        "What happened the day before yesterday?",
        "2025-03-10",
        "2025-03-11",
        "the day before yesterday",
    ),
    ("What happened this week?", "2025-03-10", "2025-03-12", "this week"),
    ("What happened earlier this week?", "2025-03-10", "2025-03-12", "earlier this week"),
    ("What happened last week?", "2025-03-03", "2025-03-09", "last week"),
    ("What happened the week before last?", "2025-02-24", "2025-03-02", "the week before last"),
    ("What happened this month in Paris?", "2025-03-01", "2025-03-12", "this month"),
    ("What happened last month?", "2025-02-01", "2025-02-28", "last month"),
    ("What happened late last month?", "2025-02-20", "2025-02-28", "late last month"),
    ("What happened this quarter?", "2025-01-01", "2025-03-12", "this quarter"),
    ("What happened last quarter?", "2024-10-01", "2024-12-31", "last quarter"),
    ("What happened this year?", "2025-01-01", "2025-03-12", "this year"),
    ("What happened last year?", "2024-01-01", "2024-12-31", "last year"),
    ("What happened early last year?", "2024-01-01", "2024-04-30", "early last year"),
    ("What happened over the weekend?", "2025-03-08", "2025-03-10", "over the weekend"),
    ("What happened at the weekend?", "2025-03-08", "2025-03-10", "at the weekend"),
    ("What happened last weekend?", "2025-03-08", "2025-03-10", "last weekend"),
    ("What did they say last Tuesday?", "2025-03-11", "2025-03-12", "last Tuesday"),
    ("What did they say on Tuesday?", "2025-03-11", "2025-03-12", "on Tuesday"),
    ("What did they say on Wednesday?", "2025-03-12", "2025-03-12", "on Wednesday"),
    ("What did they say last Wednesday?", "2025-03-05", "2025-03-06", "last Wednesday"),
    ("What did they say on Thursday?", "2025-03-06", "2025-03-07", "on Thursday"),
    ("Which stories ran on Monday?", "2025-03-10", "2025-03-10", "on Monday"),
    ("Any trouble on Tuesday last week?", "2025-03-04", "2025-03-05", "on Tuesday last week"),
    ("What has been said since Monday?", "2025-03-10", None, "since Monday"),
    ("Who resigned in February 2017?", "2017-02-01", "2017-02-28", "in February 2017"),
    ("Who resigned in Feb. 2017?", "2017-02-01", "2017-02-28", "in Feb. 2017"),
    ("Who resigned in February?", "2025-02-01", "2025-02-28", "in February"),
    ("Who resigned in April?", "2024-04-01", "2024-04-30", "in April"),
    ("Who resigned in May?", "2024-05-01", "2024-05-31", "in May"),
    ("what took place in march", "2025-03-01", "2025-03-12", "in march"),
    ("what happened in may 2024", "2024-05-01", "2024-05-31", "in may 2024"),
    ("Who resigned last March?", "2024-03-01", "2024-03-31", "last March"),
    ("Who resigned in March last year?", "2024-03-01", "2024-03-31", "in March last year"),
    ("Who resigned in early March?", "2025-03-01", "2025-03-10", "in early March"),
    ("Who resigned in mid-March 2024?", "2024-03-11", "2024-03-21", "in mid-March 2024"),
    ("Who resigned in late March?", "2024-03-22", "2024-03-31", "in late March"),
    ("Who left at the end of January?", "2025-01-22", "2025-01-31", "at the end of January"),
    (
        "Who left in the first week of March 2024?",
        "2024-03-01",
        "2024-03-07",
        "in the first week of March 2024",
    ),
    ("bridge collapse june 2023", "2023-06-01", "2023-06-30", "june 2023"),
    ("Who won in 2017?", "2017-01-01", "2017-12-31", "in 2017"),
    ("In 2024 how many died?", "2024-01-01", "2024-12-31", "In 2024"),
    ("Who won during 2024?", "2024-01-01", "2024-12-31", "during 2024"),
    ("Who won in early 2024?", "2024-01-01", "2024-04-30", "in early 2024"),
    ("Who won in mid-2023?", "2023-05-01", "2023-08-31", "in mid-2023"),
    ("Who won in late 2023?", "2023-09-01", "2023-12-31", "in late 2023"),
    ("Profits in the first half of 2023?", "2023-01-01", "2023-06-30", "in the first half of 2023"),
    ("Profits in the second half of 2023?", "2023-07-01", "2023-12-31",
     "in the second half of 2023"),
    ("Profits in the third quarter of 2024?", "2024-07-01", "2024-09-30",
     "in the third quarter of 2024"),
    ("Profits in Q3 2024?", "2024-07-01", "2024-09-30", "in Q3 2024"),
    ("Floods in the spring of 2024?", "2024-03-01", "2024-05-31", "in the spring of 2024"),
    ("Floods in summer 2023?", "2023-06-01", "2023-08-31", "in summer 2023"),
    ("Floods last summer?", "2024-06-01", "2024-08-31", "last summer"),
    ("Floods in winter 2023?", "2023-12-01", "2024-02-29", "in winter 2023"),
    ("Wars in the 1990s?", "1990-01-01", "1999-12-31", "in the 1990s"),
    ("Wars in the 1800s?", "1800-01-01", "1899-12-31", "in the 1800s"),
    ("Wars between the years 1975 and 1982?", "1975-01-01", "1982-12-31",
     "between the years 1975 and 1982"),
    ("Wars from 1949 to 1956 India fought?", "1949-01-01", "1956-12-31", "from 1949 to 1956"),
    ("Wars in the early 1990s?", "1990-01-01", "1993-12-31", "in the early 1990s"),
    ("Who won in 2015-2017?", "2015-01-01", "2017-12-31", "in 2015-2017"),
    ("Who won in 2017/18?", "2017-01-01", "2018-12-31", "in 2017/18"),
    ("What happened on 3 March 2017?", "2017-03-03", "2017-03-04", "on 3 March 2017"),
    ("Which news came on 3 March 2017?", "2017-03-03", "2017-03-03", "on 3 March 2017"),
    ("What happened on March 3, 2017?", "2017-03-03", "2017-03-04", "on March 3, 2017"),
    ("What happened on March 3?", "2025-03-03", "2025-03-04", "on March 3"),
    ("What happened on 3 April?", "2024-04-03", "2024-04-04", "on 3 April"),
    ("What happened on the 3rd of March?", "2025-03-03", "2025-03-04", "on the 3rd of March"),
    ("What happened on 29 February?", "2024-02-29", "2024-03-01", "on 29 February"),
    ("What was published on 2017-03-03?", "2017-03-03", "2017-03-03", "on 2017-03-03"),
    ("What happened on 25/03/2024?", "2024-03-25", "2024-03-26", "on 25/03/2024"),
    ("What happened in 2017-03?", "2017-03-01", "2017-03-31", "in 2017-03"),
    ("News 12 March 2024", "2024-03-12", "2024-03-12", "12 March 2024"),
    ("What happened between 3 and 10 March?", "2025-03-03", "2025-03-10", "between 3 and 10 March"),
    ("What happened March 3-10, 2024?", "2024-03-03", "2024-03-10", "March 3-10, 2024"),
    (
        "What happened between March 3 and March 10?",
        "2025-03-03",
        "2025-03-10",
        "between March 3 and March 10",
    ),
    (
        "What happened between 28 December and 4 January?",
        "2024-12-28",
        "2025-01-04",
        "between 28 December and 4 January",
    ),
    ("Storms from May to July 2024?", "2024-05-01", "2024-07-31", "from May to July 2024"),
    (
        "Storms from November to February 2024?",
        "2023-11-01",
        "2024-02-29",
        "from November to February 2024",
    ),
    (
        "Polls between August and September 2023?",
        "2023-08-01",
        "2023-09-30",
        "between August and September 2023",
    ),
    ("Polls from 2015 to 2017?", "2015-01-01", "2017-12-31", "from 2015 to 2017"),
    ("Polls in March and April 2024?", "2024-03-01", "2024-04-30", "in March and April 2024"),
    ("Compare inflation in 2022 and 2023", "2022-01-01", "2023-12-31", "in 2022 and 2023"),
    ("What has changed since June?", "2024-06-01", None, "since June"),
    ("What has changed since June 2023?", "2023-06-01", None, "since June 2023"),
    ("What has changed since 2023?", "2023-01-01", None, "since 2023"),
    ("What has changed since last week?", "2025-03-03", None, "since last week"),
    (
        "What has changed since the election of 2016?",
        "2016-01-01",
        None,
        "since the election of 2016",
    ),
    (
        "What has changed since he took office in 2017?",
        "2017-01-01",
        None,
        "since he took office in 2017",
    ),
    ("News from 3 March 2024 onwards", "2024-03-03", None, "from 3 March 2024 onwards"),
    ("What happened before 3 March?", None, "2025-03-02", "before 3 March"),
    ("Rovers before 3 June 2023?", None, "2023-06-02", "before 3 June 2023"),
    ("Which articles before 2024 name him?", None, "2023-12-31", "before 2024"),
    ("What was known until last week?", None, "2025-03-09", "until last week"),
    ("What was known up to 10 June 2023?", None, "2023-06-10", "up to 10 June 2023"),
    ("What was known by the end of 2023?", None, "2023-12-31", "by the end of 2023"),
    ("What happened after 3 March 2024?", "2024-03-04", None, "after 3 March 2024"),
    ("What happened after March 2024?", "2024-04-01", None, "after March 2024"),
    ("What happened after Christmas?", "2024-12-27", None, "after Christmas"),
    ("What happened at Easter?", "2024-03-29", "2024-04-01", "at Easter"),
    ("Deaths in the past 3 days?", "2025-03-09", "2025-03-12", "in the past 3 days"),
    ("Deaths in the last two weeks?", "2025-02-26", "2025-03-12", "in the last two weeks"),
    ("Deaths in the last 24 hours?", "2025-03-11", "2025-03-12", "in the last 24 hours"),
    ("Deaths over the past year?", "2024-03-12", "2025-03-12", "over the past year"),
    ("What happened three days ago?", "2025-03-09", "2025-03-10", "three days ago"),
    ("What happened a week ago?", "2025-03-03", "2025-03-07", "a week ago"),
    ("What happened a month ago?", "2025-02-02", "2025-02-22", "a month ago"),
    ("What happened two years ago?", "2022-09-10", "2023-09-11", "two years ago"),
    ("articles of 2024 about storms", "2024-01-01", "2024-12-31", "of 2024"),
    ("How many articles from 2023 mention bananas?", "2023-01-01", "2023-12-31", "from 2023"),
    ("Which article from March mentions him?", "2025-03-01", "2025-03-12", "from March"),
    ("Norrvik news from the second half of 2023", "2023-07-01", "2023-12-31",
     "from the second half of 2023"),
]  # fmt: skip

NO_WINDOW = [
    "What did Theresa May say?",
    "Why did May resign?",
    "What has changed since May became prime minister?",
    "Who may be next?",
    "What may 2 men carry?",
    "How far may the army march?",
    "Why did they march on Washington?",
    "Will the march 3 of them planned be banned?",
    "Who came second?",
    "What did the Sun report?",
    "What did the Sunday Times write about tax?",
    "What did the Mail on Sunday write?",
    "Who was hurt on Black Friday?",
    "What is the Good Friday agreement?",
    "Who plays for Sheffield Wednesday?",
    "Is the market open every Tuesday?",
    "What does Resolution 2341 (2017) demand?",
    "Were 1,200 people killed?",
    "Were homes lost in 2,000 villages?",
    "How many of the 2000 people died?",
    "What happened in 2000 homes?",
    "Was it seen by between 1990 and 2010 people?",
    "Which Boeing 737 crashed?",
    "Who directed 2001: A Space Odyssey?",
    "What does Orwell's 1984 say?",
    "When was Blade Runner 2049 made?",
    "What did Windows 2000 cost?",
    "Who hosted Euro 2024?",
    "What is in the 2024 budget?",
    "How long did the 2023 dock strike last?",
    "Which parties won seats in the October 2023 election?",
    "What did the September 11 attacks change?",
    "Who paid for the election of 2016?",
    "How much is $2017 worth?",
    "Does it cost €1999?",
    "What is new in version 2017.3?",
    'Who sang "Yesterday"?',
    "Who wrote “Summer of 1969”?",
    "Who stars in 'The Day After Tomorrow'?",
    "Who hosts Last Week Tonight?",
    "Who owns Russia Today?",
    "What is Apocalypse Now about?",
    "Who won Sunday's election?",
    "What did last year's budget cost?",
    "What are the targets for 2030?",
    "How warm will it be in 2050?",
    "What happens tomorrow?",
    "Who plays next week?",
    "Who will strike on Wednesday?",
    "When will the vote in June be held?",
    "What happened on 05/03/2024?",
    "What happened on 31 February 2024?",
    "Who won the summer Olympics?",
    "What caused the fall of the bridge?",
    "Who lived there in the 19th century?",
    "What happened before the war?",
    "What happened recently?",
    "What is the latest toll?",
    "When must they pay at the latest?",
    "What happened in the last few days?",
    "How did the year end?",
    "Who owns bus 2017a?",
    "Call 0171-2017-1999 about what?",
    "May I ask who won?",
    "How many Protestants live in France today?",
    "Is the wall a tourist destination today?",
    "Are winter and summer hard seasons?",
    "Who ruled after May 1232?",
    "",
    "   ?",
]


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@pytest.mark.parametrize(("question", "since", "until", "phrase"), WINDOWS)
def test_a_named_time_is_a_window(
    question: str, since: str | None, until: str | None, phrase: str
) -> None:
    window = read_timing(question, WEDNESDAY).window
    assert window is not None
    assert (iso(window.since), iso(window.until), window.phrase) == (since, until, phrase)


@pytest.mark.parametrize("question", NO_WINDOW)
def test_what_only_looks_like_a_time_is_no_window(question: str) -> None:
    assert read_timing(question, WEDNESDAY).window is None


@pytest.mark.parametrize(
    ("question", "flags"),
    [
        ("What is the latest toll?", "latest relative"),
        ("Where does the key rate stand now?", "latest relative"),
        ("Who is governor at the moment?", "latest relative"),
        ("most recent inflation figure?", "latest relative"),
        ("How many have died so far?", "latest relative"),
        ("What’s new in the Brandt case?", "latest relative"),
        ("How many live in France today?", "latest relative"),
        ("What was the capital of the now disestablished county?", ""),
        ("What was the company now known as Marriott called?", ""),
        ("What did the current manager play in 2003?", "past"),
        ("When must they pay at the latest?", ""),
        ("What is a current account?", ""),
        ("What is Apocalypse Now about?", ""),
        ("What happened recently?", "relative"),
        ("What happened this week?", "relative"),
        ("Who won Sunday's election?", "relative"),
        ("Who will strike on Wednesday?", "relative"),
        ("Who resigned in February?", "relative"),
        ("What happened last year?", "relative past"),
        ("Who resigned last March?", "relative past"),
        ("Who won in 2017?", "past"),
        ("What was in the 2019 budget?", "past"),
        ("What is in the 2025 budget?", ""),
        ("What happened before the war?", "past"),
        ("Who lived there in the 19th century?", "past"),
        ("What is the latest from the trial of 2023?", "latest relative"),
        ("Who became prime minister of Norland?", ""),
        ("Who owns the bridge?", ""),
    ],
)
def test_flags(question: str, flags: str) -> None:
    timing = read_timing(question, WEDNESDAY)
    said = [name for name in ("latest", "relative", "past") if getattr(timing, name)]
    assert " ".join(said) == flags


def test_relative_words_move_with_the_clock() -> None:
    for days in range(0, 800, 13):
        as_of = WEDNESDAY + timedelta(days=days)
        window = read_timing("What happened last week?", as_of).window
        assert window is not None
        assert window.since is not None
        assert window.until == window.since + timedelta(days=6)
        assert window.since.weekday() == 0
        assert 1 <= (as_of - window.until).days <= 7


WORDS = [
    "since", "before", "after", "until", "in", "on", "from", "to", "between", "and", "the", "of",
    "last", "this", "next", "early", "late", "mid", "end", "year", "week", "month", "ago", "two",
    "March", "May", "may", "february", "29", "31", "3rd", "2017", "2024", "1990s", "Tuesday",
    "weekend", "summer", "winter", "Christmas", "Easter", "election", "Q3", "2015-2017", "past",
    "days", "yesterday", "today", "05/03/2024", "2017-03-03", "99", "articles", "“", "”", "?", ",",
    "half", "second", "will", "'s", "hours", "first", "quarter", "onwards", "8888", "0001-01-01",
]  # fmt: skip
questions = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    st.tuples(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), st.text(max_size=9)).map(
        "".join
    ),
)
clocks = st.one_of(st.dates(), st.sampled_from([date.min, date.max, date(2024, 2, 29)]))


@given(questions, clocks)
def test_any_text_is_read_without_error(question: str, as_of: date) -> None:
    timing = read_timing(question, as_of)
    window = timing.window
    if window is None:
        return
    assert window.phrase
    assert window.phrase in question
    assert window.since or window.until
    assert window.since is None or window.since <= as_of
    assert window.until is None or window.until <= as_of
    if window.since and window.until:
        assert window.since <= window.until
    assert without_time_words(question, window).strip()


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Who resigned in February 2017?", "Who resigned?"),
        ("In 2017, who resigned?", "who resigned?"),
        ("Did the rate change last week, and why?", "Did the rate change, and why?"),
        ("Yesterday?", "Yesterday?"),
        ("Who owns the bridge?", "Who owns the bridge?"),
    ],
)  # fmt: skip
def test_time_words_are_taken_out(question: str, rest: str) -> None:
    assert without_time_words(question, read_timing(question, WEDNESDAY).window) == rest


def test_a_window_the_collection_has_no_days_in_does_not_apply() -> None:
    first, newest = date(2023, 3, 14), date(2025, 2, 23)
    assert applicable(Window(date(1964, 1, 1), date(1964, 12, 31)), first, newest) is None
    assert applicable(Window(date(2025, 3, 1), None), first, newest) is None
    assert applicable(Window(None, date(2023, 3, 13)), first, newest) is None
    assert applicable(Window(date(2025, 2, 23), None), None, None) is None
    inside = Window(date(2025, 2, 23), None)
    assert applicable(inside, first, newest) is inside
    assert applicable(None, first, newest) is None
