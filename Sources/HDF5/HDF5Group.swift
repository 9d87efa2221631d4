import CHDF5

/// A group or dataset in a file: it has a path and can have attributes.
public protocol HDF5Object: Sendable {
    /// The file that contains the object.
    var file: HDF5File { get }
    /// Absolute path within the file, starting with a slash.
    var path: String { get }
}

/// A group in an HDF5 file: a container of datasets and further groups.
public struct HDF5Group: HDF5Object {
    /// The file that contains the group.
    public let file: HDF5File
    /// Path of the group within the file.
    public let path: String

    init(file: HDF5File, path: String) {
        self.file = file
        self.path = path
    }

    /// Creates a group in this group.
    /// - Parameter name: a single name, without a slash.
    /// - Throws: `.cannotCreate` when the name is taken.
    public func createGroup(_ name: String) throws(HDF5Error) -> HDF5Group {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Group in
            let creation = H5Pcreate(tk_h5_class_group_create())
            defer { _ = H5Pclose(creation) }
            guard creation >= 0, H5Pset_obj_track_times(creation, false) >= 0 else {
                throw file.failure(.cannotCreate, child, "the group could not be created")
            }
            let id = H5Gcreate2(file.id, child, tk_h5_default(), creation, tk_h5_default())
            guard id >= 0 else { throw file.failure(.cannotCreate, child, "the group could not be created") }
            _ = H5Gclose(id)
            return HDF5Group(file: file, path: child)
        }
    }

    /// Opens a group in this group. A soft link opens the group it points to, with that group's path.
    /// - Throws: `.notFound` when there is no such group, or the name is a dataset or an external link.
    public func group(_ name: String) throws(HDF5Error) -> HDF5Group {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Group in
            let place = try resolve(child)
            let id = H5Gopen2(file.id, place, tk_h5_default())
            guard id >= 0 else { throw file.failure(.notFound, child, "not a group, or a damaged one") }
            _ = H5Gclose(id)
            return HDF5Group(file: file, path: place)
        }
    }

    /// Whether a name in this group is a soft or external link.
    /// - Throws: `.notFound`, `.readFailed`.
    public func isLink(_ name: String) throws(HDF5Error) -> Bool {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> Bool in
            var info = H5L_info_t()
            guard H5Lget_info(file.id, child, &info, tk_h5_default()) >= 0 else {
                throw file.failure(.notFound, child, "there is nothing of that name in the file")
            }
            return info.type != H5L_TYPE_HARD
        }
    }

    /// Whether the group contains a name, which may be a dangling link.
    /// - Throws: `HDF5Error` when the library cannot read the file.
    public func contains(_ name: String) throws(HDF5Error) -> Bool {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> Bool in
            let found = H5Lexists(file.id, child, tk_h5_default())
            guard found >= 0 else { throw file.failure(.readFailed, child, "the group is damaged") }
            return found > 0
        }
    }

    /// Names in this group, in ascending byte order.
    /// - Throws: `HDF5Error` when the library cannot read the file.
    public func names() throws(HDF5Error) -> [String] {
        try file.whileOpen(path) { () throws(HDF5Error) -> [String] in
            let id = H5Gopen2(file.id, path, tk_h5_default())
            guard id >= 0 else { throw file.failure(.notFound, path, "not a group, or a damaged one") }
            defer { _ = H5Gclose(id) }
            var names: [String] = []
            let status = withUnsafeMutablePointer(to: &names) { names in
                H5Literate(
                    id, H5_INDEX_NAME, H5_ITER_INC, nil,
                    { _, name, _, context in
                        guard let name, let names = context?.assumingMemoryBound(to: [String].self) else { return -1 }
                        names.pointee.append(String(cString: name))
                        return 0
                    }, names)
            }
            guard status >= 0 else { throw file.failure(.readFailed, path, "the group is damaged") }
            return names
        }
    }

    /// Resolves a name in this group to a path. Soft links are followed within the file, up to `mostLinks` of them, since
    /// they can form a cycle. External links are not followed, since they could point to any file. Call under the lock.
    /// - Throws: `.notFound`, naming the link.
    func resolve(_ child: String) throws(HDF5Error) -> String {
        var left = Self.mostLinks
        return try resolve(child, asked: child, left: &left)
    }

    private static let mostLinks = 16
    /// Longest target path of a soft link that is followed.
    private static let longestLink = 4096

    private func resolve(_ child: String, asked: String, left: inout Int) throws(HDF5Error) -> String {
        let found = H5Lexists(file.id, child, tk_h5_default())
        guard found > 0 else {
            throw file.failure(
                found == 0 ? .notFound : .readFailed, asked,
                child == asked ? "there is nothing of that name in the file" : "a broken soft link to \(child)")
        }
        var info = H5L_info_t()
        guard H5Lget_info(file.id, child, &info, tk_h5_default()) >= 0 else {
            throw file.failure(.readFailed, asked, "the group is damaged")
        }
        if info.type == H5L_TYPE_HARD { return child }
        guard info.type == H5L_TYPE_SOFT else {
            throw file.failure(
                .notFound, asked, "an external link, which is not followed; copy what it names into this file (h5py's copy with expand_external=True)"
            )
        }
        left -= 1
        guard left >= 0 else { throw file.failure(.notFound, asked, "a circular soft link") }
        guard info.u.val_size <= Self.longestLink else { throw file.failure(.readFailed, asked, "a soft link that is damaged") }
        var value = [UInt8](repeating: 0, count: info.u.val_size + 1)
        guard H5Lget_val(file.id, child, &value, info.u.val_size, tk_h5_default()) >= 0 else {
            throw file.failure(.readFailed, asked, "a soft link that is damaged")
        }
        let target = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
        // Relative to the group that contains the link.
        let parent = child.lastIndex(of: "/").map { child[..<$0] } ?? ""
        var path = target.hasPrefix("/") ? "" : String(parent)
        for name in target.split(separator: "/") where name != "." {
            path = try resolve(path + "/" + name, asked: asked, left: &left)
            if path == "/" { path = "" }
        }
        return path.isEmpty ? "/" : path
    }

    func childPath(_ name: String) throws(HDF5Error) -> String {
        guard !name.isEmpty, name != ".", !name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
            throw HDF5Error(
                .notFound, file: file.path, object: name,
                "not a name: it must be a single one, without slashes or zero bytes")
        }
        return path == "/" ? "/" + name : path + "/" + name
    }
}
