package pg

import (
	"bytes"
	"encoding/binary"
)

// What the server may send after authentication.
const (
	msgRowDescription        = 'T'
	msgDataRow               = 'D'
	msgCommandComplete       = 'C'
	msgEmptyQuery            = 'I'
	msgError                 = 'E'
	msgReady                 = 'Z'
	msgNotice                = 'N'
	msgParameterStatus       = 'S'
	msgNotification          = 'A'
	msgCopyIn                = 'G'
	msgCopyOut               = 'H'
	msgCopyBoth              = 'W'
	msgParseComplete         = '1'
	msgBindComplete          = '2'
	msgCloseComplete         = '3'
	msgNoData                = 'n'
	msgParamDescription      = 't'
	headerLen                = 5
	maxFrame                 = 1 << 20 // of anything but a DataRow
	txIdle              byte = 'I'
)

// appendQuery appends a simple query.
func appendQuery(dst, text []byte) []byte {
	dst = append(appendHeader(dst, 'Q', len(text)+1), text...)
	return append(dst, 0)
}

// appendTerminate appends the polite end of a connection.
func appendTerminate(dst []byte) []byte { return append(dst, 'X', 0, 0, 0, 4) }

// frameHeader reads a message's type and the length of its body.
func frameHeader(b []byte) (kind byte, size int, ok bool) {
	n := be32(b[1:])
	return b[0], int(n) - 4, n >= 4 && n <= 1<<30
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

func take16(b []byte) (n int, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint16(b)), b[2:], true
}

func indexNUL(b []byte) int { return bytes.IndexByte(b, 0) }

// parseInt reads a decimal of at most 64 bits.
func parseInt(b []byte) (n int64, ok bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	if len(digits) < len(b) {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}
