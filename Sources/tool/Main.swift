// vapo: the program without the network, which trains, measures and compares.

import Commands

@main
enum Main {
  static func main() async { await Vapo.start() }
}
