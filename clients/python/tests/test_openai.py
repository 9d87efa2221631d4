"""`/v1/embeddings` through the clients that people use. Each test needs its package: openai, langchain-openai, llama-index-embeddings-openai-like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tapedeck.server import LocalServer

TEXTS = ["deep in the money call", "put option expiring this week", "put"]


@pytest.fixture(scope="module")
def server(store: str, program: str) -> Iterator[LocalServer]:
    server = LocalServer(store, program)
    yield server
    server.close()


def test_openai(server: LocalServer) -> None:
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=server.url + "/v1", api_key="unused")
    assert [model.id for model in client.models.list()] == ["bge-base", "minilm"]
    # The client asks for base64 unless told otherwise.
    packed = client.embeddings.create(model="minilm", input=TEXTS)
    plain = client.embeddings.create(model="minilm", input=TEXTS, encoding_format="float")
    assert len(packed.data) == 3 and packed.usage.total_tokens == plain.usage.total_tokens > 6
    for one, other in zip(packed.data, plain.data, strict=True):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-7)
    query = client.embeddings.create(model="bge-base:query", input=TEXTS[0]).data[0].embedding
    assert query != client.embeddings.create(model="bge-base:document", input=TEXTS[0]).data[0].embedding
    with pytest.raises(openai.NotFoundError) as unknown:
        client.embeddings.create(model="text-embedding-3-small", input="put")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as empty:
        client.embeddings.create(model="minilm", input="")
    assert empty.value.param == "input"
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(model="minilm", input="put", dimensions=8)


def test_langchain(server: LocalServer) -> None:
    langchain = pytest.importorskip("langchain_openai")
    # Otherwise LangChain sends ids of OpenAI's vocabulary.
    model = langchain.OpenAIEmbeddings(model="minilm", base_url=server.url + "/v1", api_key="unused", check_embedding_ctx_length=False)
    documents = model.embed_documents(TEXTS)
    assert len(documents) == 3 and model.embed_query(TEXTS[1]) == pytest.approx(documents[1], abs=1e-7)


def test_llama_index(server: LocalServer) -> None:
    like = pytest.importorskip("llama_index.embeddings.openai_like")
    model = like.OpenAILikeEmbedding(model_name="minilm", api_base=server.url + "/v1", api_key="unused")
    documents = model.get_text_embedding_batch(TEXTS)
    assert len(documents) == 3 and model.get_query_embedding(TEXTS[2]) == pytest.approx(documents[2], abs=1e-7)
