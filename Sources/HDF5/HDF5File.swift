import Base
import CHDF5
import Foundation

/// An HDF5 file, open for reading or being created.
///
/// Files are written in the HDF5 1.10 format. They hold no timestamps, so that the same calls give the same bytes. Their
/// metadata is checksummed, so that damage is noticed. h5py and any HDF5 since 1.10 can open them.
///
/// Several threads may use a file; calls into the library run one at a time in the whole process. The file closes when the
/// last reference to it and its datasets is released. Call `close()` after writing: only `close()` reports a disk that
/// filled up at the end.
///
/// Sendable: `isClosed` and `lost` are the only mutable state, and are accessed under the library's lock.
public final class HDF5File: @unchecked Sendable {
    /// Path used to open the file.
    public let path: String
    /// Memory limit for a single read, in bytes. Larger datasets are refused before memory is allocated.
    public let maximumReadBytes: Int
    /// Whether variable-length texts may be read.
    public let isTrusted: Bool
    /// Whether datasets and attributes may be added.
    public let isWritable: Bool
    let id: hid_t
    private var isClosed = false
    /// The error after which the file was abandoned.
    private var lost: HDF5Error?

    /// Default memory limit for a single read: 4 GiB.
    public static let defaultMaximumReadBytes = 4 << 30

    /// Opens a file for reading.
    /// - Parameters:
    ///   - path: the file to open.
    ///   - maximumReadBytes: memory limit for a single read, in bytes.
    ///   - trusted: whether to read variable-length texts, which h5py writes and this library does not. libhdf5 1.10 reads
    ///     their heaps without checks, so that damage there can end the process.
    /// - Throws: `.cannotOpen` when the file is missing, unreadable, truncated or not an HDF5 file.
    public convenience init(
        reading path: String, maximumReadBytes: Int = HDF5File.defaultMaximumReadBytes, trusted: Bool = false
    ) throws(HDF5Error) {
        try self.init(path, maximumReadBytes: maximumReadBytes, trusted: trusted, writing: false) { access in
            H5Fopen(path, tk_h5_read_only(), access)
        }
    }

    /// Creates a new file. An existing file is an error and stays unchanged.
    /// - Parameters:
    ///   - path: the file to create.
    ///   - maximumReadBytes: memory limit for a single read, in bytes.
    ///   - alignment: objects of at least `threshold` bytes start at a multiple of `bytes`, as mapped blocks need.
    /// - Throws: `.cannotCreate` when the file exists or its folder is not writable.
    public convenience init(
        creating path: String, maximumReadBytes: Int = HDF5File.defaultMaximumReadBytes, alignment: (threshold: Int, bytes: Int) = (1, 1)
    ) throws(HDF5Error) {
        try self.init(path, maximumReadBytes: maximumReadBytes, trusted: false, writing: true) { access in
            let creation = H5Pcreate(tk_h5_class_file_create())
            defer { _ = H5Pclose(creation) }
            guard creation >= 0, H5Pset_obj_track_times(creation, false) >= 0,
                H5Pset_alignment(access, hsize_t(max(1, alignment.threshold)), hsize_t(max(1, alignment.bytes))) >= 0
            else { return -1 }
            return H5Fcreate(path, tk_h5_exclusive(), creation, access)
        }
    }

    private init(
        _ path: String, maximumReadBytes: Int, trusted: Bool, writing: Bool, open: (hid_t) -> hid_t
    ) throws(HDF5Error) {
        self.path = path
        self.maximumReadBytes = maximumReadBytes
        self.isTrusted = trusted
        self.isWritable = writing
        self.id = try HDF5Library.locked { () throws(HDF5Error) -> hid_t in
            guard !path.utf8.contains(0) else {
                throw HDF5Error(.cannotOpen, file: path, "the path holds a zero byte")
            }
            let access = H5Pcreate(tk_h5_class_file_access())
            defer { _ = H5Pclose(access) }
            // Use the same format version as lower and upper bound, so that the layout does not depend on the contents.
            // Closing the file closes everything in it. Locks are not needed: files appear by renaming and never change
            // afterwards.
            guard access >= 0, H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0,
                H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0, H5Pset_file_locking(access, false, true) >= 0
            else {
                throw HDF5Error(
                    .cannotOpen, file: path, "the HDF5 library refused its settings",
                    detail: HDF5Library.takeErrorText())
            }
            errno = 0
            let id = open(access)
            guard id >= 0 else {
                let cause = errno
                let detail = HDF5Library.takeErrorText()
                if writing {
                    // A full disk can leave an empty new file.
                    let exists =
                        cause != ENOSPC && cause != EDQUOT && FileManager.default.fileExists(atPath: path)
                    throw HDF5Error(
                        .cannotCreate, file: path,
                        exists ? "the file exists already" : "the file could not be created: \(Self.sentence(cause))",
                        detail: detail)
                }
                // The library's messages for the next two cases add nothing.
                guard FileManager.default.fileExists(atPath: path) else {
                    throw HDF5Error(.cannotOpen, file: path, "there is no such file; check the path")
                }
                guard FileManager.default.isReadableFile(atPath: path) else {
                    throw HDF5Error(.cannotOpen, file: path, "no permission to read the file")
                }
                guard !GitLFS.isPointer(path: path) else { throw HDF5Error(.cannotOpen, file: path, GitLFS.problem) }
                throw HDF5Error(
                    .cannotOpen, file: path, "not a complete HDF5 file; it may be truncated, damaged or of another kind", detail: detail)
            }
            return id
        }
    }

