"""How good the answers are: a collection and a file of questions in, figures out.

from qa import Retriever
from qa.evaluation import evaluate, read_questions, summarise

with Retriever.open("index") as retriever:
    evaluation = evaluate(retriever, read_questions(Path("questions.jsonl")))
summary = summarise(evaluation)

`questions` reads the file, `run` asks, `metrics` judges one question, `summary` adds up.
"""

from qa.evaluation.questions import Question, read_questions, sampled
from qa.evaluation.run import CONFIGURATIONS, Evaluation, evaluate
from qa.evaluation.summary import Summary, summarise

__all__ = [
    "CONFIGURATIONS",
    "Evaluation",
    "Question",
    "Summary",
    "evaluate",
    "read_questions",
    "sampled",
    "summarise",
]
