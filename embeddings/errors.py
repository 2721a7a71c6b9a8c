"""Every error Dateline raises on purpose.

    DatelineError
    ├── ArticleError            one file or record cannot become an article
    │   ├── UnsupportedFormat   no reader for this suffix
    │   ├── EmptyArticle        nothing to read in it
    │   └── LibraryMissing      its format needs a library that is not installed
    ├── EncoderError            the embedding model
    │   ├── ModelNotFound       it is nowhere to be found
    │   ├── ModelDamaged        its weights are not the published ones
    │   └── EncodingFailed      it ran and gave something unusable
    ├── IndexProblem            the index folder
    │   ├── IndexMissing        there is none yet
    │   ├── IndexBusy           another process is rebuilding it
    │   ├── IndexMismatch       built by another format or another model
    │   ├── IndexUnwritable     a full disk, or a folder for reading only
    │   ├── ShardUnusable       embeddings made ahead that cannot be taken in
    │   ├── EngineUnusable      a search engine that cannot be set up so
    │   ├── EngineUnreachable   a search engine that gives no answer now
    │   └── IndexDamaged        a file in it cannot be read
    │       └── EmbeddingsMissing  and what it is made from is gone
    ├── ClusterError            Ray, which embeds on several machines
    ├── SeedsProblem            the articles folder as a whole
    ├── QuestionError           a question or filter that cannot be used
    ├── QuestionsProblem        a file of questions to evaluate with
    └── LanguageModelError      the language model that may word the answers
        └── LanguageModelFailed it was asked, and gave nothing usable

Each carries what was tried (`message`) and what to do next (`hint`).
"""

from __future__ import annotations


class DatelineError(Exception):
    """Base of every error meant for a person: what happened, and what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ArticleError(DatelineError):
    """One file or record cannot become an article; the rebuild lists it and goes on."""


class UnsupportedFormat(ArticleError):
    """No reader is registered for the file's suffix."""


class EmptyArticle(ArticleError):
    """The file or record holds no text."""


class LibraryMissing(ArticleError):
    """A package is missing; the file is tried again at every rebuild until it is there."""


class EncoderError(DatelineError):
    """The embedding model cannot be used."""


class ModelNotFound(EncoderError):
    """The model is neither installed, nor a folder, nor reachable by name."""


class ModelDamaged(EncoderError):
    """The model's weights differ from the published ones."""


class EncodingFailed(EncoderError):
    """The model gave vectors that cannot be searched (wrong shape, not finite)."""


class IndexProblem(DatelineError):
    """The index folder cannot be used as it is."""


class IndexMissing(IndexProblem):
    """There is no index in the folder."""


class IndexBusy(IndexProblem):
    """Another process holds the writer lock."""


class IndexMismatch(IndexProblem):
    """The index was written by another format version or another model."""


class IndexUnwritable(IndexProblem):
    """The index folder cannot be written: a full disk, or no permission."""


class ShardUnusable(IndexProblem):
    """A file of embeddings, or a folder of them, cannot be read or is not what was written."""


class EngineUnusable(IndexProblem):
    """A search engine cannot be used as it is set up."""


class EngineUnreachable(IndexProblem):
    """The search engine gives no answer, or not in time; later it may."""


class IndexDamaged(IndexProblem):
    """A file of the index cannot be read, or does not hold what was written."""


class EmbeddingsMissing(IndexDamaged):
    """Passages have no embeddings any more; they can be embedded again from the catalog."""


class ClusterError(DatelineError):
    """Ray is not installed, cannot be reached, or stopped."""


class SeedsProblem(DatelineError):
    """The articles folder as a whole cannot be used."""


class QuestionError(DatelineError):
    """A question, or a filter on it, cannot be used."""


class QuestionsProblem(DatelineError):
    """A file of questions to evaluate with cannot be used as it is."""


class LanguageModelError(DatelineError):
    """The language model cannot be used as it is set up."""


class LanguageModelFailed(LanguageModelError):
    """The language model was asked, and gave no whole answer."""