    deinit {
        HDF5Library.locked {
            guard !isClosed else { return }
            if isWritable, H5Fflush(id, H5F_SCOPE_LOCAL) < 0 {
                _ = abandon()
            } else {
                _ = H5Fclose(id)
            }
            _ = H5Eclear2(tk_h5_error_stack())
        }
    }

    /// The root group.
    public var root: HDF5Group { HDF5Group(file: self, path: "/") }

    /// Flushes and closes the file with all its datasets. Closing a closed file has no effect.
    /// - Throws: `.writeFailed`, for example when the disk is full; the file is then incomplete.
    public func close() throws(HDF5Error) {
        try HDF5Library.locked { () throws(HDF5Error) in
            if let lost { throw lost }
            guard !isClosed else { return }
            errno = 0
            if isWritable, H5Fflush(id, H5F_SCOPE_LOCAL) < 0 { throw abandon() }
            isClosed = true
            guard H5Fclose(id) >= 0 else {
                throw failure(isWritable ? .writeFailed : .readFailed, "", "the file could not be closed")
            }
        }
    }

    /// Whether an object of this file may be closed. Call under the lock.
    ///
    /// If closing an object fails, for example because its last rows do not fit on the disk, the library (1.10.8) frees the
    /// object but keeps its identifier. It ends the process when it next uses that identifier. So this flushes first.
    func canClose(_ object: hid_t) -> Bool {
        guard !isClosed else { return false }
        guard isWritable, H5Iget_type(object) == H5I_DATASET else { return true }
        errno = 0
        guard H5Dflush(object) < 0 else { return true }
        _ = abandon()
        return false
    }

    /// Abandons the file after a failed write: nothing in it is used again, since nothing in it could be closed safely. The
    /// library keeps its memory and its descriptor; the disk space is freed.
    /// - Returns: the error that all later calls on this file throw.
    private func abandon() -> HDF5Error {
        let error = failure(.writeFailed, "", "the file could not be written out")
        isClosed = true
        lost = error
        _ = truncate(path, 0)
        return error
    }

    /// Runs `body` under the library's lock if the file is open.
    func whileOpen<T>(
        _ object: String, _ body: () throws(HDF5Error) -> T
    ) throws(HDF5Error) -> T {
        try HDF5Library.locked { () throws(HDF5Error) -> T in
            if let lost { throw lost }
            guard !isClosed else { throw HDF5Error(.closed, file: path, object: object, "the file was closed") }
            errno = 0
            return try body()
        }
    }

    /// Refuses variable-length texts in files that are not trusted.
    func requireTrust(for type: HDF5Type, _ object: String) throws(HDF5Error) {
        guard type != .variableText || isTrusted else {
            throw HDF5Error(
                .notTrusted, file: path, object: object,
                "holds texts of variable length, which cannot be read safely from a damaged file; "
                    + "open the file as trusted if its content is known to be good")
        }
    }

    /// An error about an object in this file, with the library's message for the call that just failed. Call under the lock.
    func failure(_ code: HDF5Error.Code, _ object: String, _ message: String) -> HDF5Error {
        let cause = code == .writeFailed ? errno : 0
        return HDF5Error(
            code, file: path, object: object, cause == 0 ? message : "\(message): \(Self.sentence(cause))",
            detail: HDF5Library.takeErrorText())
    }

    private static func sentence(_ cause: Int32) -> String {
        switch cause {
        case 0: "the library gave no cause"
        case ENOSPC, EDQUOT: "the disk is full; free some space and run again"
        case EACCES, EPERM, EROFS: "no permission to write there"
        case ENOENT: "the folder does not exist"
        default: String(cString: strerror(cause))
        }
    }
}
