package sipmsgops

// glob reports whether all of name matches a pattern as of a shell (fnmatch), in any case:
// * is any text, ? any byte, [a-z] one of these, [!a-z] none of these, \x is x. It takes at most
// len(pattern) * len(name) steps: it goes back to the last * only.
func glob(pattern, name []byte) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, resume = p, n
			p++
			continue
		}
		if next, ok := globByte(pattern, p, name[n]); ok {
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
func globByte(pattern []byte, p int, c byte) (next int, ok bool) {
	if p == len(pattern) {
		return p, false
	}
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		if next, in := globSet(pattern, p+1, lower(c)); next > 0 {
			return next, in
		}
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, lower(pattern[p]) == lower(c)
}

// globSet reads a set that begins behind "[" at p; next is 0 if it has no end: then "[" is
// itself.
func globSet(pattern []byte, p int, c byte) (next int, in bool) {
	not := p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^')
	if not {
		p++
	}
	for first := true; p < len(pattern); first = false {
		lo := lower(pattern[p])
		if lo == ']' && !first {
			return p + 1, in != not
		}
		hi := lo
		if p+2 < len(pattern) && pattern[p+1] == '-' && pattern[p+2] != ']' {
			hi = lower(pattern[p+2])
			p += 2
		}
		in = in || lo <= c && c <= hi
		p++
	}
	return 0, false
}

func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		c += 'a' - 'A'
	}
	return c
}
