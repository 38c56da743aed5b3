package db

// A Kind is what an Arg holds.
type Kind uint8

// The kinds of arguments.
const (
	Null Kind = iota
	Int
	Float
	Text
	Blob
)

// An Arg is a value for a placeholder. Dates are Text, in the database's notation.
type Arg struct {
	Kind Kind
	N    int64   // Int
	F    float64 // Float
	B    []byte  // Text, Blob: of the caller; Bind copies
}

// The Args of each kind; the zero Arg is NULL.
func IntArg(n int64) Arg     { return Arg{Kind: Int, N: n} }
func FloatArg(f float64) Arg { return Arg{Kind: Float, F: f} }
func TextArg(b []byte) Arg   { return Arg{Kind: Text, B: b} }
func BlobArg(b []byte) Arg   { return Arg{Kind: Blob, B: b} }

// Args is a list of arguments that owns its bytes, for drivers to keep. Its memory
// is used again.
type Args struct {
	list []Arg // B is not set
	ends []int // of each one's bytes in data
	data []byte
}

// Add appends a copy of a.
func (x *Args) Add(a Arg) {
	x.data = append(x.data, a.B...)
	a.B = nil
	x.list, x.ends = append(x.list, a), append(x.ends, len(x.data))
}

// Len is how many there are.
func (x *Args) Len() int { return len(x.list) }

// At returns the i-th; its bytes are valid until Add or Reset.
func (x *Args) At(i int) Arg {
	a, from := x.list[i], 0
	if i > 0 {
		from = x.ends[i-1]
	}
	if a.Kind >= Text {
		a.B = x.data[from:x.ends[i]:x.ends[i]]
	}
	return a
}

// maxKept is how many bytes an empty list keeps for the next.
const maxKept = 64 << 10

// Reset empties the list.
func (x *Args) Reset() {
	if cap(x.data) > maxKept {
		x.data = nil
	}
	x.list, x.ends, x.data = x.list[:0], x.ends[:0], x.data[:0]
}

// Bytes is how much memory the arguments take, roughly as they are sent.
func (x *Args) Bytes() int { return len(x.data) + 8*len(x.list) }

// A Type is what a value of a result is.
type Type uint8

// The types of results. What has no type of its own here is a TypeText.
const (
	TypeText  Type = iota
	TypeInt        // of up to 64 bits, decimal
	TypeFloat      // also exact decimals
	TypeBlob
	TypeBool
	TypeTime // a date, a time or both
)
