package import Base
import Encoders
import ObjectStore

/// A setting outside the command line: an environment variable, or a line of `tapedeck.yaml`. Its raw value is the key in that
/// file and the name of the flag. docs/configuration.md lists all settings.
package enum Setting: String, CaseIterable, Sendable {
    case source, store, models, precision, device
    case batchSize = "batch-size"
    case memoryLimit = "memory-limit"
    case maxWorkers = "max-workers"
    case checkpointFrequency = "checkpoint-frequency"
    case maxRejected = "max-rejected"
    case startYear = "start-year"
    case endYear = "end-year"
    case underlyings, kinds, describe, templates
    case vectorType = "vector-type"
    case noFaiss = "no-faiss"
    case names
    case s3Endpoint = "s3-endpoint"
    case s3Region = "s3-region"
    case s3PathStyle = "s3-path-style"
    case s3Anonymous = "s3-anonymous"
    case cache
    case cacheSize = "cache-size"
    case instructionSet = "instruction-set"

    /// What a value must look like.
    package enum Form: Equatable {
        case text
        /// A local file or a folder, or the address of a store. In a file of settings, relative to that file's folder.
        case place
        /// A text with commas; in a file of settings also a list.
        case list
        /// A whole number with a minimum.
        case number(from: Int)
        /// A part of a whole, 0 to 1.
        case share
        /// A number of bytes, as `ByteCount` reads it.
        case bytes
        case choice([String])
        case flag
    }

    package var form: Form {
        switch self {
        case .source, .store, .templates, .names, .cache: .place
        case .models, .underlyings, .kinds: .list
        case .describe, .s3Endpoint, .s3Region: .text
        case .precision: .choice(PrecisionPolicy.allCases.map(\.rawValue))
        case .device: .choice(Device.allCases.map(\.rawValue))
        case .instructionSet: .choice(InstructionSet.names)
        case .vectorType: .choice(StoredVectorType.allCases.map(\.rawValue))
        case .batchSize, .maxWorkers, .checkpointFrequency: .number(from: 1)
        case .maxRejected: .share
        case .memoryLimit, .cacheSize: .bytes
        case .startYear, .endYear: .number(from: 1900)
        case .noFaiss, .s3PathStyle, .s3Anonymous: .flag
        }
    }

    /// The environment variable. `models` has none: `TAPEDECK_MODELS` is the folder that Tapedeck searches for models. S3
    /// settings use the variables of the AWS programs.
    var variable: String? {
        switch self {
        case .models: nil
        case .s3Endpoint: "AWS_ENDPOINT_URL_S3"
        case .s3Region: "AWS_REGION"
        default: "TAPEDECK_" + rawValue.uppercased().replacing("-", with: "_")
        }
    }

    /// Settings that stores read from the environment, with equivalent variables that also override the file.
    static let environmental: [(setting: Setting, others: [String])] = [
        (.s3Endpoint, ["AWS_ENDPOINT_URL"]), (.s3Region, ["AWS_DEFAULT_REGION"]), (.s3PathStyle, []), (.s3Anonymous, []), (.cache, []),
        (.cacheSize, []),
    ]

    /// The value in the form of its flag.
    /// - Throws: `SettingsError` with the problem alone.
    package func checked(_ value: String) throws(SettingsError) -> String {
        switch form {
        case .text, .place, .list: return value
        case .number(let least):
            guard let number = Int(value) else { throw SettingsError("must be a whole number, not '\(value)'") }
            guard number >= least else { throw SettingsError("must be at least \(least), not \(number)") }
            return value
        case .share:
            guard let share = Double(value), (0...1).contains(share) else {
                throw SettingsError("must be a number from 0 to 1, as 0.5, not '\(value)'")
            }
            return value
        case .bytes:
            guard ByteCount(value) != nil else { throw SettingsError("must be a size, not '\(value)'; \(ByteCount.remedy)") }
            return value
        case .choice(let choices):
            guard choices.contains(value) else {
                throw SettingsError("must be one of \(choices.joined(separator: ", ")), not '\(value)'")
            }
            return value
        case .flag:
            guard let flag = ["true": "true", "1": "true", "false": "false", "0": "false"][value] else {
                throw SettingsError("must be true or false, not '\(value)'")
            }
            return flag
        }
    }
}

/// An invalid setting: its place, the problem and the valid values.
package struct SettingsError: TapedeckError {
    package let description: String

    package init(_ description: String) { self.description = description }

    package var kind: ErrorKind { .invalidUsage }
}
