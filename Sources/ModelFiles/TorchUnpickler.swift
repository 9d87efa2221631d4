/// Reads the pickle of a PyTorch checkpoint without running code. A pickle is a program for Python's unpickler, and may
/// import and call anything it names. Here the few calls that build tensors and dictionaries are built in; any other is
/// refused by name.
///
/// Opcodes are those of Python's `pickletools`, protocols 2 to 5, as far as `torch.save` writes them.
struct TorchUnpickler {
    /// Size limit of a pickle; checkpoints have about 200 bytes per tensor.
    static let maximumByteCount = 64 << 20
    /// Limit on the number of opcodes. Every object and every memo entry takes one.
    private static let maximumSteps = 1 << 22

    private let path: String
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var nodes: [TorchObjects.Node] = []
    private var lists: [[Int32]] = []
    private var dictionaries: [[TorchObjects.Entry]] = []
    private var stack: [Int32] = []
    // Stack heights.
    private var marks: [Int] = []
    private var memo: [Int: Int32] = [:]

    /// Reads a whole pickle.
    /// - Parameter path: path of the checkpoint, for messages.
    /// - Returns: the pickled object.
    /// - Throws: `ModelFileError`: `.unsupported` for disallowed names and calls, `.malformed` for violations of the format.
    static func read(_ bytes: UnsafeRawBufferPointer, path: String) throws(ModelFileError) -> TorchValue {
        var unpickler = TorchUnpickler(path: path, bytes: bytes)
        let root = try unpickler.run()
        let objects = TorchObjects(nodes: unpickler.nodes, lists: unpickler.lists, dictionaries: unpickler.dictionaries)
        return TorchValue(objects: objects, index: Int(root))
    }

    private init(path: String, bytes: UnsafeRawBufferPointer) {
        self.path = path
        self.bytes = bytes
    }

    private mutating func run() throws(ModelFileError) -> Int32 {
        guard bytes.count <= Self.maximumByteCount else { throw flaw("is \(bytes.count) bytes long") }
        for _ in 0..<Self.maximumSteps {
            let code = try byte()
            guard let opcode = Opcode(rawValue: code) else {
                throw ModelFileError(
                    .unsupported, path,
                    "its pickle has the step 0x\(hexadecimal([code])), which torch.save does not write for tensors, "
                        + "dictionaries, lists, tuples, numbers and texts\(Self.remedy)")
            }
            if opcode == .stop {
                guard stack.count == 1, marks.isEmpty, let root = stack.last else { throw flaw("ends with \(stack.count) objects") }
                return root
            }
            try step(opcode)
        }
        throw flaw("has more than \(Self.maximumSteps) steps")
    }

    /// Opcodes that `torch.save` writes for the supported objects, named as in `pickletools`.
    private enum Opcode: UInt8 {
        case proto = 0x80, frame = 0x95
        case none = 0x4E, newTrue = 0x88, newFalse = 0x89
        case binInt = 0x4A, binInt1 = 0x4B, binInt2 = 0x4D, long1 = 0x8A, long4 = 0x8B, binFloat = 0x47
        case binUnicode = 0x58, shortBinUnicode = 0x8C, binUnicode8 = 0x8D, shortBinBytes = 0x43
        case emptyList = 0x5D, emptyTuple = 0x29, emptyDict = 0x7D
        case mark = 0x28, tuple = 0x74, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87
        case append = 0x61, appends = 0x65, setItem = 0x73, setItems = 0x75
        case binPut = 0x71, longBinPut = 0x72, memoize = 0x94, binGet = 0x68, longBinGet = 0x6A
        case global = 0x63, stackGlobal = 0x93, binPersID = 0x51, reduce = 0x52, build = 0x62
        case stop = 0x2E
    }

