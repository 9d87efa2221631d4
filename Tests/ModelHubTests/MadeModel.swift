import Digests
import Foundation
import TestSupport

extension TemporaryFolder {
    /// Every file in it, by its path, except those without data of a model.
    var files: [String] {
        (FileManager.default.subpaths(atPath: path) ?? []).filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path + "/" + $0, isDirectory: &isFolder) && !isFolder.boolValue
                && !$0.hasSuffix(".lock")
        }.sorted()
    }
}

/// The files of a model that is too small to be useful.
enum MadeModel {
    static let weights: [UInt8] = {
        let header = #"{"a":{"dtype":"F32","shape":[64],"data_offsets":[0,256]}}"#
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        return length + Array(header.utf8) + (0..<256).map { UInt8($0) }
    }()

    static let files: [(name: String, bytes: [UInt8])] = [
        (
            "config.json",
            Array(
                #"{"model_type":"bert","hidden_act":"gelu","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":4,"#.utf8)
                + Array(
                    #""intermediate_size":16,"layer_norm_eps":1e-12,"max_position_embeddings":512,"vocab_size":30,"#.utf8)
                + Array(#""type_vocab_size":2}"#.utf8)
        ),
        ("tokenizer.json", Array("{}".utf8)), ("model.safetensors", weights),
        ("modules.json", Array(#"[{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"1_Pooling"}]"#.utf8)),
        ("1_Pooling/config.json", Array(#"{"pooling_mode":"mean"}"#.utf8)),
    ]

    static func sha256(_ bytes: [UInt8]) -> String { Digest.sha256(of: bytes).hexadecimal }

    static func gitBlob(_ bytes: [UInt8]) -> String {
        var digest = DigestBuilder(.sha1)
        digest.update("blob \(bytes.count)\0")
        digest.update(bytes)
        return digest.finish().hexadecimal
    }

    static let commit = "0123456789abcdef0123456789abcdef01234567"

    /// The hub's description of a repository with these files and some that are of no use here.
    static func description(size: Int? = nil) -> String {
        var siblings = files.map { file in
            let lfs = #","lfs":{"sha256":"\#(sha256(file.bytes))","size":\#(size ?? file.bytes.count),"pointerSize":134}"#
            return
                #"{"rfilename":"\#(file.name)","size":\#(size ?? file.bytes.count),"blobId":"\#(gitBlob(file.bytes))"\#(file.name == "model.safetensors" ? lfs : "")}"#
        }
        siblings += [#"{"rfilename":"README.md"}"#, #"{"rfilename":"../../../escape/config.json"}"#, #"{"rfilename":"onnx/model.onnx"}"#]
        return #"{"id":"org/tiny","sha":"\#(commit)","siblings":[\#(siblings.joined(separator: ","))]}"#
    }
}
