import Base

/// The file of an object, open for reading; its errors name the object.
struct ObjectFile: ~Copyable {
    let status: File.Status
    private let file: File
    private let location: String
    private let key: String

    /// Size in bytes.
    var size: Int { status.size }

    init(_ path: String, location: String, key: String = "") throws(StoreError) {
        let file = try onFiles(of: key, at: location) { () throws(FileError) in try File(reading: path) }
        let status: File.Status
        do { status = try file.status() } catch { throw StoreError(error, location: location, key: key) }
        guard status.isRegular else {
            throw StoreError(
                .invalidKey, location: location, key: key, "is a folder or a device, not a file", remedy: "name a file")
        }
        self.file = file
        self.status = status
        self.location = location
        self.key = key
    }

    /// Reads a byte range of the file.
    func read(_ range: Range<Int>) throws(StoreError) -> [UInt8] {
        do { return try file.read(range) } catch { throw StoreError(error, location: location, key: key) }
    }
}

/// Runs file operations and converts their errors to `StoreError` with the object's key.
func onFiles<Value: ~Copyable>(of key: String = "", at location: String, _ work: () throws(FileError) -> Value) throws(StoreError) -> Value {
    do { return try work() } catch { throw StoreError(error, location: location, key: key) }
}
