/// A type of the server, by its object identifier. The built-in ones are fixed by PostgreSQL's
/// catalogue `pg_type.dat` and never change.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
  /// The object identifier.
  package let rawValue: UInt32

  /// The type with this object identifier.
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `bool`.
  package static let bool = PostgresType(rawValue: 16)
  /// `bytea`.
  package static let bytea = PostgresType(rawValue: 17)
  /// `"char"`, the one-byte type of the catalogues.
  package static let char = PostgresType(rawValue: 18)
  /// `name`, the type of identifiers.
  package static let name = PostgresType(rawValue: 19)
  /// `int8`.
  package static let int8 = PostgresType(rawValue: 20)
  /// `int2`.
  package static let int2 = PostgresType(rawValue: 21)
  /// `int4`.
  package static let int4 = PostgresType(rawValue: 23)
  /// `text`.
  package static let text = PostgresType(rawValue: 25)
  /// `json`.
  package static let json = PostgresType(rawValue: 114)
  /// `unknown`, the type of a literal that nothing has given a type.
  package static let unknown = PostgresType(rawValue: 705)
  /// `char(n)`.
  package static let bpchar = PostgresType(rawValue: 1042)
  /// `varchar`.
  package static let varchar = PostgresType(rawValue: 1043)
  /// `timestamptz`.
  package static let timestamptz = PostgresType(rawValue: 1184)
  /// `numeric`.
  package static let numeric = PostgresType(rawValue: 1700)
  /// `uuid`.
  package static let uuid = PostgresType(rawValue: 2950)
  /// `jsonb`.
  package static let jsonb = PostgresType(rawValue: 3802)

  /// `bool[]`.
  package static let boolArray = PostgresType(rawValue: 1000)
  /// `bytea[]`.
  package static let byteaArray = PostgresType(rawValue: 1001)
  /// `"char"[]`.
  package static let charArray = PostgresType(rawValue: 1002)
  /// `name[]`.
  package static let nameArray = PostgresType(rawValue: 1003)
  /// `int2[]`.
  package static let int2Array = PostgresType(rawValue: 1005)
  /// `int4[]`.
  package static let int4Array = PostgresType(rawValue: 1007)
  /// `text[]`.
  package static let textArray = PostgresType(rawValue: 1009)
  /// `char(n)[]`.
  package static let bpcharArray = PostgresType(rawValue: 1014)
  /// `varchar[]`.
  package static let varcharArray = PostgresType(rawValue: 1015)
  /// `int8[]`.
  package static let int8Array = PostgresType(rawValue: 1016)
  /// `timestamptz[]`.
  package static let timestamptzArray = PostgresType(rawValue: 1185)
  /// `numeric[]`.
  package static let numericArray = PostgresType(rawValue: 1231)
  /// `json[]`.
  package static let jsonArray = PostgresType(rawValue: 199)
  /// `uuid[]`.
  package static let uuidArray = PostgresType(rawValue: 2951)
  /// `jsonb[]`.
  package static let jsonbArray = PostgresType(rawValue: 3807)

  /// The type of the elements when this is one of the array types above.
  var element: PostgresType? {
    switch self {
    case .boolArray: .bool
    case .byteaArray: .bytea
    case .charArray: .char
    case .nameArray: .name
    case .int2Array: .int2
    case .int4Array: .int4
    case .textArray: .text
    case .bpcharArray: .bpchar
    case .varcharArray: .varchar
    case .int8Array: .int8
    case .timestamptzArray: .timestamptz
    case .numericArray: .numeric
    case .jsonArray: .json
    case .uuidArray: .uuid
    case .jsonbArray: .jsonb
    default: nil
    }
  }
}
