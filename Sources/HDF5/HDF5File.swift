internal import Base
internal import CHDF5
internal import Foundation

/// An HDF5 file, open for reading or being made.
///
/// Files are written in the format of HDF5 1.10 without times, so that the same calls give the same bytes, and with
/// checksummed metadata, so that damage is noticed. h5py and any HDF5 since 1.10 opens them.
///
/// A file may be used from several threads; calls into the library run one at a time in the whole process.
/// The file closes when the last reference to it and to its datasets goes; call `close()` after writing, because only
/// that reports a disk that filled up at the end.
///
/// Sendable: `isClosed` and `lost` are all that changes, and they are read and written under the library's lock.
public final class HDF5File: @unchecked Sendable {
    /// The path the file was opened by.
    public let path: String
    /// The most memory a single read may take; a dataset that claims to be larger is refused before anything is
    /// allocated.
    public let maximumReadBytes: Int
    /// Whether texts of variable length are read.
    public let isTrusted: Bool
    /// Whether datasets and attributes may be added.
    public let isWritable: Bool
    let id: hid_t
    private var isClosed = false
    /// Why the file was given up.
    private var lost: HDF5Error?

    /// 4 GiB.
    public static let defaultMaximumReadBytes = 4 << 30

    /// Opens a file for reading.
    /// - Parameters:
    ///   - path: of the file.
    ///   - maximumReadBytes: the most memory one read may take.
    ///   - trusted: whether texts of variable length are read, which h5py writes and this library does not. They lie in
    ///     heaps that libhdf5 1.10 reads without checks: damage there can end the process.
    /// - Throws: `.cannotOpen` when it is missing, unreadable, truncated or no HDF5 file.
    public convenience init(
        reading path: String, maximumReadBytes: Int = HDF5File.defaultMaximumReadBytes, trusted: Bool = false
    ) throws(HDF5Error) {
        try self.init(path, maximumReadBytes: maximumReadBytes, trusted: trusted, writing: false) { access in
            H5Fopen(path, tk_h5_read_only(), access)
        }
    }

    /// Makes a new file. An existing one is an error and stays as it is.
    /// - Parameters:
    ///   - path: of the file.
    ///   - maximumReadBytes: the most memory one read may take.
    ///   - alignment: what is at least `threshold` bytes long begins at a multiple of `bytes`, as blocks that are mapped want.
    /// - Throws: `.cannotCreate` when it exists or the folder cannot be written to.
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
            // One format version at both ends: the layout of the bytes does not depend on what is written. Closing
            // closes everything in the file. Locks are not needed: files appear by renaming and never change after.
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
                    // A full disk can leave a new file that is empty.
                    let exists =
                        cause != ENOSPC && cause != EDQUOT && FileManager.default.fileExists(atPath: path)
                    throw HDF5Error(
                        .cannotCreate, file: path,
                        exists ? "the file exists already" : "the file could not be made: \(Self.sentence(cause))",
                        detail: detail)
                }
                // The library's account of these two says no more.
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

    /// The top of the file.
    public var root: HDF5Group { HDF5Group(file: self, path: "/") }

    /// Writes out what is buffered and closes the file with all its datasets. Closing twice is not an error.
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
    /// The library (1.10.8) frees an object whose closing fails, as when its last rows find no room on the disk, but keeps
    /// its identifier, and ends the process when it next comes across it. So what could fail is tried before.
    func canClose(_ object: hid_t) -> Bool {
        guard !isClosed else { return false }
        guard isWritable, H5Iget_type(object) == H5I_DATASET else { return true }
        errno = 0
        guard H5Dflush(object) < 0 else { return true }
        _ = abandon()
        return false
    }

    /// Gives the file up after a failed write: nothing of it is touched again, as nothing of it could be closed safely.
    /// The library keeps its memory and its descriptor; the space on the disk is freed. Returns why, which everything
    /// that is tried with the file afterwards throws.
    private func abandon() -> HDF5Error {
        let error = failure(.writeFailed, "", "the file could not be written out")
        isClosed = true
        lost = error
        _ = truncate(path, 0)
        return error
    }

    /// Runs `body` under the library's lock on a file that is open.
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

    /// Refuses texts of variable length in files that are not trusted.
    func requireTrust(for type: HDF5Type, _ object: String) throws(HDF5Error) {
        guard type != .variableText || isTrusted else {
            throw HDF5Error(
                .notTrusted, file: path, object: object,
                "holds texts of variable length, which cannot be read safely from a damaged file; "
                    + "open the file as trusted if its content is known to be good")
        }
    }

    /// An error about an object in this file, with the library's account of what just failed. Call under the lock.
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
