extension Currency {
  /// How many digits an amount has behind the point (ISO 4217, "minor unit"); `nil` for a currency
  /// that the standard does not list.
  package var fractionDigits: Int? {
    if Self.withoutDigits.contains(code) { return 0 }
    if Self.withThreeDigits.contains(code) { return 3 }
    if Self.withFourDigits.contains(code) { return 4 }
    return Self.withTwoDigits.contains(code) ? 2 : nil
  }

  /// How many digits behind the point amounts of money have that a store takes: those of the currency,
  /// and three at most, as many as its database keeps. A store refuses 1.234 USD (recorded for
  /// giftCardCreate and voucherChannelListingUpdate). Two for a currency that the standard does not
  /// list.
  package var amountDigits: Int { min(fractionDigits ?? 2, 3) }

  private static let withoutDigits = codes(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
  private static let withThreeDigits = codes("BHD IQD JOD KWD LYD OMR TND")
  private static let withFourDigits = codes("CLF UYW")
  private static let withTwoDigits = codes(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
    CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR
    LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL
    """)

  private static func codes(_ text: String) -> Set<String> {
    Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }
}
