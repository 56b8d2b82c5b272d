# The expressions and small templates that template_goldens.py asks jinja2 about. The Swift tests
# hold the same CONTEXT, in TemplateContext.swift.

CONTEXT = {
    "s": "Hello, World", "u": "naïve 日本語 😀 e\u0301 ÉLAN ﬁ ß İ", "blank": " \t x y\n\u00a0",
    "lines": "one\r\ntwo\n\nthree\x0bfour\u2028five", "empty": "", "n": 7, "m": -3, "f": 2.5, "yes": True,
    "no": False, "nothing": None, "l": [3, 1, 2], "words": ["b", "a", "C", "b"], "e": [],
    "mixed": [1, "a", None, 2.0, True, [1], {"k": 1}],
    "d": {"b": 1, "a": "x", "items": 5, "z": [1, 2], "A": None}, "o": {},
    "people": [
        {"name": "Zoë", "age": 41, "home": {"city": "Oslo"}},
        {"name": "adam", "age": 7, "home": {"city": "Rom"}},
        {"name": "Bea", "age": 41, "home": {}},
        {"name": "adam", "age": None},
    ],
    "deep": {"a": {"b": {"c": [{"d": "found"}]}}}, "html": "<a href='x'>&\"</a>", "think": "<think>a</think>b",
}

OPERANDS = [
    "none", "true", "0", "7", "-3", "2.5", "-0.0", "1e308", "''", "'a'", "'é'", "[]", "[1, 'a']",
    "(1, 2)", "{}", "{'a': 1}", "missing", "62", "range(3)",
]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in",
             "and", "or"]

