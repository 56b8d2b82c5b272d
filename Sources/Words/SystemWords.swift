// The system's words for what went wrong with a file. Foundation wraps them in domains and codes that
// tell a user nothing.

import Foundation

/// Why a file or folder could not be used, in the system's own words.
///
/// - Parameters:
///   - error: what Foundation threw.
///   - path: what it was about: where the error has no number of the system's, opening this may.
/// - Returns: a few words, such as "No such file or directory".
package func systemWords(_ error: any Error, path: String? = nil) -> String {
  var next: NSError? = error as NSError
  while let current = next {
    if current.domain == NSPOSIXErrorDomain { return words(ofNumber: Int32(current.code)) }
    next = current.userInfo[NSUnderlyingErrorKey] as? NSError
  }
  if let path {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if file < 0 { return words(ofNumber: errno) }
    close(file)
  }
  let words = (error as NSError).localizedDescription
  // "The operation could not be completed. (NSCocoaErrorDomain error 256.)", or with the reason behind it.
  let usual = "The operation could not be completed. "
  let reason = words.hasPrefix(usual) ? String(words.dropFirst(usual.count)) : words
  return reason.hasPrefix("(") ? "it could not be used" : reason
}

private func words(ofNumber number: Int32) -> String { String(cString: strerror(number)) }
