/// The files of `config/letters` as they were when the program was built: of the letters that came
/// later than `reward`, which a shop's own folder may lack.
enum ShippedLetters {
  /// The bytes of a file, by its name.
  static let files: [String: [UInt8]] = [
    "friend.en.subject": PackageResources.friend_en_subject,
    "friend.en.txt": PackageResources.friend_en_txt,
    "friend.en.html": PackageResources.friend_en_html,
    "friend.ru.subject": PackageResources.friend_ru_subject,
    "friend.ru.txt": PackageResources.friend_ru_txt,
    "friend.ru.html": PackageResources.friend_ru_html,
    "milestone.en.subject": PackageResources.milestone_en_subject,
    "milestone.en.txt": PackageResources.milestone_en_txt,
    "milestone.en.html": PackageResources.milestone_en_html,
    "milestone.ru.subject": PackageResources.milestone_ru_subject,
    "milestone.ru.txt": PackageResources.milestone_ru_txt,
    "milestone.ru.html": PackageResources.milestone_ru_html,
    "reminder.en.subject": PackageResources.reminder_en_subject,
    "reminder.en.txt": PackageResources.reminder_en_txt,
    "reminder.en.html": PackageResources.reminder_en_html,
    "reminder.ru.subject": PackageResources.reminder_ru_subject,
    "reminder.ru.txt": PackageResources.reminder_ru_txt,
    "reminder.ru.html": PackageResources.reminder_ru_html,
  ]
}
