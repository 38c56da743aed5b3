package usrloc

import (
	"encoding/binary"
	"math"
)

// A Record is all contacts of one AoR at one moment. It never changes, so anybody may keep
// and read it; nil is the record of an AoR that has no contacts.
//
// Its contacts are in the order in which they are to be tried: by descending q, of equal
// ones the older first, or the newest first with desc_time_order. They may include some
// whose time is over: the wheel comes up to a second later.
//
// The bytes: a header, the AoR, its key-value store, the contacts. Numbers are little
// endian; a text is its length as a uvarint, and its bytes.
type Record []byte

// The header.
const (
	atKind    = 0  // what the bytes are
	atCount   = 2  // uint16: contacts
	atLen     = 4  // uint32: of the record
	atArmed   = 8  // uint32: the second for which a wheel has it; 0: none has
	atAoR     = 12 // uint16: length
	atContent = 14
)

// kinds of what hangs in a table's slot.
const (
	kindRecord = 1 + iota
	kindGone   // a record without contacts, kept for its place
	kindFrozen // the slot's segment is being replaced
)

// Bounds of a record. What would go beyond them is refused ([TooMany]): whoever may
// register an AoR cannot make every later change of it arbitrarily expensive.
const (
	MaxRecordContacts = 1000
	MaxRecordBytes    = 256 << 10
)

// Len is how many contacts r has.
func (r Record) Len() int {
	if r == nil {
		return 0
	}
	return int(binary.LittleEndian.Uint16(r[atCount:]))
}

// AoR returns the address-of-record: user@domain, or just the user without use_domain.
func (r Record) AoR() []byte {
	if r == nil {
		return nil
	}
	n := atContent + int(binary.LittleEndian.Uint16(r[atAoR:]))
	return r[atContent:n:n]
}

// KV returns the key-value store of the AoR itself, a JSON object; nil if it is empty.
func (r Record) KV() []byte {
	if r == nil {
		return nil
	}
	text, _ := r.text(atContent + len(r.AoR()))
	return text
}

// armed is the second for which a wheel has r; 0: none has.
func (r Record) armed() uint32 {
	if r == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(r[atArmed:])
}

// Next reads into c the contact at the place at, and returns the next one's; ok is false
// at the end. The first is at 0:
//
//	for at, ok := rec.Next(0, &c); ok; at, ok = rec.Next(at, &c) {
func (r Record) Next(at int, c *Contact) (next int, ok bool) {
	if r == nil {
		return 0, false
	}
	if at == 0 {
		_, at = r.text(atContent + len(r.AoR()))
	}
	if at >= len(r) {
		return at, false
	}
	return r.contact(at, c), true
}

// Bits that say which parts of a contact follow its fixed ones: the texts that may be
// missing have theirs from bit 0 on.
const (
	hasQ = 1 << (8 + iota)
	hasMethods
	hasFlags
	hasBranchFlags
	hasRegID
	hasLatency
	hasRefresh
)

// The fixed parts of a contact: bits 2, ID 8, CSeq 4, Expires 4, LastModified 4.
const contactFixed = 22

// always is how many of a contact's texts are always there.
const always = 2

func (r Record) contact(at int, c *Contact) (next int) {
	b := r[at:]
	bits := binary.LittleEndian.Uint16(b)
	*c = Contact{
		ID:           binary.LittleEndian.Uint64(b[2:]),
		CSeq:         int32(binary.LittleEndian.Uint32(b[10:])),
		Expires:      int64(binary.LittleEndian.Uint32(b[14:])),
		LastModified: int64(binary.LittleEndian.Uint32(b[18:])),
		Q:            NoQ, Methods: AllMethods,
	}
	at += contactFixed
	if bits>>8 != 0 {
		at = r.numbers(at, bits, c)
	}
	c.URI, at = r.text(at)
	c.CallID, at = r.text(at)
	for i, t := range c.optional() {
		if bits&(1<<i) != 0 {
			*t, at = r.text(at)
		}
	}
	return at
}

// optional are the texts that may be missing.
func (c *Contact) optional() [8]*[]byte {
	return [...]*[]byte{&c.Socket, &c.UserAgent, &c.Received, &c.Path, &c.Instance, &c.Attr, &c.KV, &c.Flow}
}

func (r Record) numbers(at int, bits uint16, c *Contact) int {
	get := func(bit uint16) (x uint64) {
		x, n := binary.Uvarint(r[at:])
		at += n
		return x
	}
	if bits&hasQ != 0 {
		c.Q = int16(get(hasQ))
	}
	if bits&hasMethods != 0 {
		c.Methods = uint32(get(hasMethods))
	}
	if bits&hasFlags != 0 {
		c.Flags = uint32(get(hasFlags))
	}
	if bits&hasBranchFlags != 0 {
		c.BranchFlags = uint32(get(hasBranchFlags))
	}
	if bits&hasRegID != 0 {
		c.RegID = uint32(get(hasRegID))
	}
	if bits&hasLatency != 0 {
		c.Latency = uint32(get(hasLatency))
	}
	if bits&hasRefresh != 0 {
		c.RefreshAt = int64(get(hasRefresh))
	}
	return at
}

// text reads the text at a place, and returns the place behind it.
func (r Record) text(at int) (text []byte, next int) {
	size, n := binary.Uvarint(r[at:])
	at += n
	if size == 0 {
		return nil, at
	}
	next = at + int(size)
	return r[at:next:next], next
}

// newRecord begins a record in b, which is empty: contacts are appended, then it is
// finished.
func newRecord(b, aor, kv []byte) []byte {
	b = append(b, make([]byte, atContent)...)
	b[atKind] = kindRecord
	binary.LittleEndian.PutUint16(b[atAoR:], uint16(len(aor)))
	return appendText(append(b, aor...), kv)
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// finish writes what was not known when the record began.
func finish(b []byte, contacts int, armed uint32) Record {
	binary.LittleEndian.PutUint16(b[atCount:], uint16(contacts))
	binary.LittleEndian.PutUint32(b[atLen:], uint32(len(b)))
	binary.LittleEndian.PutUint32(b[atArmed:], armed)
	return b
}

// appendContact writes c as a record has it.
func appendContact(b []byte, c *Contact) []byte {
	at := len(b)
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, c.ID)
	b = binary.LittleEndian.AppendUint32(b, uint32(c.CSeq))
	b = binary.LittleEndian.AppendUint32(b, seconds(c.Expires))
	b = binary.LittleEndian.AppendUint32(b, seconds(c.LastModified))
	var bits uint16
	put := func(bit uint16, there bool, x uint64) {
		if there {
			bits |= bit
			b = binary.AppendUvarint(b, x)
		}
	}
	put(hasQ, c.Q >= 0, uint64(c.Q))
	put(hasMethods, c.Methods != AllMethods, uint64(c.Methods))
	put(hasFlags, c.Flags != 0, uint64(c.Flags))
	put(hasBranchFlags, c.BranchFlags != 0, uint64(c.BranchFlags))
	put(hasRegID, c.RegID != 0, uint64(c.RegID))
	put(hasLatency, c.Latency != 0, uint64(c.Latency))
	put(hasRefresh, c.RefreshAt > 0, uint64(c.RefreshAt))
	b = appendText(appendText(b, c.URI), c.CallID)
	for i, t := range c.optional() {
		if len(*t) > 0 {
			bits |= 1 << i
			b = appendText(b, *t)
		}
	}
	binary.LittleEndian.PutUint16(b[at:], bits)
	return b
}

// seconds fits Unix time into 32 bits, which last until 2106.
func seconds(t int64) uint32 { return uint32(min(max(t, 0), math.MaxUint32)) }
