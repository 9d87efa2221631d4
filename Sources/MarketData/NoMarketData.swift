/// Distinguishes files that lie beside market data from files that may be intended as market data.
enum NoMarketData {
    /// Whether an object is clearly not market data: documentation, programs, checksums, files that systems leave in folders, a store.
    static func matches(_ key: String, name: String) -> Bool {
        let name = name.lowercased()
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return names.contains(name) || name.hasSuffix("_$folder$") || parts.first.map { stems.contains(String($0)) } ?? false
            || parts.count > 1 && endings.contains(String(parts[parts.count - 1]))
            || key.split(separator: "/").dropLast().contains { folders.contains($0.lowercased()) }
    }

    /// Why a file that has none of the endings of market data is not read.
    static func reason(forName name: String) -> UnreadReason {
        let lower = name.lowercased()
        if lower.hasSuffix("~") { return .unfinished(ending: "~") }
        guard let dot = lower.lastIndex(of: ".") else { return .format(ending: "") }
        let ending = String(lower[dot...])
        if archives.contains(ending) || lower.hasSuffix(".tar" + ending) { return .archive(ending: ending) }
        if compressions.contains(ending) { return .compression(ending: ending) }
        return unfinished.contains(ending) ? .unfinished(ending: ending) : .format(ending: String(name[dot...]))
    }

    /// `names.csv` and `quirks.json` are beside every simulated market.
    private static let names: Set<String> = [
        ".ds_store", ".localized", "thumbs.db", "desktop.ini", ".gitignore", ".gitattributes", ".gitkeep", ".keep", "names.csv",
        "quirks.json",
    ]
    private static let stems: Set<String> = [
        "readme", "license", "licence", "copying", "notice", "authors", "changelog", "changes", "provenance", "simulated", "makefile",
        "dockerfile", "checksums", "md5sums", "sha1sums", "sha256sums", "sha512sums", "_success",
    ]
    private static let endings: Set<String> = [
        "md", "markdown", "rst", "adoc", "html", "htm", "css", "js", "pdf", "doc", "docx", "ppt", "pptx", "png", "jpg", "jpeg", "gif",
        "svg", "webp", "ico", "py", "pyc", "sh", "ipynb", "swift", "log", "yaml", "yml", "toml", "ini", "cfg", "conf", "md5", "sha1",
        "sha256", "sha512", "sfv", "asc", "sig",
    ]
    private static let folders: Set<String> = [
        ".git", "lost+found", ".trashes", ".spotlight-v100", ".fseventsd", "@eadir", "#recycle", "$recycle.bin", ".snapshot",
        // A store that lies below the source.
        "financial-embeddings",
    ]
    private static let archives: Set<String> = [".zip", ".tar", ".tgz", ".tbz", ".txz", ".7z", ".rar"]
    private static let compressions: Set<String> = [
        ".bz2", ".xz", ".lz4", ".lzma", ".lz", ".lzo", ".br", ".z", ".sz", ".snappy", ".gzip", ".zstd", ".bzip2",
    ]
    private static let unfinished: Set<String> = [
        ".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".download", ".incomplete", ".swp", ".bak",
    ]
}