EXPRESSIONS = r"""
1
007
1_000
0x_ff
0XfF
0b101
0o17
1.5
1e3
1E-7
1.0e+16
123456789012345678.0
0.1 + 0.2
1e16
1e15
-1e-5
0.0001
0.00001
1e22
1.5e300 * 1e300
-1.5e300 * 1e300
5e-324
1.7976931348623157e308
100.0
3.14159
2 ** 10
2 ** -1
2 ** 0.5
-2 ** 2
2 ** 3 ** 2
(-8) ** 2
0 ** 0
7 // 2
-7 // 2
7 // -2
7 % 3
-7 % 3
7 % -3
-7.5 % 2
7.5 // -2
-7.5 // 2
0.0 // 1
1 / 3
6 / 3
1 / 0
1 // 0
1 % 0
1.0 / 0
1 - - 1
- - 1
+true
-true
true + true
not 1 == 2
not not yes
1 < 2 < 3
1 < 2 > 1 == 1
3 > 2 > 2
1 == 1.0
1 == true
'1' == 1
'a' < 'b'
'Z' < 'a'
'é' < 'z'
'😀' > '\uffff'
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 2) == (1, 2)
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
none == none
none == false
nothing is none
missing == missing
missing == none
missing
missing.x
missing['x']
missing()
missing + 1
missing ~ 'x'
missing | length
missing | default('d')
missing | list
missing | upper
missing | int
missing | join(',')
missing | first
missing | tojson
missing | sum
missing | items | list
missing is defined
missing is string
missing is iterable
missing is sequence
missing is mapping
missing is callable
nothing.x
nothing.x is defined
nothing.x.y
nothing['x'] is undefined
nothing | default('d')
nothing | default('d', true)
empty | default('d')
empty | default('d', true)
empty | default('d', boolean=true)
n.x is defined
n.real is defined
s.x is defined
s.upper is defined
s['upper'] is callable
d.b
d['b']
d.missing is defined
d['missing'] is defined
d.items is callable
d['items']
d.items() | list
d.keys() | list
d.values() | list
d.items() | length
d.keys()
d.values()
d.items()
d.get('a')
d.get('nope')
d.get('nope', 'dflt')
d.get()
d.pop('a')
d.update({})
d.pop is defined
d.__class__ is defined
s.__class__
s.__class__.__mro__
l.append(4)
l.append is defined
l.count(1)
l.index(2)
l.index(9)
l.nope is defined
words.index('C')
d | items | list
d | dictsort
d | dictsort(true)
d | dictsort(by='value')
d | dictsort(false, 'key', true)
d | list
d | length
d | first
d | last
d | string
o | first is defined
d == d.copy()
'a' in d
'q' in d
'q' not in d
1 in l
'1' in l
'ell' in s
'' in s
1 in s
none in mixed
1.0 in mixed
'a' in none
2 in range(3)
'a' in d.keys()
'x' in d.values()
l[0]
l[-1]
l[3]
l[3] is defined
l['0']
l.0
l[true]
l[1.0]
l[none]
l[0:2]
l[:2]
l[1:]
l[::-1]
l[::2]
l[-2:]
l[:-1]
l[5:]
l[-9:9]
l[2:0:-1]
l[::0]
l['a':]
l[missing:]
l[none:none:none]
l[9223372036854775807:]
l[::9223372036854775807]
l[::-9223372036854775807]
s[0]
s[-1]
s[100] is defined
s[1:4]
s[::-1]
s[::-2]
s[-5:]
u[::-1]
u[6:9]
u[6]
u[-1]
u | length
s[1:][1:]
d[1:]
d[[1]]
d[(1, 2)] is defined
nothing[1:]
n[0] is defined
range(5)[1]
range(5)[1:3]
range(5)[::-1]
range(5)
range(1, 5)
range(1, 10, 3) | list
range(5, 0, -2) | list
range(0) | list
range(5) | last
range(5) | length
range(3) == range(3)
range(100001)
range(0, 1, 0)
range('a')
range()
range(2.0)
range(1, 2, 3, 4)
deep.a.b.c[0].d
deep['a']['b'].c.0.d
deep.a.x.y
people[0].home.city
people | map(attribute='name') | list
people | map(attribute='home.city') | list
people | map(attribute='home.city', default='?') | list
people | map('length') | list
people | map(attribute='age') | select('number') | sum
people | map('upper') | first
people | map
people | map('nofilter') | list
people | map('nofilter') | first
people | selectattr('age') | map(attribute='name') | join(', ')
people | selectattr('age', 'equalto', 41) | map(attribute='name') | list
people | selectattr('age', '>', 40) | list | length
people | selectattr('home') | list | length
people | selectattr('home.city', 'defined') | list | length
people | rejectattr('age', 'none') | list | length
people | rejectattr('home') | list
people | selectattr | list
people | selectattr('age', 'nosuchtest') | list
people | sort(attribute='name') | map(attribute='name') | list
people | sort(attribute='name', case_sensitive=true) | map(attribute='name') | list
people | sort(attribute='age') | list
people[:3] | sort(attribute='age,name') | map(attribute='name') | list
people[:3] | sort(attribute='age', reverse=true) | map(attribute='name') | list
people[:3] | sum(attribute='age')
people | sum(attribute='age')
people[:3] | max(attribute='age')
people | min(attribute='name')
people | groupby('name') | map('first') | list
people | groupby('name') | map(attribute='list') | map('length') | list
people | groupby('home.city', default='none') | map(attribute='grouper') | list
people | unique(attribute='name') | map(attribute='age') | list
people | map(attribute='name') | unique | list
people | map(attribute='name') | map('lower') | map('replace', 'a', 'X') | join('-')
people | first | items | list
people | tojson
people | length
(people | map(attribute='name')) | length
(people | map(attribute='name')) is iterable
(people | map(attribute='name')) is sequence
(people | map(attribute='name'))[0] is defined
(people | map(attribute='name')) | last
people | map(attribute='name') | reverse | list
'yes' if people | select('nosuch') else 'no'
l | sort
l | sort(reverse=true)
l | sort | reverse | list
words | sort
words | sort(case_sensitive=true)
words | sort(true, true)
mixed | sort
words | unique | list
words | unique(true) | list
words | join
words | join('-')
words | join(1)
mixed | join('|')
mixed | list
mixed | string
mixed | tojson
mixed | select | list
mixed | reject | list
mixed | select('string') | list
mixed | select('number') | list
mixed | reject('none') | list | length
mixed | select('in', [1, 'a']) | list
mixed | map('string') | list
mixed | unique | list
l | select('odd') | list
l | reject('odd') | list
l | select('divisibleby', 3) | list
l | select('gt', 1) | list
l | max
l | min
e | max is defined
e | sum
e | first is defined
e | last is defined
words | max
words | min
words | max(case_sensitive=true)
l | sum
l | sum(start=10)
words | sum
words | sum(start='')
[[1], [2]] | sum(start=[])
l | batch(2) | list
l | batch(2, 0) | list
l | batch(0) | list
l | slice(2) | list
l | slice(2, 'f') | list
l | slice(0) | list
l | list
s | list
d | list
(1, 2) | list
l | first
l | last
s | first
s | last
l | reverse | list
s | reverse
l | length
l | count
n | length
nothing | length
n | list
n | first
s | upper
s | lower
s | capitalize
s | title
"it's o'neill-smith (bob) [x]" | title
"it's o'neill-smith".title()
u | upper
u | lower
u | title
u | capitalize
u.swapcase()
'ΑΣ ΑΣΑ Σ'.lower()
'ǆ'.title()
'straße'.upper()
n | upper
s | trim
blank | trim
blank.strip()
blank.lstrip()
blank.rstrip()
'xxhixx' | trim('x')
'xyhiyx'.strip('xy')
'xyhiyx'.lstrip('xy')
'xyhiyx'.rstrip('yx')
'ééaé'.strip('é')
' a '.strip(none)
' a '.strip(1)
s.replace('l', 'L')
s.replace('l', 'L', 1)
s.replace('', '-')
s.replace('', '-', 3)
''.replace('', 'x')
s.replace('zzz', 'y')
s.replace('l')
s.replace('l', 1)
s | replace('l', 'L')
s | replace('l', 'L', 2)
s | replace('', '-')
n | replace('7', 8)
s | replace(old='l', new='')
s | replace('l')
s.split()
s.split(',')
s.split(', ')
s.split('l', 1)
s.split('')
s.split(none)
s.split(sep='o', maxsplit=1)
blank.split()
blank.split(none, 1)
blank.split(' ')
''.split()
''.split(',')
'a  b '.split(' ')
s.rsplit('l', 1)
s.rsplit(None, 1)
' a b c '.rsplit(none, 1)
'aaa'.rsplit('aa')
'aaa'.split('aa')
think.split('</think>')
think.split('</think>')[-1]
think.split('</think>')[0].split('<think>')[-1].strip('\n')
think.split('</think>', 1)[1:]
lines.splitlines()
lines.splitlines(true)
''.splitlines()
s.partition(', ')
s.partition('zz')
s.rpartition('l')
s.rpartition('zz')
s.partition('')
s.startswith('Hell')
s.startswith(('x', 'H'))
s.startswith('ello', 1)
s.startswith('')
s.startswith(['H'])
s.endswith('World')
s.endswith('Worl')
s.endswith(('d', 'x'))
s.endswith('Hello', 0, 5)
s.find('o')
s.find('o', 5)
s.find('zz')
s.find('')
s.find('o', -3)
s.find('o', 100)
s.rfind('o')
s.rfind('')
u.find('日')
u.rfind('é')
s.index('W')
s.index('zz')
s.rindex('l')
s.count('l')
s.count('')
s.count('ll')
u.count('e')
'aaaa'.count('aa')
'-'.join(words)
'-'.join(['a', 1])
', '.join(d)
'-'.join('abc')
'é'.join(['1', '2', '3'])
s.center(20)
s.center(21, '*')
s.center(3)
s.ljust(15, '.') ~ '|'
s.rjust(15)
'7'.zfill(3)
'-7'.zfill(4)
s | center(20)
s.isupper()
'ABC'.isupper()
'A1'.isupper()
'1'.isupper()
'abc'.islower()
'123'.isdigit()
'1.5'.isdigit()
'²'.isdigit()
'²'.isdecimal()
'½'.isnumeric()
'abcé'.isalpha()
'ab1'.isalpha()
'ab1'.isalnum()
''.isalpha()
' \t'.isspace()
'é'.isascii()
s.removeprefix('Hello')
s.removesuffix('World')
s.removeprefix('x')
s.encode('utf8')
s.nosuch()
s.upper(1)
s.strip().upper().lower()[0:3]
'%s' % 'a'
'%s %s' % ('a', 1)
'%s' % ('a', 'b')
'%s %s' % 'a'
'%d' % 3.9
'%d' % 'x'
'%5d|%-5d|%05d|%+d|% d' % (42, 42, 42, 42, 42)
'%.2f %.0f %f' % (3.14159, 2.5, 1)
'%e %.3e %g %g %G' % (12345.678, 0.00012, 0.0001, 1e20, 1e-10)
'%x %X %o %#x' % (255, 255, 8, 255)
'%r %r' % ('a', "it's")
'%5s|%-5s|%.2s' % ('ab', 'ab', 'abc')
'%c%c' % ('a', 98)
'%%'  % ()
'%(a)s-%(b)s' % {'a': 1, 'b': 2}
'%(a)s' % {'b': 2}
'%s' % {'b': 2}
'100%' % ()
'%z' % 1
'%s' | format('x')
'%s and %s' | format('x', n)
'%(k)s' | format(k='v')
'%s' | format
'{} {}'.format('a', 1)
'{0} {1} {0}'.format('a', 'b')
'{a} {b}'.format(a=1, b=[2])
'{} {0}'.format(1)
'{'.format()
'{{}}'.format()
'{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd')
'{:5}|{:5}'.format('a', 1)
'{:05d} {:+d} {:x} {:#b} {:,}'.format(42, 42, 255, 5, 1234567)
'{:.2f} {:8.3f}| {:e} {:.1%} {:g}'.format(3.14159, 2.5, 12345.6, 0.257, 0.5)
'{!r} {!s}'.format('a', 'b')
'{0.name} {0[age]}'.format(people[0])
'{[0]}'.format(l)
'{a.__class__}'.format(a=1)
'{}'.format(none)
'{:5}'.format(none)
'{:s}'.format(1)
'{:d}'.format(1.5)
'{x}'.format()
'{}'.format()
'{} {}'.format(true, 2.0)
d | tojson
d | tojson(indent=2)
d | tojson(indent=4)
mixed | tojson(indent=1)
mixed | tojson(indent='--')
o | tojson(indent=2)
e | tojson(indent=2)
[[], {}] | tojson(indent=0)
u | tojson
u | tojson(ensure_ascii=true)
u | tojson(true)
'\n\t"\\\x01\x7f/' | tojson
{'é': 'é'} | tojson
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
{(1, 2): 3} | tojson
d | tojson(sort_keys=true)
{'b': 1, 'a': {'d': 1, 'c': 2}} | tojson(sort_keys=true)
d | tojson(separators=(',', ':'))
d | tojson(separators=(',', ':'), indent=2)
(1, 'a') | tojson
1.0 | tojson
1e100 | tojson
n | tojson
nothing | tojson
yes | tojson
range(3) | tojson
d.items() | tojson
html
html | escape
html | e
html | safe
html | safe | escape
html | forceescape
(html | safe) + html
html + (html | safe)
(html | safe) ~ html
(html | safe) | length
(html | safe) is string
(html | safe) is escaped
html is escaped
(html | escape)[0:4]
[html | safe]
'a' | safe == 'a'
'42' | int
' 42 ' | int
'4_2' | int
'42.9' | int
'-42.9' | int
'x' | int
'x' | int(5)
'x' | int(default=-1)
'0x1f' | int(0, 16)
'1f' | int(0, 16)
'0b11' | int(0, 2)
'z' | int(base=36)
'' | int
2.9 | int
-2.9 | int
true | int
nothing | int
l | int
'1e3' | int
'inf' | int
'nan' | int
'1.5' | float
' 1e3 ' | float
'x' | float
'x' | float(1.5)
'inf' | float
'-infinity' | float
'nan' | float
'1_0.5' | float
'.5' | float
'5.' | float
n | float
nothing | float
l | float
2.5 | round
3.5 | round
2.567 | round(2)
2.675 | round(2)
-2.5 | round
2.1 | round(0, 'ceil')
2.9 | round(0, 'floor')
2.123 | round(2, 'ceil')
-0.4 | round
n | round
n | round(1)
42.55 | round(1, 'floor')
2.5 | round(method='nosuch')
's' | round
m | abs
-2.5 | abs
'x' | abs
true | abs
s | string
n | string
f | string
yes | string
nothing | string
l | string
n ~ f ~ yes ~ nothing ~ l
'a' ~ 'b' * 3
'a' * 3
3 * 'a'
'a' * -1
'a' * 2.0
l * 2
2 * l
l + l
l + (1,)
(1,) + (2,)
s + 1
1 + s
s + nothing
d + d
'a' 'b' "c"
'\x41\u00e9\U0001F600\101\n\t\\\q'
"it's"
'say "hi"'
["it's", 'say "hi"', 'both \' and "']
['\x00\x1f\x7f\xa0\u200b\ue000 é 😀\t\\']
[1.0, -0.0, 1e16, 1e-7]
[none, true, [], (), {}, (1,)]
{'a': [1, {'b': none}], 'c': (1, 2)}
{1: 'a', 'b': 2, none: 3}
{'a': 1, 'a': 2}
{1: 'i', true: 'b', 1.0: 'f'}
{[1]: 2}
{}
[]
()
(1,)
(1)
1, 2
'a' if yes
'a' if no
('a' if no) is defined
'a' if no else 'b'
'a' if no else 'b' if no else 'c'
1 if yes else missing.x
yes and no
yes and 'x'
no or 'y'
empty or 'z'
missing or 'w'
yes or missing.x
not missing
1 is odd
2 is odd
2 is even
6 is divisibleby 3
6 is divisibleby(4)
6 is divisibleby
'a' is odd
2.5 is odd
n is integer
f is integer
f is float
yes is integer
yes is number
yes is boolean
n is number
s is number
s is string
l is string
d is mapping
l is mapping
l is sequence
d is sequence
s is sequence
n is sequence
l is iterable
n is iterable
nothing is none
nothing is not none
nothing is defined
yes is true
1 is true
no is false
0 is false
s is lower
'abc' is lower
'ABC' is upper
empty is lower
1 is eq 1
1 is equalto 1.0
1 is ne 2
1 is lt 2
2 is ge 2
1 is in [1, 2]
1 is in(l)
'upper' is filter
'nosuch' is filter
'odd' is test
1 is sameas 1
none is sameas none
true is sameas true
l is sameas l
range is callable
s is callable
1 is not odd
not 1 is odd
1 is odd and 2 is even
1 is nosuch
1 | nosuch
(1 if yes else 1 | nosuch)
(1 if no else 1 | nosuch)
1 is odd is even
1 + 2 | string
(1 + 2) | string ~ 'x'
-1 | abs
-(1 | abs)
1 ~ 2 + 3
1 + 2 ~ 3
2 * 3 ~ 4
namespace(a=1).a
namespace({'a': 2}).a
namespace(a=1).b is defined
namespace(_a=1)
namespace(a=1)['a']
namespace([('x', 1)]).x
dict(a=1, b=2)
dict([('a', 1), ['b', 2]])
dict({'a': 1}, b=2)
dict(1)
dict('ab')
dict(['ab', 'cd'])
dict({'a': 1}, **{'b': 2})
joiner()()
cycler('a', 'b').next()
cycler('a', 'b').current
cycler()
raise_exception('stop')
raise_exception()
strftime_now('%%')
strftime_now()
range(*[1, 4]) | list
range(*(3,)) | list
dict(**{'a': 1}, b=2)
dict(b=2, **{'a': 1})
dict(b=2, **{'b': 1})
range(**{})
range(1, 2, step=1)
s | truncate(8)
s | truncate(8, true)
s | truncate(8, true, '')
s | truncate(8, leeway=0)
s | truncate(2)
'one two three four' | truncate(10, false, '…', 0)
s | wordcount
u | wordcount
lines | indent
lines | indent(2)
lines | indent(2, true)
lines | indent(2, true, true)
lines | indent('> ')
lines | indent(width=1, blank=true)
n | indent
s | attr('upper') is callable
s | attr('__class__')
d | attr('b') is defined
d | attr('nosuch') is defined
d.items() | first
d.keys() | last
d.values() | sum
s.upper
d.items
loop
self is defined
_x is defined
caller is defined
true.x is defined
True
None
False
none.x
'a'.b.c
1.5.x is defined
1.real
l.0.x is defined
(l)[0]
[l][0][1]
{'a': {'b': 3}}.a.b
'abc'[1]
'abc' [1]
f is float is true
1 in [1] in [[1]]
1 not in [2]
not 1 in [2]
1 in [1] and 2
x if
1 +
* 2
(1
[1, 2
{'a' 1}
'unclosed
1 2
a b
1 ! 2
a.
a..b
a.1b
l[]
l[1,]
l[1:2,]
l[1:2:3:4]
f(
f(a=1, 2)
f(*a, 1)
f(a=1, a=2)
f(**a, b=1)
range(1,)
"a" | join("b" "c")
in
not
if
x.if is defined
d.if is defined
{'if': 1}.if
is
1 is
1 is not
1 |
| upper
1 || 2
1 && 2
a ? b : c
$x
a = 1
a == = 1
@
`
1;2
'é' | length
'e\u0301' == 'é'
'é' in 'e\u0301'
'e\u0301' | list
u.upper() == u.upper().upper()
u.lower() | list | length
'İ'.lower() | length
'ﬁ'.upper()
'ŉ'.capitalize()
'ß' | capitalize
'\u2028' ~ '|'
'a\u2028b'.splitlines()
'a\x1cb'.split()
'a\x85b'.split()
'a\u200bb'.split()
9223372036854775807
-9223372036854775807
9223372036854775807 // 2
'%d' % 9223372036854775807
[3, 1, 2] | sort | first
[[2, 'b'], [1, 'c'], [1, 'a']] | sort
[['b', 2], ['A', 1]] | sort
[{'a': 1}, {'a': 2}] | sort
[none, 1] | sort
[1.5, 1, true] | sort
['B', 'a'] | max
[true, 2] | max
(l | map('string')) | join
l | map('float') | sum
l | map('round', 1) | list
'abc' | map('upper') | list
d | map('upper') | list
d | select('equalto', 'a') | list
n | map('upper') | list
0 | map('upper') | list
nothing | map('upper') | list
nothing | select | list
words | map('center', 3) | list
people | map(attribute=0) | list
[[1, 2], [3, 4]] | map(attribute=1) | list
[[1, 2], [3, 4]] | map('last') | list
[[1, 2], [3, 4]] | map(attribute='0') | list
words | select('upper') | list
'a,b'.split(',') | map('trim') | list
' A '.strip().lower() == 'a'
('a', 'b')[::-1]
('a' ~ 1).upper()
s | upper | lower | title | replace('W', 'w') | trim | length
""".strip("\n").split("\n")

