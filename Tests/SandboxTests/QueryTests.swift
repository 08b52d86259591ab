import FoundationEssentials
import Testing

@testable import Sandbox

/// Projection, fragments, arguments and the refusals of queries that do not fit.
@Suite struct QueryTests {
  private func plan(
    _ query: String, _ variables: JSONValue = [:], operationName: String? = nil
  ) throws(QueryProblem) -> QueryPlan {
    try QueryPlan(
      query: query, operationName: operationName, variables: variables.asObject ?? JSONObject())
  }

  private func refusal(_ query: String, _ variables: JSONValue = [:]) -> String? {
    do throws(QueryProblem) {
      _ = try plan(query, variables)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func onlySelectedFieldsAppearUnderTheirAliasesAndInTheirOrder() throws {
    let root = try plan(
      """
      query Q($id: ID!) { mine: order(id: $id) { ...Paid id total { gross { amount } }
        total { gross { currency } net { amount } } ... on Order { number } __typename } }
      fragment Paid on Order { isPaid, deliveryMethod { ... on Warehouse { id }
        ... on ShippingMethod { label: name } } }
      """, ["id": "x"]
    ).roots[0]
    #expect(root.responseKey == "mine" && root.arguments["id"] == "x")
    let order = SandboxOrder.paid(number: 7, total: 20, email: "a@example.com")
    let shown = root.project(order.fields)
    #expect(
      shown == [
        "isPaid": true, "deliveryMethod": ["label": "Default"], "id": .string(order.id),
        "total": [
          "gross": ["amount": .number("20.0"), "currency": "USD"],
          "net": ["amount": .number("20.0")],
        ],
        "number": "7", "__typename": "Order",
      ])
  }

  @Test func argumentsAreLiteralsVariablesAndFallbacks() throws {
    let root = try plan(
      """
      query($code: String!, $n: Int = 3) {
        giftCards(first: $n, filter: {code: $code, metadata: [{key: "a\\u0062", value: "c"}]}) {
          totalCount # a comment
        }
      }
      """, ["code": "ABC"]
    ).roots[0]
    #expect(
      JSONValue.object(root.arguments) == [
        "first": 3,
        "filter": ["code": "ABC", "metadata": [["key": "ab", "value": "c"]]],
      ])
  }

  @Test(arguments: [
    ("{ nope }", "Cannot query field \"nope\" on type \"Query\"."),
    (
      "{ order(id: \"x\") { total } }",
      "Field \"total\" of type \"TaxedMoney\" must have a sub selection."
    ),
    ("{ shop { name { x } } }", "Field \"name\" must not have a sub selection."),
    ("{ order(nr: 1) { id } }", "Unknown argument \"nr\" on field \"order\" of type \"Query\"."),
    ("{ order(id: $id) { id } }", "Variable \"$id\" is not defined."),
    ("{ order(id: FOO) { id } }", "Argument \"id\" has invalid value \"FOO\".\n"),
    ("{ shop { ...X } }", "Unknown fragment \"X\"."),
    (
      "{ shop { ...X } } fragment X on Shop { ...X }",
      "Cannot spread fragment \"X\" within itself."
    ),
    (
      "{ shop { ... on Order { id } } }",
      "Fragment cannot be spread here as objects of type \"Shop\" can never be of type \"Order\"."
    ),
    (
      "mutation { giftCardCreate { errors { code } } }",
      "Field \"giftCardCreate\" argument \"input\" of type \"GiftCardCreateInput!\" is required but "
        + "not provided."
    ),
    (
      "query($a: String!) { shop { name } }",
      "Variable \"$a\" of required type \"String!\" was not provided."
    ),
    (
      "mutation { giftCardUpdate(id: \"x\", input: {addTag: \"y\"}) { errors { code } } }",
      "Argument \"input\" has invalid value {\"addTag\": \"y\"}.\nIn field \"addTag\": Unknown field."
    ),
    (
      "query A { shop { name } } query B { shop { name } }",
      "Must provide operation name if query contains multiple operations."
    ),
  ])
  func whatDoesNotFitIsRefused(_ query: String, _ message: String) {
    #expect(refusal(query) == message)
  }

  @Test(arguments: [
    ("{ shop { name }", "(1:16) Expected Name, found EOF"),
    ("{ shop(a: ) { name } }", "(1:11) Unexpected )"),
    ("{\n  shop { \"x\" }\n}", "(2:10) Expected Name, found String \"x\""),
    ("question { event }", "(1:1) Unexpected Name \"question\""),
    ("{ shop @skip(if: true) { name } }", "(1:8) Expected Name, found @"),
    ("{ shop(a: 01) { name } }", "(1:11) Invalid number"),
    ("{ shop(a: \"x) { name } }", "(1:11) Unterminated string"),
    ("{ shop ; }", "(1:8) Unexpected character \";\""),
  ])
  func syntaxErrorsSayWhere(_ query: String, _ start: String) {
    #expect(refusal(query)?.hasPrefix("Syntax Error GraphQL \(start)\n\n") == true)
  }

  @Test func theNamedOperationIsTheOneThatRuns() throws {
    let plan = try plan(
      "query A { shop { name } } query B { app { id } }", operationName: "B")
    #expect(plan.roots.map(\.name) == ["app"])
  }

  @Test func deepQueriesAreRefusedAndNotFatal() {
    let deep = String(repeating: "{ a ", count: 100_000)
    #expect(refusal(deep)?.contains("Nested too deeply") == true)
    let list = "{ order(id: " + String(repeating: "[", count: 100_000)
    #expect(refusal(list)?.contains("Nested too deeply") == true)
    let chain = (0..<5000).map { "fragment F\($0) on Shop { ...F\($0 + 1) }" }
    #expect(
      refusal("{ shop { ...F0 } } " + chain.joined(separator: " "))
        == "The query is nested too deeply.")
    let bomb = (0..<40).map { "fragment F\($0) on Shop { ...F\($0 + 1) ...F\($0 + 1) }" }
      .joined(separator: " ")
    for query in [
      "{ shop { ...F0 } } " + bomb, "{ shop { ...F0 } } fragment F40 on Shop { name } " + bomb,
    ] {
      #expect(refusal(query) == "The query asks for too many fields.")
    }
  }
}
