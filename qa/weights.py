"""Weights of the answer models: made by benchmarks/fit_answers.py, not by hand."""

from __future__ import annotations

import numpy as np

SENTENCE_WEIGHTS = np.array(
    [
        0.5691,  # coverage
        2.8434,  # context
        9.4120,  # passage
        1.2518,  # weakest
        3.2030,  # mean
        0.0345,  # length
        -0.5002,  # points_back
        0.9717,  # follows
        2.2192,  # year
        5.7573,  # predicate
        0.1587,  # leads
        4.7130,  # published
        -0.2296,  # before
        1.1354,  # follows_on
        1.2926,  # full_name
        1.6791,  # counts
        1.2327,  # focus
        1.8638,  # holds_age
        1.1432,  # holds_duration
        1.9901,  # holds_money
        3.7437,  # holds_percent
        1.1173,  # holds_number
        2.1089,  # holds_date
        1.9268,  # holds_name
        1.9976,  # holds_place
        0.8118,  # holds_reason
    ]
)
# The first row is for undated articles, the second for dated reports.
SUPPORT_WEIGHTS = np.array(
    [
        [
            6.1845,  # passage
            1.2148,  # mean
            2.3589,  # context
            -3.2329,  # told_and_matched
            -1.2618,  # best_passage
            0.8773,  # weakest_in_three
            1.7783,  # weakest_anywhere
            -0.6354,  # coverage_anywhere
            -0.6292,  # rare_passage
            0.0364,  # adjacent
            1.2685,  # dense
            0.6833,  # lexical
            -0.4195,  # names_in_passage
            0.5055,  # numbers_in_sentence
            0.4226,  # length
            -0.5752,  # turned
            -2.2093,  # turned_alone
            3.6979,  # predicate
            -2.1874,  # predicate_anywhere
            -1.2534,  # predicate_weakest
            0.3803,  # holds
            0.5235,  # counts
            -0.8158,  # counts_not
            1.0695,  # names_in_article
            0.7463,  # numbers_in_article
            -0.4804,  # focus
            0.8071,  # focus_anywhere
            -0.1300,  # score
            1.7976,  # likelihood
            0.4141,  # follows_on
            0.2173,  # named
        ],
        [
            6.5324,  # passage
            1.0149,  # mean
            2.9629,  # context
            -2.6211,  # told_and_matched
            -0.9818,  # best_passage
            1.8476,  # weakest_in_three
            1.1526,  # weakest_anywhere
            -0.9581,  # coverage_anywhere
            -0.2943,  # rare_passage
            0.3991,  # adjacent
            0.2601,  # dense
            0.6018,  # lexical
            -0.4474,  # names_in_passage
            -0.3358,  # numbers_in_sentence
            0.2437,  # length
            -0.0787,  # turned
            -0.8276,  # turned_alone
            2.4290,  # predicate
            -3.8928,  # predicate_anywhere
            -0.2999,  # predicate_weakest
            0.5605,  # holds
            1.2378,  # counts
            -0.8879,  # counts_not
            1.3252,  # names_in_article
            -0.1581,  # numbers_in_article
            -0.2764,  # focus
            1.4297,  # focus_anywhere
            -0.0915,  # score
            1.2966,  # likelihood
            0.6907,  # follows_on
            0.1767,  # named
        ],
    ]
)
SUPPORT_INTERCEPTS = np.array([-7.7874, -6.9638])
