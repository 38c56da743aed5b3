// Package glob matches patterns as fnmatch(3) does without flags.
package glob

// Match reports whether pattern covers all of text, as fnmatch(3) does without flags:
// * is any text, / included, ? one byte, [a-z] and [!a-z] one of a set, \x the byte x.
// It takes no more than len(pattern)·len(text) steps.
func Match(pattern string, text []byte) bool {
	p, t := 0, 0
	star, mark := -1, 0 // the last *, and how much of text it is tried with
	for t < len(text) {
		switch n, ok := one(pattern, p, text[t]); {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case ok:
			p, t = n, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// one matches c against the item of pattern at p, and returns where the next one is.
func one(pattern string, p int, c byte) (next int, ok bool) {
	if p >= len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		if next, in := set(pattern, p+1, c); next > 0 {
			return next, in
		}
	case '\\':
		if p+1 < len(pattern) {
			return p + 2, pattern[p+1] == c
		}
	}
	return p + 1, pattern[p] == c
}

// set reads the set behind a [; next is 0 if it has no ].
func set(pattern string, p int, c byte) (next int, in bool) {
	not := p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^')
	if not {
		p++
	}
	for first := p; p < len(pattern); p++ {
		if pattern[p] == ']' && p > first {
			return p + 1, in != not
		}
		lo, hi := pattern[p], pattern[p]
		if p+2 < len(pattern) && pattern[p+1] == '-' && pattern[p+2] != ']' {
			hi = pattern[p+2]
			p += 2
		}
		in = in || lo <= c && c <= hi
	}
	return 0, false
}