TEMPLATES = [
    "{% for x in l %}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in l %}{{ loop }}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nosuch }}{% endfor %}",
    "{% for x in words %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in l %}{{ loop.cycle() }}{% endfor %}",
    "{% for x in l %}{{ loop() }}{% endfor %}",
    "{% for x in e %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in missing %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in nothing %}{{ x }}{% endfor %}",
    "{% for x in 5 %}{{ x }}{% endfor %}",
    "{% for x in 'aé😀' %}[{{ x }}]{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d %}{{ k }}{% endfor %}",
    "{% for a, b in ['xy', [1, 2], (3, 4), {'k': 1, 'l': 2}] %}{{ a }}{{ b }} {% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, in [[1]] %}{{ a }}{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }} {% endfor %}",
    "{% for x in l if x > 9 %}{{ x }}{% else %}no{% endfor %}",
    "{% for x in l if loop.index > 1 %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in l if loop.index > 1 %}{{ y }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}|",
    "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}|",
    "{% for x in l %}{% break %}{% else %}else{% endfor %}",
    "{% for x in l %}{% continue %}{% else %}else{% endfor %}",
    "{% for x in l %}{{ x }}{% if x == 1 %}{% break %}{% endif %}{% else %}else{% endfor %}",
    "{% for x in l %}{% set y %}a{% break %}{% endset %}{% endfor %}after",
    "{% for x in l %}{% with y = 1 %}{% continue %}{% endwith %}z{% endfor %}after",
    "{% for x in l %}{% filter upper %}a{% break %}{% endfilter %}{% endfor %}after",
    "{% break %}",
    "{% continue %}",
    "{% for x in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in l %}{% else %}{% break %}{% endfor %}",
    "{% for y in l %}{% for x in e %}{% else %}{% break %}{% endfor %}{{ y }}{% endfor %}",
    "{% for x in l recursive %}{{ x }}{% endfor %}",
    "{% for x in l %}{% set t = x %}{% endfor %}{{ t }}",
    "{% set t = 0 %}{% for x in l %}{% set t = t + x %}{{ t }}{% endfor %}{{ t }}",
    "{% set ns = namespace(t=0) %}{% for x in l %}{% set ns.t = ns.t + x %}{% endfor %}{{ ns.t }}",
    "{% set ns = namespace() %}{{ ns.x is defined }}{% set ns.x = 1 %}{{ ns.x }}{{ ns['x'] }}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set d.b = 1 %}",
    "{% set missing.b = 1 %}",
    "{% set ns = namespace(a=1) %}{% set ns.a, b = 2, 3 %}{{ ns.a }}{{ b }}",
    "{% set ns = namespace(a=1) %}{% set ns.a %}text{% endset %}{{ ns.a }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1, 2, 3] %}",
    "{% set (a, b) = 'xy' %}{{ a }}{{ b }}",
    "{% set a = b = 1 %}",
    "{% set true = 1 %}",
    "{% set 'a' = 1 %}",
    "{% set l[0] = 1 %}",
    "{% set loop = 1 %}{{ loop }}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}",
    "{% for loop in l %}{% endfor %}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]{{ x | length }}",
    "{% set x | upper | replace('A', 'b') %}a{{ n }}{% endset %}{{ x }}",
    "{% set x | nosuch %}a{% endset %}{{ x }}",
    "{% if n > 5 %}big{% elif n > 2 %}mid{% else %}small{% endif %}",
    "{% if no %}a{% elif no %}b{% elif yes %}c{% endif %}",
    "{% if n > 5: %}colon{% endif %}",
    "{% if %}{% endif %}",
    "{% if yes %}",
    "{% endif %}",
    "{% else %}",
    "{% if yes %}{% endfor %}",
    "{% for x in l %}",
    "{% for x l %}{% endfor %}",
    "{% for in l %}{% endfor %}",
    "{% for x in %}{% endfor %}",
    "{% nosuch %}",
    "{% do l.append(1) %}",
    "{% %}",
    "{{ }}",
    "{{ n",
    "{% if n",
    "{# open",
    "{% raw %}open",
    "{{ n }}}",
    "{{{ n }}}",
    "{{ {'a': {'b': n}} }}",
    "{{ {'a': {'b': n}}}}",
    "{{ '}}' }}{{ '%}' }}",
    "{{ (n }}",
    "{{ n) }}",
    "{{ [n) }}",
    "{% if yes %}{% set z = 1 %}{% endif %}{{ z }}",
    "{% if yes %}{{ 1 | nosuch if no }}{% endif %}ok",
    "{% if no %}{{ 1 | nosuch }}{% endif %}ok",
    "{% if no %}{% for x in l %}{{ 1 | nosuch }}{% endfor %}{% endif %}ok",
    "{{ 1 | nosuch if no }}ok",
    "{{ ('a' | nosuch) if no else 'b' }}",
    "{% if no %}{{ 1 is nosuch }}{% endif %}ok",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(c=5, a=4) }}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}",
    "{% macro m(a, a) %}{% endmacro %}",
    "{% macro m(a=1, b) %}{% endmacro %}",
    "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ n }}{% set n = 1 %}{% endmacro %}{{ m() }}{{ n }}",
    "{% macro m() %}{% set q = 1 %}{% endmacro %}{{ m() }}{{ q is defined }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}",
    "{{ m() }}{% macro m() %}{% endmacro %}",
    "{% macro m(a, b='x') %}{% endmacro %}{{ m }}{{ m.name }}{{ m.arguments }}",
    "{% macro m() %} a {% endmacro %}{{ m() | trim }}|{{ m() | length }}|{{ m() ~ 'b' }}",
    "{% set v = 1 %}{% macro m() %}{{ v }}{% endmacro %}{% set v = 2 %}{{ m() }}",
    "{% macro m(items) %}{% for i in items %}{{ i }}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(x) m(l) %}<{{ x * 2 }}>{% endcall %}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}{% call m() %}x{% endcall %}",
    "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% macro m(caller) %}{{ caller() }}{% endmacro %}{% call m() %}y{% endcall %}",
    "{% macro m(caller=none) %}{{ caller() }}{% endmacro %}{% call m() %}y{% endcall %}",
    "{% call n %}x{% endcall %}",
    "{% call missing() %}x{% endcall %}",
    "{% call(a, b=2) range(3) %}x{% endcall %}",
    "{% with %}{{ n }}{% endwith %}",
    "{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% with n = 1, k = n %}{{ n }}{{ k }}{% endwith %}{{ n }}",
    "{% with a, b = 1 %}{% endwith %}",
    "{% with a = 1 b = 2 %}{% endwith %}",
    "{% filter upper %}abc{{ s }}{% endfilter %}",
    "{% filter trim | replace('a', 'b') %} aaa {% endfilter %}",
    "{% filter nosuch %}a{% endfilter %}",
    "{% filter indent(2, true) %}a\nb{% endfilter %}",
    "{% filter length %}abc{% endfilter %}",
    "{% raw %}{{ x }}{% if %}{# c #}{% endraw %}",
    "a\n  {%- raw -%}  {{ x }}  {%- endraw -%}  b",
    "  {% raw %}\n x {% endraw %}\n y",
    "{% raw %}{% endraw",
    "{% generation %}a{{ n }}{% endgeneration %}b{% generation %}c{% endgeneration %}",
    "x{% for i in l %}{% generation %}é{{ i }}{% endgeneration %},{% endfor %}",
    "{% generation %}{% set q = 1 %}{% endgeneration %}{{ q is defined }}",
    "{% generation %}",
    "{% for i in l %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% print n, s %}",
    "{% print %}",
    "{# c #}a{#- c -#} b {#+ c +#} d",
    "  {# c #}\n  x",
    "  {% if yes %}\n  a\n  {% endif %}\n  b",
    "  {%+ if yes %}\n  a\n  {%+ endif +%}\n  b",
    "  {%- if yes -%}\n  a\n  {%- endif -%}\n  b",
    "a {{- n -}} b {{ n }} c",
    "a\n  {{ n }}\n  {{+ n }}\n b",
    "a {{-1}} b",
    "a {{ -1 }} b",
    "a\u00a0\u2003{%- if yes %} b{% endif %}",
    "\u00a0{% if yes %}\n x{% endif %}",
    "\n\n{% if yes %}\n\nx\n\n{% endif %}\n\n",
    "a\r\nb\rc\n{{ 'x\r\ny' }}",
    "a\n",
    "a\n\n",
    "\n",
    "",
    "{{ n }}\n",
    "{% if yes %}x{% endif %}\n",
    "line {# one #}\nline",
    "{% set x = 1 %}   \n  {% set y = 2 %}\nz",
    "x {% set y = 2 %}\nz",
    "{%- set x = 1 -%}\n\n   a",
    "{%set x=1%}{{x}}",
    "{%if n==7%}{{n}}{%endif%}",
    "{% set x = {'a': 1, 'b': [1, 2]} %}{% for k in x %}{{ k }}{{ x[k] }}{% endfor %}",
    "{% set x = [] %}{% for i in l %}{% set x = x + [i] %}{% endfor %}{{ x }}",
    "{% set ns = namespace(x=[]) %}{% for i in l %}{% set ns.x = ns.x + [i] %}{% endfor %}{{ ns.x }}",
    "{% set it = l | map('string') %}{{ it | first }}{{ it | list }}{{ it | list }}",
    "{% set it = l | select('odd') %}{% for x in it %}{{ x }}{% endfor %}{% for x in it %}{{ x }}{% endfor %}",
    "{% for x in l | map('string') %}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{% endfor %}",
    "{% for x in l | map('string') %}{{ loop.nextitem }}{% endfor %}",
    "{% for x in l | reverse %}{{ x }}{{ loop.last }}{% endfor %}",
    "{% set ns = namespace(go=true) %}{% for x in range(5) if ns.go %}{{ x }}{% if x == 2 %}{% set ns.go = false %}{% endif %}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.next() }}",
    "{% set j = joiner() %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "{% set j = joiner('|') %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}",
    "{{ raise_exception('no: ' ~ n) }}",
    "{% if no %}{{ raise_exception('x') }}{% endif %}fine",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% set a = 1 %}{% macro a() %}x{% endmacro %}{{ a() }}",
    "{% for s in s %}{{ s }}{% endfor %}{{ s }}",
    "{% for x in l %}{% set x = x * 2 %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for x in words %}{{ x }}{% endfor %}{{ x }}{% endfor %}",
    "{% for x in l %}{% for y in words %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for x in l %}{% set outer = loop %}{% for y in words %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for p in people %}{{ p.name }}{{ p.age }}{{ p.home.city if p.home else '-' }};{% endfor %}",
    "{% for p in people | selectattr('age') | sort(attribute='age') %}{{ p.name }}{% endfor %}",
    "{% for city, group in people[:2] | groupby('home.city') %}{{ city }}:{{ group | length }} {% endfor %}",
    "{% for g in people | groupby('name', case_sensitive=true) %}{{ g.grouper }}{{ g.list | length }}{{ g[0] }}{% endfor %}",
    "{{ people | map(attribute='name') | join(', ') }}\n{{- people[0] | tojson(indent=2) }}",
    "{{ s if s is string else s | tojson }}{{ l if l is string else l | tojson }}",
    "{% set think = think.split('</think>')[-1].lstrip('\\n') %}{{ think }}",
    "{% if 'tools' in d or d.tools is defined %}a{% else %}b{% endif %}",
    "{% if not tools is defined %}{% set tools = none %}{% endif %}{{ tools }}",
    "{{ bos_token }}{{ eos_token is defined }}",
    "{%- for m in [{'role': 'user', 'content': ' hi '}] %}{{- '<|' ~ m.role ~ '|>' ~ m['content'] | trim }}{%- endfor %}",
    "{% set x = '\\n' %}[{{ x }}]{{ '\\\\n' }}",
    "{% set x = 1, %}{{ x }}",
    "{% set x = 1 if no %}{{ x is defined }}",
    "{% set x = (1, 2) %}{{ x[0] }}{{ x }}",
    "{{ 1\n+\n2 }}",
    "{{ 'multi\nline' }}",
    "{% for i in range(3) %}\n{{ i }}\n{% endfor %}\n",
    "{% for i in range(3) -%}\n{{ i }}\n{%- endfor %}\n",
    "{% macro m() -%}\n  x\n{%- endmacro %}\n[{{ m() }}]",
    "{% set __x = 1 %}{{ __x }}",
    "{% set é = 1 %}{{ é }}",
    "{{ ² }}",
    "{{ a.é is defined }}",
    "{{ _('x') }}",
    "{{ gettext }}",
    "{{ lipsum is defined }}",
    "{{ strftime_now is defined }}{{ strftime_now('%Y') | length }}{{ strftime_now('%f') | length }}{{ strftime_now('%z%Z') }}",
]
