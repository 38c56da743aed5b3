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

// A Regexp matches as OpenSIPS's =~ does: POSIX extended, without case, "." and
// "[^x]" include line ends, "^" and "$" are the ends of the text.
type Regexp = regexp.Regexp

// compileRegexp reads a POSIX extended pattern; \d \w \s \b are accepted as GNU
// regex does. Going through the parsed form gives POSIX text Go's own flags.
func compileRegexp(pattern string) (*Regexp, error) {
	const flags = syntax.FoldCase | syntax.OneLine | syntax.DotNL | syntax.ClassNL | syntax.PerlX
	tree, err := syntax.Parse(pattern, flags)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, err
	}
	re.Longest()
	return re, nil
}

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
