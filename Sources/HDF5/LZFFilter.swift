import CHDF5
import Foundation

/// Decoder for h5py's LZF filter (number 32000 in the HDF Group's registry), which Debian's libhdf5 lacks.
///
/// Format: Marc Lehmann's LibLZF, a list of pieces. A first byte below 32 is a count minus one; that many literal bytes
/// follow. Otherwise its upper three bits are a length minus two (7: the next byte is added), and its lower five bits and
/// the next byte are a distance minus one, back from the end of the output.
package enum LZFFilter {
    static let number: H5Z_filter_t = 32000

    /// One input byte gives at most 88 output bytes: three bytes repeat up to 264.
    private static let mostGrowth = 88

    /// Registers the filter with the library. Call under the lock.
    static func register() {
        let name = UnsafePointer(strdup("lzf"))
        var filter = H5Z_class2_t(
            version: H5Z_CLASS_T_VERS, id: number, encoder_present: 0, decoder_present: 1, name: name, can_apply: nil,
            set_local: nil, filter: run)
        _ = H5Zregister(&filter)
    }

    /// Callback of the library: replaces the buffer by its decompressed content and returns its size; 0 means failure.
    private static let run: H5Z_func_t = { flags, count, values, size, capacity, buffer in
        guard flags & UInt32(H5Z_FLAG_REVERSE) != 0, count >= 3, let values, let capacity, let buffer,
            let input = buffer.pointee
        else { return 0 }
        let length = Int(values[2])
        // The size of the chunk, checked when the dataset was opened, so that the library gets all of it.
        guard length > 0, length <= size.multipliedReportingOverflow(by: mostGrowth).partialValue,
            let output = H5allocate_memory(length, true)
        else { return 0 }
        let found = decompress(
            UnsafeRawBufferPointer(start: input, count: size), into: UnsafeMutableRawBufferPointer(start: output, count: length))
        guard found == length else {
            _ = H5free_memory(output)
            return 0
        }
        _ = H5free_memory(input)
        buffer.pointee = output
        capacity.pointee = length
        return length
    }

    /// Decompresses LZF data.
    /// - Returns: number of bytes written; nil when the input is damaged or the output is too small.
    package static func decompress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        var read = 0
        var written = 0
        while read < input.count {
            let control = Int(input[read])
            read += 1
            if control < 32 {
                let length = control + 1
                guard length <= input.count - read, length <= output.count - written else { return nil }
                for _ in 0..<length {
                    output[written] = input[read]
                    written += 1
                    read += 1
                }
                continue
            }
            var length = control >> 5
            if length == 7 {
                guard read < input.count else { return nil }
                length += Int(input[read])
                read += 1
            }
            length += 2
            guard read < input.count else { return nil }
            let distance = (control & 31) << 8 + Int(input[read]) + 1
            read += 1
            guard distance <= written, length <= output.count - written else { return nil }
            // Byte by byte: when the distance is smaller than the length, the copy repeats bytes that it has just written.
            for _ in 0..<length {
                output[written] = output[written - distance]
                written += 1
            }
        }
        return written
    }
}
