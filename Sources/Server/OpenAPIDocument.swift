import StrictJSON
import Tapedeck

/// The OpenAPI 3.1 document of the API. Schemas of request bodies come from the request types of the endpoints.
struct OpenAPIDocument {
    let endpoints: [Endpoint]
    /// Whether callers must send a token.
    let needsToken: Bool

    var json: JSONValue {
        var paths: [String: JSONValue] = [
            "/healthz": get("health", "Whether the process runs.", text("The process runs."), isOpen: true),
            "/readyz": get(
                "ready", "Whether the models and the store are loaded.",
                text("They are."), ["503": problem("They are still loading, or failed to load.")], isOpen: true),
            "/metrics": get("metrics", "The server's metrics in Prometheus' text format.", text("The metrics.")),
            "/openapi.json": get("openapi", "This document.", object("The document."), isOpen: true),
            "/v1/store": get(
                "store", "What the store holds.", object("The summary that `tapedeck status --json` prints, with days, names and models.")),
            "/v1/models": get("models", "The models available for embeddings.", object("A list, as OpenAI's API gives it.")),
            "/v1/runs": get("runs", "The runs whose events the store still has, newest first.", object("The runs.")),
            "/v1/runs/{id}/events": runEvents,
            "/v1/backtests": get(
                "backtests", "The reports of backtests in the folder of `tapedeck serve --backtests`, newest first.",
                rows("The reports: period, trades, total return, Sharpe ratio, largest drawdown, certificate.")),
            "/v1/backtests/{id}": backtest,
            "/v1/embeddings": embeddings,
        ]
        for endpoint in endpoints { paths[endpoint.path] = post(endpoint) }
        var document: [String: JSONValue] = [
            "openapi": "3.1.0",
            "info": [
                "title": "Tapedeck", "version": "0.1.0", "summary": "Questions to a store of option and stock records.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": .object(paths),
        ]
        var components: [String: JSONValue] = ["schemas": ["Problem": problemSchema, "OpenAIError": openAIErrorSchema]]
        if needsToken {
            document["security"] = [["bearer": []]]
            components["securitySchemes"] = ["bearer": ["type": "http", "scheme": "bearer", "description": "The server's TAPEDECK_TOKEN."]]
        }
        document["components"] = .object(components)
        return .object(document)
    }

    private func post(_ endpoint: Endpoint) -> JSONValue {
        let properties = endpoint.members.reduce(into: [String: JSONValue]()) { properties, member in
            properties[member.name] = .object(member.schema.merging(["description": .string(member.help)]) { $1 })
        }
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
            "required": .array(endpoint.members.filter(\.isRequired).map { .string($0.name) }),
        ]
        let responses: [String: JSONValue] = [
            "200": .object([
                "description": .string(
                    "The object that `tapedeck \(endpoint.name == "explain" ? "search --explain" : endpoint.name) --json` prints."),
                "content": .object(Self.content(hasRows: endpoint.hasRows)),
            ]),
            "404": problem("The store has no such day, name, contract, year or model."),
            "406": problem("The answer has no rows to give as a table."),
            "422": problem("The request is valid, and the store's data cannot answer it."),
        ]
        return [
            "post": [
                "operationId": .string(endpoint.name), "summary": .string(endpoint.summary),
                "requestBody": ["required": true, "content": ["application/json": ["schema": schema]]],
                "responses": .object(common.merging(responses) { $1 }),
            ]
        ]
    }

