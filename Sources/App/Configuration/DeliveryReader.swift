import FoundationEssentials
import HTTPTransport
import Letters
package import Work

/// How the letters with the codes go out, as the environment sets it.
package enum DeliveryConfiguration: Sendable {
  /// Laurel sends nothing; the shop tells its customers.
  case off
  /// The store sends gift cards with its own templates.
  case store
  /// Laurel sends by SMTP.
  case smtp(MailPost.Settings)

  /// Whether Laurel itself sends them.
  fileprivate var isMail: Bool {
    if case .smtp = self { return true }
    return false
  }
}

/// Reads how the letters with the codes go out.
struct DeliveryReader {
  /// The values of LAUREL_DELIVERY.
  private enum Choice: String, CaseIterable {
    case auto, store, smtp, off
  }

  /// Whether a mail server on another machine has to be reached by TLS.
  let isStrict: Bool

  /// The way of the environment; `off` when a fault leaves nothing to go on with.
  func delivery(_ reader: inout EnvironmentReader) -> DeliveryConfiguration {
    let reminderDays = reader.number("LAUREL_REMINDER_DAYS", in: 0...60, standard: 0)
    let delivery = delivery(&reader, reminderDays: reminderDays)
    if reminderDays > 0, !delivery.isMail {
      reader.notice("LAUREL_REMINDER_DAYS reminds nobody: only letters by SMTP_URL do")
    }
    return delivery
  }

  private func delivery(
    _ reader: inout EnvironmentReader, reminderDays: Int
  ) -> DeliveryConfiguration {
    let choice = reader.choice("LAUREL_DELIVERY", standard: Choice.auto)
    let language = reader.choice("LAUREL_MAIL_LANGUAGE", standard: LetterLanguage.english)
    let isServerGiven = ["SMTP_URL", "SMTP_URL_FILE"].contains { reader.text($0) != nil }
    let server = server(&reader)
    switch choice {
    case .off: return .off
    case .store: return .store
    case .auto where !isServerGiven: return .store
    case .auto, .smtp: break
    }
    if !isServerGiven {
      reader.fault("SMTP_URL is missing; LAUREL_DELIVERY=smtp needs the mail server's address")
    }
    let sender = sender(&reader)
    let templates = templates(&reader)
    guard let server, let sender, let templates else { return .off }
    return .smtp(
      MailPost.Settings(
        server: server, sender: sender, shopName: sender.name ?? sender.domain,
        language: language, templates: templates, reminderDays: reminderDays))
  }

  private func server(_ reader: inout EnvironmentReader) -> SMTPServer? {
    guard let url = reader.secret("SMTP_URL") else { return nil }
    do {
      let server = try SMTPServer(url: url)
      if isStrict && server.security == .none && !server.isLoopback {
        reader.fault("SMTP_URL must use TLS in production; the letters' codes would be readable")
      }
      return server
    } catch {
      reader.fault("SMTP_URL: \(error.message)")
      return nil
    }
  }

  private func sender(_ reader: inout EnvironmentReader) -> Mailbox? {
    let shopName = reader.text("LAUREL_SHOP_NAME")
    do {
      if let shopName { _ = try Mailbox(name: shopName, address: "shop@example.com") }
    } catch {
      reader.fault("LAUREL_SHOP_NAME: \(error.message)")
      return nil
    }
    guard let address = reader.text("LAUREL_MAIL_SENDER") else {
      reader.fault("LAUREL_MAIL_SENDER is missing; it is the address that letters are from")
      return nil
    }
    do {
      return try Mailbox(name: shopName, address: address)
    } catch {
      reader.fault("LAUREL_MAIL_SENDER: \(error.message)")
      return nil
    }
  }

  private func templates(_ reader: inout EnvironmentReader) -> LetterTemplates? {
    guard let folder = ConfigFolder(configFile: reader.text("LAUREL_CONFIG")) else {
      reader.fault(
        "the folder config with the letters is neither in the working directory nor above the "
          + "program; name its file laurel.yaml in LAUREL_CONFIG")
      return nil
    }
    do {
      let templates = try LetterTemplates(folder: "\(folder.path)/letters")
      if !templates.shipped.isEmpty {
        let names = templates.shipped.map(\.rawValue).joined(separator: ", ")
        reader.notice(
          "\(folder.path)/letters has no files of these letters, so the shipped ones go out: "
            + names)
      }
      return templates
    } catch {
      for line in error.message.split(separator: "\n") { reader.fault(String(line)) }
      return nil
    }
  }
}
