// Equations, inequalities and words.

import MathAnswers
import Testing

@Suite struct RelationTests {
  @Test(arguments: [
    ("x=5", "5"), ("5", "x=5"), ("x=5", "x = 5"), ("f(x)=x^2", "x^2"), ("AB=5", "5"),
    ("5", "2+3=5"),
    ("x=2+3=5", "5"), ("y=2x+1", "2x-y+1=0"), ("y=2x+1", "2y=4x+2"), ("y=2x+1", "2x+1=y"),
    ("y=2x+1", "2x+1"),
    ("x^2+y^2=4", "2x^2+2y^2=8"), ("y=\\frac1x", "xy=1"), ("y-1=2(x-3)", "y=2x-5"),
    ("\\sqrt2x=2", "x=\\sqrt2"), ("\\frac{x}{2}+\\frac{y}{3}=1", "3x+2y=6"), ("x=\\pm2", "2,-2"),
    ("x=1,y=2", "y=2,x=1"), ("x<3", "3>x"), ("2x<6", "x<3"), ("-x<3", "x>-3"),
    ("x+y\\le1", "2x+2y\\le2"),
    ("-x-y\\ge-1", "x+y\\le1"), ("1<x<2", "2>x>1"), ("x \\approx 3", "x=3"), ("|z|=3", "|z|=3"),
    ("\\angle ABC = 30^\\circ", "30"), ("x\\in\\mathbb{Z}", "\\mathbb{Z}"),
  ])
  func `relations say the same`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .equal)
  }

  @Test(arguments: [
    ("x=5", "y=5"), ("x=5", "x=6"), ("x=5", "6"), ("2x+z=1", "1"), ("5", "x+1=5"), ("5", "1=5"),
    ("5", "x=x"),
    ("5", "0=0"), ("y=2x+1", "0=0"), ("y=2x+1", "y=y"), ("y=2x+1", "y=2x-1"), ("y=2x+1", "x=2y+1"),
    ("x^2=4", "x=2"), ("f(x)=x^2", "y=x^3"), ("x<3", "x>3"), ("x<3", "x=3"), ("x+y<1", "x+y>1"),
    ("x=5", "x=5,x=6"), ("\\mathbb{Z}", "\\mathbb{Q}"), ("x>3", "x"), ("x=5", "x\\ne5"),
    ("x^2=4", "x^2=42=4"), ("5", "x=6=5"), ("x=5", "x=6=5"), ("y", "y\\%"),
    ("\\log_5 25", "\\log_5(25,904)"), ("\\sin 1", "\\sin(1,2)"),
  ])
  func `relations say something else`(gold: String, answer: String) throws {
    #expect(try verdict(gold, answer) == .different)
  }

  @Test(arguments: [
    ("\\text{Tuesday}", "tuesday", true), ("\\text{(C)}", "C", true), ("C", "(C)", true),
    ("C", "\\textbf{(C)}", true),
    ("\\textbf{(C) }", "C", true), ("\\text{no solution}", "No solution", true),
    ("Yes", "\\text{yes.}", true),
    ("C", "D", false), ("\\text{Tuesday}", "Monday", false),
    ("\\text{Tuesday}", "not Tuesday", false),
    ("C", "A, B, C", false), ("C", "(A)(B)(C)", false), ("\\text{even}", "odd", false),
    ("\\text{Yes}", "\\text{any}", false),
    ("5", "\\text{any}", false), ("January 5", "\\text{January 5}", true),
    ("January 5", "January 6", false),
  ])
  func `words are compared as words`(gold: String, answer: String, isEqual: Bool) throws {
    #expect(try verdict(gold, answer).isEqual == isEqual)
  }

  @Test(arguments: [
    ("", "empty"), ("  ", "empty"), ("\\boxed{}", "empty"), ("$$", "empty"),
    ("\\int_0^1 x", "unparsable"),
    ("(1,2", "unparsable"), ("1 + ", "unparsable"), ("\\foo{1}", "unparsable"),
    ("1..2", "unparsable"),
    ("2 2 3", "unparsable"), ("()", "unparsable"), ("\\frac{1}{0}", "undefined"),
    ("9e9999", "too large"),
  ])
  func `a text that cannot be used says why`(text: String, reason: String) {
    #expect(failure(text) == reason)
  }
}
