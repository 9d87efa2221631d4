/// An object of a PyTorch checkpoint: a number, text, list, dictionary or tensor.
///
/// Objects are accessed one at a time: a checkpoint may contain the same object in many places, or a list inside itself.
public struct TorchValue: Sendable {
    let objects: TorchObjects
    let index: Int

    private var node: TorchObjects.Node { objects.nodes[index] }

    /// Whether the value is Python's `None`.
    public var isNone: Bool { if case .none = node { true } else { false } }
    /// The value as a boolean; `nil` for other kinds.
    public var bool: Bool? { if case .bool(let value) = node { value } else { nil } }
    /// The value as an integer; `nil` for other kinds.
    public var integer: Int? { if case .integer(let value) = node { value } else { nil } }
    /// The value as a text; `nil` for other kinds.
    public var string: String? { if case .string(let value) = node { value } else { nil } }
    /// The value as a tensor; `nil` for other kinds.
    public var tensor: TorchTensor? { if case .tensor(let value) = node { value } else { nil } }

    /// The value as a number, integer or floating-point; `nil` for other kinds.
    public var double: Double? {
        switch node {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// Elements of a list or tuple; `nil` for other kinds.
    public var elements: [TorchValue]? {
        switch node {
        case .list(let list), .tuple(let list): objects.lists[list].map { TorchValue(objects: objects, index: Int($0)) }
        default: nil
        }
    }

    /// Members of a dictionary, in order; `nil` for other kinds.
    public var members: [(key: TorchValue, value: TorchValue)]? {
        guard case .dictionary(let dictionary) = node else { return nil }
        return objects.dictionaries[dictionary].map {
            (TorchValue(objects: objects, index: Int($0.key)), TorchValue(objects: objects, index: Int($0.value)))
        }
    }

    /// A member of a dictionary. If the key occurs repeatedly, the last one counts, as in Python.
    public subscript(key: String) -> TorchValue? {
        guard case .dictionary(let dictionary) = node else { return nil }
        let found = objects.dictionaries[dictionary].last { entry in
            if case .string(key) = objects.nodes[Int(entry.key)] { true } else { false }
        }
        return found.map { TorchValue(objects: objects, index: Int($0.value)) }
    }

    /// Short name of the value's kind, for messages.
    public var kind: String { node.kind }
}

/// All objects of a pickle. They refer to one another by index, so that nothing is nested, however deep the pickle is.
final class TorchObjects: Sendable {
    enum Node: Sendable, Equatable {
        case none
        case bool(Bool)
        case integer(Int)
        /// An integer of more than 64 bits, whose value is not kept.
        case largeInteger
        case number(Double)
        case string(String)
        /// Indices into `lists`.
        case list(Int)
        case tuple(Int)
        /// Index into `dictionaries`.
        case dictionary(Int)
        case tensor(TorchTensor)
        /// A class or function by name, such as `torch.float32`. It is never called, except for those that the unpickler
        /// implements.
        case global(String)
        case device(String)
        case storage(TorchStorage)
        /// A NumPy number's type, and the bytes of one, first byte least significant.
        case numpyType(NumPyType)
        case bytes(UInt64, count: Int)

        var kind: String {
            switch self {
            case .none: "None"
            case .bool: "a truth value"
            case .integer, .largeInteger, .number: "a number"
            case .string: "a text"
            case .list: "a list"
            case .tuple: "a tuple"
            case .dictionary: "a dictionary"
            case .tensor: "a tensor"
            case .global(let name): name
            case .device: "a device"
            case .storage: "a storage"
            case .numpyType: "a type of NumPy"
            case .bytes: "bytes"
            }
        }
    }

    struct Entry: Sendable {
        let key: Int32
        let value: Int32
    }

    let nodes: [Node]
    let lists: [[Int32]]
    let dictionaries: [[Entry]]

    init(nodes: [Node], lists: [[Int32]], dictionaries: [[Entry]]) {
        self.nodes = nodes
        self.lists = lists
        self.dictionaries = dictionaries
    }
}
