/// Why an object of a source is not read, although it may be meant as market data.
public enum UnreadReason: Hashable, Sendable {
    /// `._NAME`, which macOS leaves beside files on disks and in archives of other systems.
    case appleDouble
    /// A zip, tar, 7z or rar archive.
    case archive(ending: String)
    /// A compression other than gzip and Zstandard.
    case compression(ending: String)
    /// What a transfer left unfinished, or a program while it wrote.
    case unfinished(ending: String)
    /// Neither `.csv` nor a compressed form of it.
    case format(ending: String)
    /// In a folder of market data, with a name that is neither of a day's file nor of a symbol's.
    case name
    /// Named as a day's file, for a day that the calendar does not have.
    case noSuchDay
    /// Outside the folders of market data, which are these.
    case folder([String])
    /// Below a folder of histories, which has no folders in it.
    case tooDeep
    /// In a folder of histories, with a name that is not a ticker.
    case ticker
    /// Nothing that can be read under its key, with the reason.
    case unreadable(String)
}

extension UnreadReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .appleDouble: "an AppleDouble file of macOS, without market data"
        case .archive(let ending): "a \(ending) archive; unpack it: .csv, .csv.gz and .csv.zst are read"
        case .compression(let ending): "compressed as \(ending); .csv, .csv.gz and .csv.zst are read"
        case .unfinished(let ending): "ends in \(ending), as an unfinished file does; fetch it again or remove it"
        case .format(let ending): "\(ending.isEmpty ? "has no ending" : "ends in \(ending)"); .csv, .csv.gz and .csv.zst are read"
        case .name: "not the name of market data; the name for a day is like 2014-06-09options.csv or 2008-09-22stocks.csv, in lower case"
        case .noSuchDay: "there is no such day"
        case .folder(let folders): "outside the folders of market data: \(folders.joined(separator: ", "))"
        case .tooDeep: "in a folder below that of the stocks"
        case .ticker: "not the name of a ticker: 1 to 24 ASCII characters without blanks, commas and quotation marks"
        case .unreadable(let problem): "cannot be read: \(problem)"
        }
    }
}
