from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag import Settings, SettingsError


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a `.env`."""
    monkeypatch.chdir(tmp_path)


def test_the_defaults_need_nothing() -> None:
    settings = Settings()

    assert (settings.corpus_dir, settings.index_dir) == (Path("corpus"), Path(".presscheck"))
    assert (settings.embeddings, settings.chroma_url, settings.threshold) == ("minilm", "", None)
    assert (settings.reader, settings.host) == ("minilm", "127.0.0.1")


def test_every_setting_is_a_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "corpus_dir": "articles",
        "index_dir": "/tmp/index",
        "chroma_url": "http://localhost:8000",
        "embeddings": "openai:any",
        "reader": "none",
        "threads": "3",
        "passage_tokens": "120",
        "max_file_mb": "1.5",
        "lock_timeout_s": "0",
        "threshold": "0.4",
        "max_statements": "2",
        "chat_model": "ollama:llama3.2",
        "chat_base_url": "http://localhost:8080/v1",
        "chat_api_key": "**********",  # a key is never shown
        "chat_timeout_s": "30.5",
        "chat_retries": "1",
        "chat_evidence_tokens": "800",
        "chat_failure": "extractive",
        "unsupported": "flag",
        "host": "0.0.0.0",
        "port": "8080",
    }
    assert values.keys() == Settings.model_fields.keys()
    for name, value in values.items():
        monkeypatch.setenv(f"RAG_{name.upper()}", value)

    settings = Settings()

    assert {name: str(getattr(settings, name)) for name in values} | {"lock_timeout_s": "0"} == values


def test_a_key_is_not_in_what_a_setting_prints() -> None:
    settings = Settings(chat_api_key="sk-secret", chat_model=" openai:gpt-5-mini ")

    assert "sk-secret" not in f"{settings!r} {settings}"
    assert settings.chat_api_key.get_secret_value() == "sk-secret"
    assert settings.chat_model == "openai:gpt-5-mini"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("chat_base_url", "localhost:8080", "RAG_CHAT_BASE_URL can't be 'localhost:8080'.*http://"),
        ("chat_evidence_tokens", 10, "RAG_CHAT_EVIDENCE_TOKENS"),
        ("chat_failure", "ignore", "RAG_CHAT_FAILURE can't be 'ignore'.*'error' or 'extractive'"),
        ("unsupported", "keep", "RAG_UNSUPPORTED can't be 'keep'.*'drop' or 'flag'"),
    ],
)
def test_a_wrong_setting_of_the_chat_model_is_told(name: str, value: object, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Settings(**{name: value})


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.joinpath(".env").write_text(
        "RAG_PORT=1001\nRAG_THREADS=2\nRAG_HOST=file\nOTHER=x\n", encoding="utf-8"
    )
    monkeypatch.setenv("RAG_PORT", "1002")
    monkeypatch.setenv("RAG_HOST", "environment")

    settings = Settings(host="argument")

    assert (settings.threads, settings.port, settings.host) == (2, 1002, "argument")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threads", "many"),
        ("threads", "-1"),
        ("passage_tokens", "5"),
        ("max_file_mb", "0"),
        ("threshold", "1.5"),
        ("threshold", "nan"),
        ("max_statements", "0"),
        ("port", "70000"),
        ("port", ""),
        ("chroma_url", "localhost:8000"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RAG_{name.upper()}", value)

    with pytest.raises(SettingsError) as caught:
        Settings()

    assert f"RAG_{name.upper()} can't be" in str(caught.value)
    assert value in str(caught.value)


def test_an_empty_threshold_is_the_calibrated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_THRESHOLD", "")

    assert Settings().threshold is None


def test_an_address_loses_its_last_slash() -> None:
    assert Settings(chroma_url="https://chroma.example/").chroma_url == "https://chroma.example"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_misspelt_setting_is_an_error_that_lists_them() -> None:
    with pytest.raises(SettingsError, match=r"indexdir.*index_dir"):
        Settings(indexdir="x")


def test_an_env_file_that_is_not_utf8_is_a_settings_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes("RAG_CORPUS_DIR=caf\xe9".encode("latin-1"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="UTF-8"):
        Settings()
