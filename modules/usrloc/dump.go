package usrloc

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/usrloc"
)

// miDump shows all records in memory. It only reads, so it does without the loops, and the
// bytes of each record are written at once.
func (m *Module) miDump(ctx context.Context, how string) (any, error) {
	list := []mi.Object{}
	for _, d := range m.Location().Domains() {
		aors := []json.RawMessage{}
		for at, more := 0, true; more; more = at != 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			at = d.Each(at, func(r usrloc.Record) {
				if text, err := json.Marshal(m.showRecord(r, how == "brief")); err == nil {
					aors = append(aors, text)
				}
			})
		}
		list = append(list, mi.Object{{Name: "name", Value: d.Name}, {Name: "hash_size", Value: 1 << m.set.hashSize}, {Name: "AORs", Value: aors}})
	}
	return mi.Object{{Name: "Domains", Value: list}}, nil
}

func (m *Module) miShow(_ context.Context, table, aor string) (any, error) {
	d, aor, err := m.place(table, aor)
	if err != nil {
		return nil, err
	}
	r := d.Get([]byte(aor))
	if r == nil {
		return nil, mi.Errorf(404, "AOR not found")
	}
	return m.showRecord(r, false), nil
}

// showRecord writes a record as OpenSIPS shows it.
func (m *Module) showRecord(r usrloc.Record, brief bool) mi.Object {
	o := mi.Object{{Name: "AOR", Value: string(r.AoR())}}
	if brief {
		return o
	}
	contacts := make([]mi.Object, 0, r.Len())
	now := m.core.Group.Wall().Unix()
	var c usrloc.Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		contacts = append(contacts, m.showContact(&c, now))
	}
	o = append(o, mi.Member{Name: "Contacts", Value: contacts})
	if m.set.dumpKV && r.KV() != nil {
		o = append(o, mi.Member{Name: "KV-Store", Value: string(r.KV())})
	}
	return o
}

func (m *Module) showContact(c *usrloc.Contact, now int64) (o mi.Object) {
	put := func(name string, v any) { o = append(o, mi.Member{Name: name, Value: v}) }
	text := func(name string, b []byte) {
		if len(b) > 0 {
			put(name, string(b))
		}
	}
	put("Contact", string(c.URI))
	put("ContactID", strconv.FormatUint(c.ID, 10))
	put("Expires", expiresIn(c, now))
	put("Q", formatQ(c.Q))
	put("Callid", string(c.CallID))
	put("Cseq", c.CSeq)
	text("User-agent", c.UserAgent)
	text("Received", c.Received)
	text("Path", c.Path)
	put("State", "CS_SYNC")
	put("Flags", c.Flags)
	put("Cflags", string(branchFlags{&m.env.Registry().BranchFlags}.AppendNames(nil, c.BranchFlags)))
	text("Socket", c.Socket)
	put("Methods", c.Methods)
	text("Attr", c.Attr)
	text("SIP_instance", c.Instance)
	if c.Latency > 0 {
		put("Ping-Latency", c.Latency)
	}
	if m.set.dumpKV {
		text("KV-Store", c.KV)
	}
	return o
}

func expiresIn(c *usrloc.Contact, now int64) any {
	switch {
	case c.Expires == 0:
		return "permanent"
	case c.Expires <= now:
		return "expired"
	}
	return c.Expires - now
}

// formatQ writes a q as scripts and the database have it; none is empty.
func formatQ(q int16) string {
	switch {
	case q < 0:
		return ""
	case q >= 1000:
		return "1"
	}
	return strconv.FormatFloat(float64(q)/1000, 'f', -1, 64)
}
