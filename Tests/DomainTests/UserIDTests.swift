import Domain
import Testing

@Suite struct UserIDTests {
  @Test(arguments: [
    "VXNlcjox", "VXNlcjo0Ng==", "VXNlcjoxMjM0NQ==", "VXNlcjo5MjIzMzcyMDM2ODU0Nzc1ODA3",
  ])
  func anIDOfAUserIsOne(id: String) {
    #expect(UserID.isValid(id))
  }

  @Test(arguments: [
    "", "User:1", "VXNlcjo=", "VXNlcjo0Ng", "VXNlcjow", "VXNlcjowMQ==", "VXNlcjotMQ==",
    "VXNlcjphbGljZQ==", "T3JkZXI6MQ==", "dXNlcjox", "VXNlcjox ", "VXNlcjoxIA==", "Vx==",
  ])
  func anythingElseIsNone(text: String) {
    #expect(!UserID.isValid(text))
  }
}
