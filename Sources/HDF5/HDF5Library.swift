import CHDF5
import Foundation

/// The only access to libhdf5. The library keeps global state (identifiers, error stack, caches) and is not built
/// thread-safe everywhere, so every call runs under one process-wide lock.
enum HDF5Library {
    /// Recursive, because releasing a handle inside a locked call closes it, which locks again.
    private static let lock: NSRecursiveLock = {
        let lock = NSRecursiveLock()
        // At exit the library would close open objects, which other threads may still be using. It would also print errors
        // about objects that a damaged file left half open. Files are closed by the code that opened them.
        _ = H5dont_atexit()
        _ = H5open()
        // A file can name a filter by number, and the library would search folders for a shared object that implements it.
        _ = H5PLset_loading_state(0)
        LZFFilter.register()
        return lock
    }()

    /// Runs `body` with exclusive access to the library.
    static func locked<T, Failure: Error>(_ body: () throws(Failure) -> T) throws(Failure) -> T {
        lock.lock()
        defer { lock.unlock() }
        // The library prints its error stack to stderr by default. A thread-safe build needs this turned off in every
        // thread. `takeErrorText` reads the stack instead.
        _ = H5Eset_auto2(tk_h5_error_stack(), nil, nil)
        return try body()
    }

    /// Returns the library's error stack as one line, outermost error first, and clears it. Call under the lock.
    static func takeErrorText() -> String {
        var lines: [String] = []
        withUnsafeMutablePointer(to: &lines) { lines in
            _ = H5Ewalk2(
                tk_h5_error_stack(), H5E_WALK_DOWNWARD,
                { _, entry, context in
                    guard let entry, let lines = context?.assumingMemoryBound(to: [String].self) else { return 0 }
                    // Some descriptions contain line breaks.
                    let description = entry.pointee.desc.map { String(cString: $0).split(whereSeparator: \.isNewline).joined(separator: " ") }
                    if let text = description, lines.pointee.last != text {
                        lines.pointee.append(text)
                    }
                    return 0
                }, lines)
        }
        _ = H5Eclear2(tk_h5_error_stack())
        // The outermost lines say only "unable to open"; the innermost lines give the cause.
        return lines.suffix(4).joined(separator: ": ")
    }
}

/// A library identifier that is closed when its last reference is released.
///
/// Sendable: the identifier never changes and is only used under the library's lock.
final class HDF5Handle: Sendable {
    let id: hid_t
    private let closeFunction: @Sendable (hid_t) -> herr_t
    /// The file that contains the object; it stays open while the object is referenced. nil for a file itself and for
    /// objects in memory.
    private let owner: HDF5File?

    init(_ id: hid_t, owner: HDF5File? = nil, close: @escaping @Sendable (hid_t) -> herr_t) {
        self.id = id
        self.owner = owner
        self.closeFunction = close
    }

    deinit {
        HDF5Library.locked {
            // Closing a file closes its objects and their identifiers.
            if let owner, !owner.canClose(id) { return }
            _ = closeFunction(id)
            _ = H5Eclear2(tk_h5_error_stack())
        }
    }
}