    private var embeddings: JSONValue {
        let ids: JSONValue = ["type": "array", "minItems": 1, "items": ["type": "integer", "minimum": 0, "maximum": 2_147_483_647]]
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false, "required": ["input", "model"],
            "properties": [
                "input": [
                    "description": "A text, a list of texts, token ids of the model's own vocabulary, or a list of such lists.",
                    "anyOf": [
                        ["type": "string", "minLength": 1],
                        ["type": "array", "minItems": 1, "maxItems": 2048, "items": ["type": "string", "minLength": 1]], ids,
                        ["type": "array", "minItems": 1, "maxItems": 2048, "items": ids],
                    ],
                ],
                "model": [
                    "type": "string", "minLength": 1, "maxLength": 200,
                    "description": "Key or hub id of a model, with :query or :document where the text's role matters. Default: document.",
                ],
                "encoding_format": ["type": ["string", "null"], "enum": ["float", "base64", .null], "default": "float"],
                "dimensions": [
                    "type": ["integer", "null"], "minimum": 1, "description": "Cuts and normalises vectors of models that allow it (nomic).",
                ],
                "input_type": [
                    "type": ["string", "null"], "enum": ["query", "document", "search_query", "search_document", "passage", .null],
                    "description": "The role of the texts, beside `model`.",
                ],
                "truncate": [
                    "type": ["boolean", "null"], "default": false, "description": "Cuts texts that are too long; otherwise they are an error.",
                ],
                "user": ["type": ["string", "null"], "description": "Ignored."],
            ],
        ]
        let error: JSONValue = [
            "description": "An error as OpenAI's API reports it.",
            "content": ["application/json": ["schema": ["$ref": "#/components/schemas/OpenAIError"]]],
        ]
        let statuses = ["400", "401", "403", "404", "405", "408", "413", "415", "421", "429", "500", "503"]
        return [
            "post": [
                "operationId": "embeddings", "summary": "Encodes texts, as OpenAI's API does.",
                "requestBody": ["required": true, "content": ["application/json": ["schema": schema]]],
                "responses": .object(
                    statuses.reduce(into: ["200": object("A list of vectors, with the number of tokens.")]) { $0[$1] = error }),
            ]
        ]
    }

    private var backtest: JSONValue {
        [
            "get": [
                "operationId": "backtest", "summary": "Gives the report of a backtest.",
                "parameters": [
                    ["name": "id", "in": "path", "required": true, "schema": ["type": "string"], "description": "As in /v1/backtests."]
                ],
                "responses": .object(
                    common.merging([
                        "200": rows("The object that `tapedeck backtest --json` prints; as CSV, its trades."),
                        "404": problem("There is no such report."),
                    ]) { $1 }),
            ]
        ]
    }

    private var runEvents: JSONValue {
        [
            "get": [
                "operationId": "runEvents", "summary": "Follows a run.",
                "parameters": [
                    ["name": "id", "in": "path", "required": true, "schema": ["type": "string"], "description": "A run, or `latest`."]
                ],
                "responses": .object(
                    common.merging([
                        "200": [
                            "description": "Server-sent events `progress`, each with the run as in /v1/runs, until the run ends.",
                            "content": ["text/event-stream": ["schema": ["type": "string"]]],
                        ],
                        "404": problem("The store has no such run."),
                    ]) { $1 }),
            ]
        ]
    }

    private func get(
        _ name: String, _ summary: String, _ answer: JSONValue, _ others: [String: JSONValue] = [:], isOpen: Bool = false
    ) -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .string(name), "summary": .string(summary),
            "responses": .object(common.merging(["200": answer]) { $1 }.merging(others) { $1 }),
        ]
        if isOpen { operation["security"] = [] }
        return ["get": .object(operation)]
    }

    /// Responses that every path may return.
    private var common: [String: JSONValue] {
        [
            "400": problem("The request is malformed, or a member is wrong."), "401": problem("The token is missing or wrong."),
            "403": problem("A page of another site made the request."), "405": problem("The path does not take the method."),
            "408": problem("The body did not arrive in time."), "413": problem("The body is too large."),
            "415": problem("The body is not JSON."), "421": problem("The host is not one of this server's."),
            "429": problem("Too many requests; Retry-After says when to try again."), "500": problem("The server failed."),
            "503": problem("The server is loading, or the work took too long."),
        ]
    }

    private static func content(hasRows: Bool) -> [String: JSONValue] {
        var content: [String: JSONValue] = ["application/json": ["schema": ["type": "object"]]]
        if hasRows {
            content["text/csv"] = ["schema": ["type": "string"]]
            content["application/vnd.apache.parquet"] = ["schema": ["type": "string", "format": "binary"]]
        }
        return content
    }

    /// An answer with rows.
    private func rows(_ description: String) -> JSONValue {
        .object(["description": .string(description), "content": .object(Self.content(hasRows: true))])
    }

    private func object(_ description: String) -> JSONValue {
        ["description": .string(description), "content": ["application/json": ["schema": ["type": "object"]]]]
    }

    private func text(_ description: String) -> JSONValue {
        ["description": .string(description), "content": ["text/plain": ["schema": ["type": "string"]]]]
    }

    private func problem(_ description: String) -> JSONValue {
        [
            "description": .string(description),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
    }

    private var problemSchema: JSONValue {
        [
            "type": "object", "description": "Problem details (RFC 9457).", "required": ["type", "title", "status", "detail", "code", "request_id"],
            "properties": [
                "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"], "detail": ["type": "string"],
                "code": ["type": "string", "description": "Stable, for programs."], "remedy": ["type": "string"], "request_id": ["type": "string"],
            ],
        ]
    }

    private var openAIErrorSchema: JSONValue {
        [
            "type": "object", "required": ["error"],
            "properties": [
                "error": [
                    "type": "object", "required": ["message", "type", "param", "code"],
                    "properties": [
                        "message": ["type": "string"], "type": ["type": "string"], "param": ["type": ["string", "null"]],
                        "code": ["type": ["string", "null"]],
                    ],
                ]
            ],
        ]
    }
}
