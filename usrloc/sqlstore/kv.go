package sqlstore

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/fastsips/fastsips/usrloc"
)

// The column kv_store is a JSON object of texts and numbers: the contact's own keys, and
// some of ours. OpenSIPS keeps the AoR's keys in one of its contacts, as a text that is
// such an object again. What no column is for goes in here as well: to OpenSIPS these are
// keys like others.
const (
	keyAoR     = "_urec_kvs"
	keyRegID   = "_reg_id"
	keyRefresh = "_refresh_at"
)

// appendKV appends what the column is to have for c; nothing if there is nothing.
func appendKV(b []byte, c *usrloc.Contact, stored []byte) []byte {
	if c.RegID == 0 && c.RefreshAt == 0 && len(stored) == 0 {
		return append(b, c.KV...)
	}
	b = append(b, '{')
	if c.RegID != 0 {
		b = strconv.AppendUint(append(b, `"`+keyRegID+`":`...), uint64(c.RegID), 10)
		b = append(b, ',')
	}
	if c.RefreshAt != 0 {
		b = strconv.AppendInt(append(b, `"`+keyRefresh+`":`...), c.RefreshAt, 10)
		b = append(b, ',')
	}
	if len(stored) > 0 {
		text, _ := json.Marshal(string(stored)) // a text can always be written
		b = append(append(append(b, `"`+keyAoR+`":`...), text...), ',')
	}
	inner := bytes.TrimSpace(c.KV)
	if len(inner) > 2 && inner[0] == '{' && len(bytes.TrimSpace(inner[1:len(inner)-1])) > 0 {
		return append(b, inner[1:]...)
	}
	b[len(b)-1] = '}'
	return b
}

// readKV reads the column: c gets its own keys and what ours say. The AoR's are returned.
func readKV(text []byte, c *usrloc.Contact) (stored []byte) {
	if !bytes.Contains(text, []byte(`"_re`)) && !bytes.Contains(text, []byte(`"`+keyAoR)) {
		c.KV = text
		return nil
	}
	all := map[string]json.RawMessage{}
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	c.RegID = uint32(takeNumber(all, keyRegID))
	c.RefreshAt = takeNumber(all, keyRefresh)
	var aor string
	if json.Unmarshal(all[keyAoR], &aor) == nil && json.Valid([]byte(aor)) {
		stored = []byte(aor)
	}
	delete(all, keyAoR)
	if len(all) > 0 {
		c.KV, _ = json.Marshal(all) // it was read from JSON
	}
	return stored
}

func takeNumber(all map[string]json.RawMessage, key string) int64 {
	n, _ := strconv.ParseInt(string(all[key]), 10, 64)
	delete(all, key)
	return n
}
