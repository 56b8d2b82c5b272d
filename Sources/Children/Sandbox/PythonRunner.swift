// What runs a generated program inside the sandbox, in Python. Such programs are written for graders
// that put a page of imports before them; here the same names are there, but none of Python's own is
// hidden (`from math import *` hides `pow`), none is the program's (a function that is asked for must be
// its own), and those who use none of them do not wait for the imports.

/// The Python around a program.
enum PythonRunner {
  /// Defines `give(text, path)`, which makes the usual names known to a program, as builtins.
  ///
  /// The limit of recursion is verl's. A name that several modules have is that of the last.
  static let names = #"""
    import sys

    def give(text, path):
        sys.setrecursionlimit(600000)
        import builtins, symtable
        try:
            tables = [symtable.symtable(text, path, "exec")]
        except Exception:
            return  # compile says what is wrong
        own, used = set(dir(builtins)), set()
        for table in tables:
            tables += table.get_children()
            for symbol in table.get_symbols():
                if symbol.is_global() or table is tables[0]:
                    if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                        own.add(symbol.get_name())
                    if symbol.is_referenced():
                        used.add(symbol.get_name())
        if used <= own and not used & {"eval", "exec"}:
            return
        import bisect, collections, copy, datetime, functools, heapq, io, itertools, json, math
        import operator, random, re, statistics, string, typing
        modules = [typing, string, re, datetime, collections, heapq, bisect, copy, math, random,
                   statistics, itertools, functools, operator, io, sys, json]
        given = {}
        for module in modules:
            public = [name for name in dir(module) if not name.startswith("_")]
            for name in getattr(module, "__all__", public):
                given[name] = getattr(module, name)
        given.update((module.__name__, module) for module in modules)
        for name, value in given.items():
            if not hasattr(builtins, name):
                setattr(builtins, name, value)

    """#

  /// Runs the program as Python runs a file.
  ///
  /// `sys.exit` ends it well, whatever the status: what it printed decides.
  static let program =
    names + #"""
      import os

      def main():
          path, process, before = "\#(SandboxTools.programPath)", os.getpid(), sys.modules["__main__"]
          with open(path, encoding="utf-8") as file:
              text = file.read()
          give(text, path)
          if "/dev/stdin" in text:
              # It is a link into /proc, which is not there.
              import builtins
              usual = open
              builtins.open = lambda file, *more, **named: usual(
                  0 if file == "/dev/stdin" else file, *more, **named)
          sys.argv[:], sys.path[0] = [path], os.path.dirname(path)
          module = sys.modules["__main__"] = type(sys)("__main__")
          module.__file__ = path
          try:
              exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
          except SystemExit:
              if os.getpid() != process:
                  raise  # the status of a process that it started is its own affair

      main()
      """#
}
