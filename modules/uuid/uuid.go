// Package uuid is OpenSIPS's uuid module: identifiers after RFC 9562, which are unique
// without asking anybody.
package uuid

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded uuid.
type Module struct{ clocks loop.Local[clock] }

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the function and the variable.
func (m *Module) Setup(e *module.Env) {
	e.Funcs = []*script.Func{script.Func4("uuid", "Make a UUID. -1: there is no such version, or its arguments are missing.", script.All,
		script.Out("result", "variable that gets it"),
		script.OptInt("version", "0 or 4: random; 1: of the time; 3: MD5 of namespace and name; 5: SHA-1 of them; 7: of time and chance", 0),
		script.Opt(script.Str("namespace", "a UUID, for versions 3 and 5")),
		script.Opt(script.Str("name", "any text, for versions 3 and 5")), m.make)}
	e.Vars = []*script.Var{{Name: "uuid", Doc: "a new UUID, another one each time; $uuid(version): of version 0, 1, 4 or 7",
		Inner: script.OptionalInner, Bind: bindVersion, Get: m.get}}
}

// Start gives each loop a clock of its own.
func (m *Module) Start(e *module.Env) error {
	m.clocks = loop.NewLocal(e.Shared.(*proxy.Core).Group, func(int) clock { return newClock() })
	return nil
}

func (m *Module) make(c *script.Ctx, to script.VarRef, version int32, namespace, name []byte) script.Ret {
	var id uuid.UUID
	switch version {
	case 3, 5:
		space, err := uuid.ParseBytes(namespace)
		if err != nil || name == nil {
			return -1
		}
		if version == 3 {
			id = uuid.NewMD5(space, name)
		} else {
			id = uuid.NewSHA1(space, name)
		}
	default:
		var ok bool
		if id, ok = m.fresh(c, version); !ok {
			return -1
		}
	}
	if !to.Set(c, text(c, id)) {
		return -1
	}
	return 1
}

func text(c *script.Ctx, id uuid.UUID) script.Value {
	b, _ := id.MarshalText()
	return script.StrValue(c.Copy(b))
}

// fresh makes one that needs no arguments; false for other versions.
func (m *Module) fresh(c *script.Ctx, version int32) (id uuid.UUID, ok bool) {
	l := proxy.From(c).Loop()
	switch version {
	case 0, 4:
		rand.Read(id[:])
		return stamp(id, 4), true
	case 1:
		return m.clocks.On(l).next(l.Wall()), true
	case 7:
		rand.Read(id[:])
		ms := uint64(l.Wall().UnixMilli())
		binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
		binary.BigEndian.PutUint32(id[2:], uint32(ms))
		return stamp(id, 7), true
	}
	return id, false
}

// stamp writes the version and RFC 9562's variant.
func stamp(id uuid.UUID, version byte) uuid.UUID {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}

// A clock makes the UUIDs of version 1 of one loop. Its clock sequence and node are random
// (RFC 9562 §6.10), so that no other loop makes the same, without a lock between them; nor
// does it tell anybody the machine's Ethernet address.
type clock struct {
	sequence uint16
	node     [6]byte
	last     uint64 // 100 ns since 1582
}

func newClock() (k clock) {
	var b [8]byte
	rand.Read(b[:])
	k.sequence = binary.BigEndian.Uint16(b[:])
	copy(k.node[:], b[2:])
	k.node[0] |= 1 // RFC 9562 §6.10: no machine has such an address
	return k
}

// gregorian is the time between 15 October 1582 and 1970, in units of 100 ns.
const gregorian = 0x01b21dd213814000

func (k *clock) next(now time.Time) (id uuid.UUID) {
	t := uint64(now.UnixNano()/100) + gregorian
	if t <= k.last {
		t = k.last + 1
	}
	k.last = t
	binary.BigEndian.PutUint32(id[0:], uint32(t))
	binary.BigEndian.PutUint16(id[4:], uint16(t>>32))
	binary.BigEndian.PutUint16(id[6:], uint16(t>>48))
	binary.BigEndian.PutUint16(id[8:], k.sequence)
	copy(id[10:], k.node[:])
	return stamp(id, 1)
}

// bindVersion reads the version in $uuid(version).
func bindVersion(inner string) (any, error) {
	if inner == "" {
		return int32(0), nil
	}
	n, err := strconv.ParseInt(inner, 10, 8)
	switch {
	case err == nil && (n == 3 || n == 5):
		return nil, fmt.Errorf("version %d needs a namespace and a name: use the function uuid()", n)
	case err != nil || n != 0 && n != 1 && n != 4 && n != 7:
		return nil, fmt.Errorf("%q is no version: it is 0, 1, 4 or 7", inner)
	}
	return int32(n), nil
}

func (m *Module) get(c *script.Ctx, a *script.Arg) script.Value {
	version, ok := a.Key.(int32)
	if !ok { // the version is in a variable
		key, err := bindVersion(string(a.Name))
		if err != nil {
			return script.Null
		}
		version = key.(int32)
	}
	id, ok := m.fresh(c, version)
	if !ok {
		return script.Null
	}
	return text(c, id)
}
