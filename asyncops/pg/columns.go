package pg

import "github.com/fastsips/fastsips/asyncops/db"

// columns are what a result's columns are called, and their types.
type columns struct {
	types []OID
	names []byte // back to back
	ends  []int  // of each in names
}

// An OID is the number of a PostgreSQL type.
type OID uint32

// Types that are told apart; all others are text.
const (
	Bool        OID = 16
	Bytea       OID = 17 // given as its bytes
	Int8        OID = 20 // 64 bits
	Int2        OID = 21
	Int4        OID = 23
	Float4      OID = 700
	Float8      OID = 701
	Date        OID = 1082
	Time        OID = 1083
	Timestamp   OID = 1114
	TimestampTZ OID = 1184
	TimeTZ      OID = 1266
	Numeric     OID = 1700
)

func (o OID) kind() db.Type {
	switch o {
	case Int2, Int4, Int8:
		return db.TypeInt
	case Float4, Float8, Numeric:
		return db.TypeFloat
	case Bytea:
		return db.TypeBlob
	case Bool:
		return db.TypeBool
	case Date, Time, Timestamp, TimestampTZ, TimeTZ:
		return db.TypeTime
	}
	return db.TypeText
}

func (c *columns) clear() { c.types, c.names, c.ends = c.types[:0], c.names[:0], c.ends[:0] }

// describe takes a RowDescription; false if body is none.
func (c *columns) describe(body []byte) bool {
	c.clear()
	n, body, ok := take16(body)
	for range n {
		end := indexNUL(body)
		if !ok || end < 0 || len(body) < end+19 {
			return false
		}
		// name, table OID 4, attribute 2, type OID 4, size 2, modifier 4, format 2
		c.names = append(c.names, body[:end]...)
		c.ends = append(c.ends, len(c.names))
		c.types = append(c.types, OID(be32(body[end+7:])))
		body = body[end+19:]
	}
	return ok && len(body) == 0
}

func (c *columns) copy(from *columns) {
	c.types = append(c.types[:0], from.types...)
	c.names = append(c.names[:0], from.names...)
	c.ends = append(c.ends[:0], from.ends...)
}

// Cols returns the number of columns, also of a result without rows.
func (r *result) Cols() int { return len(r.cols.types) }

// Name returns the name of a column.
func (r *result) Name(col int) []byte {
	from := 0
	if col > 0 {
		from = r.cols.ends[col-1]
	}
	return r.cols.names[from:r.cols.ends[col]]
}

// Type returns the type of a column.
func (r *result) Type(_, col int) db.Type { return r.cols.types[col].kind() }
