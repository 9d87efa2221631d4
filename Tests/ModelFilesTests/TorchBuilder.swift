import TestSupport

/// Makes PyTorch archives, valid and invalid: a pickle's steps by their codes, members of the zip archive by name.
struct TorchBuilder {
    /// Steps of the pickle, without its first and last.
    var pickle: [UInt8] = []
    var storages: [(key: String, bytes: [UInt8])] = []
    var byteOrder = "little"

    /// The whole file.
    func archive(root: String = "checkpoint") -> [UInt8] {
        zip(
            [("\(root)/data.pkl", [0x80, 2] + pickle + [UInt8(ascii: ".")]), ("\(root)/byteorder", Array(byteOrder.utf8))]
                + storages.map { ("\(root)/data/\($0.key)", $0.bytes) } + [("\(root)/version", Array("3\n".utf8))])
    }

    mutating func code(_ step: Character) { pickle.append(step.asciiValue ?? 0) }

    mutating func text(_ text: String) {
        code("X")
        pickle += little(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    mutating func integer(_ value: Int) {
        // LONG1 of eight bytes.
        pickle += [0x8A, 8] + little(UInt64(bitPattern: Int64(value)))
    }

    mutating func global(_ module: String, _ name: String) {
        code("c")
        pickle += Array("\(module)\n\(name)\n".utf8)
    }

    mutating func tuple(_ values: [Int]) {
        code("(")
        for value in values { integer(value) }
        code("t")
    }

    /// A tensor whose storage is a member of its own.
    mutating func tensor(_ shape: [Int], _ values: [Float]) {
        tensor(shape: shape, strides: Self.strides(shape), bytes: values.flatMap { little($0.bitPattern) }, count: values.count)
    }

    mutating func tensor(
        shape: [Int], strides: [Int], offset: Int = 0, storage: String = "FloatStorage", bytes: [UInt8], count: Int
    ) {
        let key = String(storages.count)
        storages.append((key, bytes))
        global("torch._utils", "_rebuild_tensor_v2")
        code("(")
        code("(")
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        integer(count)
        code("t")
        code("Q")
        integer(offset)
        tuple(shape)
        tuple(strides)
        pickle.append(0x89)
        global("collections", "OrderedDict")
        code(")")
        code("R")
        code("t")
        code("R")
    }

    /// A number of NumPy, as protocol 2 has it: its bytes are a text in Latin-1.
    mutating func numPy(_ module: String, _ type: String, order: String = "<", _ bytes: [UInt8]) {
        numPyType(module, type, order: order)
        global("_codecs", "encode")
        text(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
        text("latin1")
        pickle += [0x86]
        code("R")
        pickle += [0x86]
        code("R")
    }

    /// The function that makes a number, and the type that it is given first.
    mutating func numPyType(_ module: String, _ type: String, order: String = "<") {
        global(module, "scalar")
        global("numpy", "dtype")
        text(type)
        pickle += [0x89, 0x88, 0x87]
        code("R")
        code("(")
        integer(3)
        text(order)
        for _ in 0..<3 { code("N") }
        for number in [-1, -1, 0] { integer(number) }
        code("t")
        code("b")
    }

    mutating func dictionary(_ members: [(String, (inout TorchBuilder) -> Void)]) {
        code("}")
        code("(")
        for (key, value) in members {
            text(key)
            value(&self)
        }
        code("u")
    }

    private static func strides(_ shape: [Int]) -> [Int] {
        var strides: [Int] = [], step = 1
        for extent in shape.reversed() {
            strides.insert(step, at: 0)
            step *= extent
        }
        return strides
    }
}
