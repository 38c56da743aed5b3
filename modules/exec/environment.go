package exec

import (
	"bytes"
	"strconv"

	"github.com/fastsips/fastsips/asyncops/exec"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// environmentName is what the values of env are called, with a number behind it.
const environmentName = "OSIPS_EXEC_"

// maxEnv bounds the values of env; the kernel bounds their size.
const maxEnv = 256

// addEnv adds the values of env: OSIPS_EXEC_0 is the newest. False: one of them cannot be
// handed on, as it has a NUL byte.
func addEnv(c *script.Ctx, q *exec.Run, env script.VarRef) bool {
	if !env.Valid() {
		return true
	}
	for i := int32(0); i < maxEnv; i++ {
		v := env.Element(c, i)
		if v.IsNull() {
			break
		}
		text, _ := c.Text(v)
		if !addVar(q, environmentName+strconv.Itoa(int(i)), text) {
			return false
		}
	}
	return true
}

func addVar(q *exec.Run, name string, value []byte) bool {
	return q.AddEnv(append(append([]byte(name), '='), value...))
}

// addMessage adds what setvars promises: header fields and addresses of the message in hand.
func addMessage(c *script.Ctx, q *exec.Run) bool {
	x := proxy.From(c)
	m := x.Msg()
	ok := true
	add := func(name string, value []byte) {
		if ok {
			ok = addVar(q, "SIP_"+name, value)
		}
	}
	for _, h := range fields(m) {
		add("HF_"+h.name, h.value)
	}
	if via := m.TopVia(); via != nil {
		add("TID", via.Branch.Of(m.Buf()))
	}
	add("DID", m.ToTag())
	add("SRCIP", x.Source().Remote.AppendIP(nil))
	if m.IsRequest() {
		was, is := m.RequestURI(), x.WorkingURI()
		add("ORURI", was)
		add("RURI", is)
		add("OUSER", userOf(was))
		add("USER", userOf(is))
	}
	return ok
}

func userOf(text []byte) []byte {
	var u sipparse.URI
	if sipparse.ParseURI(text, &u) != 0 {
		return nil
	}
	return u.User.Of(text)
}

// A field is one name of header fields with all their values.
type field struct {
	name  string // in capitals, - is _
	value []byte
}

// fields gathers the header fields; values of one name are joined by commas.
func fields(m *sipparse.Msg) (list []field) {
	at := map[string]int{}
	for i := range m.NHeaders() {
		h := m.Header(i)
		name := h.Name.Of(m.Buf())
		if h.Type != sipparse.HdrOther { // also in its compact form
			name = []byte(h.Type.String())
		}
		key := string(bytes.ReplaceAll(bytes.ToUpper(name), []byte{'-'}, []byte{'_'}))
		value := bytes.TrimSpace(h.Value.Of(m.Buf()))
		if j, ok := at[key]; ok {
			list[j].value = append(append(list[j].value, ','), value...)
			continue
		}
		at[key] = len(list)
		list = append(list, field{key, bytes.Clone(value)})
	}
	return list
}
