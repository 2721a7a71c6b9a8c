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
            6.4430,  # passage
            1.2428,  # mean
            2.3157,  # context
            -3.3348,  # told_and_matched
            -1.2291,  # best_passage
            1.0315,  # weakest_in_three
            1.7502,  # weakest_anywhere
            -0.5741,  # coverage_anywhere
            -0.6783,  # rare_passage
            0.0021,  # adjacent
            1.3383,  # dense
            0.7026,  # lexical
            -0.1823,  # names_in_passage
            0.5097,  # numbers_in_sentence
            0.4241,  # length
            -0.5675,  # turned
            -1.9946,  # turned_alone
            3.5431,  # predicate
            -2.2492,  # predicate_anywhere
            -1.3702,  # predicate_weakest
            0.3772,  # holds
            0.5159,  # counts
            -0.8191,  # counts_not
            0.6530,  # names_in_article
            0.8076,  # numbers_in_article
            -0.4323,  # focus
            0.8030,  # focus_anywhere
            -0.1318,  # score
            1.8527,  # likelihood
            0.3829,  # follows_on
            0.2070,  # named
        ],
        [
            6.7787,  # passage
            1.0827,  # mean
            2.8552,  # context
            -2.7683,  # told_and_matched
            -0.9417,  # best_passage
            1.9351,  # weakest_in_three
            1.1081,  # weakest_anywhere
            -0.8885,  # coverage_anywhere
            -0.3438,  # rare_passage
            0.3567,  # adjacent
            0.3869,  # dense
            0.6359,  # lexical
            -0.2154,  # names_in_passage
            -0.2855,  # numbers_in_sentence
            0.2917,  # length
            -0.1347,  # turned
            -0.8384,  # turned_alone
            2.4248,  # predicate
            -3.7918,  # predicate_anywhere
            -0.4542,  # predicate_weakest
            0.5495,  # holds
            1.1249,  # counts
            -0.8223,  # counts_not
            0.7544,  # names_in_article
            -0.0856,  # numbers_in_article
            -0.2098,  # focus
            1.4030,  # focus_anywhere
            -0.0925,  # score
            1.3805,  # likelihood
            0.6433,  # follows_on
            0.1722,  # named
        ],
    ]
)
SUPPORT_INTERCEPTS = np.array([-7.7565, -7.0834])
