import CHDF5

/// Filters of dataset chunks, by their numbers in the HDF Group's registry.
enum HDF5Filters {
    private static let names: [H5Z_filter_t: String] = [
        1: "gzip", 2: "shuffle", 3: "Fletcher-32", 4: "SZIP", 5: "N-bit", 6: "scale-offset", 305: "LZO", 307: "bzip2", 32000: "LZF",
        32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP", 32015: "Zstandard", 32017: "SZ", 32018: "FCIDECOMP",
        32019: "JPEG", 32024: "SZ3", 32026: "Blosc2",
    ]

    /// Numbers of a dataset's filters, in the order they are applied. Call under the lock.
    static func numbers(of creation: hid_t) -> [H5Z_filter_t] {
        (0..<max(0, H5Pget_nfilters(creation))).map { index in
            var flags: UInt32 = 0
            var count = 0
            return H5Pget_filter2(creation, UInt32(index), &flags, &count, nil, 0, nil, nil)
        }
    }

    /// A filter's number and, if known, its name: `32015 (Zstandard)`.
    static func title(_ filter: H5Z_filter_t) -> String { names[filter].map { "\(filter) (\($0))" } ?? String(filter) }

    /// Remedy for a dataset whose filter this program lacks.
    static let remedy = "write the file again with gzip or LZF, as h5py does with compression='gzip', or h5repack with -f GZIP=4"
}

extension HDF5Dataset {
    /// Why reading failed: a filter that this program lacks, or damage. Call under the lock.
    ///
    /// Call it only after a failure: a chunk stored without an optional filter can be read without that filter.
    func readFailure(_ message: String) -> HDF5Error {
        let creation = HDF5Handle(H5Dget_create_plist(handle.id), close: { H5Pclose($0) })
        let detail = HDF5Library.takeErrorText()
        let missing = HDF5Filters.numbers(of: creation.id).first { H5Zfilter_avail($0) <= 0 }
        _ = H5Eclear2(tk_h5_error_stack())
        guard let missing else {
            return HDF5Error(.readFailed, file: file.path, object: path, "\(message); the file is damaged", detail: detail)
        }
        return HDF5Error(
            .missingFilter, file: file.path, object: path,
            "\(message): its chunks are stored with filter \(HDF5Filters.title(missing)), "
                + "which this program lacks; \(HDF5Filters.remedy)")
    }
}
