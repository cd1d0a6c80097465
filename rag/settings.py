"""The settings, read once: the only reader of the environment (`RAG_*` variables and `.env`)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

LOCAL_ENCODER = "minilm"
LOCAL_READER = "minilm"
NO_READER = "none"


class Unsupported(StrEnum):
    """What becomes of a written statement that its evidence does not support."""

    DROP = "drop"
    FLAG = "flag"


class WithoutChat(StrEnum):
    """What happens when the chat model can't be used: an error, or an answer in the articles' own words."""

    ERROR = "error"
    EXTRACTIVE = "extractive"


class Settings(BaseSettings):
    """One frozen object; each field is the environment variable `RAG_<FIELD>`, an argument wins over it.

    Raises SettingsError, naming the variable, when a value can't be used.
    """

    model_config = SettingsConfigDict(
        env_prefix="RAG_", env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    corpus_dir: Path = Field(Path("corpus"), description="folder of articles that the app indexes")
    index_dir: Path = Field(Path(".presscheck"), description="folder that the index lives in")
    chroma_url: str = Field(
        "", description="a Chroma server, such as http://localhost:8000; empty for a folder"
    )
    embeddings: str = Field(LOCAL_ENCODER, description="'minilm' (on this machine), or provider:model")
    reader: str = Field(LOCAL_READER, description="'minilm' (on this machine), or 'none' to do without")
    threads: int = Field(
        0, ge=0, le=256, description="threads of the encoder and the reader; 0 for one per core, at most 4"
    )
    passage_tokens: int = Field(200, ge=32, le=8000, description="the largest passage, in cl100k_base tokens")
    max_file_mb: float = Field(20.0, gt=0, le=2000, description="the largest file that is read, in megabytes")
    lock_timeout_s: float = Field(10.0, ge=0, le=3600, description="how long to wait for another ingest")
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="the lowest confidence that is answered with; empty for the calibrated one",
    )
    max_statements: int = Field(3, ge=1, le=10, description="the most sentences an answer consists of")
    chat_model: str = Field(
        "", description="provider:model that writes the answers; empty for sentences of the articles alone"
    )
    chat_base_url: str = Field(
        "", description="an OpenAI-compatible server, such as http://localhost:8080/v1"
    )
    chat_api_key: SecretStr = Field(
        SecretStr(""), description="its key, where the provider's own variable (OPENAI_API_KEY) isn't used"
    )
    chat_timeout_s: float = Field(60.0, gt=0, le=3600, description="how long the chat model may take")
    chat_retries: int = Field(2, ge=0, le=10, description="how often it is asked again when it is busy")
    chat_evidence_tokens: int = Field(
        1200, ge=200, le=100_000, description="the most evidence it is given, in cl100k_base tokens"
    )
    chat_failure: WithoutChat = Field(
        WithoutChat.ERROR, description="when it can't be used: 'error', or 'extractive' to answer without it"
    )
    unsupported: Unsupported = Field(
        Unsupported.DROP, description="written statements without support: 'drop', or 'flag' to show them so"
    )
    host: str = Field("127.0.0.1", description="the address the web page is served on")
    port: int = Field(7860, ge=1, le=65535, description="the port the web page is served on")

    def __init__(self, **values: Any) -> None:
        known = sorted(type(self).model_fields)
        unknown = [name for name in values if not name.startswith("_") and name not in known]
        if unknown:
            raise SettingsError(f"There is no setting {unknown[0]!r}. There are: {', '.join(known)}.")
        try:
            super().__init__(**values)
        except UnicodeDecodeError as error:
            raise SettingsError(
                f"The file .env can't be read as UTF-8: {error}. Save it as UTF-8."
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"RAG_{name.upper()} can't be {first['input']!r}: {first['msg']}. "
                f"Set another value, or remove it to use the default."
            ) from error

    @field_validator("threshold", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("chroma_url", "chat_base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("a server's address starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("chat_model")
    @classmethod
    def _is_stripped(cls, value: str) -> str:
        return value.strip()
