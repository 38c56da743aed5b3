package script

import "regexp"

// Limits of patterns that come from variables.
const (
	patternLimit = 1 << 10 // bytes
	patternsKept = 256     // compiled ones per pool
)

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
	re, _ := compileRegexp(string(pattern))
	if len(p.regexes) >= patternsKept {
		clear(p.regexes)
	}
	if p.regexes == nil {
		p.regexes = make(map[string]*Regexp)
	}
	p.regexes[string(pattern)] = re
	return re
}
