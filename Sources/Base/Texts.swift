/// The order of texts by their bytes: the same wherever something is sorted, and that in which HDF5 lists names.
package func bytesAscend(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

extension String {
    /// The text as HTML and XML have it: without characters that begin or end markup.
    package var escapedForMarkup: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}

/// Digits with commas between thousands: "1234567" becomes "1,234,567".
package func groupedByThousands(_ digits: some Collection<Character>) -> String {
    var text = ""
    for (place, digit) in digits.enumerated() {
        if place > 0, (digits.count - place).isMultiple(of: 3) { text += "," }
        text.append(digit)
    }
    return text
}