    private mutating func step(_ opcode: Opcode) throws(ModelFileError) {
        switch opcode {
        case .proto:
            let version = try byte()
            guard (2...5).contains(version) else { throw flaw("is of protocol \(version)") }
        case .frame: _ = try take(8)
        case .none: push(.none)
        case .newTrue: push(.bool(true))
        case .newFalse: push(.bool(false))
        case .binInt: push(.integer(Int(try number(Int32.self))))
        case .binInt1: push(.integer(Int(try byte())))
        case .binInt2: push(.integer(Int(try number(UInt16.self))))
        case .long1: push(try long(Int(try byte())))
        case .long4: push(try long(Int(try number(Int32.self))))
        case .binFloat: push(.number(Double(bitPattern: try number(UInt64.self).byteSwapped)))
        case .binUnicode: push(.string(try text(Int(try number(UInt32.self)))))
        case .shortBinUnicode: push(.string(try text(Int(try byte()))))
        case .binUnicode8: push(.string(try text(Int(clamping: try number(UInt64.self)))))
        case .shortBinBytes: push(try numberBytes(try take(Int(try byte()))))
        case .emptyList: pushList()
        case .emptyTuple: pushTuple([])
        case .emptyDict: pushDictionary()
        case .mark: marks.append(stack.count)
        case .tuple: pushTuple(try popToMark())
        case .tuple1: pushTuple(try pop(1))
        case .tuple2: pushTuple(try pop(2))
        case .tuple3: pushTuple(try pop(3))
        case .append: try append(try pop(1))
        case .appends: try append(try popToMark())
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popToMark())
        case .binPut: memo[Int(try byte())] = try top()
        case .longBinPut: memo[Int(try number(UInt32.self))] = try top()
        case .memoize: memo[memo.count] = try top()
        case .binGet: try recall(Int(try byte()))
        case .longBinGet: try recall(Int(try number(UInt32.self)))
        case .global: try pushGlobal(module: try line(), name: try line())
        case .stackGlobal:
            let names = try pop(2)
            guard case .string(let module) = nodes[Int(names[0])], case .string(let name) = nodes[Int(names[1])] else {
                throw flaw("names a class by something other than a text")
            }
            try pushGlobal(module: module, name: name)
        case .binPersID: push(.storage(try storage(try pop(1)[0])))
        case .reduce: try call()
        case .build: try setState()
        case .stop: break
        }
    }

    // MARK: Reading

    private func flaw(_ reason: String) -> ModelFileError {
        ModelFileError(.malformed, path, "damaged, or not a checkpoint: its pickle \(reason) (byte \(position))")
    }

    private mutating func take(_ count: Int) throws(ModelFileError) -> UnsafeRawBufferPointer {
        guard count <= bytes.count - position else { throw flaw("breaks off") }
        position += count
        return UnsafeRawBufferPointer(rebasing: bytes[position - count..<position])
    }

    private mutating func byte() throws(ModelFileError) -> UInt8 { try take(1)[0] }

    private mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws(ModelFileError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: type))
    }

    /// Reads an integer of `count` bytes, little-endian, two's complement. Integers of more than 64 bits, such as seeds and
    /// hashes, are not computed: no supported value needs them.
    private mutating func long(_ count: Int) throws(ModelFileError) -> TorchObjects.Node {
        guard count >= 0 else { throw flaw("has a whole number of \(count) bytes") }
        let digits = try take(count)
        let sign: UInt8 = digits.last.map { $0 & 0x80 != 0 ? 0xFF : 0 } ?? 0
        let low = digits.prefix(8)
        guard digits.dropFirst(8).allSatisfy({ $0 == sign }), digits.count <= 8 || (low.last ?? 0) & 0x80 == sign & 0x80 else {
            return .largeInteger
        }
        var value: UInt64 = sign != 0 ? UInt64.max : 0
        for digit in low.reversed() { value = value << 8 | UInt64(digit) }
        return .integer(Int(Int64(bitPattern: value)))
    }

    private mutating func text(_ count: Int) throws(ModelFileError) -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else { throw flaw("has a text that is not UTF-8") }
        return text
    }

    private mutating func line() throws(ModelFileError) -> String {
        // No valid name is longer.
        guard let end = bytes[position...].prefix(256).firstIndex(of: UInt8(ascii: "\n")) else { throw flaw("has a name without end") }
        let name = try text(end - position)
        position = end + 1
        return name
    }

    // MARK: The stack

    private mutating func push(_ node: TorchObjects.Node) {
        stack.append(Int32(nodes.count))
        nodes.append(node)
    }

    private mutating func pushList() {
        lists.append([])
        push(.list(lists.count - 1))
    }

    private mutating func pushTuple(_ items: [Int32]) {
        lists.append(items)
        push(.tuple(lists.count - 1))
    }

    private mutating func pushDictionary() {
        dictionaries.append([])
        push(.dictionary(dictionaries.count - 1))
    }

    private func top() throws(ModelFileError) -> Int32 {
        guard let last = stack.last, stack.count > marks.last ?? 0 else { throw flaw("takes an object where there is none") }
        return last
    }

    private mutating func pop(_ count: Int) throws(ModelFileError) -> [Int32] {
        guard stack.count - count >= marks.last ?? 0 else { throw flaw("takes an object where there is none") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(ModelFileError) -> [Int32] {
        guard let mark = marks.popLast() else { throw flaw("takes objects from a mark that it has not set") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func recall(_ number: Int) throws(ModelFileError) {
        guard let object = memo[number] else { throw flaw("recalls object \(number), which it has not remembered") }
        stack.append(object)
    }

    private mutating func append(_ items: [Int32]) throws(ModelFileError) {
        guard case .list(let list) = nodes[Int(try top())] else { throw flaw("appends to something other than a list") }
        lists[list] += items
    }

    private mutating func setItems(_ items: [Int32]) throws(ModelFileError) {
        guard case .dictionary(let dictionary) = nodes[Int(try top())] else { throw flaw("sets members of something other than a dictionary") }
        guard items.count % 2 == 0 else { throw flaw("sets a member without a value") }
        for index in stride(from: 0, to: items.count, by: 2) {
            dictionaries[dictionary].append(TorchObjects.Entry(key: items[index], value: items[index + 1]))
        }
    }

    // MARK: Allowed names and calls

    private static let remedy = "; where the file is trusted, scripts/export-checkpoint takes the weights and settings out of it"

    /// Types of numbers, represented by their names.
    private static let elementTypes: Set<String> = [
        "float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool", "half", "float", "double", "short",
        "int", "long",
    ]

    private mutating func pushGlobal(module: String, name: String) throws(ModelFileError) {
        let full = "\(module).\(name)"
        switch module {
        case "torch" where TorchStorage.classes[name] != nil || Self.elementTypes.contains(name): break
        default:
            guard Callable(rawValue: full) != nil else {
                throw ModelFileError(
                    .unsupported, path,
                    "the checkpoint asks for \(printable(full)); only tensors, dictionaries, lists, tuples, numbers and "
                        + "texts are read\(Self.remedy)")
            }
        }
        push(.global(full))
    }

    /// The built-in calls.
    private enum Callable: String {
        case orderedDictionary = "collections.OrderedDict"
        case tensor = "torch._utils._rebuild_tensor_v2"
        case parameter = "torch._utils._rebuild_parameter"
        // A parameter with attributes of its own, which are dropped.
        case parameterWithState = "torch._utils._rebuild_parameter_with_state"
        case size = "torch.Size"
        case device = "torch.device"
        // Losses that were summed with NumPy are NumPy numbers. The name of the module changed in NumPy 2.
        case number = "numpy._core.multiarray.scalar"
        case olderNumber = "numpy.core.multiarray.scalar"
        case numberType = "numpy.dtype"
        // Protocol 2 has no byte strings; it encodes them as a text with one character per byte.
        case encode = "_codecs.encode"
    }

    private func storage(_ identifier: Int32) throws(ModelFileError) -> TorchStorage {
        // ('storage', class, key, device, number of elements)
        guard case .tuple(let tuple) = nodes[Int(identifier)], lists[tuple].count == 5 else { throw flaw("has a malformed storage") }
        let parts = lists[tuple].map { nodes[Int($0)] }
        guard parts[0] == .string("storage"), case .global(let type) = parts[1], case .string(let key) = parts[2],
            case .string = parts[3], case .integer(let count) = parts[4], count >= 0
        else { throw flaw("has a malformed storage") }
        guard type.hasPrefix("torch."), let elementType = TorchStorage.classes[String(type.dropFirst("torch.".count))] else {
            throw flaw("has a storage of \(type)")
        }
        guard !key.isEmpty, key.utf8.count <= 20, key.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw flaw("has a storage named \(printable(key))")
        }
        return TorchStorage(elementType: elementType, key: key, count: count)
    }

    private mutating func call() throws(ModelFileError) {
        let operands = try pop(2)
        guard case .global(let name) = nodes[Int(operands[0])], let callable = Callable(rawValue: name) else {
            throw flaw("calls something other than a function")
        }
        guard case .tuple(let tuple) = nodes[Int(operands[1])] else { throw flaw("calls \(name) without a tuple of arguments") }
        let arguments = lists[tuple].map { nodes[Int($0)] }
        switch callable {
        case .orderedDictionary where arguments.isEmpty: pushDictionary()
        case .tensor where arguments.count >= 4: push(.tensor(try tensor(arguments)))
        case .parameter where arguments.count >= 1, .parameterWithState where arguments.count == 4:
            guard case .tensor = arguments[0] else { throw flaw("makes a parameter of something other than a tensor") }
            push(arguments[0])
        case .size where arguments.count == 1:
            guard case .tuple(let extents) = arguments[0] else { throw flaw("makes a size of something other than a tuple") }
            pushTuple(lists[extents])
        case .device where (1...2).contains(arguments.count):
            guard case .string(let kind) = arguments[0] else { throw flaw("makes a device of something other than a text") }
            push(.device(kind))
        case .number where arguments.count == 2, .olderNumber where arguments.count == 2: push(try number(arguments[0], arguments[1]))
        case .numberType where (1...3).contains(arguments.count): push(.numpyType(try numberType(arguments[0])))
        case .encode where arguments.count == 2: push(try encode(arguments[0], arguments[1]))
        default: throw flaw("calls \(name) with \(arguments.count) arguments")
        }
    }

    /// `_rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks, …)`.
    private func tensor(_ arguments: [TorchObjects.Node]) throws(ModelFileError) -> TorchTensor {
        func integers(_ node: TorchObjects.Node) -> [Int]? {
            guard case .tuple(let tuple) = node, lists[tuple].count <= 64 else { return nil }
            var numbers: [Int] = []
            for item in lists[tuple] {
                guard case .integer(let number) = nodes[Int(item)] else { return nil }
                numbers.append(number)
            }
            return numbers
        }
        guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
            let strides = integers(arguments[3])
        else { throw flaw("has a malformed tensor") }
        guard let tensor = storage.tensor(offset: offset, shape: shape, strides: strides) else {
            throw flaw("has a tensor of shape \(shape), strides \(strides) and offset \(offset) in a storage of \(storage.count) elements")
        }
        return tensor
    }

    /// A `state_dict` has an attribute `_metadata`, the versions of its modules, which is dropped. The state of a NumPy type
    /// gives its byte order. Nothing else may have a state.
    private mutating func setState() throws(ModelFileError) {
        let state = nodes[Int(try pop(1)[0])]
        let index = Int(try top())
        switch nodes[index] {
        case .dictionary: break
        case .numpyType(let type): nodes[index] = .numpyType(try typeWithState(type, state))
        case let object: throw ModelFileError(.unsupported, path, "the checkpoint sets the state of \(object.kind)\(Self.remedy)")
        }
    }

    // MARK: NumPy numbers

    /// `dtype('f8', False, True)`.
    private func numberType(_ name: TorchObjects.Node) throws(ModelFileError) -> NumPyType {
        guard case .string(let name) = name else { throw flaw("names a type of NumPy by something other than a text") }
        guard let type = NumPyType(name) else {
            throw ModelFileError(
                .unsupported, path,
                "the checkpoint holds a NumPy value of type '\(printable(name))'; of NumPy only truth values, whole numbers and "
                    + "floating point numbers of at most 8 bytes are read\(Self.remedy)")
        }
        return type
    }

    /// The state of a type is `(3, '<', None, None, None, -1, -1, 0)`.
    private func typeWithState(_ type: NumPyType, _ state: TorchObjects.Node) throws(ModelFileError) -> NumPyType {
        guard case .tuple(let tuple) = state, lists[tuple].count >= 5, case .string(let order) = nodes[Int(lists[tuple][1])],
            lists[tuple][2..<5].allSatisfy({ nodes[Int($0)] == TorchObjects.Node.none }), let type = type.ordered(order)
        else { throw flaw("has a malformed type of NumPy") }
        return type
    }

    private func number(_ type: TorchObjects.Node, _ bytes: TorchObjects.Node) throws(ModelFileError) -> TorchObjects.Node {
        guard case .numpyType(let type) = type, case .bytes(let bits, let count) = bytes, let number = type.number(bits, count: count) else {
            throw flaw("has a malformed number of NumPy")
        }
        return number
    }

    /// `encode(text, 'latin1')`: one byte per character.
    private func encode(_ text: TorchObjects.Node, _ encoding: TorchObjects.Node) throws(ModelFileError) -> TorchObjects.Node {
        guard case .string(let text) = text, case .string(let encoding) = encoding, ["latin1", "latin-1"].contains(encoding) else {
            throw flaw("encodes something other than a text in Latin-1")
        }
        // Read at most one character more than allowed: a pickle may encode one long text a million times.
        var bytes: [UInt8] = []
        for character in text.unicodeScalars.prefix(NumPyType.mostBytes + 1) {
            guard let byte = UInt8(exactly: character.value) else { throw flaw("encodes a text that is not Latin-1") }
            bytes.append(byte)
        }
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(ModelFileError) in try numberBytes(bytes) } }
        return try result.get()
    }

    private func numberBytes(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) -> TorchObjects.Node {
        guard bytes.count <= NumPyType.mostBytes else {
            throw ModelFileError(
                .unsupported, path,
                "the checkpoint holds bytes that are no number of NumPy; only tensors, dictionaries, lists, tuples, numbers and "
                    + "texts are read\(Self.remedy)")
        }
        return .bytes(bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }, count: bytes.count)
    }
}

/// A name from a file, made safe to print: one line, limited length.
func printable(_ text: String) -> String {
    String(text.prefix(100).map { $0.isASCII && !$0.isNewline && $0.asciiValue ?? 0 >= 32 ? $0 : "?" })
}
