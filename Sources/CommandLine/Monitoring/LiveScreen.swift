import Dispatch
import Foundation
import Monitoring

/// Takes over the terminal while a dashboard is shown: alternate screen, keys without echo. Restores it afterwards, also when a
/// signal ends the program.
final class LiveScreen {
    private let original: termios?
    private let signals: [any DispatchSourceSignal]

    init() {
        var settings = termios()
        original = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &settings) == 0 ? settings : nil
        if original != nil {
            // Ctrl-C comes as a key.
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        }
        signals = [SIGINT, SIGTERM, SIGHUP].map { [original] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler {
                Self.restore(original)
                _exit(128 + number)
            }
            source.activate()
            return source
        }
        Self.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    func leave() {
        for source in signals { source.cancel() }
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
        Self.restore(original)
    }

    /// Read each time, so that the dashboard follows changes of the terminal's size.
    var size: (columns: Int, rows: Int) { Terminal.outputSize ?? (80, 24) }

    func show(_ lines: [StyledLine]) {
        let rows = lines.map { Terminal.styled($0) + "\u{1B}[K" }
        Self.write("\u{1B}[H" + rows.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// Waits for a key, or until the timeout.
    func isToLeave(within seconds: Double) -> Bool {
        guard original != nil else {
            usleep(UInt32(seconds * 1_000_000))
            return false
        }
        var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, Int32(seconds * 1000)) > 0 else { return false }
        var key: UInt8 = 0
        // An empty read means that the terminal is gone.
        guard read(STDIN_FILENO, &key, 1) == 1 else { return true }
        return [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3].contains(key)
    }

    private static func restore(_ original: termios?) {
        write("\u{1B}[?25h\u{1B}[?1049l")
        if var original { tcsetattr(STDIN_FILENO, TCSANOW, &original) }
    }

    private static func write(_ text: String) { Terminal.write(text, to: STDOUT_FILENO) }
}
