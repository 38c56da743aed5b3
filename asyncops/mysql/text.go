package mysql

import "bytes"

// firstWord returns the first word of a statement, in lower case, without what may
// stand before it: blanks, comments, parentheses.
func firstWord(text []byte) string {
	for {
		text = bytes.TrimLeft(text, " \t\r\n(")
		if !bytes.HasPrefix(text, []byte("/*")) {
			break
		}
		_, after, ok := bytes.Cut(text, []byte("*/"))
		if !ok {
			return ""
		}
		text = after
	}
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	return string(bytes.ToLower(text[:n]))
}

// hasRows reports whether a statement is to be asked for rows. Of others the driver
// tells how many rows they touched.
func hasRows(text []byte) bool {
	switch firstWord(text) {
	case "insert", "update", "delete", "replace":
		return bytes.Contains(bytes.ToLower(text), []byte("returning"))
	case "create", "drop", "alter", "truncate", "rename", "set", "begin", "start", "commit", "rollback", "lock", "unlock", "use", "do":
		return false
	}
	return true
}

// What is to be done with a connection after a statement.
const (
	nothing  = iota
	replace  // the statement has left something behind that is not for others
	rollBack // it may have left a transaction open
)

func afterwards(text []byte) int {
	switch firstWord(text) {
	case "begin", "start", "set", "lock", "xa", "use", "savepoint", "prepare", "handler":
		return replace
	case "create":
		if bytes.Contains(bytes.ToLower(text), []byte("temporary")) {
			return replace
		}
	case "call":
		return rollBack
	}
	return nothing
}
