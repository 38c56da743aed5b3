package sqlstore

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/usrloc"
)

// FlagNames are the names of branch flags, which the column cflags has instead of bits.
type FlagNames interface {
	// AppendNames appends the names of bits, with blanks between.
	AppendNames(dst []byte, bits uint32) []byte
	// Bits returns the bits of such a list; a name that the script does not know has none.
	Bits(names []byte) uint32
}

// A codec turns contacts into rows and rows into contacts.
type codec struct {
	useDomain bool
	flags     FlagNames
}

// maxTexts is how many characters OpenSIPS's columns for things that are only shown take.
const maxTexts = 255

// A scratch holds texts while they are bound.
type scratch struct{ b []byte }

// bind gives q the values of a row: the contact c of aor. Stored is what the row is to keep
// of the AoR's own key-value store: nil in all but one row of an AoR.
func (k *codec) bind(q db.Query, s *scratch, aor, stored []byte, c *usrloc.Contact) {
	user, domain := k.split(aor)
	q.Bind(db.IntArg(int64(c.ID)))
	q.Bind(db.TextArg(user))
	q.Bind(optional(domain))
	q.Bind(db.TextArg(c.URI))
	q.Bind(optional(c.Received))
	q.Bind(optional(c.Path))
	q.Bind(db.IntArg(min(c.Expires, math.MaxInt32)))
	q.Bind(db.FloatArg(quality(c.Q)))
	q.Bind(db.TextArg(c.CallID))
	q.Bind(db.IntArg(int64(c.CSeq)))
	s.b = time.Unix(c.LastModified, 0).AppendFormat(s.b[:0], time.DateTime)
	q.Bind(db.TextArg(s.b))
	q.Bind(db.IntArg(int64(int32(c.Flags))))
	s.b = k.flags.AppendNames(s.b[:0], c.BranchFlags)
	q.Bind(optional(s.b))
	q.Bind(db.TextArg(shown(c.UserAgent)))
	q.Bind(optional(c.Socket))
	if c.Methods == usrloc.AllMethods {
		q.Bind(db.Arg{})
	} else {
		q.Bind(db.IntArg(int64(int32(c.Methods))))
	}
	q.Bind(optional(c.Instance))
	s.b = appendKV(s.b[:0], c, stored)
	q.Bind(optional(s.b))
	q.Bind(optional(shown(c.Attr)))
}

// optional is NULL for what there is not.
func optional(b []byte) db.Arg {
	if len(b) == 0 {
		return db.Arg{}
	}
	return db.TextArg(b)
}

// quality is a q as OpenSIPS has it in its column: -1 for none.
func quality(q int16) float64 {
	if q < 0 {
		return -1
	}
	return float64(q) / 1000
}

// shown makes b fit a column for people: what is no UTF-8 would make the database refuse
// the row, and so would what is too long.
func shown(b []byte) []byte {
	if len(b) <= maxTexts && utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	b = bytes.ReplaceAll(bytes.ToValidUTF8(b, []byte("?")), []byte{0}, []byte("?"))
	n := 0
	for range maxTexts {
		_, size := utf8.DecodeRune(b[n:])
		n += size
	}
	return b[:n]
}

// split cuts an AoR as OpenSIPS does: at the first @. One without is all domain.
func (k *codec) split(aor []byte) (user, domain []byte) {
	if !k.useDomain {
		return aor, nil
	}
	user, domain, ok := bytes.Cut(aor, []byte("@"))
	if !ok {
		return nil, aor
	}
	return user, domain
}

// Errors of rows that are no contacts.
var (
	errID      = errors.New("its contact_id is no positive number")
	errContact = errors.New("it has no contact")
	errAoR     = errors.New("it has neither user nor domain")
	errNumber  = errors.New("a number in it is none")
	errTime    = errors.New("its last_modified is no time")
)

// A row is what one row says. Its texts are those of the query, but for the AoR.
type row struct {
	usrloc.Contact
	aor    []byte
	stored []byte // of the AoR's own key-value store; nil: this row has none
}

// A rowReader reads rows, whose memory it uses again.
type rowReader struct {
	*codec
	aors  []byte
	stamp clock
}

