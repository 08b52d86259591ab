/// An address as a customer wrote it at the store.
package struct PostalAddress: Sendable, Equatable {
  /// First and last name of whoever lives there.
  package var name: String
  /// The lines of street, house and flat.
  package var street: [String]
  /// The city; the store writes it in capitals (FACTS §4).
  package var city: String
  /// The postal code.
  package var postalCode: String
  /// The country (ISO 3166-1 alpha-2).
  package var country: String
  /// The telephone number; `nil` when there is none.
  package var phone: String?

  /// Puts an address together.
  package init(
    name: String, street: [String], city: String, postalCode: String, country: String,
    phone: String?
  ) {
    self.name = name
    self.street = street
    self.city = city
    self.postalCode = postalCode
    self.country = country
    self.phone = phone
  }

  /// The place in one spelling, so that two addresses of one place are equal: country, postal code
  /// and street, and the city where there is no postal code, because a city has names in several
  /// languages. Who lives there does not count. `nil` when no street is given, or neither city
  /// nor postal code.
  package var canonical: String? {
    let words = street.joined(separator: " ").folded.split(separator: " ").map(Self.abbreviated)
    let code = postalCodeKey
    let place = code.isEmpty ? city.folded : code
    guard !words.isEmpty, !place.isEmpty else { return nil }
    return "\(countryCode ?? "")|\(place)|\(words.joined(separator: " "))"
  }

  /// The country in capitals; `nil` when it is none.
  package var countryCode: String? {
    let code = country.trimmingSpace().uppercased()
    return code.utf8.count == 2 && code.allSatisfy(\.isLetter) ? code : nil
  }

  /// The telephone number in one spelling; `nil` when there is none.
  package var canonicalPhone: String? {
    phone.flatMap { PhoneNumber(typed: $0, country: countryCode) }?.canonical
  }

  /// Without spaces; of the American ZIP+4 the five digits that everybody writes.
  private var postalCodeKey: String {
    let key = postalCode.folded.filter { $0 != " " }
    return countryCode == "US" && key.count == 9 ? String(key.prefix(5)) : key
  }

  /// The words for kinds of streets and parts of houses that are written short as often as not.
  private static let abbreviations = [
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr",
    "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "apartment": "apt", "suite": "ste",
    "floor": "fl", "north": "n", "south": "s", "east": "e", "west": "w",
  ]

  private static func abbreviated(_ word: Substring) -> String {
    if let short = abbreviations[String(word)] { return short }
    // German: Hauptstraße, Hauptstr.
    return word.hasSuffix("strasse") ? String(word.dropLast(4)) : String(word)
  }
}
