/// Who is given a code.
package enum CodePolicy: String, CaseIterable, Sendable {
  /// Who asks for one, or for whom the shop asks.
  case onRequest = "on_request"
  /// Each new customer too, without being asked.
  case everyCustomer = "every_customer"
}
