// The command on devices that stand for GPUs, for tests. It asks servers, and is none.

import CDouble
import Commands
import Foundation

#if canImport(Requests)
import Requests
import Transport
#endif

/// The program with doubles of GPUs.
@main
enum Main {
  static func main() async {
    cdouble_install()
    atexit {
      let words =
        "the double ran \(cdouble_operators()) operators and carried \(cdouble_carried()) tensors, in \(cdouble_peak()) bytes, with \(cdouble_late_copies()) late copies\n"
      FileHandle.standardError.write(Data(words.utf8))
    }
    #if canImport(Requests)
    Transports.install(HTTPTransport())
    await Vapo.start(with: Network(serve: { _ in }, dashboard: { _ in }))
    #else
    await Vapo.start()
    #endif
  }
}
