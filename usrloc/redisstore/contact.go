package redisstore

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"github.com/fastsips/fastsips/usrloc"
)

// fieldKV is the field of the AoR's own key-value store; no base64 is like it.
const fieldKV = "_urec_kvs"

// An entry is a contact as Redis has it. OpenSIPS's documents have the names up to attr.
type entry struct {
	Contact  string          `json:"contact"`
	Expires  int64           `json:"expires"`
	Q        int16           `json:"q"` // thousandths, -1 for none
	CallID   string          `json:"callid"`
	CSeq     int32           `json:"cseq"`
	Flags    uint32          `json:"flags"`
	Agent    string          `json:"ua"`
	Modified int64           `json:"last_mod"`
	Branch   string          `json:"cflags"`
	Received *string         `json:"received"`
	Path     *string         `json:"path"`
	Socket   *string         `json:"sock"`
	Methods  *uint32         `json:"methods"`
	Instance *string         `json:"sip_instance"`
	Attr     *string         `json:"attr"`
	ID       uint64          `json:"contact_id"`
	KV       json.RawMessage `json:"kv_store,omitempty"`
	RegID    uint32          `json:"reg_id,omitempty"`
	Refresh  int64           `json:"refresh_at,omitempty"`
}

// field is where the hash has c.
func (b *Backend) field(c *usrloc.Contact) string {
	text := string(c.URI)
	if b.cfg.Call {
		text += ":" + string(c.CallID)
	}
	text = base64.StdEncoding.EncodeToString([]byte(text))
	if c.RegID != 0 { // one URI may have several flows
		text += ":" + strconv.FormatUint(uint64(c.RegID), 10)
	}
	return text
}

// encode writes c. What is no UTF-8 in it does not survive JSON, and is refused where it
// matters.
func (b *Backend) encode(c *usrloc.Contact) ([]byte, error) {
	for _, t := range [...][]byte{c.URI, c.CallID, c.Path, c.Received, c.Instance} {
		if !utf8.Valid(t) {
			return nil, errors.New("it is no UTF-8")
		}
	}
	e := entry{Contact: string(c.URI), Expires: c.Expires, Q: c.Q, CallID: string(c.CallID), CSeq: c.CSeq, Flags: c.Flags, Agent: string(c.UserAgent),
		Modified: c.LastModified, Branch: string(b.cfg.Flags.AppendNames(nil, c.BranchFlags)), Received: optional(c.Received), Path: optional(c.Path),
		Socket: optional(c.Socket), Instance: optional(c.Instance), Attr: optional(c.Attr), ID: c.ID, RegID: c.RegID, Refresh: c.RefreshAt}
	if c.Methods != usrloc.AllMethods {
		e.Methods = &c.Methods
	}
	if json.Valid(c.KV) {
		e.KV = c.KV
	}
	return json.Marshal(&e)
}

func optional(b []byte) *string {
	if len(b) == 0 {
		return nil
	}
	s := string(b)
	return &s
}

// decode is the opposite.
func (b *Backend) decode(text []byte, c *usrloc.Contact) error {
	var e entry
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	if e.Contact == "" {
		return errors.New("it has no contact")
	}
	bytes := func(s *string) []byte {
		if s == nil || *s == "" {
			return nil
		}
		return []byte(*s)
	}
	*c = usrloc.Contact{ID: e.ID, URI: []byte(e.Contact), CallID: []byte(e.CallID), CSeq: e.CSeq, Expires: e.Expires, LastModified: e.Modified, Q: max(e.Q, usrloc.NoQ),
		Received: bytes(e.Received), Path: bytes(e.Path), Socket: bytes(e.Socket), UserAgent: bytes(&e.Agent), Instance: bytes(e.Instance), RegID: e.RegID,
		Methods: usrloc.AllMethods, Flags: e.Flags, BranchFlags: b.cfg.Flags.Bits([]byte(e.Branch)), Attr: bytes(e.Attr), KV: e.KV, RefreshAt: e.Refresh}
	if e.Methods != nil {
		c.Methods = *e.Methods
	}
	return nil
}
