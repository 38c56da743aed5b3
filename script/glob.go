package script

// Glob reports whether all of name matches a pattern as of a shell (fnmatch), with fold in any case:
// * is any text, ? any byte, [a-z] one of these, [!a-z] none of these, \x is x. It takes at most
// len(pattern) * len(name) steps: it goes back to the last * only.
func Glob(pattern, name []byte, fold bool) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, resume = p, n
			p++
			continue
		}
		if next, ok := globByte(pattern, p, name[n], fold); ok {
			p = next
			n++
			continue
		}
		if star < 0 {
			return false
		}
		resume++
		p, n = star+1, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// globByte matches one byte with what stands at p, and returns what comes next.
func globByte(pattern []byte, p int, c byte, fold bool) (next int, ok bool) {
	if p == len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		if next, in := globSet(pattern, p+1, c, fold); next > 0 {
			return next, in
		}
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, folded(pattern[p], fold) == folded(c, fold)
}

// globSet reads a set that begins behind "[" at p; next is 0 if it has no end: then "[" is
// itself.
func globSet(pattern []byte, p int, c byte, fold bool) (next int, in bool) {
	not := p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^')
	if not {
		p++
	}
	c = folded(c, fold)
	for first := true; p < len(pattern); first = false {
		lo := folded(pattern[p], fold)
		if lo == ']' && !first {
			return p + 1, in != not
		}
		hi := lo
		if p+2 < len(pattern) && pattern[p+1] == '-' && pattern[p+2] != ']' {
			hi = folded(pattern[p+2], fold)
			p += 2
		}
		in = in || lo <= c && c <= hi
		p++
	}
	return 0, false
}

func folded(c byte, fold bool) byte {
	if fold {
		return lower(c)
	}
	return c
}
