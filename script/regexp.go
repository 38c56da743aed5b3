package script

import (
	"regexp"
	"regexp/syntax"
)

// Limits of patterns that come from variables.
const (
	patternLimit = 1 << 10 // bytes
	patternsKept = 256     // compiled ones per pool
)

// largePattern is how many steps one byte may take to match, at worst.
const largePattern = 2000

// LargePattern reports whether a pattern, which may come from a peer, would take too long
// to match, or too much memory: ".{999}" is short, but as much work as 999 dots.
func LargePattern(tree *syntax.Regexp) bool { return patternSize(tree) > largePattern }

func patternSize(tree *syntax.Regexp) int {
	n := 1 + len(tree.Rune)/2
	if tree.Op == syntax.OpLiteral {
		n = len(tree.Rune)
	}
	for _, sub := range tree.Sub {
		n += patternSize(sub)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min, tree.Max, 1)
	}
	return n
}

// A Regexp matches as OpenSIPS's =~ does: POSIX extended, without case, "." and
// "[^x]" include line ends, "^" and "$" are the ends of the text.
type Regexp = regexp.Regexp

// compileRegexp reads a pattern in the way of =~.
func compileRegexp(pattern string) (*Regexp, error) { return compilePattern(pattern, foldCase) }

// regex returns the compiled form of a variable's pattern, nil if it has none.
// What a peer can put into a pattern is bounded: its length, and how many are kept.
func (p *Pool) regex(pattern []byte) *Regexp {
	if re, ok := p.regexes[string(pattern)]; ok {
		return re
	}
	if len(pattern) > patternLimit {
		return nil
	}
	re, _ := compilePattern(string(pattern), foldCase|fromVariable)
	if len(p.regexes) >= patternsKept {
		clear(p.regexes)
	}
	if p.regexes == nil {
		p.regexes = make(map[string]*Regexp)
	}
	p.regexes[string(pattern)] = re
	return re
}
