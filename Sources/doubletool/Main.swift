// The command on devices that stand for GPUs, for tests.

import CDouble
import Commands
import Foundation

/// The program with doubles of GPUs.
@main
enum Main {
  static func main() async {
    cdouble_install()
    atexit {
      let words =
        "the double ran \(cdouble_operators()) operators and carried \(cdouble_carried()) tensors, in \(cdouble_peak()) bytes\n"
      FileHandle.standardError.write(Data(words.utf8))
    }
    await Vapo.start()
  }
}
