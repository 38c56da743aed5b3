package metrics

import (
	"strings"
	"unicode"
)

// FieldName writes a field of a struct of counters as statistics are written:
// RequestRetransmissions as request_retransmissions, Tx2xx as tx2xx.
func FieldName(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
