import Archive
import Monitoring

/// What a verification found, as text for people.
enum VerificationPrinter {
    static func print(_ report: VerificationReport) {
        for damage in report.damaged {
            Swift.print(Terminal.visible("damaged: \(damage.key)"))
            Terminal.printParagraphs("  \(damage.problem)\n  to repair it: \(remedy(damage))")
        }
        for unread in report.unread {
            Swift.print(Terminal.visible("could not be read: \(unread.key)"))
            Terminal.printParagraphs("  \(unread.problem)")
        }
        for key in report.unfinished {
            Terminal.printParagraphs(
                "newer than the manifest: \(key)\n  a run was stopped while it saved; `tapedeck resume` resumes from there")
        }
        let read = "\(Numbers.grouped(report.objects)) objects, \(Numbers.bytes(report.bytes))"
        let damaged = "\(report.damaged.count) of \(read) \(report.damaged.count == 1 ? "is" : "are") damaged"
        if report.isIntact || !report.damaged.isEmpty { Swift.print(report.isIntact ? "intact: \(read)" : damaged) }
        if !report.unread.isEmpty {
            Terminal.printParagraphs(
                "\(report.unread.count) of \(Numbers.grouped(report.objects)) objects could not be read; whether they are damaged is not known")
        }
        if !report.unnamed.isEmpty {
            let count = report.unnamed.count
            Swift.print("\(count) \(count == 1 ? "object" : "objects") that nothing refers to: tapedeck gc")
        }
    }

    static func print(_ outcome: StoreRepair.Outcome) {
        for key in outcome.dropped { Swift.print(Terminal.visible("taken out: \(key)")) }
        Terminal.printParagraphs(
            "the store is consistent without them; `tapedeck generate` with the settings of the store creates them again from the source; "
                + "`tapedeck work` creates segments of workers again")
    }

    private static func remedy(_ damage: VerificationReport.Damage) -> String {
        switch damage.mending {
        case .rebuild: "tapedeck index rebuild"
        case .regenerate: "tapedeck verify --repair, then tapedeck generate"
        case .work: "tapedeck verify --repair, then tapedeck work"
        case .restore: "restore it from a copy, or generate into a new store"
        }
    }
}
