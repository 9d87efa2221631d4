import ArgumentParser
import Foundation

/// A number of bytes as people write it: 500MB, 2GB, 1.5GiB, or plain digits.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units = [
            "": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 1024, "MIB": 1_048_576, "GIB": 1_073_741_824,
        ]
        guard let number = Double(digits), number > 0,
            let unit = units[argument.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).uppercased()],
            number * unit >= 1, number * unit < 1e15
        else { return nil }
        bytes = Int(number * unit)
    }
}
