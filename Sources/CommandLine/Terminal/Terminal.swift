import Foundation
import Monitoring
import StrictJSON

/// Standard output and error as this program uses them: results to the one, everything else to the other.
enum Terminal {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let usesColor = outputIsTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    /// Prints a line on stderr.
    static func complain(_ text: String) { writeError(visible(text) + "\n") }

    /// Replaces the progress line if stderr is a terminal. Empty text removes it.
    static func showProgress(_ text: String) {
        if errorIsTerminal { writeError("\r\u{1B}[2K" + text.prefix(errorWidth - 1)) }
    }

    /// Columns of the terminal on stderr; 80 without a terminal.
    static var errorWidth: Int { width(STDERR_FILENO) ?? 80 }

    /// Columns of the terminal on stdout; `nil` without one.
    static var outputWidth: Int? { outputIsTerminal ? width(STDOUT_FILENO) : nil }

    /// Columns and rows of the terminal on stdout; `nil` where there is none.
    static var outputSize: (columns: Int, rows: Int)? { size(STDOUT_FILENO) }

    private static func width(_ descriptor: Int32) -> Int? { size(descriptor)?.columns }

    private static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    static func bold(_ text: String) -> String { usesColor ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    static func dim(_ text: String) -> String { usesColor ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    static func red(_ text: String) -> String { usesColor ? "\u{1B}[31m\(text)\u{1B}[0m" : text }

    static func styled(_ line: StyledLine) -> String {
        line.spans.map { span in
            let text = visible(span.text)
            return switch span.style {
            case .plain: text
            case .strong: bold(text)
            case .faint: dim(text)
            case .alarm: red(text)
            }
        }.joined()
    }

    /// The text with control characters made visible, because messages quote arbitrary input.
    static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isBidiControl || scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }

    /// Prints each line of the text as a paragraph, wrapped at the width of the terminal.
    static func printParagraphs(_ text: String, style: (String) -> String = { $0 }) {
        for paragraph in visible(text).split(separator: "\n", omittingEmptySubsequences: false) {
            for line in lines(String(paragraph), width: outputWidth) { print(style(line)) }
        }
    }

    /// Wraps a text to lines of at most `width` characters, except for longer words.
    static func lines(_ text: String, width: Int?, indent: Int = 0) -> [String] {
        let margin = String(repeating: " ", count: indent)
        guard let width, indent + text.count > width else { return [margin + text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + line.count + 1 + word.count > width {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return lines + [margin + line]
    }

    /// Prints a value as JSON and nothing else.
    static func printJSON(_ value: some Encodable, pretty: Bool = true) throws {
        print(String(decoding: try JSONText.encode(value, pretty: pretty), as: UTF8.self))
    }

    /// Flushes standard output.
    /// - Throws: `CommandError` when a write failed. A closed pipe is not an error.
    static func finishOutput() throws(CommandError) {
        guard fflush(nil) != 0, errno != EPIPE else { return }
        throw CommandError("cannot write the result to standard output: \(String(cString: strerror(errno)))")
    }

    private static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes text, and ignores failures: a message that nobody can read must not stop the run.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }
}
