import Domain
import Testing

/// One spelling of addresses, telephone numbers and cards that people write in several.
@Suite struct SpellingTests {
  private static func address(
    _ street: String..., city: String = "MARQUETTE", code: String = "49855",
    country: String = "US", phone: String? = nil
  ) -> PostalAddress {
    PostalAddress(
      name: "Ann Buyer", street: street, city: city, postalCode: code, country: country,
      phone: phone)
  }

  @Test(arguments: [
    ("Anna  Müller", "anna muller"), ("ANNA MU\u{308}LLER", "anna muller"),
    ("Łódź, Große-Straße 5", "lodz grosse strasse 5"), ("O'Neil", "oneil"), ("St. Ives", "st ives"),
    ("Ｔｏｋｙｏ １２", "tokyo 12"), ("٣٤ شارع", "34 شارع"), ("Ёлкин", "елкин"),
    ("東京都千代田区丸の内1-1", "東京都千代田区丸の内1 1"), ("दिल्ली", "दिल्ली"), ("İzmir", "izmir"),
    ("  --  ", ""), ("🙂", ""), ("", ""),
  ])
  func aTextHasOneSpelling(_ text: String, _ folded: String) {
    #expect(text.folded == folded)
    #expect(text.folded.folded == folded)
  }

  @Test func aTextWithoutEndIsCut() {
    #expect(String(repeating: "a", count: 100_000).folded.count == 300)
  }

  @Test(arguments: [
    (Self.address("1470 Pinewood Avenue"), Self.address("1470 PINEWOOD AVE.", "")),
    (Self.address("1470 Pinewood Avenue"), Self.address("1470, Pinewood  Avenue")),
    (Self.address("5 Main St", "Apt 2"), Self.address("5 Main Street, Apartment 2", "")),
    (Self.address("5 Main St"), Self.address("5 Main St", code: "49855-1234")),
    (
      Self.address("Hauptstraße 5", city: "München", code: "80331", country: "DE"),
      Self.address("Hauptstr. 5", city: "Munich", code: "80331", country: "de")
    ),
    (
      Self.address("10 Downing St", city: "London", code: "SW1A 2AA", country: "GB"),
      Self.address("10 Downing Street", city: "LONDON", code: "sw1a2aa", country: "GB")
    ),
    (
      Self.address("улица Ленина, 5", city: "МОСКВА", code: "", country: "RU"),
      Self.address("Улица Ленина 5", city: "Москва", code: "", country: "RU")
    ),
    (
      Self.address("丸の内１丁目１", city: "千代田区", code: "100-0005", country: "JP"),
      Self.address("丸の内1丁目1", city: "千代田区", code: "1000005", country: "JP")
    ),
  ])
  func twoSpellingsOfOnePlaceAreEqual(_ one: PostalAddress, _ other: PostalAddress) {
    #expect(one.canonical != nil)
    #expect(one.canonical == other.canonical)
  }

  @Test(arguments: [
    (Self.address("1470 Pinewood Avenue"), Self.address("1471 Pinewood Avenue")),
    (Self.address("5 Main St", "Apt 2"), Self.address("5 Main St", "Apt 3")),
    (Self.address("2 Main St", "Apt 5"), Self.address("5 Main St", "Apt 2")),
    (Self.address("5 Main St"), Self.address("5 Main St", code: "49856")),
    (Self.address("5 Main St", country: "US"), Self.address("5 Main St", country: "CA")),
    (
      Self.address("5 Main St", city: "A", code: ""), Self.address("5 Main St", city: "B", code: "")
    ),
  ])
  func differentPlacesDiffer(_ one: PostalAddress, _ other: PostalAddress) {
    #expect(one.canonical != nil)
    #expect(one.canonical != other.canonical)
  }

  @Test(arguments: [
    Self.address(""), Self.address("", ""), Self.address("--"),
    Self.address("5 Main St", city: "", code: ""),
  ])
  func whatIsNoPlaceHasNoSpelling(_ address: PostalAddress) {
    #expect(address.canonical == nil)
  }

  @Test(arguments: [
    ("+19069999999", "US", "19069999999"), ("+1 (906) 999-9999", "US", "19069999999"),
    ("0019069999999", "DE", "19069999999"), ("+1 906 999 9999 ext. 12", "US", "19069999999"),
    ("906 999 9999", "US", "US:9069999999"), ("030 1234567", "DE", "DE:301234567"),
    ("+٤٩٣٠١٢٣٤٥٦٧", "DE", "49301234567"), ("+49 30 1234567", "FR", "49301234567"),
  ])
  func aNumberHasOneSpelling(_ typed: String, _ country: String, _ canonical: String) {
    #expect(PhoneNumber(typed: typed, country: country)?.canonical == canonical)
  }

  @Test(arguments: ["", "+", "123456", "+1234567890123456", "none", "n/a 12345678", "00"])
  func whatIsNoNumberHasNoSpelling(_ typed: String) {
    #expect(PhoneNumber(typed: typed, country: "US") == nil)
  }

  @Test func aNumberWithinACountryIsNotThatOfAnother() {
    let numbers = ["US", "CA", nil].map { PhoneNumber(typed: "906 999 9999", country: $0) }
    #expect(Set(numbers.map { $0?.canonical }).count == 3)
  }

  @Test(
    arguments: [
      ("Visa", "4242", 12, 2030, "visa|4242|12|2030"),
      ("visa", "4242", 12, 30, "visa|4242|12|2030"),
      ("visa", "4242", nil, 2030, nil), ("visa", "4242", 12, nil, nil),
      ("visa", "42", 12, 2030, nil),
      ("visa", "", 12, 2030, nil), ("visa", "٤٢٤٢", 12, 2030, nil),
    ] as [(String, String, Int?, Int?, String?)])
  func aCardIsKnownByItsDigitsAndItsEnd(
    _ brand: String, _ digits: String, _ month: Int?, _ year: Int?, _ canonical: String?
  ) {
    let card = PaymentCard(
      brand: brand, lastDigits: digits, expiryMonth: month, expiryYear: year)
    #expect(card.canonical == canonical)
  }
}
