/// The order of texts by their bytes, used wherever something is sorted; HDF5 lists names in the same order.
package func bytesAscend(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }

extension String {
    /// The text with the characters of HTML and XML markup escaped.
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

/// A whole number in decimal, padded with zeros to at least `width` characters.
package func zeroPadded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension String {
    /// A name with underscores in place of capitals: `openInterest` is `open_interest`.
    package var snakeCased: String {
        reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}
