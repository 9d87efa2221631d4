/// An object of a PyTorch checkpoint: a number, a text, a list, a dictionary or a tensor.
///
/// Objects are looked at one at a time: a checkpoint may hold the same one in many places, or a list inside itself.
public struct TorchValue: Sendable {
    let objects: TorchObjects
    let index: Int

    private var node: TorchObjects.Node { objects.nodes[index] }

    public var isNone: Bool { if case .none = node { true } else { false } }
    public var bool: Bool? { if case .bool(let value) = node { value } else { nil } }
    public var integer: Int? { if case .integer(let value) = node { value } else { nil } }
    public var string: String? { if case .string(let value) = node { value } else { nil } }
    public var tensor: TorchTensor? { if case .tensor(let value) = node { value } else { nil } }

    /// A whole or other number.
    public var double: Double? {
        switch node {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements of a list or tuple.
    public var elements: [TorchValue]? {
        switch node {
        case .list(let list), .tuple(let list): objects.lists[list].map { TorchValue(objects: objects, index: Int($0)) }
        default: nil
        }
    }

    /// The members of a dictionary in their order.
    public var members: [(key: TorchValue, value: TorchValue)]? {
        guard case .dictionary(let dictionary) = node else { return nil }
        return objects.dictionaries[dictionary].map {
            (TorchValue(objects: objects, index: Int($0.key)), TorchValue(objects: objects, index: Int($0.value)))
        }
    }

    /// A dictionary's member; the last of those with this key, as Python would keep it.
    public subscript(key: String) -> TorchValue? {
        guard case .dictionary(let dictionary) = node else { return nil }
        let found = objects.dictionaries[dictionary].last { entry in
            if case .string(key) = objects.nodes[Int(entry.key)] { true } else { false }
        }
        return found.map { TorchValue(objects: objects, index: Int($0.value)) }
    }

    /// What it is, in a word or two, for messages.
    public var kind: String { node.kind }
}

/// Every object of a pickle. They name one another by number: nothing here is nested, however deep the pickle was.
final class TorchObjects: Sendable {
    enum Node: Sendable, Equatable {
        case none
        case bool(Bool)
        case integer(Int)
        /// A whole number that needs more than 64 bits, which is not kept.
        case largeInteger
        case number(Double)
        case string(String)
        /// Indices into `lists`.
        case list(Int)
        case tuple(Int)
        /// Index into `dictionaries`.
        case dictionary(Int)
        case tensor(TorchTensor)
        /// A class or function by name, such as `torch.float32`; never called but for those that the unpickler implements.
        case global(String)
        case device(String)
        case storage(TorchStorage)
        /// The type of a NumPy number, and the bytes of one, first byte lowest.
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
