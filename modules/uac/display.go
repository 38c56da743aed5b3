package uac

import "github.com/fastsips/fastsips/sipparse"

// maxDisplay bounds a display name: it goes into Record-Route.
const maxDisplay = 256

// displayName returns name as it is to be sent: a token, or a quoted-string (RFC 3261
// §25.1), which scripts may write with their quotes or without. False: it is too long or
// would end the line.
func displayName(name []byte) ([]byte, bool) {
	if len(name) > maxDisplay || hasControl(name) {
		return nil, false
	}
	if len(name) == 0 || isToken(name) || isQuoted(name) {
		return name, true
	}
	quoted := append(make([]byte, 0, len(name)+8), '"')
	for _, c := range name {
		if c == '"' || c == '\\' {
			quoted = append(quoted, '\\')
		}
		quoted = append(quoted, c)
	}
	return append(quoted, '"'), true
}

func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c == 0x7f {
			return true
		}
	}
	return false
}

// isQuoted reports whether b is one quoted-string: no quote in it without a backslash.
func isQuoted(b []byte) bool {
	if len(b) < 2 || b[0] != '"' {
		return false
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i == len(b)-1
		}
	}
	return false
}

// isToken is 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~").
func isToken(b []byte) bool {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' {
			continue
		}
		switch c {
		case '-', '.', '!', '%', '*', '_', '+', '`', '\'', '~':
			continue
		}
		return false
	}
	return len(b) > 0
}

// isURI reports whether b can stand between < and >.
func isURI(b []byte) bool {
	var u sipparse.URI
	return len(b) <= maxURI && !hasControl(b) && sipparse.ParseURI(b, &u) == sipparse.OK
}

// isParamName reports whether s can name a URI parameter and is none that has a meaning.
func isParamName(s string) bool {
	switch s {
	case "lr", "r2", "ftag", "transport", "maddr", "user", "method", "ttl", cseqParam:
		return false
	}
	return isToken([]byte(s))
}
