"""Everything that can go wrong, as one tree:

RagError
├── SettingsError              a setting has a value that can't be used
├── QuestionError              the question (or filter) can't be asked as it is
│   └── ClaimError             it is no claim that could be checked: a question, an opinion, a paragraph
├── DossierError               a file is not a dossier of a claim check
├── ArticleReadError           a file can't be read as an article
├── ArticleNotFoundError       no article with this id is in the index
├── CorpusError                the corpus folder is missing, unreadable or holds no article
├── ModelError                 a model or its package is missing, damaged or unusable
│   └── ChatModelError         the chat model can't be used: no such model, no key, nonsense
│       ├── ChatUnavailableError   it can't be reached, or took too long
│       ├── ChatLimitError     its provider takes no more requests for now
│       └── ChatTooLongError   the evidence is more than it can read at once
└── IndexStoreError            the index can't be used
    ├── IndexMismatchError     it was made by another encoder, passage budget or schema
    ├── IndexCorruptError      its files are damaged
    ├── IndexBusyError         another process is writing to it
    └── IndexUnavailableError  its folder or server can't be reached, or its disk is full

Finding no answer is none of these: it is an Answer with the status `not_found`.
Every message says what was wrong and what to do about it, in sentences for people who don't program.
"""

from __future__ import annotations


class RagError(Exception):
    """The root of every error that Presscheck raises on purpose."""


class SettingsError(RagError):
    """A setting has a value that can't be used."""


class QuestionError(RagError):
    """The question, claim, limit or filter can't be used as it is."""


class ClaimError(QuestionError):
    """What was handed in to be checked is not one claim; the message says what it is and what to do."""


class DossierError(RagError):
    """A file or record is not a dossier of a claim check, or was made by another version."""


class ArticleReadError(RagError):
    """A file can't be read as an article; the message is the reason, on one line, without the path."""


class ArticleNotFoundError(RagError):
    """No article with this id is in the index."""


class CorpusError(RagError):
    """The corpus folder is missing, unreadable or holds no article."""


class ModelError(RagError):
    """A model or the package it comes in is missing, damaged or unusable."""


class ChatModelError(ModelError):
    """The chat model can't be used, or what it says makes no sense."""


class ChatUnavailableError(ChatModelError):
    """The chat model can't be reached, failed on its side, or took too long."""


class ChatLimitError(ChatModelError):
    """The chat model's provider takes no more requests for now, or the quota is used up.

    `retry_after_s` is how long it asks to wait, None where it doesn't say.
    """

    retry_after_s: float | None = None


class ChatTooLongError(ChatModelError):
    """Question and evidence are more than the chat model can read at once."""


class IndexStoreError(RagError):
    """The index can't be used."""


class IndexMismatchError(IndexStoreError):
    """The index was made by another encoder, passage budget or schema version."""


class IndexCorruptError(IndexStoreError):
    """The files of the index are damaged."""


class IndexBusyError(IndexStoreError):
    """Another process is writing to the index."""


class IndexUnavailableError(IndexStoreError):
    """The folder or server of the index can't be reached, or its disk is full."""