// read reads row n of q into r.
func (x *rowReader) read(q db.Query, n int, r *row) error {
	*r = row{}
	text := func(col int) []byte { b, _ := q.Value(n, col); return b }
	var bad error
	number := func(col int) int64 {
		b, null := q.Value(n, col)
		if null {
			return 0
		}
		v, ok := parseInt(b)
		if !ok {
			bad = errNumber
		}
		return v
	}
	c := &r.Contact
	id := number(colID)
	c.ID, c.URI, c.CallID = uint64(id), text(colContact), text(colCallID)
	c.Received, c.Path, c.Socket, c.UserAgent = text(colReceived), text(colPath), text(colSocket), text(colUserAgent)
	c.Instance, c.Attr = text(colInstance), text(colAttr)
	c.CSeq, c.Expires = int32(number(colCSeq)), number(colExpires)
	c.Flags, c.BranchFlags = uint32(number(colFlags)), x.branchFlags(text(colBranchFlags))
	c.Q = readQuality(text(colQ))
	c.Methods = usrloc.AllMethods
	if _, null := q.Value(n, colMethods); !null {
		c.Methods = uint32(number(colMethods))
	}
	if kv := text(colKV); len(kv) > 0 {
		r.stored = readKV(kv, c)
	}
	r.aor = x.join(text(colUser), text(colDomain))
	var ok bool
	if c.LastModified, ok = x.stamp.parse(text(colLastModified)); !ok {
		bad = errTime
	}
	switch {
	case bad != nil:
		return bad
	case id <= 0:
		return errID
	case len(c.URI) == 0:
		return errContact
	case len(r.aor) == 0:
		return errAoR
	}
	return nil
}

func (x *rowReader) branchFlags(names []byte) uint32 {
	if len(names) == 0 {
		return 0
	}
	return x.flags.Bits(names)
}

// join is the opposite of split. The AoR is valid until the next.
func (x *rowReader) join(user, domain []byte) []byte {
	if !x.useDomain {
		return user
	}
	if len(user) == 0 {
		return domain
	}
	x.aors = append(append(append(x.aors[:0], user...), '@'), domain...)
	return x.aors
}

func readQuality(b []byte) int16 {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f < 0 {
		return usrloc.NoQ
	}
	return int16(math.Round(min(f, 1) * 1000))
}

// parseInt reads a decimal number of at most 18 digits.
func parseInt(b []byte) (n int64, ok bool) {
	digits := bytes.TrimPrefix(b, []byte("-"))
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = 10*n + int64(c-'0'); n < 0 {
			return 0, false
		}
	}
	if len(digits) < len(b) {
		n = -n
	}
	return n, true
}

// A clock reads dates, "2006-01-02 15:04:05" in local time with or without fractions. Most
// rows are of a few days, whose beginnings it remembers.
type clock struct {
	day   [len(time.DateOnly)]byte
	begin int64 // in Unix seconds; 0: not known
	next  int64
}

func (k *clock) parse(b []byte) (unix int64, ok bool) {
	if len(b) < len(time.DateTime) {
		return 0, false
	}
	day := b[:len(time.DateOnly)]
	if k.begin == 0 || string(k.day[:]) != string(day) {
		at, err := time.ParseInLocation(time.DateOnly, string(day), time.Local)
		if err != nil {
			return 0, false
		}
		copy(k.day[:], day)
		k.begin, k.next = at.Unix(), at.AddDate(0, 0, 1).Unix()
	}
	if k.next-k.begin != 24*60*60 { // the clocks were put on or back
		at, err := time.ParseInLocation(time.DateTime, string(b[:len(time.DateTime)]), time.Local)
		return at.Unix(), err == nil
	}
	h, ok1 := twoDigits(b[11:])
	m, ok2 := twoDigits(b[14:])
	s, ok3 := twoDigits(b[17:])
	return k.begin + 3600*h + 60*m + s, ok1 && ok2 && ok3
}

func twoDigits(b []byte) (n int64, ok bool) {
	if b[0] < '0' || b[0] > '9' || b[1] < '0' || b[1] > '9' {
		return 0, false
	}
	return 10*int64(b[0]-'0') + int64(b[1]-'0'), true
}
