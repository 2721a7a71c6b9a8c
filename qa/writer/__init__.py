"""Answers worded by a language model and checked, sentence by sentence, by code.

settings = LanguageModelSettings.from_environment()
if settings:
    writer = Writer(settings)
    for answer in writer.write(question, hits, quoted):
        ...  # drafts, then the answer; the quoted one if the model fails

Nothing here reaches the network, or loads the client, before the first question.
"""

from qa.writer.settings import LanguageModelSettings
from qa.writer.writer import Writer

__all__ = ["LanguageModelSettings", "Writer"]
