// Pairs, lists, sets, intervals, unions and matrices.

import MathAnswers
import Testing

@Suite struct SequenceTests {
  @Test(arguments: [
    ("(1,2)", "(1, 2)"), ("(1,2)", "\\left(1,\\ 2\\right)"), ("(\\frac12,3)", "(0.5,3)"),
    ("(1,2)", "1,2"), ("1,2", "2,1"), ("2 and 3", "3,2"), ("2\\text{ or }3", "3\\text{ and }2"),
    ("\\{1,2,3\\}", "\\{3,1,2\\}"), ("\\{1,2,2\\}", "\\{1,2\\}"), ("\\{1,2\\}", "2,1"),
    ("5", "\\{5\\}"),
    ("\\emptyset", "\\{\\}"), ("∅", "\\varnothing"),
    ("\\{\\frac12,\\sqrt8\\}", "\\{2\\sqrt2,0.5\\}"),
    ("(1,2),(3,4)", "(3,4),(1,2)"), ("\\pm2", "2,-2"), ("3\\pm\\sqrt5", "3-\\sqrt5,3+\\sqrt5"),
    ("[1,2,3]", "[1,2,3]"), ("(\\sqrt{2+\\sqrt3},1)", "(\\frac{\\sqrt6+\\sqrt2}{2},1)"),
    ("1, 2, \\text{ and } 3", "1,2,3"), ("x=1,y=2", "(1,2)"), ("x=1\\text{ or }x=2", "1,2"),
    ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "(1,2)"), ("1:2:3", "2:4:6"),
  ])
  func `sequences are equal in the order that counts`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .equal)
  }

  @Test(arguments: [
    ("(1,2)", "(2,1)"), ("(1,2)", "2,1"), ("(1,2)", "(1,2,3)"), ("1,2", "1,2,3"), ("1,2,3", "1,2"),
    ("\\{1,2\\}", "\\{1,3\\}"), ("5", "5,6"), ("5", "1,2,3,4,5"), ("5,6", "5"), ("\\emptyset", "0"),
    ("(1,2)", "1"), ("\\pm2", "2"), ("2", "\\pm2"), ("\\emptyset", "\\{0\\}"),
    ("(1,2),(3,4)", "(2,1),(4,3)"),
    ("1:2:3", "1:6"), ("\\{1\\}", "\\{1,1,2\\}"),
  ])
  func `sequences with other elements are different`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .different)
  }

  @Test(arguments: [
    ("[1,2]", "[1, 2]"), ("(1,2]", "\\left(1,2\\right]"), ("(3,\\infty)", "(3,+\\infty)"),
    ("(-\\infty,1)\\cup(2,\\infty)", "(2,\\infty)\\cup(-\\infty,1)"), ("(1,3]", "(1,2]\\cup[2,3]"),
    ("\\mathbb{R}", "(-\\infty,\\infty)"),
    ("\\mathbb R\\setminus\\{0\\}", "(-\\infty,0)\\cup(0,\\infty)"),
    ("[1,2]\\cup\\{3\\}", "\\{3\\}\\cup[1,2]"), ("[0,5]\\cap[3,8]", "[3,5]"),
    ("x\\in(1,2)", "(1,2)"),
    ("[\\sqrt2,2]", "[\\frac{2}{\\sqrt2},2]"), ("x>3", "(3,\\infty)"), ("(3,\\infty)", "x>3"),
    ("1<x\\le2", "(1,2]"), ("x\\ne3", "(-\\infty,3)\\cup(3,\\infty)"),
    ("x<1\\text{ or }x>2", "(-\\infty,1)\\cup(2,\\infty)"),
    ("x^2<4", "(-2,2)"), ("x^2\\ge2", "(-\\infty,-\\sqrt2]\\cup[\\sqrt2,\\infty)"),
    ("\\{x \\mid x>3\\}", "(3,\\infty)"),
    ("(a,b)", "(a,b)"), ("[a,2a]", "[a,a+a]"), ("[1, 2)∪(2, 3]", "[1,3]\\setminus\\{2\\}"),
  ])
  func `sets of numbers are equal however they are put together`(
    gold: String, answer: String
  ) throws {
    #expect(try verdict(gold, answer) == .equal)
  }

  @Test(arguments: [
    ("[1,2]", "(1,2)"), ("(1,2]", "[1,2)"), ("(3,\\infty)", "[3,\\infty)"),
    ("(1,3)", "(1,2)\\cup(2,3)"),
    ("x>3", "x\\ge3"), ("x>3", "x<3"), ("x>3", "(-\\infty,\\infty)"), ("5", "(-\\infty,\\infty)"),
    ("5", "[5,5.1]"), ("x>3", "y>4"), ("[0,1]", "\\{0,1\\}"), ("(3,\\infty)", "\\infty"),
  ])
  func `sets that differ in a point are different`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .different)
  }

  @Test(arguments: [
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}", true),
    (
      "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
      "\\left(\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right)", true
    ),
    ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}", false),
    ("\\begin{pmatrix}1&2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", false),
    ("\\frac12\\begin{pmatrix}2&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}", true),
    (
      "\\begin{pmatrix}\\frac12\\\\-\\sqrt8\\end{pmatrix}",
      "\\begin{pmatrix}0.5\\\\-2\\sqrt2\\end{pmatrix}", true
    ),
    ("\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}", "-2", true),
    ("\\begin{vmatrix}a&b\\\\c&d\\end{vmatrix}", "ad-bc", true),
    ("\\begin{vmatrix}2&0&1\\\\1&3&2\\\\1&1&1\\end{vmatrix}", "0", true),
    ("\\begin{pmatrix}5\\end{pmatrix}, 6", "5", false),
  ])
  func `matrices are compared entry by entry`(
    gold: String, answer: String, isEqual: Bool
  ) throws {
    #expect(try verdict(gold, answer).isEqual == isEqual)
  }
}
